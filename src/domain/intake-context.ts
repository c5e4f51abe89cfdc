// What intake knows besides the mail itself, and how it notes where it found something.

export interface IntakeContext {
  /** Of the shop, its staff and manager. */
  readonly ownAddresses: readonly string[];
  /** Senders of the contact form (FORM_FROM). */
  readonly formFrom: readonly string[];
  /** The domain of SHOP_EMAIL. */
  readonly shopDomain: string;
  /** The text of a mail that has only HTML. */
  readonly htmlText: string | null;
}

/** Where in the mail a field was found; `message` is the customer's own text. */
export type Part = "text" | "html" | "message" | "subject" | "quote" | "reply_to" | "from";

export interface FoundAt {
  readonly part: Part;
  /** The label or the words that marked it; "" where its place alone did. */
  readonly label: string;
}

/** A value and where it stood. */
export interface Found<Value> extends FoundAt {
  readonly value: Value;
}

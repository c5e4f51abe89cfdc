// What intake knows besides the mail itself, and how it notes where it found something.

export interface IntakeContext {
  /** Of the shop, its staff and manager. */
  readonly ownAddresses: readonly string[];
  /** Senders of the contact form (FORM_FROM). */
  readonly formFrom: readonly string[];
  /** The domain of SHOP_EMAIL. */
  readonly shopDomain: string;
  /** The text of the HTML, where the mail has no text part or one that says nothing. */
  readonly htmlText: string | null;
  /** The text of a message that is attached. */
  readonly attachedText: string | null;
}

/** Where in the mail a field was found; `message` is the customer's own text. */
export type Part = "text" | "html" | "message" | "subject" | "quote" | "reply_to" | "from" | "to";

export interface FoundAt {
  readonly part: Part;
  /** The label or the words that marked it; "" where its place alone did. */
  readonly label: string;
}

/** A value and where it stood. */
export interface Found<Value> extends FoundAt {
  readonly value: Value;
}

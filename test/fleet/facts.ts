// What is known of a town from outside: the people, their orders, and what the provider, the letterboxes
// and the mailboxes have seen. Plain data: it passes from process to process.

export interface ShopFacts {
  readonly id: string;
  readonly domain: string;
  readonly apiKey: string;
  /** The Maildir that mail for the shop is laid into. */
  readonly maildir: string;
}

export interface Order {
  /** The shop's id. */
  readonly shop: string;
  /** Unique in the town, as are payment and email. */
  readonly number: string;
  readonly payment: string;
  /** In yen. */
  readonly amount: number;
  readonly name: string;
  readonly email: string;
}

/** A mail laid into a shop's mailbox, in the order this happened. */
export interface Delivered {
  readonly shop: string;
  /** Without brackets. */
  readonly messageId: string;
  /** The name of the file, without flags. */
  readonly file: string;
  /** Of the request itself; null: an answer of staff. */
  readonly order: string | null;
  /** Epoch ms. */
  readonly at: number;
}

/** A mail that the sink accepted. */
export interface Letter {
  /** The domain of its Message-ID. */
  readonly domain: string;
  readonly to: string;
  readonly messageId: string;
  /** Of all its bytes. */
  readonly digest: string;
  /** It asks staff for a decision. */
  readonly isQuestion: boolean;
  readonly at: number;
}

/** A refund as the provider has it. */
export interface Refunded {
  /** Of the shop whose account it is. */
  readonly shop: string;
  readonly payment: string;
  readonly amount: number;
  readonly status: string;
  /** When the call came that made it; null: nobody called. */
  readonly at: number | null;
}

export interface OutsideReport {
  readonly delivered: readonly Delivered[];
  readonly letters: readonly Letter[];
  readonly refunded: readonly Refunded[];
  /** Calls that the provider refused because of their key or their payment. */
  readonly misaddressed: readonly string[];
  /** The most refunds that were being made at once in one account. */
  readonly mostAtOnce: number;
  readonly calls: number;
}

export interface Progress {
  readonly asked: number;
  readonly questions: number;
  readonly refunded: number;
  /** Orders whose customer has got a mail. */
  readonly told: number;
}

export interface Manners {
  /** How long the provider takes over each call, and the mail server over each mail. */
  readonly providerMs: number;
  readonly smtpMs: number;
  /** How long staff think, from and up to; null: they do not answer yet. */
  readonly staffMs: readonly [number, number] | null;
}

/** What the process of the outside does when it is told to. */
export interface Outside {
  open(
    shops: readonly ShopFacts[],
    orders: readonly Order[],
    seed: number,
  ): Promise<{ readonly stripeUrl: string; readonly smtpUrl: string }>;
  behave(manners: Manners): Promise<void>;
  /** The customers of these orders write. */
  ask(numbers: readonly string[]): Promise<void>;
  progress(): Promise<Progress>;
  /** Of these Message-IDs, without brackets, those that no letterbox has got. */
  missing(messageIds: readonly string[]): Promise<string[]>;
  report(): Promise<OutsideReport>;
}

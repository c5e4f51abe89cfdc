// A mail's body cut into the form's fields, the customer's own words and what is quoted below them.

import { cutFooter } from "./form-footer.ts";
import type { Found, IntakeContext } from "./intake-context.ts";
import { type Entry, type LabelKind, type LabelledText, readLabels } from "./labels.ts";
import type { MailMessage } from "./mail-message.ts";
import { splitQuote } from "./quoted-text.ts";

/** No customer writes more; what is longer is a machine's and would only cost time. */
const LENGTH_MAX = 60_000;

export interface Body {
  readonly part: "text" | "html";
  readonly labelled: LabelledText;
  /** The customer's own words, without the quote below them. */
  readonly message: string;
  readonly quoted: string;
  readonly isForm: boolean;
  readonly hasFooter: boolean;
}

const IDENTITY: readonly LabelKind[] = [
  "sender",
  "name",
  "familyName",
  "email",
  "phone",
  "address",
];

export function readBody(message: MailMessage, context: IntakeContext): Body {
  const isText = message.text !== null && message.text.trim() !== "";
  const raw = (isText ? message.text : context.htmlText) ?? "";
  const { body, hasFooter } = cutFooter(raw.slice(0, LENGTH_MAX));
  const split = splitQuote(body);
  // Forwarded or answered below the quote: then the quote is all there is.
  const own = split.own === "" ? split.quoted : split.own;
  const labelled = readLabels(own);
  const known = new Set(labelled.entries.map(({ kind }) => kind));
  const identified = IDENTITY.filter((kind) => known.has(kind)).length;
  const isForm = hasFooter || (labelled.message !== null ? identified >= 1 : identified >= 3);
  return {
    part: isText ? "text" : "html",
    labelled,
    message: labelled.message ?? (identified > 0 ? labelled.rest : own),
    quoted: split.own === "" ? "" : split.quoted,
    isForm,
    hasFooter,
  };
}

/** Whether the body is a contact form's notification and not a mail somebody wrote. */
export function isPlainlyForm(message: MailMessage, context: IntakeContext): boolean {
  const { isForm, hasFooter, labelled } = readBody(message, context);
  return isForm && (hasFooter || labelled.message !== null);
}

/** The first value that can be read from a field of these kinds, the kinds in order of trust. */
export function firstOf<Value>(
  body: Body,
  kinds: readonly LabelKind[],
  read: (entry: Entry) => Value | null,
): Found<Value> | null {
  for (const kind of kinds) {
    for (const entry of body.labelled.entries) {
      const value = entry.kind === kind ? read(entry) : null;
      if (value !== null) return { value, part: body.part, label: entry.label };
    }
  }
  return null;
}

// A mail's body cut into the form's fields, the customer's own words and what is quoted below them.

import { domainOf, type MailMessage } from "../mail-message.ts";
import { isQuoted } from "../quote-layouts.ts";
import { emailsIn } from "./field-values.ts";
import { cutFooter } from "./form-footer.ts";
import type { Found, IntakeContext } from "./intake-context.ts";
import {
  type Entry,
  isMessageHead,
  type LabelKind,
  type LabelledText,
  readLabels,
} from "./labels.ts";
import { bodyText, readable } from "./mail-text.ts";
import { splitQuote, unmark } from "./quoted-text.ts";

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

/** Several questions are asked of one body. */
const BODIES = new WeakMap<MailMessage, { readonly context: IntakeContext; readonly body: Body }>();

export function readBody(message: MailMessage, context: IntakeContext): Body {
  const known = BODIES.get(message);
  if (known?.context === context) return known.body;
  const body = cutBody(message, context);
  BODIES.set(message, { context, body });
  return body;
}

function cutBody(message: MailMessage, context: IntakeContext): Body {
  const { body, hasFooter } = cutFooter(bodyText(message, context));
  const split = splitQuote(unquoteMessage(body));
  // Forwarded or answered below the quote: then the quote is all there is.
  const own = split.own === "" ? split.quoted : split.own;
  const labelled = readLabels(own);
  const known = new Set(labelled.entries.map(({ kind }) => kind));
  const identified = IDENTITY.filter((kind) => known.has(kind)).length;
  const isForm = hasFooter || (labelled.message !== null ? identified >= 1 : identified >= 3);
  return {
    part: context.htmlText === null ? "text" : "html",
    labelled,
    message: labelled.message ?? (identified > 0 ? withTopics(labelled) : own),
    quoted:
      split.own === "" || split.quoted === "" ? readable(context.attachedText ?? "") : split.quoted,
    isForm,
    hasFooter,
  };
}

/** Some services show the customer's text as a quote below its label. */
function unquoteMessage(body: string): string {
  if (!/^[^\S\n]*[>＞]/m.test(body)) return body;
  const lines = body.split("\n");
  const head = lines.findIndex(isMessageHead);
  const first = lines.findIndex((line, at) => at > head && line.trim() !== "");
  if (head === -1 || first === -1 || !isQuoted(lines[first] ?? "")) return body;
  const end = lines.findIndex((line, at) => at > first && !isQuoted(line));
  const last = end === -1 ? lines.length : end;
  const text = lines.slice(first, last).map(unmark);
  return [...lines.slice(0, first), ...text, ...lines.slice(last)].join("\n");
}

/** 「ご用件」 is a drop-down in one form and the message in another. */
function withTopics({ entries, rest }: LabelledText): string {
  const topics = entries.filter(({ kind }) => kind === "topic").flatMap(({ lines }) => lines);
  return [...topics, rest].join("\n").trim();
}

/** Whether the body is a contact form's notification and not a mail somebody wrote. */
export function isPlainlyForm(message: MailMessage, context: IntakeContext): boolean {
  const { isForm, hasFooter, labelled } = readBody(message, context);
  return isForm && (hasFooter || labelled.message !== null);
}

/**
 * A form of somebody else's site is known by the visitor's own fields: in the footer of a newsletter
 * there are phone, address and 「お問い合わせ」 as well, but nobody's name.
 */
export function isVisitorsForm(message: MailMessage, context: IntakeContext): boolean {
  const { entries } = readBody(message, context).labelled;
  const has = (...kinds: LabelKind[]) =>
    entries.some(({ kind }) => kind !== null && kinds.includes(kind));
  const isNamed = has("sender", "name", "familyName") && has("email", "phone", "sender");
  return isPlainlyForm(message, context) && isNamed;
}

/** A form's notification is answered to the visitor, whose address is one of its fields. */
export function answersToVisitor(message: MailMessage, context: IntakeContext): boolean {
  const { entries } = readBody(message, context).labelled;
  const [visitor] = message.replyTo;
  if (visitor === undefined) return false;
  const isField = entries
    .filter(({ kind }) => kind === "email" || kind === "sender")
    .some(({ lines }) => emailsIn(lines.join(" ")).includes(visitor.address));
  const own = new Set(message.from.map(({ address }) => domainOf(address)));
  return isField && !own.has(domainOf(visitor.address));
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

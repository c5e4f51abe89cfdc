// What kind of mail this is. Nothing is lost by a wrong kind but time: `other` stays in the inbox for
// people, and no kind alone moves money.

import { automaticMail } from "../automatic-mail.ts";
import { ourMessageIds, reportedMessageIds } from "../delivery-status.ts";
import { domainOf, headerValues, type MailMessage } from "../mail-message.ts";
import { type RequestFields, readRequest } from "./contact-form.ts";
import { answersToVisitor, isPlainlyForm, isVisitorsForm } from "./form-body.ts";
import type { IntakeContext } from "./intake-context.ts";
import { isMailSystem, isNoReply } from "./machine-address.ts";
import { isBulk, isNotice, isReceipt, isRobotAnswer, machineMail } from "./machine-mail.ts";
import { bodyText, prefixesOf, subjectText } from "./mail-text.ts";
import { isOrderSheet, merchantVoice } from "./merchant-voice.ts";
import { splitQuote } from "./quoted-text.ts";
import { findStatusInquiry } from "./status-inquiry.ts";

export type MailKind =
  | "refund_request"
  | "staff_reply"
  | "customer_reply"
  | "status_inquiry"
  | "provider_notice"
  | "auto_reply"
  | "bounce"
  | "other";

export interface Classification {
  readonly kind: MailKind;
  /** Of in the subject. */
  readonly ticketNumber: number | null;
  /** Message-IDs of ours that it answers or, for a bounce, reports on. */
  readonly references: readonly string[];
  /** What a customer's mail says, also one that asks for nothing; null where none wrote it. */
  readonly fields: RequestFields | null;
  /** Why this kind, for logs and `parse --explain`. */
  readonly reason: string;
}

interface Verdict {
  readonly kind: MailKind;
  readonly reason: string;
}

interface Mail {
  readonly message: MailMessage;
  readonly context: IntakeContext;
  readonly ticketNumber: number | null;
  readonly references: readonly string[];
  /** Asked by several of the rules. */
  readonly isForm: () => boolean;
}

function ticketNumberOf(subject: string): number | null {
  const numbers = [...subject.normalize("NFKC").matchAll(/\[R-(\d{1,9})\]/gi)].map(([, n]) => n);
  // Two different tickets name none.
  return new Set(numbers).size === 1 ? Number(numbers[0]) : null;
}

function isWithin(address: string, domain: string): boolean {
  const of = domainOf(address);
  return of === domain || of.endsWith(`.${domain}`);
}

const BOUNCE_SUBJECT =
  /undeliver|delivery (?:status|failure|has failed)|mail delivery|returned mail|failure notice|配信(?:不能|エラー|できません)|送信できませんでした|配送できません|mail system error/i;

/** RFC 3464 reports, and the plain-text ones of systems that do not write them. */
function asBounce({ message }: Mail): Verdict | null {
  if (message.deliveryStatus !== null) return { kind: "bounce", reason: "delivery-status" };
  const type = headerValues(message, "content-type").join(" ").toLowerCase();
  if (/multipart\/report/.test(type) && /report-type="?delivery-status/.test(type)) {
    return { kind: "bounce", reason: "delivery-report" };
  }
  const isSender = message.from.some(({ address }) => isMailSystem(address));
  return isSender && BOUNCE_SUBJECT.test(subjectText(message))
    ? { kind: "bounce", reason: "mailer-daemon" }
    : null;
}

function isFrom(message: MailMessage, addresses: readonly string[]): boolean {
  const own = new Set(addresses.map((address) => address.toLowerCase()));
  return message.from.some(({ address }) => own.has(address));
}

/** What stands in this mail itself, not in a quote below it. */
function ownText({ message, context }: Pick<Mail, "message" | "context">): string {
  return splitQuote(bodyText(message, context).slice(0, 20_000)).own;
}

/** From the shop, its staff, or the software on its own domain. */
function isOwn({ message, context }: Pick<Mail, "message" | "context">): boolean {
  return (
    isFrom(message, context.ownAddresses) ||
    message.from.some(({ address }) => isWithin(address, context.shopDomain.toLowerCase()))
  );
}

/** FORM_FROM, or a body that only a form writes, from the shop's own domain. */
function isFormOf(mail: Omit<Mail, "isForm">): boolean {
  const { message, context } = mail;
  if (isFrom(message, context.formFrom)) return true;
  return isOwn(mail) && isPlainlyForm(message, context) && !isOrderSheet(ownText(mail));
}

/** An answer to us: it names a Message-ID of ours, or a ticket. */
function asAnswer(mail: Mail): Verdict | null {
  const { message, context, references, ticketNumber } = mail;
  if (references.length === 0 && ticketNumber === null) return null;
  const why = references.length > 0 ? "answers our mail" : "names a ticket";
  // A customer may write into the form, which often sends from the shop's own address.
  if (references.length === 0 && mail.isForm()) return { kind: "customer_reply", reason: why };
  // [R-2024] in the subject of a newsletter is no ticket of ours.
  if (references.length === 0 && (isBulk(message) || isNotice(message)) && !isOwn(mail))
    return null;
  const { automatic, reason } = automaticMail(message);
  if (automatic) return { kind: "auto_reply", reason: `${why}, ${reason}` };
  if (isRobotAnswer(message, ownText(mail))) {
    return { kind: "auto_reply", reason: `${why}, robot's words` };
  }
  const isStaff = isFrom(message, context.ownAddresses);
  return { kind: isStaff ? "staff_reply" : "customer_reply", reason: why };
}

/** As every pattern of the next one begins or ends; asked first, because most texts have to be folded. */
const OF_DEPOSIT = /[入\u2f0a][金\u2fa6\u328e\uf90a]/;
const EPSILON_NOTICE =
  /入金エラー|(?:2回以上|複数回)(?:の)?(?:ご)?入金|(?:二重|重複)(?:の)?(?:ご)?入金/;
/** The public sources name no sender, so a customer's own words are told apart by who cannot send them. */
const PROVIDER_DOMAINS = [
  "epsilon.jp",
  "gmo-epsilon.jp",
  "gmo-epsilon.com",
  "gmo-epsilon.co.jp",
  "gmo-pg.com",
  "gmo-pg.jp",
  "makeshop.jp",
  "makeshop.co.jp",
];

function isProvider(address: string): boolean {
  return isNoReply(address) || PROVIDER_DOMAINS.some((domain) => isWithin(address, domain));
}

/** Before the rule for automatic mail: a provider's notice is one, and money may hang on it. */
function asProviderNotice(mail: Mail): Verdict | null {
  const { message, context } = mail;
  if (message.from.some(({ address }) => isWithin(address, "stripe.com"))) {
    return { kind: "provider_notice", reason: "stripe" };
  }
  const text = `${subjectText(message)}\n${bodyText(message, context)}`.slice(0, 4000);
  if (!OF_DEPOSIT.test(text) || !EPSILON_NOTICE.test(text.normalize("NFKC"))) return null;
  const isMachine =
    message.from.some(({ address }) => isProvider(address)) || automaticMail(message).automatic;
  return isMachine && !mail.isForm() ? { kind: "provider_notice", reason: "epsilon" } : null;
}

/** A form service that FORM_FROM does not name; a newsletter's footer has labels as well. */
function isServicesForm({ message, context }: Mail): boolean {
  const isForm = isVisitorsForm(message, context);
  return isForm && (!isBulk(message) || answersToVisitor(message, context));
}

function asMachineMail(mail: Mail): Verdict | null {
  if (mail.isForm()) return null;
  const { message, context } = mail;
  const own = ownText(mail);
  const looksLikeForm = isServicesForm(mail) && !isOrderSheet(own);
  const machine = machineMail(message, own, looksLikeForm);
  if (machine !== null || looksLikeForm) return machine;
  if (isOwn(mail)) {
    if (isOrderSheet(own)) return { kind: "other", reason: "an order written out" };
    return isFrom(message, context.ownAddresses) && isAmongStaff(mail)
      ? { kind: "other", reason: "staff among themselves" }
      : null;
  }
  if (isReceipt(own)) return { kind: "auto_reply", reason: "a receipt" };
  return isNotice(message) ? { kind: "other", reason: "a system's notice" } : null;
}

/** Staff speak of our tickets and approve; customers do neither. */
const STAFF_WORDS =
  /\bR-\d{1,9}\b|(?:^|[。\n])\s*(?:OK|ＯＫ|承認|却下|NG)(?:です|します|いたします)?(?:[。.!\s]|$)/i;
const FORWARDED = /forwarded message|転送メッセージ/i;

function isAmongStaff(mail: Mail): boolean {
  const subject = subjectText(mail.message);
  const { answers, forwards } = prefixesOf(subject);
  if (forwards || FORWARDED.test(bodyText(mail.message, mail.context))) return false;
  return answers || STAFF_WORDS.test(`${subject}\n${ownText(mail)}`);
}

function asCustomerMail(mail: Mail, fields: RequestFields): Verdict {
  const { message } = mail;
  const inquiry = findStatusInquiry(fields.messageText, subjectText(message));
  const isAsking = fields.intent !== null || inquiry !== null;
  const merchant = isAsking
    ? merchantVoice(mail.isForm() ? fields.messageText : ownText(mail))
    : null;
  if (merchant !== null) return { kind: "other", reason: `not a customer: ${merchant}` };
  if (inquiry !== null && fields.intent !== "withdraw") {
    return { kind: "status_inquiry", reason: inquiry };
  }
  if (fields.intent === null) return { kind: "other", reason: "asks for no refund" };
  const words = fields.found.intent?.label ?? "";
  return { kind: "refund_request", reason: `${fields.intent}: ${words}` };
}

/** Who asks where the money is asks for nothing new. */
function fieldsOf({ kind }: Verdict, fields: RequestFields): RequestFields {
  if (kind !== "status_inquiry") return fields;
  const { intent: _intent, requestedAmount: _amount, ...found } = fields.found;
  return { ...fields, intent: null, requestedAmountMinor: null, found };
}

export function classify(message: MailMessage, context: IntakeContext): Classification {
  const references = ourMessageIds(
    [...message.inReplyTo, ...message.references],
    context.shopDomain,
  );
  const ticketNumber = ticketNumberOf(subjectText(message));
  const read = { message, context, ticketNumber, references };
  let isForm: boolean | null = null;
  const mail: Mail = {
    ...read,
    isForm: () => {
      isForm ??= isFormOf(read);
      return isForm;
    },
  };
  const bounce = asBounce(mail);
  if (bounce !== null) {
    const reported = reportedMessageIds(message, context.shopDomain);
    return { ...bounce, ticketNumber, references: reported, fields: null };
  }
  const verdict = asAnswer(mail) ?? asProviderNotice(mail) ?? asMachineMail(mail);
  if (verdict !== null && verdict.kind !== "customer_reply") {
    return { ...verdict, ticketNumber, references, fields: null };
  }
  const fields = readRequest(message, context);
  const found = verdict ?? asCustomerMail(mail, fields);
  return { ...found, ticketNumber, references, fields: fieldsOf(found, fields) };
}

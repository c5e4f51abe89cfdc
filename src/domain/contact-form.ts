// A received mail read as a customer's wish: a contact form's notification (Contact Form 7: includes/
// contact-form-template.php) or a mail the customer wrote. Everything here is the customer's claim;
// it is compared with the payment later and decides nothing by itself.

import { type Body, firstOf, readBody } from "./form-body.ts";
import type { Found, FoundAt, IntakeContext, Part } from "./intake-context.ts";
import { type IntentFound, readIntent, readTopic } from "./intent.ts";
import type { MailMessage } from "./mail-message.ts";
import { type FoundOrderNumber, orderNumbersInField, orderNumbersInText } from "./order-number.ts";
import { amountInField, statedAmounts } from "./requested-amount.ts";
import { findEmail, findName, findPhoneNumber, findPostalAddress } from "./requester.ts";
import type { Intent } from "./ticket.ts";

export type { FoundAt, IntakeContext } from "./intake-context.ts";

export type RequestField =
  | "name"
  | "email"
  | "phone"
  | "address"
  | "orderNumbers"
  | "requestedAmount"
  | "intent";

export interface RequestFields {
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly orderNumbers: readonly string[];
  readonly requestedAmountMinor: number | null;
  readonly intent: Intent | null;
  /** The customer's own words. */
  readonly messageText: string;
  readonly found: Readonly<Partial<Record<RequestField, FoundAt>>>;
}

function listed(found: readonly FoundOrderNumber[], part: Part): Found<string[]> | null {
  const [first] = found;
  if (first === undefined) return null;
  const value = [...new Set(found.map(({ number }) => number))];
  return { value, part, label: first.label };
}

/** The field and the customer's text together; the subject and the quote only for want of both. */
function findOrderNumbers(subject: string, body: Body): Found<string[]> | null {
  const inFields = body.labelled.entries
    .filter(({ kind }) => kind === "orderNumber")
    .flatMap(({ lines, label }) =>
      orderNumbersInField(lines.join("\n")).map((one) => ({ ...one, label })),
    );
  const inMessage = orderNumbersInText(body.message);
  return (
    listed([...inFields, ...inMessage], inFields.length > 0 ? body.part : "message") ??
    listed(orderNumbersInText(subject), "subject") ??
    listed(orderNumbersInText(body.labelled.rest), body.part) ??
    listed(orderNumbersInText(body.quoted), "quote")
  );
}

function findIntent(
  topics: readonly string[],
  body: Body,
  hasOrderNumber: boolean,
): Found<Intent> | null {
  const place = (found: IntentFound | null, part: Part): Found<Intent> | null =>
    found === null ? null : { value: found.intent, part, label: found.label };
  const said = place(readIntent(body.message, hasOrderNumber), "message");
  if (said !== null) return said;
  // A message of one line may be as short as a subject: 「注文678 キャンセル」.
  const short = place(readTopic(body.message.slice(0, 80), body.message), "message");
  if (short !== null) return short;
  const topic = topics.map((one) => readTopic(one, body.message)).find((one) => one !== null);
  return place(topic ?? null, "subject");
}

function findAmount(body: Body): Found<number> | null {
  const field = firstOf(body, ["amount"], ({ lines }) => amountInField(lines.join(" ")));
  if (field !== null) return field;
  const { requestedMinor, label } = statedAmounts(body.message);
  return requestedMinor === null ? null : { value: requestedMinor, part: "message", label };
}

/** A refund of a named sum is a part of the whole, unless the mail says that it is the whole. */
function withAmount(
  intent: Found<Intent> | null,
  amount: Found<number> | null,
  text: string,
): Found<Intent> | null {
  if (intent?.value !== "full" || amount === null) return intent;
  const isWhole =
    /全額|全部|すべて|全て|full|entire|whole/i.test(text) ||
    statedAmounts(text).pricesMinor.includes(amount.value);
  return isWhole ? intent : { ...intent, value: "partial" };
}

export function readRequest(message: MailMessage, context: IntakeContext): RequestFields {
  const body = readBody(message, context);
  const { entries } = body.labelled;
  const topics = entries
    .filter(({ kind }) => kind === "subject" || kind === "topic")
    .map(({ lines }) => lines.join(" "));
  const orderNumbers = findOrderNumbers([message.subject, ...topics].join("\n"), body);
  const amount = findAmount(body);
  const intent = findIntent([...topics, message.subject], body, orderNumbers !== null);
  const places = {
    name: findName(message, context, body),
    email: findEmail(message, context, body),
    phone: findPhoneNumber(body),
    address: findPostalAddress(body),
    orderNumbers,
    requestedAmount: amount,
    intent: withAmount(intent, amount, body.message),
  };
  const found = Object.entries(places).flatMap(([field, at]) =>
    at === null ? [] : [[field, { part: at.part, label: at.label }]],
  );
  return {
    name: places.name?.value ?? null,
    email: places.email?.value ?? null,
    phone: places.phone?.value ?? null,
    address: places.address?.value ?? null,
    orderNumbers: orderNumbers?.value ?? [],
    requestedAmountMinor: amount?.value ?? null,
    intent: places.intent?.value ?? null,
    messageText: body.message,
    found: Object.fromEntries(found) as RequestFields["found"],
  };
}

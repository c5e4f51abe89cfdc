// A received mail read as a customer's wish: a contact form's notification (Contact Form 7: includes/
// contact-form-template.php) or a mail the customer wrote. Everything here is the customer's claim;
// it is compared with the payment later and decides nothing by itself.

import type { MailMessage } from "../mail-message.ts";
import type { Intent } from "../ticket.ts";
import { readBody } from "./form-body.ts";
import type { FoundAt, IntakeContext } from "./intake-context.ts";
import { subjectText } from "./mail-text.ts";
import { findAmount, findOrderNumbers, withAmount } from "./order-fields.ts";
import { findEmail, findKana, findName, findPhoneNumber, findPostalAddress } from "./requester.ts";
import { findIntent } from "./stated-intent.ts";

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
  /** The reading of the name, where the form asks for one: banks write a sender so. */
  readonly kana: string | null;
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

export function readRequest(message: MailMessage, context: IntakeContext): RequestFields {
  const body = readBody(message, context);
  const { entries } = body.labelled;
  const topics = entries
    .filter(({ kind }) => kind === "subject" || kind === "topic")
    .map(({ lines }) => lines.join(" "));
  const header = subjectText(message);
  const orderNumbers = findOrderNumbers({ header, topics }, body);
  const amount = findAmount(body);
  const intent = findIntent([...topics, header], body, orderNumbers !== null);
  const places = {
    name: findName(message, context, body),
    email: findEmail(message, context, body),
    phone: findPhoneNumber(message, context, body),
    address: findPostalAddress(message, context, body),
    orderNumbers,
    requestedAmount: amount,
    intent: withAmount(intent, amount, body.message),
  };
  const found = Object.entries(places).flatMap(([field, at]) =>
    at === null ? [] : [[field, { part: at.part, label: at.label }]],
  );
  return {
    name: places.name?.value ?? null,
    kana: findKana(body),
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

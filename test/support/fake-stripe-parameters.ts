// The parameters of Stripe's requests: decoded from a query or a form, then read by name. What
// cannot be read is refused before anything happens, in the words of Stripe's error codes.

import type { ObjectType, StripeObject } from "./fake-stripe-account.ts";
import { Refusal } from "./fake-stripe-rules.ts";

/** As sent: `amount=500&created[gte]=1` is `{ amount: "500", created: { gte: "1" } }`. */
export type RawParameters = Readonly<Record<string, RawValue>>;
type RawValue = string | Readonly<Record<string, string>>;

type Range = {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
};

/** A parameter of one name means the same to every request, so that one table reads them all. */
const READERS = {
  amount: integer(1),
  cancellation_reason: oneOf("duplicate", "fraudulent", "requested_by_customer", "abandoned"),
  charge: text,
  client_secret: text,
  created: range,
  currency: text,
  customer: text,
  customer_account: text,
  delivery_success: flag,
  ending_before: text,
  expand: texts,
  instructions_email: text,
  limit: integer(1, 100),
  metadata: metadata,
  origin: oneOf("customer_balance"),
  payment_intent: text,
  reason: oneOf("duplicate", "fraudulent", "requested_by_customer"),
  refund_application_fee: flag,
  reverse_transfer: flag,
  starting_after: text,
  transfer_group: text,
  type: text,
  types: texts,
} satisfies Record<string, (value: RawValue, name: string) => unknown>;

export type ParameterName = keyof typeof READERS;
export type Parameters = { readonly [Name in ParameterName]?: ReturnType<(typeof READERS)[Name]> };

export function parseParameters(encoded: URLSearchParams): RawParameters {
  const groups = new Map<string, RawValue>();
  for (const [key, value] of encoded) {
    const [, name = key, field] = /^([^[\]]+)\[([^[\]]*)\]$/.exec(key) ?? [];
    if (field === undefined) {
      groups.set(name, value);
      continue;
    }
    const group = groups.get(name) ?? {};
    const fields = typeof group === "string" ? {} : group;
    // `expand[]=…` may stand there many times: it is the next element of a list.
    const index = field === "" ? String(Object.keys(fields).length) : field;
    groups.set(name, { ...fields, [index]: value });
  }
  return Object.fromEntries(groups);
}

export function readParameters(raw: RawParameters, known: readonly ParameterName[]): Parameters {
  const read = Object.entries(raw).map(([name, value]) => {
    const parameter = known.find((candidate) => candidate === name);
    if (parameter === undefined) throw unknown(name);
    return [name, READERS[parameter](value, name)];
  });
  return Object.fromEntries(read) as Parameters;
}

function unknown(param: string): Refusal {
  const message = `Received unknown parameter: ${param}`;
  return new Refusal(400, { code: "parameter_unknown", param, message });
}

function text(value: RawValue, param: string): string {
  if (typeof value !== "string") {
    throw new Refusal(400, { param, message: `Invalid string: ${JSON.stringify(value)}` });
  }
  if (value === "") {
    const message = `You passed an empty string for '${param}'.`;
    throw new Refusal(400, { code: "parameter_invalid_empty", param, message });
  }
  return value;
}

function texts(value: RawValue, param: string): readonly string[] {
  if (typeof value === "string") throw new Refusal(400, { param, message: "Invalid array" });
  return Object.entries(value).map(([index, element]) => text(element, `${param}[${index}]`));
}

function flag(value: RawValue, param: string): boolean {
  if (value === "true" || value === "false") return value === "true";
  throw new Refusal(400, { param, message: `Invalid boolean: ${JSON.stringify(value)}` });
}

function integer(least: number, most = Number.MAX_SAFE_INTEGER) {
  return (value: RawValue, param: string): number => {
    const refuse = (message: string) =>
      new Refusal(400, { code: "parameter_invalid_integer", param, message });
    const written = text(value, param);
    if (!/^-?\d+$/.test(written)) throw refuse(`Invalid integer: ${written}`);
    const number = Number(written);
    if (number < least) throw refuse(`This value must be greater than or equal to ${least}.`);
    if (number > most) throw refuse(`This value must be less than or equal to ${most}.`);
    return number;
  };
}

function oneOf<Choice extends string>(...choices: readonly Choice[]) {
  return (value: RawValue, param: string): Choice => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    throw new Refusal(400, {
      param,
      message: `Invalid ${param}: must be one of ${choices.join(", ")}`,
    });
  };
}

function range(value: RawValue, param: string): Range {
  const second = integer(0);
  if (typeof value === "string") {
    const at = second(value, param);
    return { gte: at, lte: at };
  }
  const bounds = Object.entries(value).map(([bound, limit]) => {
    const name = `${param}[${bound}]`;
    if (!["gt", "gte", "lt", "lte"].includes(bound)) throw unknown(name);
    return [bound, second(limit, name)];
  });
  return Object.fromEntries(bounds) as Range;
}

/** At most 50 keys of 40 characters with values of 500 (docs.stripe.com/api/metadata). */
function metadata(value: RawValue, param: string): Readonly<Record<string, string>> {
  if (value === "") return {};
  if (typeof value === "string") throw new Refusal(400, { param, message: "Invalid object" });
  const entries = Object.entries(value);
  const tooMuch = entries.find(([key, content]) => key.length > 40 || content.length > 500);
  if (entries.length > 50 || tooMuch) {
    const where = tooMuch ? `${param}[${tooMuch[0]}]` : param;
    throw new Refusal(400, { param: where, message: `${where} is more than metadata can hold.` });
  }
  return value;
}

/** Which fields hold the id of what, as far as the fake has those objects. */
const EXPANDABLE: Readonly<Partial<Record<ObjectType, Readonly<Record<string, ObjectType>>>>> = {
  payment_intent: {
    customer: "customer",
    latest_charge: "charge",
    payment_method: "payment_method",
  },
  charge: { customer: "customer", payment_intent: "payment_intent" },
  refund: {
    charge: "charge",
    customer: "customer",
    payment_intent: "payment_intent",
    payment_method: "payment_method",
  },
  dispute: { charge: "charge", payment_intent: "payment_intent" },
};

/** What is in a list is reached through `data` (docs.stripe.com/api/expanding_objects). */
export function checkExpandable(
  answer: { readonly type: ObjectType | null; readonly list?: true },
  path: string,
): void {
  const fields = path.split(".");
  const inList = answer.list && fields.shift() === "data";
  let type: ObjectType | null | undefined = answer.type;
  for (const field of fields) type = type && EXPANDABLE[type]?.[field];
  if (type && fields.length > 0 && inList === answer.list) return;
  const message = `This property cannot be expanded (${path}).`;
  throw new Refusal(400, { param: "expand", message });
}

/** Puts the object in the place of its id, in every element of a list. */
export function expandField(
  thing: unknown,
  path: readonly string[],
  find: (type: ObjectType, id: string) => StripeObject | undefined,
): void {
  const [field, ...rest] = path;
  if (field === undefined || typeof thing !== "object" || thing === null) return;
  const fields = thing as Record<string, unknown>;
  const value = fields[field];
  if (Array.isArray(value)) {
    for (const element of value) expandField(element, rest, find);
    return;
  }
  const type = EXPANDABLE[fields["object"] as ObjectType]?.[field];
  if (typeof value === "string" && type !== undefined) fields[field] = find(type, value);
  expandField(fields[field], rest, find);
}

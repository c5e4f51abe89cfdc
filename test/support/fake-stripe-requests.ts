// The part of Stripe's API that henkin could need: which requests exist, which parameters each one
// knows, and what it answers. Stripe refuses parameters it does not know, and so does the fake.

import type Stripe from "stripe";
import type { ObjectType, StripeAccount, StripeObject } from "./fake-stripe-account.ts";
import type { Payment } from "./fake-stripe-objects.ts";
import {
  checkExpandable,
  expandField,
  type ParameterName,
  type Parameters,
  type RawParameters,
  readParameters,
} from "./fake-stripe-parameters.ts";
import { Refusal } from "./fake-stripe-rules.ts";

type Call = {
  readonly account: StripeAccount;
  /** The id in the path; empty where the path has none. */
  readonly id: string;
  readonly params: Parameters;
  readonly livemode: boolean;
};

type Route = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly params: readonly ParameterName[];
  /** What no single parameter can tell. */
  readonly check?: (params: Parameters) => void;
  /** What comes back, for `expand`; null for objects without anything to expand. */
  readonly type: ObjectType | null;
  readonly list?: true;
  readonly run: (call: Call) => unknown;
};

const PAGE = ["created", "ending_before", "expand", "limit", "starting_after"] as const;

const ROUTES: readonly Route[] = [
  list("payment_intent", "/v1/payment_intents", "customer", "customer_account"),
  retrieve("payment_intent", "/v1/payment_intents/:id", "client_secret"),
  {
    method: "POST",
    path: "/v1/payment_intents/:id/cancel",
    params: ["cancellation_reason", "expand"],
    type: "payment_intent",
    run: ({ account, id, params, livemode }) => {
      const payment = owner(account, { type: "payment_intent", id, livemode });
      account.cancelPayment(payment, params.cancellation_reason ?? null);
      return account.find("payment_intent", id, livemode);
    },
  },
  list("charge", "/v1/charges", "customer", "payment_intent", "transfer_group"),
  retrieve("charge", "/v1/charges/:id"),
  list("refund", "/v1/refunds", "charge", "payment_intent"),
  {
    method: "POST",
    path: "/v1/refunds",
    params: [
      "amount",
      "charge",
      "currency",
      "customer",
      "expand",
      "instructions_email",
      "metadata",
      "origin",
      "payment_intent",
      "reason",
      "refund_application_fee",
      "reverse_transfer",
    ],
    check: checkRefundTarget,
    type: "refund",
    run: createRefund,
  },
  retrieve("refund", "/v1/refunds/:id"),
  {
    method: "POST",
    path: "/v1/refunds/:id/cancel",
    params: ["expand"],
    type: "refund",
    run: ({ account, id, livemode }) => {
      owner(account, { type: "refund", id, livemode });
      account.cancelRefund(id);
      return account.find("refund", id, livemode);
    },
  },
  {
    method: "POST",
    path: "/v1/test_helpers/refunds/:id/expire",
    params: ["expand"],
    type: "refund",
    run: ({ account, id, livemode }) => {
      if (account.find("refund", id, livemode) === undefined) {
        throw missing(account, { type: "refund", id, livemode });
      }
      account.expireRefund(id);
      return account.find("refund", id, livemode);
    },
  },
  retrieve("customer", "/v1/customers/:id"),
  {
    method: "GET",
    path: "/v1/customers/:id/cash_balance",
    params: ["expand"],
    type: null,
    run: (call) => call.account.cash.balanceOf(customerOf(call)),
  },
  {
    method: "GET",
    path: "/v1/customers/:id/cash_balance_transactions",
    params: ["ending_before", "expand", "limit", "starting_after"],
    type: null,
    run: (call) => {
      const transactions = call.account.cash.transactionsOf(customerOf(call).id);
      return page(`/v1/customers/${call.id}/cash_balance_transactions`, transactions, call.params);
    },
  },
  list("dispute", "/v1/disputes", "charge", "payment_intent"),
  list("event", "/v1/events", "delivery_success", "type", "types"),
  { method: "GET", path: "/v1/balance", params: ["expand"], type: null, run: balance },
  { method: "GET", path: "/v1/account", params: ["expand"], type: null, run: account },
];

/** A request that has passed everything Stripe checks before an endpoint starts to work. */
export type CheckedRequest = { readonly run: (account: StripeAccount) => unknown };

/** Finds the endpoint and checks the parameters; nothing has happened yet when it throws. */
export function checkRequest(request: {
  readonly method: string;
  readonly path: string;
  readonly params: RawParameters;
  readonly livemode: boolean;
}): CheckedRequest {
  const { method, path, livemode } = request;
  for (const route of ROUTES) {
    const match = route.method === method && pattern(route.path).exec(path);
    if (!match) continue;
    const id = decodeURIComponent(match[1] ?? "");
    const params = readParameters(request.params, route.params);
    const expand = params.expand ?? [];
    for (const field of expand) checkExpandable(route, field);
    route.check?.(params);
    return {
      run: (account) => {
        const answer = route.run({ account, id, params, livemode });
        const find = (type: ObjectType, wanted: string) => account.find(type, wanted, livemode);
        for (const field of expand) expandField(answer, field.split("."), find);
        return answer;
      },
    };
  }
  throw new Refusal(404, {
    message: `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs.`,
  });
}

function pattern(path: string): RegExp {
  // Search is switched off here, as it is for accounts in some countries: it is not an id.
  return new RegExp(`^${path.replace(":id", "(?!search$)([^/]+)")}$`);
}

function list(type: ObjectType, path: string, ...filters: readonly ParameterName[]): Route {
  const run = ({ account, params, livemode }: Call) =>
    page(
      path,
      account.list(type, livemode).filter((thing) => matches(thing, params, filters)),
      params,
    );
  return { method: "GET", path, params: [...PAGE, ...filters], type, list: true, run };
}

function retrieve(type: ObjectType, path: string, ...more: readonly ParameterName[]): Route {
  const run = ({ account, id, livemode }: Call) => {
    const found = account.find(type, id, livemode);
    if (found === undefined) throw missing(account, { type, id, livemode });
    return found;
  };
  return { method: "GET", path, params: ["expand", ...more], type, run };
}

/** Filters other than `created` and `types` compare the field of the same name. */
function matches(
  thing: StripeObject,
  params: Parameters,
  filters: readonly ParameterName[],
): boolean {
  const { created = {}, types } = params;
  const {
    gt = -1,
    gte = 0,
    lt = Number.POSITIVE_INFINITY,
    lte = Number.POSITIVE_INFINITY,
  } = created;
  const at = thing.created;
  if (at <= gt || at < gte || at >= lt || at > lte) return false;
  const fields = new Map<string, unknown>(Object.entries(thing));
  if (types !== undefined && !types.some((type) => type === fields.get("type"))) return false;
  return filters
    .filter((name) => name !== "types" && name !== "delivery_success")
    .every((name) => params[name] === undefined || params[name] === fields.get(name));
}

/** Newest first; `ending_before` gives the page before, still newest first. */
function page(url: string, things: readonly StripeObject[], params: Parameters) {
  const sorted = things.toReversed().sort((one, other) => other.created - one.created);
  const { limit = 10, starting_after, ending_before } = params;
  if (ending_before !== undefined) {
    const before = sorted.slice(0, position(sorted, ending_before, "ending_before"));
    const data = before.slice(-limit);
    return { object: "list", url, has_more: before.length > data.length, data };
  }
  const start =
    starting_after === undefined ? 0 : position(sorted, starting_after, "starting_after") + 1;
  const has_more = sorted.length > start + limit;
  return { object: "list", url, has_more, data: sorted.slice(start, start + limit) };
}

function position(things: readonly StripeObject[], id: string, param: string): number {
  const index = things.findIndex((thing) => thing.id === id);
  if (index >= 0) return index;
  throw new Refusal(400, { code: "resource_missing", param, message: `No such object: '${id}'` });
}

type Reference = {
  readonly type: ObjectType;
  readonly id: string;
  readonly livemode: boolean;
  readonly param?: string;
};

function owner(account: StripeAccount, reference: Reference): Payment {
  const { type, id, livemode } = reference;
  const payment = account.ownerOf(id, livemode);
  if (payment === undefined || account.find(type, id, livemode) === undefined) {
    throw missing(account, reference);
  }
  return payment;
}

function missing(account: StripeAccount, reference: Reference): Refusal {
  const { type, id, livemode, param = "id" } = reference;
  const [mine, other] = livemode ? ["live", "test"] : ["test", "live"];
  const elsewhere = account.find(type, id, !livemode) !== undefined;
  const hint = `; a similar object exists in ${other} mode, but a ${mine} mode key was used`;
  const message = `No such ${type}: '${id}'${elsewhere ? hint : ""}`;
  return new Refusal(404, { code: "resource_missing", param, message });
}

function checkRefundTarget(params: Parameters): void {
  const { payment_intent, charge, origin } = params;
  if (origin !== undefined) {
    checkBalanceRefund(params);
    return;
  }
  const ofBalances = params.customer ?? params.currency;
  if (ofBalances !== undefined) {
    const message = "customer and currency may only be given with origin=customer_balance.";
    throw new Refusal(400, { message });
  }
  if (payment_intent !== undefined && charge !== undefined) {
    const message = "You may only specify one of these parameters: charge, payment_intent.";
    throw new Refusal(400, { message });
  }
  if (payment_intent === undefined && charge === undefined) {
    const message = "One of the following params should be provided: payment_intent or charge.";
    throw new Refusal(400, { code: "parameter_missing", message });
  }
}

function checkBalanceRefund(params: Parameters): void {
  const { payment_intent, charge } = params;
  if (payment_intent !== undefined || charge !== undefined) {
    const message = "origin=customer_balance refunds no charge or payment_intent.";
    throw new Refusal(400, { param: "origin", message });
  }
  for (const param of ["customer", "currency", "amount"] as const) {
    if (params[param] !== undefined) continue;
    const message = `Missing required param: ${param}.`;
    throw new Refusal(400, { code: "parameter_missing", param, message });
  }
}

function customerOf({ account, id, livemode }: Call): Stripe.Customer {
  if (account.find("customer", id, livemode) !== undefined) return account.customer(id);
  throw missing(account, { type: "customer", id, livemode });
}

function createRefund(call: Call) {
  const { account, params, livemode } = call;
  if (params.origin !== undefined) {
    const { amount = 0, currency = "" } = params;
    const customer = customerOf({ ...call, id: params.customer ?? "" });
    const refund = account.refundBalance(customer.id, { ...params, amount, currency });
    return account.find("refund", refund.id, livemode);
  }
  const type = params.charge === undefined ? "payment_intent" : "charge";
  const id = params.payment_intent ?? params.charge ?? "";
  const payment = owner(account, { type, id, livemode, param: type });
  return account.find("refund", account.createRefund(payment, params).id, livemode);
}

function balance({ account, livemode }: Call): Stripe.Balance {
  const { available, pending } = account.balance;
  return {
    object: "balance",
    available: [{ amount: available, currency: "jpy", source_types: { card: available } }],
    livemode,
    pending: [{ amount: pending, currency: "jpy", source_types: { card: pending } }],
  };
}

function account(call: Call): Stripe.Account {
  return {
    id: call.account.accountId,
    object: "account",
    charges_enabled: true,
    country: "JP",
    default_currency: "jpy",
    details_submitted: true,
    email: "shop@example.com",
    payouts_enabled: true,
    type: "standard",
  };
}

// The part of Smartpay's API that henkin uses: which requests exist, which parameters each one knows,
// and what it answers. Unknown parameters are refused.

import { type RefundParameters, Refusal, type SmartpayAccount } from "./fake-smartpay-account.ts";

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Of JSON; null without one. */
  readonly body: unknown;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly query: readonly string[];
  readonly run: (account: SmartpayAccount, request: ApiRequest, id: string) => unknown;
}

const PAGE = ["expand", "maxResults", "pageToken"];
/** When the parameter is missing. */
const MAX_RESULTS = 20;
const REFUND_REQUIRED = ["payment", "amount", "currency", "reason"];
const REFUND_OPTIONAL = ["reference", "description", "lineItems", "metadata"];
const METADATA_MAX = 20;

const ROUTES: readonly Route[] = [
  list("/v1/orders", (account, { query }) => account.listOrders(query["expand"] ?? "no")),
  list("/v1/payments", (account) => account.listPayments()),
  list("/v1/refunds", (account) => account.refunds.toReversed()),
  {
    method: "GET",
    path: /^\/v1\/orders\/([^/]+)$/,
    query: ["expand"],
    run: (account, { query }, id) => account.order(id, query["expand"] ?? "no"),
  },
  {
    method: "GET",
    path: /^\/v1\/payments\/([^/]+)$/,
    query: ["expand"],
    run: (account, _request, id) => account.payment(id),
  },
  {
    method: "GET",
    path: /^\/v1\/refunds\/([^/]+)$/,
    query: ["expand"],
    run: (account, _request, id) => account.refund(id),
  },
  {
    method: "POST",
    path: /^\/v1\/refunds$/,
    query: [],
    run: (account, { body }) => account.createRefund(refundParameters(body)),
  },
  {
    method: "PUT",
    path: /^\/v1\/orders\/([^/]+)\/cancellation$/,
    query: [],
    run: (account, { body }, id) => {
      if (body !== null) throw invalid("This request has no body.");
      return account.cancelOrder(id);
    },
  },
];

/** Finds the endpoint and checks the parameters; throws Refusal before anything has happened. */
export function routeRequest(request: ApiRequest): (account: SmartpayAccount) => unknown {
  for (const route of ROUTES) {
    const match = route.method === request.method ? route.path.exec(request.path) : null;
    if (match === null) continue;
    const unknown = Object.keys(request.query).filter((name) => !route.query.includes(name));
    if (unknown.length > 0) throw invalid(`Unknown parameter: ${unknown.join(", ")}`);
    if (!["no", "all"].includes(request.query["expand"] ?? "no")) throw invalid("expand");
    if (request.method === "POST") refundParameters(request.body);
    return (account) => route.run(account, request, decodeURIComponent(match[1] ?? ""));
  }
  throw new Refusal(404, "resource.not-found", `No such resource: ${request.path}`);
}

function list(
  path: string,
  all: (account: SmartpayAccount, request: ApiRequest) => readonly unknown[],
): Route {
  return {
    method: "GET",
    path: new RegExp(`^${path}$`),
    query: PAGE,
    run: (account, request) => page(all(account, request), request),
  };
}

/** A token is opaque to the client; here it hides how far the list was read. */
function page(all: readonly unknown[], { query }: ApiRequest) {
  const maxResults = Number(query["maxResults"] ?? MAX_RESULTS);
  if (!Number.isInteger(maxResults) || maxResults < 1) throw invalid("maxResults");
  const pageToken = query["pageToken"];
  const from = pageToken === undefined ? 0 : Number(atob(pageToken));
  if (!Number.isInteger(from)) throw invalid("pageToken");
  const data = all.slice(from, from + maxResults);
  const to = from + data.length;
  return {
    object: "collection",
    data,
    maxResults,
    results: data.length,
    ...(pageToken !== undefined && { pageToken }),
    ...(to < all.length && { nextPageToken: btoa(String(to)) }),
  };
}

function refundParameters(body: unknown): RefundParameters {
  if (typeof body !== "object" || body === null) throw malformed();
  const given = Object.entries(body);
  const known = [...REFUND_REQUIRED, ...REFUND_OPTIONAL];
  for (const [name] of given) if (!known.includes(name)) throw invalid(`Unknown: ${name}`);
  for (const name of REFUND_REQUIRED) if (!(name in body)) throw invalid(`Missing: ${name}`);
  const parameters = body as RefundParameters;
  const { amount, currency, reason, metadata = {} } = parameters;
  if (!Number.isInteger(amount) || amount <= 0) throw invalid("amount");
  if (currency !== "JPY") throw invalid("currency");
  if (!["requested_by_customer", "fraudulent"].includes(reason)) throw invalid("reason");
  const values = Object.values(metadata);
  if (values.length > METADATA_MAX || values.some((value) => typeof value !== "string")) {
    throw invalid("metadata");
  }
  return parameters;
}

function invalid(message: string): Refusal {
  return new Refusal(400, "request.invalid", message);
}

export function malformed(): Refusal {
  return new Refusal(400, "request.malformed", "The body is not JSON.");
}

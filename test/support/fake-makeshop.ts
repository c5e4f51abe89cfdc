// makeshop's order API (apidoc.makeshop.jp/orderinfo), cmd=get for one order. It blocks who asks twice
// within a second or at the same time; what a block and a refusal look like is not published.

import { type CgiAnswer, type CgiRequest, FakeCgi } from "./fake-cgi.ts";
import { encodeJapanese } from "./japanese-bytes.ts";

export interface FakeOrder {
  /** 0 cancelled, 1 normal, 99 provisional; null leaves the element out, as with all others. */
  readonly status?: string | null;
  readonly paymentStatus?: string | null;
  readonly paymethod?: { readonly type: string; readonly name: string } | null;
  readonly deliveries?: readonly string[] | null;
  readonly sum?: string | null;
  readonly name?: string | null;
  readonly email?: string | null;
  readonly date?: string | null;
}

const KEYS = "canceled cmd ordernum service shopid token";

export class FakeMakeshop extends FakeCgi {
  readonly shopId = "mihonshop";
  readonly token = "61efa02bde9d3eb5714560b233596e42";
  charset: "EUC-JP" | "UTF-8" = "EUC-JP";
  blocked = false;
  readonly #now: () => number;
  readonly #orders = new Map<string, FakeOrder>();
  #busy = 0;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    super();
    this.#now = now;
  }

  set(orderNumber: string, order: FakeOrder = {}): void {
    this.#orders.set(orderNumber, order);
  }

  protected override arrived(): void {
    const now = this.#now();
    if (this.#busy > 0 || now - this.#lastAt < 1_000) this.blocked = true;
    this.#busy += 1;
    this.#lastAt = now;
  }

  protected override ended(): void {
    this.#busy -= 1;
  }

  protected answer({ method, path, params }: CgiRequest): CgiAnswer {
    if (this.blocked) return { status: 403, contentType: "text/html", body: "<h1>Forbidden</h1>" };
    const keys = [...params.keys()].sort().join(" ");
    const isKnown = path === "/api/orderinfo/index.html" && keys === KEYS;
    const orderNumber = params.get("ordernum") ?? "";
    const canceled = params.get("canceled") ?? "";
    const isValid = /^[0-9A-Za-z]{1,26}$/.test(orderNumber) && /^[01]$/.test(canceled);
    if (method !== "GET" || !isKnown || params.get("cmd") !== "get" || !isValid) {
      return { status: 400, contentType: "text/plain", body: `unknown request: ${keys}` };
    }
    if (params.get("shopid") !== this.shopId || params.get("token") !== this.token) {
      return this.#xml("<response><code>101</code><message>認証エラー</message></response>");
    }
    const order = this.#orders.get(orderNumber);
    const isHidden = order?.status === "0" && canceled === "0";
    const content = order === undefined || isHidden ? "" : orderXml(orderNumber, order);
    return this.#xml(`<orders>\n${content}</orders>`);
  }

  #xml(content: string): CgiAnswer {
    const text = `<?xml version="1.0" encoding="${this.charset}"?>\n${content}\n`;
    const isEuc = this.charset === "EUC-JP";
    return {
      status: 200,
      contentType: "text/xml",
      body: isEuc ? encodeJapanese(text, "euc-jp") : text,
    };
  }
}

function orderXml(orderNumber: string, order: FakeOrder): string {
  const {
    status = "1",
    paymentStatus = "1",
    paymethod = { type: "B", name: "銀行振込" },
    deliveries = ["0"],
    sum = "2467",
    name = "髙橋 花子",
    email = "Hanako@Example.jp",
    date = "2026-11-01 12:00:00",
  } = order;
  const element = (tag: string, value: string | null) =>
    value === null ? "" : `<${tag}>${escaped(value)}</${tag}>`;
  const method =
    paymethod && `<paymethod type="${paymethod.type}">${escaped(paymethod.name)}</paymethod>`;
  const parcels = deliveries?.map((state) => `<delivery>${element("status", state)}</delivery>`);
  return [
    "<order>",
    element("ordernum", orderNumber),
    element("date", date),
    element("status", status),
    element("payment_status", paymentStatus),
    method ?? "",
    `<buyer>${element("name", name)}${element("email", email)}</buyer>`,
    parcels === undefined ? "" : `<deliveries>${parcels.join("")}</deliveries>`,
    `<orderdetail>${element("sumprice", sum)}</orderdetail>`,
    "</order>\n",
  ].join("");
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

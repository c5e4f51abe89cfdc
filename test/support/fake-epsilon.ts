// GMO Epsilon's getsales2.cgi and cancel_payment.cgi, with the bytes of the answers recorded in
// github.com/pepabo/active_merchant-epsilon. What it says to an unknown machine or contract is not
// published: those two codes are made up.

import { type CgiAnswer, type CgiRequest, FakeCgi } from "./fake-cgi.ts";
import { percentCp932 } from "./japanese-bytes.ts";

export type EpsilonFieldValues = Readonly<Record<string, string>>;

const XML = "text/xml; charset=CP932";
const DEFAULTS: EpsilonFieldValues = {
  last_update: "2018-07-17 10:41:27",
  user_mail_add: "yamada-taro@example.com",
  state: "1",
  credit_time: "2018-07-17 10:41:28",
  mission_code: "1",
  credit_flag: "0",
  item_price: "100",
  payment_code: "1",
  item_code: "ITEM001",
  st_code: "10000-0000-00000-00000-00000-00000-00000",
  memo1: "memo1",
  item_name: "Greate Product",
  pay_time: "1",
  user_name: "YAMADA Taro",
  process_code: "1",
  keitai: "100",
  due_date: "",
  card_st_code: "10",
  add_info: "",
  user_id: "U1531791686",
  memo2: "memo2",
};

export const VIRTUAL_ACCOUNT: EpsilonFieldValues = {
  payment_code: "22",
  st_code: "00000-0000-00000-00000-00100-00000-00000",
};

export class FakeEpsilon extends FakeCgi {
  readonly contractCode = "64985980";
  /** Whether the caller's address is registered. */
  registered = true;
  readonly #orders: Map<string, string>[] = [];
  #transCode = 738_442;

  get base(): string {
    return `${this.origin}/cgi-bin/order/`;
  }

  /** Returns its number, under which it is known here. */
  add(orderNumber: string, values: EpsilonFieldValues = {}): string {
    const transCode = String(this.#transCode);
    this.#transCode += 1;
    const all = { ...DEFAULTS, trans_code: transCode, order_number: orderNumber, ...values };
    const order = new Map(Object.entries({ ...all, contract_code: this.contractCode }));
    this.#orders.push(order);
    return orderNumber;
  }

  transCodeOf(orderNumber: string): string {
    return this.#need(orderNumber).get("trans_code") ?? "";
  }

  set(orderNumber: string, field: string, value: string | null): void {
    const order = this.#need(orderNumber);
    if (value === null) order.delete(field);
    else order.set(field, value);
  }

  protected answer({ method, path, contentType, params }: CgiRequest): CgiAnswer {
    const cgi = /^\/cgi-bin\/order\/(getsales2|cancel_payment)\.cgi$/.exec(path)?.[1];
    if (cgi === undefined) {
      return { status: 404, contentType: "text/html; charset=iso-8859-1", body: "Not Found" };
    }
    const keys = [...params.keys()].sort().join(" ");
    const known = ["contract_code order_number"];
    if (cgi === "getsales2") known.push("contract_code trans_code");
    const isForm = contentType === "application/x-www-form-urlencoded";
    if (method !== "POST" || !isForm || !known.includes(keys)) {
      return { status: 400, contentType: "text/plain", body: `unknown request: ${keys}` };
    }
    if (!this.registered) return refusal("901", "IPアドレスが登録されていません");
    if (params.get("contract_code") !== this.contractCode) {
      return refusal("902", "契約コードが不正です");
    }
    const order = this.#find(params);
    return cgi === "getsales2" ? salesAnswer(order) : cancelAnswer(order);
  }

  #need(orderNumber: string): Map<string, string> {
    const order = this.#orders.findLast((one) => one.get("order_number") === orderNumber);
    if (order === undefined) throw new Error(`no order has ${orderNumber}`);
    return order;
  }

  /** Of several tries under one number, the last. */
  #find(params: URLSearchParams): Map<string, string> | undefined {
    const key = params.has("trans_code") ? "trans_code" : "order_number";
    return this.#orders.findLast((order) => order.get(key) === params.get(key));
  }
}

function salesAnswer(order: Map<string, string> | undefined): CgiAnswer {
  if (order === undefined) {
    const body = '<?xml version="1.0"  ?>\n<Epsilon_result>\n</Epsilon_result>\n';
    return { status: 200, contentType: "text/xml; charset=UTF8", body };
  }
  return { status: 200, contentType: XML, body: xml(Object.fromEntries(order), " ?>") };
}

function cancelAnswer(order: Map<string, string> | undefined): CgiAnswer {
  const state = order?.get("state");
  if (order === undefined || (state !== "5" && state !== "1")) {
    return refusal("810", "対象取引はありません");
  }
  order.set("state", "9");
  const body = xml({ err_code: "", err_detail: "", result: "1" }, "?>");
  return { status: 200, contentType: XML, body };
}

/** As Epsilon refuses: in the body, under 200. */
export function refusal(code: string, detail: string): CgiAnswer {
  const body = xml({ err_code: code, err_detail: detail, result: "9" }, "?>");
  return { status: 200, contentType: XML, body };
}

function xml(fields: EpsilonFieldValues, end: string): string {
  const results = Object.entries(fields).map(
    ([name, value]) => `  <result ${name}="${percentCp932(value)}" />\n`,
  );
  return `<?xml version="1.0" encoding="x-sjis-cp932"${end}\n<Epsilon_result>\n${results.join("")}</Epsilon_result>\n`;
}

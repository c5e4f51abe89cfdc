import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  AccessError,
  AppError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
  UnreadableError,
} from "../../src/domain/errors.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { createEpsilonProvider } from "../../src/payments/epsilon.ts";
import { readEpsilonAnswer } from "../../src/payments/epsilon-answer.ts";
import { orderOf, paymentOf } from "../../src/payments/epsilon-payment.ts";
import type { OrderSource, ShopOrder } from "../../src/payments/order-source.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { aFailure } from "../support/failures.ts";
import { GATEWAY_PAGE } from "../support/fake-cgi.ts";
import { FakeEpsilon, VIRTUAL_ACCOUNT } from "../support/fake-epsilon.ts";
import { encodeJapanese, percentCp932 } from "../support/japanese-bytes.ts";

const NOW = Date.parse("2026-11-09T10:00:00+09:00");
const EPSILON = "イプシロン";
const XML = "text/xml; charset=CP932";
const signal = new AbortController().signal;

let fake: FakeEpsilon;
let provider: PaymentProvider;

function open(more: { orders?: OrderSource; contractCode?: string; timeoutMs?: number } = {}) {
  return createEpsilonProvider({
    contractCode: fake.contractCode,
    apiBase: fake.base,
    orders: null,
    now: () => NOW,
    ...more,
  });
}

beforeEach(async () => {
  fake = new FakeEpsilon();
  await fake.start();
  provider = open();
});
afterEach(() => fake.stop());

async function search(orderNumber: string, from = provider): Promise<Payment | undefined> {
  const payments = await from.searchPayments(orderNumber, signal);
  expect(payments.length).toBeLessThan(2);
  return payments[0];
}

function shopThat(answer: () => Promise<ShopOrder | null>) {
  const asked: string[] = [];
  const source: OrderSource = {
    system: "makeshop",
    find(orderNumber) {
      asked.push(orderNumber);
      return answer();
    },
    diagnose: async () => [],
  };
  return { ...source, asked };
}

const SHOP_ORDER: ShopOrder = {
  state: "入金完了・未発送",
  amountMinor: 2467,
  payerName: "山田 花子",
  payerEmail: "hanako@example.jp",
  orderedAt: NOW - 1000,
};

describe("an order at Epsilon", () => {
  it("is found by its number, as a payment that staff give back by hand", async () => {
    fake.add("P171323551145213731", {
      ...VIRTUAL_ACCOUNT,
      item_price: "2467",
      user_name: "髙橋　①～－∥ﾀﾛｳ",
      user_mail_add: "Hanako@Example.JP",
      item_name: "100% 綿シャツ & <ソ>+",
    });
    expect(await search("P171323551145213731")).toEqual({
      provider: "epsilon",
      account: "epsilon_64985980",
      livemode: false,
      id: "P171323551145213731",
      currency: "JPY",
      amountMinor: 2467,
      capturedMinor: 2467,
      refundedMinor: 0,
      status: "paid",
      byHand: true,
      systems: [{ system: EPSILON, state: "課金済み (1)" }],
      method: "virtual_account",
      description: "100% 綿シャツ & <ソ>+",
      orderNumbers: ["P171323551145213731"],
      orderNumbersFrom: "metadata",
      payerName: "髙橋　①～－∥ﾀﾛｳ",
      payerEmail: "hanako@example.jp",
      disputed: false,
      createdAt: Date.parse("2018-07-17T10:41:27+09:00"),
      paidAt: Date.parse("2018-07-17T10:41:28+09:00"),
    });
  });

  it("is read again by the same number", async () => {
    fake.add("P1");
    const found = await search("P1");
    expect(found?.id).toBe("P1");
    expect(await provider.retrievePayment("P1", signal)).toEqual(found);
  });

  it("is one payment before Epsilon knows it, while it tells nothing, and afterwards", async () => {
    const beside = open({ orders: shopThat(async () => SHOP_ORDER) });
    expect(await search("P1", beside)).toMatchObject({ id: "P1", status: "processing" });
    fake.add("P1");
    expect(await search("P1", beside)).toMatchObject({ id: "P1", status: "paid" });
    fake.set("P1", "state", null);
    expect(await search("P1", beside)).toMatchObject({ id: "P1", status: "unknown" });
  });

  it("bears the shop's own number where a plug-in has added a time", async () => {
    fake.add("12345x20190301");
    const payment = await provider.retrievePayment("12345x20190301", signal);
    expect(payment?.orderNumbers).toEqual(["12345"]);
    // Epsilon searches by the whole number alone.
    expect(await search("12345")).toBeUndefined();
    expect((await search("12345x20190301"))?.orderNumbers).toEqual(["12345", "12345x20190301"]);
  });

  it("keeps a number whose x is its own", async () => {
    fake.add("box12");
    expect((await search("box12"))?.orderNumbers).toEqual(["box12"]);
  });

  it.each([
    ["2018/07/17 10:41:28", Date.parse("2018-07-17T10:41:28+09:00")],
    ["", null],
    ["yesterday", null],
  ])("paid at %j is read as %s", async (text, at) => {
    fake.set(fake.add("P1"), "credit_time", text);
    fake.set(fake.add("P2", { last_update: "" }), "credit_time", text);
    expect((await search("P2"))?.paidAt).toBe(at);
    expect((await search("P2"))?.createdAt).toBe(at ?? NOW);
  });

  it("without name and address is nobody's", async () => {
    const id = fake.add("P1", { user_name: "", item_name: "" });
    fake.set(id, "user_mail_add", null);
    expect(await search("P1")).toMatchObject({
      payerName: null,
      payerEmail: null,
      description: null,
    });
  });

  it("that nobody has is not found, and is no unpaid one", async () => {
    expect(await search("1234567890")).toBeUndefined();
    expect(await provider.retrievePayment("738442", signal)).toBeNull();
  });

  it("is not asked for with what cannot be a number", async () => {
    for (const text of ["", "a b", "a&order_number=b", "注文1", "1".repeat(65)]) {
      expect(await search(text)).toBeUndefined();
      expect(await provider.retrievePayment(text, signal)).toBeNull();
    }
    expect(await provider.retrievePayment("", signal)).toBeNull();
    expect(fake.requests).toEqual([]);
  });
});

describe("a state", () => {
  const NAMES: Readonly<Record<string, string>> = {
    "0": "未課金",
    "1": "課金済み",
    "4": "審査中",
    "5": "仮売上",
    "6": "出荷登録中",
    "9": "キャンセル",
    "11": "審査NG",
    "21": "処理中",
    "77": "不明な状態",
  };
  const METHODS: Readonly<Record<string, string>> = {
    "1": "card",
    "2": "card",
    "3": "konbini",
    "7": "pay_easy",
    "22": "virtual_account",
    "99": "unknown",
  };
  const ROWS = Object.keys(METHODS).flatMap((code) =>
    Object.keys(NAMES).map((state) => {
      const method = METHODS[code] ?? "";
      const paid = state === "1" && method !== "unknown";
      const held = state === "5" && method === "card";
      return { code, state, method, status: paid ? "paid" : held ? "authorized" : "processing" };
    }),
  );

  it.each(ROWS)("$state of payment_code $code ($method) is read as $status", async (row) => {
    fake.add("P1", { payment_code: row.code, state: row.state, item_price: "2467" });
    expect(await search("P1")).toMatchObject({
      status: row.status,
      method: row.method,
      amountMinor: 2467,
      capturedMinor: row.status === "paid" ? 2467 : 0,
      byHand: true,
      systems: [{ system: EPSILON, state: `${NAMES[row.state]} (${row.state})` }],
    });
  });

  it.each(["state", "item_price"])("without %s is for a person", async (field) => {
    fake.set(fake.add("P1"), field, null);
    const answer = await provider.retrievePayment("P1", signal);
    expect(answer).toMatchObject({ id: "P1", status: "unknown" });
  });

  it.each(["-100", "1,000", "1e3", "9999999999", "100.5"])(
    "with the price %s too",
    async (price) => {
      fake.add("P1", { item_price: price });
      expect(await search("P1")).toMatchObject({ status: "unknown", capturedMinor: 0 });
    },
  );
});

describe("an answer that cannot be read", () => {
  const start = '<?xml version="1.0" encoding="x-sjis-cp932" ?>\n<Epsilon_result>';
  const good = fieldsXml({ state: "1", item_price: "100", order_number: "P1", trans_code: "1" });
  const BROKEN: readonly (readonly [string, string | Uint8Array])[] = [
    ["is cut off", `${start}${good}`],
    ["has a field twice", `${start}${good}${fieldsXml({ state: "9" })}</Epsilon_result>`],
    ["has two fields in one", `${start}<result state="1" item_price="1"/></Epsilon_result>`],
    ["has another element", `${start}${good}<other state="1"/></Epsilon_result>`],
    ["has text", `${start}${good}paid</Epsilon_result>`],
    ["has another root", `<Result>${good}</Result>`],
    ["has a document type", `<!DOCTYPE a [<!ENTITY b "1">]>${start}${good}</Epsilon_result>`],
    ["has an own entity", `${start}<result state="&b;" /></Epsilon_result>`],
    ["has half an escape", `${start}<result user_name="%9" /></Epsilon_result>`],
    ["has two roots", "<Epsilon_result></Epsilon_result><Epsilon_result></Epsilon_result>"],
    ["is a page", "<html><body>ただいまメンテナンス中です</body></html>"],
    ["is of another order", `${start}${good.replace("P1", "P10")}</Epsilon_result>`],
    [
      "is of another contract",
      `${start}${good}${fieldsXml({ contract_code: "1" })}</Epsilon_result>`,
    ],
    ["is empty", ""],
    ["is no text", Uint8Array.from([0xff, 0xfe, 0x00, 0x81])],
  ];

  it.each(BROKEN)("because it %s stands before a person", async (_why, body) => {
    fake.fail({ status: 200, contentType: XML, body });
    expect(await search("P1")).toMatchObject({
      id: "P1",
      status: "unknown",
      capturedMinor: 0,
      byHand: true,
      orderNumbers: ["P1"],
      systems: [{ system: EPSILON, state: "答えを読めません" }],
    });
  });

  it("is shown to staff as it came, cut to 2,000 characters", async () => {
    const body = encodeJapanese(`メンテナンス${"中".repeat(3000)}`, "shift_jis");
    fake.fail({ status: 200, contentType: "text/html", body });
    const payment = await provider.retrievePayment("P1", signal);
    expect(payment).toMatchObject({ id: "P1", status: "unknown", orderNumbers: ["P1"] });
    expect(payment?.raw).toBe(`メンテナンス${"中".repeat(1994)}`);
  });

  it.each([
    [{ state: "77" }, 'state="77"'],
    [{ payment_code: "99" }, 'payment_code="99"'],
  ])("is shown as it came where it says %o, which is in no list", async (values, shown) => {
    const id = fake.add("P1", values);
    const odd = { status: "processing", raw: expect.stringContaining(shown) };
    expect(await search("P1")).toMatchObject(odd);
    expect(await provider.retrievePayment(id, signal)).toMatchObject(odd);
    fake.set(id, "state", "1");
    fake.set(id, "payment_code", "1");
    expect(await search("P1")).not.toHaveProperty("raw");
  });

  it("of the shop's own system is shown beside what Epsilon says", async () => {
    fake.add("P1");
    const unreadable = new UnreadableError(
      { provider: "The other side", why: "makeshop: no" },
      { raw: "<html>保守中" },
    );
    const orders = shopThat(() => Promise.reject(unreadable));
    const payment = await search("P1", open({ orders }));
    expect(payment).toMatchObject({ status: "paid", raw: "<html>保守中" });
  });

  it("is never taken for an order, whatever its bytes", async () => {
    await fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { kind } = readEpsilonAnswer(Buffer.from(bytes));
        expect(kind).toBe("unreadable");
      }),
      { numRuns: 300 },
    );
  });

  const paid = { ...VIRTUAL_ACCOUNT, state: "1", item_price: "100" };
  const whole = `${start}${fieldsXml({ ...paid, order_number: "P1", trans_code: "1" })}</Epsilon_result>`;

  it("is not the whole one that the next two begin with", async () => {
    fake.fail({ status: 200, contentType: XML, body: whole });
    expect(await search("P1")).toMatchObject({ id: "P1", status: "paid", capturedMinor: 100 });
  });

  it("stays one when a byte of it is changed or its end is missing", async () => {
    const inputs = fc.record({
      at: fc.nat(whole.length - 1),
      byte: fc.integer({ min: 0, max: 255 }),
      end: fc.oneof(fc.constant(whole.length), fc.nat(whole.length - 1)),
    });
    await fc.assert(
      fc.asyncProperty(inputs, async ({ at, byte, end }) => {
        const bytes = Buffer.from(whole);
        bytes[at] = byte;
        const body = bytes.subarray(0, end);
        fake.fail({ status: 200, contentType: XML, body });
        // A letter changed in `result` or `err_code` can make it a refusal, never another crash.
        const payment = await search("P1").catch((error: unknown) => error);
        if (payment instanceof AppError) return;
        const isPaid = end === whole.length && body.includes('state="1"');
        const allowed = ["unknown", "processing", ...(isPaid ? ["paid"] : [])];
        expect(allowed).toContain((payment as Payment).status);
      }),
      { numRuns: 80 },
    );
  });

  it("is no certain word of an order where its pieces are put together at random", async () => {
    const piece = fc.constantFrom(
      ...["<Epsilon_result>", "</Epsilon_result>", "<result ", "/>", ' state="9"', ' state="5"'],
      ...[' item_price="100"', ' order_number="P1"', ' payment_code="1"', "<?xml ?>", "<!-- -->"],
      ...['<result state="9" />', '<result item_price="1" />', '<result order_number="P1" />'],
      ...['<result payment_code="1" />', "<![CDATA[", "]]>", "&amp;", "%", "+", "\u0000", '"'],
    );
    await fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const answer = readEpsilonAnswer(Buffer.from(pieces.join("")));
        const order = answer.kind === "fields" ? orderOf(answer.fields) : null;
        const around = { id: "1", account: "a", livemode: false, systems: [], now: NOW, raw: "" };
        const status = order === null ? null : paymentOf(order, around).status;
        expect([null, "authorized", "processing"]).toContain(status);
      }),
      { numRuns: 2000 },
    );
  });
});

function fieldsXml(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<result ${name}="${percentCp932(value)}" />`)
    .join("");
}

describe("a failure", () => {
  it("to reach Epsilon is transient", async () => {
    const { base } = fake;
    await fake.stop();
    const gone = createEpsilonProvider({
      contractCode: "1",
      apiBase: base,
      orders: null,
      now: () => NOW,
    });
    const error = await failure(gone.retrievePayment("1", signal));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: "unreachable" });
    await fake.start();
  });

  it.each([
    ["cut_before", "connection_lost"],
    ["cut_after", "connection_lost"],
    ["hang_before", "timeout"],
    [GATEWAY_PAGE, "server_error"],
    [{ ...GATEWAY_PAGE, status: 503 }, "server_error"],
    [{ ...GATEWAY_PAGE, status: 429 }, "rate_limited"],
  ] as const)("of a look-up (%o) is transient", async (fault, code) => {
    fake.add("P1");
    fake.fail(fault);
    const error = await failure(open({ timeoutMs: 300 }).searchPayments("P1", signal));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code });
  });

  it.each([301, 401, 403, 404])("with HTTP %d is for the operator", async (status) => {
    fake.fail({ ...GATEWAY_PAGE, status });
    const error = await failure(provider.searchPayments("P1", signal));
    expect(error).toBeInstanceOf(AccessError);
    expect(error.mend).toContain("EPSILON_CONTRACT_CODE");
  });

  it("of a machine that is not registered is for the operator, with what to do", async () => {
    fake.registered = false;
    const error = await failure(provider.searchPayments("P1", signal));
    expect(error).toBeInstanceOf(AccessError);
    expect(error.message).toContain("901: IPアドレスが登録されていません");
    expect(error.mend).toContain("register this machine's public address");
  });

  it("of a wrong contract code as well", async () => {
    const error = await failure(open({ contractCode: "1" }).retrievePayment("738442", signal));
    expect(error).toBeInstanceOf(AccessError);
  });

  it("of one order alone does not stop the others", async () => {
    const body = '<Epsilon_result><result result="9" /><result err_code="500" /></Epsilon_result>';
    fake.fail({ status: 200, contentType: XML, body });
    const error = await failure(provider.searchPayments("P1", signal));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: "look_up_refused" });
  });

  it("is told apart from a caller who gave up", async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await failure(provider.searchPayments("P1", stop.signal))).toMatchObject({
      code: "aborted",
    });
    expect(fake.requests).toEqual([]);
  });
});

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

describe("a cancellation", () => {
  const cancel = (paymentId: string, from = provider) =>
    from.cancelPayment({ paymentId, idempotencyKey: "key" }, signal);
  const cancels = () => fake.requests.filter(({ path }) => path.endsWith("cancel_payment.cgi"));

  it("releases an authorisation and returns what Epsilon then says", async () => {
    const id = fake.add("12345x20190301", { state: "5" });
    expect(await cancel(id)).toMatchObject({ id, status: "canceled", capturedMinor: 0 });
    expect(cancels().map(({ params }) => params.get("order_number"))).toEqual(["12345x20190301"]);
  });

  it("is not sent twice: what is cancelled already is returned as such", async () => {
    const id = fake.add("P1", { state: "5" });
    await cancel(id);
    expect(await cancel(id)).toMatchObject({ status: "canceled" });
    expect(cancels()).toHaveLength(1);
  });

  it.each([
    { state: "1" },
    { state: "0" },
    { state: "21" },
    { ...VIRTUAL_ACCOUNT, state: "5" },
    { ...VIRTUAL_ACCOUNT, state: "9" },
    { payment_code: "99", state: "5" },
  ])("of %o is refused and not sent", async (values) => {
    const error = await failure(cancel(fake.add("P1", values)));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: "void_not_supported" });
    expect(cancels()).toEqual([]);
  });

  it("of an order that is not there, or cannot be read, is refused and not sent", async () => {
    expect(await failure(cancel("738442"))).toBeInstanceOf(PermanentError);
    fake.fail({ status: 200, contentType: XML, body: "<broken" });
    expect(await failure(cancel(fake.add("P1", { state: "5" })))).toBeInstanceOf(PermanentError);
    expect(cancels()).toEqual([]);
  });

  it("that Epsilon refuses is told with its words", async () => {
    const id = fake.add("P1", { state: "5" });
    fake.fail(await salesOf(id), {
      status: 200,
      contentType: XML,
      body: `<Epsilon_result>${fieldsXml({ result: "9", err_code: "810", err_detail: "対象取引はありません" })}</Epsilon_result>`,
    });
    const error = await failure(cancel(id));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain("810: 対象取引はありません");
  });

  it.each([
    ["cut_before", "connection_lost"],
    ["cut_after", "connection_lost"],
    ["hang_after", "timeout"],
    [GATEWAY_PAGE, "server_error"],
    [{ status: 200, contentType: XML, body: "<Epsilon_result></Epsilon_result>" }, "unreadable"],
    [{ status: 200, contentType: XML, body: "<garbage" }, "unreadable"],
  ] as const)(
    "with %o for an answer may have happened, and is looked at first",
    async (fault, code) => {
      const id = fake.add("P1", { state: "5" });
      const impatient = open({ timeoutMs: 300 });
      fake.fail(await salesOf(id), fault);
      const error = await failure(cancel(id, impatient));
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      expect(error.code).toContain(code);
      const before = cancels().length;
      expect(await cancel(id, impatient)).toMatchObject({ status: "canceled" });
      const isDone = fault === "cut_after" || fault === "hang_after";
      expect(cancels()).toHaveLength(isDone ? before : before + 1);
    },
  );

  it("that is not seen afterwards is no certain one", async () => {
    const id = fake.add("P1", { state: "5" });
    const held = await salesOf(id);
    const done = {
      status: 200,
      contentType: XML,
      body: '<Epsilon_result><result result="1" /></Epsilon_result>',
    };
    for (const later of [held, "cut_before" as const, { ...GATEWAY_PAGE, status: 403 }]) {
      fake.fail(held, done, later);
      expect(await failure(cancel(id))).toBeInstanceOf(OutcomeUnknownError);
    }
  });

  it("that met a payment returns the payment", async () => {
    const id = fake.add("P1", { state: "5" });
    const held = await salesOf(id);
    fake.set(id, "state", "1");
    const done = '<Epsilon_result><result result="1" /></Epsilon_result>';
    fake.fail(held, { status: 200, contentType: XML, body: done });
    // The fake is asked again after that, and says that the card was charged.
    const payment = await cancel(id);
    expect(payment).toMatchObject({ status: "paid", capturedMinor: 100 });
  });

  async function salesOf(id: string) {
    const answer = await fetch(`${fake.base}getsales2.cgi`, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: `contract_code=${fake.contractCode}&order_number=${id}`,
    });
    return { status: 200, contentType: XML, body: await answer.text() };
  }
});

describe("the shop's own system", () => {
  it("is heard beside Epsilon, by the shop's number", async () => {
    const shop = shopThat(async () => SHOP_ORDER);
    fake.add("12345x20190301", { ...VIRTUAL_ACCOUNT, state: "0" });
    const payment = await search("12345x20190301", open({ orders: shop }));
    expect(payment?.systems).toEqual([
      { system: EPSILON, state: "未課金 (0)" },
      { system: "makeshop", state: "入金完了・未発送" },
    ]);
    // It says nothing about money: that is Epsilon's word, or a person's.
    expect(payment).toMatchObject({ status: "processing", capturedMinor: 0 });
    expect(shop.asked).toEqual(["12345"]);
  });

  it("may not know the order", async () => {
    fake.add("P1");
    const payment = await search("P1", open({ orders: shopThat(async () => null) }));
    expect(payment?.systems?.[1]).toEqual({ system: "makeshop", state: "注文なし" });
  });

  it.each([
    aFailure(TransientError, "timeout", "makeshop: no answer in 20000 ms"),
    aFailure(AccessError, "forbidden", "makeshop answered with HTTP 403"),
    aFailure(PermanentError, "unreadable_answer", "makeshop gave an answer that cannot be read"),
  ])("hides no payment when it fails (%s)", async (error) => {
    fake.add("P1");
    const orders = shopThat(() => Promise.reject(error));
    const payment = await search("P1", open({ orders }));
    expect(payment).toMatchObject({ status: "paid", capturedMinor: 100 });
    const state = `確認できませんでした: ${error.message}`;
    expect(payment?.systems?.[1]).toEqual({ system: "makeshop", state });
  });

  it("makes an order that Epsilon does not have one that a person looks at", async () => {
    const withShop = open({ orders: shopThat(async () => SHOP_ORDER) });
    const payment = await search("P1", withShop);
    expect(payment).toMatchObject({
      id: "P1",
      status: "processing",
      byHand: true,
      amountMinor: 2467,
      capturedMinor: 0,
      orderNumbers: ["P1"],
      payerName: "山田 花子",
      payerEmail: "hanako@example.jp",
      createdAt: NOW - 1000,
      systems: [
        { system: EPSILON, state: "取引なし" },
        { system: "makeshop", state: "入金完了・未発送" },
      ],
    });
    expect(await withShop.retrievePayment("P1", signal)).toEqual(payment);
    fake.add("P1");
    expect(await withShop.retrievePayment("P1", signal)).toMatchObject({
      id: "P1",
      status: "paid",
      capturedMinor: 100,
    });
  });

  it("is asked again later where it did not answer about an order that Epsilon does not have", async () => {
    const error = aFailure(TransientError, "timeout", "makeshop: no answer");
    const orders = shopThat(() => Promise.reject(error));
    expect(await failure(open({ orders }).searchPayments("P1", signal))).toBe(error);
  });

  it("leaves such an order to a person where it cannot be asked at all", async () => {
    const error = aFailure(AccessError, "forbidden", "makeshop answered with HTTP 403");
    const orders = shopThat(() => Promise.reject(error));
    expect(await search("P1", open({ orders }))).toMatchObject({ status: "unknown" });
  });

  it("and Epsilon together can say that there is no order", async () => {
    expect(await search("P1", open({ orders: shopThat(async () => null) }))).toBeUndefined();
  });
});

describe("what Epsilon cannot do", () => {
  it("is declared", () => {
    expect(provider.capabilities).toEqual({
      search: true,
      partial: true,
      void: true,
      asynchronous: false,
      manual: true,
      keyWindowMs: 0,
    });
  });

  it("lists nothing and refunds nothing", async () => {
    fake.add("P1");
    const page = { createdFrom: 0, page: null, signal };
    expect(await provider.listPayments(page)).toEqual({ payments: [], next: null });
    expect(await provider.changedPayments(0, signal)).toBeNull();
    expect(await provider.listRefunds("738442", signal)).toEqual([]);
    expect(await provider.listAllRefunds(page)).toEqual({ refunds: [], next: null });
    expect(await provider.retrieveRefund("1", signal)).toBeNull();
    const refund = provider.createRefund(
      {
        paymentId: "738442",
        amountMinor: 100,
        currency: "JPY",
        reason: "other",
        metadata: {},
        idempotencyKey: "key",
      },
      signal,
    );
    expect(await failure(refund)).toBeInstanceOf(PermanentError);
    expect(fake.requests).toEqual([]);
  });
});

describe("the account", () => {
  it.each([
    ["https://secure.epsilon.jp/cgi-bin/order/", true],
    ["https://epsilon.example/cgi-bin/order/", true],
    ["https://beta.epsilon.jp/cgi-bin/order/", false],
    ["http://127.0.0.1:9/", false],
  ])("at %s is live: %s", async (apiBase, live) => {
    const options = { contractCode: "64985980", apiBase, orders: null, now: () => NOW };
    const [finding] = await createEpsilonProvider(options).diagnose(AbortSignal.abort());
    expect(finding?.message).toContain(live ? "orders are real" : "test environment");
    expect(await createEpsilonProvider(options).account(signal)).toBe("epsilon_64985980");
  });
});

describe("doctor", () => {
  const levels = async () =>
    (await provider.diagnose(signal)).map(({ level, check }) => `${level} ${check}`);

  it("finds a registered machine well", async () => {
    expect((await levels()).slice(0, 2)).toEqual(["ok epsilon contract", "ok epsilon look-up"]);
  });

  it("finds an unknown machine, with the mend", async () => {
    fake.registered = false;
    const findings = await provider.diagnose(signal);
    expect(findings.at(-1)).toMatchObject({ level: "fail", check: "epsilon look-up" });
    expect(findings.at(-1)?.message).toContain("901");
    expect(findings.at(-1)?.mend).toContain("register this machine's public address");
  });

  it.each([
    "cut_before",
    GATEWAY_PAGE,
    { ...GATEWAY_PAGE, status: 404 },
    { ...GATEWAY_PAGE, status: 200 },
  ])("finds %o at fault", async (fault) => {
    fake.fail(fault as typeof GATEWAY_PAGE);
    expect(await levels()).toEqual(["ok epsilon contract", "fail epsilon look-up"]);
  });
});

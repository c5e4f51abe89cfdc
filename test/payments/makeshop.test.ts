import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AccessError, AppError, PermanentError, TransientError } from "../../src/domain/errors.ts";
import { createMakeshopOrders } from "../../src/payments/makeshop.ts";
import { readMakeshopAnswer } from "../../src/payments/makeshop-order.ts";
import type { OrderSource } from "../../src/payments/order-source.ts";
import type { Clock } from "../../src/ports.ts";
import { GATEWAY_PAGE } from "../support/fake-cgi.ts";
import { FakeClock, MONDAY } from "../support/fake-clock.ts";
import { FakeMakeshop, type FakeOrder } from "../support/fake-makeshop.ts";

const NUMBER = "P171323551145213731";
const signal = new AbortController().signal;

/** A clock on which sleeping takes no time. */
class RestlessClock implements Clock {
  offsetMs = 0;
  readonly slept: number[] = [];
  /** As other machines see it. */
  elapsed = () => this.slept.reduce((sum, ms) => sum + ms, 0);
  now = () => MONDAY + this.elapsed() + this.offsetMs;
  sleep = async (ms: number) => {
    this.slept.push(ms);
  };
}

let clock: RestlessClock;
let makeshopNow: () => number;
let fake: FakeMakeshop;
let orders: OrderSource;

function open(more: { token?: string; timeoutMs?: number; clock?: Clock } = {}): OrderSource {
  const { shopId, token, origin: apiBase } = fake;
  return createMakeshopOrders({ shopId, token, apiBase, clock, ...more });
}

beforeEach(async () => {
  clock = new RestlessClock();
  makeshopNow = clock.elapsed;
  fake = new FakeMakeshop(() => makeshopNow());
  await fake.start();
  orders = open();
});
afterEach(() => fake.stop());

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

describe("an order at makeshop", () => {
  it("is told of in its own words", async () => {
    fake.set(NUMBER);
    expect(await orders.find(NUMBER, signal)).toEqual({
      state: "入金完了・未発送・決済方法: 銀行振込 (B)・合計: 2467",
      amountMinor: 2467,
      payerName: "髙橋 花子",
      payerEmail: "hanako@example.jp",
      orderedAt: Date.parse("2026-11-01T12:00:00+09:00"),
    });
  });

  it.each<[FakeOrder, string]>([
    [{ status: "0" }, "キャンセル・入金完了・未発送"],
    [{ status: "99", paymentStatus: "0" }, "仮注文・未入金・未発送"],
    [{ status: "7" }, "注文: 7・入金完了・未発送"],
    [{ status: null }, "注文: 不明・入金完了・未発送"],
    [{ paymentStatus: "0", deliveries: ["3"] }, "未入金・配送完了"],
    [{ paymentStatus: "5" }, "入金: 5・未発送"],
    [{ paymentStatus: null }, "入金: 不明・未発送"],
    [{ deliveries: ["1", "2", "9"] }, "入金完了・配送指示済・配送準備中・返送"],
    [{ deliveries: ["8"] }, "入金完了・配送: 8"],
    [{ deliveries: null }, "入金完了・配送: 不明"],
    [{ deliveries: [] }, "入金完了・配送: 不明"],
  ])("%o is shown as %s", async (order, state) => {
    fake.set(NUMBER, order);
    const found = await orders.find(NUMBER, signal);
    expect(found?.state).toBe(`${state}・決済方法: 銀行振込 (B)・合計: 2467`);
  });

  it.each<[FakeOrder, string]>([
    [{ paymethod: { type: "Z", name: "" } }, "コンビニ決済 (Z)"],
    [{ paymethod: { type: "XX", name: "" } }, "(XX)"],
    [{ paymethod: { type: "", name: "" } }, ""],
    [{ paymethod: null }, "不明"],
  ])("%o is paid by %s", async (order, words) => {
    fake.set(NUMBER, order);
    const found = await orders.find(NUMBER, signal);
    expect(found?.state).toContain(`・決済方法: ${words}・`);
  });

  it("without anything is still an order", async () => {
    fake.set(NUMBER, { sum: null, name: null, email: null, date: null });
    expect(await orders.find(NUMBER, signal)).toMatchObject({
      state: expect.stringContaining("合計: 不明"),
      amountMinor: null,
      payerName: null,
      payerEmail: null,
      orderedAt: null,
    });
  });

  it("with a sum that is no number has no amount, and staff read the sum", async () => {
    fake.set(NUMBER, { sum: "2,467円", date: "20261101120000" });
    expect(await orders.find(NUMBER, signal)).toMatchObject({
      amountMinor: null,
      state: expect.stringContaining("合計: 2,467円"),
      orderedAt: Date.parse("2026-11-01T12:00:00+09:00"),
    });
  });

  it("is read in UTF-8 too", async () => {
    fake.charset = "UTF-8";
    fake.set(NUMBER);
    expect((await orders.find(NUMBER, signal))?.payerName).toBe("髙橋 花子");
  });

  it("that is cancelled is found by the second question", async () => {
    fake.set(NUMBER, { status: "0" });
    expect((await orders.find(NUMBER, signal))?.state).toContain("キャンセル");
    expect(fake.requests.map(({ params }) => params.get("canceled"))).toEqual(["0", "1"]);
  });

  it("is missing only after both questions", async () => {
    expect(await orders.find(NUMBER, signal)).toBeNull();
    expect(fake.requests.map(({ params }) => params.get("canceled"))).toEqual(["0", "1"]);
  });

  it("is not asked for with what makeshop would not take", async () => {
    for (const text of ["", "P-1", "P1&cmd=status", "注文1", "1".repeat(27)]) {
      expect(await orders.find(text, signal)).toBeNull();
    }
    expect(fake.requests).toEqual([]);
  });
});

describe("the pace", () => {
  it("leaves more than a second between two questions, however many ask at once", async () => {
    const numbers = ["P1", "P2", "P3", "P4"];
    for (const number of numbers) fake.set(number, { name: `客 ${number}` });
    const found = await Promise.all(numbers.map((number) => orders.find(number, signal)));
    expect(found.map((order) => order?.payerName)).toEqual(numbers.map((number) => `客 ${number}`));
    expect(fake.blocked).toBe(false);
    expect(clock.slept).toEqual([1_100, 1_100, 1_100]);
  });

  it("keeps it after a failure", async () => {
    fake.fail("cut_after");
    await failure(orders.find("P1", signal));
    expect(await orders.find("P1", signal)).toBeNull();
    expect(fake.blocked).toBe(false);
    expect(fake.requests).toHaveLength(3);
  });

  it("asks nothing for who gave up while waiting, and goes on with the next", async () => {
    const slow = new FakeClock();
    makeshopNow = slow.now;
    const paced = open({ clock: slow });
    fake.set("P1");
    fake.set("P3");
    await paced.find("P1", signal);
    const stop = new AbortController();
    const second = failure(paced.find("P2", stop.signal));
    const third = paced.find("P3", signal);
    await until(() => slow.sleepers === 1);
    stop.abort();
    expect(await second).toMatchObject({ code: "aborted" });
    await until(() => slow.sleepers === 1);
    slow.advance(1_100);
    expect(await third).not.toBeNull();
    expect(fake.requests.map(({ params }) => params.get("ordernum"))).toEqual(["P1", "P3"]);
  });

  it("does not wait longer because the clock was set back", async () => {
    await orders.find("P1", signal);
    clock.offsetMs = -3_600_000;
    await orders.find("P1", signal);
    expect(clock.slept).toEqual([1_100, 1_100, 1_100]);
    expect(fake.blocked).toBe(false);
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("a failure", () => {
  it.each([
    ["cut_before", "connection_lost"],
    ["cut_after", "connection_lost"],
    ["hang_after", "timeout"],
    [GATEWAY_PAGE, "server_error"],
    [{ ...GATEWAY_PAGE, status: 429 }, "rate_limited"],
  ] as const)("(%o) is transient", async (fault, code) => {
    fake.fail(fault);
    const error = await failure(open({ timeoutMs: 300 }).find(NUMBER, signal));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code });
  });

  it("by a block is for the operator", async () => {
    fake.blocked = true;
    const error = await failure(orders.find(NUMBER, signal));
    expect(error).toBeInstanceOf(AccessError);
    expect(error.mend).toContain("MAKESHOP_TOKEN");
  });

  it("bears makeshop's own words, and no token", async () => {
    const error = await failure(open({ token: "wrong-token" }).find(NUMBER, signal));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain("101: 認証エラー");
    fake.fail("cut_before", GATEWAY_PAGE);
    const errors = [
      error,
      await failure(orders.find(NUMBER, signal)),
      await failure(orders.find(NUMBER, signal)),
    ];
    for (const { message, stack, cause } of errors) {
      for (const text of [message, stack, String(cause)]) {
        expect(text).not.toContain("wrong-token");
        expect(text).not.toContain(fake.token);
      }
    }
  });

  it.each([
    "",
    "<html><body>maintenance</body></html>",
    "<orders>",
    "<orders>error</orders>",
    "<orders><error>1</error></orders>",
    "<response></response>",
    "<orders><order><ordernum>P2</ordernum></order></orders>",
    `<orders><order><ordernum>${NUMBER}</ordernum></order><order><ordernum>${NUMBER}</ordernum></order></orders>`,
    "\u0000",
  ])("to be readable (%j) is no missing order", async (body) => {
    fake.fail({ status: 200, contentType: "text/xml", body });
    const error = await failure(orders.find(NUMBER, signal));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: "unreadable_answer" });
  });

  it("is all that random bytes come to", async () => {
    await fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, contentType) => {
        const answer = readMakeshopAnswer(Buffer.from(bytes), contentType, NUMBER);
        expect(answer.kind).toBe("unreadable");
      }),
      { numRuns: 300 },
    );
  });
});

describe("doctor", () => {
  const check = async (from = orders) => (await from.diagnose(signal))[0];

  it("finds a token that works well", async () => {
    expect(await check()).toMatchObject({ level: "ok", check: "makeshop" });
  });

  it("shows what makeshop says to a wrong one", async () => {
    const finding = await check(open({ token: "wrong" }));
    expect(finding).toMatchObject({
      level: "warn",
      message: expect.stringContaining("認証エラー"),
    });
    expect(finding?.mend).toContain("MAKESHOP_TOKEN");
  });

  it.each([
    "cut_before",
    GATEWAY_PAGE,
    { ...GATEWAY_PAGE, status: 403 },
    { ...GATEWAY_PAGE, status: 200 },
  ] as const)("finds %o at fault", async (fault) => {
    fake.fail(fault);
    expect(await check()).toMatchObject({ level: "fail" });
  });
});

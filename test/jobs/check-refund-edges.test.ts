// Rule 9 at its edges: to the millisecond when a refund is looked at, what is told only once, and
// what is written down of it.

import { afterEach, describe, expect, it } from "vitest";
import type { ProviderRefund } from "../../src/domain/payment.ts";
import type { Refund } from "../../src/domain/ticket.ts";
import { checkRefundAt } from "../../src/ticket/settle.ts";
import { openDesk, SHOP, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

/** Paid back once, with this answer of the provider. */
async function refunded(
  status: ProviderRefund["status"],
  shop: Partial<typeof SHOP> = {},
): Promise<Refund> {
  desk = await openDesk({ payments: [aPayment({ method: "konbini" })], shop });
  desk.provider.nextStatus = status;
  await desk.ask();
  await desk.reply("OK");
  await desk.work();
  return desk.theRefund();
}

const lookNow = (refund: Pick<Refund, "id" | "ticketId" | "provider">) =>
  desk.store.write((tx) => checkRefundAt(tx, refund, desk.clock.now()));
const looks = () => desk.provider.calls.filter((call) => call === "retrieveRefund").length;
const toTaro = () =>
  desk.transport.accepted.filter(({ to }) => to === TARO).map(({ name }) => name);
const tasks = () => desk.mails("staff_task", TANAKA).map(({ variables }) => variables["reason"]);

/** Nothing before, one look then. */
async function expectNextLookIn(ms: number): Promise<void> {
  const before = looks();
  await desk.advance(ms - 1);
  expect(looks()).toBe(before);
  await desk.advance(1);
  expect(looks()).toBe(before + 1);
}

describe("the next look at a refund", () => {
  it.each<[ProviderRefund["status"], string, number]>([
    ["pending", "the time of the settings", 20 * MINUTE],
    ["requires_action", "the time of the settings", 20 * MINUTE],
    ["succeeded", "a day", DAY],
    ["unknown", "a day", DAY],
  ])("that is %s comes after %s", async (status, _time, ms) => {
    await refunded(status, { recheckMs: 20 * MINUTE });
    await expectNextLookIn(ms);
    await expectNextLookIn(ms);
  });

  it("that succeeded comes sooner where the settings look often", async () => {
    await refunded("succeeded", { recheckMs: MINUTE });
    await expectNextLookIn(96 * MINUTE);
  });

  it("that the provider does not show comes six hours later", async () => {
    await refunded("pending");
    desk.provider.refunds.splice(0);
    await desk.advance(SHOP.recheckMs);
    await expectNextLookIn(6 * HOUR);
    await expectNextLookIn(6 * HOUR);
  });

  it("that succeeded comes 45 times and no more, one a day", async () => {
    const refund = await refunded("succeeded");
    expect(refund.followUntil).toBe(desk.clock.now() + 45 * DAY);
    for (let days = 0; days < 60; days += 1) await desk.advance(DAY);
    expect(looks()).toBe(45);
    expect((await desk.theRefund()).followUntil).toBe(refund.followUntil);
  });

  it("asks for the refund alone while it is shown", async () => {
    const refund = await refunded("pending");
    const before = desk.provider.calls.length;
    await lookNow(refund);
    await desk.work();
    expect(desk.provider.calls.slice(before)).toEqual(["retrieveRefund"]);
  });
});

describe("two refunds", () => {
  it("are each looked at by a job of its own", async () => {
    const other = aPayment({ id: "pi_701", orderNumbers: ["701"] });
    desk = await openDesk({ payments: [aPayment(), other] });
    desk.provider.nextStatus = "pending";
    for (const order of ["679", "701"]) {
      await desk.ask({ order });
      await desk.reply("OK");
      await desk.work();
    }
    const before = looks();
    await desk.advance(SHOP.recheckMs);
    expect(looks()).toBe(before + 2);
  });
});

describe("a look that was asked for", () => {
  it.each<ProviderRefund["status"]>(["failed", "canceled"])(
    "at a refund that %s asks the provider nothing",
    async (status) => {
      const refund = await refunded(status);
      await lookNow(refund);
      await desk.work();
      expect(looks()).toBe(0);
    },
  );

  it("at a refund that was not called yet, or is not there, asks nothing and is over", async () => {
    desk = await openDesk();
    await desk.ask();
    await desk.reply("OK");
    desk.provider.fail("createRefund", "before");
    await desk.work();
    const refund = await desk.theRefund();
    expect(refund.providerRefundId).toBeNull();
    await lookNow(refund);
    await lookNow({ ...refund, id: "gone" });
    await desk.work();
    expect(looks()).toBe(0);
    expect(desk.logged.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("a refund that is not shown", () => {
  async function lostAtAge(ms: number): Promise<Refund> {
    const refund = await refunded("pending");
    desk.provider.refunds.splice(0);
    desk.clock.set(refund.keyStoredAt + ms);
    await lookNow(refund);
    await desk.work();
    return refund;
  }

  it("is nobody's business for six hours: a list may lag", async () => {
    await lostAtAge(6 * HOUR);
    expect(tasks()).toEqual([]);
    expect(await desk.noted("refund_mismatch")).toEqual([]);
  });

  it("is told of after them, with the refund, its amount and its payment", async () => {
    const { id } = await lostAtAge(6 * HOUR + 1);
    expect(tasks()).toEqual([expect.stringContaining("refund re_1 (¥2,467, payment pi_679)")]);
    expect(await desk.noted("refund_mismatch")).toMatchObject([{ kind: "vanished", subject: id }]);
  });

  it("is still looked for at 90 days", async () => {
    await lostAtAge(90 * DAY);
    expect(await desk.noted("refund_follow_ended")).toEqual([]);
    await expectNextLookIn(6 * HOUR);
  });

  it("is not looked for after 90 days, which is written down", async () => {
    const { id } = await lostAtAge(90 * DAY + 1);
    expect(await desk.noted("refund_follow_ended")).toEqual([{ refund: id }]);
    const before = looks();
    await desk.advance(DAY);
    expect(looks()).toBe(before);
  });
});

describe("a status that nobody knows", () => {
  const say = (rawStatus: string) => {
    const [refund] = desk.provider.refunds;
    if (refund === undefined) throw new Error("no refund was made");
    desk.provider.refunds[0] = { ...refund, status: "unknown", rawStatus };
  };

  it("is told of again where it is another one", async () => {
    const { id } = await refunded("unknown");
    say("another_word");
    await desk.advance(DAY);
    say("a_new_word");
    await desk.advance(DAY);
    expect(tasks()).toEqual([
      expect.stringContaining('"a_new_word"'),
      expect.stringContaining('"another_word"'),
    ]);
    expect(await desk.noted("refund_status_unknown")).toEqual([
      { refund: id, status: "a_new_word" },
      { refund: id, status: "another_word" },
    ]);
    expect(await desk.noted("staff_told")).toContainEqual({
      reason: "refund_status_unknown",
      occasion: `status/${id}/another_word`,
    });
  });

  it("leaves a refund that succeeded as it is, and looks again a day later", async () => {
    await refunded("succeeded");
    say("a_new_word");
    await desk.advance(DAY);
    expect((await desk.theRefund()).state).toBe("succeeded");
    expect((await desk.ticket()).status).toBe("refunded");
    await expectNextLookIn(DAY);
  });
});

describe("another amount than was approved", () => {
  function saysAnother(): void {
    const [refund] = desk.provider.refunds;
    if (refund === undefined) throw new Error("no refund was made");
    desk.provider.refunds[0] = { ...refund, amountMinor: 1000 };
  }

  it("leaves a refund that succeeded as it is, and looks again a day later", async () => {
    await refunded("succeeded");
    saysAnother();
    await desk.advance(DAY);
    expect(await desk.theRefund()).toMatchObject({ state: "succeeded", needsPerson: false });
    expect((await desk.ticket()).status).toBe("refunded");
    expect(tasks()).toHaveLength(1);
    await expectNextLookIn(DAY);
  });

  it("leaves a refund whose word nobody knows to a person", async () => {
    await refunded("unknown");
    saysAnother();
    desk.provider.settle("re_1", "succeeded");
    await desk.advance(DAY);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", needsPerson: true });
  });
});

describe("what is told once", () => {
  it("is a refund that began, also where it waited for details in between", async () => {
    await refunded("pending");
    for (const status of ["requires_action", "pending", "requires_action", "pending"] as const) {
      desk.provider.settle("re_1", status);
      await desk.advance(SHOP.recheckMs);
    }
    expect(toTaro()).toEqual(["refund_started", "refund_needs_details", "refund_needs_details"]);
    expect((await desk.ticket()).status).toBe("refund_pending");
  });

  it("is each success after the money had come back, as often as it does", async () => {
    await refunded("succeeded");
    for (const status of [
      "requires_action",
      "succeeded",
      "requires_action",
      "succeeded",
    ] as const) {
      desk.provider.settle("re_1", status);
      await desk.advance(DAY);
    }
    expect(toTaro().filter((name) => name === "refunded")).toHaveLength(3);
  });

  it("is a status that stays: it is no event of the ticket", async () => {
    await refunded("pending");
    for (let looks = 0; looks < 3; looks += 1) await desk.advance(SHOP.recheckMs);
    expect(await desk.noted("refund_pending")).toHaveLength(1);
    desk.provider.settle("re_1", "succeeded");
    for (let days = 0; days < 3; days += 1) await desk.advance(DAY);
    expect(await desk.noted("refund_succeeded")).toHaveLength(1);
    expect(await desk.noted("ignored")).toEqual([]);
  });

  it("is a success that the provider takes back in words the ticket does not know", async () => {
    await refunded("succeeded");
    desk.provider.settle("re_1", "pending");
    await desk.advance(DAY);
    expect((await desk.theRefund()).state).toBe("pending");
    expect((await desk.ticket()).status).toBe("refunded");
    desk.provider.settle("re_1", "succeeded");
    await desk.advance(DAY);
    expect(toTaro()).toEqual(["refunded"]);
    expect(await desk.noted("ignored")).toEqual([
      { event: "refund_pending", status: "refunded" },
      { event: "refund_succeeded", status: "refunded" },
    ]);
  });
});

describe("the ticket's history", () => {
  it.each<[ProviderRefund["status"], string]>([
    ["succeeded", "refund_succeeded"],
    ["pending", "refund_pending"],
    ["requires_action", "refund_requires_action"],
    ["failed", "refund_failed"],
    ["canceled", "refund_failed"],
  ])("holds what the provider said: %s", async (status, type) => {
    const { id } = await refunded(status);
    expect(await desk.noted(type)).toMatchObject([
      {
        refund: id,
        providerRefundId: "re_1",
        provider: "memory",
        amountMinor: 2467,
        currency: "JPY",
        status,
      },
    ]);
    expect((await desk.ticket()).resolution).toBe(status === "succeeded" ? "refunded" : null);
  });

  it("has a day to follow a refund until only once it succeeded", async () => {
    expect((await refunded("pending")).followUntil).toBeNull();
    desk.provider.settle("re_1", "succeeded");
    await desk.advance(SHOP.recheckMs);
    expect((await desk.theRefund()).followUntil).toBe(desk.clock.now() + 45 * DAY);
  });
});

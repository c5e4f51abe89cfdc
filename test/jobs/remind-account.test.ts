// A refund for which the customer is asked for a bank account: whom the provider asks, what is bound to
// the approval, who is reminded and when, and what follows when nobody answers.

import { afterEach, describe, expect, it } from "vitest";
import type { Payment } from "../../src/domain/payment.ts";
import {
  MANAGER,
  openApproved,
  openDesk,
  PROVIDER,
  SATO,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

const KONBINI = { method: "konbini" } as const;
const NEW = "taro.new@mail.example";

async function waiting(change: Partial<Payment> = KONBINI): Promise<void> {
  desk = await openApproved({ payments: [aPayment(change)] });
  await desk.work();
  expect((await desk.ticket()).status).toBe("refund_requires_action");
}

const reminders = () =>
  desk.mails("refund_needs_details", TARO).filter(({ variables }) => variables["isReminder"]);
const tasks = () => desk.mails("staff_task", SATO).map(({ variables }) => variables["reason"]);
const warnings = (to = TANAKA) => desk.mail("approval_request", to).variables["warnings"];
const changes = (to = TANAKA) => desk.mail("approval_request", to).variables["changes"];

/** A day at a time, as the worker lives it. */
async function days(count: number): Promise<void> {
  for (let day = 0; day < count; day += 1) await desk.advance(DAY);
}

describe("the address that is asked for the account", () => {
  it.each(["konbini", "bank_transfer", "cash_balance"])(
    "is the payment's own and part of the stored call: %s",
    async (method) => {
      desk = await openDesk({ payments: [aPayment({ method })] });
      await desk.ask({ email: "somebody@else.example" });
      if (method === "cash_balance") await desk.reply("1");
      await desk.work();
      await desk.reply("OK");
      await desk.next(PROVIDER);
      expect(await desk.theRefund()).toMatchObject({ state: "planned", instructionsEmail: TARO });
      expect(desk.provider.creations).toEqual([]);
      await desk.work();
      expect(desk.provider.creations).toMatchObject([{ instructionsEmail: TARO }]);
    },
  );

  it("is not named for a card", async () => {
    desk = await openApproved();
    await desk.work();
    expect(await desk.theRefund()).toMatchObject({ instructionsEmail: null });
    expect(desk.provider.creations.map((call) => Object.keys(call))).toEqual([
      expect.not.arrayContaining(["instructionsEmail"]),
    ]);
  });

  it("stands in the request with the deadline, and for Konbini the fee", async () => {
    desk = await openDesk({ payments: [aPayment(KONBINI)] });
    await desk.ask();
    expect(warnings()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/taro@mail\.example.*45 days/),
        expect.stringContaining("may cost a fee"),
      ]),
    );
  });

  it("makes it a transfer by hand where the payment bears none, whatever the form says", async () => {
    desk = await openDesk({ payments: [aPayment({ ...KONBINI, payerEmail: null })] });
    await desk.ask();
    const { variables } = desk.mail("approval_request", TANAKA);
    expect(variables["isPayout"]).toBe(true);
    expect(warnings()).toContainEqual(expect.stringContaining("bears no address"));
    await desk.reply("OK");
    await desk.work();
    expect(desk.provider.creations).toEqual([]);
    expect((await desk.ticket()).status).toBe("awaiting_manual_refund");
  });
});

describe("a payment whose address changes", () => {
  const told = (to: string) => desk.mails("payee_changed", to);

  it("after the approval is not refunded: both addresses hear, and approvers are asked anew", async () => {
    desk = await openApproved({ payments: [aPayment(KONBINI)] });
    desk.provider.change("pi_679", { payerEmail: NEW });
    await desk.work();
    expect(desk.provider.creations).toEqual([]);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(changes()).toEqual([expect.stringMatching(/from taro@mail\.example to taro\.new@/)]);
    expect([told(TARO).length, told(NEW).length]).toEqual([1, 1]);
    await desk.reply("OK");
    await desk.work();
    expect(desk.provider.creations).toMatchObject([{ instructionsEmail: NEW }]);
    expect([told(TARO).length, told(NEW).length]).toEqual([1, 1]);
  });

  it("while approvers are asked is asked about anew as soon as the index shows it", async () => {
    desk = await openDesk({ payments: [aPayment({ ...KONBINI, createdAt: Date.now() })] });
    await desk.ask();
    desk.provider.change("pi_679", { payerEmail: NEW });
    desk.provider.changed = ["pi_679"];
    await desk.advance(HOUR);
    expect((await desk.round()).round).toBe(2);
    expect(changes()).toEqual([expect.stringContaining(NEW)]);
    expect([told(TARO).length, told(NEW).length]).toEqual([1, 1]);
    await desk.advance(HOUR);
    expect((await desk.round()).round).toBe(2);
  });

  it("tells neither of the two about the other, nor a name or an amount", async () => {
    desk = await openApproved({ payments: [aPayment(KONBINI)] });
    desk.provider.change("pi_679", { payerEmail: NEW });
    await desk.work();
    for (const to of [TARO, NEW]) {
      const words = JSON.stringify(desk.mail("payee_changed", to).variables);
      expect(words).not.toMatch(/mail\.example|田中|2,467/);
      expect(desk.mail("payee_changed", to).draft.inReplyTo).toBeNull();
    }
  });

  it("between the stored key and the call is left to a person", async () => {
    desk = await openApproved({ payments: [aPayment(KONBINI)] });
    await desk.next(PROVIDER);
    desk.provider.change("pi_679", { payerEmail: NEW });
    await desk.work();
    expect(desk.provider.creations).toEqual([]);
    expect(await desk.theRefund()).toMatchObject({ needsPerson: true, instructionsEmail: TARO });
    expect(tasks()).toContainEqual(expect.stringContaining("henkin approve 1"));
  });

  it("by card alone changes nothing", async () => {
    desk = await openApproved();
    desk.provider.change("pi_679", { payerEmail: NEW });
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
    expect(desk.mails("payee_changed")).toEqual([]);
  });
});

describe("a customer who gives no account", () => {
  it("is reminded on days 3, 10, 30 and 40, and staff are warned with the last", async () => {
    await waiting();
    const counts = [];
    for (let day = 1; day <= 44; day += 1) {
      await desk.advance(DAY);
      if (reminders().length > counts.length) counts.push(day);
      if (day === 39) expect(tasks()).toEqual([]);
    }
    expect(counts).toEqual([3, 10, 30, 40]);
    expect(tasks()).toEqual([expect.stringMatching(/2026-12-24.*¥2,467/)]);
    expect(desk.mails("refunded")).toEqual([]);
  });

  it("is asked until the day the provider names", async () => {
    desk = await openApproved({ payments: [aPayment(KONBINI)] });
    await desk.work();
    const [refund] = desk.provider.refunds;
    if (refund === undefined) throw new Error("no refund");
    const until = desk.clock.now() + 20 * DAY;
    const accountAsked = { email: TARO, at: desk.clock.now(), until };
    desk.provider.refunds[0] = { ...refund, accountAsked };
    await days(44);
    expect(reminders().map(({ variables }) => variables["deadline"])).toEqual([
      "2026-11-29",
      "2026-11-29",
    ]);
  });

  it("hears one reminder after a long outage, not all that were missed", async () => {
    await waiting();
    await desk.advance(31 * DAY);
    expect(reminders()).toHaveLength(1);
    await days(12);
    expect(reminders()).toHaveLength(2);
  });

  it.each(["pending", "succeeded", "failed", "canceled"] as const)(
    "is not reminded where a fresh look says %s",
    async (status) => {
      await waiting();
      await desk.advance(3 * DAY - MINUTE);
      desk.provider.settle("re_1", status);
      await desk.advance(MINUTE);
      await days(40);
      expect(reminders()).toEqual([]);
    },
  );

  it("is not reminded while the provider cannot be asked", async () => {
    await waiting();
    const away = Array.from({ length: 4 }, () => new Error("the provider is away"));
    desk.provider.fail("retrieveRefund", ...away);
    await desk.advance(3 * DAY);
    expect(reminders()).toEqual([]);
  });

  it("is not looked for any more two weeks after the time is over where the provider shows nothing", async () => {
    await waiting();
    const refund = await desk.theRefund();
    await desk.store.write((tx) => tx.jobs.remove(`check_refund/${refund.id}`));
    desk.provider.refunds.length = 0;
    const looks = () => desk.provider.calls.filter((call) => call === "retrieveRefund").length;
    await days(58);
    const before = looks();
    await days(1);
    expect(looks()).toBe(before + 1);
    await days(30);
    expect(looks()).toBe(before + 1);
    expect(reminders()).toEqual([]);
  });

  it("is asked and reminded anew where the bank sent the money back", async () => {
    await waiting();
    await desk.advance(5 * DAY);
    desk.provider.settle("re_1", "pending");
    await desk.advance(DAY);
    desk.provider.settle("re_1", "requires_action");
    await desk.advance(DAY);
    const before = reminders().length;
    expect(desk.mails("refund_needs_details", TARO)).toHaveLength(3);
    await days(3);
    expect(reminders()).toHaveLength(before + 1);
  });

  it.each(["failed", "canceled"] as const)(
    "leads to a transfer by hand once the time is over and the provider says %s",
    async (status) => {
      await waiting({ method: "bank_transfer" });
      await days(45);
      desk.provider.settle("re_1", status);
      await desk.advance(HOUR);
      expect((await desk.ticket()).status).toBe("refund_failed");
      const task = desk.mails("staff_task", TANAKA).at(-1);
      expect(task?.variables["details"]).toEqual([expect.stringContaining("cash balance")]);
      expect(desk.mails("refund_failed", TARO)).toHaveLength(1);
      await desk.advance(HOUR);
      expect((await desk.ticket()).status).toBe("awaiting_approval");
      expect(desk.mail("approval_request", TANAKA).variables["isPayout"]).toBe(true);
      expect(warnings()).toContainEqual(expect.stringContaining("cash balance"));
    },
  );

  it("whose refund somebody cancels in time is not paid by hand unasked", async () => {
    await waiting();
    await days(5);
    desk.provider.settle("re_1", "canceled");
    await days(2);
    expect((await desk.ticket()).status).toBe("refund_failed");
  });
});

describe("staff", () => {
  it("read in the summary until when the account can be given", async () => {
    await waiting();
    await desk.store.write((tx) =>
      tx.jobs.arm({
        id: "summarize_day",
        kind: "summarize_day",
        lane: "local",
        ticketId: null,
        payload: {},
        dueAt: desk.desk.calendar.nextSummaryAt(desk.clock.now()),
      }),
    );
    await desk.advance(DAY);
    expect(desk.mail("summary", MANAGER).variables["openRefunds"]).toMatchObject([
      { note: "田中太郎 / bank account due 2026-12-24" },
    ]);
  });
});

describe("a payment that the provider is too late to refund", () => {
  const old = () => aPayment({ method: "bank_transfer", refundableUntil: 1 });

  it("is put before staff, who may choose a transfer by hand", async () => {
    desk = await openDesk({ payments: [old()] });
    await desk.ask();
    expect(desk.mail("candidates", TANAKA).variables["reason"]).toContain("180 days");
    await desk.reply("1");
    await desk.work();
    expect(desk.mail("approval_request", TANAKA).variables["isPayout"]).toBe(true);
    await desk.reply("OK");
    await desk.work();
    expect(desk.provider.creations).toEqual([]);
    expect((await desk.ticket()).status).toBe("awaiting_manual_refund");
  });

  it("also where the time ran out between approval and payment", async () => {
    const until = Date.parse("2026-11-09T10:30:00+09:00");
    const payment = aPayment({ method: "bank_transfer", refundableUntil: until });
    desk = await openApproved({ payments: [payment] });
    desk.clock.advance(HOUR);
    await desk.work();
    expect(desk.provider.creations).toEqual([]);
    expect((await desk.ticket()).status).toBe("unmatched");
  });
});

describe("a transfer that was too small", () => {
  const BALANCE = "cash_balance:cus_1:jpy";
  const underpaid = (change: Partial<Payment> = {}) =>
    aPayment({
      ...{ method: "bank_transfer", status: "processing", capturedMinor: 0, missingMinor: 467 },
      ...change,
    });
  const lists = () => desk.mails("candidates", TANAKA);
  const listed = () => desk.mail("candidates", TANAKA).variables["candidates"];

  it("is put before staff with what was received and what is missing, and cannot be chosen", async () => {
    desk = await openDesk({ payments: [underpaid()] });
    await desk.ask();
    const { variables } = desk.mail("candidates", TANAKA);
    expect(variables["reason"]).toMatch(/too small.*Dashboard/);
    expect(listed()).toMatchObject([{ number: null }]);
    expect(JSON.stringify(listed())).toContain("¥2,000 received, ¥467 missing");
    await desk.reply("1");
    await desk.work();
    expect(lists()).toHaveLength(1);
    expect(desk.mails("ambiguous_answer", TANAKA)).toHaveLength(1);
    await desk.reply("NG");
    await desk.work();
    expect((await desk.ticket()).status).toBe("rejected");
  });

  it("leads to the balance in which it lies, where staff choose the order", async () => {
    desk = await openDesk({ payments: [underpaid({ alongside: [BALANCE] })] });
    const lying = { amountMinor: 2000, capturedMinor: 2000 };
    desk.provider.put(aPayment({ id: BALANCE, method: "cash_balance", ...lying }));
    await desk.ask();
    const amounts = () => listed() as { amount: string; number: number | null }[];
    const order = amounts().find(({ amount }) => amount === "¥2,467");
    await desk.reply(String(order?.number));
    await desk.work();
    expect(amounts()).toMatchObject([
      { amount: "¥2,000", number: 1 },
      { amount: "¥2,467", number: null },
    ]);
    await desk.reply("1");
    await desk.work();
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe("¥2,000");
  });

  it("goes on by itself once the rest has arrived", async () => {
    desk = await openDesk({ payments: [underpaid()] });
    await desk.ask();
    desk.provider.put(aPayment({ method: "bank_transfer" }));
    desk.provider.changed = ["pi_679"];
    await desk.advance(HOUR);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });
});

describe("what was transferred too much", () => {
  const excess = (change: Partial<Payment> = {}) =>
    aPayment({
      id: "cash_balance:cus_1:jpy",
      method: "cash_balance",
      amountMinor: 533,
      capturedMinor: 533,
      ...change,
    });

  it("is found beside the payment, and staff choose which of the two is given back", async () => {
    const transfer = aPayment({ method: "bank_transfer", alongside: ["cash_balance:cus_1:jpy"] });
    desk = await openDesk({ payments: [transfer] });
    // No list shows it.
    const list = desk.provider.listPayments.bind(desk.provider);
    desk.provider.listPayments = async (request) => {
      const page = await list(request);
      return { ...page, payments: page.payments.filter(({ id }) => id === "pi_679") };
    };
    desk.provider.put(excess());
    await desk.ask();
    const { variables } = desk.mail("candidates", TANAKA);
    expect(variables["reason"]).toContain("Several payments");
    expect(variables["candidates"]).toMatchObject([{ amount: "¥2,467" }, { amount: "¥533" }]);
    await desk.reply("2");
    await desk.work();
    await desk.reply("OK");
    await desk.work();
    expect(desk.provider.creations).toMatchObject([
      { paymentId: "cash_balance:cus_1:jpy", amountMinor: 533, instructionsEmail: TARO },
    ]);
  });

  it("is never picked without staff, and gone it does not stand beside the order", async () => {
    desk = await openDesk({ payments: [excess()] });
    await desk.ask();
    expect(desk.mails("approval_request")).toEqual([]);
    desk.provider.put(aPayment());
    desk.provider.change("cash_balance:cus_1:jpy", { refundedMinor: 533 });
    desk.provider.changed = ["pi_679", "cash_balance:cus_1:jpy"];
    await desk.advance(HOUR);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
  });
});

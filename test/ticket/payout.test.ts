// Money given back by hand, after the provider's refund has failed: asked for, once, and never beside
// a refund that the provider may still pay.

import { afterEach, describe, expect, it } from "vitest";
import { TransientError } from "../../src/domain/errors.ts";
import type { RefundState, Round, Ticket } from "../../src/domain/ticket.ts";
import { armReconciliation } from "../../src/jobs/reconcile-refunds.ts";
import type { WriteTx } from "../../src/store-port.ts";
import { applyDecision } from "../../src/ticket/decide.ts";
import type { ShopSettings } from "../../src/ticket/desk.ts";
import { STOP_SWITCH } from "../../src/ticket/desk.ts";
import { askAgain } from "../../src/ticket/payout.ts";
import { anAnswer, quoting, type Sent } from "../jobs/recorded-mail.ts";
import { MANAGER, openDesk, PROVIDER, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

/** Approved, refunded by the provider, and sent back by the bank. */
async function failed(answer = "OK", shop: Partial<ShopSettings> = {}): Promise<void> {
  const other = aPayment({
    id: "pi_701",
    orderNumbers: ["701"],
    payerEmail: "hanako@mail.example",
  });
  desk = await openDesk({ shop, payments: [aPayment(), other] });
  await desk.ask();
  await desk.reply(answer);
  await desk.work();
  desk.provider.settle("re_1", "failed", "lost_or_stolen_card");
  await desk.advance(DAY);
}

async function proposed(answer = "OK", shop: Partial<ShopSettings> = {}): Promise<void> {
  await failed(answer, shop);
  await desk.advance(15 * MINUTE);
}

async function asked(shop: Partial<ShopSettings> = {}): Promise<void> {
  await proposed("OK", shop);
  await desk.reply("OK");
  await desk.work();
}

/** Tasks of transfers, apart from word of failures. */
const tasks = (to: string = TANAKA) =>
  desk.mails("staff_task", to).filter(({ variables }) => variables["asksDone"] === true);
const reasons = () => desk.mails("staff_task", TANAKA).map(({ variables }) => variables["reason"]);

async function answer(text: string, by: string = TANAKA): Promise<void> {
  const task = tasks(by).at(-1);
  if (task === undefined) throw new Error(`${by} has no task`);
  await desk.receive(anAnswer(task, text, inThread(task)));
  await desk.work();
}

/** A mail program names the whole thread. */
function inThread({ draft, messageId }: Sent) {
  return { references: [...draft.references, messageId] };
}

/** The nightly summary, as the worker plans it at its start. */
async function summarized(): Promise<Record<string, unknown>> {
  const summary = { id: "summarize_day", kind: "summarize_day", lane: "local" } as const;
  const dueAt = desk.clock.now();
  await desk.store.write((tx) => tx.jobs.arm({ ...summary, ticketId: null, payload: {}, dueAt }));
  await desk.advance(DAY);
  return { ...desk.mail("summary", MANAGER).variables };
}

async function states(number = 1): Promise<[string, RefundState][]> {
  return (await desk.refunds(number)).map(({ action, state }) => [action, state]);
}

const listed = (mail: Sent, variable: string) => (mail.variables[variable] as string[]).join("\n");

/** Another customer's ticket for the same payment; staff pick it from the candidates. */
async function askToo(text: string): Promise<void> {
  await desk.ask({ order: "904" });
  await desk.reply("1");
  await desk.work();
  await desk.reply(text);
  await desk.work();
}

async function failAndApprove(): Promise<void> {
  await desk.ask();
  await desk.reply("OK");
  await desk.work();
  desk.provider.settle("re_1", "failed");
  await desk.advance(DAY);
  await desk.advance(15 * MINUTE);
  await desk.reply("OK");
  await desk.work();
}

/** The operator's way around the mail. */
async function decided(
  tx: WriteTx,
  step: (ticket: Ticket, round: Round) => Promise<unknown>,
): Promise<void> {
  const ticket = await tx.tickets.findByNumber(1);
  const round = ticket && (await tx.approvals.findRound(ticket.id, ticket.round));
  if (ticket === undefined || round === undefined) throw new Error("nothing to decide");
  await step(ticket, round);
}

/** Approved, and said to be transferred before henkin could do anything. */
async function reportedWhileStopped(): Promise<void> {
  await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "on"));
  await desk.reply("OK");
  await desk.work();
  await desk.reply("完了 20261121-01");
  await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "off"));
  await desk.advance(HOUR);
}

function approvedByOperator(): Promise<void> {
  return desk.store.write((tx) =>
    decided(tx, (ticket, round) =>
      applyDecision(tx, desk.desk, {
        ...{ ticket, round, by: "cli:op", note: null, messagePk: null, withCode: true },
        verdict: {
          kind: "approve",
          amountMinor: 2467,
          reason: "requested_by_customer",
          reasonText: null,
          customerNote: null,
        },
      }),
    ),
  );
}

describe("a refund that the bank sent back", () => {
  it("is not taken for given back while the provider still counts it", async () => {
    await failed();
    desk.provider.change("pi_679", { refundedMinor: 2467 });
    await desk.advance(15 * MINUTE);
    await desk.advance(15 * MINUTE);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
    expect(desk.mails("already_refunded", TARO)).toEqual([]);
    desk.provider.change("pi_679", { refundedMinor: 0 });
    await desk.advance(15 * MINUTE);
    expect(desk.mail("approval_request", TANAKA).variables["isPayout"]).toBe(true);
  });

  it("is put before a person where the provider goes on counting it", async () => {
    await failed();
    desk.provider.change("pi_679", { refundedMinor: 2467 });
    for (let hours = 0; hours < 8; hours += 1) await desk.advance(HOUR);
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.mails("candidates", TANAKA)).toHaveLength(1);
    expect(desk.mails("already_refunded", TARO)).toEqual([]);
  });

  it("is proposed as a transfer by hand a little later, by a new request", async () => {
    await failed();
    expect((await desk.ticket()).status).toBe("refund_failed");
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
    await desk.advance(15 * MINUTE);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    const request = desk.mail("approval_request", TANAKA);
    expect(request.variables).toMatchObject({ amount: "¥2,467", isPayout: true, isVoid: false });
    expect(listed(request, "warnings")).toMatch(/transfer the money by hand, and not before/);
    expect((await desk.round()).question).toMatchObject({ action: "payout", proposedMinor: 2467 });
    expect(tasks()).toEqual([]);
  });

  it("is proposed once, though the operator asked before", async () => {
    await failed();
    const { id, version } = await desk.ticket();
    await desk.advance(15 * MINUTE);
    await desk.advance(DAY);
    const { round } = await desk.ticket();
    expect([id, round, version > 0]).toEqual([id, 2, true]);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(2);
  });

  it("is not proposed where somebody called the refund off: it can be made again", async () => {
    desk = await openDesk({ payments: [aPayment({ method: "konbini" })] });
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    desk.provider.settle("re_1", "canceled");
    await desk.advance(DAY);
    await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("refund_failed");
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
  });

  it("is over where the provider shows it as paid after all", async () => {
    await failed();
    desk.provider.settle("re_1", "succeeded");
    await desk.advance(15 * MINUTE);
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "done_elsewhere" });
    expect(tasks()).toEqual([]);
  });
});

describe("an approved transfer by hand", () => {
  it("is a task to who approved it, and no call to the provider", async () => {
    await asked();
    expect((await desk.ticket()).status).toBe("awaiting_manual_refund");
    expect(desk.provider.creations).toHaveLength(1);
    expect(await states()).toEqual([
      ["refund", "failed"],
      ["payout", "planned"],
    ]);
    const [task, ...others] = tasks();
    expect(others).toEqual([]);
    expect(task?.variables["reason"]).toBe("Please transfer ¥2,467 by hand.");
    expect(task?.variables["code"]).toMatch(/^[0-9A-F]{10}$/);
    expect(listed(task as Sent, "details")).toMatch(
      /memory pi_679 \(order 679\)\n.*taro@mail\.example/,
    );
    // Of two who are asked, both might transfer.
    expect(tasks(SATO)).toEqual([]);
    expect(desk.mails("refunded", TARO)).toHaveLength(1);
  });

  it("ends with the bank's reference: the customer, the others and the summary hear of it", async () => {
    await asked();
    await answer("完了 20261121-01");
    expect(await desk.ticket()).toMatchObject({ status: "refunded", resolution: "refunded" });
    expect((await desk.refunds())[1]).toMatchObject({
      state: "succeeded",
      providerRefundId: "20261121-01",
    });
    expect(desk.mail("refunded", TARO).variables).toMatchObject({
      amount: "¥2,467",
      route: "bank",
      isPartial: false,
    });
    expect(desk.mails("refunded", TARO)).toHaveLength(2);
    expect(desk.mail("decision_made", SATO).variables).toMatchObject({
      decision: "given back by hand",
      by: TANAKA,
      note: "20261121-01",
    });
    expect((await summarized())["paidOut"]).toContainEqual({
      provider: "by hand",
      count: 1,
      amount: "¥2,467",
    });
  });

  it("ends once, whoever says so again", async () => {
    await asked();
    await answer("完了 20261121-01");
    await desk.reply("完了 20261121-02", SATO);
    expect((await desk.refunds())[1]?.providerRefundId).toBe("20261121-01");
    expect(desk.mails("refunded", TARO)).toHaveLength(2);
    expect(desk.mails("ambiguous_answer", SATO)).toHaveLength(1);
  });

  it("is ended by another approver, too, in answer to the request", async () => {
    await asked();
    await desk.reply("完了 20261121-02", SATO);
    expect((await desk.ticket()).status).toBe("refunded");
    expect(desk.mail("decision_made", TANAKA).variables["by"]).toBe(SATO);
  });

  it("is a task to who is still an approver", async () => {
    await proposed();
    await desk.reply("OK", TANAKA);
    const without = await openDesk({ on: desk, shop: { staff: [SATO] } });
    await without.work();
    // The approval does not count any more: asked anew.
    const text = quoting("OK", without.mail("approval_request", SATO));
    await without.reply(text, SATO, { messageId: "sato@mail.example" });
    await without.work();
    expect(tasks(SATO)).toHaveLength(1);
    expect(tasks(TANAKA)).toEqual([]);
  });

  it("is not asked for by a mail that was held up until it had ended", async () => {
    await asked();
    desk.transport.fail(
      { at: "connect", error: aFailure(TransientError, "smtp_unreachable", "Down.") },
      1,
      TANAKA,
    );
    await desk.advance(DAY);
    await desk.reply("完了 20261121-01", SATO);
    await desk.advance(HOUR);
    expect(tasks()).toHaveLength(1);
  });

  it("is called off by NG; the customer hears nothing, and nothing more is proposed", async () => {
    await asked();
    await answer("NG");
    expect(await desk.ticket()).toMatchObject({ status: "refund_failed", resolution: null });
    expect(await states()).toEqual([
      ["refund", "failed"],
      ["payout", "canceled"],
    ]);
    expect(desk.mails("rejected", TARO)).toEqual([]);
    expect(desk.mail("decision_made", SATO).variables["decision"]).toMatch(/called off/);
    await desk.advance(3 * DAY);
    expect((await desk.ticket()).status).toBe("refund_failed");
    expect(tasks()).toHaveLength(1);
  });

  it.each(["OK", "はい", "完了", "完了 していません", "1000円だけ振り込みました", "入金 2467"])(
    "is not ended by 「%s」",
    async (text) => {
      await asked();
      await answer(text);
      expect((await desk.ticket()).status).toBe("awaiting_manual_refund");
      expect((await states())[1]).toEqual(["payout", "planned"]);
      expect(desk.mails("ambiguous_answer", TANAKA)).toHaveLength(1);
    },
  );

  it("is not ended by who is no approver", async () => {
    await asked();
    const [task] = tasks();
    if (task === undefined) throw new Error("no task");
    await desk.receive(anAnswer({ ...task, to: "stranger@evil.example" }, "完了 20261121-01"));
    await desk.work();
    expect((await desk.ticket()).status).toBe("awaiting_manual_refund");
  });

  it("is not ended by who is paid", async () => {
    desk = await openDesk({ payments: [aPayment({ payerEmail: SATO })] });
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    desk.provider.settle("re_1", "failed");
    await desk.advance(DAY);
    await desk.advance(15 * MINUTE);
    await desk.reply("OK");
    await desk.work();
    await desk.reply("完了 20261121-01", SATO);
    expect((await desk.ticket()).status).toBe("awaiting_manual_refund");
    await answer("完了 20261121-01", TANAKA);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("is asked for again every business day, and the managers hear of it", async () => {
    await asked();
    for (let days = 0; days < 6; days += 1) await desk.advance(DAY);
    expect(tasks().length).toBeGreaterThan(3);
    expect(new Set(tasks().map(({ messageId }) => messageId)).size).toBe(tasks().length);
    const toManager = desk.mails("staff_task", MANAGER).map(({ variables }) => variables["reason"]);
    expect(toManager).toEqual([
      expect.stringMatching(/R-1: no answer about the transfer of ¥2,467.*tanaka@shop.example/),
    ]);
    expect(listed(tasks().at(-1) as Sent, "details")).toMatch(/This is reminder 4 of the same/);
    await answer("完了 20261121-01");
    const sent = tasks().length;
    for (let days = 0; days < 6; days += 1) await desk.advance(DAY);
    expect(tasks()).toHaveLength(sent);
  });

  it("is called off by nobody else: it may have been made", async () => {
    await asked();
    await desk.reply("NG", SATO);
    expect((await desk.ticket()).status).toBe("awaiting_manual_refund");
    expect(desk.mail("ambiguous_answer", SATO).variables["reason"]).toMatch(/may have been made/);
  });

  it("made after it was called off is put before staff: no other refund knows of it", async () => {
    await asked();
    await answer("NG");
    await answer("完了 20261121-01");
    await answer("完了 20261121-01");
    expect((await desk.ticket()).status).toBe("refund_failed");
    const told = reasons().filter((reason) => /a transfer for R-1 was made/.test(`${reason}`));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("20261121-01");
    expect(desk.mails("staff_task", MANAGER)).toHaveLength(1);
  });

  it("said to be made under another reference once it has ended is put before staff", async () => {
    await asked();
    await answer("完了 20261121-01");
    await desk.reply("完了 20261121-01", SATO);
    expect(desk.mails("staff_task", MANAGER)).toEqual([]);
    await desk.reply("完了 20261121-02", SATO);
    expect(desk.mails("staff_task", MANAGER)).toHaveLength(1);
  });

  it("called off and made after all stands in every later request for the payment", async () => {
    await asked();
    await answer("NG");
    await desk.store.write((tx) =>
      decided(tx, (ticket) => askAgain(tx, desk.desk, ticket, "cli:op", "provider")),
    );
    await desk.work();
    await answer("完了 20261121-01");
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.mails("staff_task", MANAGER)).toHaveLength(1);
    await desk.ask({ order: "904" });
    await desk.reply("1");
    await desk.work();
    const warnings = listed(requestFor("R-2"), "warnings");
    expect(warnings).toMatch(/given back by a transfer. Look at the history of R-1/);
  });

  it("said to be made before it was asked for is not asked for: the database was set back", async () => {
    await proposed();
    await reportedWhileStopped();
    expect(tasks()).toEqual([]);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    const changes = listed(requestFor("R-1"), "changes");
    expect(changes).toMatch(/given back by a transfer. Look at the history of R-1 before/);
  });

  it("said to be made is not followed by the refund that was approved meanwhile", async () => {
    desk = await openDesk();
    await desk.ask();
    await reportedWhileStopped();
    expect(desk.provider.creations).toEqual([]);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(listed(requestFor("R-1"), "changes")).toMatch(/given back by a transfer/);
  });

  it("is asked of nobody who was not asked to approve it: the approvers are asked anew", async () => {
    await proposed();
    await approvedByOperator();
    const without = await openDesk({ on: desk, shop: { staff: ["suzuki@shop.example"] } });
    await without.work();
    const request = without.mail("approval_request", "suzuki@shop.example");
    expect(listed(request, "changes")).toBe(
      "None of the approvers who were asked is in STAFF_EMAILS any more.",
    );
    expect((await desk.refunds()).map(({ action }) => action)).toEqual(["refund"]);
  });

  it("needs somebody to make it, which a refund by the provider does not", async () => {
    desk = await openDesk();
    await desk.ask();
    await approvedByOperator();
    const without = await openDesk({ on: desk, shop: { staff: ["suzuki@shop.example"] } });
    await without.work();
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("is the task of one person where the operator approved it", async () => {
    await proposed();
    await approvedByOperator();
    await desk.work();
    expect([tasks().length, tasks(SATO).length]).toEqual([1, 0]);
  });

  it("is asked of nobody else when its assignee has left: he may have made it", async () => {
    await asked();
    const without = await openDesk({ on: desk, shop: { staff: [SATO] } });
    await without.advance(DAY);
    expect(tasks(SATO)).toEqual([]);
    expect(desk.mails("staff_task", MANAGER)).toHaveLength(1);
  });

  it("is answered by a program that names only the task, and by the code after weeks", async () => {
    await asked();
    for (let days = 0; days < 20; days += 1) await desk.advance(DAY);
    const [task] = tasks();
    if (task === undefined) throw new Error("no task");
    await desk.receive(anAnswer(task, "完了 20261121-01"));
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it.each<[string, () => void, RegExp]>([
    [
      "a dispute",
      () => void desk.provider.change("pi_679", { disputed: true }),
      /state changed: disputed/,
    ],
    [
      "a refund in the dashboard",
      () => desk.provider.refundByHand("pi_679", 500, "succeeded"),
      /from ¥2,467 to ¥1,967/,
    ],
    ["the payment's disappearance", () => desk.provider.remove("pi_679"), /this payment no more/],
  ])("is warned of after %s", async (_name, happens, words) => {
    await asked();
    happens();
    await desk.advance(DAY);
    const task = tasks().at(-1);
    expect(task?.variables["reason"]).toMatch(/^Do NOT transfer ¥2,467/);
    expect(listed(task as Sent, "details")).toMatch(words);
  });

  it("is not asked for, nor reminded of, while refunds are stopped", async () => {
    await asked();
    await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "on"));
    for (let days = 0; days < 3; days += 1) await desk.advance(DAY);
    expect(tasks()).toHaveLength(1);
    await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "off"));
    await desk.advance(HOUR);
    expect(tasks()).toHaveLength(2);
  });

  it("does not leave while refunds are stopped, though it was queued before", async () => {
    await proposed();
    desk.transport.fail(
      { at: "connect", error: aFailure(TransientError, "smtp_unreachable", "Down.") },
      4,
    );
    await desk.reply("OK");
    await desk.work();
    await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "on"));
    await desk.advance(HOUR);
    await desk.advance(HOUR);
    expect(tasks()).toEqual([]);
    await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "off"));
    await desk.advance(HOUR);
    expect(tasks()).toHaveLength(1);
  });

  it("says not to transfer in test mode", async () => {
    desk = await openDesk({ payments: [aPayment({ livemode: false })] });
    await failAndApprove();
    expect(tasks()[0]?.variables["reason"]).toMatch(/^Test mode: do NOT transfer/);
  });

  it("sends nobody to the form's address where the payment bears none", async () => {
    desk = await openDesk({ payments: [aPayment({ payerEmail: null })] });
    await failAndApprove();
    expect(listed(tasks()[0] as Sent, "details")).toMatch(/the one of the form may be anybody's/);
  });

  it("is for what had been approved, whatever more is left", async () => {
    await proposed("OK 500");
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe("¥500");
  });

  it("rests while it is on hold", async () => {
    await asked();
    await answer("保留");
    for (let days = 0; days < 6; days += 1) await desk.advance(DAY);
    expect(tasks()).toHaveLength(1);
    for (let days = 0; days < 4; days += 1) await desk.advance(DAY);
    expect(tasks().length).toBeGreaterThan(1);
    expect((await desk.ticket()).status).toBe("awaiting_manual_refund");
  });

  it("stands among what waits for a person in the summary", async () => {
    await asked();
    const { waiting, manual, needsAction } = await summarized();
    expect(waiting).toEqual([]);
    expect(manual).toEqual([
      expect.objectContaining({ number: 1, status: "waits for a manual refund" }),
    ]);
    expect(needsAction).toBe(1);
  });

  it("is no refund that the nightly comparison misses at the provider", async () => {
    await asked();
    await answer("完了 re_1");
    await desk.store.write((tx) => armReconciliation(tx, desk.desk, "memory"));
    for (let days = 0; days < 4; days += 1) await desk.advance(DAY);
    expect(await summarized()).toMatchObject({ mismatches: [] });
    expect((await desk.store.read((tx) => tx.reconciliations.list()))[0]?.state).toBe("done");
  });

  it("is not looked up at the provider when the customer asks where the money is", async () => {
    await asked();
    await answer("完了 20261121-01");
    const before = desk.provider.calls.length;
    await desk.receive({
      from: TARO,
      subject: "Re: [R-1]",
      text: "返金はいつになりますか？",
    });
    await desk.work();
    expect(desk.provider.calls.slice(before)).not.toContain("retrieveRefund");
  });
});

describe("a transfer by hand waits", () => {
  it("while the stop switch is on", async () => {
    await proposed();
    await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "on"));
    await desk.reply("OK");
    await desk.advance(HOUR);
    expect(tasks()).toEqual([]);
    await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "off"));
    await desk.advance(HOUR);
    expect(tasks()).toHaveLength(1);
  });

  it("while a cap is reached, which counts it like any refund", async () => {
    await proposed("OK", { refundMinorPerDayMax: 4_000 });
    await desk.reply("OK");
    await desk.work();
    expect((await desk.ticket()).status).toBe("awaiting_manual_refund");
    await desk.ask({ order: "701", email: "hanako@mail.example" });
    await desk.reply("OK");
    await desk.advance(HOUR);
    expect((await desk.ticket(2)).status).toBe("approved");
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("while the provider may still pay another refund of the payment; staff hear which, once", async () => {
    await proposed("OK 1000");
    desk.provider.nextStatus = "pending";
    await askToo("OK 700");
    expect((await desk.ticket(2)).status).toBe("refund_pending");
    for (let times = 0; times < 2; times += 1) {
      await desk.receive(anAnswer(requestFor("R-1"), quoting("OK 1000", requestFor("R-1"))));
      await desk.advance(MINUTE);
    }
    await desk.advance(HOUR);
    expect((await desk.ticket(1)).status).toBe("approved");
    expect(tasks()).toEqual([]);
    expect(reasons().filter((reason) => /waits until.*re_2 ¥700/.test(String(reason)))).toEqual([
      expect.stringMatching(/Do not transfer yet/),
    ]);
    desk.provider.settle("re_2", "succeeded");
    await desk.advance(HOUR);
    await desk.advance(MINUTE);
    expect((await desk.ticket(1)).status).toBe("awaiting_manual_refund");
    expect(tasks()).toHaveLength(1);
  });

  it("while refunds from the dashboard are pending; staff hear of all, and in each round anew", async () => {
    await failed("OK 1000");
    desk.provider.refundByHand("pi_679", 500, "pending");
    desk.provider.refundByHand("pi_679", 100, "pending");
    await desk.advance(15 * MINUTE);
    await desk.reply("OK 1000");
    await desk.advance(HOUR);
    const heard = () => reasons().filter((reason) => /waits until/.test(String(reason)));
    expect(heard()).toEqual([
      expect.stringMatching(
        /re_3 ¥100 \(pending\), re_2 ¥500 \(pending\)|re_2 ¥500 \(pending\), re_3 ¥100/,
      ),
    ]);
    desk.provider.refundByHand("pi_679", 50, "succeeded");
    await desk.advance(HOUR);
    await desk.reply("OK 1000");
    await desk.advance(HOUR);
    expect(heard()).toHaveLength(2);
  });

  it("while somebody's refund from the dashboard is pending", async () => {
    await failed("OK 1000");
    desk.provider.refundByHand("pi_679", 500, "pending");
    await desk.advance(15 * MINUTE);
    await desk.reply("OK 1000");
    await desk.advance(HOUR);
    expect(tasks()).toEqual([]);
    expect((await desk.ticket()).status).toBe("approved");
  });

  it("for nothing in a dry run: it ends", async () => {
    await proposed();
    const dry = await openDesk({ on: desk, shop: { dryRun: true } });
    const text = quoting("OK", dry.mail("approval_request", TANAKA));
    await dry.reply(text, TANAKA, { messageId: "dry@mail.example" });
    await dry.work();
    expect(await dry.ticket()).toMatchObject({ status: "closed", resolution: "dry_run" });
    expect(tasks()).toEqual([]);
  });
});

/** The newest request to TANAKA about this ticket. */
function requestFor(reference: string): Sent {
  const requests = desk.mails("approval_request", TANAKA);
  const request = requests.findLast(({ variables }) => variables["reference"] === reference);
  if (request === undefined) throw new Error(`no request about ${reference}`);
  return request;
}

describe("while staff are asked to transfer", () => {
  it("no other refund of the payment is made, until it is ended", async () => {
    await proposed("OK 1000");
    await desk.reply("OK 1000");
    await desk.work();
    await askToo("OK 700");
    await desk.advance(HOUR);
    await desk.advance(HOUR);
    expect((await desk.ticket(2)).status).toBe("approved");
    expect(desk.provider.creations).toHaveLength(1);
    expect(reasons().filter((reason) => /another refund of the same/.test(`${reason}`))).toEqual([
      expect.stringMatching(/could not be made for over an hour/),
    ]);
    await answer("完了 20261121-01");
    await desk.advance(HOUR);
    expect((await desk.ticket(2)).status).toBe("refunded");
    expect(desk.provider.creations.at(-1)).toMatchObject({ amountMinor: 700 });
  });

  it("what is left of the payment is less by it, and less than that is not paid", async () => {
    await proposed("OK 1000");
    await desk.reply("OK 1000");
    await desk.work();
    await desk.ask({ order: "904" });
    await desk.reply("1");
    await desk.work();
    const request = desk.mail("approval_request", TANAKA);
    expect(request.variables["amount"]).toBe("¥1,467");
    expect(listed(request, "warnings")).toMatch(/still pending: manual ¥1,000/);
  });

  it("all of it, a second request is put before staff; afterwards it is refunded already", async () => {
    await asked();
    await desk.ask({ order: "904" });
    await desk.reply("1");
    await desk.work();
    expect((await desk.ticket(2)).status).toBe("unmatched");
    await answer("完了 20261121-01");
    await desk.ask();
    expect(await desk.ticket(3)).toMatchObject({
      status: "closed",
      resolution: "already_refunded",
    });
    expect(desk.mail("already_refunded", TARO).variables["amount"]).toBe("¥2,467");
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("an approval given before is asked for anew, over what is left now", async () => {
    await failed("OK 1000");
    await desk.ask({ order: "904" });
    await desk.reply("1");
    await desk.advance(15 * MINUTE);
    await desk.receive(anAnswer(requestFor("R-1"), quoting("OK 1000", requestFor("R-1"))));
    await desk.work();
    await answer("完了 20261121-01");
    await desk.receive(anAnswer(requestFor("R-2"), "OK"));
    await desk.work();
    expect((await desk.ticket(2)).status).toBe("awaiting_approval");
    expect(listed(requestFor("R-2"), "changes")).toMatch(/from ¥2,467 to ¥1,467/);
    expect(desk.provider.creations).toHaveLength(1);
  });
});

describe("without sender authentication", () => {
  it("no mail approves a transfer by hand", async () => {
    await proposed("OK", { approvalAuth: "token" });
    await desk.reply("OK");
    await desk.work();
    expect(tasks()).toEqual([]);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(await desk.next(PROVIDER)).not.toBe("prepare_refund");
  });
});

// What a word about a refund makes of the ticket, and who reads what of it.

import { afterEach, describe, expect, it } from "vitest";
import { PermanentError } from "../../src/domain/errors.ts";
import type { ProviderRefund } from "../../src/domain/payment.ts";
import type { Refund, Ticket } from "../../src/domain/ticket.ts";
import type { WriteTx } from "../../src/store-port.ts";
import { messageIdFor } from "../../src/ticket/queue-mail.ts";
import { settleDryRun, settleRefund, settleRefusal, settleVoid } from "../../src/ticket/settle.ts";
import { HENKIN, happen, note } from "../../src/ticket/transition.ts";
import {
  type DeskOptions,
  openDesk,
  openPlanned,
  PROVIDER,
  SATO,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

/** The key is stored; the provider was not called. */
async function planned(options: DeskOptions = {}, answer = "OK"): Promise<Refund> {
  desk = await openPlanned(options, answer);
  return desk.theRefund();
}

function anAnswer(change: Partial<ProviderRefund> = {}): ProviderRefund {
  return {
    id: "re_9",
    paymentId: "pi_679",
    amountMinor: 2467,
    currency: "JPY",
    status: "succeeded",
    rawStatus: "succeeded",
    failureReason: null,
    traceReference: null,
    metadata: {},
    createdAt: desk.clock.now(),
    ...change,
  };
}

type Settle = (tx: WriteTx, ticket: Ticket) => Promise<unknown>;

/** As the job's commit does; the mails leave afterwards, and the provider is not asked. */
async function settle(how: Settle): Promise<void> {
  const ticket = await desk.ticket();
  await desk.store.write((tx) => how(tx, ticket));
  await desk.work([PROVIDER]);
}

const said =
  (refund: Refund, change: Partial<ProviderRefund>): Settle =>
  (tx, ticket) =>
    settleRefund(tx, desk.desk, ticket, refund, anAnswer({ ...amountOf(refund), ...change }));

const amountOf = ({ amountMinor, currency }: Refund) => ({ amountMinor, currency });

const tasks = (to: string = TANAKA) =>
  desk.mails("staff_task", to).map(({ variables }) => variables["reason"]);
const toTaro = () => desk.transport.accepted.filter(({ to }) => to === TARO);

describe("a refund that began", () => {
  it("names the amount and the way", async () => {
    const refund = await planned();
    await settle(said(refund, { status: "pending" }));
    expect(desk.mail("refund_started", TARO).variables).toMatchObject({
      amount: "¥2,467",
      method: "card",
    });
  });
});

describe("a refund that waits for the customer's bank details", () => {
  it.each([
    ["stripe", "Stripe"],
    ["memory", "memory"],
  ])("names the amount, the day, and who asks for them: %s", async (provider, name) => {
    const refund = await planned();
    const createdAt = desk.clock.now() - DAY;
    await settle(said({ ...refund, provider }, { status: "requires_action", createdAt }));
    expect(desk.mail("refund_needs_details", TARO).variables).toMatchObject({
      amount: "¥2,467",
      provider: name,
      deadline: "2026-12-23",
      isReminder: false,
    });
  });
});

describe("a refund that succeeded", () => {
  it("is told by a mail whose number a restored backup repeats", async () => {
    const refund = await planned();
    await settle(said(refund, {}));
    const { id: ticketId } = await desk.ticket();
    const mail = { name: "refunded", ticketId, occasion: refund.id, to: TARO } as const;
    expect(desk.mail("refunded", TARO).messageId).toBe(messageIdFor(desk.desk, mail));
  });

  it("is told with a note only where an approver left one", async () => {
    const refund = await planned();
    await settle(said(refund, {}));
    expect(desk.mail("refunded", TARO).variables).toMatchObject({ note: "", isPartial: false });
  });

  it.each([
    [TANAKA, SATO],
    [SATO, TANAKA],
  ])("is told with the note of the approver who left one: not %s, %s", async (first, second) => {
    desk = await openDesk({ shop: { secondApprovalFromMinor: 1 } });
    await desk.ask();
    desk.clock.advance(MINUTE);
    await desk.reply("OK", first);
    await desk.reply("OK\nお客様へ: 失礼しました。", second);
    await desk.work();
    expect(desk.mail("refunded", TARO).variables["note"]).toBe("失礼しました。");
  });

  it("needs nobody any more, though its outcome did", async () => {
    const refund = await planned();
    await desk.store.write((tx) => tx.refunds.update(refund.id, { needsPerson: true }));
    await settle(said({ ...refund, needsPerson: true }, {}));
    expect(await desk.theRefund()).toMatchObject({ state: "succeeded", needsPerson: false });
  });

  it("is told in part where less goes back than was paid", async () => {
    const refund = await planned({}, "OK 2466");
    await settle(said(refund, {}));
    expect(desk.mail("refunded", TARO).variables).toMatchObject({
      amount: "¥2,466",
      paidAmount: "¥2,467",
      isPartial: true,
    });
  });

  it("of a payment that we do not hold is told as whole, and as one by card", async () => {
    const refund = await planned();
    await settle(said({ ...refund, provider: "elsewhere" }, {}));
    expect(desk.mail("refunded", TARO).variables).toMatchObject({
      paidAmount: "¥2,467",
      isPartial: false,
      method: "card",
      route: "card",
    });
  });
});

describe("a status that nobody knows", () => {
  const unknown = { status: "unknown", rawStatus: "a_new_word" } as const;

  it("leaves the outcome of the first call unknown, with the provider's number", async () => {
    const refund = await planned();
    await settle(said(refund, unknown));
    const [now] = await desk.refunds();
    expect(now).toMatchObject({ state: "unknown", providerRefundId: "re_9" });
    expect((await desk.ticket()).status).toBe("approved");
  });

  it("is told of although another refund of the ticket had the same", async () => {
    const refund = await planned();
    const data = { refund: "another", status: "a_new_word" };
    await settle((tx, ticket) =>
      note(tx, desk.desk, ticket, "refund_status_unknown", HENKIN, data),
    );
    await settle(said(refund, unknown));
    expect(tasks()).toEqual([expect.stringContaining('"a_new_word"')]);
  });
});

describe("a refund under our mark that is not what was approved", () => {
  it.each([
    ["of another amount", { amountMinor: 1000 }, /the provider says ¥1,000 succeeded/],
    ["in another currency", { currency: "USD" }, /the provider says .*succeeded/],
  ])(
    "%s is put before a person, once, and the customer hears nothing",
    async (_name, change, words) => {
      const refund = await planned();
      await settle(said({ ...refund }, { status: "succeeded", ...change }));
      expect((await desk.ticket()).status).toBe("approved");
      expect((await desk.refunds())[0]).toMatchObject({ state: "unknown", needsPerson: true });
      expect(desk.mails("refunded", TARO)).toEqual([]);
      expect(tasks()).toEqual([expect.stringMatching(words)]);
    },
  );
});

describe("a refund that failed", () => {
  it.each<["failed" | "canceled", string | null, string]>([
    ["failed", "expired_or_canceled_card", "failed: expired_or_canceled_card."],
    ["failed", null, "failed: failed."],
    ["canceled", null, "was cancelled at the provider: canceled."],
  ])("by %s and %j is told to staff by its reason", async (status, failureReason, words) => {
    const refund = await planned();
    await settle(said(refund, { status, failureReason }));
    expect(tasks()).toEqual([expect.stringContaining(`¥2,467 ${words}`)]);
    expect(tasks(SATO)).toHaveLength(1);
    expect(desk.mail("refund_failed", TARO).variables["amount"]).toBe("¥2,467");
    expect((await desk.refunds())[0]).toMatchObject({ state: status, failureReason });
    expect(await desk.noted("staff_told")).toEqual([
      { reason: `refund_${status}`, occasion: `failed/${refund.id}` },
    ]);
  });
});

describe("a transfer by hand in place of a refund", () => {
  it.each([
    ["failed", "awaiting_approval", true],
    ["canceled", "refund_failed", false],
  ] as const)("is proposed a little later after one that %s: %s", async (status, then, isAsked) => {
    const refund = await planned();
    await settle(said(refund, { status }));
    await desk.store.write((tx) => tx.jobs.remove(`refund/${refund.id}`));
    await desk.advance(15 * MINUTE);
    expect((await desk.ticket()).status).toBe(then);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(isAsked ? 2 : 1);
  });
});

describe("a refund that the provider refused", () => {
  it("is put before staff with code and words, and the ticket says why", async () => {
    const refund = await planned();
    const error = aFailure(PermanentError, "charge_disputed", "A dispute is open.");
    await settle((tx, ticket) => settleRefusal(tx, desk.desk, ticket, refund, error));
    expect(tasks()).toEqual([
      expect.stringContaining("charge_disputed: The other side refuses: A dispute is open."),
    ]);
    expect((await desk.refunds())[0]).toMatchObject({
      state: "refused",
      failureReason: error.code,
    });
    expect(await desk.noted("refund_failed")).toMatchObject([
      { refund: refund.id, code: "charge_disputed" },
    ]);
    expect(await desk.noted("staff_told")).toEqual([
      { reason: "refund_refused", occasion: `refused/${refund.id}` },
    ]);
    expect(toTaro()).toEqual([]);
  });
});

describe("a payment that was voided", () => {
  it.each([
    ["card", "card"],
    ["konbini", "bank"],
  ])("by %s is told to the customer with the amount that is not taken", async (method, route) => {
    const authorized = { status: "authorized", capturedMinor: 0, method } as const;
    const refund = await planned({ payments: [aPayment(authorized)] });
    await desk.work();
    expect(desk.mail("voided", TARO).variables).toMatchObject({ amount: "¥2,467", route });
    expect(await desk.noted("payment_voided")).toMatchObject([
      { refund: refund.id, provider: "memory", paymentId: "pi_679" },
    ]);
    expect((await desk.ticket()).resolution).toBe("voided");
    expect((await desk.refunds())[0]?.state).toBe("voided");
  });

  it("and that we do not hold is told as one by card", async () => {
    const refund = await planned();
    const elsewhere = { ...refund, provider: "elsewhere" };
    await settle((tx, ticket) => settleVoid(tx, desk.desk, ticket, elsewhere));
    expect(desk.mail("voided", TARO).variables["route"]).toBe("card");
  });
});

describe("the end of a dry run", () => {
  it("is told to everybody who could have decided, in the thread of the request", async () => {
    desk = await openDesk({ shop: { dryRun: true } });
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    for (const to of [TANAKA, SATO]) {
      const told = desk.mail("decision_made", to);
      expect(told.variables).toMatchObject({
        decision: expect.stringMatching(/DRY_RUN/),
        by: "henkin",
        amount: "",
        note: "",
        stopUntil: "",
        isFinal: true,
      });
      expect(told.draft.inReplyTo).toBe(desk.mail("approval_request", to).messageId);
    }
    expect((await desk.ticket()).resolution).toBe("dry_run");
  });
});

describe("a ticket that went another way meanwhile", () => {
  it.each<[string, (refund: Refund) => Settle]>([
    ["a success", (refund) => said(refund, {})],
    ["a failure", (refund) => said(refund, { status: "failed" })],
    [
      "a refusal",
      (refund) => (tx, ticket) =>
        settleRefusal(tx, desk.desk, ticket, refund, aFailure(PermanentError, "gone", "Gone.")),
    ],
    ["a void", (refund) => (tx, ticket) => settleVoid(tx, desk.desk, ticket, refund)],
    ["the end of a dry run", () => (tx, ticket) => settleDryRun(tx, desk.desk, ticket)],
  ])("is not moved by %s, and nobody is told; what came is written down", async (_name, how) => {
    const refund = await planned();
    await settle((tx, ticket) =>
      happen(tx, desk.desk, ticket, { event: "proposal_changed", actor: "henkin" }),
    );
    const before = desk.transport.accepted.length;
    await settle(how(refund));
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.transport.accepted).toHaveLength(before);
    expect(await desk.noted("ignored")).toHaveLength(1);
  });
});

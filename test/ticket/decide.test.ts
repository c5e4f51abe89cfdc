// One-shot, four-eyes and bound to what was asked: the steps themselves, as mail and command line
// share them.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyDecision, stopRefund } from "../../src/ticket/decide.ts";
import type { Decided, Refusal, Verdict } from "../../src/ticket/verdict.ts";
import { type DeskOptions, openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

const THIRD = "third@shop.example";
const CLI = "cli:operator";
const FOUR_EYES: DeskOptions = {
  shop: { secondApprovalFromMinor: 2000, staff: [TANAKA, SATO, THIRD] },
};

let desk: TestDesk;
async function open(options: DeskOptions = {}): Promise<void> {
  desk = await openDesk(options);
  await desk.ask();
}
beforeEach(() => open());
afterEach(() => desk.close());

async function reopen(options: DeskOptions): Promise<void> {
  await desk.close();
  await open(options);
}

const OK = (amountMinor: number | null = null): Verdict => ({
  kind: "approve",
  amountMinor,
  reason: "requested_by_customer",
  reasonText: null,
  customerNote: null,
});
const NG: Verdict = { kind: "reject", reason: null, customerNote: null };

async function decide(
  verdict: Verdict,
  by: string = TANAKA,
  stale: Partial<Pick<Decided, "ticket" | "round">> = {},
): Promise<Refusal | null> {
  desk.clock.advance(MINUTE);
  const ticket = stale.ticket ?? (await desk.ticket());
  const round = stale.round ?? (await desk.round());
  return desk.store.write((tx) =>
    applyDecision(tx, desk.desk, {
      ticket,
      round,
      verdict,
      by,
      note: null,
      messagePk: null,
      withCode: true,
    }),
  );
}

const status = async () => (await desk.ticket()).status;

describe("an approval", () => {
  it.each([1, 2000, 2467])("of %i is taken", async (amount) => {
    expect(await decide(OK(amount))).toBeNull();
    await desk.work();
    expect(desk.provider.creations).toMatchObject([{ amountMinor: amount }]);
  });

  it.each([0, -1, 2468, 1_000_000])("of %i is none", async (amount) => {
    expect(await decide(OK(amount))).toBe("unclear");
    expect(await status()).toBe("awaiting_approval");
  });

  it("without an amount is none where the customer asked for a part of unknown size", async () => {
    await desk.close();
    desk = await openDesk();
    await desk.ask({ text: "一部返金をお願いします。" });
    expect(await decide(OK())).toBe("unclear");
    expect(await decide(OK(500))).toBeNull();
  });

  it("is given once: of two at the same time the second finds it decided", async () => {
    const [ticket, round] = [await desk.ticket(), await desk.round()];
    expect(await decide(OK(), TANAKA, { ticket, round })).toBeNull();
    await expect(decide(OK(), SATO, { ticket, round })).resolves.toBe("decided");
    expect(await decide(OK(), SATO)).toBe("decided");
    await desk.work();
    expect(desk.provider.refunds).toHaveLength(1);
  });

  it("of an older version of the ticket is superseded", async () => {
    const round = await desk.round();
    const ticket = await desk.ticket();
    const changed = await desk.store.write((tx) => tx.tickets.update(ticket, {}));
    if (changed === undefined) throw new Error("the ticket was changed by others");
    expect(await decide(OK(), TANAKA, { ticket: changed, round })).toBe("superseded");
    expect(await status()).toBe("awaiting_approval");
  });

  it("at the command line is one approver, and pays to a bank account, too", async () => {
    await reopen({ payments: [aPayment({ method: "konbini" })], shop: { approvalAuth: "token" } });
    expect(await decide(OK(), CLI)).toBeNull();
    await desk.work();
    expect(desk.provider.refunds).toHaveLength(1);
  });
});

describe("where two must agree", () => {
  beforeEach(() => reopen(FOUR_EYES));

  it("one is not enough, and everybody else hears of it", async () => {
    expect(desk.mail("approval_request", TANAKA).variables["needsSecondApproval"]).toBe(true);
    expect(await decide(OK())).toBeNull();
    await desk.work();
    expect(await status()).toBe("awaiting_approval");
    expect(desk.provider.creations).toEqual([]);
    expect(desk.mail("decision_made", SATO).variables["decision"]).toMatch(/second approval/);
  });

  it.each([
    ["the same person again", OK(), TANAKA],
    ["another person with another amount", OK(2400), SATO],
  ])("%s is not enough", async (_name, verdict, by) => {
    await decide(OK(2467));
    await decide(verdict, by);
    expect((await desk.round()).state).toBe("open");
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 1 });
    expect(desk.provider.creations).toEqual([]);
  });

  it.each([SATO, CLI])("another person (%s) with the same amount is", async (by) => {
    await decide(OK());
    await decide(OK(2467), by);
    await desk.work();
    expect(await status()).toBe("refunded");
    expect(desk.provider.creations).toMatchObject([{ amountMinor: 2467 }]);
  });

  it("the two that agree count, whatever a third had said before", async () => {
    await decide(OK(2467), TANAKA);
    await decide(OK(2300), SATO);
    await decide(OK(2300), THIRD);
    await desk.work();
    expect(await status()).toBe("refunded");
    expect(desk.provider.creations).toMatchObject([{ amountMinor: 2300 }]);
  });

  it("whoever changes his mind agrees with his last word", async () => {
    await decide(OK(2467), TANAKA);
    await decide(OK(2300), TANAKA);
    await decide(OK(2467), SATO);
    expect(await status()).toBe("awaiting_approval");
    await decide(OK(2300), SATO);
    await desk.work();
    expect(desk.provider.creations).toMatchObject([{ amountMinor: 2300 }]);
  });

  it("a small amount needs only one, also after a first approval of a large one", async () => {
    await decide(OK(2467), TANAKA);
    await decide(OK(1999), SATO);
    await desk.work();
    expect(await status()).toBe("refunded");
    expect(desk.provider.creations).toMatchObject([{ amountMinor: 1999 }]);
  });

  it("one rejection ends it", async () => {
    await decide(OK(), TANAKA);
    expect(await decide(NG, SATO)).toBeNull();
    expect(await status()).toBe("rejected");
    expect(await decide(OK(), THIRD)).toBe("decided");
  });

  it("the payer is no second", async () => {
    await reopen({ ...FOUR_EYES, payments: [aPayment({ payerEmail: SATO })] });
    await decide(OK(), TANAKA);
    expect(await decide(OK(), SATO)).toBe("own_request");
    await desk.work();
    expect(desk.provider.creations).toEqual([]);
  });

  it("a first approval is void once its giver is no approver any more", async () => {
    await decide(OK(), TANAKA);
    await decide(OK(), SATO);
    const later = await openDesk({ on: desk, shop: { ...FOUR_EYES.shop, staff: [SATO, THIRD] } });
    await later.work();
    expect(desk.provider.creations).toEqual([]);
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
  });

  it("a limit that was lowered meanwhile counts", async () => {
    await reopen({ shop: { staff: [TANAKA, SATO] } });
    await decide(OK(), TANAKA);
    const later = await openDesk({ on: desk, shop: { secondApprovalFromMinor: 1 } });
    await later.work();
    expect(desk.provider.creations).toEqual([]);
    expect(await status()).toBe("awaiting_approval");
  });
});

describe("a choice", () => {
  beforeEach(async () => {
    await desk.close();
    desk = await openDesk({
      payments: [aPayment(), aPayment({ id: "pi_2", orderNumbers: ["680"], createdAt: 1 })],
    });
    await desk.ask({ order: "678" });
  });

  it.each([3, 9, -1])("of %i is none where two are listed", async (choice) => {
    expect(await decide({ kind: "choose", choice })).toBe("unclear");
    expect(await status()).toBe("unmatched");
  });

  it("leads to a request about exactly that payment", async () => {
    expect(await decide({ kind: "choose", choice: 2 })).toBeNull();
    expect(await status()).toBe("received");
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", paymentId: "pi_2" });
    expect(desk.provider.creations).toEqual([]);
  });

  it("leads to a request in the thread of the list", async () => {
    const list = desk.mail("candidates", TANAKA);
    expect(list.draft.inReplyTo).toBeNull();
    expect(await decide({ kind: "choose", choice: 2 })).toBeNull();
    await desk.work();
    expect(desk.mail("approval_request", TANAKA).draft.inReplyTo).toBe(list.messageId);
  });

  it("is made once", async () => {
    const [ticket, round] = [await desk.ticket(), await desk.round()];
    expect(await decide({ kind: "choose", choice: 1 }, TANAKA, { ticket, round })).toBeNull();
    expect(await decide({ kind: "choose", choice: 2 }, SATO, { ticket, round })).toBe("decided");
  });

  it("is no approval, and an approval no choice", async () => {
    expect(await decide(OK())).toBe("unclear");
    expect(await decide(NG)).toBeNull();
    expect(await status()).toBe("rejected");
  });
});

describe("a choice where one payment is proposed", () => {
  it("is none", async () => {
    expect(await decide({ kind: "choose", choice: 1 })).toBe("unclear");
    expect(await status()).toBe("awaiting_approval");
  });

  it("of none asks the customer", async () => {
    expect(await decide({ kind: "choose", choice: 0 })).toBeNull();
    await desk.work();
    expect(desk.mails("need_order_number", TARO)).toHaveLength(1);
  });
});

describe("the wish to ask the customer", () => {
  it.each<[string, string]>([
    ["0", "678"],
    ["確認", "678"],
    ["確認", "679"],
  ])(
    "by %s is told to the other approvers, and decides nothing (order %s)",
    async (word, order) => {
      await desk.close();
      desk = await openDesk();
      await desk.ask({ order });
      await desk.reply(word);
      await desk.work();
      expect(desk.mails("need_order_number", TARO)).toHaveLength(1);
      expect(desk.mail("decision_made", SATO).variables).toMatchObject({
        decision: "the customer is asked",
        by: TANAKA,
        amount: "",
      });
      expect(desk.mails("decision_made", TANAKA)).toEqual([]);
      const events = await desk.events();
      expect(events.find(({ type }) => type === "decision")).toMatchObject({
        actor: TANAKA,
        data: { decision: "customer_asked" },
      });
      expect((await desk.round()).state).toBe("open");
      expect(desk.provider.creations).toEqual([]);
    },
  );
});

describe("stopping", () => {
  const stop = async (by: string = SATO) => {
    const ticket = await desk.ticket();
    return desk.store.write((tx) => stopRefund(tx, desk.desk, ticket, by));
  };

  it("takes an approval back before the key is stored", async () => {
    await decide(OK());
    expect(await stop()).toBeNull();
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "rejected", resolution: "rejected" });
    expect(desk.provider.creations).toEqual([]);
  });

  it("is refused where nothing is approved", async () => {
    expect(await stop()).toBe("nothing_to_stop");
    expect(await status()).toBe("awaiting_approval");
  });

  it("takes the first of two approvals back, so that the second is not enough", async () => {
    await desk.close();
    desk = await openDesk({ shop: { secondApprovalFromMinor: 1_000 } });
    await desk.ask();
    for (const word of ["STOP", "保留"]) {
      await desk.reply("OK", TANAKA);
      await desk.reply(word, TANAKA);
      await desk.reply("OK", SATO);
      await desk.work();
      expect(await status()).toBe("awaiting_approval");
      expect(desk.provider.creations).toEqual([]);
      await desk.reply("STOP", SATO);
    }
    await desk.reply("OK", SATO);
    await desk.reply("OK", TANAKA);
    await desk.work();
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("is refused once money may move", async () => {
    await decide(OK());
    expect(await desk.next("provider:memory")).toBe("prepare_refund");
    expect(await stop()).toBe("decided");
    await desk.work();
    expect(await status()).toBe("refunded");
    expect(await stop()).toBe("decided");
  });
});

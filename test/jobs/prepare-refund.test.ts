// Rules 1, 2, 3 and 4: what must hold between an approval and the first call.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import type { Payment } from "../../src/domain/payment.ts";
import { stopRefund } from "../../src/ticket/decide.ts";
import {
  type DeskOptions,
  openApproved,
  openDesk,
  PROVIDER,
  SATO,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

/** Asked and answered; the job that looks once more has not run yet. */
async function approved(options: DeskOptions = {}, answer = "OK"): Promise<void> {
  desk = await openApproved(options, answer);
}

async function expectNoRefund(): Promise<void> {
  expect(desk.provider.creations).toEqual([]);
  expect(await desk.refunds()).toEqual([]);
}

describe("an approval", () => {
  it("leads to a plan with the key and the exact parameters, before anything is called", async () => {
    await approved();
    expect((await desk.ticket()).status).toBe("approved");
    expect(await desk.next(PROVIDER)).toBe("prepare_refund");
    expect(desk.provider.creations).toEqual([]);
    const [refund, ...others] = await desk.refunds();
    expect(others).toEqual([]);
    expect(refund).toMatchObject({
      state: "planned",
      action: "refund",
      round: 1,
      provider: "memory",
      account: "acct_1",
      paymentId: "pi_679",
      amountMinor: 2467,
      currency: "JPY",
      reason: "requested_by_customer",
      keyStoredAt: desk.clock.now(),
      metadata: { henkin_ticket: "1", henkin_refund: refund?.id },
    });
    expect(refund?.idempotencyKey).toMatch(/^henkin-[0-9a-f]{64}$/);
    expect((await desk.ticket()).status).toBe("approved");
  });

  it("is carried out with its own amount, reason and words", async () => {
    await approved({}, "OK 2000\n理由: その他 色違い\nお客様へ: 失礼しました。");
    await desk.work();
    expect(desk.provider.creations).toHaveLength(1);
    expect(desk.provider.creations[0]).toMatchObject({
      amountMinor: 2000,
      reason: "other",
      metadata: { henkin_reason: "色違い" },
    });
    expect(desk.mail("refunded", TARO).variables).toMatchObject({
      amount: "¥2,000",
      isPartial: true,
      note: "失礼しました。",
    });
  });

  it("repeats its key and digest on a copy that starts from the same facts", async () => {
    await approved();
    await desk.next(PROVIDER);
    const [first] = await desk.refunds();
    await desk.close();
    await approved();
    desk.clock.advance(HOUR);
    await desk.next(PROVIDER);
    const [second] = await desk.refunds();
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
    expect(second?.metadata).toEqual(first?.metadata);
  });

  it("of a later round has another key", async () => {
    await approved();
    desk.provider.refundByHand("pi_679", 467, "succeeded");
    await desk.work();
    desk.clock.advance(MINUTE);
    await desk.reply("OK");
    await desk.work();
    expect(desk.provider.creations).toMatchObject([{ amountMinor: 2000 }]);
    const [refund] = await desk.refunds();
    expect(refund?.round).toBe(2);
    await desk.close();
    await approved();
    await desk.work();
    expect((await desk.refunds())[0]?.idempotencyKey).not.toBe(refund?.idempotencyKey);
  });
});

describe("what changed after the approval was asked for", () => {
  const change = (to: Partial<Payment>) => () => {
    desk.provider.change("pi_679", to);
  };

  it.each<[string, () => void, RegExp]>([
    [
      "the remainder",
      () => desk.provider.refundByHand("pi_679", 467, "succeeded"),
      /left changed from ¥2,467 to ¥2,000/,
    ],
    [
      "the remainder, by a refund that is still pending",
      () => desk.provider.refundByHand("pi_679", 1, "pending"),
      /left changed/,
    ],
    ["the captured amount", change({ capturedMinor: 3000 }), /left changed from ¥2,467 to ¥3,000/],
    [
      "what was captured and refunded by the same amount",
      change({ capturedMinor: 2567, refundedMinor: 100 }),
      /left changed/,
    ],
    ["the account of the payment", change({ account: "acct_2" }), /account or live\/test/],
    [
      "the account of the key",
      () => {
        desk.provider.accountId = "acct_2";
      },
      /account or live\/test/,
    ],
    ["live mode", change({ livemode: false }), /account or live\/test/],
    ["the currency", change({ currency: "USD" }), /account or live\/test/],
  ])("is asked about anew: %s", async (_name, happens, words) => {
    await approved();
    happens();
    await desk.work();
    await expectNoRefund();
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    const changes = desk.mail("approval_request", TANAKA).variables["changes"] as string[];
    expect(changes.join("\n")).toMatch(words);
    expect(desk.mails("approval_request", SATO)).toHaveLength(2);
  });

  it.each<[string, Partial<Payment>, RegExp]>([
    ["a dispute", { disputed: true }, /disputed/],
    ["an unclear status", { status: "processing" }, /no decision yet/],
    ["a status nobody knows", { status: "unknown" }, /no decision yet/],
  ])("is put before staff: %s", async (_name, to, words) => {
    await approved();
    desk.provider.change("pi_679", to);
    await desk.work();
    await expectNoRefund();
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.mail("candidates", TANAKA).variables["reason"]).toMatch(words);
  });

  it("ends the ticket where everything was refunded elsewhere", async () => {
    await approved();
    desk.provider.refundByHand("pi_679", 2467, "succeeded");
    await desk.work();
    await expectNoRefund();
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "done_elsewhere" });
    expect(desk.mails("already_refunded", TARO)).toHaveLength(1);
    expect(desk.mails("refunded")).toEqual([]);
    expect(desk.mail("staff_task", TANAKA).variables["reason"]).toMatch(/henkin paid nothing/);
  });

  it("is told to staff where the payment is gone; the customer is not asked for what we know", async () => {
    await approved();
    desk.provider.remove("pi_679");
    await desk.work();
    await expectNoRefund();
    expect((await desk.ticket()).status).not.toBe("approved");
    expect(desk.mails("need_order_number")).toEqual([]);
    const told = desk.transport.accepted.filter(({ to }) => to === TANAKA);
    expect(told.length).toBeGreaterThan(1);
  });

  it("leaves what the request says about the match as it was", async () => {
    await approved();
    desk.provider.refundByHand("pi_679", 467, "succeeded");
    await desk.work();
    const [first, second] = desk.mails("approval_request", TANAKA);
    expect(first?.variables["strength"]).toMatch(/^strong match/);
    expect(second?.variables["strength"]).toBe(first?.variables["strength"]);
  });

  it("is the approver, who was taken from the list", async () => {
    await approved();
    const other = await openDesk({ on: desk, shop: { staff: [SATO] } });
    await other.work();
    await expectNoRefund();
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    expect(desk.mail("approval_request", SATO).variables["changes"]).toEqual([
      expect.stringContaining(TANAKA),
    ]);
  });

  it("is the payer's address, which turns out to be the approver's", async () => {
    await approved();
    desk.provider.change("pi_679", { payerEmail: TANAKA });
    await desk.work();
    await expectNoRefund();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });

  it("never is an old approval: nothing is paid from it after a new request", async () => {
    await approved();
    desk.provider.refundByHand("pi_679", 467, "succeeded");
    await desk.work();
    await desk.advance(HOUR);
    await expectNoRefund();
    expect((await desk.ticket()).round).toBe(2);
  });
});

describe("a proposal that was altered in the database", () => {
  it("is not paid, and a person hears of it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "henkin-altered-"));
    const path = join(directory, "henkin.db");
    await approved({ path });
    const file = new SqliteDatabase(path);
    file.exec("update approval_round set question = replace(question, 'pi_679', 'pi_other')");
    file.close();
    desk.provider.put(aPayment({ id: "pi_other" }));
    await desk.work();
    await expectNoRefund();
    expect(desk.mail("staff_task", TANAKA).variables["reason"]).toMatch(
      /proposal_altered: .*for R-1 was changed in the database\. Nothing is paid/,
    );
    rmSync(directory, { recursive: true });
  });
});

describe("STOP", () => {
  it("takes an approval back while it cools, and nothing is paid afterwards", async () => {
    await approved({ shop: { coolingMs: 10 * MINUTE } });
    await desk.work();
    await expectNoRefund();
    desk.clock.advance(MINUTE);
    await desk.reply("STOP", SATO);
    await desk.advance(HOUR);
    await expectNoRefund();
    expect(await desk.ticket()).toMatchObject({ status: "rejected", resolution: "rejected" });
  });

  it("wins over a look at the payment that is still under way", async () => {
    await approved();
    desk.provider.on.retrievePayment = async () => {
      await desk.store.write(async (tx) => {
        const ticket = await tx.tickets.findByNumber(1);
        if (ticket !== undefined) await stopRefund(tx, desk.desk, ticket, SATO);
      });
    };
    await desk.work();
    await desk.advance(HOUR);
    expect((await desk.ticket()).status).toBe("rejected");
    await expectNoRefund();
  });

  it("comes too late once the key is stored", async () => {
    await approved();
    await desk.next(PROVIDER);
    await desk.reply("STOP", SATO);
    expect((await desk.ticket()).status).toBe("approved");
    await desk.work();
    expect(desk.provider.refunds).toHaveLength(1);
    expect((await desk.ticket()).status).toBe("refunded");
  });
});

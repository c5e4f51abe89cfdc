// Rules 2, 3 and 4 at their edges: orders that come twice or too late, which approval counts, the
// exact parameters, and what is said of a change.

import { afterEach, describe, expect, it } from "vitest";
import type { Payment } from "../../src/domain/payment.ts";
import { happen } from "../../src/ticket/transition.ts";
import {
  type DeskOptions,
  openApproved,
  openDesk,
  PROVIDER,
  SATO,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { MINUTE } from "../support/fake-clock.ts";
import { aPayment } from "../support/memory-provider.ts";

const AUTHORIZED = { status: "authorized", capturedMinor: 0, paidAt: null } as const;
const THIRD = "suzuki@shop.example";

let desk: TestDesk;
afterEach(() => desk.close());

/** Asked and answered; the job that looks once more has not run yet. */
async function approved(options: DeskOptions = {}, answer = "OK"): Promise<void> {
  desk = await openApproved(options, answer);
}

const changes = () => desk.mail("approval_request", TANAKA).variables["changes"];

/** The real order is taken away, and this one comes instead. */
async function order(
  payload: Readonly<Record<string, string>>,
  ticketId?: string | null,
): Promise<void> {
  const { id, round } = await desk.ticket();
  const dueAt = desk.clock.now();
  await desk.store.write(async (tx) => {
    await tx.jobs.remove(`prepare_refund/${id}/${round}`);
    const [kind, lane] = ["prepare_refund", PROVIDER] as const;
    const whose = ticketId === undefined ? id : ticketId;
    await tx.jobs.add({ id: "another order", kind, lane, ticketId: whose, payload, dueAt });
  });
  await desk.work();
}

async function expectNothingDone(): Promise<void> {
  expect(desk.provider.creations).toEqual([]);
  expect(await desk.refunds()).toEqual([]);
  expect(desk.logged.filter(({ level }) => level === "error")).toEqual([]);
}

describe("an order to pay", () => {
  it("of an earlier round does nothing beside the approval of a later one", async () => {
    await approved();
    desk.provider.refundByHand("pi_679", 467, "succeeded");
    await desk.work();
    desk.clock.advance(MINUTE);
    await desk.reply("OK");
    await order({ round: "1", approver: TANAKA });
    await expectNothingDone();
    expect(await desk.ticket()).toMatchObject({ status: "approved", round: 2 });
  });

  it("that comes after STOP does not even look", async () => {
    await approved({ shop: { coolingMs: 10 * MINUTE } });
    desk.clock.advance(MINUTE);
    await desk.reply("STOP", SATO);
    const before = desk.provider.calls.length;
    await order({ round: "1", approver: TANAKA });
    await expectNothingDone();
    expect(desk.provider.calls).toHaveLength(before);
  });

  it("that comes again while the refund is under way is over, and waits for nothing", async () => {
    await approved();
    desk.provider.fail("createRefund", "before");
    await desk.work();
    const before = desk.provider.calls.length;
    await order({ round: "1", approver: TANAKA });
    expect(desk.provider.calls).toHaveLength(before);
    expect(await desk.noted("refund_waits")).toEqual([]);
    expect(await desk.refunds()).toHaveLength(1);
  });

  it("in the name of somebody who approved nothing does nothing", async () => {
    await approved();
    const before = desk.provider.calls.length;
    await order({ round: "1", approver: SATO });
    await expectNothingDone();
    expect(desk.provider.calls).toHaveLength(before);
    expect((await desk.ticket()).status).toBe("approved");
  });

  it("without a ticket does nothing", async () => {
    await approved();
    await order({ round: "1", approver: TANAKA }, null);
    await expectNothingDone();
  });

  it("does nothing where the ticket was approved anew during its look", async () => {
    await approved();
    desk.provider.on.retrievePayment = async () => {
      delete desk.provider.on.retrievePayment;
      for (const event of ["proposal_changed", "approval_granted"] as const) {
        const ticket = await desk.ticket();
        await desk.store.write((tx) => happen(tx, desk.desk, ticket, { event, actor: SATO }));
      }
    };
    expect(await desk.next(PROVIDER)).toBe("prepare_refund");
    await expectNothingDone();
    expect((await desk.ticket()).status).toBe("approved");
  });
});

describe("the approval that counts", () => {
  const two = { shop: { secondApprovalFromMinor: 1, staff: [TANAKA, SATO, THIRD] } };

  it("is the one that completed the round, with its own reason", async () => {
    await approved(two, "OK 2000\n理由: その他 色違い");
    await desk.reply("OK 2000\n理由: その他 サイズ", SATO);
    await desk.work();
    expect(desk.provider.creations).toMatchObject([
      { amountMinor: 2000, metadata: { henkin_reason: "サイズ" } },
    ]);
  });

  it("needs the second that the settings ask for by now", async () => {
    await approved();
    const later = await openDesk({ on: desk, shop: { secondApprovalFromMinor: 2467 } });
    await later.work();
    await expectNothingDone();
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    expect(changes()).toEqual(["A second approval is needed and missing."]);
  });

  it("needs no second below the amount of the settings", async () => {
    await approved();
    const later = await openDesk({ on: desk, shop: { secondApprovalFromMinor: 2468 } });
    await later.work();
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("is not seconded by an approval of another amount", async () => {
    await approved({ shop: { secondApprovalFromMinor: 1500 } }, "OK 2000");
    await desk.reply("OK 1000", SATO);
    expect((await desk.ticket()).status).toBe("approved");
    const later = await openDesk({ on: desk, shop: { secondApprovalFromMinor: 500 } });
    await later.work();
    await expectNothingDone();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });

  it("counts no more where the first of two approvers was taken from the list", async () => {
    await approved(two, "OK");
    await desk.reply("OK", SATO);
    const later = await openDesk({ on: desk, shop: { ...two.shop, staff: [SATO, THIRD] } });
    await later.work();
    await expectNothingDone();
    expect(desk.mail("approval_request", SATO).variables["changes"]).toEqual([
      expect.stringContaining(TANAKA),
    ]);
  });
});

describe("what is stored", () => {
  it("is derived from the facts alone, the same in every version: a restored backup repeats it", async () => {
    await approved();
    await desk.work();
    const refund = await desk.theRefund();
    expect(refund.idempotencyKey).toBe(
      "henkin-97068c420c0aa4162d3023dfb08faf5aa347e7c4871dcc8131c45ec1fd856f28",
    );
    expect(refund.metadata).toEqual({
      henkin_ticket: "1",
      henkin_refund: refund.id,
      henkin_digest: "45bb9eeb515da1be143cee765890f378579905647b383839b40ac0389c0f9c20",
    });
    expect(refund.id).toBe(refund.metadata["henkin_digest"]?.slice(0, 32));
  });

  it("holds no more of a reason than the provider takes", async () => {
    await approved({}, `OK 2000\n理由: その他 ${"色".repeat(600)}`);
    await desk.next(PROVIDER);
    expect((await desk.theRefund()).metadata["henkin_reason"]).toBe("色".repeat(500));
  });

  it("has another key and digest for a void of the same payment", async () => {
    await approved();
    await desk.next(PROVIDER);
    const refund = await desk.theRefund();
    await desk.close();
    await approved({ payments: [aPayment(AUTHORIZED)] });
    await desk.next(PROVIDER);
    const other = await desk.theRefund();
    expect(other.action).toBe("void");
    expect(other.idempotencyKey).not.toBe(refund.idempotencyKey);
    expect(other.id).not.toBe(refund.id);
  });

  it("is written into the ticket's history", async () => {
    await approved({}, "OK 2000");
    await desk.next(PROVIDER);
    const { id, idempotencyKey } = await desk.theRefund();
    expect(await desk.noted("refund_planned")).toEqual([
      {
        refund: id,
        action: "refund",
        provider: "memory",
        account: "acct_1",
        paymentId: "pi_679",
        amountMinor: 2000,
        currency: "JPY",
        reason: "requested_by_customer",
        round: 1,
        idempotencyKey,
        instructionsEmail: null,
      },
    ]);
  });

  it("is the whole amount of what is voided", async () => {
    await approved({ payments: [aPayment(AUTHORIZED)] });
    await desk.next(PROVIDER);
    expect(await desk.theRefund()).toMatchObject({ action: "void", amountMinor: 2467 });
    expect(await desk.next(PROVIDER)).toBe("call_void");
  });
});

describe("what changed", () => {
  it.each<[string, Partial<Payment>, Partial<Payment>, RegExp[]]>([
    ["the remainder alone", {}, { refundedMinor: 467 }, [/from ¥2,467 to ¥2,000/]],
    ["the currency alone", {}, { currency: "USD" }, [/account or live/]],
    ["the amount of a void alone", AUTHORIZED, { amountMinor: 5000 }, [/What is left/]],
    [
      "a capture meanwhile",
      AUTHORIZED,
      { status: "paid", capturedMinor: 2467 },
      [/state changed: paid/, /from ¥0 to ¥2,467/],
    ],
  ])("is said, and nothing else: %s", async (_name, payment, change, words) => {
    await approved({ payments: [aPayment(payment)] });
    desk.provider.change("pi_679", change);
    await desk.work();
    await expectNothingDone();
    expect(changes()).toEqual(words.map((word) => expect.stringMatching(word)));
  });

  it("is nothing where a part was refunded before the request already", async () => {
    await approved({ payments: [aPayment({ refundedMinor: 467 })] });
    await desk.work();
    expect(desk.provider.creations).toMatchObject([{ amountMinor: 2000 }]);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
  });

  it("leaves the customer's words in the new request, and names what is pending elsewhere", async () => {
    await approved();
    desk.provider.refundByHand("pi_679", 467, "pending");
    await desk.work();
    const [first, second] = desk.mails("approval_request", TANAKA);
    expect(first?.variables["customerText"]).toContain("注文番号: 679");
    expect(second?.variables["customerText"]).toEqual(first?.variables["customerText"]);
    const warnings = second?.variables["warnings"] as string[];
    expect(warnings.join()).toContain("re_1 ¥467 (pending)");
  });

  it("leaves a payment that staff chose as one they chose", async () => {
    desk = await openDesk();
    await desk.ask({ name: "山田花子", email: "hanako@mail.example" });
    await desk.reply("1", SATO);
    await desk.work();
    await desk.reply("OK", SATO);
    desk.provider.refundByHand("pi_679", 467, "succeeded");
    await desk.work();
    const [first, second, ...others] = desk.mails("approval_request", SATO);
    expect(others).toEqual([]);
    expect(second?.variables["strength"]).toBe(first?.variables["strength"]);
  });

  it("is kept: the payment is known as it was seen", async () => {
    await approved();
    desk.provider.refundByHand("pi_679", 467, "succeeded");
    await desk.work();
    const known = await desk.store.read((tx) => tx.payments.find("memory", "pi_679"));
    expect(known?.refundedMinor).toBe(467);
  });
});

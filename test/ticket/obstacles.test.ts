// Rule 3 from the rows alone: which refunds of a payment hold up another one.

import { afterEach, describe, expect, it } from "vitest";
import type { RefundAction, RefundState } from "../../src/domain/ticket.ts";
import { findObstacle } from "../../src/ticket/obstacles.ts";
import { aNewRefund } from "../store/store-bench.ts";
import { openDesk, type TestDesk } from "../support/desk.ts";
import { aPayment } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

/** One refund of ours of the payment of ¥2,467. */
async function known(state: RefundState, amountMinor = 1000, action: RefundAction = "refund") {
  desk = await openDesk();
  await desk.store.write(async (tx) => {
    await tx.refunds.insert(aNewRefund({ amountMinor, action, keyStoredAt: desk.clock.now() }));
    await tx.refunds.update("refund-1", { state, providerRefundId: "re_1" });
  });
}

function obstacle(action: RefundAction, amountMinor = 1000, pendingElsewhere: string[] = []) {
  const wanted = { action, amountMinor };
  return desk.store.read((tx) => findObstacle(tx, desk.desk, wanted, aPayment(), pendingElsewhere));
}

describe("a transfer by hand", () => {
  it.each(["pending", "requires_action"] as const)(
    "waits for a refund that is %s",
    async (state) => {
      await known(state);
      expect(await obstacle("payout")).toEqual({
        reason: "refund_pending",
        open: [`re_1 ¥1,000 (${state})`],
      });
    },
  );

  it("waits for what the provider lists, in the provider's words", async () => {
    await known("pending");
    expect(await obstacle("payout", 1000, ["re_1 ¥1,000 (pending)", "re_9 ¥5 (new)"])).toEqual({
      reason: "refund_pending",
      open: ["re_1 ¥1,000 (pending)", "re_9 ¥5 (new)"],
    });
  });

  it.each(["succeeded", "failed", "canceled", "refused"] as const)(
    "waits for no refund that is %s",
    async (state) => {
      await known(state);
      expect(await obstacle("payout")).toBeNull();
    },
  );
});

describe("a refund by the provider", () => {
  it("waits for none that is only pending: both can be paid", async () => {
    await known("pending");
    expect(await obstacle("refund", 1467, ["re_1 ¥1,000 (pending)"])).toBeNull();
  });

  it.each(["planned", "unknown"] as const)(
    "waits for one that is %s, and names none",
    async (state) => {
      await known(state);
      expect(await obstacle("refund")).toEqual({ reason: "refund_in_flight", open: [] });
    },
  );

  it("counts what was given back, and no authorisation that was released", async () => {
    await known("succeeded");
    expect(await obstacle("refund", 1468)).toEqual({ reason: "sum_of_refunds", open: [] });
    await desk.close();
    await known("voided", 2467, "void");
    expect(await obstacle("refund", 2467)).toBeNull();
  });
});

// A distant server takes its time over each question: what does not depend on another answer is asked at
// once, and what was asked for several tickets is asked once.

import { afterEach, describe, expect, it } from "vitest";
import { OutcomeUnknownError, TransientError } from "../../src/domain/errors.ts";
import type { CandidateLine } from "../../src/domain/outgoing-mail.ts";
import type { Payment } from "../../src/domain/payment.ts";
import {
  openApproved,
  openDesk,
  openPlanned,
  PROVIDER,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, type MemoryProvider } from "../support/memory-provider.ts";
import { aForm } from "./recorded-mail.ts";

let desk: TestDesk;
afterEach(() => desk.close());

const lost = () => aFailure(OutcomeUnknownError, "connection_lost", "The answer is missing.");
const away = () => aFailure(TransientError, "timeout", "No answer.");

/** Neither the payment nor its refunds are answered before both are asked for. */
function answerTogether({ on, calls }: MemoryProvider): void {
  let open: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  const wait = async () => {
    if (calls.includes("retrievePayment") && calls.includes("listRefunds")) open();
    await both;
  };
  calls.length = 0;
  on.retrievePayment = wait;
  on.listRefunds = wait;
}

describe("a payment and its refunds are asked for at once", () => {
  it("for a match", async () => {
    desk = await openDesk();
    await desk.work();
    answerTogether(desk.provider);
    await desk.ask();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });

  it("for the last look before the refund", async () => {
    desk = await openApproved();
    answerTogether(desk.provider);
    expect(await desk.next(PROVIDER)).toBe("prepare_refund");
    expect((await desk.theRefund()).state).toBe("planned");
  });

  it("for the look before the call", async () => {
    desk = await openPlanned();
    answerTogether(desk.provider);
    expect(await desk.next(PROVIDER)).toBe("call_refund");
    expect((await desk.theRefund()).state).toBe("succeeded");
  });
});

describe("the payer's other payments", () => {
  const OTHER = aPayment({ id: "pi_680", orderNumbers: ["680"], description: "注文 680" });
  const looks = () => desk.provider.calls.filter((call) => call === "retrievePayment");

  /** As the index knows them before the request for order 679 comes. */
  async function know(...payments: Payment[]): Promise<void> {
    desk = await openDesk({ payments });
    await desk.work();
    desk.provider.calls.length = 0;
  }

  it("are not read where they bear other orders and the one of the order is certain", async () => {
    await know(aPayment(), OTHER);
    await desk.ask();
    expect(await desk.ticket()).toMatchObject({
      status: "awaiting_approval",
      paymentId: "pi_679",
    });
    expect(looks()).toHaveLength(1);
  });

  it("are read where they bear no order yet: it may be the same by now", async () => {
    await know(aPayment(), { ...OTHER, orderNumbers: [] });
    desk.provider.change("pi_680", { orderNumbers: ["679"] });
    await desk.ask();
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.mail("candidates", TANAKA).variables["candidates"]).toHaveLength(2);
  });

  it("are read where the one of the order was never paid: another may have paid it", async () => {
    await know(aPayment({ status: "failed", capturedMinor: 0 }), OTHER);
    desk.provider.change("pi_680", { refundedMinor: 67 });
    await desk.ask();
    const [candidate] = desk.mail("candidates", TANAKA).variables["candidates"] as CandidateLine[];
    expect(candidate).toMatchObject({ orderNumbers: "680", left: "¥2,400" });
  });

  it("are read where the one of the order is no more so when it is read", async () => {
    await know(aPayment(), OTHER);
    desk.provider.change("pi_679", { orderNumbers: ["681"] });
    desk.provider.change("pi_680", { orderNumbers: ["679"] });
    await desk.ask();
    expect(await desk.ticket()).toMatchObject({
      status: "awaiting_approval",
      paymentId: "pi_680",
    });
  });
});

describe("refunds that were asked for ahead", () => {
  it("are those of the payment that was matched, not of the one that was expected", async () => {
    desk = await openDesk({
      payments: [aPayment({ id: "pi_a", status: "authorized", capturedMinor: 0 })],
    });
    await desk.work();
    desk.provider.put(aPayment({ id: "pay_1" }));
    desk.provider.successors.set("pi_a", "pay_1");
    desk.provider.refundByHand("pay_1", 100, "pending");
    await desk.ask();
    const warnings = desk.mail("approval_request", TANAKA).variables["warnings"] as string[];
    expect(warnings.join()).toMatch(/still pending: re_1 ¥100 \(pending\)/);
  });

  it("are not asked for where none can be", async () => {
    desk = await openDesk({ payments: [aPayment({ status: "authorized", capturedMinor: 0 })] });
    await desk.ask();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.provider.calls).not.toContain("listRefunds");
  });

  it("cannot be read, and the payment is another's: nobody hears of it", async () => {
    desk = await openDesk();
    await desk.work();
    desk.provider.change("pi_679", { status: "failed", capturedMinor: 0 });
    desk.provider.fail("listRefunds", away());
    await desk.ask();
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "nothing_paid" });
  });
});

describe("the look before the call", () => {
  it("finds our refund also while the payment cannot be read", async () => {
    desk = await openPlanned();
    desk.provider.fail("createRefund", "after");
    await desk.work();
    desk.provider.fail("retrievePayment", away());
    await desk.advance(MINUTE);
    expect(await desk.theRefund()).toMatchObject({ state: "succeeded", providerRefundId: "re_1" });
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("calls nothing where the payment cannot be read", async () => {
    desk = await openPlanned();
    desk.provider.fail("retrievePayment", away());
    expect(await desk.next(PROVIDER)).toBe("call_refund");
    expect(desk.provider.creations).toEqual([]);
    await desk.advance(MINUTE);
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("does not read the payment where a person decides", async () => {
    desk = await openPlanned();
    desk.provider.fail("createRefund", lost());
    await desk.work();
    desk.provider.change("pi_679", { disputed: true });
    await desk.advance(MINUTE);
    expect((await desk.theRefund()).needsPerson).toBe(true);
    desk.provider.calls.length = 0;
    await desk.advance(6 * HOUR);
    expect(desk.provider.calls).toContain("listRefunds");
    expect(desk.provider.calls).not.toContain("retrievePayment");
  });
});

describe("a look at what has changed", () => {
  const ORDERS = ["679", "680", "681"];

  /** Every ticket is there, and none was matched yet. */
  async function opened(): Promise<void> {
    desk = await openDesk({
      payments: ORDERS.map((order) => aPayment({ id: `pi_${order}`, orderNumbers: [order] })),
    });
    await desk.work();
    desk.clock.advance(MINUTE);
    for (const order of ORDERS) await desk.receive(aForm({ order }));
    for (const _ of ORDERS) await desk.next("local");
    desk.clock.advance(1);
    desk.provider.calls.length = 0;
  }

  const looks = () => desk.provider.calls.filter((call) => call === "listPayments");

  it("serves every ticket that came before it began", async () => {
    await opened();
    // As long as the others need to come and wait for it.
    desk.provider.on.listPayments = async () => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
    };
    await desk.work();
    for (const number of [1, 2, 3]) {
      expect((await desk.ticket(number)).status).toBe("awaiting_approval");
    }
    expect(looks()).toHaveLength(1);
  });

  it("serves none that came later, whose customer may have paid in between", async () => {
    await opened();
    let isFirst = true;
    desk.provider.on.listPayments = async () => {
      if (!isFirst) return;
      isFirst = false;
      desk.clock.advance(1);
      await desk.receive(aForm({ order: "682" }));
      await desk.next("local");
      desk.clock.advance(1);
      const late = { id: "pi_682", orderNumbers: ["682"], createdAt: desk.clock.now() };
      desk.provider.put(aPayment(late));
    };
    await desk.work();
    expect(await desk.ticket(4)).toMatchObject({
      status: "awaiting_approval",
      paymentId: "pi_682",
    });
    expect(looks()).toHaveLength(2);
  });

  it("that fails is made anew by those who waited for it", async () => {
    await opened();
    desk.provider.fail("listPayments", away());
    await desk.work();
    expect((await desk.ticket(1)).status).toBe("received");
    await desk.advance(MINUTE);
    for (const number of [1, 2, 3]) {
      expect((await desk.ticket(number)).status).toBe("awaiting_approval");
    }
  });
});

// An answer of a provider that cannot be read, or says something new, at every step of a ticket: that
// ticket stops in front of staff with the answer, and the one next to it goes on to its end.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OutcomeUnknownError, UnreadableError } from "../../src/domain/errors.ts";
import type { MailName } from "../../src/domain/outgoing-mail.ts";
import { armReconciliation } from "../../src/jobs/reconcile-refunds.ts";
import { openDesk, PROVIDER, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, FakeClock, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, MemoryProvider, NEW_STATUS, TARO } from "../support/memory-provider.ts";
import { anAnswer } from "./recorded-mail.ts";

const HANAKO = "hanako@mail.example";
const ODD = aPayment();
const OTHER = aPayment({
  ...{ id: "pi_680", orderNumbers: ["680"], description: "見本商店 - 注文 680" },
  ...{ payerName: "山田 花子", payerEmail: HANAKO },
});
const RAW = "<html>\n<h1>Down for maintenance</h1>\n</html>";
const LINES = ["<html>", "<h1>Down for maintenance</h1>", "</html>"];

let desk: TestDesk;
afterEach(() => desk.close());

const unreadable = () =>
  new UnreadableError({ provider: "The other side", why: "It cannot be read" }, { raw: RAW });
const lost = () => aFailure(OutcomeUnknownError, "unreadable_answer", "It cannot be read", RAW);

/** One ticket each, R-1 of the odd payment. */
async function ask(): Promise<void> {
  await desk.ask();
  await desk.ask({ order: "680", name: "山田花子", email: HANAKO });
  desk.clock.advance(MINUTE);
}

/** What is due at the provider then has not run yet. */
async function approve(number: number): Promise<void> {
  const requests = desk.mails("approval_request", TANAKA);
  const request = requests.findLast(({ variables }) => variables["reference"] === `R-${number}`);
  if (request === undefined) throw new Error(`nobody was asked about R-${number}`);
  await desk.receive(anAnswer(request, "OK"));
  await desk.work([PROVIDER]);
}

const mailsOf = (number: number, name: MailName) =>
  desk.mails(name, TANAKA).filter(({ variables }) => variables["reference"] === `R-${number}`);
const shownOf = (number: number, name: MailName) =>
  mailsOf(number, name).map(({ variables }) => variables["rawAnswer"]);
const statusOf = async (number: number) => (await desk.ticket(number)).status;
const parked = () => desk.store.read((tx) => tx.jobs.listParked());

async function expectOtherRefunded(): Promise<void> {
  if ((await statusOf(2)) === "awaiting_approval") await approve(2);
  await desk.work();
  expect(await statusOf(2)).toBe("refunded");
  expect(mailsOf(2, "staff_task")).toEqual([]);
  expect(await parked()).toEqual([]);
  // Staff may see it; what keeps logs may not.
  expect(JSON.stringify(desk.logged)).not.toContain("maintenance");
}

beforeEach(async () => {
  desk = await openDesk({ payments: [ODD, OTHER] });
  await desk.work();
});

describe("before a decision", () => {
  const CASES: readonly (readonly [string, string, () => unknown])[] = [
    ["the payment itself", RAW, () => desk.provider.garbled.set("pi_679", RAW)],
    [
      "a refund of it",
      RAW,
      () => {
        desk.provider.refundByHand("pi_679", 100, "succeeded");
        desk.provider.garbled.set("re_1", RAW);
      },
    ],
    [
      "a status of tomorrow",
      NEW_STATUS,
      () => desk.provider.change("pi_679", { status: "unknown", raw: NEW_STATUS }),
    ],
  ];

  it.each(CASES)("%s is put before staff as it came", async (_, raw, happens) => {
    happens();
    await ask();
    expect(await statusOf(1)).toBe("unmatched");
    const lines = raw === RAW ? LINES : [raw];
    expect(shownOf(1, "candidates")).toEqual([["memory pi_679:", ...lines]]);
    expect(desk.mails("nothing_charged", TARO)).toEqual([]);
    expect(desk.mails("need_order_number", TARO)).toEqual([]);
    await expectOtherRefunded();
  });

  it("a payment that was never readable is found by what its list says of it", async () => {
    await desk.close();
    desk = await openDesk({ payments: [ODD, OTHER] });
    desk.provider.garbled.set("pi_679", RAW);
    await ask();
    expect(await statusOf(1)).toBe("unmatched");
    expect(shownOf(1, "candidates")).toEqual([["memory pi_679:", ...LINES]]);
    await expectOtherRefunded();
  });

  it("what is known of a payment stays in the index", async () => {
    desk.provider.garbled.set("pi_679", RAW);
    desk.provider.fail("listPayments", unreadable());
    await ask();
    const known = await desk.store.read((tx) => tx.payments.find("memory", "pi_679"));
    expect(known).toMatchObject({ status: "paid", capturedMinor: 2467 });
  });

  it("it can be decided once it is readable again", async () => {
    desk.provider.garbled.set("pi_679", RAW);
    await ask();
    desk.provider.garbled.clear();
    const [request] = mailsOf(1, "candidates");
    if (request === undefined) throw new Error("staff were not asked");
    await desk.receive(anAnswer(request, "1"));
    await desk.work();
    await approve(1);
    await desk.work();
    expect(await statusOf(1)).toBe("refunded");
  });

  it("a request shows what another system answered beside a payment that is clear", async () => {
    desk.provider.change("pi_679", { raw: RAW });
    await ask();
    expect(shownOf(1, "approval_request")).toEqual([["memory pi_679:", ...LINES]]);
    expect(shownOf(2, "approval_request")).toEqual([[]]);
  });

  it("a method that henkin does not know is named in the request", async () => {
    desk.provider.change("pi_679", { method: "teleport" });
    await ask();
    const warnings = (number: number) =>
      String(mailsOf(number, "approval_request")[0]?.variables["warnings"]);
    expect(warnings(1)).toContain('"teleport"');
    expect(warnings(2)).not.toContain("henkin does not know");
  });
});

describe("a list that cannot be read", () => {
  const untold = () =>
    desk
      .mails("staff_task", TANAKA)
      .filter(({ variables }) => variables["reference"] === "")
      .map(({ variables }) => variables["rawAnswer"]);

  it("is shown once a day, and asked for again until it can be", async () => {
    desk.provider.fail("listPayments", ...Array.from({ length: 12 }, unreadable));
    for (let quarter = 0; quarter < 8; quarter += 1) await desk.advance(15 * MINUTE);
    expect(untold()).toEqual([LINES]);
    await desk.advance(DAY);
    expect(untold().length).toBeLessThan(3);
    expect(await parked()).toEqual([]);
    desk.provider.calm();
    await desk.advance(15 * MINUTE);
    await ask();
    await expectOtherRefunded();
  });

  it("stops the ticket that needs it, which goes on by itself afterwards", async () => {
    desk.clock.advance(MINUTE);
    desk.provider.fail("listPayments", unreadable());
    await desk.ask();
    expect(await statusOf(1)).toBe("received");
    expect(shownOf(1, "staff_task")).toEqual([LINES]);
    expect(desk.mails("need_order_number", TARO)).toEqual([]);
    await desk.advance(15 * MINUTE);
    expect(await statusOf(1)).toBe("awaiting_approval");
  });

  it("of another provider stops no ticket whose payment is certain", async () => {
    await desk.close();
    const clock = new FakeClock();
    const other = new MemoryProvider(clock, "other");
    desk = await openDesk({ payments: [ODD, OTHER], clock, providers: [other] });
    const never = { page: null, complete: true, syncedAt: 0 };
    await desk.store.write((tx) => tx.payments.saveSync("other", never));
    await desk.work();
    desk.clock.advance(MINUTE);
    other.fail("listPayments", ...Array.from({ length: 9 }, unreadable));
    await desk.ask();
    await desk.ask({ order: "999", name: "誰か", email: "nobody@mail.example" });
    expect(await statusOf(1)).toBe("awaiting_approval");
    // Whether there is none at the other one, nobody knows.
    expect(await statusOf(2)).toBe("received");
    expect(shownOf(2, "staff_task")).toEqual([LINES]);
    expect(desk.mails("need_order_number")).toEqual([]);
  });

  it("of what changed is shown, and hides no payment", async () => {
    desk.provider.fail("changedPayments", unreadable());
    const createdAt = desk.clock.now();
    desk.provider.put(aPayment({ ...OTHER, id: "pi_681", orderNumbers: ["681"], createdAt }));
    await desk.advance(15 * MINUTE);
    expect(untold()).toEqual([LINES]);
    const known = await desk.store.read((tx) => tx.payments.find("memory", "pi_681"));
    expect(known).toBeDefined();
  });
});

describe("after the approval", () => {
  beforeEach(async () => {
    await ask();
    await approve(1);
  });

  const creationsOf = (paymentId: string) =>
    desk.provider.creations.filter((request) => request.paymentId === paymentId);

  it("the last look that cannot be read pays nothing, and waits before staff", async () => {
    desk.provider.garbled.set("pi_679", RAW);
    await desk.work();
    for (let hours = 0; hours < 4; hours += 1) await desk.advance(HOUR);
    expect(await statusOf(1)).toBe("approved");
    expect(creationsOf("pi_679")).toEqual([]);
    expect(shownOf(1, "staff_task")).toEqual([LINES]);
    // However often it was looked at.
    expect(await desk.noted("staff_told")).toHaveLength(1);
    await expectOtherRefunded();
    desk.provider.garbled.clear();
    await desk.advance(15 * MINUTE);
    expect(await statusOf(1)).toBe("refunded");
  });

  it("a status of tomorrow at the last look asks staff anew", async () => {
    desk.provider.change("pi_679", { status: "unknown", raw: NEW_STATUS });
    await desk.work();
    expect(await statusOf(1)).toBe("unmatched");
    expect(shownOf(1, "candidates")).toEqual([["memory pi_679:", NEW_STATUS]]);
    expect(creationsOf("pi_679")).toEqual([]);
    await expectOtherRefunded();
  });

  it.each([
    ["without its effect", "before"],
    ["after its effect", "after"],
  ])("an answer to the refund that cannot be read is no outcome (%s)", async (_, when) => {
    const { provider } = desk;
    const create = provider.createRefund.bind(provider);
    let isFirst = true;
    provider.createRefund = async (request, signal) => {
      if (!isFirst || request.paymentId !== "pi_679") return create(request, signal);
      isFirst = false;
      if (when === "after") await create(request, signal);
      else provider.creations.push(request);
      throw lost();
    };
    await desk.work();
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", providerRefundId: null });
    expect(shownOf(1, "staff_task")).toEqual([LINES]);
    expect(desk.mails("refunded", TARO)).toEqual([]);
    await expectOtherRefunded();
    await desk.advance(HOUR);
    expect(await statusOf(1)).toBe("refunded");
    const keys = new Set(creationsOf("pi_679").map(({ idempotencyKey }) => idempotencyKey));
    expect(keys.size).toBe(1);
    expect(provider.refunds.filter(({ paymentId }) => paymentId === "pi_679")).toHaveLength(1);
    expect(shownOf(1, "staff_task")).toHaveLength(1);
  });

  it("a look before the call that cannot be read calls nothing", async () => {
    expect(await desk.next(PROVIDER)).toBe("prepare_refund");
    desk.provider.garbled.set("pi_679", RAW);
    await desk.work();
    expect(creationsOf("pi_679")).toEqual([]);
    expect(shownOf(1, "staff_task")).toEqual([LINES]);
    await expectOtherRefunded();
    desk.provider.garbled.clear();
    await desk.advance(HOUR);
    expect(await statusOf(1)).toBe("refunded");
  });

  it("a refund of a status of tomorrow is neither paid nor failed", async () => {
    desk.provider.nextStatus = "unknown";
    await desk.work();
    desk.provider.nextStatus = null;
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", providerRefundId: "re_1" });
    expect(shownOf(1, "staff_task")).toEqual([[NEW_STATUS]]);
    expect(desk.mails("refunded", TARO)).toEqual([]);
    await expectOtherRefunded();
    desk.provider.settle("re_1", "succeeded");
    await desk.advance(DAY);
    expect(await statusOf(1)).toBe("refunded");
  });

  it("a follow-up that cannot be read is shown once, and goes on", async () => {
    await desk.work();
    desk.provider.garbled.set("re_1", RAW);
    for (let days = 0; days < 3; days += 1) await desk.advance(DAY);
    expect(await statusOf(1)).toBe("refunded");
    expect(shownOf(1, "staff_task")).toEqual([LINES]);
    await expectOtherRefunded();
    desk.provider.garbled.clear();
    desk.provider.settle("re_1", "failed", "declined");
    await desk.advance(DAY);
    expect(await statusOf(1)).toBe("refund_failed");
  });

  it("a listed refund that cannot be read keeps no other from being compared", async () => {
    await desk.work();
    await approve(2);
    await desk.work();
    await desk.store.write((tx) => armReconciliation(tx, desk.desk, "memory"));
    desk.provider.garbled.set("re_1", RAW);
    desk.provider.refundByHand("pi_680", 0, "succeeded");
    await desk.advance(DAY);
    const compared = await desk.store.read((tx) => tx.providerRefunds.listSince("memory", 0));
    expect(compared.map(({ id }) => id).sort()).toEqual(["re_2", "re_3"]);
    // By its own follow-up, and by the comparison.
    expect(shownOf(1, "staff_task")).toEqual([LINES, LINES]);
    const open = await desk.store.read((tx) => tx.mismatches.listOpen());
    expect(open.filter(({ kind }) => kind === "vanished")).toEqual([]);
    expect(await parked()).toEqual([]);
  });

  it("a follow-up with a status of tomorrow leaves all as it was", async () => {
    await desk.work();
    desk.provider.settle("re_1", "unknown");
    for (let days = 0; days < 2; days += 1) await desk.advance(DAY);
    expect(await statusOf(1)).toBe("refunded");
    expect(shownOf(1, "staff_task")).toEqual([[NEW_STATUS]]);
    await expectOtherRefunded();
  });
});

describe("a void", () => {
  beforeEach(async () => {
    desk.provider.change("pi_679", { status: "authorized", capturedMinor: 0, paidAt: null });
    await ask();
    await approve(1);
  });

  it("whose answer cannot be read is looked at again, and shown at once", async () => {
    desk.provider.fail("cancelPayment", lost());
    await desk.work();
    expect(shownOf(1, "staff_task")).toEqual([LINES]);
    expect(desk.mails("voided", TARO)).toEqual([]);
    await expectOtherRefunded();
    await desk.advance(HOUR);
    expect(await desk.ticket(1)).toMatchObject({ status: "closed", resolution: "voided" });
    expect(shownOf(1, "staff_task")).toHaveLength(1);
  });

  it("is not sent while the payment cannot be read", async () => {
    expect(await desk.next(PROVIDER)).toBe("prepare_refund");
    desk.provider.garbled.set("pi_679", RAW);
    await desk.work();
    expect(desk.provider.calls).not.toContain("cancelPayment");
    expect(shownOf(1, "staff_task")).toEqual([LINES]);
    await expectOtherRefunded();
    desk.provider.garbled.clear();
    await desk.advance(15 * MINUTE);
    expect(await desk.ticket(1)).toMatchObject({ status: "closed", resolution: "voided" });
  });

  it("whose payment then has a status of tomorrow asks staff anew", async () => {
    const cancel = desk.provider.cancelPayment.bind(desk.provider);
    desk.provider.cancelPayment = async (request, signal) => {
      await cancel(request, signal);
      return desk.provider.change("pi_679", { status: "unknown", raw: NEW_STATUS });
    };
    await desk.work();
    expect(await statusOf(1)).toBe("unmatched");
    expect(shownOf(1, "candidates")).toEqual([["memory pi_679:", NEW_STATUS]]);
    await expectOtherRefunded();
  });
});

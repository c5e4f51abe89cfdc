import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransientError } from "../../src/domain/errors.ts";
import { type DeskOptions, openDesk, PROVIDER, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";
import { aForm } from "./recorded-mail.ts";

let desk: TestDesk;
afterEach(() => desk.close());

const sync = () => desk.store.read((tx) => tx.payments.findSync("memory"));
const find = (id: string) => desk.store.read((tx) => tx.payments.find("memory", id));
const many = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    aPayment({ id: `pi_${at}`, orderNumbers: [String(1000 + at)], createdAt: 1_000_000 + at }),
  );

async function open(options: DeskOptions, pageSize = 100): Promise<void> {
  desk = await openDesk(options);
  desk.provider.pageSize = pageSize;
}

describe("the first reading", () => {
  it("takes the whole history, page by page", async () => {
    await open({ payments: many(25) }, 10);
    await desk.work();
    expect(await sync()).toEqual({ page: null, complete: true, syncedAt: desk.clock.now() });
    for (const id of ["pi_0", "pi_13", "pi_24"]) expect((await find(id))?.id).toBe(id);
    expect(desk.provider.calls).toEqual(["listPayments", "listPayments", "listPayments"]);
  });

  it("goes on after a restart where the last one ended", async () => {
    await open({ payments: many(25) }, 10);
    expect(await desk.next(PROVIDER)).toBe("sync_payments");
    expect(await sync()).toMatchObject({ page: "10", complete: false });
    desk.provider.calls.length = 0;
    await desk.restart();
    expect(desk.provider.calls).toHaveLength(2);
    expect((await find("pi_0"))?.id).toBe("pi_0");
  });

  it("counts as of its beginning, so that changes meanwhile are read again", async () => {
    await open({ payments: many(25) }, 10);
    const begun = desk.clock.now();
    await desk.next(PROVIDER);
    desk.clock.advance(HOUR);
    await desk.work();
    expect(await sync()).toMatchObject({ complete: true, syncedAt: begun });
  });

  it("concludes nothing before it is done: the ticket waits", async () => {
    await open({ payments: many(25) }, 10);
    desk.provider.fail("listPayments", ...Array.from({ length: 3 }, () => down()));
    await desk.ask({ order: "1000" });
    expect((await desk.ticket()).status).toBe("received");
    expect(desk.transport.accepted).toEqual([]);
    for (let left = 0; left < 4; left += 1) await desk.advance(MINUTE);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });
});

function down(): TransientError {
  return aFailure(TransientError, "unreachable", "No route.");
}

describe("later readings", () => {
  it.each([
    ["yesterday", DAY],
    ["three days ago", 3 * DAY - HOUR],
  ])("find what was written late into a payment of %s", async (_name, age) => {
    const clock = Date.parse("2026-11-09T10:00:00+09:00");
    await open({ payments: [aPayment({ createdAt: clock - age, orderNumbers: [] })] });
    await desk.work();
    desk.provider.change("pi_679", { orderNumbers: ["679"] });
    await desk.advance(15 * MINUTE);
    expect((await find("pi_679"))?.orderNumbers).toEqual(["679"]);
  });

  it("leave old payments alone, except those the provider names", async () => {
    await open({ payments: [aPayment({ createdAt: 1 }), aPayment({ id: "pi_2", createdAt: 2 })] });
    await desk.work();
    desk.provider.change("pi_679", { disputed: true });
    desk.provider.change("pi_2", { disputed: true });
    desk.provider.changed = ["pi_2", "pi_gone"];
    await desk.advance(15 * MINUTE);
    expect((await find("pi_679"))?.disputed).toBe(false);
    expect((await find("pi_2"))?.disputed).toBe(true);
  });

  it("read once what the provider goes on telling, until something more happens", async () => {
    await open({ payments: [aPayment({ createdAt: 1 })] });
    await desk.work();
    desk.provider.changed = ["pi_679"];
    const reads = () => desk.provider.calls.filter((call) => call === "retrievePayment").length;
    await desk.advance(15 * MINUTE);
    expect(reads()).toBe(1);
    await desk.advance(15 * MINUTE);
    expect(reads()).toBe(1);
    desk.provider.change("pi_679", { disputed: true });
    await desk.advance(15 * MINUTE);
    expect(reads()).toBe(2);
    expect((await find("pi_679"))?.disputed).toBe(true);
  });

  it("read again what a ticket's job has saved, whose copy may be the older one", async () => {
    await open({ payments: [aPayment({ createdAt: 1 })] });
    await desk.work();
    desk.provider.changed = ["pi_679"];
    await desk.advance(15 * MINUTE);
    await desk.ask();
    const reads = () => desk.provider.calls.filter((call) => call === "retrievePayment").length;
    const before = reads();
    await desk.advance(15 * MINUTE);
    expect(reads()).toBe(before + 1);
    await desk.advance(15 * MINUTE);
    expect(reads()).toBe(before + 1);
  });

  it("read again what could not be read when it was told", async () => {
    await open({ payments: [aPayment({ createdAt: 1 })] });
    await desk.work();
    desk.provider.change("pi_679", { disputed: true });
    desk.provider.changed = ["pi_679"];
    desk.provider.garbled.set("pi_679", "<html>");
    await desk.advance(15 * MINUTE);
    desk.provider.garbled.clear();
    await desk.advance(15 * MINUTE);
    expect((await find("pi_679"))?.disputed).toBe(true);
  });

  it("read again what was listed just before that happened which is told", async () => {
    const now = Date.parse("2026-11-09T10:00:00+09:00");
    await open({ payments: [aPayment({ createdAt: now - 3 * DAY + 10 * MINUTE })] });
    await desk.work();
    desk.provider.changed = ["pi_679"];
    desk.provider.on.changedPayments = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      desk.provider.change("pi_679", { disputed: true });
      desk.provider.on.changedPayments = async () => undefined;
    };
    await desk.advance(15 * MINUTE);
    expect((await find("pi_679"))?.disputed).toBe(false);
    await desk.advance(15 * MINUTE);
    expect((await find("pi_679"))?.disputed).toBe(true);
  });

  it.each(["authorized", "unpaid", "processing"] as const)(
    "read again what is %s for 60 days",
    async (status) => {
      const now = Date.parse("2026-11-09T10:00:00+09:00");
      const payment = aPayment({ status, capturedMinor: 0 });
      await open({
        payments: [
          { ...payment, createdAt: now - 59 * DAY },
          { ...payment, id: "pi_old", createdAt: now - 61 * DAY },
        ],
      });
      await desk.work();
      desk.provider.change("pi_679", { status: "paid", capturedMinor: 2467 });
      desk.provider.change("pi_old", { status: "paid", capturedMinor: 2467 });
      await desk.advance(15 * MINUTE);
      expect((await find("pi_679"))?.status).toBe("paid");
      expect((await find("pi_old"))?.status).toBe(status);
    },
  );

  it("let go of an authorisation that has become a payment of another id", async () => {
    const createdAt = Date.parse("2026-11-09T10:00:00+09:00") - 10 * DAY;
    await open({ payments: [aPayment({ status: "authorized", capturedMinor: 0, createdAt })] });
    await desk.work();
    desk.provider.remove("pi_679");
    desk.provider.put(aPayment({ id: "pay_1", createdAt }));
    desk.provider.successors.set("pi_679", "pay_1");
    await desk.advance(15 * MINUTE);
    expect(await find("pay_1")).toMatchObject({ status: "paid", orderNumbers: ["679"] });
    expect(await find("pi_679")).toMatchObject({
      status: "canceled",
      capturedMinor: 0,
      orderNumbers: [],
      payerEmail: null,
    });
    desk.provider.calls.length = 0;
    await desk.advance(15 * MINUTE);
    expect(desk.provider.calls).toEqual(["listPayments", "changedPayments"]);
  });

  it("come back by themselves, also after a failure", async () => {
    await open({});
    await desk.work();
    desk.provider.fail("listPayments", down(), down());
    const calls = () => desk.provider.calls.filter((call) => call === "listPayments").length;
    const before = calls();
    await desk.advance(15 * MINUTE);
    expect(calls()).toBe(before + 1);
    for (let left = 0; left < 3; left += 1) await desk.advance(MINUTE);
    expect(calls()).toBe(before + 3);
    await desk.advance(15 * MINUTE);
    expect(calls()).toBe(before + 4);
  });
});

describe("a look because somebody asks for a refund", () => {
  const listings = () => desk.provider.calls.filter((call) => call === "listPayments").length;

  beforeEach(async () => {
    const now = Date.parse("2026-11-09T10:00:00+09:00");
    const payments = many(45).map((payment) => ({ ...payment, createdAt: now - DAY }));
    await open(
      { payments: [...payments, aPayment({ createdAt: now - DAY, orderNumbers: [] })] },
      10,
    );
    await desk.work();
    await desk.advance(MINUTE);
    desk.provider.calls.length = 0;
  });

  it("takes what came since the last one, where the order is known", async () => {
    await desk.ask({ order: "1003" });
    expect(listings()).toBe(1);
  });

  it("takes what came since the last one, where the order was just paid", async () => {
    desk.provider.put(
      aPayment({ id: "pi_new", orderNumbers: ["700"], createdAt: desk.clock.now() }),
    );
    await desk.ask({ order: "700" });
    expect(listings()).toBe(1);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });

  it("goes through the last days where the order is not known, as its number may be written late", async () => {
    desk.provider.change("pi_679", { orderNumbers: ["679"] });
    await desk.ask({ order: "679" });
    expect(listings()).toBeGreaterThan(5);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });
});

describe("two looks because two ask at once", () => {
  it("keep what the longer one finds, also where the shorter one is saved first", async () => {
    const createdAt = Date.parse("2026-11-09T10:00:00+09:00") - DAY;
    const written = aPayment({ createdAt, orderNumbers: [], payerName: null, payerEmail: null });
    await open({ payments: [written, aPayment({ id: "pi_680", orderNumbers: ["680"] })] });
    await desk.work();
    await desk.advance(MINUTE);
    desk.provider.change("pi_679", { orderNumbers: ["679"], payerEmail: TARO });
    let listings = 0;
    desk.provider.on.listPayments = async () => {
      listings += 1;
      if (listings !== 2) return;
      desk.clock.advance(1);
      await desk.receive(aForm({ order: "680" }));
      await desk.next("local");
      expect(await desk.next("matching")).toBe("match_payment");
    };
    await desk.ask({ order: "679" });
    expect(listings).toBeGreaterThanOrEqual(3);
    expect((await desk.ticket(1)).status).toBe("awaiting_approval");
    expect((await desk.ticket(2)).status).toBe("awaiting_approval");
  });
});

describe("a ticket that waits for its payment", () => {
  it.each([
    ["appears, by order number", { order: "679", name: "山田花子", email: "hanako@mail.example" }],
    ["appears, by e-mail", { order: "700" }],
  ])("hears of it when it %s", async (_name, wish) => {
    await open({ payments: [] });
    await desk.ask(wish);
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.mails("candidates")).toEqual([]);
    desk.provider.put(aPayment({ createdAt: desk.clock.now() }));
    await desk.advance(15 * MINUTE);
    expect(desk.mails("candidates", TANAKA)).toHaveLength(1);
  });

  it("goes on by itself where two facts agree", async () => {
    await open({ payments: [] });
    await desk.ask();
    expect(desk.mails("need_order_number", TARO)).toHaveLength(1);
    desk.provider.put(aPayment({ createdAt: desk.clock.now() }));
    await desk.advance(15 * MINUTE);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.mails("need_order_number", TARO)).toHaveLength(1);
  });

  it("is not asked about again while the candidates stay the same", async () => {
    await open({ payments: [aPayment({ payerEmail: null, payerName: null })] });
    await desk.ask();
    expect(desk.mails("candidates", TANAKA)).toHaveLength(1);
    for (let left = 0; left < 5; left += 1) {
      desk.provider.change("pi_679", { description: `changed ${left}` });
      desk.provider.changed = ["pi_679"];
      await desk.advance(15 * MINUTE);
    }
    expect(desk.mails("candidates", TANAKA)).toHaveLength(1);
    expect((await desk.ticket()).round).toBe(1);
  });

  it("of an old payment is not moved by a change to it", async () => {
    await open({});
    await desk.ask();
    expect((await desk.ticket()).round).toBe(1);
    desk.provider.change("pi_679", { description: "changed" });
    desk.provider.changed = ["pi_679"];
    await desk.advance(15 * MINUTE);
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 1 });
  });
});

describe("two readings at once", () => {
  it("throw no result away, and both tickets go on", async () => {
    await open({ payments: [aPayment(), aPayment({ id: "pi_680", orderNumbers: ["680"] })] });
    await desk.work();
    await desk.advance(10 * MINUTE);
    let isFirst = true;
    desk.provider.on.listPayments = async () => {
      if (!isFirst) return;
      isFirst = false;
      // The second customer writes while the first reading is under way.
      await desk.receive(aForm({ order: "680" }));
      await desk.next("local");
      expect(await desk.next("matching")).toBe("match_payment");
    };
    await desk.ask();
    const lost = desk.logged.filter(({ fields }) => JSON.stringify(fields).includes("lease_lost"));
    expect(lost).toEqual([]);
    await desk.advance(MINUTE);
    expect((await desk.ticket(1)).status).toBe("awaiting_approval");
    expect((await desk.ticket(2)).status).toBe("awaiting_approval");
  });

  it("never make the index older than it was", async () => {
    await open({});
    await desk.work();
    await desk.advance(20 * MINUTE);
    const before = (await sync())?.syncedAt ?? 0;
    await desk.ask();
    expect((await sync())?.syncedAt).toBeGreaterThanOrEqual(before);
  });
});

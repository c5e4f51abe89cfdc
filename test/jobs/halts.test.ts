// What stops every provider write at once: the stop switch, a paused start, a wrong clock, a dry run.

import { afterEach, describe, expect, it } from "vitest";
import { STOP_SWITCH } from "../../src/ticket/desk.ts";
import { PAUSE_SWITCH } from "../../src/ticket/guard-rails.ts";
import { beginPaused } from "../../src/ticket/paused-start.ts";
import { type DeskOptions, MANAGER, openDesk, PROVIDER, type TestDesk } from "../support/desk.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

const AUTHORIZED = aPayment({ status: "authorized", capturedMinor: 0 });

/** Asked and answered; the job that looks once more has not run yet. */
async function approved(options: DeskOptions = {}): Promise<void> {
  desk = await openDesk(options);
  await desk.ask();
  desk.clock.advance(MINUTE);
  await desk.reply("OK");
}

/** The key is stored, the provider was called in vain, and what became of it is unknown. */
async function unknown(options: DeskOptions = {}): Promise<void> {
  await approved(options);
  const method = options.payments === undefined ? "createRefund" : "cancelPayment";
  desk.provider.fail(method, "before");
  await desk.work();
  expect((await desk.refunds())[0]?.state).toBe("unknown");
}

const writes = () =>
  desk.provider.calls.filter((call) => call === "createRefund" || call === "cancelPayment");

const set = (name: string, value: string) => desk.store.write((tx) => tx.switches.set(name, value));

const setOffset = async (ms: number) => {
  desk.provider.offsetMs = ms;
};

const told = () => desk.mails("staff_task", MANAGER).map(({ variables }) => variables["reason"]);

async function waits(): Promise<unknown[]> {
  const { id } = await desk.ticket();
  const events = await desk.store.read((tx) => tx.events.listByTicket(id));
  return events.filter(({ type }) => type === "refund_waits").map(({ data }) => data["reason"]);
}

interface Halt {
  readonly name: string;
  readonly reason: string;
  on(): Promise<void>;
  off(): Promise<void>;
}

const HALTS: readonly Halt[] = [
  {
    name: "the stop switch",
    reason: "stop_switch",
    on: () => set(STOP_SWITCH, "on"),
    off: () => set(STOP_SWITCH, "off"),
  },
  {
    name: "a paused start",
    reason: "paused_start",
    on: () => set(PAUSE_SWITCH, "older_database"),
    off: () => set(PAUSE_SWITCH, "off"),
  },
  {
    name: "a clock far behind",
    reason: "clock_wrong",
    on: () => setOffset(11 * MINUTE),
    off: () => setOffset(9 * MINUTE),
  },
  {
    name: "a clock far ahead",
    reason: "clock_wrong",
    on: () => setOffset(-11 * MINUTE),
    off: () => setOffset(0),
  },
];

describe.each(HALTS)("$name", ({ reason, on, off }) => {
  it.each([
    ["refund", {}],
    ["void", { payments: [AUTHORIZED] }],
  ])("keeps an approved %s waiting, and lets it go on by itself", async (_what, options) => {
    await approved(options);
    await on();
    await desk.work();
    for (let minutes = 0; minutes < 5; minutes += 1) await desk.advance(MINUTE);
    expect(writes()).toEqual([]);
    expect(await desk.refunds()).toEqual([]);
    expect((await desk.ticket()).status).toBe("approved");
    expect(await waits()).toEqual([reason]);
    await off();
    await desk.advance(MINUTE);
    expect(writes()).toHaveLength(1);
  });

  it.each([
    ["refund", {}],
    ["void", { payments: [AUTHORIZED] }],
  ])("keeps an unknown %s from being repeated", async (_what, options) => {
    await unknown(options);
    await on();
    await desk.advance(HOUR);
    await desk.advance(HOUR);
    expect(writes()).toHaveLength(1);
    await off();
    await desk.advance(HOUR);
    expect(writes()).toHaveLength(2);
    expect(["refunded", "closed"]).toContain((await desk.ticket()).status);
  });

  it("still learns that an unknown refund was made", async () => {
    await approved();
    desk.provider.fail("createRefund", "after");
    await desk.work();
    await on();
    await desk.advance(HOUR);
    expect(desk.provider.creations).toHaveLength(1);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("that comes between planning and calling is in time", async () => {
    await approved();
    // The last look before the call.
    let looks = 0;
    desk.provider.on.listRefunds = async () => {
      looks += 1;
      if (looks > 1) await on();
    };
    await desk.work();
    desk.provider.on.listRefunds = async () => undefined;
    expect(await desk.refunds()).toMatchObject([{ state: "planned" }]);
    expect(writes()).toEqual([]);
  });

  it("lasts over a restart", async () => {
    await approved();
    await on();
    await desk.restart();
    await desk.advance(HOUR);
    expect(writes()).toEqual([]);
  });

  it("keeps no mail, no question and no rejection waiting", async () => {
    desk = await openDesk();
    await on();
    await desk.ask();
    await desk.reply("NG");
    await desk.work();
    expect((await desk.ticket()).status).toBe("rejected");
    expect(desk.mails("rejected", TARO)).toHaveLength(1);
  });
});

describe("a wrong clock", () => {
  it("is told to the manager once a day, in words", async () => {
    await approved();
    desk.provider.offsetMs = 40 * MINUTE;
    await desk.work();
    for (let hours = 0; hours < 3; hours += 1) await desk.advance(HOUR);
    expect(told()).toEqual([expect.stringMatching(/memory \(40 minutes behind\).*by themselves/)]);
    await desk.advance(DAY);
    await desk.advance(MINUTE);
    expect(told()).toHaveLength(2);
  });

  it("that is only a little wrong keeps nothing waiting", async () => {
    await approved();
    desk.provider.offsetMs = 9 * MINUTE;
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
    expect(told()).toEqual([]);
  });
});

describe("a paused start", () => {
  const begin = (sign: string | null) =>
    desk.store.write((tx) => beginPaused(tx, desk.desk, desk.log, sign));

  it("is told to the manager once, and logged at every start until it is resumed", async () => {
    desk = await openDesk();
    await begin("older_database");
    desk.clock.advance(HOUR);
    await begin(null);
    desk.clock.advance(HOUR);
    await begin("file_missing");
    await desk.work();
    expect(told()).toEqual([expect.stringMatching(/older copy.*--i-am-the-only-one/)]);
    const warned = desk.logged.filter(({ level }) => level === "warn");
    expect(warned).toHaveLength(3);
    expect(warned[0]?.message).toMatch(/older copy.*--i-am-the-only-one/);
    await set(PAUSE_SWITCH, "off");
    await begin(null);
    expect(desk.logged.filter(({ level }) => level === "warn")).toHaveLength(3);
    await begin("file_missing");
    await desk.work();
    expect(told()).toHaveLength(2);
  });

  it("is none without a sign of a copy", async () => {
    await approved();
    await begin(null);
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
    expect(told()).toEqual([]);
  });
});

describe("what was approved in a dry run", () => {
  const end = { status: "closed", resolution: "dry_run" };

  it("ends as one, also where its cooling time ends after the dry run", async () => {
    await approved({ shop: { dryRun: true, coolingMs: HOUR } });
    await desk.work();
    expect((await desk.ticket()).status).toBe("approved");
    const wet = await openDesk({ on: desk });
    await wet.advance(2 * HOUR);
    expect(await desk.ticket()).toMatchObject(end);
    expect(writes()).toEqual([]);
  });

  it("ends as one, also where the provider was down until its end", async () => {
    await approved({ shop: { dryRun: true } });
    await desk.work([PROVIDER]);
    const wet = await openDesk({ on: desk });
    await wet.advance(2 * HOUR);
    expect(await desk.ticket()).toMatchObject(end);
    expect(writes()).toEqual([]);
  });

  it("ends as one, also while the stop switch is on", async () => {
    await approved({ shop: { dryRun: true } });
    await set(STOP_SWITCH, "on");
    await desk.work();
    await set(STOP_SWITCH, "off");
    const wet = await openDesk({ on: desk });
    await wet.advance(2 * HOUR);
    expect(await desk.ticket()).toMatchObject(end);
    expect(writes()).toEqual([]);
  });

  it("ends as one where it is a void", async () => {
    await approved({ shop: { dryRun: true }, payments: [AUTHORIZED] });
    await desk.work();
    const wet = await openDesk({ on: desk });
    await wet.advance(2 * HOUR);
    expect(await desk.ticket()).toMatchObject(end);
    expect(writes()).toEqual([]);
  });
});

describe("a dry run", () => {
  it("repeats nothing that was planned before it", async () => {
    await unknown();
    const dry = await openDesk({ on: desk, shop: { dryRun: true } });
    await dry.advance(2 * HOUR);
    expect(writes()).toHaveLength(1);
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMetrics } from "../../src/health/metrics.ts";
import { readReadiness } from "../../src/health/readiness.ts";
import {
  createSight,
  createSights,
  isAlive,
  isTurning,
  type Watched,
} from "../../src/health/sight.ts";
import { createPulse } from "../../src/pulse.ts";
import { censusTable } from "../../src/store/census.ts";
import { findHalt } from "../../src/ticket/guard-rails.ts";
import { openDesk, type TestDesk } from "../support/desk.ts";
import { explain } from "../support/explain.ts";
import { HOUR, MINUTE } from "../support/fake-clock.ts";

let desk: TestDesk;
let watched: Watched;
beforeEach(async () => {
  desk = await openDesk();
  const { store, clock } = desk;
  const lanes = ["inbox", "smtp", "provider:memory"];
  watched = { store, findHalt, lanes, pollMs: MINUTE, now: clock.now, pulse: createPulse(clock) };
});
afterEach(() => desk.close());

const alone = () => [{ shop: null, watched }];
const seen = async (shop: string | null = null) => ({
  ...{ shop, sight: await createSight(watched)(), pulse: watched.pulse },
});

describe("the pulse", () => {
  it("is enough where another worker reads the inbox", () => {
    let isReadHere = false;
    const shared = { ...watched, isReadHere: () => isReadHere };
    expect(isAlive(shared)).toBe(false);
    watched.pulse.beat("jobs");
    expect(isAlive(shared)).toBe(true);
    isReadHere = true;
    expect(isAlive(shared)).toBe(false);
  });

  it("is none before the first turn", () => {
    expect([isTurning(watched), isAlive(watched)]).toEqual([false, false]);
  });

  it("is life only where the inbox is read, too", () => {
    watched.pulse.beat("jobs");
    expect([isTurning(watched), isAlive(watched)]).toEqual([true, false]);
    watched.pulse.beat("inbox");
    expect(isAlive(watched)).toBe(true);
  });

  it("ends a minute after the loop's last turn", () => {
    watched.pulse.beat("jobs");
    desk.clock.advance(MINUTE);
    expect(isTurning(watched)).toBe(true);
    desk.clock.advance(1);
    expect(isTurning(watched)).toBe(false);
  });

  it("outlives two looks into the inbox that fail, and not all of them", () => {
    watched.pulse.beat("inbox");
    desk.clock.advance(5 * MINUTE);
    watched.pulse.beat("jobs");
    expect(isAlive(watched)).toBe(true);
    desk.clock.advance(1);
    expect(isAlive(watched)).toBe(false);
  });
});

describe("a look at the worker", () => {
  const render = async () => createMetrics().render([await seen()]);

  it("is shared by all who ask within five seconds", async () => {
    const see = createSight(watched);
    const first = await see();
    desk.clock.advance(4_999);
    expect(await see()).toBe(first);
    desk.clock.advance(1);
    expect(await see()).not.toBe(first);
  });

  it("reads what is open or counted, by its index", async () => {
    const plans = await explain(async (db) => {
      const census = censusTable(db, "shop");
      await census.countMessages();
      await census.countTickets();
      await census.findOldestOpenTicketAt();
      await census.countRefunds();
      await census.countJobs(0);
      await census.countParkedJobs();
      await census.listSyncs();
    });
    const steps = plans.flatMap((plan) => plan.steps);
    expect(plans).toHaveLength(5);
    expect(steps.filter((step) => /^SCAN/.test(step))).toEqual([]);
    const lookedUp = steps.filter((step) => /^SEARCH/.test(step));
    expect(lookedUp).toEqual([
      expect.stringMatching(/ tally .*\(shop_id=\? AND what=\?\)/),
      expect.stringMatching(/ INDEX ticket_status \(shop_id=\? AND status=\?\)/),
      expect.stringMatching(/ INDEX job_ticket /),
      expect.stringMatching(/ INDEX job_parked /),
      expect.stringMatching(/ payment_sync /),
    ]);
  });

  it("shows what waits, and for how long", async () => {
    await desk.ask();
    desk.clock.advance(2 * HOUR);
    const text = await render();
    expect(text).toContain('henkin_tickets{status="awaiting_approval"} 1');
    expect(text).toContain("henkin_oldest_waiting_seconds 7200");
    // The form alone says who asks.
    expect(text).not.toMatch(/taro|田中|679/);
  });

  it("shows the mails that cannot leave, and since when", async () => {
    await desk.ask({ order: "680" });
    await desk.work();
    await desk.receive({ from: "x@mail.example", text: "返金してください 679" });
    await desk.work(["smtp"]);
    const count = (await desk.store.read((tx) => tx.census.countJobs(desk.clock.now()))).filter(
      ({ lane }) => lane === "smtp",
    );
    desk.clock.advance(MINUTE);
    const text = await render();
    const waiting = count.reduce((sum, row) => sum + row.count, 0);
    expect(waiting).toBeGreaterThan(0);
    expect(text).toContain(`henkin_outbox_mails ${waiting}`);
    expect(text).toContain("henkin_outbox_oldest_seconds 60");
    expect(text).toContain(`henkin_jobs_due{kind="send_mail"} ${waiting}`);
  });

  it("forgets the figure of what is gone", async () => {
    const metrics = createMetrics();
    const lane = { name: "smtp", code: "smtp_auth_failed", message: "m", retryAt: 0, failures: 1 };
    await desk.store.write((tx) => tx.lanes.save({ ...lane, state: "paused", since: 1 }));
    const paused = await metrics.render([await seen()]);
    expect(paused).toContain('henkin_lane{lane="smtp",state="paused"} 1');
    await desk.store.write((tx) => tx.lanes.save({ ...lane, state: "ok", since: 1 }));
    const again = await metrics.render([await seen()]);
    expect(again).toContain('henkin_lane{lane="smtp",state="paused"} 0');
  });

  it("is ready only where every lane works, and says which does not", async () => {
    for (const loop of ["jobs", "inbox"] as const) watched.pulse.beat(loop);
    const see = createSight(watched);
    expect(await readReadiness(alone, see)).toMatchObject({ ready: true });
    const lane = { name: "provider:memory", message: "taro@mail.example", retryAt: 0, failures: 1 };
    await desk.store.write((tx) =>
      tx.lanes.save({ ...lane, state: "paused", code: "access_denied", since: 0 }),
    );
    desk.clock.advance(5_000);
    const now = await readReadiness(alone, see);
    expect(now).toMatchObject({
      ready: false,
      checks: {
        smtp: { ok: true },
        "provider:memory": {
          ok: false,
          state: "paused",
          code: "access_denied",
          since: "1970-01-01T00:00:00.000Z",
        },
      },
    });
    // A server's own words may name people.
    expect(JSON.stringify(now)).not.toContain("taro");
  });

  it("that fails says that the database does", async () => {
    const see = () => Promise.reject(new Error("gone"));
    expect(await readReadiness(alone, see)).toMatchObject({
      ready: false,
      checks: { database: { ok: false, code: "unexpected" } },
    });
  });
});

describe("a look at many shops", () => {
  it("names the shop of every figure, and of a single shop none", async () => {
    await desk.ask();
    const many = await createMetrics().render([await seen("bakery"), await seen("cellar")]);
    const own = many.split("\n").filter((line) => line.startsWith("henkin_"));
    expect(own.length).toBeGreaterThan(20);
    expect(own.filter((line) => !/shop="(?:bakery|cellar)"/.test(line))).toEqual([]);
    expect(many).toContain('henkin_tickets{shop="bakery",status="awaiting_approval"} 1');
    expect(many).toContain('henkin_mails_unread{shop="cellar"} 0');
    expect(await createMetrics().render([await seen()])).not.toContain("shop=");
  });

  it("is ready only where each of them is, and says which is not", async () => {
    for (const loop of ["jobs", "inbox"] as const) watched.pulse.beat(loop);
    const see = createSights();
    const both = () => [{ shop: "bakery", watched }, ...broken];
    let broken: { shop: string; watched: { fault: string } }[] = [];
    expect(await readReadiness(both, see)).toMatchObject({
      ready: true,
      checks: { "bakery/smtp": { ok: true } },
    });
    broken = [{ shop: "cellar", watched: { fault: "bad_configuration" } }];
    expect(await readReadiness(both, see)).toMatchObject({
      ready: false,
      checks: { "cellar/settings": { ok: false, code: "bad_configuration" } },
    });
  });
});

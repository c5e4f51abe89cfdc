import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ERRORS } from "../../src/domain/error-table.ts";
import { AccessError, TransientError } from "../../src/domain/errors.ts";
import { keepLanes, type LaneKeeper } from "../../src/jobs/lanes.ts";
import type { Store } from "../../src/store-port.ts";
import { openDesk, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { HOUR, MINUTE } from "../support/fake-clock.ts";

let desk: TestDesk;
let lanes: LaneKeeper;
beforeEach(async () => {
  desk = await openDesk();
  lanes = await keep();
});
afterEach(() => desk.close());

const keep = () =>
  keepLanes({ store: desk.store, clock: desk.clock, log: desk.log, random: () => 1 });
const stored = () => desk.store.read((tx) => tx.lanes.find("smtp"));
const down = (code = "unreachable") => aFailure(TransientError, code, "No route.");
const isWaiting = (at = desk.clock.now()) => lanes.waiting(at).has("smtp");
const told = (level: string) => desk.logged.filter((line) => line.level === level).length;

describe("a lane", () => {
  it("works until it fails", () => {
    expect(isWaiting()).toBe(false);
  });

  it("that fails waits, longer each time, and at most five minutes", async () => {
    const waits: number[] = [];
    for (let left = 0; left < 12; left += 1) {
      const retryAt = await lanes.failed("smtp", down());
      waits.push(retryAt - desk.clock.now());
      expect([isWaiting(retryAt - 1), isWaiting(retryAt)]).toEqual([true, false]);
      desk.clock.set(retryAt);
    }
    expect(waits.slice(0, 3)).toEqual([2_000, 4_000, 8_000]);
    expect(waits.at(-1)).toBe(5 * MINUTE);
    expect(await stored()).toMatchObject({ state: "failing", failures: 12 });
  });

  it("waits, and works again, also where another process holds the database for a moment", async () => {
    let isBusy = true;
    const shy: Store = {
      ...desk.store,
      write: (work) =>
        isBusy
          ? Promise.reject(aFailure(TransientError, "database_busy", "Busy."))
          : desk.store.write(work),
    };
    const kept = { clock: desk.clock, log: desk.log, random: () => 1 };
    lanes = await keepLanes({ ...kept, store: shy });
    const retryAt = await lanes.failed("smtp", down());
    expect(isWaiting(retryAt - 1)).toBe(true);
    await lanes.ok("smtp");
    expect(isWaiting(retryAt - 1)).toBe(true);
    isBusy = false;
    await lanes.ok("smtp");
    expect(isWaiting(retryAt - 1)).toBe(false);
    expect(await stored()).toMatchObject({ state: "ok" });
  });

  it("is paused where a person must change something", async () => {
    await lanes.failed("smtp", aFailure(AccessError, "smtp_auth", "The password is wrong."));
    expect(await stored()).toMatchObject({
      state: "paused",
      code: "smtp_auth",
      message: "The other side refuses: The password is wrong.",
    });
    expect(desk.logged.at(-1)).toMatchObject({
      fields: { code: "smtp_auth", mend: ERRORS.provider_refused.mend },
    });
  });

  it("is told about once, whatever the reason of the moment, which doctor shows", async () => {
    for (let left = 0; left < 5; left += 1) await lanes.failed("smtp", down());
    expect(told("warn")).toBe(1);
    await lanes.failed("smtp", down("smtp_421"));
    expect(told("warn")).toBe(1);
    expect(await stored()).toMatchObject({ code: "smtp_421" });
    await lanes.ok("smtp");
    await lanes.ok("smtp");
    expect(told("info")).toBe(1);
    await lanes.failed("smtp", down());
    expect(told("warn")).toBe(2);
  });

  it("remembers since when it does not work", async () => {
    const since = desk.clock.now();
    await lanes.failed("smtp", down());
    desk.clock.advance(HOUR);
    await lanes.failed("smtp", down());
    expect(await stored()).toMatchObject({ since, failures: 2 });
  });

  it("counts what fails in one moment as one failure", async () => {
    for (let left = 0; left < 12; left += 1) await lanes.failed("smtp", down());
    expect(await stored()).toMatchObject({ failures: 1 });
  });

  it("that works again starts afresh", async () => {
    for (let left = 0; left < 8; left += 1) await lanes.failed("smtp", down());
    await lanes.ok("smtp");
    expect(isWaiting()).toBe(false);
    expect(await stored()).toMatchObject({ state: "ok", code: null, failures: 0 });
    expect((await lanes.failed("smtp", down())) - desk.clock.now()).toBe(2_000);
  });

  it("is tried at once after a restart, which is often the mend", async () => {
    for (let left = 0; left < 8; left += 1) await lanes.failed("smtp", down());
    expect(isWaiting()).toBe(true);
    lanes = await keep();
    expect(isWaiting()).toBe(false);
    await lanes.ok("smtp");
    expect(await stored()).toMatchObject({ state: "ok" });
  });

  it("holds up no other", async () => {
    await lanes.failed("smtp", down());
    expect([...lanes.waiting(desk.clock.now())]).toEqual(["smtp"]);
  });
});

import { beforeEach, describe, expect, it } from "vitest";
import { type Loops, STUCK_MS, watchLoops } from "../../src/dispatch/loops.ts";
import { StorageError, TransientError } from "../../src/domain/errors.ts";
import { createPulse } from "../../src/pulse.ts";
import { FakeClock } from "../support/fake-clock.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("a loop of a worker", () => {
  let clock: FakeClock;
  let told: string[];
  let closing: AbortController;
  let loops: Loops;
  beforeEach(() => {
    clock = new FakeClock();
    told = [];
    closing = new AbortController();
    const tell = (level: string) => (fields: object) =>
      void told.push(`${level} ${JSON.stringify(fields)}`);
    const log = { debug: tell("debug"), warn: tell("warn") };
    loops = watchLoops({ clock, log, monotonic: clock.now }, closing.signal);
  });

  const turn = async (ms = 1_000) => {
    clock.advance(ms);
    await settle();
  };

  it("warns once of what goes on failing, and again when it has worked in between", async () => {
    const results = ["x", "x", "database", "x", null, "x", null];
    const looping = loops.every(1_000, "looking", async () => {
      const failed = results.shift();
      if (failed === "database") throw new TransientError("database_away", { path: "p", why: "w" });
      if (failed === "x") throw new Error("x");
    });
    await settle();
    while (results.length > 0) await turn();
    expect(told.map((line) => line.split(" ")[0])).toEqual([
      ...["warn", "debug", "debug", "debug"],
      "warn",
    ]);
    closing.abort();
    await looping;
  });

  it("ends where nothing can be recorded any more", async () => {
    const full = new StorageError("fatal", { why: "the disk" });
    const looping = loops.every(1_000, "looking", () => Promise.reject(full));
    await settle();
    await turn();
    await looping;
    expect(loops.failure()).toBe(full);
  });

  it("stops the pulse where it is stuck, and not where every look fails", async () => {
    const pulse = createPulse(clock);
    const hang = () => new Promise<never>(() => {});
    let work: () => Promise<never> = () => Promise.reject(new Error("away"));
    void loops.every(1_000, "looking", () => work());
    await settle();
    for (let at = 0; at < 2 * STUCK_MS; at += 1_000) await turn();
    loops.beatFor(pulse);
    expect(pulse.lastBeat("jobs")).toBe(clock.now());
    work = hang;
    await turn();
    const last = clock.now();
    await turn(STUCK_MS);
    loops.beatFor(pulse);
    expect(pulse.lastBeat("jobs")).toBeLessThanOrEqual(last);
  });
});

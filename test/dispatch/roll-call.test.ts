import { beforeEach, describe, expect, it } from "vitest";
import { callRoll, TRUCE_MS } from "../../src/dispatch/roll-call.ts";
import type { ShopLanes } from "../../src/dispatch/shop-lanes.ts";
import { BEAT_MS, LIVE_MS, type WorkerRun } from "../../src/fleet-port.ts";
import type { Log } from "../../src/ports.ts";
import { FakeClock, HOUR } from "../support/fake-clock.ts";

const nothing = () => undefined;
const log: Log = { info: nothing, warn: nothing, error: nothing, debug: nothing };
const RUN: WorkerRun = { run: "one", name: "one", version: "1" };

describe("the roll of workers", () => {
  let clock: FakeClock;
  let monotonicMs: number;
  let theirs: number;
  let isAway: boolean;
  let seen: Map<string, number>;
  let released: string[];
  let buried: number;
  let standStill: () => void;
  let roll: ReturnType<typeof callRoll>;

  /** For everybody. */
  const pass = (ms: number) => {
    clock.advance(ms);
    monotonicMs += ms;
    theirs += ms;
  };
  const live = () => [...seen].filter(([, at]) => theirs - at <= LIVE_MS).map(([run]) => run);

  beforeEach(async () => {
    clock = new FakeClock();
    monotonicMs = 1_000;
    theirs = 5_000_000;
    isAway = false;
    seen = new Map([["two", theirs]]);
    released = [];
    buried = 0;
    standStill = nothing;
    const release = async () => void released.push(...(live().includes("two") ? [] : ["two"]));
    const shop: ShopLanes = {
      ...{ release, takeTurn: async () => undefined, canUse: () => true },
      ask: async () => undefined,
    };
    roll = callRoll({
      ...{ run: RUN, clock, log, monotonic: () => monotonicMs, random: () => 0 },
      clockWatch: { compare: nothing, isFarOff: () => false },
      shops: new Map([["shop", shop]]),
      atHand: new Set<string>(),
      workers: {
        takeOverFrom: async () => undefined,
        async beat({ run }) {
          if (isAway) throw new Error("away");
          seen.set(run, theirs);
          return theirs;
        },
        leave: async () => undefined,
        listLive: async () =>
          live().map((run) => ({ ...RUN, run, startedAt: 0, seenAt: seen.get(run) ?? 0 })),
      },
      turns: {
        bury: async () => {
          buried += 1;
        },
        listOrphaned: async () => {
          standStill();
          return live().includes("two") ? [] : ["shop"];
        },
        listOverdue: async () => [],
        listUnasked: async () => [],
      },
      queue: {
        listTaken: async () => [],
        listAlive: async () => new Set<string>(),
        giveUp: async () => undefined,
        forget: async () => 0,
      },
    });
    await workFor(TRUCE_MS);
  });

  async function workFor(ms: number, alsoTwo = true) {
    for (let at = 0; at <= ms; at += BEAT_MS) {
      if (alsoTwo) seen.set("two", theirs);
      await roll.beat();
      pass(BEAT_MS);
    }
  }

  it("takes over what a silent worker held", async () => {
    await workFor(LIVE_MS, false);
    await roll.reap();
    expect(released).toEqual(["two"]);
  });

  it("buries nobody before it has beaten itself, though the server is back", async () => {
    pass(LIVE_MS + 5_000);
    await roll.reap();
    expect([released, buried]).toEqual([[], 0]);
  });

  it("takes over nothing where it is stopped between two steps, and so were the others", async () => {
    standStill = () => pass(LIVE_MS + 5_000);
    await roll.reap();
    expect([released, buried]).toEqual([[], 1]);
  });

  it("gives the others time to be heard after it has beaten again", async () => {
    pass(LIVE_MS + 5_000);
    await roll.beat();
    await roll.reap();
    pass(TRUCE_MS / 2);
    await roll.beat();
    await roll.reap();
    expect(released).toEqual([]);
    await workFor(TRUCE_MS, false);
    await roll.reap();
    expect(released).toEqual(["two"]);
  });

  it("gives them that time where only the server's clock tells of the gap", async () => {
    theirs += LIVE_MS + 5_000;
    await roll.reap();
    await roll.beat();
    await roll.reap();
    expect(released).toEqual([]);
  });

  it("goes on taking over where this machine's clock is set back by an hour", async () => {
    clock.advance(-HOUR);
    await workFor(LIVE_MS, false);
    await roll.reap();
    expect(released).toEqual(["two"]);
  });

  it("takes over nothing while no beat is answered", async () => {
    seen.delete("two");
    isAway = true;
    pass(3 * BEAT_MS);
    await roll.beat().catch(nothing);
    await roll.reap();
    expect([released, buried]).toEqual([[], 0]);
  });
});

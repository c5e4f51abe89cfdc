// What befalls a town is drawn from a seed, and no worker has two troubles at a time.

import { describe, expect, it } from "vitest";
import { FULL } from "./chaos.ts";
import { drawFaults } from "./faults.ts";

const SEEDS = Array.from({ length: 50 }, (_none, seed) => seed);
const draw = (seed: number) => drawFaults(FULL.ordeal, 4, FULL.feedMs, seed);

const COUNTS = { kill: 8, pause: 4, cut: 1, term: 1, database: 2 };

describe("the troubles of a town", () => {
  it("are the same for the same seed, and others for another", () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("are as many of each kind as told, and within the time", () => {
    for (const seed of SEEDS) {
      const kinds = draw(seed).map(({ kind }) => kind);
      const counts = [...new Set(kinds)].map((kind) => [
        kind,
        kinds.filter((other) => other === kind).length,
      ]);
      expect(Object.fromEntries(counts)).toEqual(COUNTS);
      for (const { at, lastMs } of draw(seed)) expect(at + lastMs).toBeLessThanOrEqual(FULL.feedMs);
    }
  });

  it("come to a worker one after the other", () => {
    for (const seed of SEEDS) {
      const faults = draw(seed).flatMap((fault) => (fault.kind === "database" ? [] : [fault]));
      for (const [at, fault] of faults.entries()) {
        const next = faults.slice(at + 1).find(({ worker }) => worker === fault.worker);
        if (next !== undefined) expect(next.at).toBeGreaterThan(fault.at + fault.lastMs);
      }
    }
  });
});

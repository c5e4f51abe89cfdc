import { beforeEach, describe, expect, it } from "vitest";
import { type ClockWatch, watchClock } from "../../src/dispatch/clock-watch.ts";

describe("a clock beside the database's", () => {
  let told: string[];
  let watch: ClockWatch;
  beforeEach(() => {
    told = [];
    const tell = (level: string) => (fields: object) =>
      void told.push(`${level} ${JSON.stringify(fields)}`);
    watch = watchClock({ info: tell("info"), warn: tell("warn"), error: tell("error") });
  });

  const NOW = 1_800_000_000_000;
  const beside = (ms: number, withinMs = 4) => watch.compare(NOW + ms, NOW, withinMs);

  it("is told of once when it is more than two seconds off, and when that is over", () => {
    for (const by of [1_900, -1_900, 3_000, 4_000, 1_500, -3_000, 10]) beside(by);
    expect(told).toEqual(['warn {"seconds":3}', "info {}"]);
    expect(watch.isFarOff()).toBe(false);
  });

  it("decides nothing any more when it is more than a minute off, either way", () => {
    for (const by of [61_000, -70_000]) {
      beside(by);
      beside(by);
      expect(watch.isFarOff()).toBe(true);
      beside(0);
      expect(watch.isFarOff()).toBe(false);
    }
    expect(told).toEqual(['error {"seconds":61}', "info {}", 'error {"seconds":70}', "info {}"]);
  });

  it("is not blamed for an answer that was long under way", () => {
    beside(-4_000, 5_000);
    expect(told).toEqual([]);
    beside(-4_000);
    beside(-4_000, 5_000);
    expect(told).toEqual(['warn {"seconds":4}']);
  });
});

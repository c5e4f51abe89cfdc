import { beforeEach, describe, expect, it } from "vitest";
import { createSharedBeat, type SharedBeat } from "../../src/dispatch/shared-beat.ts";
import { FakeClock } from "../support/fake-clock.ts";

const BEAT = 500;

let clock: FakeClock;
let beat: SharedBeat;
let seen: string[];

beforeEach(() => {
  clock = new FakeClock();
  beat = createSharedBeat(clock);
  seen = [];
});

async function passes(): Promise<void> {
  clock.advance(BEAT);
  await Promise.resolve();
  await Promise.resolve();
}

/** Looks until it is told that it is over. */
function looking(name: string, stop: AbortSignal, isOver = () => false) {
  const state = { hasEnded: false };
  const look = () => {
    seen.push(name);
    return isOver() ? "is over" : "goes on";
  };
  void beat.during(look, stop).then(() => {
    state.hasEnded = true;
  });
  return state;
}

describe("one beat for all shops", () => {
  it("looks at each at once, and at all of them by one clock", async () => {
    const stop = new AbortController();
    looking("a", stop.signal);
    looking("b", stop.signal);
    expect(seen).toEqual(["a", "b"]);
    const running = beat.run(stop.signal);
    await passes();
    expect(seen).toEqual(["a", "b", "a", "b", "a", "b"]);
    stop.abort();
    await running;
  });

  it("leaves out whoever is stopped, or is over", async () => {
    const [all, one] = [new AbortController(), new AbortController()];
    let isOver = false;
    const stopped = looking("stopped", one.signal);
    const over = looking("over", all.signal, () => isOver);
    const other = looking("other", all.signal);
    one.abort();
    isOver = true;
    const running = beat.run(all.signal);
    await passes();
    expect([stopped, over, other].map(({ hasEnded }) => hasEnded)).toEqual([true, true, false]);
    seen = [];
    await passes();
    expect(seen).toEqual(["other"]);
    all.abort();
    await running;
    expect(other.hasEnded).toBe(true);
  });

  it("looks at nobody who is stopped already", async () => {
    await beat.during(() => "goes on", AbortSignal.abort());
    expect(looking("late", AbortSignal.abort())).toEqual({ hasEnded: false });
    expect(seen).toEqual([]);
  });
});

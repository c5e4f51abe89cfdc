import { beforeEach, describe, expect, it } from "vitest";
import { createLifeLock, type LifeLock, type LockClient } from "../../src/dispatch/life-lock.ts";

describe("the lock by which a worker is seen to live", () => {
  let answers: (boolean | Error)[];
  let asked: number;
  let connected: number;
  let released: number;
  let monotonicMs: number;
  let breakOff: () => void;
  let lock: LifeLock;
  beforeEach(() => {
    [answers, asked, connected, released, monotonicMs] = [[], 0, 0, 0, 0];
    const connect = async (): Promise<LockClient> => {
      connected += 1;
      return {
        async query() {
          asked += 1;
          const taken = answers.shift() ?? true;
          if (taken instanceof Error) throw taken;
          return { rows: [{ taken }] };
        },
        on: (_, listener) => {
          breakOff = listener;
        },
        release: () => {
          released += 1;
        },
      };
    };
    lock = createLifeLock(connect, "one", () => monotonicMs);
  });

  it("is asked for again as long as an old connection of its own still has it", async () => {
    answers = [false, false, true];
    for (let at = 0; at < 5; at += 1) await lock.renew();
    expect([asked, connected]).toEqual([3, 1]);
  });

  it("is taken over another connection when its own breaks", async () => {
    await lock.renew();
    breakOff();
    await lock.renew();
    await lock.renew();
    expect([asked, connected, released]).toEqual([2, 2, 1]);
  });

  it("is looked after now and then, for a connection may be cut without a word", async () => {
    await lock.renew();
    monotonicMs += 10_000;
    answers = [new Error("never answered")];
    await expect(lock.renew()).rejects.toThrow("never answered");
    await lock.renew();
    expect([asked, connected, released]).toEqual([3, 2, 1]);
    lock.end();
    expect(released).toBe(2);
  });
});

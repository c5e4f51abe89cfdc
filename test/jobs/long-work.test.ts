import { expect, it } from "vitest";
import { longWork } from "../../src/jobs/long-work.ts";
import type { Log } from "../../src/ports.ts";

function watched(total: number | null) {
  const logged: object[] = [];
  let now = 1_000;
  const quiet = () => {};
  const info = (fields: object, message: string) => void logged.push({ message, ...fields });
  const log: Log = { info, warn: quiet, error: quiet, debug: quiet };
  const advance = longWork({ log, clock: { now: () => now } }, "read", total, {
    provider: "stripe",
  });
  return {
    logged,
    work(count: number, ms: number) {
      now += ms;
      advance(count);
    },
  };
}

it("tells how far it is every ten seconds", () => {
  const { logged, work } = watched(400);
  for (let done = 0; done < 400; done += 50) work(50, 4_000);
  expect(logged).toEqual([
    { message: "read", provider: "stripe", done: 150, total: 400 },
    { message: "read", provider: "stripe", done: 300, total: 400 },
  ]);
});

it("says nothing of what is over sooner, and no total that nobody knows", () => {
  const { logged, work } = watched(null);
  work(50, 9_000);
  expect(logged).toEqual([]);
  work(50, 1_000);
  expect(logged).toEqual([{ message: "read", provider: "stripe", done: 100 }]);
});

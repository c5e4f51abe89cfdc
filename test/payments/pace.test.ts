import { expect, it } from "vitest";
import { Pace } from "../../src/payments/pace.ts";
import { FakeClock } from "../support/fake-clock.ts";

it("begins no work of a caller who gave up while waiting", async () => {
  const clock = new FakeClock();
  const pace = new Pace(clock, 1_000);
  await pace.run(new AbortController().signal, async () => {});
  const stop = new AbortController();
  let isBegun = false;
  const waiting = pace.run(stop.signal, async () => {
    isBegun = true;
  });
  stop.abort();
  await expect(waiting).rejects.toThrow("aborted");
  expect(isBegun).toBe(false);
});

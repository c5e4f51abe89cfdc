import { expect, it } from "vitest";
import { keepAtWork } from "../../src/dispatch/at-work.ts";
import { workLanes } from "../../src/dispatch/shop-lanes.ts";
import { keepLanes } from "../../src/jobs/lanes.ts";
import type { Log } from "../../src/ports.ts";
import { createPulse } from "../../src/pulse.ts";
import { openStore } from "../../src/store/store.ts";
import { aNewJob } from "../store/store-bench.ts";
import { FakeClock } from "../support/fake-clock.ts";

const nothing = () => undefined;
const log: Log = { info: nothing, warn: nothing, error: nothing, debug: nothing };

it("a worker that is to leave all jobs to others ends its turns without one", async () => {
  const clock = new FakeClock();
  const store = await openStore({ path: ":memory:", shopId: "shop", now: clock.now });
  await store.write((tx) => tx.jobs.add(aNewJob({ id: "a", ticketId: null, dueAt: clock.now() })));
  const ran: string[] = [];
  let isLeft = true;
  const deps = {
    ...{ store, clock, pulse: createPulse(clock), limits: { smtp: 1 } },
    lanes: await keepLanes({ store, clock, log, random: () => 0.5 }),
    mayClaim: () => !isLeft,
    run: async (jobs: readonly { id: string }[]) => void ran.push(...jobs.map(({ id }) => id)),
  };
  const atWork = keepAtWork(deps, nothing);
  const stop = new AbortController();
  const lanes = workLanes(deps, atWork, stop.signal, stop.signal);
  expect(lanes.canUse("smtp")).toBe(false);
  await lanes.takeTurn("smtp", 1);
  expect(ran).toEqual([]);
  isLeft = false;
  expect(lanes.canUse("smtp")).toBe(true);
  await lanes.takeTurn("smtp", 2);
  expect(ran).toEqual(["a"]);
  await store.close();
});

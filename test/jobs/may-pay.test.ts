import { afterEach, beforeEach, expect, it } from "vitest";
import { createMayPay } from "../../src/jobs/may-pay.ts";
import type { Job } from "../../src/store-port.ts";
import { STOP_SWITCH } from "../../src/ticket/desk.ts";
import { openDesk, type TestDesk } from "../support/desk.ts";
import { MINUTE } from "../support/fake-clock.ts";

let desk: TestDesk;
let job: Job;
beforeEach(async () => {
  desk = await openDesk();
  await desk.store.write((tx) =>
    tx.jobs.add({
      ...{ id: "call_refund/1", kind: "call_refund", lane: "smtp", ticketId: null },
      ...{ payload: {}, dueAt: desk.clock.now() },
    }),
  );
  const claimed = await desk.claim("smtp");
  if (claimed?.kind !== "call_refund") throw new Error("it was not claimed");
  job = claimed;
});
afterEach(() => desk.close());

it("a refund may be called while nothing speaks against it", async () => {
  expect(await createMayPay({ desk: desk.desk, store: desk.store })(job)).toBe(true);
});

it("not while the stop switch is on, in a dry run, or where the shop has changed", async () => {
  const { store } = desk;
  const dry = { ...desk.desk, shop: { ...desk.desk.shop, dryRun: true } };
  expect(await createMayPay({ desk: dry, store })(job)).toBe(false);
  const isCurrent = async () => false;
  expect(await createMayPay({ desk: desk.desk, store, isCurrent })(job)).toBe(false);
  await store.write((tx) => tx.switches.set(STOP_SWITCH, "on"));
  expect(await createMayPay({ desk: desk.desk, store })(job)).toBe(false);
});

it("not by a worker whose job another one has by now", async () => {
  await desk.store.write((tx) => tx.jobs.releaseAll());
  const asked = createMayPay({ desk: desk.desk, store: desk.store })(job);
  await expect(asked).rejects.toMatchObject({ code: "lease_lost" });
});

it("not on an answer that was a minute on its way, as for a process that was stopped", async () => {
  const store: typeof desk.store = {
    ...desk.store,
    async read(work) {
      const answer = await desk.store.read(work);
      desk.clock.advance(MINUTE + 1);
      return answer;
    },
  };
  const asked = createMayPay({ desk: desk.desk, store })(job);
  await expect(asked).rejects.toMatchObject({ code: "lease_lost" });
});

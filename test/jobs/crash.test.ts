// The process dies at every point of a job that pays, and is started again.

import { afterEach, describe, expect, it } from "vitest";
import type { Job, JobKind, Store, WriteTx } from "../../src/store-port.ts";
import { openDesk, PROVIDER, type TestDesk } from "../support/desk.ts";
import { HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

const never = new AbortController().signal;

class PowerCut extends Error {}

function cut(): never {
  throw new PowerCut();
}

type Point = "before it reads" | "after it read" | "inside its commit" | "before its commit";

/** The store of a process that dies at this point; what was committed is committed. */
function dying(store: Store, point: Point): Store {
  return {
    ...store,
    read: async (work) => {
      if (point === "before it reads") cut();
      const result = await store.read(work);
      return point === "after it read" ? cut() : result;
    },
    write: async <Result>(work: (tx: WriteTx) => Promise<Result>) => {
      if (point === "before its commit") cut();
      return store.write(async (tx) => {
        const result = await work(tx);
        return point === "inside its commit" ? cut() : result;
      });
    },
  };
}

async function dieIn(kind: JobKind, lane: string, point: Point): Promise<void> {
  let job: Job | undefined;
  do {
    job = await desk.claim(lane);
    if (job !== undefined && job.kind !== kind) await desk.jobs[job.kind](desk.store, job, never);
  } while (job !== undefined && job.kind !== kind);
  if (job === undefined) throw new Error(`no ${kind} is due`);
  await expect(desk.jobs[kind](dying(desk.store, point), job, never)).rejects.toThrow(PowerCut);
}

async function approved(payment = aPayment()): Promise<void> {
  desk = await openDesk({ payments: [payment] });
  await desk.ask();
  desk.clock.advance(MINUTE);
  await desk.reply("OK");
}

const POINTS: readonly Point[] = [
  "before it reads",
  "after it read",
  "before its commit",
  "inside its commit",
];

describe.each(POINTS)("a process that dies %s", (point) => {
  it.each([0, 2 * HOUR, 48 * HOUR])("while it plans refunds once, %i ms later", async (ms) => {
    await approved();
    await dieIn("prepare_refund", PROVIDER, point);
    desk.clock.advance(ms);
    await desk.restart();
    expect(desk.provider.refunds).toHaveLength(1);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it.each([0, 2 * HOUR, 48 * HOUR])("while it calls refunds once, %i ms later", async (ms) => {
    await approved();
    expect(await desk.next(PROVIDER)).toBe("prepare_refund");
    await dieIn("call_refund", PROVIDER, point);
    // Whatever the provider promises about keys, the restart may be too late for it.
    if (ms > 24 * HOUR) desk.provider.forgetKeys();
    desk.clock.advance(ms);
    await desk.restart();
    expect(desk.provider.refunds).toHaveLength(1);
    expect((await desk.ticket()).status).toBe("refunded");
    expect(desk.mails("refunded", TARO)).toHaveLength(1);
    expect((await desk.refunds())[0]).toMatchObject({ providerRefundId: "re_1" });
  });

  it("while it voids voids once", async () => {
    await approved(aPayment({ status: "authorized", capturedMinor: 0, paidAt: null }));
    expect(await desk.next(PROVIDER)).toBe("prepare_refund");
    await dieIn("call_void", PROVIDER, point);
    await desk.restart();
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "voided" });
    expect(desk.mails("voided", TARO)).toHaveLength(1);
  });

  it("while it reads a customer's mail opens one ticket", async () => {
    desk = await openDesk();
    await desk.receive({
      from: TARO,
      subject: "キャンセル",
      text: "注文番号: 679\nキャンセルして返金をお願いします。\n田中太郎",
    });
    await dieIn("process_message", "local", point);
    await desk.restart();
    const tickets = await desk.store.read((tx) => tx.tickets.list({}));
    expect(tickets).toHaveLength(1);
  });
});

it("the second worker's result is thrown away with its lease", async () => {
  await approved();
  await desk.next(PROVIDER);
  const stale = await desk.claim(PROVIDER);
  await desk.restart();
  expect((await desk.ticket()).status).toBe("refunded");
  const events = (await desk.events()).length;
  if (stale === undefined) throw new Error("nothing was claimed");
  await expect(desk.jobs.call_refund(desk.store, stale, never)).rejects.toThrow(/taken over/);
  expect(await desk.events()).toHaveLength(events);
  expect(desk.provider.refunds).toHaveLength(1);
});

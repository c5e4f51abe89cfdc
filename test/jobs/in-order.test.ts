// Mails that are understood together: one after the other in the database, each for itself.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PermanentError, TransientError } from "../../src/domain/errors.ts";
import { defineJob } from "../../src/jobs/job.ts";
import { keepLanes } from "../../src/jobs/lanes.ts";
import { runInOrder } from "../../src/jobs/run-job.ts";
import type { Job, Store } from "../../src/store-port.ts";
import { openDesk, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY } from "../support/fake-clock.ts";
import { TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const never = new AbortController().signal;
const kind = "process_message" as const;
const TOGETHER = [{ lane: "local", limit: 1, together: { kind, limit: 50 } }];

const claim = (after = 0) =>
  desk.store.write((tx) => tx.jobs.claim(desk.clock.now() + after, TOGETHER));

async function run(
  jobs: readonly Job[],
  change: { store?: Store; jobs?: TestDesk["jobs"] } = {},
): Promise<void> {
  const store = change.store ?? desk.store;
  const lanes = await keepLanes({ ...desk, store, random: () => 1 });
  await runInOrder({ ...desk, lanes, random: () => 1, ...change, store }, jobs, never);
}

async function receive(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    await desk.receive({
      messageId: `mail-${at}@mail.example`,
      from: at % 2 === 0 ? TARO : `other-${at}@mail.example`,
      subject: "キャンセル",
      text: `注文番号: ${700 + at}\nキャンセルして返金をお願いします。`,
    });
  }
}

const tickets = () => desk.store.read((tx) => tx.tickets.list({}));
const orders = async () =>
  (await tickets())
    .map(({ ticket }) => ticket)
    .sort((a, b) => a.number - b.number)
    .flatMap(({ orderNumbers }) => orderNumbers);

/** The job with what it does on the network in front of it. */
function acting(act: (job: Job) => Promise<void>): TestDesk["jobs"] {
  const process = desk.jobs.process_message;
  return {
    ...desk.jobs,
    async process_message(store, job, signal) {
      await act(job);
      return process(store, job, signal);
    },
  };
}

describe("mails that were claimed together", () => {
  it("become tickets in the order they came, however long each of them takes to read", async () => {
    await receive(12);
    const jobs = await claim();
    expect(jobs).toHaveLength(12);
    const turns = new Map(jobs.map(({ id }, at) => [id, (jobs.length - at) * 3]));
    await run(jobs, {
      jobs: acting(async ({ id }) => {
        for (let left = turns.get(id) ?? 0; left > 0; left -= 1) {
          await new Promise((resolve) => setImmediate(resolve));
        }
      }),
    });
    expect(await orders()).toEqual(jobs.map((_job, at) => String(700 + at)));
    expect(await claim(DAY)).not.toContainEqual(expect.objectContaining({ kind }));
  });

  it("share their commits", async () => {
    await receive(12);
    const jobs = await claim();
    let commits = 0;
    desk.store.onWrite(() => {
      commits += 1;
    });
    await run(jobs);
    expect(commits).toBeLessThanOrEqual(3);
  });

  it("one that cannot be read is put aside, and all others are understood", async () => {
    await receive(9);
    const jobs = await claim();
    const bad = jobs[4]?.id;
    await run(jobs, {
      jobs: acting(async ({ id }) => {
        if (id === bad) throw aFailure(PermanentError, "unreadable_message", "No.");
      }),
    });
    const aside = await desk.store.read((tx) => tx.messages.listQuarantined());
    expect(aside.map(({ pk }) => `process_message/${pk}`)).toEqual([bad]);
    expect(await orders()).toEqual(["700", "701", "702", "703", "705", "706", "707", "708"]);
  });

  it("one whose commit fails is tried again, and leaves nothing half done", async () => {
    await receive(9);
    const jobs = await claim();
    const bad = jobs[4];
    const { process_message } = desk.jobs;
    const half: TestDesk["jobs"]["process_message"] = (store, job, signal) =>
      process_message(
        {
          ...store,
          write: (work) =>
            store.write(async (tx) => {
              await work(tx);
              throw aFailure(TransientError, "ticket_changed", "Another was first.");
            }),
        },
        job,
        signal,
      );
    await run(jobs, {
      jobs: {
        ...desk.jobs,
        process_message: (store, job, signal) =>
          (job === bad ? half : process_message)(store, job, signal),
      },
    });
    expect(await orders()).toEqual(["700", "701", "702", "703", "705", "706", "707", "708"]);
    const again = (await claim(DAY)).filter((job) => job.kind === kind);
    expect(again).toMatchObject([{ id: bad?.id, attempt: 1, starts: 2 }]);
    await run(again);
    expect(await orders()).toContain("704");
    expect(await tickets()).toHaveLength(9);
  });

  it("wait for one that writes nothing no longer than it runs", async () => {
    await receive(3);
    const jobs = await claim();
    const [first] = jobs;
    const nothing = defineJob({
      read: async () => 1,
      act: () => Promise.reject(new Error("stopped")),
      commit: async () => ({ next: "done" }),
    });
    const stopping = new AbortController();
    const lanes = await keepLanes({ ...desk, random: () => 1 });
    const { process_message } = desk.jobs;
    stopping.abort();
    await runInOrder(
      {
        ...{ ...desk, lanes, random: () => 1 },
        jobs: {
          ...desk.jobs,
          process_message: (store, job, signal) =>
            (job === first ? nothing : process_message)(store, job, signal),
        },
      },
      jobs,
      stopping.signal,
    );
    expect(await orders()).toEqual(["701", "702"]);
  });

  it("are understood once where the worker dies after some of them", async () => {
    await receive(9);
    const jobs = await claim();
    let left = 4;
    const dying: Store = {
      ...desk.store,
      write: async (work) => {
        left -= 1;
        if (left < 0) throw new Error("power cut");
        return desk.store.write(work);
      },
    };
    const gone = AbortSignal.abort();
    const lanes = await keepLanes({ ...desk, random: () => 1 });
    await runInOrder({ ...desk, lanes, random: () => 1, store: dying }, jobs, gone);
    expect(await orders()).toEqual(["700", "701", "702", "703"]);
    await desk.store.write((tx) => tx.jobs.releaseAll());
    await run(await claim());
    expect(await orders()).toEqual(jobs.map((_job, at) => String(700 + at)));
  });
});

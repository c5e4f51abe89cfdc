// What becomes of a job is decided by the class of what it threw, and by nothing else.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ERRORS } from "../../src/domain/error-table.ts";
import {
  AccessError,
  OutcomeUnknownError,
  PermanentError,
  StorageError,
  TransientError,
} from "../../src/domain/errors.ts";
import type { Locale } from "../../src/domain/outgoing-mail.ts";
import { defineJob, type Next } from "../../src/jobs/job.ts";
import { keepLanes } from "../../src/jobs/lanes.ts";
import { runJob } from "../../src/jobs/run-job.ts";
import type { Job, JobKind, Store } from "../../src/store-port.ts";
import { openDesk, PROVIDER, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, MINUTE } from "../support/fake-clock.ts";

let desk: TestDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const never = new AbortController().signal;
const LANE = [{ lane: "matching", limit: 1 }];

async function add(kind: JobKind = "match_payment", payload = {}): Promise<void> {
  const dueAt = desk.clock.now();
  await desk.store.write((tx) =>
    tx.jobs.add({ id: "job", kind, lane: "matching", ticketId: null, payload, dueAt }),
  );
}

/** Claims the job and runs it as this; returns it as it is claimed next, if it ever is. */
async function run(
  work: () => Promise<Next>,
  options: { signal?: AbortSignal; store?: Store; hasAsked?: boolean; locale?: Locale } = {},
): Promise<void> {
  const [job] = await desk.store.write((tx) => tx.jobs.claim(desk.clock.now(), LANE));
  if (job === undefined) throw new Error("nothing is due");
  const store = options.store ?? desk.store;
  const lanes = await keepLanes({ ...desk, store, random: () => 1 });
  const jobs = {
    ...desk.jobs,
    [job.kind]: defineJob({
      read: async () => 1,
      act: work,
      commit: async (_tx, _job, _input, next: Next) => next,
      hasAsked: () => options.hasAsked ?? true,
    }),
  };
  const { locale = desk.desk.shop.locale } = options;
  const inLocale = { ...desk.desk, shop: { ...desk.desk.shop, locale } };
  const deps = { ...desk, desk: inLocale, store, lanes, random: () => 1, jobs };
  await runJob(deps, job, options.signal ?? never);
}

async function nextClaim(after = DAY): Promise<Job | undefined> {
  return (await desk.store.write((tx) => tx.jobs.claim(desk.clock.now() + after, LANE)))[0];
}

const fails = (error: unknown) => () => Promise.reject(error);
const lane = (name: string) => desk.store.read((tx) => tx.lanes.find(name));
const parked = () => desk.store.read((tx) => tx.jobs.listParked());

describe("a job that throws", () => {
  it.each([
    ["TransientError", aFailure(TransientError, "rate_limited", "Later.")],
    ["OutcomeUnknownError", aFailure(OutcomeUnknownError, "connection_lost", "Lost.")],
  ])("a %s is tried again, one attempt later, and its lane fails", async (_name, error) => {
    await add();
    await run(fails(error));
    expect(await lane("matching")).toMatchObject({ state: "failing", code: error.code });
    const job = await nextClaim();
    expect(job).toMatchObject({ attempt: 1, starts: 2 });
    expect(job?.dueAt).toBe(desk.clock.now() + 1_000);
  });

  it("ends no outage by work that came to nothing before it asked", async () => {
    await add();
    await run(fails(new TransientError("smtp_timeout")));
    desk.clock.advance(MINUTE);
    await run(async () => ({ next: "again", at: desk.clock.now() }), { hasAsked: false });
    expect(await lane("matching")).toMatchObject({ state: "failing" });
    await run(async () => ({ next: "done" }), { hasAsked: true });
    expect(await lane("matching")).toMatchObject({ state: "ok" });
  });

  it.each(["ticket_changed", "database_busy"])(
    "a lost race (%s) is tried again, and says nothing about its lane",
    async (code) => {
      await add();
      await run(fails(aFailure(TransientError, code, "Somebody was first.")));
      expect(await lane("matching")).toBeUndefined();
      expect(await nextClaim()).toMatchObject({ attempt: 1 });
    },
  );

  it("an AccessError waits for a person, without an attempt", async () => {
    await add();
    await run(fails(aFailure(AccessError, "unauthorized", "The key is wrong.")));
    expect(await lane("matching")).toMatchObject({ state: "paused" });
    expect(await nextClaim()).toMatchObject({ attempt: 0, starts: 2 });
  });

  it("a PermanentError is parked and put before staff", async () => {
    await add();
    await run(fails(aFailure(PermanentError, "no_such_payment", "There is none.")));
    expect(await parked()).toMatchObject([{ id: "job", error: "no_such_payment" }]);
    expect(await nextClaim()).toBeUndefined();
    await desk.work();
    expect(desk.mail("staff_task", TANAKA).variables["reason"]).toContain("no_such_payment");
    expect(desk.logged).toContainEqual({
      level: "error",
      message: "job is parked: The other side refuses: There is none.",
      fields: { job: "job", code: "no_such_payment", mend: ERRORS.provider_refused.mend },
    });
  });

  it("staff of a Japanese shop read why a job is parked in their language", async () => {
    await add();
    await run(fails(new PermanentError("proposal_altered", { number: 7 })), { locale: "ja" });
    await desk.work();
    const { reason } = desk.mail("staff_task", TANAKA).variables;
    expect(reason).toContain("R-7 の承認内容がデータベース上で書き換えられています");
  });

  it("what nobody expected is tried five times, then parked", async () => {
    await add();
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await run(fails(new TypeError("x is undefined")));
      expect(await parked()).toHaveLength(attempt === 5 ? 1 : 0);
      desk.clock.advance(10 * MINUTE);
    }
    expect(desk.logged.filter(({ level }) => level === "error").length).toBeGreaterThan(4);
    expect(await lane("matching")).toBeUndefined();
  });

  it("a StorageError stops the worker", async () => {
    await add();
    const full = aFailure(StorageError, "sqlite_full", "No space.");
    await expect(run(fails(full))).rejects.toBe(full);
  });

  it("because it was told to stop is left to the next start", async () => {
    await add();
    const stop = new AbortController();
    await run(
      () => {
        stop.abort();
        return Promise.reject(aFailure(TransientError, "aborted", "Stopped."));
      },
      { signal: stop.signal },
    );
    expect(await nextClaim()).toBeUndefined();
    await desk.store.write((tx) => tx.jobs.releaseAll());
    expect(await nextClaim()).toMatchObject({ attempt: 0, starts: 2 });
  });
});

describe("a job that ends well", () => {
  it("makes its lane work again, and waiting retries due", async () => {
    await add();
    await run(fails(aFailure(TransientError, "rate_limited", "Later.")));
    desk.clock.advance(MINUTE);
    await run(async () => ({ next: "done" }));
    expect(await lane("matching")).toMatchObject({ state: "ok" });
  });

  it.each<[string, Next, object | undefined]>([
    ["done", { next: "done" }, undefined],
    ["again", { next: "again", at: 5 }, { attempt: 0, dueAt: 5 }],
    ["retry", { next: "retry", at: 6, error: "x" }, { attempt: 1, dueAt: 6 }],
    ["park", { next: "park", error: "x" }, undefined],
  ])("is given back as it says: %s", async (_name, next, expected) => {
    await add();
    await run(async () => next);
    const job = await nextClaim();
    if (expected === undefined) expect(job).toBeUndefined();
    else expect(job).toMatchObject(expected);
  });
});

describe("a job that goes on with what it has just written", () => {
  it("runs again at once under the same lease", async () => {
    await add();
    let runs = 0;
    await run(async () => {
      runs += 1;
      return runs === 1 ? { next: "onward" } : { next: "again", at: desk.clock.now() };
    });
    expect(runs).toBe(2);
    expect(await nextClaim()).toMatchObject({ starts: 2, attempt: 0 });
  });

  it("leaves the turn to others where it finds no end", async () => {
    await add();
    let runs = 0;
    await run(async () => {
      runs += 1;
      return { next: "onward" };
    });
    expect(runs).toBe(4);
    expect(await nextClaim(0)).toMatchObject({ starts: 2, attempt: 0 });
  });

  it("ends where another has taken it over meanwhile", async () => {
    await add();
    let runs = 0;
    await run(async () => {
      runs += 1;
      await desk.store.write((tx) => tx.jobs.releaseAll());
      await desk.store.write((tx) => tx.jobs.claim(desk.clock.now(), LANE));
      return { next: "onward" };
    });
    expect(runs).toBe(1);
  });
});

describe("a lease that was lost", () => {
  it("throws the result away and everything written with it", async () => {
    await add();
    await run(async () => {
      await desk.store.write((tx) => tx.jobs.releaseAll());
      await desk.store.write((tx) => tx.jobs.claim(desk.clock.now(), LANE));
      return { next: "done" };
    });
    expect(await parked()).toEqual([]);
    expect(await lane("matching")).toBeUndefined();
    await desk.store.write((tx) => tx.jobs.releaseAll());
    expect(await nextClaim()).toMatchObject({ starts: 3 });
  });

  it("does not stop the worker, whatever the job threw meanwhile", async () => {
    await add();
    const running = run(async () => {
      await desk.store.write((tx) => tx.jobs.releaseAll());
      throw aFailure(TransientError, "rate_limited", "Later.");
    });
    await expect(running).resolves.toBeUndefined();
  });
});

describe("a busy database", () => {
  it("does not make a failure forgotten: it is recorded when the database is free", async () => {
    await add();
    let busy = 2;
    const store: Store = {
      ...desk.store,
      write: (work) => {
        busy -= 1;
        return busy >= 0
          ? Promise.reject(aFailure(TransientError, "database_busy", "Busy."))
          : desk.store.write(work);
      },
    };
    const running = run(fails(aFailure(PermanentError, "no_such_payment", "None.")), { store });
    for (let left = 0; left < 5; left += 1) {
      for (let turn = 0; turn < 10; turn += 1) await new Promise((done) => setImmediate(done));
      desk.clock.advance(1_000);
    }
    await running;
    expect(await parked()).toHaveLength(1);
  });
});

describe("a message that cannot be understood", () => {
  it("is put aside, and the line goes on", async () => {
    await desk.receive({ messageId: "bad@mail.example", text: "x" });
    const job = await desk.claim("local");
    expect(job?.kind).toBe("process_message");
    await desk.store.write((tx) => tx.jobs.releaseAll());
    const poison = () => Promise.reject(aFailure(PermanentError, "unreadable_message", "No."));
    Object.assign(desk.jobs, {
      process_message: defineJob({ read: async () => 1, act: poison, commit: poison }),
    });
    await desk.work();
    const aside = await desk.store.read((tx) => tx.messages.listQuarantined());
    expect(aside).toMatchObject([{ reason: "unreadable_message" }]);
  });
});

it("the provider's trouble stays in the provider's lane", async () => {
  desk.provider.fail("listPayments", aFailure(TransientError, "unreachable", "No route."));
  await desk.work();
  expect(await lane(PROVIDER)).toMatchObject({ state: "failing" });
  expect(await lane("smtp")).toBeUndefined();
});

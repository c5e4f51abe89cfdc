import { describe, expect, it } from "vitest";
import type { Job } from "../../src/store-port.ts";
import { aNewJob, PLACES, useStore } from "./store-bench.ts";

const SMTP = [{ lane: "smtp", limit: 10 }];

describe.each(PLACES)("jobs %s", (place) => {
  const bench = useStore(place);
  const add = (...changes: Parameters<typeof aNewJob>[0][]) =>
    bench().write(async (tx) => {
      for (const change of changes) await tx.jobs.add(aNewJob(change));
    });
  const claim = (lanes = SMTP, at = 100) => bench().write((tx) => tx.jobs.claim(at, lanes));
  const claimOne = async (at?: number): Promise<Job> => {
    const [job] = await claim(SMTP, at);
    if (job === undefined) throw new Error("no job was due");
    return job;
  };
  const ids = (jobs: readonly Job[]) => jobs.map(({ id }) => id);

  it("are queued once for each id, also after they are done", async () => {
    await add({ payload: { a: "1" } }, { payload: { a: "2" } });
    const job = await claimOne();
    expect(job.payload).toEqual({ a: "1" });
    expect(await bench().write((tx) => tx.jobs.finish(job))).toBe(true);
    await add({});
    expect(await claim()).toEqual([]);
  });

  it("are claimed when due, the longest due first", async () => {
    await add({ id: "later", dueAt: 101 }, { id: "second", dueAt: 2 }, { id: "first", dueAt: 1 });
    expect(ids(await claim())).toEqual(["first", "second"]);
    expect(await claim()).toEqual([]);
    expect(ids(await claim(SMTP, 101))).toEqual(["later"]);
  });

  it("due at the same moment keep the order in which they were queued", async () => {
    const names = Array.from({ length: 30 }, (_, at) => `job ${(at * 7) % 30}`);
    await add(...names.map((id) => ({ id })));
    expect(ids(await claim([{ lane: "smtp", limit: 100 }]))).toEqual(names);
  });

  it("are claimed lane by lane, each up to its limit", async () => {
    await add(
      { id: "s1", dueAt: 1 },
      { id: "s2", dueAt: 2 },
      { id: "p1", lane: "provider:memory" },
      { id: "l1", lane: "local" },
    );
    const lanes = [
      { lane: "smtp", limit: 1 },
      { lane: "provider:memory", limit: 1 },
    ];
    expect(ids(await claim(lanes))).toEqual(["s1", "p1"]);
    expect(ids(await claim(lanes))).toEqual(["s2"]);
    expect(await claim([])).toEqual([]);
  });

  it("of one ticket run one at a time, across lanes", async () => {
    await add(
      { id: "a", ticketId: "t", dueAt: 1 },
      { id: "b", ticketId: "t", dueAt: 2 },
      { id: "c", ticketId: "t", dueAt: 3, lane: "local" },
      { id: "other", ticketId: "u", dueAt: 4 },
      { id: "free", dueAt: 5 },
    );
    const both = [...SMTP, { lane: "local", limit: 10 }];
    const [first] = await claim(both);
    expect(first?.id).toBe("a");
    expect(ids(await claim(both))).toEqual([]);
    if (first !== undefined) await bench().write((tx) => tx.jobs.finish(first));
    expect(ids(await claim(both))).toEqual(["b"]);
  });

  it("know how often they were started, and under which lease", async () => {
    await add({});
    const first = await claimOne();
    expect([first.starts, first.attempt]).toEqual([1, 0]);
    await bench().write((tx) => tx.jobs.releaseAll());
    const second = await claimOne();
    expect([second.starts, second.attempt]).toEqual([2, 0]);
    expect(second.leaseToken).not.toBe(first.leaseToken);
  });

  it.each(["finish", "again", "retry", "park"] as const)(
    "whose lease is lost change nothing by %s",
    async (way) => {
      const { write } = bench();
      await add({});
      const lost = await claimOne();
      await write((tx) => tx.jobs.releaseAll());
      const held = await claimOne();
      const give = (job: Job) =>
        write((tx) =>
          way === "finish"
            ? tx.jobs.finish(job)
            : way === "park"
              ? tx.jobs.park(job, "x")
              : way === "again"
                ? tx.jobs.again(job, 100)
                : tx.jobs.retry(job, 100, "x"),
        );
      expect(await give(lost)).toBe(false);
      expect(await claim()).toEqual([]);
      expect(await give(held)).toBe(true);
      expect(await give(held)).toBe(false);
    },
  );

  it("grow their attempt by a retry, and lose it by a run that only waits", async () => {
    const { write } = bench();
    await add({});
    const first = await claimOne();
    await write((tx) => tx.jobs.retry(first, 50, "rate_limited"));
    const second = await claimOne();
    expect(second).toMatchObject({ attempt: 1, starts: 2, dueAt: 50 });
    await write((tx) => tx.jobs.again(second, 60));
    const third = await claimOne();
    expect(third).toMatchObject({ attempt: 0, starts: 3, dueAt: 60 });
    await write((tx) => tx.jobs.again(third, 70));
    expect(await claimOne()).toMatchObject({ attempt: 0, starts: 4 });
  });

  it("that are parked are listed and never claimed", async () => {
    const { write, store } = bench();
    await add({ ticketId: "t" });
    const job = await claimOne();
    await write((tx) => tx.jobs.park(job, "smtp_refused"));
    expect(await claim()).toEqual([]);
    expect(await store.read((tx) => tx.jobs.listParked())).toEqual([
      { id: "job-1", kind: "send_mail", ticketId: "t", error: "smtp_refused" },
    ]);
  });

  it("of a dead worker are given back, finished and parked ones are not", async () => {
    const { write } = bench();
    await add({ id: "held" }, { id: "done" }, { id: "parked" }, { id: "pending", dueAt: 999 });
    for (const job of await claim()) {
      if (job.id === "done") await write((tx) => tx.jobs.finish(job));
      if (job.id === "parked") await write((tx) => tx.jobs.park(job, "x"));
    }
    expect(await write((tx) => tx.jobs.releaseAll())).toBe(1);
    expect(ids(await claim())).toEqual(["held"]);
  });

  it("are armed anew, also when they were done", async () => {
    const { write } = bench();
    const arm = (dueAt: number) => write((tx) => tx.jobs.arm(aNewJob({ dueAt })));
    await arm(10);
    await arm(20);
    expect(await claim(SMTP, 19)).toEqual([]);
    const job = await claimOne(20);
    await write((tx) => tx.jobs.finish(job));
    await arm(30);
    expect(await claimOne(30)).toMatchObject({ attempt: 0, starts: 2 });
  });

  it("that run keep their lease when they are armed", async () => {
    const { write } = bench();
    await write((tx) => tx.jobs.arm(aNewJob()));
    const running = await claimOne();
    await write((tx) => tx.jobs.arm(aNewJob({ dueAt: 50 })));
    expect(await claim()).toEqual([]);
    expect(await write((tx) => tx.jobs.again(running, 60))).toBe(true);
  });

  it("are hastened by kind, where they are pending and later", async () => {
    const { write, store } = bench();
    await add(
      { id: "late", dueAt: 500 },
      { id: "due", dueAt: 5 },
      { id: "other", kind: "call_refund", dueAt: 500 },
    );
    await write((tx) => tx.jobs.hasten("send_mail", 90));
    expect(ids(await claim())).toEqual(["due", "late"]);
    expect(await store.read((tx) => tx.jobs.listNextDue())).toEqual([{ lane: "smtp", dueAt: 500 }]);
  });

  it("of a lane that works again are due at once if they had failed", async () => {
    const { write } = bench();
    await add({ id: "failed" }, { id: "waits" });
    for (const job of await claim()) {
      await write((tx) =>
        job.id === "failed" ? tx.jobs.retry(job, 500, "x") : tx.jobs.again(job, 500),
      );
    }
    await write((tx) => tx.jobs.hastenLane("local", 90));
    expect(await claim()).toEqual([]);
    await write((tx) => tx.jobs.hastenLane("smtp", 90));
    expect(ids(await claim())).toEqual(["failed"]);
  });

  it("are removed while nobody works on them", async () => {
    const { write } = bench();
    await add({ id: "pending", dueAt: 500 }, { id: "running" });
    const [running] = await claim();
    await write(async (tx) => {
      await tx.jobs.remove("pending");
      await tx.jobs.remove("running");
    });
    expect(await claim(SMTP, 999)).toEqual([]);
    expect(running && (await write((tx) => tx.jobs.finish(running)))).toBe(true);
  });

  it("tell when the next of each lane is due", async () => {
    const { store } = bench();
    const next = () => store.read((tx) => tx.jobs.listNextDue());
    expect(await next()).toEqual([]);
    await add({ id: "a", dueAt: 70 }, { id: "b", dueAt: 60 });
    await add({ id: "c", lane: "local", dueAt: 90 }, { id: "p", lane: "provider:x", dueAt: 1 });
    expect(await next()).toEqual([
      { lane: "local", dueAt: 90 },
      { lane: "provider:x", dueAt: 1 },
      { lane: "smtp", dueAt: 60 },
    ]);
    await claim(SMTP, 65);
    expect(await next()).toContainEqual({ lane: "smtp", dueAt: 70 });
  });

  it("of one kind are claimed together where they come first", async () => {
    const kind = "process_message" as const;
    const room = [{ lane: "local", limit: 1, together: { kind, limit: 3 } }];
    await add(
      { id: "m1", lane: "local", kind, dueAt: 1 },
      { id: "m2", lane: "local", kind, dueAt: 2 },
      { id: "timer", lane: "local", kind: "chase_customer", dueAt: 3 },
      { id: "timer 2", lane: "local", kind: "chase_customer", dueAt: 4 },
      ...[5, 6, 7, 8].map((dueAt) => ({ id: `m${dueAt}`, lane: "local", kind, dueAt })),
    );
    const claims = [];
    for (let claimed = await claim(room); claimed.length > 0; claimed = await claim(room)) {
      claims.push(ids(claimed));
    }
    expect(claims).toEqual([["m1", "m2"], ["timer"], ["timer 2"], ["m5", "m6", "m7"], ["m8"]]);
  });
});

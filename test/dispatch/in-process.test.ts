import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDispatcher } from "../../src/dispatch/in-process.ts";
import { StorageError, TransientError } from "../../src/domain/errors.ts";
import type { LaneKeeper } from "../../src/jobs/lanes.ts";
import type { Pulse } from "../../src/ports.ts";
import { createPulse } from "../../src/pulse.ts";
import { type OpenStore, openStore } from "../../src/store/store.ts";
import type { Job, Store } from "../../src/store-port.ts";
import { aFailure } from "../support/failures.ts";
import { FakeClock, MINUTE } from "../support/fake-clock.ts";

let store: OpenStore;
let clock: FakeClock;
let ran: string[];
let waiting: Set<string>;
let pulse: Pulse;
beforeEach(async () => {
  clock = new FakeClock();
  pulse = createPulse(clock);
  store = await openStore({ path: ":memory:", shopId: "shop", now: clock.now });
  ran = [];
  waiting = new Set();
});
afterEach(() => store.close());

const lanes: LaneKeeper = {
  ok: async () => undefined,
  failed: async () => 0,
  waiting: () => waiting,
  renew: async () => undefined,
};
const never = new AbortController().signal;

function add(id: string, lane = "local", dueAt = clock.now()): Promise<void> {
  return store.write((tx) =>
    tx.jobs.add({ id, kind: "send_mail", lane, ticketId: null, payload: {}, dueAt }),
  );
}

async function finish(job: Job): Promise<void> {
  ran.push(job.id);
  await store.write((tx) => tx.jobs.finish(job));
}

function dispatcher(
  run: (job: Job, signal: AbortSignal) => Promise<void> = finish,
  options: { limits?: Record<string, number>; store?: Store } = {},
) {
  const limits = options.limits ?? { local: 1, smtp: 2 };
  return createDispatcher({
    ...{ store: options.store ?? store, clock, pulse, lanes, limits },
    run: async (jobs, signal) => {
      for (const job of jobs) await run(job, signal);
    },
  });
}

/** Lets everything that needs no time happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Every look for due jobs is a read. */
function countLooks() {
  let looks = 0;
  const counting: Store = {
    ...store,
    read: (work) => {
      looks += 1;
      return store.read(work);
    },
  };
  return { looks: () => looks, counting };
}

describe("draining", () => {
  it("runs every due job and leaves the others", async () => {
    await add("a");
    await add("b");
    await add("later", "local", clock.now() + 1);
    await dispatcher().drain(never, never);
    expect(ran).toEqual(["a", "b"]);
  });

  it.each([1, 8])("forgets no job of a lane of one, whose jobs take %i turns", async (turns) => {
    for (const id of ["a", "b", "c", "d", "e"]) await add(id);
    await dispatcher(async (job) => {
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await finish(job);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    }).drain(never, never);
    expect(ran).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("runs what its jobs queue", async () => {
    await add("a");
    await dispatcher(async (job) => {
      await finish(job);
      if (job.id === "a") await add("b", "smtp");
    }).drain(never, never);
    expect(ran).toEqual(["a", "b"]);
  });

  it("keeps to the limit of each lane", async () => {
    for (const id of ["a", "b", "c"]) await add(id);
    for (const id of ["s", "t", "u", "v"]) await add(id, "smtp");
    const busy = new Map<string, number>();
    let most = 0;
    let mostSmtp = 0;
    await dispatcher(async (job) => {
      busy.set(job.lane, (busy.get(job.lane) ?? 0) + 1);
      most = Math.max(most, busy.get("local") ?? 0);
      mostSmtp = Math.max(mostSmtp, busy.get("smtp") ?? 0);
      await settle();
      await finish(job);
      busy.set(job.lane, (busy.get(job.lane) ?? 0) - 1);
    }).drain(never, never);
    expect([most, mostSmtp]).toEqual([1, 2]);
    expect(ran).toHaveLength(7);
  });

  it("leaves lanes alone that wait, and those nobody listed", async () => {
    await add("a");
    await add("s", "smtp");
    await add("p", "provider:gone");
    waiting.add("smtp");
    await dispatcher().drain(never, never);
    expect(ran).toEqual(["a"]);
  });

  it("starts nothing more once it is stopped", async () => {
    const stop = new AbortController();
    for (const id of ["a", "b"]) await add(id);
    await dispatcher(async (job) => {
      stop.abort();
      await finish(job);
    }).drain(stop.signal, never);
    expect(ran).toEqual(["a"]);
  });

  it("ends with the StorageError of a job", async () => {
    await add("a");
    const full = aFailure(StorageError, "sqlite_full", "No space.");
    const drained = dispatcher(() => Promise.reject(full)).drain(never, never);
    await expect(drained).rejects.toBe(full);
  });

  it("ends with a StorageError where a job breaks its promise", async () => {
    await add("a");
    const drained = dispatcher(() => Promise.reject(new TypeError("a bug"))).drain(never, never);
    await expect(drained).rejects.toMatchObject({ name: "StorageError", code: "fatal" });
  });
});

describe("running", () => {
  let stop: AbortController;
  let running: Promise<void>;
  const run = (...given: Parameters<typeof dispatcher>) => {
    stop = new AbortController();
    running = dispatcher(...given).run(stop.signal, never);
  };
  const end = async () => {
    stop.abort();
    await running;
  };

  it("takes a job as soon as it is written, and a later one when it is due", async () => {
    run();
    await settle();
    expect(clock.sleepers).toBe(1);
    await add("a");
    await settle();
    expect(ran).toEqual(["a"]);
    await add("later", "local", clock.now() + MINUTE);
    await settle();
    expect(ran).toEqual(["a"]);
    clock.advance(MINUTE);
    await settle();
    expect(ran).toEqual(["a", "later"]);
    await end();
  });

  it("is alive from its start on, and no longer where a look never ends", async () => {
    const hangs: Store = { ...store, read: () => new Promise(() => undefined) };
    const startedAt = clock.now();
    run(finish, { store: hangs });
    expect(pulse.lastBeat("jobs")).toBe(startedAt);
    clock.advance(MINUTE);
    await settle();
    expect(pulse.lastBeat("jobs")).toBe(startedAt);
  });

  it("loses nothing that happens while it looks for jobs", async () => {
    let meanwhile: () => Promise<void> = async () => undefined;
    const watched: Store = {
      ...store,
      async read(work) {
        const seen = await store.read(work);
        await meanwhile();
        return seen;
      },
    };
    run(finish, { store: watched });
    await settle();
    meanwhile = async () => {
      meanwhile = async () => undefined;
      await add("b");
    };
    await add("a");
    await settle();
    expect(ran).toEqual(["a", "b"]);
    await end();
  });

  it("takes the place of a job that ends while it looks for jobs", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let atLook = () => {};
    const watched: Store = {
      ...store,
      async read(work) {
        const seen = await store.read(work);
        atLook();
        await settle();
        return seen;
      },
    };
    run(
      async (job) => {
        if (job.id === "a") await held;
        await finish(job);
      },
      { store: watched },
    );
    await add("a");
    for (let turn = 0; turn < 5; turn += 1) await settle();
    atLook = release;
    await add("b");
    for (let turn = 0; turn < 5; turn += 1) await settle();
    expect(ran).toEqual(["a", "b"]);
    await end();
  });

  it("looks once after jobs whose commit is shared, and once more after its own", async () => {
    const { looks, counting } = countLooks();
    await store.write(async (tx) => {
      for (const id of ["a", "b", "c"]) {
        const job = { id, kind: "send_mail", lane: "smtp", ticketId: null, payload: {} } as const;
        await tx.jobs.add({ ...job, dueAt: clock.now() });
      }
    });
    run(finish, { store: counting, limits: { smtp: 3 } });
    for (let round = 0; round < 3; round += 1) await settle();
    expect(ran).toHaveLength(3);
    // The first has found them.
    expect(looks()).toBe(3);
    await end();
  });

  it("rests while what is due waits for another job of its ticket", async () => {
    const { looks, counting } = countLooks();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const ofTicket = (id: string) =>
      store.write((tx) =>
        tx.jobs.add({
          ...{ id, kind: "send_mail", lane: "smtp", ticketId: "t1", payload: {} },
          dueAt: clock.now(),
        }),
      );
    await ofTicket("a");
    await ofTicket("b");
    run(
      async (job) => {
        if (job.id === "a") await held;
        await finish(job);
      },
      { store: counting },
    );
    await settle();
    expect(clock.sleepers).toBe(1);
    const before = looks();
    await settle();
    expect(looks()).toBe(before);
    release();
    await settle();
    expect(ran).toEqual(["a", "b"]);
    await end();
  });

  it("sees within a second what another process wrote", async () => {
    run();
    await settle();
    const asOther = { ...store };
    await asOther.write((tx) =>
      tx.jobs.add({
        id: "a",
        kind: "send_mail",
        lane: "local",
        ticketId: null,
        payload: {},
        dueAt: clock.now() + 1,
      }),
    );
    await settle();
    clock.advance(1_000);
    await settle();
    expect(ran).toEqual(["a"]);
    await end();
  });

  it("waits for the jobs in hand before it ends, and leaves no timer", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    run(async (job) => {
      await held;
      await finish(job);
    });
    await add("a");
    await settle();
    stop.abort();
    let ended = false;
    const done = running.then(() => {
      ended = true;
    });
    await settle();
    expect(ended).toBe(false);
    release();
    await done;
    expect(ran).toEqual(["a"]);
    expect(clock.sleepers).toBe(0);
  });

  it("lets the kill signal reach the jobs in hand", async () => {
    const kill = new AbortController();
    stop = new AbortController();
    const seen: AbortSignal[] = [];
    running = dispatcher(async (job, signal) => {
      seen.push(signal);
      if (job.id === "b") await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await finish(job);
    }).run(stop.signal, kill.signal);
    await add("a");
    await settle();
    await add("b");
    await settle();
    kill.abort();
    // What is over must leave nothing at a signal that lives as long as the worker.
    expect(seen.map(({ aborted }) => aborted)).toEqual([false, true]);
    await end();
  });

  it("goes on after the database was busy for a moment", async () => {
    let busy = 1;
    const shy: Store = {
      ...store,
      write: (work) => {
        busy -= 1;
        if (busy >= 0) return Promise.reject(aFailure(TransientError, "database_busy", "Busy."));
        return store.write(work);
      },
    };
    await add("a");
    run(finish, { store: shy });
    await settle();
    clock.advance(1_000);
    await settle();
    expect(ran).toEqual(["a"]);
    await end();
  });

  it("goes on after not even a look was possible for a moment", async () => {
    let looks = 0;
    const shy: Store = {
      ...store,
      read: (work) => {
        looks += 1;
        if (looks === 1) return Promise.reject(aFailure(TransientError, "database_busy", "Busy."));
        return store.read(work);
      },
    };
    await add("a");
    run(finish, { store: shy });
    await settle();
    expect(ran).toEqual([]);
    clock.advance(1_000);
    await settle();
    expect(ran).toEqual(["a"]);
    await end();
  });

  it("stops where nothing can be recorded any more", async () => {
    const full: Store = {
      ...store,
      write: () => Promise.reject(aFailure(StorageError, "sqlite_full", "No space.")),
    };
    await add("a");
    run(finish, { store: full });
    await expect(running).rejects.toMatchObject({ code: "sqlite_full" });
  });

  it("waits for the jobs at work before it stops so: they still need the store", async () => {
    let writes = 0;
    const failing: Store = {
      ...store,
      write: (work) => {
        writes += 1;
        return writes === 1
          ? store.write(work)
          : Promise.reject(aFailure(StorageError, "sqlite_full", "No space."));
      },
    };
    let release = () => {};
    const atWork = new Promise<void>((resolve) => {
      release = resolve;
    });
    await add("a");
    run(() => atWork, { store: failing });
    let isOver = false;
    const over = running
      .catch(() => undefined)
      .then(() => {
        isOver = true;
      });
    await settle();
    await add("b");
    await settle();
    expect(isOver).toBe(false);
    release();
    await over;
    await expect(running).rejects.toMatchObject({ code: "sqlite_full" });
  });
});

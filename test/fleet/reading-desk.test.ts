// Several workers that read the mailboxes of one database, in one process and under one clock: who joins, leaves,
// dies, is paused or cannot reach the database.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransientError } from "../../src/domain/errors.ts";
import { openReadingDesk, type ReadingDesk } from "../../src/fleet/reading-desk.ts";
import { BEAT_MS, type HeldMailbox, type MailboxLeases } from "../../src/fleet-port.ts";
import { mailboxLeasesTable } from "../../src/store/mailbox-leases.ts";
import { openTables, storeOn } from "../../src/store/store.ts";
import { workersTable } from "../../src/store/workers.ts";
import { FakeClock } from "../support/fake-clock.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const STEP_MS = 250;

type Tables = Awaited<ReturnType<typeof openTables>>;

let tables: Tables;
let clock: FakeClock;
let workers: Worker[];
beforeEach(async () => {
  clock = new FakeClock();
  workers = [];
  tables = await openTables({ path: ":memory:", now: clock.now });
});
afterEach(async () => {
  for (const worker of workers) await worker.end();
  await tables.db.destroy();
});

async function breathe(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets the time go by, and looks at every step that nothing is read by two. */
async function pass(ms: number, look: () => void = expectNoTwo): Promise<void> {
  for (let left = ms; left > 0; left -= STEP_MS) {
    clock.advance(STEP_MS);
    for (const worker of workers) worker.clock.follow();
    await breathe();
    look();
  }
}

function expectNoTwo(): void {
  const all = workers.flatMap((worker) => [...worker.reading]);
  expect(new Set(all).size).toBe(all.length);
}

/** A worker's own time: it stands still where the process is stopped. */
class OwnClock extends FakeClock {
  isStopped = false;
  follow(): void {
    if (!this.isStopped) this.set(clock.now());
  }
}

class Worker {
  readonly name: string;
  readonly clock = new OwnClock();
  readonly reading = new Set<string>();
  readonly held = new Map<string, HeldMailbox>();
  readonly desk: ReadingDesk;
  isCutOff = false;
  /** Takes so long to let a mailbox go. */
  endMs = 0;
  isSilent = false;
  reads = 0;
  readonly #stop = new AbortController();
  readonly #ends: Promise<unknown>[] = [];
  readonly #shops = new Map<string, AbortController>();
  #isOver = false;

  constructor(name: string) {
    this.name = name;
    const { db, engine } = tables;
    const asks = { ...engine, now: engine.now };
    const table = mailboxLeasesTable(db, asks, clock.now);
    const guard = <Args extends unknown[], Result>(ask: (...args: Args) => Promise<Result>) => {
      return async (...args: Args): Promise<Result> => {
        if (this.isCutOff) throw new TransientError("database_away", { path: "x", why: "cut off" });
        return ask(...args);
      };
    };
    const leases: MailboxLeases = {
      take: guard(table.take),
      renew: guard(table.renew),
      giveBack: guard(table.giveBack),
      declare: guard(table.declare),
      withdraw: guard(table.withdraw),
      survey: guard(table.survey),
    };
    this.desk = openReadingDesk({
      ...{ leases, run: name, clock: this.clock, log },
      ...{ monotonic: this.clock.now, random: () => 0.5 },
    });
    this.#ends.push(this.desk.run(this.#stop.signal), this.#beat());
  }

  async #beat(): Promise<void> {
    const beats = workersTable(tables.db, tables.engine, clock.now);
    while (!this.#stop.signal.aborted) {
      if (!this.isCutOff) await beats.beat({ run: this.name, name: this.name, version: "1" });
      await this.clock.sleep(BEAT_MS, this.#stop.signal);
    }
  }

  open(...shops: readonly string[]): this {
    for (const shop of shops) {
      const stop = new AbortController();
      this.#shops.set(shop, stop);
      const read = async (held: HeldMailbox) => {
        this.reads += 1;
        this.reading.add(shop);
        this.held.set(shop, held);
        const ended = AbortSignal.any([held.lost, stop.signal, this.#stop.signal]);
        await this.clock.sleep(1e9, ended);
        if (this.endMs > 0) await this.clock.sleep(this.endMs, this.#stop.signal);
        this.reading.delete(shop);
      };
      this.#ends.push(
        this.desk.readInTurn(shop)(read, AbortSignal.any([stop.signal, this.#stop.signal])),
      );
    }
    return this;
  }

  shut(shop: string): void {
    this.#shops.get(shop)?.abort();
  }

  /** In good order. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.clock.isStopped = false;
    this.isCutOff = false;
    this.#stop.abort();
    await Promise.all(this.#ends);
    await this.desk.close();
    await workersTable(tables.db, tables.engine, clock.now).leave(this.name);
  }

  /** Nothing of it happens any more. */
  die(): void {
    this.clock.isStopped = true;
    this.isCutOff = true;
    this.reading.clear();
  }
}

const SHOPS = Array.from({ length: 30 }, (_, at) => `s${String(at).padStart(2, "0")}`);
const start = (name: string, shops: readonly string[] = SHOPS) => {
  const worker = new Worker(name).open(...shops);
  workers.push(worker);
  return worker;
};
const sizes = () => workers.map(({ reading }) => reading.size);

async function passUntil(isSo: () => boolean, mostMs: number): Promise<void> {
  for (let left = mostMs; left > 0 && !isSo(); left -= STEP_MS) await pass(STEP_MS);
  expect(isSo()).toBe(true);
}

describe("the reading desk", () => {
  it("reads everything within a second where it is alone, and a new shop too", async () => {
    const worker = start("a");
    await passUntil(() => worker.reading.size === 30, 1_000);
    worker.open("new");
    await passUntil(() => worker.desk.isReadHere("new"), 1_000);
    worker.shut("new");
    await pass(STEP_MS);
    expect(worker.desk.isReadHere("new")).toBe(false);
  });

  it("hands over a part of its mailboxes to one who joins, and no other moves", async () => {
    const worker = start("a");
    await pass(10_000);
    const other = start("b");
    await passUntil(() => other.reading.size === 15, 30_000);
    await pass(60_000);
    expect(sizes()).toEqual([15, 15]);
    expect([worker.reads, other.reads]).toEqual([30, 15]);
  });

  it("takes what one who leaves has read, and at once", async () => {
    const worker = start("a");
    const other = start("b");
    await pass(30_000);
    expect(sizes()).toEqual([15, 15]);
    await other.end();
    await passUntil(() => worker.reading.size === 30, 5_000);
  });

  it("takes what a dead one has read within 30 seconds", async () => {
    const worker = start("a");
    const other = start("b");
    const third = start("c");
    await pass(40_000);
    expect(sizes()).toEqual([10, 10, 10]);
    other.die();
    await passUntil(() => worker.reading.size + third.reading.size === 30, 30_000);
    await pass(10_000);
    expect(sizes()).toEqual([15, 0, 15]);
  });

  it("lets go before its leases run out where the database does not answer it", async () => {
    const worker = start("a");
    const other = start("b");
    await pass(30_000);
    other.isCutOff = true;
    await passUntil(() => other.reading.size === 0, 15_000);
    await passUntil(() => worker.reading.size === 30, 15_000);
    other.isCutOff = false;
    await passUntil(() => other.reading.size === 15, 30_000);
  });

  it("changes nothing any more under a lease that ran out while it was stopped", async () => {
    const worker = start("a", ["s1"]);
    await pass(2_000);
    const store = storeOn(
      tables.db,
      { path: ":memory:", shopId: "s1", now: clock.now },
      tables.engine,
    );
    const fencedStore = worker.held.get("s1")?.fence(store);
    if (fencedStore === undefined) throw new Error("it is not read");
    const save = () => fencedStore.write((tx) => tx.switches.set("cursor", `${clock.now()}`));
    await save();
    const before = await store.read((tx) => tx.switches.find("cursor"));
    worker.clock.isStopped = true;
    // Stopped processes read nothing, and know nothing of it.
    const other = start("b", ["s1"]);
    await pass(20_000, () => undefined);
    expect(other.reading.has("s1")).toBe(true);
    await expect(save()).rejects.toMatchObject({ code: "mailbox_lost" });
    expect(await store.read((tx) => tx.switches.find("cursor"))).toBe(before);
    expect((await fencedStore.read((tx) => tx.switches.find("cursor"))) === before).toBe(true);
    worker.clock.isStopped = false;
    await pass(2_000, () => undefined);
    expect(worker.reading.has("s1")).toBe(false);
    await other.held
      .get("s1")
      ?.fence(store)
      .write((tx) => tx.switches.set("cursor", "other"));
  });

  it("gives a mailbox away only when it is read no more", async () => {
    const worker = start("a", ["s1", "s2"]);
    await pass(5_000);
    worker.endMs = 40_000;
    const other = start("b", ["s1", "s2"]);
    await pass(20_000);
    expect([worker.reading.size, other.reading.size]).toEqual([2, 0]);
    await passUntil(() => other.reading.size === 1, 40_000);
    worker.endMs = 0;
  });

  it("reads what a worker with more mailboxes cannot share, and what only one can read", async () => {
    const worker = start("a");
    const other = start("b", SHOPS.slice(0, 4));
    await pass(120_000);
    expect(worker.reading.size + other.reading.size).toBe(30);
    const { reads } = worker;
    await pass(60_000);
    expect(worker.reads).toBe(reads);
  });

  it("goes on with the same shop where it is opened anew, one after the other", async () => {
    const worker = start("a", ["s1"]);
    await pass(2_000);
    worker.endMs = 3_000;
    worker.shut("s1");
    worker.open("s1");
    await pass(1_000);
    expect(worker.reads).toBe(1);
    await passUntil(() => worker.reads === 2, 5_000);
    worker.endMs = 0;
  });

  it("throws what reading has thrown, and the mailbox is free", async () => {
    const worker = start("a", ["s1"]);
    await pass(1_000);
    const reading = worker.desk.readInTurn("broken")(async () => {
      throw new Error("no disk");
    }, new AbortController().signal);
    const failure = reading.catch((error: Error) => error.message);
    await pass(2_000);
    expect(await failure).toBe("no disk");
    const other = start("b", ["broken"]);
    await passUntil(() => other.reading.has("broken"), 15_000);
  });
});

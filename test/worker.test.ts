// The loop over the inbox and the folders whose mails decide.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Dispatcher } from "../src/dispatch-port.ts";
import { TransientError } from "../src/domain/errors.ts";
import { keepLanes } from "../src/jobs/lanes.ts";
import type { Inbox } from "../src/ports.ts";
import { createPulse } from "../src/pulse.ts";
import { runOnce, runWorker, type WorkerDeps } from "../src/worker.ts";
import { openDesk, type TestDesk } from "./support/desk.ts";
import { aFailure } from "./support/failures.ts";
import { HOUR } from "./support/fake-clock.ts";

const LANE = "approval folder";

/** Always empty; counts who looks into it, and does as told instead. */
class EmptyInbox implements Inbox {
  readonly mailbox: string;
  readonly defaultSince = "all";
  readonly hasOrder = true;
  looks = 0;
  waits = 0;
  broken: Error | null = null;
  onWait: () => void = () => undefined;

  constructor(name: string) {
    this.mailbox = `imap://mail.example/${name}`;
  }

  async list() {
    this.looks += 1;
    if (this.broken !== null) throw this.broken;
    return { generation: "1", keys: [], lastKey: "0" };
  }

  async *fetch() {}

  async wait(): Promise<void> {
    this.waits += 1;
    this.onWait();
  }

  close = async (): Promise<void> => undefined;
}

const idle: Dispatcher = {
  run: (stop) =>
    new Promise((resolve) => {
      stop.addEventListener("abort", () => resolve(), { once: true });
    }),
  drain: async () => undefined,
};

let desk: TestDesk;
let inbox: EmptyInbox;
let folder: EmptyInbox;
let deps: WorkerDeps;
let stop: AbortController;
beforeEach(async () => {
  desk = await openDesk();
  [inbox, folder] = [new EmptyInbox("INBOX"), new EmptyInbox("返金承認")];
  stop = new AbortController();
  const { store, clock, reader, log } = desk;
  deps = {
    store,
    desk: desk.desk,
    reader,
    clock,
    log,
    inbox,
    folders: [{ verdict: "approve", inbox: folder }],
    since: null,
    lanes: await keepLanes({ store, clock, log, random: () => 1 }),
    dispatcher: idle,
    pulse: createPulse(clock),
    pollMs: 60_000,
    readInTurn: null,
  };
});
afterEach(() => desk.close());

/** Runs until the inbox was waited for that often; `between` happens each time. */
async function turns(count: number, between: (turn: number) => void = () => undefined) {
  const last = inbox.waits + count;
  inbox.onWait = () => {
    if (inbox.waits >= last) stop.abort();
    else between(inbox.waits);
  };
  stop = new AbortController();
  await runWorker(deps, stop.signal);
}

const laneState = () => desk.store.read((tx) => tx.lanes.find(LANE));

describe("the worker", () => {
  it("looks into the folders after each look into the inbox", async () => {
    await turns(3);
    expect([inbox.looks, folder.looks]).toEqual([3, 3]);
    expect(await laneState()).toBeUndefined();
  });

  it("reads the inbox on while a folder cannot be read, and tells it once", async () => {
    folder.broken = aFailure(
      TransientError,
      "imap_mailbox_missing",
      "The IMAP mailbox does not exist.",
    );
    await turns(3, () => desk.clock.advance(HOUR));
    expect([inbox.looks, folder.looks]).toEqual([3, 3]);
    expect(await laneState()).toMatchObject({ state: "failing", code: "imap_mailbox_missing" });
    expect(desk.logged.filter(({ level }) => level === "warn")).toHaveLength(1);
    expect(await desk.store.read((tx) => tx.lanes.find("inbox"))).toBeUndefined();
  });

  it("leaves such a folder alone for a while, and then finds that it works again", async () => {
    folder.broken = aFailure(TransientError, "imap_connection", "Away.");
    await turns(3);
    expect([inbox.looks, folder.looks]).toEqual([3, 1]);
    folder.broken = null;
    desk.clock.advance(HOUR);
    await turns(1);
    expect(folder.looks).toBe(2);
    expect(await laneState()).toMatchObject({ state: "ok" });
  });

  it("looks into no folder before it could read the inbox", async () => {
    inbox.broken = aFailure(TransientError, "imap_connection", "Away.");
    const running = turns(1);
    await expect.poll(() => desk.clock.sleepers).toBe(1);
    expect(folder.looks).toBe(0);
    inbox.broken = null;
    desk.clock.advance(HOUR);
    await running;
    expect(folder.looks).toBe(1);
  });

  it("that runs once looks into the folders as well", async () => {
    await runOnce(deps, stop.signal);
    expect([inbox.looks, folder.looks]).toEqual([1, 1]);
  });
});

describe("a mailbox that several workers read in turn", () => {
  it("is read through the fence, hung up when it is lost, and no failure is recorded", async () => {
    let hungUp = 0;
    let turns = 0;
    Object.assign(inbox, {
      hangUp: async () => {
        hungUp += 1;
      },
    });
    const broken = {
      ...deps.store,
      write: () => Promise.reject(new TransientError("mailbox_lost")),
    };
    const readInTurn: WorkerDeps["readInTurn"] = async (read) => {
      for (turns = 0; turns < 2; turns += 1) {
        await read({ lost: new AbortController().signal, fence: () => broken });
      }
      stop.abort();
    };
    await runWorker({ ...deps, readInTurn }, stop.signal);
    expect([turns, hungUp]).toEqual([2, 2]);
    expect(await desk.store.read((tx) => tx.lanes.list())).toEqual([]);
  });
});

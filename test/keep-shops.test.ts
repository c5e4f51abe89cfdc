import { beforeEach, describe, expect, it } from "vitest";
import { ConfigError, StorageError, TransientError } from "../src/domain/errors.ts";
import { keepShops, type ShopKeeper, type ShopToRun } from "../src/keep-shops.ts";
import { FakeClock } from "./support/fake-clock.ts";

const LOOK = 2_000;
const RETRY = 60_000;

let clock: FakeClock;
let wanted: ShopToRun[];
/** What happened to each shop, in its order: "bakery 1 runs". */
let seen: string[];
let logged: string[];
let failing: Map<string, Error>;
/** Ends a running shop with this error. */
let breaks: Map<string, (error: Error) => void>;
let isAlone: boolean;
let listFailure: Error | null;
let stop: AbortController;
/** The ids, in the order in which they were to be opened. */
let begun: string[];
/** Of shops that take their time to open. */
let opening: Promise<void>;
/** Of a shop that takes its time to end. */
let ending: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  wanted = [];
  seen = [];
  logged = [];
  failing = new Map();
  breaks = new Map();
  isAlone = false;
  listFailure = null;
  stop = new AbortController();
  ending = Promise.resolve();
  begun = [];
  opening = Promise.resolve();
});

const shop = (id: string, version = "1") => ({ id, version });

function keeper(): ShopKeeper<{ id: string }> {
  const note = (id: string) => (fields: object) => void logged.push(`${id} ${codeIn(fields)}`);
  return keepShops({
    clock,
    isAlone: () => isAlone,
    logOf: (id) => ({ info() {}, warn() {}, debug() {}, error: note(id) }),
    async list() {
      if (listFailure !== null) throw listFailure;
      return wanted;
    },
    async open({ id, version }) {
      begun.push(id);
      await opening;
      const failure = failing.get(id);
      if (failure !== undefined) throw failure;
      return {
        id,
        run: (signal) =>
          new Promise<void>((resolve, reject) => {
            seen.push(`${id} ${version} runs`);
            breaks.set(id, reject);
            const end = () => void ending.then(resolve);
            if (signal.aborted) end();
            signal.addEventListener("abort", end);
          }),
        async close() {
          seen.push(`${id} ${version} is closed`);
        },
      };
    },
  });
}

const codeIn = (fields: object) => (fields as { code?: string }).code ?? "";

/** All that follows from what was said so far. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(ms: number): Promise<void> {
  await settle();
  clock.advance(ms);
  await settle();
}

describe("the shops of a worker", () => {
  it("run beside each other, and end with it", async () => {
    wanted = [shop("bakery"), shop("cellar")];
    const shops = keeper();
    const run = shops.run(stop.signal);
    await settle();
    expect(seen).toEqual(["bakery 1 runs", "cellar 1 runs"]);
    expect(shops.lives().map(({ id, running }) => [id, running?.id])).toEqual([
      ["bakery", "bakery"],
      ["cellar", "cellar"],
    ]);
    stop.abort();
    await run;
    expect(seen.slice(2).sort()).toEqual(["bakery 1 is closed", "cellar 1 is closed"]);
    expect(shops.lives()).toEqual([]);
  });

  it("begin, end and begin anew while it runs", async () => {
    const run = keeper().run(stop.signal);
    await settle();
    wanted = [shop("bakery")];
    await pass(LOOK);
    expect(seen).toEqual(["bakery 1 runs"]);
    wanted = [shop("bakery", "2")];
    await pass(LOOK);
    await pass(LOOK);
    expect(seen.slice(1)).toEqual(["bakery 1 is closed", "bakery 2 runs"]);
    wanted = [];
    await pass(LOOK);
    expect(seen.slice(3)).toEqual(["bakery 2 is closed"]);
    stop.abort();
    await run;
  });

  it("are tried again a minute after they could not be opened, and no other waits", async () => {
    wanted = [shop("bakery"), shop("cellar")];
    failing.set("bakery", new ConfigError(["TEMPLATES_DIR: is missing"]));
    const shops = keeper();
    const run = shops.run(stop.signal);
    await settle();
    expect(seen).toEqual(["cellar 1 runs"]);
    expect(logged).toEqual(["bakery bad_configuration"]);
    expect(shops.lives()[0]).toEqual({ id: "bakery", running: null, fault: "bad_configuration" });
    await pass(RETRY - 1);
    expect(logged).toHaveLength(1);
    failing.clear();
    await pass(1);
    expect(seen).toEqual(["cellar 1 runs", "bakery 1 runs"]);
    expect(shops.lives()[0]).toMatchObject({ id: "bakery", fault: null });
    stop.abort();
    await run;
  });

  it("are tried again soon where the database was away", async () => {
    wanted = [shop("bakery")];
    failing.set("bakery", new TransientError("database_away", { path: "db", why: "restart" }));
    const run = keeper().run(stop.signal);
    await settle();
    failing.clear();
    await pass(5_000);
    expect(seen).toEqual(["bakery 1 runs"]);
    stop.abort();
    await run;
  });

  it("are tried at once where their settings have changed", async () => {
    wanted = [shop("bakery")];
    failing.set("bakery", new ConfigError(["x"]));
    const run = keeper().run(stop.signal);
    await settle();
    failing.clear();
    wanted = [shop("bakery", "2")];
    await pass(LOOK);
    await pass(LOOK);
    expect(seen).toEqual(["bakery 2 runs"]);
    stop.abort();
    await run;
  });

  it("go on where one of them breaks while it runs", async () => {
    wanted = [shop("bakery"), shop("cellar")];
    const run = keeper().run(stop.signal);
    await settle();
    breaks.get("bakery")?.(new Error("a fault of the program"));
    await settle();
    expect(seen.slice(2)).toEqual(["bakery 1 is closed"]);
    expect(logged).toEqual(["bakery unexpected"]);
    await pass(RETRY);
    expect(seen.at(-1)).toBe("bakery 1 runs");
    stop.abort();
    await run;
  });

  it("do not wait for one that takes its time to end", async () => {
    wanted = [shop("bakery")];
    const run = keeper().run(stop.signal);
    await settle();
    let end = () => {};
    ending = new Promise((resolve) => {
      end = resolve;
    });
    wanted = [shop("cellar")];
    await pass(LOOK);
    expect(seen).toEqual(["bakery 1 runs", "cellar 1 runs"]);
    end();
    await settle();
    expect(seen.at(-1)).toBe("bakery 1 is closed");
    stop.abort();
    await run;
  });

  it("all end where nothing can be recorded any more", async () => {
    wanted = [shop("bakery"), shop("cellar")];
    const run = keeper().run(stop.signal);
    await settle();
    const full = new StorageError("database_unusable", { path: "db", why: "full" });
    breaks.get("bakery")?.(full);
    await expect(run).rejects.toBe(full);
    expect(seen.slice(2).sort()).toEqual(["bakery 1 is closed", "cellar 1 is closed"]);
  });

  it("end the worker where there is only one, as ever", async () => {
    isAlone = true;
    wanted = [shop("shop")];
    const run = keeper().run(stop.signal);
    await settle();
    const fault = new Error("a fault of the program");
    breaks.get("shop")?.(fault);
    await expect(run).rejects.toBe(fault);
  });

  it("are opened a few at a time, and none that waits once they are to end", async () => {
    const many = Array.from({ length: 20 }, (_, at) => shop(`shop-${at}`));
    wanted = many;
    let open = () => {};
    opening = new Promise((resolve) => {
      open = resolve;
    });
    const run = keeper().run(stop.signal);
    await settle();
    expect(begun).toEqual(many.slice(0, 8).map(({ id }) => id));
    stop.abort();
    open();
    await run;
    expect(begun).toHaveLength(8);
    expect(seen.filter((line) => line.endsWith("is closed"))).toHaveLength(8);
  });

  it("are looked at again where the database was busy", async () => {
    listFailure = new TransientError("database_busy", { path: "db" });
    const run = keeper().run(stop.signal);
    await settle();
    listFailure = null;
    wanted = [shop("bakery")];
    await pass(LOOK);
    expect(seen).toEqual(["bakery 1 runs"]);
    stop.abort();
    await run;
  });
});

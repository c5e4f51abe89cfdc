// Runs the shops that are to run, each by itself: what breaks one of them is told, and tried again a
// minute later, while the others go on. Whether another is to run is looked at every few seconds.

import { AppError, isOfDatabase, StorageError, TransientError } from "./domain/errors.ts";
import type { Clock, Log } from "./ports.ts";
import { createTurns, type Turns } from "./turns.ts";

const LOOK_MS = 2_000;
const RETRY_MS = 60_000;
/** The database is everybody's, and most often back within seconds. */
const AWAY_MS = 5_000;
/** Each asks the database a few things: a thousand at once would wait for a connection until they fail. */
const OPENING_AT_ONCE = 8;

export interface ShopToRun {
  readonly id: string;
  /** Another one where anything of the shop has changed: it then begins anew. */
  readonly version: string;
}

export interface RunnableShop {
  run(stop: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface ShopsDeps<Shop extends ShopToRun, Running extends RunnableShop> {
  /** Those that are to run now. */
  list(): Promise<readonly Shop[]>;
  open(shop: Shop): Promise<Running>;
  /** Where there is one shop alone, its end is the worker's. */
  isAlone(): boolean;
  /** Of the shop with this ID. */
  logOf(id: string): Log;
  readonly clock: Clock;
}

export interface ShopLife<Running> {
  readonly id: string;
  /** Null while it cannot be run, or not yet. */
  readonly running: Running | null;
  /** The code of why not. */
  readonly fault: string | null;
}

export interface ShopKeeper<Running> {
  /** Rejects where nothing can be recorded any more, for any shop. */
  run(stop: AbortSignal): Promise<void>;
  /** By their ids. */
  lives(): readonly ShopLife<Running>[];
}

interface Life<Running> {
  readonly version: string;
  readonly end: AbortController;
  readonly done: Promise<void>;
  state: ShopLife<Running>;
}

export function keepShops<Shop extends ShopToRun, Running extends RunnableShop>(
  deps: ShopsDeps<Shop, Running>,
): ShopKeeper<Running> {
  const { clock } = deps;
  const lives = new Map<string, Life<Running>>();
  const turns = createTurns(OPENING_AT_ONCE);
  const halt = new AbortController();
  let fatal: unknown = null;

  function begin(shop: Shop): void {
    const { id, version } = shop;
    const end = new AbortController();
    const state: ShopLife<Running> = { id, running: null, fault: null };
    const life: Life<Running> = { version, end, state, done: Promise.resolve() };
    const done = live(shop, life, { ...deps, turns })
      .catch((error: unknown) => {
        fatal ??= error;
        halt.abort();
      })
      .finally(() => lives.delete(id));
    lives.set(id, Object.assign(life, { done }));
  }

  /** Who is to begin anew, or is to run no more, ends in its own time; the others do not wait for it. */
  async function look(): Promise<void> {
    const wanted = new Map((await deps.list()).map((shop) => [shop.id, shop]));
    for (const [id, { version, end }] of lives) {
      if (wanted.get(id)?.version !== version) end.abort();
    }
    for (const shop of wanted.values()) if (!lives.has(shop.id)) begin(shop);
  }

  async function keepLooking(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        await look();
      } catch (error) {
        // Another process holds the database for the moment.
        if (!(error instanceof TransientError)) throw error;
      }
      await clock.sleep(LOOK_MS, stop);
    }
  }

  return {
    async run(stop) {
      try {
        await keepLooking(AbortSignal.any([stop, halt.signal]));
      } finally {
        for (const { end } of lives.values()) end.abort();
        await Promise.all([...lives.values()].map(({ done }) => done));
      }
      if (fatal !== null) throw fatal;
    },
    lives: () =>
      [...lives.values()]
        .map(({ state }) => state)
        .sort((one, other) => (one.id < other.id ? -1 : 1)),
  };
}

async function runToEnd<Running extends RunnableShop>(
  running: Running,
  life: Life<Running>,
): Promise<void> {
  const { id } = life.state;
  life.state = { id, running, fault: null };
  try {
    await running.run(life.end.signal);
  } finally {
    life.state = { id, running: null, fault: null };
    await running.close();
  }
}

/** Returns the code of the failure, and when the shop is tried again. */
function tell(error: unknown, log: Log): { readonly code: string; readonly againMs: number } {
  const code = error instanceof AppError ? error.code : "unexpected";
  const why = error instanceof Error ? error.message : String(error);
  if (isOfDatabase(error)) {
    log.warn({ code, why }, "this shop waits for the database");
    return { code, againMs: AWAY_MS };
  }
  log.error({ code, why }, "this shop cannot be run now; it is tried again in a minute");
  return { code, againMs: RETRY_MS };
}

/** Until it is to end. Rejects only where no shop can go on. */
async function live<Shop extends ShopToRun, Running extends RunnableShop>(
  shop: Shop,
  life: Life<Running>,
  { open, turns, logOf, isAlone, clock }: ShopsDeps<Shop, Running> & { readonly turns: Turns },
): Promise<void> {
  const { id } = shop;
  const log = logOf(id);
  const { signal } = life.end;
  while (!signal.aborted) {
    try {
      const endTurn = await turns.take(signal).catch(() => null);
      if (endTurn === null) return;
      await runToEnd(await open(shop).finally(endTurn), life);
    } catch (error) {
      if (error instanceof StorageError || isAlone()) throw error;
      const { code, againMs } = tell(error, log);
      life.state = { id, running: null, fault: code };
      await clock.sleep(againMs, signal);
    }
  }
}

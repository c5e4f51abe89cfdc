// What is seen of the worker at one moment. A few seconds old at most, so that whoever asks often does
// not take the database from the work.

import type { Pulse } from "../ports.ts";
import type { Lane, ReadTx, Store } from "../store-port.ts";

const FRESH_MS = 5_000;
/** The loop comes round every second, and waits for a busy database a few more. */
const TURN_MS = 60_000;
/** Of so many looks into the inbox all must fail, and a slow one has this long, before it counts as dead. */
const LOOKS = 3;
const SLACK_MS = 2 * 60_000;

export interface Watched {
  readonly store: Store;
  readonly pulse: Pulse;
  /** Why nothing may be paid now; null where it may. */
  readonly findHalt: (tx: ReadTx) => Promise<string | null>;
  /** What the worker depends on: the inbox, SMTP, each provider. */
  readonly lanes: readonly string[];
  readonly pollMs: number;
  /** Whether this worker is the one to read its inbox; absent: there is no other. */
  readonly isReadHere?: () => boolean;
  readonly now: () => number;
}

/** A shop that the worker is to run. */
export interface WatchedShop {
  /** Null where there is only that of .env. */
  readonly shop: string | null;
  /** The code of why it cannot be run, where it cannot. */
  readonly watched: Watched | { readonly fault: string };
}

/** Those of this moment: shops come and go. */
export type WatchedShops = () => readonly WatchedShop[];

/** Of several workers each shows those whose mailbox it reads, so that no figure is there twice. */
export const shownHere =
  (shops: WatchedShops): WatchedShops =>
  () =>
    shops().filter(({ watched }) => "fault" in watched || watched.isReadHere?.() !== false);

export function runningShops(shops: WatchedShops) {
  return shops().flatMap(({ shop, watched }) => ("fault" in watched ? [] : [{ shop, watched }]));
}

/** Whether the worker's loop comes round. */
export function isTurning({ pulse, now }: Watched): boolean {
  const beat = pulse.lastBeat("jobs");
  return beat !== null && now() - beat <= TURN_MS;
}

/** Whether its inbox is read, too, where that is this worker's part: that it does what it is there for. */
export function isAlive(watched: Watched): boolean {
  const { pulse, pollMs, now, isReadHere } = watched;
  if (isReadHere?.() === false) return isTurning(watched);
  const beat = pulse.lastBeat("inbox");
  const isRead = beat !== null && now() - beat <= LOOKS * pollMs + SLACK_MS;
  return isRead && isTurning(watched);
}

async function readFigures(tx: ReadTx, now: number) {
  const { census } = tx;
  return {
    messages: await census.countMessages(),
    tickets: await census.countTickets(),
    oldestOpenTicketAt: await census.findOldestOpenTicketAt(),
    refunds: await census.countRefunds(),
    jobs: await census.countJobs(now),
    parked: await census.countParkedJobs(),
    syncs: await census.listSyncs(),
  };
}

export interface Sight {
  readonly at: number;
  /** Null where nothing is known against them; by name. */
  readonly lanes: ReadonlyMap<string, Lane | null>;
  readonly halt: string | null;
  readonly figures: Awaited<ReturnType<typeof readFigures>>;
}

async function look({ store, lanes, findHalt, now }: Watched): Promise<Sight> {
  const at = now();
  return store.read(async (tx) => {
    const known = new Map((await tx.lanes.list()).map((lane) => [lane.name, lane]));
    return {
      at,
      lanes: new Map(lanes.map((name) => [name, known.get(name) ?? null])),
      halt: await findHalt(tx),
      figures: await readFigures(tx, at),
    };
  });
}

/** One look for all who ask at about the same time. */
export function createSight(watched: Watched): () => Promise<Sight> {
  let last: { readonly at: number; readonly sight: Promise<Sight> } | null = null;
  return () => {
    const at = watched.now();
    const isFresh = last !== null && Math.abs(at - last.at) < FRESH_MS;
    if (last === null || !isFresh) last = { at, sight: look(watched) };
    return last.sight;
  };
}

/** The same for each shop that comes along. */
export function createSights(): (watched: Watched) => Promise<Sight> {
  const sights = new WeakMap<Watched, () => Promise<Sight>>();
  return (watched) => {
    const see = sights.get(watched) ?? createSight(watched);
    sights.set(watched, see);
    return see();
  };
}

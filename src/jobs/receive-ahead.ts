// While a backlog is being read, a look now and then at what has come since: who writes now need not wait
// until thousands of others are read. A mail goes ahead only where none that it passes can bear on it
// (overtaking.ts); all others are left where they are, and read in their turn.

import { createLine } from "../domain/overtaking.ts";
import type { FetchedMessage, MailReader } from "../ports.ts";
import type { Store, WriteTx } from "../store-port.ts";
import { concernOf } from "./concern.ts";
import { keyOf, type Readable, readOne, type StoringDeps, storeMails } from "./store-mails.ts";

const LOOK_MS = 250;
/** So often the mailbox is opened anew, of which some servers make much work. */
const OPEN_MS = 5_000;
/** More at once are a backlog themselves. */
const AHEAD_MESSAGES = 50;
const AHEAD_BYTES = 8 * 1024 * 1024;

export interface AheadDeps extends StoringDeps {
  readonly store: Store;
  readonly reader: MailReader;
}

export interface Lookout {
  /** Returns how many went ahead; throws as Inbox does. */
  look(): Promise<number>;
  /** Whether anything came that the next reading of the mailbox has to look at. */
  hasSeen(): boolean;
}

/** @param from the end of what is being read: everything behind it has come since */
export function lookAhead(
  deps: AheadDeps,
  from: { readonly generation: string; readonly lastKey: string },
  sinceAt: number | null,
  signal: AbortSignal,
): Lookout {
  const { store, desk, inbox, reader, clock } = deps;
  const line = createLine();
  const passed = new Set<string>();
  let lookedAt = clock.now();
  let openedAt = lookedAt;
  let lastKey = from.lastKey;
  let hasSeen = false;

  async function fetchSome(keys: readonly string[]) {
    const fetched: FetchedMessage[] = [];
    let bytes = 0;
    for await (const message of inbox.fetch(keys, signal)) {
      // It was rebuilt in between: these keys are other mails' now.
      if (message.location.generation !== from.generation) break;
      fetched.push(message);
      bytes += message.raw.byteLength;
      if (bytes >= AHEAD_BYTES) return { fetched, isFull: true };
    }
    return { fetched, isFull: false };
  }

  async function fetchNews(): Promise<Readable[]> {
    const cursor = { generation: from.generation, lastKey };
    const glance = lookedAt - openedAt < OPEN_MS;
    if (!glance) openedAt = lookedAt;
    const news = await inbox.list({ cursor, full: false, since: null, glance, signal });
    // Rebuilt, the mailbox is read anew.
    const isRebuilt = news.generation !== from.generation;
    const keys = isRebuilt ? [] : news.keys.slice(0, AHEAD_MESSAGES);
    hasSeen ||= isRebuilt || keys.length > 0;
    const { fetched, isFull } = await fetchSome(keys);
    lastKey = (isFull ? fetched.at(-1)?.location.key : keys.at(-1)) ?? lastKey;
    const wanted = fetched.filter(({ receivedAt }) => sinceAt === null || receivedAt >= sinceAt);
    return Promise.all(wanted.map((message) => readOne(reader, message)));
  }

  /** What cannot be read decides nothing, and waits to be put aside. */
  async function mayPass(tx: WriteTx, { reading, problem }: Readable): Promise<boolean> {
    if (reading === null || problem !== null) return false;
    return line.passes(await concernOf(tx, desk, reading, (pk) => passed.has(pk)));
  }

  return {
    hasSeen: () => hasSeen,
    async look() {
      if (!inbox.hasOrder || clock.now() - lookedAt < LOOK_MS) return 0;
      lookedAt = clock.now();
      const news = await fetchNews();
      if (news.length === 0) return 0;
      let ahead: Readable[] = [];
      const stored = await storeMails(store, deps, async (tx) => {
        ahead = [];
        for (const one of news) if (await mayPass(tx, one)) ahead.push(one);
        return ahead;
      });
      for (const one of ahead) passed.add(keyOf(desk, one));
      return stored;
    },
  };
}

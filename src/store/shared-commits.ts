// Writes that are asked for at the same time share a transaction, each behind a savepoint of its own: what a
// commit costs is waiting for the disk, and a busy worker has dozens of them to wait for. Who asked hears
// nothing before the shared commit is durable, and one that fails takes only itself back.

import { CompiledQuery, type Kysely } from "kysely";
import type { Schema } from "./schema.ts";

type Settle = () => void;

interface Waiting {
  /** Says what to tell the caller once the commit is durable; throws where nothing is left to be committed. */
  run(connection: Kysely<Schema>, takeBack: (() => Promise<void>) | null): Promise<Settle>;
  fail(error: unknown): void;
}

/** The event loop stands still for as long as a shared transaction takes. */
const SHARED_MAX = 64;

/**
 * Those whose answers arrived at the same time ask in turns of their own, of which each takes as long as there
 * is work, and else microseconds.
 */
const GATHERING_TURNS = 4;

const SAVE = CompiledQuery.raw("savepoint one");
const RELEASE = CompiledQuery.raw("release one");
const TAKE_BACK = CompiledQuery.raw("rollback to one");

export interface SharedCommits {
  write<Result>(work: (connection: Kysely<Schema>) => Promise<Result>): Promise<Result>;
}

/** `begin` is the first step of each transaction. */
export function shareCommits(
  db: Kysely<Schema>,
  begin: (tx: Kysely<Schema>) => Promise<void>,
  onCommit: () => void,
): SharedCommits {
  const waiting: Waiting[] = [];
  let isAtWork = false;

  async function runTogether(together: readonly Waiting[]): Promise<void> {
    let settles: Settle[] = [];
    try {
      settles = await db.transaction().execute(async (tx) => {
        await begin(tx);
        return runAll(tx, together);
      });
    } catch (error) {
      for (const { fail } of together) fail(error);
      return;
    }
    onCommit();
    for (const settle of settles) settle();
  }

  async function workOff(): Promise<void> {
    isAtWork = true;
    while (waiting.length > 0) {
      for (let turn = 0; turn < GATHERING_TURNS; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await runTogether(waiting.splice(0, SHARED_MAX));
    }
    isAtWork = false;
  }

  return {
    write: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({
          async run(connection, takeBack) {
            try {
              const result = await work(connection);
              return () => resolve(result);
            } catch (error) {
              await takeBack?.().catch(() => {
                // SQLite has rolled back all of it, as it does where the disk is full.
                throw error;
              });
              if (takeBack === null) throw error;
              return () => reject(error);
            }
          },
          fail: reject,
        });
        if (!isAtWork) void workOff();
      }),
  };
}

async function runAll(tx: Kysely<Schema>, together: readonly Waiting[]): Promise<Settle[]> {
  const [only] = together;
  if (only !== undefined && together.length === 1) return [await only.run(tx, null)];
  const settles: Settle[] = [];
  for (const { run } of together) {
    await tx.executeQuery(SAVE);
    settles.push(await run(tx, async () => void (await tx.executeQuery(TAKE_BACK))));
    await tx.executeQuery(RELEASE);
  }
  return settles;
}

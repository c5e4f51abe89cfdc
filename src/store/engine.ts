// What the two databases do differently, as seen from the tables.

import { type Kysely, PostgresAdapter } from "kysely";
import type { Schema } from "./schema.ts";

export interface Engine {
  /** The file, or the server and its database; without any password. */
  readonly place: string;
  /** What a failure means to the caller. */
  explain(error: unknown): unknown;
  /** The first step of every transaction that writes for this shop. */
  beginWrite(tx: Kysely<Schema>, shopId: string): Promise<void>;
  /** Epoch ms by the clock that all processes on this database share; `own` is that of this one. */
  now(db: Kysely<Schema>, own: () => number): Promise<number>;
  /** Overwrites what was erased. */
  scrub(db: Kysely<Schema>): Promise<void>;
}

/** Where a query must be spelled in their own words. */
export function dialectOf(db: Kysely<Schema>): "sqlite" | "postgres" {
  return db.getExecutor().adapter instanceof PostgresAdapter ? "postgres" : "sqlite";
}

/** What the work throws means to the caller what `engine.explain` says. */
export function explaining({ explain }: Pick<Engine, "explain">) {
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw explain(error);
    }
  };
}

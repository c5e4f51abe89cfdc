import { sql } from "kysely";
import { storageError } from "./connection.ts";
import type { Engine } from "./engine.ts";

export function sqliteEngine(path: string): Engine {
  return {
    place: path,
    explain: (error) => storageError(error, path),
    // `begin immediate` has taken the whole database.
    beginWrite: async () => undefined,
    now: async (_, own) => own(),
    async scrub(db) {
      await sql`pragma wal_checkpoint(truncate)`.execute(db);
    },
  };
}

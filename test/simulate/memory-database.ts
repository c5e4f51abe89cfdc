// The database of a history that needs no file. Opening one takes longer than many a history.

import { type Kysely, sql } from "kysely";
import { openDatabase } from "../../src/store/database.ts";
import type { Schema } from "../../src/store/schema.ts";

/** One for all histories, one after the other: its schema and its prepared statements stay. */
let opened: Promise<{ db: Kysely<Schema>; tables: readonly string[] }> | undefined;

async function openMemory() {
  const db = await openDatabase(":memory:", 0);
  // Else it could not be emptied; whether a trail was changed is told by its hashes.
  await sql`drop trigger event_is_append_only_delete`.execute(db);
  const names = (await db.introspection.getTables()).map(({ name }) => name);
  return { db, tables: names.filter((name) => name !== "schema_migration") };
}

const open = () => {
  opened ??= openMemory();
  return opened;
};

/** As the history has left it so far. */
export const memory = async (): Promise<Kysely<Schema>> => (await open()).db;

export async function emptyMemory(): Promise<Kysely<Schema>> {
  const { db, tables } = await open();
  for (const name of tables) await sql`delete from ${sql.table(name)}`.execute(db);
  return db;
}

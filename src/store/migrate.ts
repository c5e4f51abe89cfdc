// Carries out the steps of migrations.ts that a database lacks.

import { createHash } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { AccessError, PermanentError } from "../domain/errors.ts";
import { dialectOf } from "./engine.ts";
import { findLastBeat } from "./live-workers.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import { CLOSED_TRAIL, inPostgres } from "./postgres-schema.ts";
import type { Schema } from "./schema.ts";

function digest(migration: Migration): string {
  return createHash("sha256").update(migration.statements.join(";\n")).digest("hex");
}

const STEPS_TABLE = `create table if not exists schema_migration (
  version integer primary key, name text not null, sha256 text not null,
  applied_at integer not null) strict`;

/** In PostgreSQL, where several workers may start in the same moment. Any number that nobody else uses. */
const MIGRATION_LOCK = 7_265_107_491;

/** From it on workers tell in the database that they live. */
const WORKERS_STEP = 13;

/** The last step that this version knows. */
export const NEWEST_STEP = MIGRATIONS.at(-1)?.version ?? 0;

export interface SchemaState {
  /** Nobody has written to it yet. */
  readonly isNew: boolean;
  /** The numbers of the steps that it lacks, ascending. */
  readonly missing: readonly number[];
}

/** Writes nothing; throws where a newer version has written the database. */
export async function schemaStateOf(db: Kysely<Schema>): Promise<SchemaState> {
  const applied = (await hasSteps(db)) ? await listApplied(db) : [];
  const versions = new Set(applied.map(({ version }) => version));
  const missing = MIGRATIONS.filter(({ version }) => !versions.has(version));
  return { isNew: applied.length === 0, missing: missing.map(({ version }) => version) };
}

async function hasSteps(db: Kysely<Schema>): Promise<boolean> {
  const { rows } =
    dialectOf(db) === "postgres"
      ? await sql`select 1 where to_regclass('schema_migration') is not null`.execute(db)
      : await sql`select 1 from sqlite_schema where name = 'schema_migration'`.execute(db);
  return rows.length > 0;
}

async function listApplied(db: Kysely<Schema>): Promise<Schema["schema_migration"][]> {
  const applied = await db.selectFrom("schema_migration").selectAll().execute();
  for (const row of applied) {
    const known = MIGRATIONS.find((migration) => migration.version === row.version);
    if (known === undefined || digest(known) !== row.sha256) {
      throw new PermanentError("database_newer", { step: row.version, title: row.name });
    }
  }
  return applied;
}

/**
 * Brings the database to this version's schema; refuses one that a newer version has written. All in
 * one transaction: killed half-way it is still the old version's.
 *
 * On a server it throws AccessError where workers of the version before still write by their schema.
 *
 * @param last a version's own last step; an older one is for tests
 * @param place where the database is, for people
 */
export async function migrate(
  db: Kysely<Schema>,
  now: number,
  last: number = NEWEST_STEP,
  place = "on the server",
): Promise<void> {
  const isPostgres = dialectOf(db) === "postgres";
  await db.transaction().execute(async (tx) => {
    if (isPostgres) await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx);
    await runAll(tx, [STEPS_TABLE]);
    // Within, because another process may have been quicker.
    const { missing } = await schemaStateOf(tx);
    const steps = MIGRATIONS.filter(({ version }) => missing.includes(version) && version <= last);
    const mayBeShared = isPostgres && !missing.includes(WORKERS_STEP);
    if (mayBeShared && steps.some(({ beside }) => !beside) && (await findLastBeat(tx)) !== null) {
      throw new AccessError("database_waits", { path: place });
    }
    for (const step of steps) {
      await runAll(tx, step.statements);
      await step.fill?.(tx);
      const { version, name } = step;
      await tx
        .insertInto("schema_migration")
        .values({ version, name, sha256: digest(step), applied_at: now })
        .execute();
    }
    if (isPostgres && missing.includes(1)) await runAll(tx, CLOSED_TRAIL);
  });
}

async function runAll(tx: Kysely<Schema>, statements: readonly string[]): Promise<void> {
  const spelled = dialectOf(tx) === "postgres" ? statements.flatMap(inPostgres) : statements;
  for (const statement of spelled) await sql.raw(statement).execute(tx);
}

// The same tables in PostgreSQL, for many shops on many machines. Loaded only where DATABASE_URL names one.

import {
  type Kysely,
  Kysely as KyselyDatabase,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  type PostgresPoolClient,
  PostgresQueryCompiler,
  sql,
} from "kysely";
import type { ClientConfig, CustomTypesConfig, Pool, PoolClient } from "pg";
import { AccessError, ConfigError } from "../domain/errors.ts";
import type { Opening } from "./database.ts";
import type { Engine } from "./engine.ts";
import { placeOf } from "./location.ts";
import { migrate, NEWEST_STEP, schemaStateOf } from "./migrate.ts";
import { hasLostConnection, postgresError } from "./postgres-errors.ts";
import type { Schema } from "./schema.ts";

/** pg_type.oid of bigint, and of numeric, which a sum of bigint is. Money and times lie far below 2^53. */
const NUMBERS: ReadonlySet<number> = new Set([20, 1_700]);

/** Which a process's shops share; a worker of several has eight more. PostgreSQL as delivered allows a hundred. */
const CONNECTIONS_MAX = 10;
const CONNECT_MS = 10_000;
/** A connection that was cut without a word answers never. */
const QUERY_MS = 30_000;
/**
 * What the server does to whoever falls silent in the middle of a transaction, and holds its shop: a machine
 * that was cut off, a process that was stopped.
 */
const SILENT_MS = 15_000;

const SESSION = [
  `idle_in_transaction_session_timeout=${SILENT_MS}`,
  `statement_timeout=${QUERY_MS}`,
  "tcp_keepalives_idle=10",
  "tcp_keepalives_interval=5",
  "tcp_keepalives_count=3",
  // Index scans of small tables would else be compiled, which takes longer than to run them.
  "jit=off",
];

/** How one process is connected. */
export interface PostgresPool {
  readonly db: Kysely<Schema>;
  readonly pool: Pool;
}

export function postgresConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: "henkin",
    options: SESSION.map((setting) => `-c ${setting}`).join(" "),
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    keepAlive: true,
  };
}

/** Throws ConfigError where it is not installed: who keeps a file needs none. */
export async function loadDriver(): Promise<typeof import("pg")["default"]> {
  try {
    return (await import("pg")).default;
  } catch (cause) {
    throw new ConfigError([
      `DATABASE_URL: needs PostgreSQL's driver, which \`npm ci\` brings, and which cannot be loaded (${cause})`,
    ]);
  }
}

/** Connects to nothing yet. `queryMs`: after which a question counts as never answered, `connectMs`: a call. */
export async function connectPostgres(
  url: string,
  { connectionsMax = CONNECTIONS_MAX, queryMs = QUERY_MS, connectMs = CONNECT_MS } = {},
): Promise<PostgresPool> {
  const pg = await loadDriver();
  const types: CustomTypesConfig = {
    getTypeParser: (id, format) =>
      NUMBERS.has(id) ? Number : pg.types.getTypeParser(id, format as "text"),
  };
  const pool = new pg.Pool({
    ...postgresConfig(url),
    types,
    query_timeout: queryMs,
    connectionTimeoutMillis: connectMs,
    max: connectionsMax,
  });
  // An idle connection that dies is replaced when the next one is needed, and that one tells.
  pool.on("error", () => {});
  const db = new KyselyDatabase<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () =>
        new PostgresDriver({
          pool: {
            connect: async () => guardClient(await pool.connect()),
            end: () => pool.end(),
          },
        }),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return { db, pool };
}

/** PostgreSQL has no text with U+0000 in it, and a mail may bring one. */
const storable = (value: unknown) =>
  typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value;

/**
 * A connection that failed is closed and not lent again: its answer may still come, to another's question.
 * Until it is given back it refuses all else at once, the rollback of what the server has given up.
 */
function guardClient(client: PoolClient): PostgresPoolClient {
  let failure: Error | undefined;
  const remember = (error: Error) => {
    failure ??= error;
  };
  client.on("error", remember);
  const query = async (text: string, values: readonly unknown[]) => {
    if (failure !== undefined) throw failure;
    try {
      return await client.query(text, values.map(storable));
    } catch (error) {
      if (error instanceof Error && hasLostConnection(error)) remember(error);
      throw error;
    }
  };
  return {
    // Nothing here asks by a cursor, which is the other way to call it.
    query: query as unknown as PostgresPoolClient["query"],
    release() {
      client.off("error", remember);
      client.release(failure);
    },
  };
}

/** Connects, and brings the tables to this version's schema. */
export async function openPostgres(
  url: string,
  now: number,
  { mayUpdate = true }: Opening = {},
): Promise<Kysely<Schema>> {
  const { db } = await connectPostgres(url);
  try {
    const { isNew, missing } = await schemaStateOf(db);
    if (missing.length > 0) {
      if (!mayUpdate && !isNew) throw new AccessError("database_waits", { path: placeOf(url) });
      await migrate(db, now, NEWEST_STEP, placeOf(url));
    }
    return db;
  } catch (error) {
    await db.destroy();
    throw postgresError(error, placeOf(url));
  }
}

/** What its shared tables need beyond SQLite's. */
export function postgresEngine(url: string): Engine {
  return {
    place: placeOf(url),
    explain: (error) => postgresError(error, placeOf(url)),
    // As SQLite does it for the whole database: whoever writes for a shop is alone in it, so that what a
    // transaction has read is still so when it writes.
    async beginWrite(tx, shopId) {
      await sql`select pg_advisory_xact_lock(hashtextextended(${shopId}, 0))`.execute(tx);
    },
    async now(connection) {
      const { rows } = await sql<{ now: number }>`
        select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now
      `.execute(connection);
      return rows[0]?.now ?? 0;
    },
    // Its pages are reused, not overwritten; README says so.
    scrub: async () => undefined,
  };
}

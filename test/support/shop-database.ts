// The database of a shop under test, seen from outside: rows, read over a connection of its own. Which kind
// it is, is chosen for a whole run: HENKIN_TEST_DATABASE=postgres.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import pg from "pg";
import { startPostgres } from "./postgres.ts";

type Values = Readonly<Record<string, string | number>>;

export interface ShopDatabase {
  /** henkin's settings for it. */
  readonly settings: Readonly<Record<string, string>>;
  /**
   * In a query: when it sees the rows, epoch ms. A time from before it was asked misses what has become due
   * since, and a server may keep it waiting.
   */
  readonly now: string;
  /** None before there is a database. In a query `:name` stands for a value. */
  rows<Row = Record<string, string | number | null>>(sql: string, values?: Values): Row[];
  /** The same, and lets the servers under test answer meanwhile. */
  find<Row = Record<string, string | number | null>>(sql: string, values?: Values): Promise<Row[]>;
  /** Changes rows behind henkin's back. */
  change(sql: string): void;
  /** What sealed the mails. */
  dataKey(): Buffer;
  close(): Promise<void>;
}

export const ON_POSTGRES = process.env["HENKIN_TEST_DATABASE"] === "postgres";

/** `setting`: where it is in a file. */
export async function openShopDatabase(file: string, setting: string): Promise<ShopDatabase> {
  return ON_POSTGRES ? onPostgres() : inFile(file, setting);
}

function inFile(path: string, setting: string): ShopDatabase {
  /** Anew each time: a restore puts another file there, and refuses to while one is open. */
  function rows<Row>(sql: string, values: Values = {}) {
    if (!existsSync(path)) return [];
    const file = new SqliteDatabase(path, { readonly: true });
    try {
      return file.prepare(sql).all(values) as Row[];
    } finally {
      file.close();
    }
  }
  return {
    settings: { DATABASE_URL: setting },
    now: "cast(unixepoch('subsec') * 1000 as integer)",
    rows,
    find: async (sql, values) => rows(sql, values),
    change(sql) {
      const own = new SqliteDatabase(path);
      own.exec(sql);
      own.close();
    },
    dataKey: () => Buffer.from(readFileSync(join(dirname(path), "henkin.key"), "utf8"), "base64"),
    async close() {},
  };
}

async function onPostgres(): Promise<ShopDatabase> {
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  // The server may be killed under it.
  pool.on("error", () => {});
  const key = Buffer.alloc(32, 7);
  /** Tests ask in the middle of what is not asynchronous. */
  function psql(query: string): string {
    const { status, stdout, stderr } = spawnSync("psql", [url, "-XAtqc", query], {
      encoding: "utf8",
      maxBuffer: 256 * 1024 ** 2,
    });
    if (status === 0) return stdout;
    if (MISSING.test(stderr)) return "[]";
    throw new Error(`${query}\n${stderr}`);
  }
  return {
    settings: { DATABASE_URL: url, DATA_KEY: key.toString("base64") },
    now: "floor(extract(epoch from clock_timestamp()) * 1000)",
    rows<Row>(sql: string, values: Values = {}) {
      return (JSON.parse(psql(asJson(sql, values))) as Record<string, unknown>[]).map(
        withBytes,
      ) as Row[];
    },
    change: (sql) => void psql(sql),
    dataKey: () => key,
    async find<Row>(sql: string, values: Values = {}) {
      try {
        const { rows } = await pool.query<{ json: Row[] }>(asJson(sql, values));
        return (rows[0]?.json ?? []).map((row) => withBytes(row as object)) as Row[];
      } catch (error) {
        if (MISSING.test(String(error))) return [];
        throw error;
      }
    },
    async close() {
      await pool.end();
      await postgres.stop();
    },
  };
}

/** As JSON shows a bytea. */
function withBytes(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      name === "raw" && typeof value === "string" ? Buffer.from(value.slice(2), "hex") : value,
    ]),
  );
}

const MISSING = /relation "\w+" does not exist/;

function asJson(sql: string, values: Values): string {
  const quoted = sql.replace(/:(\w+)/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? `${value}` : `'${value}'`;
  });
  return `select coalesce(json_agg(found), '[]') as json from (${quoted}) as found`;
}

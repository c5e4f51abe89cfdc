// The database of a shop under test, seen from outside: rows, read over a connection of its own. Which kind
// it is, is chosen for a whole run: HENKIN_TEST_DATABASE=postgres.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import SqliteDatabase from "better-sqlite3";
import pg from "pg";
import { startPostgres } from "./postgres.ts";

type Values = Readonly<Record<string, string | number>>;

export interface ShopDatabase {
  /** henkin's settings for it. */
  readonly settings: Readonly<Record<string, string>>;
  /** None before there is a database. In a query `:name` stands for a value. */
  rows<Row = Record<string, string | number | null>>(sql: string, values?: Values): Row[];
  /** The same, and lets the servers under test answer meanwhile. */
  find<Row = Record<string, string | number | null>>(sql: string, values?: Values): Promise<Row[]>;
  close(): Promise<void>;
}

export const ON_POSTGRES = process.env["HENKIN_TEST_DATABASE"] === "postgres";

/** `setting`: where it is in a file. */
export async function openShopDatabase(file: string, setting: string): Promise<ShopDatabase> {
  return ON_POSTGRES ? onPostgres() : inFile(file, setting);
}

function inFile(path: string, setting: string): ShopDatabase {
  let file: SqliteDatabase.Database | undefined;
  function rows<Row>(sql: string, values: Values = {}) {
    if (!existsSync(path)) return [];
    file ??= new SqliteDatabase(path, { readonly: true });
    return file.prepare(sql).all(values) as Row[];
  }
  return {
    settings: { DATABASE_URL: setting },
    rows,
    find: async (sql, values) => rows(sql, values),
    async close() {
      file?.close();
    },
  };
}

async function onPostgres(): Promise<ShopDatabase> {
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  // The server may be killed under it.
  pool.on("error", () => {});
  return {
    settings: { DATABASE_URL: url, DATA_KEY: Buffer.alloc(32, 7).toString("base64") },
    rows<Row>(sql: string, values: Values = {}) {
      const query = asJson(sql, values);
      const { status, stdout, stderr } = spawnSync("psql", [url, "-XAtqc", query], {
        encoding: "utf8",
      });
      if (status === 0) return JSON.parse(stdout) as Row[];
      if (MISSING.test(stderr)) return [];
      throw new Error(`${query}\n${stderr}`);
    },
    async find<Row>(sql: string, values: Values = {}) {
      try {
        const { rows } = await pool.query<{ json: Row[] }>(asJson(sql, values));
        return rows[0]?.json ?? [];
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

const MISSING = /relation "\w+" does not exist/;

function asJson(sql: string, values: Values): string {
  const quoted = sql.replace(/:(\w+)/g, (_whole, name) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? `${value}` : `'${value}'`;
  });
  return `select coalesce(json_agg(found), '[]') as json from (${quoted}) as found`;
}

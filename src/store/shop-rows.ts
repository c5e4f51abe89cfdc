// The rows of the shops, read before it is known which shop's store is to be opened. Whatever the schema
// step: a command must not begin an update by looking.

import { existsSync } from "node:fs";
import SqliteDatabase from "better-sqlite3";
import type { ShopRow } from "../store-port.ts";
import { storageError } from "./connection.ts";
import type { Schema } from "./schema.ts";
import { toShop } from "./shops.ts";

/** By their ids; only that one where `id` is given. Nothing where there is no database. */
export function readShops(database: string, id: string | null = null): ShopRow[] {
  if (!existsSync(database)) return [];
  let file: SqliteDatabase.Database | undefined;
  try {
    file = new SqliteDatabase(database, { readonly: true });
    const table = file.prepare("select 1 from sqlite_schema where name = 'shop'").get();
    if (table === undefined) return [];
    const rows = file.prepare("select * from shop where ? is null or id = ? order by id");
    return (rows.all(id, id) as Schema["shop"][]).map(toShop);
  } catch (error) {
    throw storageError(error, database);
  } finally {
    file?.close();
  }
}

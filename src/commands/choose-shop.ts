// Which shop a command is about, and the settings of that shop in the place of those of .env. It loads
// nothing of a database where there is none: most commands that ask have no shop at all.

import { type Config, loadOptionalConfig } from "../config.ts";
import { ConfigError, PermanentError, UsageError } from "../domain/errors.ts";
import { ENV_SHOP } from "../domain/shop-id.ts";
import type { Environment } from "../environment.ts";
import { shopEnvironment } from "../shop-environment.ts";
import { databaseExists, locationOf } from "../store/location.ts";
import type { ShopRow } from "../store-port.ts";
import { nearest } from "./nearest.ts";

/** `asked`: by --shop or HENKIN_SHOP; undefined: the only one that there is. */
export async function chooseShop(
  env: Environment,
  directory: string,
  asked: string | undefined,
): Promise<Environment> {
  const config = databaseIn(env, directory, asked !== undefined);
  const rows = config === null ? [] : await rowsIn(config, directory);
  const row = asked === undefined ? onlyOne(rows) : named(asked, rows);
  if (row === undefined || config === null) return { ...env, HENKIN_SHOP: ENV_SHOP };
  const { id, settingsSealed } = row;
  if (settingsSealed === null) return shopEnvironment(env, id, {});
  const { DATA_KEY } = loadOptionalConfig(["DATA_KEY"], env, directory);
  const { findDataKey } = await import("../data-key.ts");
  const { createShopSeal } = await import("../shop-seal.ts");
  const dataKey = findDataKey(DATA_KEY, locationOf(config.DATABASE_URL, directory));
  if (dataKey === null) throw new PermanentError("data_key_missing");
  return shopEnvironment(env, id, createShopSeal(dataKey).openSettings(id, settingsSealed));
}

type Location = Config<"DATABASE_URL">;

/** Null where it is wrong and nobody asked: the command itself tells so, with its other settings. */
function databaseIn(env: Environment, directory: string, isAsked: boolean): Location | null {
  try {
    const { DATABASE_URL = "" } = loadOptionalConfig(["DATABASE_URL"], env, directory);
    return { DATABASE_URL };
  } catch (error) {
    if (isAsked || !(error instanceof ConfigError)) throw error;
    return null;
  }
}

async function rowsIn(config: Location, directory: string): Promise<ShopRow[]> {
  if (!databaseExists(locationOf(config.DATABASE_URL, directory))) return [];
  const { listShops } = await import("../open-store.ts");
  return (await listShops(config, directory)).filter(({ id }) => id !== ENV_SHOP);
}

function onlyOne(rows: readonly ShopRow[]): ShopRow | undefined {
  const here = rows.filter(({ status }) => status !== "removed");
  if (here.length > 1) throw new UsageError("shop_unclear", { what: idsOf(here) });
  return here[0];
}

const LISTED = 20;

function idsOf(rows: readonly ShopRow[]): string {
  const ids = rows.slice(0, LISTED).map(({ id }) => id);
  return `${ids.join(", ")}${rows.length > LISTED ? ", …" : ""}`;
}

function named(asked: string, rows: readonly ShopRow[]): ShopRow | undefined {
  if (asked === ENV_SHOP) return undefined;
  const row = rows.find(({ id }) => id === asked);
  if (row !== undefined) return row;
  const ids = rows.map(({ id }) => id);
  const near = nearest(asked, ids);
  const hint = near === null ? "" : `. Did you mean "${near}"?`;
  throw new UsageError("unknown_shop", { what: `"${asked}"${hint}` });
}

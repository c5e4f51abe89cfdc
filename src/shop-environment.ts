// The settings of one shop of a row, as if they stood in .env.

import { ALL_SETTINGS, type SettingName } from "./config.ts";
import type { Environment } from "./environment.ts";
import type { ShopSettingTexts } from "./shop-seal.ts";

/** Of the process, and in .env alone. */
export const PROCESS_SETTINGS = [
  ...(["DATABASE_URL", "NEW_DATABASE_URL", "DATA_KEY", "NEW_DATA_KEY", "HENKIN_SHOP"] as const),
  ...(["LOG_LEVEL", "HEALTH_PORT", "HEARTBEAT_URL"] as const),
  ...(["WORKER_ID", "WORKER_TURNS", "IDLE_PER_HOST"] as const),
] as const satisfies readonly SettingName[];

const isOfProcess = (name: SettingName) =>
  (PROCESS_SETTINGS as readonly SettingName[]).includes(name);

export const SHOP_SETTINGS: readonly SettingName[] = ALL_SETTINGS.filter(
  (name) => !isOfProcess(name),
);

const OF_ENV_SHOP = new Set(SHOP_SETTINGS.flatMap((name) => [name, `${name}_FILE`]));

/** Nothing of the shop of .env may reach another: a key of its provider least of all. */
export function shopEnvironment(
  env: Environment,
  id: string,
  settings: ShopSettingTexts,
): Environment {
  const ofProcess = Object.entries(env).filter(([name]) => !OF_ENV_SHOP.has(name));
  return { ...Object.fromEntries(ofProcess), ...settings, HENKIN_SHOP: id };
}

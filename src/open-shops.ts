// The shops of a worker: that of .env and those of the rows, as they are at this moment.

import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { AppError, StorageError } from "./domain/errors.ts";
import { ENV_SHOP } from "./domain/shop-id.ts";
import type { Environment } from "./environment.ts";
import type { WatchedShop } from "./health/sight.ts";
import { keepShops, type ShopToRun } from "./keep-shops.ts";
import { type OpenShop, openShop, type Premises } from "./open-shop.ts";
import type { Log } from "./ports.ts";
import { shopEnvironment } from "./shop-environment.ts";
import { createShopSeal } from "./shop-seal.ts";
import type { ShopRow, Store } from "./store-port.ts";

export interface ShopsOptions {
  readonly premises: Premises;
  /** Through which the rows of the shops are read. */
  readonly register: Pick<Store, "read">;
  readonly dataKey: Uint8Array;
  readonly log: Log;
  readonly env: Environment;
  readonly envShop: Config | null;
  /** Of the settings of one shop. */
  readonly loadShopConfig: (env: Environment, directory: string) => Promise<Config>;
}

interface Listed extends ShopToRun {
  /** Null: the shop of .env, for which no row keeps a key yet. */
  readonly row: ShopRow | null;
}

export interface Shops {
  /** That of .env; what is wrong with it is thrown. */
  openFirst(): Promise<void>;
  run(stop: AbortSignal): Promise<void>;
  /** All of them; throws afterwards where one could not be worked off. */
  runOnce(stop: AbortSignal): Promise<void>;
  watched(): readonly WatchedShop[];
  close(): Promise<void>;
}

export function openShops(options: ShopsOptions): Shops {
  const { register, log, envShop } = options;
  /** Open, and not at work: they wait for the first run, or for the next look of `--once`. */
  const ready = new Map<string, OpenShop>();
  let isMany = false;
  const logOf = (id: string) => namingShop(log, id, () => isMany);

  const readRows = rereadingOf(register);
  async function list(): Promise<Listed[]> {
    const rows = await readRows();
    const own = rows.find(({ id }) => id === ENV_SHOP) ?? null;
    const others = rows.filter(({ id, status }) => id !== ENV_SHOP && status !== "removed");
    isMany = others.length > 0;
    return [
      ...(envShop === null ? [] : [{ id: ENV_SHOP, version: "", row: own }]),
      ...others
        .filter(({ status }) => status === "active")
        // A seal is never the same twice.
        .map((row) => ({ id: row.id, version: row.settingsSealed ?? "", row })),
    ];
  }

  const openOne = openerOf(options, logOf);
  async function open(shop: Listed): Promise<OpenShop> {
    const waiting = ready.get(shop.id);
    ready.delete(shop.id);
    return waiting ?? openOne(shop);
  }

  const keeper = keepShops<Listed, OpenShop>({
    ...{ list, open, logOf, clock: systemClock },
    isAlone: () => !isMany,
  });

  async function once(shop: Listed, stop: AbortSignal): Promise<unknown> {
    try {
      const opened = await open(shop);
      ready.set(shop.id, opened);
      await opened.runOnce(stop);
      return null;
    } catch (error) {
      if (error instanceof StorageError || !isMany) throw error;
      const code = error instanceof AppError ? error.code : "unexpected";
      logOf(shop.id).error({ code, why: String(error) }, "this shop could not be worked off");
      return error;
    }
  }

  return {
    async openFirst() {
      const [first] = await list();
      if (first !== undefined) ready.set(first.id, await open(first));
    },
    run: keeper.run,
    async runOnce(stop) {
      const failures: unknown[] = [];
      for (const shop of await list()) {
        if (stop.aborted) break;
        const failure = await once(shop, stop);
        if (failure !== null) failures.push(failure);
      }
      if (failures.length > 0) throw failures[0];
    },
    watched() {
      const named = (id: string) => (isMany ? id : null);
      return [
        ...[...ready].map(([id, { watched }]) => ({ shop: named(id), watched })),
        ...keeper.lives().map(({ id, running, fault }) => ({
          shop: named(id),
          watched: running?.watched ?? { fault: fault ?? "starting" },
        })),
      ];
    },
    async close() {
      for (const { close } of ready.values()) await close();
      ready.clear();
    },
  };
}

/** With their sealed settings they are large, and they seldom change. */
function rereadingOf(register: ShopsOptions["register"]): () => Promise<ShopRow[]> {
  let known: { readonly state: string; readonly rows: ShopRow[] } | null = null;
  return () =>
    register.read(async ({ shops }) => {
      const state = await shops.findState();
      if (known?.state !== state) known = { state, rows: await shops.list() };
      return known.rows;
    });
}

/** By its own settings, and under its own key. */
function openerOf(options: ShopsOptions, logOf: (id: string) => Log) {
  const { premises, dataKey, env, envShop } = options;
  const seal = createShopSeal(dataKey);
  const configOf = async ({ id, row }: Listed): Promise<Config> => {
    if (id === ENV_SHOP && envShop !== null) return envShop;
    const sealed = row?.settingsSealed ?? null;
    const settings = sealed === null ? {} : seal.openSettings(id, sealed);
    return options.loadShopConfig(shopEnvironment(env, id, settings), premises.directory);
  };
  return async (shop: Listed): Promise<OpenShop> => {
    const { id, row } = shop;
    const key = row === null ? dataKey : seal.openKey(id, row.keySealed);
    const ofRow = id === ENV_SHOP && envShop !== null ? null : row;
    return openShop(premises, { config: await configOf(shop), key, row: ofRow, log: logOf(id) });
  };
}

/** Of a single shop the lines are as they always were. */
function namingShop(log: Log, shop: string, isMany: () => boolean): Log {
  const named = (fields: object) => (isMany() ? { shop, ...fields } : fields);
  return {
    info: (fields, message) => log.info(named(fields), message),
    warn: (fields, message) => log.warn(named(fields), message),
    error: (fields, message) => log.error(named(fields), message),
    debug: (fields, message) => log.debug(named(fields), message),
  };
}

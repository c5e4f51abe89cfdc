// The shops that are rows of the database.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../clock.ts";
import { isSecret, loadConfig } from "../config.ts";
import { requireDataKey } from "../data-key.ts";
import { databaseLocation } from "../database-location.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import { ENV_SHOP } from "../domain/shop-id.ts";
import { hasEnvShop } from "../environment.ts";
import { listShops, openExistingStore } from "../open-store.ts";
import { createShopSeal, type ShopSeal } from "../shop-seal.ts";
import { databaseExists } from "../store/location.ts";
import type { ShopRow, ShopStatus, WriteTx } from "../store-port.ts";
import { STOP_SWITCH } from "../ticket/desk.ts";
import { type CommandContext, EXIT, operator, type Run, readArgs } from "./command.ts";
import { oneLine } from "./screen.ts";
import { type Saved, saveShops, settingsOf } from "./shop-save.ts";
import { checkShops } from "./shop-settings.ts";
import { table } from "./table.ts";

const OPTIONS = {
  file: { type: "string" },
  json: { type: "boolean" },
  "no-provider": { type: "boolean" },
} as const;

type Values = ReturnType<typeof readArgs<typeof OPTIONS>>["values"];
/** `named` is the ID, or of `import` the file. */
type Verb = (named: string, values: Values, context: CommandContext) => Promise<number>;

/** The shop of .env is no row, though after a rekey a row keeps its key. */
const isShopOfRow = ({ id }: ShopRow) => id !== ENV_SHOP;

const add: Verb = async (id, values, context) => {
  if (id === ENV_SHOP) throw new UsageError("shop_of_env");
  const given = readJson(values.file ?? "-", context.directory);
  const shops = checkShops([{ id, given }], checking(values, context));
  const [saved] = await saveShops(shops, context, { mustBeNew: true });
  context.print(`Added: ${id}. A worker that runs takes it up within seconds.`);
  if (saved === "brought back") {
    context.print(
      `It goes on where it was removed. Its refunds are stopped: \`henkin resume --shop ${id}\`.`,
    );
  }
  return EXIT.done;
};

const importShops: Verb = async (file, values, context) => {
  const list = readJson(file, context.directory);
  if (!Array.isArray(list)) {
    throw new PermanentError("shop_file", { path: file, why: "it is no array" });
  }
  const shops = checkShops(list.map(idAndSettings), checking(values, context));
  const saved = await saveShops(shops, context, { mustBeNew: false });
  const words: readonly Saved[] = ["added", "brought back", "changed", "left"];
  for (const word of words) {
    const ids = shops.filter((_, at) => saved[at] === word).map(({ id }) => id);
    if (ids.length > 0) context.print(`${word}: ${ids.length} (${ids.join(", ")})`);
  }
  if (shops.length === 0) context.print("The list is empty; nothing is changed.");
  return EXIT.done;
};

function idAndSettings(one: unknown): { id: unknown; given: unknown } {
  if (typeof one !== "object" || one === null) return { id: undefined, given: one };
  const { id, ...given } = one as Record<string, unknown>;
  return { id, given };
}

const checking = (values: Values, { env, directory }: CommandContext) => ({
  ...{ env, directory },
  needsProvider: values["no-provider"] !== true,
});

const STDIN = 0;

function readJson(file: string, directory: string): unknown {
  try {
    return JSON.parse(readFileSync(file === "-" ? STDIN : resolve(directory, file), "utf8"));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // A syntax error quotes what it stumbled over, which may be a password.
    throw new PermanentError("shop_file", { path: file, why: code ?? "it is no JSON" });
  }
}

const list: Verb = async (_named, values, context) => {
  const { rows, seal } = await readRows(context);
  const shops = [
    ...(hasEnvShop(context.env)
      ? [{ id: ENV_SHOP, status: "active", name: context.env["SHOP_NAME"] ?? "", source: ".env" }]
      : []),
    ...rows.filter(isShopOfRow).map((row) => ({
      ...{ id: row.id, status: row.status, name: settingsOf(row, seal())["SHOP_NAME"] ?? "" },
      source: "row",
    })),
  ];
  if (values.json) for (const shop of shops) context.print(JSON.stringify(shop));
  else if (shops.length === 0) context.print("There are no shops yet: `henkin shop add`.");
  else {
    const cells = shops.map(({ id, status, name, source }) => [id, status, source, name]);
    const header = ["id", "status", "from", "name"];
    const screen = context.screen === undefined ? {} : { screen: context.screen };
    for (const line of table(cells, { ...screen, header })) context.print(line);
  }
  return EXIT.done;
};

const show: Verb = async (id, values, context) => {
  const { rows, seal } = await readRows(context);
  const row = find(id, rows);
  const entries = Object.entries(settingsOf(row, seal()))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]): [string, string] => [name, isSecret(name) ? "‹set›" : value]);
  const { status, createdAt, updatedAt } = row;
  const time = (at: number) => new Date(at).toISOString();
  if (values.json) {
    const times = { createdAt: time(createdAt), updatedAt: time(updatedAt) };
    context.print(JSON.stringify({ id, status, ...times, settings: Object.fromEntries(entries) }));
    return EXIT.done;
  }
  context.print(`${id}: ${status}, added ${time(createdAt)}, changed ${time(updatedAt)}`);
  for (const [name, value] of entries) context.print(`  ${name}=${oneLine(value)}`);
  return EXIT.done;
};

async function readRows({ env, directory }: CommandContext) {
  const config = loadConfig(["DATABASE_URL", "DATA_KEY"], env, directory);
  const path = databaseLocation(config, directory);
  if (!databaseExists(path)) throw new PermanentError("no_database", { path });
  let seal: ShopSeal | undefined;
  return {
    rows: await listShops(config, directory),
    seal(): ShopSeal {
      const key = requireDataKey(config.DATA_KEY, path);
      if (key === null) throw new PermanentError("data_key_missing");
      seal ??= createShopSeal(key);
      return seal;
    },
  };
}

function find(id: string, rows: readonly ShopRow[]): ShopRow {
  if (id === ENV_SHOP) throw new UsageError("shop_of_env");
  const row = rows.find((one) => one.id === id);
  if (row === undefined) throw new UsageError("unknown_shop", { what: `"${id}"` });
  return row;
}

/** `step` runs in the shop's own store, and says what it did. */
async function change(
  id: string,
  { env, directory, print }: CommandContext,
  step: (tx: WriteTx, row: ShopRow) => Promise<string>,
): Promise<number> {
  if (id === ENV_SHOP) throw new UsageError("shop_of_env");
  const config = loadConfig(["DATABASE_URL", "DATA_KEY"], env, directory);
  const store = await openExistingStore({ ...config, HENKIN_SHOP: id }, directory);
  try {
    const words = await store.write(async (tx) => {
      const row = find(id, await tx.shops.list());
      if (row.status === "removed") throw new PermanentError("shop_removed", { id });
      return step(tx, row);
    });
    print(words);
  } finally {
    await store.close();
  }
  return EXIT.done;
}

async function record(tx: WriteTx, type: string, at: number): Promise<void> {
  await tx.events.append({ ticketId: null, type, actor: operator(), at, data: {} });
}

const setStatus =
  (status: ShopStatus, type: string, words: string): Verb =>
  (id, _values, context) =>
    change(id, context, async (tx, row) => {
      if (row.status === status) return `${id} is ${status} already.`;
      const at = systemClock.now();
      await tx.shops.update(id, { status }, at);
      await record(tx, type, at);
      return `${id} is ${words}`;
    });

const remove: Verb = (id, _values, context) =>
  change(id, context, async (tx) => {
    const at = systemClock.now();
    if (!(await tx.shops.remove(id, at))) {
      const number = await tx.shops.countOpenRefunds(id);
      throw new PermanentError("shop_has_refunds", { id, number });
    }
    // A worker that has not seen it yet must not begin a refund in its last seconds.
    await tx.switches.set(STOP_SWITCH, "on");
    await record(tx, "shop_removed", at);
    return `${id} is removed: its settings and credentials are wiped. Its tickets and its audit trail stay.`;
  });

const ONE_NAME = { least: 1, most: 1 };
const VERBS: Readonly<Record<string, { readonly run: Verb; readonly names: typeof ONE_NAME }>> = {
  add: { run: add, names: ONE_NAME },
  import: { run: importShops, names: ONE_NAME },
  list: { run: list, names: { least: 0, most: 0 } },
  show: { run: show, names: ONE_NAME },
  pause: {
    run: setStatus("paused", "shop_paused", "paused: nothing is read, sent or paid for it."),
    names: ONE_NAME,
  },
  resume: {
    run: setStatus(
      "active",
      "shop_resumed",
      "active; a worker that runs takes it up within seconds.",
    ),
    names: ONE_NAME,
  },
  remove: { run: remove, names: ONE_NAME },
};

export const shop: Run = async (args, context) => {
  const { positionals } = readArgs(args, OPTIONS, { least: 1, most: 2 });
  const [text = ""] = positionals;
  const verb = Object.hasOwn(VERBS, text) ? VERBS[text] : undefined;
  if (verb === undefined) throw new UsageError("bad_shop_verb", { text });
  const { least, most } = verb.names;
  const parsed = readArgs(args, OPTIONS, { least: least + 1, most: most + 1 });
  return verb.run(parsed.positionals[1] ?? "", parsed.values, context);
};

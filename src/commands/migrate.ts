// `migrate sqlite-to-postgres`: from one machine to many.

import { dirname, join } from "node:path";
import { systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { requireDataKey } from "../data-key.ts";
import { databaseFile, lockDatabase } from "../database-location.ts";
import { ConfigError, PermanentError, UsageError } from "../domain/errors.ts";
import { openDatabase } from "../store/database.ts";
import { databaseExists, placeOf } from "../store/location.ts";
import { type CommandContext, EXIT, type Run, readArgs } from "./command.ts";
import { progress } from "./progress.ts";

const OPTIONS = { "dry-run": { type: "boolean" }, "give-up": { type: "boolean" } } as const;
const SETTINGS = ["DATABASE_URL", "DATA_KEY", "NEW_DATABASE_URL"] as const;

export const migrate: Run = async (args, context) => {
  const { values, positionals } = readArgs(args, OPTIONS, { least: 1, most: 1 });
  if (positionals[0] !== "sqlite-to-postgres") {
    throw new UsageError("bad_option", { why: `"${positionals[0]}" is no way to migrate.` });
  }
  const config = loadConfig(SETTINGS, context.env, context.directory);
  const path = databaseFile(config, context.directory);
  if (!databaseExists(path)) throw new PermanentError("no_database", { path });
  const lock = await lockDatabase(path);
  try {
    // Brings it to this version's schema, with a copy from before.
    await (
      await openDatabase(path, systemClock.now(), { holdsLock: true, isMoving: true })
    ).destroy();
    if (values["give-up"] === true) {
      const { giveUpMove } = await import("../store/move.ts");
      giveUpMove(path);
      context.print(`${path} is the desk's database again.`);
      return EXIT.done;
    }
    requireDataKey(config.DATA_KEY, path);
    const { NEW_DATABASE_URL: url } = config;
    if (url === undefined) throw new ConfigError(["NEW_DATABASE_URL: is required"]);
    const targetLock = await lockDatabase(url);
    try {
      if (values["dry-run"] === true) return await plan(path, url, context);
      await move(path, url, context);
    } finally {
      await targetLock.release();
    }
    context.print(`Next: put that address into DATABASE_URL; ${path} is refused from now on.`);
    if (config.DATA_KEY === undefined) {
      const key = join(dirname(path), "henkin.key");
      context.print(
        `DATA_KEY must be a setting there, the same for every worker: what is in ${key}`,
      );
    }
    return EXIT.done;
  } finally {
    await lock.release();
  }
};

async function plan(path: string, url: string, { print }: CommandContext): Promise<number> {
  const { planMove } = await import("../store/move.ts");
  const rows = await planMove({ path, url, now: systemClock.now() });
  for (const [table, count] of Object.entries(rows)) print(`${table}: ${count} rows`);
  print(`Nothing was moved. Without --dry-run these rows go to ${placeOf(url)}.`);
  return EXIT.done;
}

async function move(path: string, url: string, { print, stop }: CommandContext): Promise<void> {
  const { moveRows } = await import("../store/move.ts");
  const bar = progress("Moving rows", null);
  const tell = (count: number) => void bar.advance(count);
  const route = { path, url, now: systemClock.now() };
  const total = await moveRows(route, tell, stop).finally(() => bar.end());
  print(`Moved to ${placeOf(url)}: ${total} rows, and the ends of the audit trail agree.`);
}

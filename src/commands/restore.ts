// Puts a backup in the place of the database.

import { resolve } from "node:path";
import { SHOP_ID } from "../app.ts";
import { systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { settleDataKey } from "../data-key.ts";
import { lockForWorker } from "../store/database.ts";
import { restoreBackup } from "../store/restore.ts";
import { type Command, EXIT, operator, readArgs } from "./command.ts";

export const restore: Command = {
  name: "restore",
  usage: "FILE",
  summary: "put a backup in the place of the database; the worker must not run",
  details:
    "The backup is verified first, and the database that was there is kept beside it. The next start of the " +
    "worker pays nothing before `henkin resume --i-am-the-only-one`.",
  examples: ["henkin restore /mnt/backup/henkin-20261121-180000.db"],
  async run(args, { env, directory, print }) {
    const { positionals } = readArgs(args, {}, { least: 1, most: 1 });
    const from = resolve(directory, positionals[0] ?? "");
    const config = loadConfig(["DATABASE_URL", "DATA_KEY"], env, directory);
    const database = resolve(directory, config.DATABASE_URL);
    const unlock = lockForWorker(database);
    const now = systemClock.now();
    try {
      const { backup, aside } = await restoreBackup(from, database, {
        accept: ({ mark, label }) => {
          settleDataKey(config.DATA_KEY, database, { mark, dataKey: label?.dataKey ?? null });
        },
        by: { shopId: SHOP_ID, actor: operator(), at: now },
        stamp: new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-"),
      });
      const made =
        backup.label === null ? "" : ` of ${new Date(backup.label.takenAt).toISOString()}`;
      print(`Restored: ${database} is now the backup${made}.`);
      if (aside !== null) print(`What was there before is kept as ${aside}`);
      print(
        "Next: start the worker (it pays nothing yet), compare `henkin tickets` with the payment provider,",
      );
      print("then run `henkin resume --i-am-the-only-one`.");
      return EXIT.done;
    } finally {
      unlock();
    }
  },
};

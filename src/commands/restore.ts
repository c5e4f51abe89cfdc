// Puts a backup in the place of the database.

import { resolve } from "node:path";
import { systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { settleDataKey } from "../data-key.ts";
import { databaseFile } from "../database-location.ts";
import { ENV_SHOP } from "../domain/shop-id.ts";
import { ticketReference } from "../domain/ticket.ts";
import { lockForWorker } from "../store/database.ts";
import { findLost, type Lost, type LostEvent } from "../store/lost.ts";
import { restoreBackup } from "../store/restore.ts";
import { readShops } from "../store/shop-rows.ts";
import { EXIT, operator, type Run, readArgs } from "./command.ts";
import { actorWords, happened } from "./history-words.ts";

/** What nobody but the operator can bring back. */
function lostLines(lost: Lost | null): string[] {
  if (lost === null) {
    return [
      "What was decided and paid since the backup cannot be read from it: ask whoever works here.",
    ];
  }
  const { commands, refunds, voids, transfers } = lost;
  const paid = `${refunds} refunds, ${voids} voids and ${transfers} transfers by hand`;
  const made = `Made since the backup, which does not know of them: ${paid}.`;
  if (commands.length === 0)
    return [made, "Decided at the command line since the backup: nothing."];
  return [
    made,
    "Decided at the command line since the backup; it is lost, so give these commands again where they still hold:",
    ...commands.map((event) => `  ${commandLine(event)}`),
  ];
}

/** Of the shops that are rows, those that lost anything. */
function lostOfOthers(aside: string, database: string): string[] {
  return otherShops(database).flatMap((id) => {
    const lost = findLost(aside, database, id);
    if (lost === null) return [];
    const { commands, refunds, voids, transfers } = lost;
    const isNothing = commands.length + refunds + voids + transfers === 0;
    return isNothing ? [] : [`Of the shop ${id}:`, ...lostLines(lost).map((line) => `  ${line}`)];
  });
}

const otherShops = (database: string) =>
  readShops(database)
    .map(({ id }) => id)
    .filter((id) => id !== ENV_SHOP);

/** "2026-11-22T03:12:00.000Z  R-12  kenji at the command line: declined" */
function commandLine(event: LostEvent): string {
  const { at, actor, ticketNumber } = event;
  const about = ticketNumber === null ? "-" : ticketReference(ticketNumber);
  const words = happened(event, (day) => new Date(day).toISOString().slice(0, 10));
  return `${new Date(at).toISOString()}  ${about}  ${actorWords(actor)}: ${words}`;
}

export const restore: Run = async (args, { env, directory, print }) => {
  const { positionals } = readArgs(args, {}, { least: 1, most: 1 });
  const from = resolve(directory, positionals[0] ?? "");
  const config = loadConfig(["DATABASE_URL", "DATA_KEY"], env, directory);
  const database = databaseFile(config, directory);
  const unlock = lockForWorker(database);
  const now = systemClock.now();
  try {
    const { backup, aside } = await restoreBackup(from, database, {
      accept: ({ mark, label }) => {
        settleDataKey(config.DATA_KEY, database, { mark, dataKey: label?.dataKey ?? null });
      },
      by: { shopId: ENV_SHOP, actor: operator(), at: now },
      stamp: new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-"),
    });
    const made = backup.label === null ? "" : ` of ${new Date(backup.label.takenAt).toISOString()}`;
    print(`Restored: ${database} is now the backup${made}.`);
    if (aside !== null) {
      print(`What was there before is kept as ${aside}`);
      for (const line of lostLines(findLost(aside, database, ENV_SHOP))) print(line);
      for (const line of lostOfOthers(aside, database)) print(line);
    }
    print(
      "Next: start the worker (it pays nothing yet), compare `henkin tickets` with the payment provider,",
    );
    print("then run `henkin resume --i-am-the-only-one`.");
    if (otherShops(database).length > 0) print("Each shop is resumed by itself: --shop ID.");
    return EXIT.done;
  } finally {
    unlock();
  }
};

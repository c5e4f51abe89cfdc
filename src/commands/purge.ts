// Erases what nobody needs any more, as the worker does every night.

import { loadConfig } from "../config.ts";
import { purgeStore, tryOut } from "../jobs/purge.ts";
import { DESK_SETTINGS, openDesk } from "../open-desk.ts";
import { openExistingStore } from "../open-store.ts";
import { type Erased, purgeOld } from "../ticket/purge.ts";
import { EXIT, operator, type Run, readArgs } from "./command.ts";

export function countsOf({ tickets, messages, mails, payments }: Erased): string {
  return `${tickets} tickets, ${messages} mails received, ${mails} mails sent, ${payments} payments`;
}

export const purge: Run = async (args, { env, directory, print }) => {
  const options = { "dry-run": { type: "boolean" }, json: { type: "boolean" } } as const;
  const { values } = readArgs(args, options, { least: 0, most: 0 });
  const config = loadConfig(DESK_SETTINGS, env, directory);
  const store = await openExistingStore(config, directory, { needsKey: true });
  try {
    const desk = await openDesk(config, directory, store);
    const isDry = values["dry-run"] === true;
    const erased = isDry
      ? await tryOut(store, (step) => purgeOld(desk, operator(), step))
      : await purgeStore(store, desk, operator());
    if (values.json) {
      print(JSON.stringify(erased));
      return EXIT.done;
    }
    print(`${isDry ? "Would be erased" : "Erased"}: the personal data of ${countsOf(erased)}.`);
    if (desk.shop.retention.personalDays === null) {
      print("RETENTION_DAYS is not set: only mails that concern no refund are erased by time.");
    }
    return EXIT.done;
  } finally {
    await store.close();
  }
};

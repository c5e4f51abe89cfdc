// A small dose of `npm run crash`: the worker is killed at random moments, again and again, while
// customers ask and staff answer. A fresh seed each time; CRASH_SEED repeats one.

import { describe } from "vitest";
import { type Ordeal, runOrdeal, tableOf } from "../crash/ordeal.ts";
import { restartFromSyncs } from "../crash/restarts.ts";
import { dovecotInstalled } from "../support/dovecot.ts";
import { type Rig, test } from "./rig.ts";

/** Of each story: 21 in all. */
const KILLS = 7;
/** Of about fifty syncs that two orders need. */
const RESTARTS = 6;
const TIMEOUT_MS = 10 * 60_000;
const SEED = Number(process.env["CRASH_SEED"] ?? Date.now() % 1_000_000);

async function suffer(rig: Rig, title: string, how: Partial<Ordeal>): Promise<void> {
  process.stdout.write(`${title}: seed ${SEED}\n`);
  const figures = await runOrdeal(rig, { kills: KILLS, seed: SEED, ...how });
  process.stdout.write(tableOf(`${title}, seed ${SEED}`, figures));
}

describe.skipIf(!dovecotInstalled())("a worker killed at random", { timeout: TIMEOUT_MS }, () => {
  test("pays each approval once and loses no request and no mail", ({ rig }) =>
    suffer(rig, "killed", {}));

  test("does so where answers of provider and mail server are lost as well", ({ rig }) =>
    suffer(rig, "killed, answers lost", { network: true }));

  test("does so where the power is cut, and what was not synced is gone", ({ rig }) =>
    suffer(rig, "power cut", { powerCuts: true }));

  test("pays nobody again from a database as it was after any of its syncs", async ({ rig }) => {
    process.stdout.write(`restarts: seed ${SEED}\n`);
    const figures = await restartFromSyncs(rig, { seed: SEED, orders: 2, samples: RESTARTS });
    process.stdout.write(`restarts, seed ${SEED}: ${JSON.stringify(figures)}\n`);
  });
});

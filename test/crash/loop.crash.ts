// The long dose of the crash tests: `npm run crash`. test/e2e/crash-loop.e2e.test.ts is the small one.

import { describe } from "vitest";
import { type Rig, test } from "../e2e/rig.ts";
import { type Ordeal, runOrdeal, tableOf } from "./ordeal.ts";
import { restartFromSyncs } from "./restarts.ts";

const KILLS = Number(process.env["CRASH_KILLS"] ?? 200);
const SEED = Number(process.env["CRASH_SEED"] ?? 1);
const TIMEOUT_MS = 60_000 + KILLS * 30_000;

async function suffer(rig: Rig, title: string, how: Partial<Ordeal>): Promise<void> {
  process.stdout.write(`${title}: ${KILLS} kills, seed ${SEED}\n`);
  const figures = await runOrdeal(rig, { kills: KILLS, seed: SEED, ...how });
  process.stdout.write(tableOf(`${title}, seed ${SEED}`, figures));
}

describe("henkin", { timeout: TIMEOUT_MS }, () => {
  test("is killed at random moments", ({ rig }) => suffer(rig, "killed", {}));

  test("is killed, and answers are lost", ({ rig }) =>
    suffer(rig, "killed, answers lost", { network: true }));

  test("is killed by power cuts", ({ rig }) => suffer(rig, "power cut", { powerCuts: true }));

  test("starts again from its database after one of its syncs", async ({ rig }) => {
    const samples = Math.ceil(KILLS / 5);
    process.stdout.write(`restarts: ${samples}, seed ${SEED}\n`);
    const figures = await restartFromSyncs(rig, { seed: SEED, orders: 3, samples });
    process.stdout.write(`restarts, seed ${SEED}: ${JSON.stringify(figures)}\n`);
  });
});

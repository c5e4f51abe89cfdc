// The database as it was after one of its syncs, started again while mailbox, provider and customers
// are where they are at the end: a power cut with a long sleep, or a backup restored. What the world
// has got already it must not get again.

import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import type { Rig } from "../e2e/rig.ts";
import {
  countRepeats,
  expectEachCustomerTold,
  expectPaidAsApproved,
  expectSoundDatabase,
  expectTickets,
  henkin,
} from "./accounts.ts";
import { leaveInPeace, SETTINGS } from "./ordeal.ts";
import { createPeople, type People } from "./people.ts";
import { copyAll, preparePower } from "./power.ts";
import { type Chance, chanceOf } from "./random.ts";

const PATIENCE_MS = 120_000;

/**
 * Where a part was refunded, the ticket of a restored copy may stand before a new request for the
 * rest: it waits for staff, who are asked about what is left.
 */
const STATES = [
  "refunded/refunded",
  "closed/already_refunded",
  "closed/done_elsewhere",
  "awaiting_approval",
];

export interface Restarts {
  readonly syncs: number;
  readonly restarted: number;
  readonly refunds: number;
  readonly mailsRepeated: number;
}

export async function restartFromSyncs(
  rig: Rig,
  { seed, orders, samples }: { seed: number; orders: number; samples: number },
): Promise<Restarts> {
  const chance = chanceOf(seed);
  const people = createPeople(rig, chance, orders);
  const power = await preparePower(rig, { history: true });
  const worker = await rig.start({ ...SETTINGS, ...power.settings });
  while (await people.ask()) await people.answer();
  await untilAllAreTold(rig, people);
  worker.kill();
  expect(await worker.exited).toMatchObject({ code: 0 });
  expectPaidAsApproved(rig, people);
  expectEachCustomerTold(rig, people.asked);

  const history = await power.history();
  const chosen = sample(chance, history, samples);
  for (const state of chosen) await restartFrom(rig, people, state);
  return {
    syncs: history.length,
    restarted: chosen.length,
    refunds: rig.stripe.refunds.length,
    mailsRepeated: countRepeats(rig.smtp.mails),
  };
}

async function untilAllAreTold(rig: Rig, people: People): Promise<void> {
  const isTold = ({ email }: { email: string }) =>
    rig.smtp.mails.some(({ envelope }) => envelope.to.includes(email));
  for (const end = performance.now() + PATIENCE_MS; !people.asked.every(isTold); ) {
    if (performance.now() > end) throw new Error("not all customers are told");
    await people.answer();
    await pause(50);
  }
}

/** The first, the last, and others by chance, in their order. */
function sample(chance: Chance, history: readonly string[], count: number): string[] {
  const left = [...history.slice(1, -1)];
  const chosen = new Set([history[0], history.at(-1)]);
  while (chosen.size < count && left.length > 0) {
    chosen.add(left.splice(chance.between(0, left.length), 1)[0]);
  }
  return history.filter((state) => chosen.has(state));
}

async function restartFrom(rig: Rig, people: People, state: string): Promise<void> {
  const data = join(rig.directory, "restarted");
  const database = join(data, "henkin.db");
  await mkdir(data);
  await copyAll(state, data);
  await copyFile(join(dirname(rig.database), "henkin.key"), join(data, "henkin.key"));
  const settings = { DATABASE_URL: `sqlite:${database}` };
  // Data that may be a copy is not paid from before a person says that it is the only one.
  for (const command of [
    ["run", "--once"],
    ["resume", "--i-am-the-only-one"],
  ]) {
    const { code, stderr } = await henkin(rig, command, { ...SETTINGS, ...settings });
    expect(code, stderr).toBe(0);
  }
  await leaveInPeace(rig, null, settings, database);
  expectPaidAsApproved(rig, people);
  await expectTickets(rig, people.asked, STATES, settings);
  await expectSoundDatabase(rig, settings, database);
  await rm(data, { recursive: true });
}

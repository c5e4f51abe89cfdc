// henkin dies again and again, at random moments, while requests and answers keep coming; then it is
// left in peace until nothing is due.

import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import SqliteDatabase from "better-sqlite3";
import { expect } from "vitest";
import type { Rig } from "../e2e/rig.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";
import type { Worker } from "../support/worker.ts";
import {
  countRepeats,
  expectEachCustomerTold,
  expectPaidAsApproved,
  expectSoundDatabase,
  expectTickets,
  henkin,
  integrityOf,
} from "./accounts.ts";
import { createPeople, type People } from "./people.ts";
import { type Power, preparePower } from "./power.ts";
import { type Chance, chanceOf } from "./random.ts";

export interface Ordeal {
  readonly kills: number;
  readonly seed: number;
  /** The provider's answer to a refund, or the 250 after DATA, is lost at random. */
  readonly network?: boolean;
  /** With every kill the database loses what was not synced. */
  readonly powerCuts?: boolean;
}

export interface Figures {
  /** What was at work when the worker was killed → how often. */
  readonly killedDuring: Readonly<Record<string, number>>;
  readonly answersLost: number;
  readonly requests: number;
  readonly refunds: number;
  readonly refundCalls: number;
  readonly mails: number;
  readonly mailsRepeated: number;
}

const MINUTE_MS = 60_000;
/** Longer than a mail of unknown fate waits. */
const LATER_MS = 16 * MINUTE_MS;
const PEACE_ROUNDS_MAX = 15;
/** The longest a worker lives once it is at work. */
const LIFE_MS = 700;
/** Each tenth time a quarter of an hour passes before the next start. */
const TIME_PASSES_EVERY = 10;

/** So many refunds an hour would meet the caps, which have tests of their own. */
export const SETTINGS = { REFUND_MAX_PER_HOUR: "100000", REFUND_MAX_PER_DAY: "100000" };

/** How long a packet travels each way; without it a call is over before a kill can meet it. */
const TRAVEL_MS = { imap: 5, smtp: 5, stripe: 30 };

const REFUND_MADE = /^HTTP\/1\.1 200[\s\S]*"id": "re_/;
const QUEUED = /^250 .*queued/im;

/** Kinds of jobs that are due within minutes; the others are timers of days. */
const SOON = `kind in ('process_message', 'match_payment', 'answer_inquiry', 'prepare_refund',
  'call_refund', 'call_void', 'send_mail')`;

export async function runOrdeal(rig: Rig, ordeal: Ordeal): Promise<Figures> {
  const chance = chanceOf(ordeal.seed);
  const people = createPeople(rig, chance, Math.max(4, Math.ceil(ordeal.kills / 2)));
  const power = ordeal.powerCuts === true ? await preparePower(rig) : null;
  const losses = watchLosses(rig);
  const killedDuring: Record<string, number> = {};
  for (const name of ["imap", "smtp", "stripe"] as const) {
    rig.networks[name].delayMs = TRAVEL_MS[name];
  }
  const life = new AbortController();
  const living = live(people, life.signal);
  for (let kill = 1; kill <= ordeal.kills; kill++) {
    if (chance.maybe(0.6)) await people.ask();
    if (ordeal.network === true && chance.maybe(0.7)) losses.arm(chance);
    const phase = await liveAndDie(rig, chance, { ...SETTINGS, ...power?.settings });
    killedDuring[phase] = (killedDuring[phase] ?? 0) + 1;
    await power?.cut();
    if (kill % TIME_PASSES_EVERY !== 0) continue;
    await passTime(rig, power);
    process.stdout.write(`${kill} kills, ${rig.stripe.refunds.length} refunds\n`);
  }
  life.abort();
  await living;
  while (await people.ask());
  await leaveInPeace(rig, people);

  expectPaidAsApproved(rig, people);
  expectEachCustomerTold(rig, people.asked);
  await expectTickets(rig, people.asked, ["refunded/refunded"]);
  await expectSoundDatabase(rig);
  return {
    killedDuring,
    answersLost: losses.count(),
    requests: people.asked.length,
    refunds: rig.stripe.refunds.length,
    refundCalls: rig.stripe.requestsTo("POST", "/v1/refunds").length,
    mails: rig.smtp.mails.length,
    mailsRepeated: countRepeats(rig.smtp.mails),
  };
}

/** Staff look into their letterbox all the time. */
async function live(people: People, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await people.answer();
    await pause(50);
  }
}

/** One life of the worker; returns what was at work when it ended. */
async function liveAndDie(
  rig: Rig,
  chance: Chance,
  settings: Record<string, string>,
): Promise<string> {
  const worker = rig.launch(settings);
  let ended = false;
  const exit = worker.exited.finally(() => {
    ended = true;
  });
  await moment(rig, chance, worker, () => ended);
  worker.kill("SIGKILL");
  const { code, signal } = await exit;
  if (signal !== "SIGKILL") {
    const log = worker.stderr.slice(-20).map(({ raw }) => raw);
    throw new Error(`seed ${chance.seed}: henkin ended by itself with ${code}\n${log.join("\n")}`);
  }
  return worker.stderr.some(({ msg }) => msg === "henkin is at work") ? phaseOf(rig) : "start";
}

/** Waits for the moment to die: during the start, at any time, or just after something happened. */
async function moment(
  rig: Rig,
  chance: Chance,
  worker: Worker,
  ended: () => boolean,
): Promise<void> {
  if (chance.maybe(0.15)) {
    await pause(chance.between(0, 1_200));
    return;
  }
  const isAtWork = () => worker.stderr.some(({ msg }) => msg === "henkin is at work");
  while (!isAtWork() && !ended()) await pause(5);
  const isAimed = chance.maybe(0.5);
  const before = effects(rig);
  const end = performance.now() + chance.between(0, LIFE_MS) + (isAimed ? LIFE_MS : 0);
  while (performance.now() < end && !ended()) {
    if (isAimed && effects(rig) > before) break;
    await pause(3);
  }
  if (isAimed) await pause(chance.between(0, 40));
}

/** Mails received and refund calls come in, as an outsider counts them. */
function effects(rig: Rig): number {
  return rig.smtp.mails.length + rig.stripe.requestsTo("POST", "/v1/refunds").length;
}

/** Looks at a copy, so that the next start finds exactly what the kill left. */
async function onCopy<Seen>(rig: Rig, look: (path: string) => Seen): Promise<Seen> {
  const folder = await mkdtemp(join(rig.directory, "copy-"));
  const path = join(folder, "henkin.db");
  await copyFile(rig.database, path);
  await copyFile(`${rig.database}-wal`, `${path}-wal`).catch(() => {});
  try {
    return look(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The most delicate first: several jobs may be at work at once. */
const PHASES = [
  "call_refund",
  "prepare_refund",
  "send_mail after DATA",
  "send_mail",
  "match_payment",
  "process_message",
  "sync_payments",
];

function phaseOf(rig: Rig): Promise<string> {
  return onCopy(rig, (path) => {
    expect(integrityOf(path)).toBe("ok");
    const file = new SqliteDatabase(path);
    const running = file
      .prepare(
        `select case when outgoing_mail.phase = 'data' then 'send_mail after DATA' else kind end
         from job left join outgoing_mail on job.id = 'send_mail/' || outgoing_mail.id
         where job.state = 'running'`,
      )
      .pluck()
      .all() as string[];
    file.close();
    return PHASES.find((phase) => running.includes(phase)) ?? running[0] ?? "between jobs";
  });
}

/** A quarter of an hour goes by while no worker runs. */
export async function passTime(
  rig: Pick<Rig, "database">,
  power: Power | null = null,
): Promise<void> {
  const file = new SqliteDatabase(rig.database);
  const isMade = file.prepare("select 1 from sqlite_master where name = 'outgoing_mail'").get();
  if (isMade !== undefined) {
    file.prepare("update outgoing_mail set phase_at = phase_at - ?").run(LATER_MS);
    file
      .prepare(`update job set due_at = due_at - ? where state = 'pending' and ${SOON}`)
      .run(LATER_MS);
  }
  file.close();
  await power?.settle();
}

/** Until nobody has anything left to do or say. */
export async function leaveInPeace(
  rig: Rig,
  people: People | null,
  settings: Record<string, string> = {},
  database = rig.database,
): Promise<void> {
  for (let round = 1; round <= PEACE_ROUNDS_MAX; round++) {
    const { code, stderr } = await henkin(rig, ["run", "--once"], { ...SETTINGS, ...settings });
    expect(code, stderr).toBe(0);
    const answered = (await people?.answer()) ?? 0;
    const file = new SqliteDatabase(database, { readonly: true });
    const due = file.prepare(`select id from job where state = 'pending' and ${SOON}`).all();
    file.close();
    if (answered === 0 && due.length === 0) return;
    if (answered === 0) await passTime({ database });
  }
  throw new Error(`there is something to do after ${PEACE_ROUNDS_MAX} rounds`);
}

/** At most one answer of each kind is about to be lost. */
function watchLosses(rig: Rig) {
  const armed = new Set<TcpProxy>();
  let lost = 0;
  const arm = (network: TcpProxy, pattern: RegExp) => {
    if (armed.has(network)) return;
    armed.add(network);
    network.swallow(pattern, "to-client");
    network.swallowed(60 * MINUTE_MS).then(
      () => {
        lost += 1;
        armed.delete(network);
      },
      () => {},
    );
  };
  return {
    arm(chance: Chance): void {
      if (chance.maybe(0.7)) arm(rig.networks.stripe, REFUND_MADE);
      if (chance.maybe(0.5)) arm(rig.networks.smtp, QUEUED);
    },
    count: () => lost,
  };
}

export function tableOf(title: string, figures: Figures): string {
  const { killedDuring, ...counts } = figures;
  const kills = Object.entries(killedDuring).sort(([, one], [, other]) => other - one);
  const total = kills.reduce((sum, [, count]) => sum + count, 0);
  const row = (name: string, count: number) => `  ${name.padEnd(24)}${String(count).padStart(6)}`;
  return [
    title,
    row("kills", total),
    ...kills.map(([phase, count]) => row(`  ${phase}`, count)),
    ...Object.entries(counts).map(([name, count]) => row(name, count)),
    "",
  ].join("\n");
}

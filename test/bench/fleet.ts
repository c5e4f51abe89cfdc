// Many shops: how fast one worker and several work off what waits in all of them, and what one worker costs
// while none has anything to do. All processes share one machine here, so each one's part of it is told too.

import { setTimeout as pause } from "node:timers/promises";
import { judgeTown } from "../fleet/chaos.ts";
import type { Progress } from "../fleet/facts.ts";
import { startTown, type Town } from "../fleet/town.ts";
import { dovecotInstalled } from "../support/dovecot.ts";
import { postgresInstalled } from "../support/postgres.ts";
import type { Worker } from "../support/worker.ts";
import { figuresOf, treeCpuS } from "./process-figures.ts";
import type { Figures } from "./report.ts";

export interface FleetOptions {
  readonly shops: number;
  /** Each number of workers is measured for itself, in a town of its own. */
  readonly workers: readonly number[];
  readonly requests: number;
  readonly mail: "imap" | "maildir";
  /** How long the provider takes over each call, and the mail server over each mail. */
  readonly answerMs: number;
  /** WORKER_TURNS: so few that a worker waits for answers, and not for the machine. */
  readonly turns: number;
  readonly seed: number;
}

const PATIENCE_MS = 30 * 60_000;
const LOOK_MS = 200;
const SETTLE_MS = 30_000;
const SYNCED = "select count(*)::int as n from payment_sync where complete = 1";
/** A mailbox has been read to its end once its cursor says up to where. */
const READ = "select count(*)::int as n from mailbox_cursor where generation <> ''";

/** From a backlog in many shops, first to the questions, then from staff's OK to the customers. */
export async function measureFleet(options: FleetOptions, figures: Figures): Promise<void> {
  if (!isInstalled(options.mail)) return;
  for (const count of options.workers) await measureWorkers(count, options, figures);
}

async function measureWorkers(count: number, options: FleetOptions, figures: Figures) {
  const { shops, requests, mail, seed, answerMs, turns } = options;
  const settings = { WORKER_TURNS: `${turns}` };
  const town = await startTown({ ...{ shops, orders: requests, mail, seed, settings }, ...POLLED });
  const manners = { providerMs: answerMs, smtpMs: answerMs };
  const name = `fleet of ${count}`;
  const against = `fleet of ${options.workers[0]}`;
  try {
    await town.outside.behave({ ...manners, staffMs: null });
    const start = performance.now();
    const workers = await launchAll(town, count);
    await untilRows(town, workers, SYNCED, shops);
    await untilRows(town, workers, READ, shops);
    const startS = (performance.now() - start) / 1_000;
    figures.add(`${name}: start until all ${shops} shops are read`, startS, "s");

    const timed = async (what: string, act: () => Promise<void>, part: keyof Progress) => {
      const before = cpuOf(town, workers);
      const from = performance.now();
      await act();
      await untilProgress(town, workers, part, requests);
      const seconds = (performance.now() - from) / 1_000;
      const beside = count === options.workers[0] ? undefined : `${against}: ${what}`;
      figures.add(`${name}: ${what}`, requests / seconds, "a second", beside);
      tellCores(`${name}: ${what}`, before, cpuOf(town, workers), seconds, figures);
    };
    const ask = () => town.outside.ask(town.orders.map(({ number }) => number));
    await timed("questions to staff", ask, "questions");
    const answer = () => town.outside.behave({ ...manners, staffMs: [0, 1] });
    await timed("refunds, told to the customer", answer, "told");
    await settle(town);
    const { breaches } = await judgeTown(town);
    if (breaches.length > 0) throw new Error(`${name}: ${breaches.slice(0, 20).join("\n")}`);
  } finally {
    await town.stop();
  }
}

/** Mail is told by IDLE, or by the folder. */
const POLLED = { shopSettings: { POLL_SECONDS: "60" } };

/** What one worker costs while nobody writes to any of its shops. */
export async function measureIdleShops(
  options: Pick<FleetOptions, "shops" | "mail" | "seed"> & { readonly minutes: number },
  figures: Figures,
): Promise<void> {
  const { shops, mail, seed, minutes } = options;
  if (!isInstalled(mail)) return;
  // A sync finds something to read in each.
  const town = await startTown({ ...{ shops, orders: shops, mail, seed }, ...POLLED });
  const name = `${shops} idle shops`;
  try {
    const start = performance.now();
    const workers = await launchAll(town, 1);
    await untilRows(town, workers, READ, shops);
    figures.add(`${name}: start until all are read`, (performance.now() - start) / 1_000, "s");
    await untilRows(town, workers, SYNCED, shops);
    figures.add(
      `${name}: start until all payments are known`,
      (performance.now() - start) / 1_000,
      "s",
    );
    const [worker] = workers;
    if (worker === undefined) return;
    figures.add(`${name}: peak RSS of the start`, figuresOf(worker.pid).peakRssMb, "MB");
    await pause(SETTLE_MS);
    const database = new URL(town.databaseUrl).pathname.slice(1);
    const transactions = async () => {
      const sql = `select xact_commit::int + xact_rollback::int as n
        from pg_stat_database where datname = '${database}'`;
      return (await town.rows<{ n: number }>(sql))[0]?.n ?? Number.NaN;
    };
    const committed = await transactions();
    const [before, first] = [cpuOf(town, workers), figuresOf(worker.pid)];
    await pause(minutes * 60_000);
    const last = figuresOf(worker.pid);
    tellCores(name, before, cpuOf(town, workers), minutes * 60, figures);
    const asked = ((await transactions()) - committed) / (minutes * 60);
    figures.add(`${name}: transactions in PostgreSQL`, asked, "a second");
    const wakeUps = (last.wakeUps - first.wakeUps) / (minutes * 60);
    figures.add(`${name}: wake-ups of the worker`, wakeUps, "a second");
    figures.add(`${name}: RSS of the worker`, last.rssMb, "MB");
    const [row] = await town.rows<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
        where datname = '${database}' and pid <> pg_backend_pid()`,
    );
    figures.add(`${name}: connections to PostgreSQL`, row?.n ?? Number.NaN, "");
  } finally {
    await town.stop();
  }
}

function isInstalled(mail: FleetOptions["mail"]): boolean {
  return postgresInstalled() && (mail !== "imap" || dovecotInstalled());
}

/** The first one alone makes the schema. */
async function launchAll(town: Town, count: number): Promise<Worker[]> {
  const workers: Worker[] = [];
  for (let at = 0; at < count; at += 1) {
    const worker = town.launch(`w${at + 1}`);
    workers.push(worker);
    await worker.waitForLog(({ msg }) => msg === "henkin is at work", PATIENCE_MS);
  }
  return workers;
}

async function untilRows(
  town: Town,
  workers: readonly Worker[],
  sql: string,
  least: number,
): Promise<void> {
  const count = async () => (await town.rows<{ n: number }>(sql))[0]?.n ?? 0;
  await until(workers, count, least, sql);
}

async function untilProgress(
  { outside }: Town,
  workers: readonly Worker[],
  part: keyof Progress,
  least: number,
): Promise<void> {
  await until(workers, async () => (await outside.progress())[part], least, part);
}

async function until(
  workers: readonly Worker[],
  count: () => Promise<number>,
  least: number,
  what: string,
): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; ; await pause(LOOK_MS)) {
    const found = await count();
    if (found >= least) return;
    if (performance.now() < end && workers.every(isAlive)) continue;
    const log = workers.flatMap(({ stderr }) => stderr.slice(-10)).map(({ raw }) => raw);
    throw new Error(`${what}: ${found} of ${least}\n${log.join("\n")}`);
  }
}

function isAlive({ pid }: Worker): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const UNSENT = `select (select count(*) from outgoing_mail where phase <> 'accepted')
  + (select count(*) from ticket where status <> 'refunded')
  + (select count(*) from job where state = 'running') as n`;

/** The customer knows a moment before the last row is written. */
async function settle(town: Town): Promise<void> {
  for (let look = 0; look < 100; look += 1) {
    const [row] = await town.rows<{ n: number | string }>(UNSENT);
    if (Number(row?.n) === 0) return;
    await pause(LOOK_MS);
  }
}

type Cpu = Readonly<Record<string, number>>;

function cpuOf({ postgres, dovecot, outside }: Town, workers: readonly Worker[]): Cpu {
  return {
    workers: workers.reduce((sum, { pid }) => sum + figuresOf(pid).cpuS, 0),
    PostgreSQL: treeCpuS(postgres.pid()),
    "provider, letterboxes, people": figuresOf(outside.pid).cpuS,
    ...(dovecot !== null && { Dovecot: treeCpuS(dovecot.pid()) }),
    "this process": figuresOf(process.pid).cpuS,
  };
}

function tellCores(name: string, before: Cpu, after: Cpu, seconds: number, figures: Figures) {
  for (const [who, cpuS] of Object.entries(after)) {
    const share = ((cpuS - (before[who] ?? 0)) / seconds) * 100;
    figures.add(`${name}: CPU of ${who}`, share, "% of a core");
  }
}

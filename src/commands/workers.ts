// Which workers share the database, and what each of them has.

import { systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { databaseLocation } from "../database-location.ts";
import { PermanentError } from "../domain/errors.ts";
import { ENV_SHOP } from "../domain/shop-id.ts";
import { hasEnvShop } from "../environment.ts";
import { type LeaseSurvey, LIVE_MS, type WorkerRun } from "../fleet-port.ts";
import { listShops } from "../open-store.ts";
import { type JobAtWork, listJobsAtWork } from "../store/fleet-sight.ts";
import { databaseExists, isFile } from "../store/location.ts";
import { mailboxLeasesTable } from "../store/mailbox-leases.ts";
import { openTables } from "../store/store.ts";
import { workersTable } from "../store/workers.ts";
import { type CommandContext, EXIT, type Run, readArgs } from "./command.ts";
import { table } from "./table.ts";

const OPTIONS = { json: { type: "boolean" }, verbose: { type: "boolean" } } as const;

interface Fleet {
  readonly live: readonly (WorkerRun & { readonly startedAt: number; readonly seenAt: number })[];
  readonly survey: LeaseSurvey;
  readonly jobs: readonly JobAtWork[];
}

export const workers: Run = async (args, context) => {
  const { values } = readArgs(args, OPTIONS, { least: 0, most: 0 });
  const { env, directory, print } = context;
  const config = loadConfig(["DATABASE_URL"], env, directory);
  const path = databaseLocation(config, directory);
  if (!databaseExists(path)) throw new PermanentError("no_database", { path });
  if (isFile(path)) {
    const words = "The database is a file: one worker alone uses it, and reads every mailbox.";
    print(values.json ? JSON.stringify({ isShared: false }) : words);
    return EXIT.done;
  }
  const fleet = await look(path);
  const rows = await listShops(config, directory);
  const active = rows.filter(({ id, status }) => id !== ENV_SHOP && status === "active");
  const shops = [...(hasEnvShop(env) ? [ENV_SHOP] : []), ...active.map(({ id }) => id)];
  const unread = shops.filter((id) => (mailboxesOf(fleet).get(id) ?? null) === null);
  if (values.json) printJson(fleet, unread, print);
  else printTable(fleet, unread, context, values.verbose === true);
  return EXIT.done;
};

async function look(path: string): Promise<Fleet> {
  const { now } = systemClock;
  const { db, engine } = await openTables({ path, now, mayUpdate: false });
  try {
    return {
      live: await workersTable(db, engine, now).listLive(LIVE_MS),
      survey: await mailboxLeasesTable(db, engine, now).survey(LIVE_MS),
      jobs: await listJobsAtWork(db, engine),
    };
  } catch (error) {
    throw engine.explain(error);
  } finally {
    await db.destroy();
  }
}

const mailboxesOf = ({ survey }: Fleet): ReadonlyMap<string, string | null> =>
  new Map(survey.leases.map(({ shopId, holder }) => [shopId, holder]));

const mailboxesRead = ({ survey }: Fleet, run: string) =>
  survey.leases.filter(({ holder }) => holder === run).map(({ shopId }) => shopId);

const jobsOf = ({ jobs }: Fleet, run: string) => jobs.filter((job) => job.run === run);

function printJson(fleet: Fleet, unread: readonly string[], print: CommandContext["print"]): void {
  for (const { run, name, version, startedAt, seenAt } of fleet.live) {
    const jobs = jobsOf(fleet, run).map(({ shopId: shop, kind }) => ({ shop, kind }));
    const times = { since: isoTime(startedAt), seen: isoTime(seenAt) };
    const mailboxes = mailboxesRead(fleet, run);
    print(JSON.stringify({ worker: name, version, ...times, mailboxes, jobs }));
  }
  print(JSON.stringify({ unread }));
}

function printTable(
  fleet: Fleet,
  unread: readonly string[],
  { print, screen }: CommandContext,
  isVerbose: boolean,
): void {
  const { live, survey } = fleet;
  if (live.length === 0) print("No worker lives on this database: `henkin run`.");
  const cells = live.map(({ run, name, version, startedAt, seenAt }) => [
    ...[name, version, isoTime(startedAt), `${Math.round((survey.at - seenAt) / 1_000)} s ago`],
    ...[`${mailboxesRead(fleet, run).length}`, `${jobsOf(fleet, run).length}`],
  ]);
  const header = ["worker", "version", "since", "seen", "mailboxes", "jobs"];
  const layout = { header, right: [3, 4, 5], ...(screen === undefined ? {} : { screen }) };
  for (const line of table(cells, layout)) print(line);
  for (const { run, name } of isVerbose ? live : []) {
    print(`${name} reads: ${mailboxesRead(fleet, run).join(", ") || "nothing"}`);
    for (const { shopId, kind } of jobsOf(fleet, run)) print(`${name} runs: ${shopId} ${kind}`);
  }
  if (unread.length === 0) return;
  const shown = isVerbose ? unread : unread.slice(0, SHOWN);
  const more = unread.length > shown.length ? ", …" : "";
  print(`Read by nobody: ${unread.length} (${shown.join(", ")}${more})`);
}

const SHOWN = 20;

const isoTime = (at: number) => new Date(at).toISOString();

// `npm run bench`: each stage measures one thing, and all figures come in one table at the end. They
// depend on the machine; compare only what was measured in one run, or on the same idle machine.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { afterAll, it } from "vitest";
import { measureBacklog } from "./backlog.ts";
import { measureFleet, measureIdleShops } from "./fleet.ts";
import { measureIdle } from "./idle.ts";
import { measureIngest } from "./ingest.ts";
import { measureBurst, measureBusy, measureLatency } from "./latency.ts";
import { measureParse } from "./parse.ts";
import { measurePayments } from "./payments.ts";
import { measureProviders } from "./providers.ts";
import { createFigures, type Report, tableOf } from "./report.ts";
import { measureStart } from "./start.ts";

const options: Readonly<Record<string, string | undefined>> = JSON.parse(
  process.env["BENCH"] ?? "{}",
);
const figures = createFigures();
const [mails, runs] = [whole("mails", 10_000), whole("runs", 1)];
const HOUR_MS = 3_600_000;

/** Of many shops on PostgreSQL; in place of the others where one of their options is given. */
const FLEET: Readonly<Record<string, () => Promise<void>>> = {
  fleet: () =>
    measureFleet(
      {
        ...{ ...town(), requests: whole("requests", 2_000), answerMs: whole("answer-ms", 50) },
        turns: whole("turns", 8),
        workers: (options["workers"] ?? "1,2,4").split(",").map(Number),
      },
      figures,
    ),
  "idle-shops": () =>
    measureIdleShops({ ...town(), minutes: Number(options["idle-minutes"] ?? 1) }, figures),
};

function town() {
  const mail: "imap" | "maildir" = options["mail"] === "maildir" ? "maildir" : "imap";
  return { shops: whole("shops", 1_000), mail, seed: 1 };
}

const STAGES: Readonly<Record<string, () => Promise<void>>> = {
  ingest: () => measureIngest({ mails, runs, figures }),
  backlog: () => measureBacklog(whole("requests", 2_000), figures),
  latency: () => measureLatency(whole("probes", 100), figures),
  burst: () => measureBurst(whole("burst", 50), figures),
  busy: () => measureBusy(whole("probes", 100), mails, figures),
  idle: () => measureIdle(Number(options["idle-minutes"] ?? 1), figures),
  start: () => measureStart(whole("runs", 5), figures),
  payments: () => measurePayments(whole("payments", 10_000), figures),
  parse: () => measureParse(whole("copies", 20), figures),
  providers: () => measureProviders(figures),
  ...FLEET,
};

function whole(option: string, otherwise: number): number {
  const value = Number(options[option] ?? otherwise);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${option} is a number from 1 on`);
  return value;
}

const isOfMany = options["shops"] !== undefined || options["workers"] !== undefined;
const usual = Object.keys(STAGES).filter((name) => name in FLEET === isOfMany);
const chosen = options["only"]?.split(",") ?? usual;
for (const name of chosen) {
  const stage = STAGES[name];
  if (stage === undefined) throw new Error(`no stage ${name}: ${Object.keys(STAGES).join(", ")}`);
  it(name, { timeout: HOUR_MS }, stage);
}

afterAll(() => {
  const { compare, json } = options;
  const earlier =
    compare === undefined ? undefined : (JSON.parse(readFileSync(compare, "utf8")) as Report);
  process.stdout.write(`\n${tableOf(figures.all, earlier?.figures)}\n`);
  if (json === undefined) return;
  const [cpu] = cpus();
  const machine = { node: process.version, cpu: cpu?.model, cores: cpus().length };
  const commit = execFileSync("git", ["describe", "--always", "--dirty"], {
    encoding: "utf8",
  }).trim();
  const report: Report = {
    commit,
    at: new Date().toISOString(),
    ...machine,
    options,
    figures: figures.all,
  };
  writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
});

// `npm run bench`: each stage measures one thing, and all figures come in one table at the end. They
// depend on the machine; compare only what was measured in one run, or on the same idle machine.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { afterAll, it } from "vitest";
import { measureIngest } from "./ingest.ts";
import { createFigures, type Report, tableOf } from "./report.ts";

const options: Readonly<Record<string, string | undefined>> = JSON.parse(
  process.env["BENCH"] ?? "{}",
);
const figures = createFigures();
const [mails, runs] = [Number(options["mails"] ?? 10_000), Number(options["runs"] ?? 1)];
const HOUR_MS = 3_600_000;

const STAGES: Readonly<Record<string, () => Promise<void>>> = {
  ingest: () => measureIngest({ mails, runs, figures }),
};

const chosen = options["only"]?.split(",") ?? Object.keys(STAGES);
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

// npm run simulate -- --seeds N [--from S] [--workers W]
// Plays N histories, W at a time in processes of their own, and prints what was found and covered.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10000" },
    from: { type: "string", default: String(Date.now() % 2 ** 31) },
    workers: { type: "string", default: String(availableParallelism()) },
  },
});
const [seeds, from, workers] = [values.seeds, values.from, values.workers].map(Number);
const folder = mkdtempSync(join(tmpdir(), "henkin-simulate-"));
const share = Math.ceil(seeds / workers);
const start = performance.now();

function play(at) {
  const report = join(folder, `${at}.json`);
  const count = Math.min(share, seeds - at * share);
  const args = ["vitest", "run", "--config", "test/vitest.config.ts", "--root", "."];
  const env = {
    ...process.env,
    SIMULATE: JSON.stringify({ from: from + at * share, count, report }),
  };
  const child = spawn("npx", [...args, "test/simulate/simulation.test.ts"], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve) => child.on("exit", (code) => resolve({ code, report })));
}

const ended = await Promise.all(Array.from({ length: workers }, (_, at) => play(at)));
const reports = ended.map(({ report }) => JSON.parse(readFileSync(report, "utf8")));
rmSync(folder, { recursive: true });
const sum = (what) => reports.reduce((total, report) => total + report[what], 0);
const seconds = (performance.now() - start) / 1_000;
const bad = reports.flatMap((report) => report.bad);
for (const { seed, wrong } of bad) process.stdout.write(`seed ${seed}: ${wrong.join("; ")}\n`);
const combinations = new Map();
for (const [key, times] of reports.flatMap((report) => report.coverage)) {
  combinations.set(key, (combinations.get(key) ?? 0) + times);
}
const rows = new Map();
const fates = new Set();
for (const [key, times] of combinations) {
  const [step, fate] = key.split("\t");
  const row = rows.get(step) ?? new Map();
  row.set(fate, (row.get(fate) ?? 0) + times);
  rows.set(step, row);
  fates.add(fate);
}
const line = (first, cells) =>
  `${first.padEnd(26)}${cells.map((cell) => String(cell).padStart(13)).join("")}\n`;
process.stdout.write(line("step", [...fates]));
for (const [step, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
  process.stdout.write(
    line(
      step,
      [...fates].map((fate) => row.get(fate) ?? ""),
    ),
  );
}
process.stdout.write(
  `${combinations.size} combinations of step, fate and ticket status\n` +
    `${seeds} histories from seed ${from} in ${seconds.toFixed(0)} s: ` +
    `${sum("refunds")} refunds, ${sum("transfers")} transfers by hand, ${sum("deaths")} deaths, ${sum("mails")} mails, ${bad.length} wrong\n`,
);
process.exitCode = bad.length === 0 && ended.every(({ code }) => code === 0) ? 0 : 1;

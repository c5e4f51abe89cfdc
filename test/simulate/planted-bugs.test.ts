// The simulation itself is tested: it finds every one of these bugs in a copy of the source.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BUGS, type Bug } from "./planted-bugs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Inside the project, so that its packages are found from there. */
const PLANTED = join(ROOT, "data/planted");
const COPIED = ["src", "templates", "package.json", "tsconfig.json", "test/vitest.config.ts"];
const SUPPORT = [
  "test/simulate",
  "test/support",
  "test/jobs/recorded-mail.ts",
  "test/tsconfig.json",
];
const SEEDS = 500;

function plant({ changes }: Bug, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "test/jobs"), { recursive: true });
  for (const path of [...COPIED, ...SUPPORT]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  for (const { file, from, to } of changes) {
    const path = join(folder, file);
    const [before = "", after, ...rest] = readFileSync(path, "utf8").split(from);
    if (after === undefined || rest.length > 0) throw new Error(`${file} holds not once: ${from}`);
    writeFileSync(path, before + to + after);
  }
}

interface Report {
  readonly bad: readonly { readonly seed: number; readonly wrong: readonly string[] }[];
}

function simulate(folder: string): Promise<Report> {
  const report = join(folder, "report.json");
  const args = ["vitest", "run", "--config", "test/vitest.config.ts", "--root", "."];
  const child = spawn("npx", [...args, "test/simulate/simulation.test.ts"], {
    cwd: folder,
    env: {
      ...process.env,
      SIMULATE: JSON.stringify({ from: 1, count: SEEDS, report, first: true }),
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", () => {
      try {
        resolve(JSON.parse(readFileSync(report, "utf8")) as Report);
      } catch (error) {
        reject(error);
      }
    });
  });
}

describe("the simulation", () => {
  it.each(BUGS)(`finds within ${SEEDS} seeds: $name`, { timeout: 600_000 }, async (bug) => {
    const folder = join(PLANTED, bug.name.replaceAll(/\W+/g, "-"));
    plant(bug, folder);
    try {
      const { bad } = await simulate(folder);
      expect(bad).toHaveLength(1);
      const [found] = bad;
      // A broken promise, and no program that does not even run.
      expect(found?.wrong.join("\n")).not.toMatch(/SyntaxError|ReferenceError|Transform failed/);
      process.stdout.write(`${bug.name}: seed ${found?.seed}, ${found?.wrong[0]}\n`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

// Runs Stryker over the code that decides who may decide and what was said, and compares what survives
// with test/mutants.json, where each survivor is explained. Fails on one that is not.

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";

const REPORT = "data/stryker/report.json";
const LIST = "test/mutants.json";

function originalOf(source, { start, end }) {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, at) =>
      line.slice(at === 0 ? start.column - 1 : 0, at === last ? end.column - 1 : undefined),
    )
    .join("\n");
}

/** Without line numbers, so that the list outlives an edit elsewhere in the file. */
function survivorsOf({ files }) {
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === "Survived" || status === "NoCoverage")
      .map(({ location, replacement = "" }) => ({
        file,
        original: originalOf(source, location),
        replacement,
      })),
  );
}

const keyOf = ({ file, original, replacement }) => JSON.stringify([file, original, replacement]);

rmSync(REPORT, { force: true });
const args = ["stryker", "run", "test/stryker.config.json", ...process.argv.slice(2)];
execFileSync("npx", args, { stdio: "inherit" });
const survivors = survivorsOf(JSON.parse(readFileSync(REPORT, "utf8")));
const known = new Set(JSON.parse(readFileSync(LIST, "utf8")).map(keyOf));
const unexplained = survivors.filter((survivor) => !known.has(keyOf(survivor)));
for (const { file, original, replacement } of unexplained) {
  process.stdout.write(`${file}\n  - ${original}\n  + ${replacement}\n`);
}
process.stdout.write(
  `${survivors.length} mutants survive, ${unexplained.length} of them not explained in ${LIST}\n`,
);
process.exitCode = unexplained.length === 0 ? 0 : 1;

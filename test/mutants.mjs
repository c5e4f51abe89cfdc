// Runs Stryker over the code that decides who may decide and what was said, over the refund jobs and
// over the ticket table, and compares what survives with test/mutants.json, where each survivor is
// explained. Fails on one that is not. `--mutate FILE,FILE` narrows it to these files.

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";

const REPORT = "data/stryker/report.json";
const LIST = "test/mutants.json";

/**
 * Each part is held by the tests that are about it: with the tests of the others a survivor would
 * take minutes, and a mutant could die of something that has nothing to do with it.
 */
const PARTS = [
  {
    mutate: [
      "src/domain/approval/answers.ts",
      "src/domain/approval/approval-words.ts",
      "src/domain/approval/approver.ts",
      "src/domain/approval/authentication-results.ts",
      "src/domain/approval/courtesies.ts",
      "src/domain/approval/decider.ts",
      "src/domain/approval/decision.ts",
      "src/domain/approval/dkim.ts",
      "src/domain/approval/reply-characters.ts",
      "src/domain/approval/reply-text.ts",
    ],
    tests: ["test/domain/approval/*.test.ts"],
  },
  {
    mutate: ["src/jobs/call-refund.ts"],
    tests: ["test/jobs/call-refund{,-*}.test.ts"],
  },
  {
    mutate: ["src/jobs/check-refund.ts", "src/ticket/settle.ts"],
    tests: ["test/jobs/check-refund{,-*}.test.ts", "test/ticket/settle.test.ts"],
  },
  {
    mutate: ["src/jobs/prepare-refund.ts", "src/ticket/obstacles.ts"],
    tests: [
      "test/ticket/obstacles.test.ts",
      "test/ticket/payout.test.ts",
      "test/jobs/prepare-refund{,-*}.test.ts",
      "test/jobs/guard-rails.test.ts",
      "test/jobs/halts.test.ts",
      "test/jobs/call-refund-person.test.ts",
    ],
  },
  {
    mutate: ["src/domain/lifecycle.ts", "src/ticket/transition.ts"],
    tests: ["test/domain/lifecycle.test.ts", "test/ticket/transition.test.ts"],
  },
];

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

/** The survivors among what Stryker mutates in these files, or in these lines of them. */
function survivorsIn(mutated, tests, others) {
  rmSync(REPORT, { force: true });
  const args = ["run", "test/stryker.config.json", "--mutate", mutated.join(","), ...others];
  const env = { ...process.env, MUTANT_TESTS: tests.join(" ") };
  execFileSync("npx", ["stryker", ...args], { stdio: "inherit", env });
  return survivorsOf(JSON.parse(readFileSync(REPORT, "utf8")));
}

const given = process.argv.slice(2);
const at = given.indexOf("--mutate");
const wanted = at === -1 ? PARTS.flatMap(({ mutate }) => mutate) : given[at + 1].split(",");
const others = at === -1 ? given : given.toSpliced(at, 2);
const partOf = (one) => PARTS.find(({ mutate }) => mutate.includes(one.replace(/:.*/, "")));
const strange = wanted.filter((one) => partOf(one) === undefined);
if (strange.length > 0) throw new Error(`no part names tests for ${strange.join()}`);

const survivors = PARTS.flatMap((part) => {
  const mutated = wanted.filter((one) => partOf(one) === part);
  return mutated.length === 0 ? [] : survivorsIn(mutated, part.tests, others);
});
const known = new Set(JSON.parse(readFileSync(LIST, "utf8")).map(keyOf));
const unexplained = survivors.filter((survivor) => !known.has(keyOf(survivor)));
for (const { file, original, replacement } of unexplained) {
  process.stdout.write(`${file}\n  - ${original}\n  + ${replacement}\n`);
}
process.stdout.write(
  `${survivors.length} mutants survive, ${unexplained.length} of them not explained in ${LIST}\n`,
);
process.exitCode = unexplained.length === 0 ? 0 : 1;

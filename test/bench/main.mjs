// `npm run bench`: builds henkin before and prints one table of how fast and how large it is.

import { parseArgs } from "node:util";
import { runVitest } from "../support/vitest.mjs";

const names = ["only", "mails", "requests", "probes", "burst", "payments", "copies", "runs"].concat(
  "idle-minutes",
  "shops",
  "workers",
  "mail",
  "answer-ms",
  "turns",
  "json",
  "compare",
);
const options = Object.fromEntries(names.map((name) => [name, { type: "string" }]));

function read() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const known = names.map((name) => `[--${name} …]`).join(" ");
    process.stderr.write(`${error.message}\nUsage: npm run bench -- ${known}\n`);
    process.exit(2);
  }
}

process.exitCode = runVitest({ BENCH: JSON.stringify(read()) }, "test/bench/stages.bench.ts");

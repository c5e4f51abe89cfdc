// `npm run chaos -- --workers 4 --shops 200 --requests 2000 --seed N [--quick]`: a town in trouble.

import { parseArgs } from "node:util";
import { runVitest } from "../support/vitest.mjs";

const counts = ["workers", "shops", "requests", "seed", "feed-seconds", "kills", "pauses", "cuts"];
const names = [...counts, "patience-seconds", "terms", "database-restarts", "mail"];
const options = {
  ...Object.fromEntries(names.map((name) => [name, { type: "string" }])),
  quick: { type: "boolean" },
};

function read() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const known = names.map((name) => `[--${name} …]`).join(" ");
    process.stderr.write(`${error.message}\nUsage: npm run chaos -- [--quick] ${known}\n`);
    process.exit(2);
  }
}

process.exitCode = runVitest({ CHAOS: JSON.stringify(read()) }, "test/fleet/town.chaos.ts");

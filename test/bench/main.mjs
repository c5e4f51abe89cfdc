// `npm run bench`: builds henkin before and prints one table of how fast and how large it is.

import { parseArgs } from "node:util";
import { runVitest } from "../support/vitest.mjs";

const options = {
  only: { type: "string" },
  mails: { type: "string", default: "10000" },
  runs: { type: "string", default: "1" },
  json: { type: "string" },
  compare: { type: "string" },
};
const { values } = parseArgs({ options });
process.exitCode = runVitest({ BENCH: JSON.stringify(values) }, "test/bench/stages.bench.ts");

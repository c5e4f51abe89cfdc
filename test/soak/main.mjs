// `npm run soak -- --minutes 30 --mails 5000`: a shop's busy half hour through the built worker.

import { parseArgs } from "node:util";
import { runVitest } from "../support/vitest.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    mails: { type: "string", default: "5000" },
  },
});
const [minutes, mails] = [Number(values.minutes), Number(values.mails)];
if (!(minutes > 0) || !Number.isInteger(mails) || mails < 100) {
  process.stderr.write("Usage: npm run soak -- [--minutes M] [--mails N]   (N at least 100)\n");
  process.exit(2);
}
process.exitCode = runVitest({ SOAK_MINUTES: String(minutes), SOAK_MAILS: String(mails) });

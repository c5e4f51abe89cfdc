// `npm run soak -- --minutes 30 --mails 5000`: a shop's busy half hour through the built worker.

import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

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
// Not through npx, which calls itself the running script: vitest.config.ts asks for its name.
const command = [
  "node_modules/vitest/vitest.mjs",
  "run",
  "--config",
  "test/vitest.config.ts",
  "--root",
  ".",
];
const env = { ...process.env, SOAK_MINUTES: String(minutes), SOAK_MAILS: String(mails) };
process.exitCode = spawnSync(process.execPath, command, { stdio: "inherit", env }).status ?? 1;

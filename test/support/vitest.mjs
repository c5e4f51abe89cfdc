// Runs what is too long for `npm test`: vitest picks the files by the name of the npm script.

import { spawnSync } from "node:child_process";

/** Returns the exit code. */
export function runVitest(settings, ...rest) {
  // Not through npx, which calls itself the running script: vitest.config.ts asks for its name.
  const vitest = ["node_modules/vitest/vitest.mjs", "run"];
  const command = [...vitest, "--config", "test/vitest.config.ts", "--root", ".", ...rest];
  const env = { ...process.env, ...settings };
  return spawnSync(process.execPath, command, { stdio: "inherit", env }).status ?? 1;
}

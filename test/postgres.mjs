// The end-to-end tests, each shop on a PostgreSQL of its own instead of a file.

import { runVitest } from "./support/vitest.mjs";

/** What tells of the file itself; left out, not skipped: nothing of it is missing here. */
const OF_A_FILE = [
  // Their disk is that of the file. What a server says whose disk is full is in test/store.
  "bad-input-disk",
  "disk-faults",
  // Looks into a copy of the file as each kill has left it; on a server `npm run chaos` kills.
  "crash-loop",
  // `henkin backup` and `restore` are of a file, and so is what tells that one was put back.
  "restored",
];

const args = process.argv.slice(2);
const files = args.some((arg) => !arg.startsWith("-")) ? [] : ["test/e2e"];
const without = OF_A_FILE.map((name) => `--exclude=test/e2e/${name}.e2e.test.ts`);
process.exitCode = runVitest({ HENKIN_TEST_DATABASE: "postgres" }, ...files, ...without, ...args);

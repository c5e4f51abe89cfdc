// The end-to-end tests, each shop on a PostgreSQL of its own instead of a file.

import { runVitest } from "./support/vitest.mjs";

const args = process.argv.slice(2);
const files = args.some((arg) => !arg.startsWith("-")) ? [] : ["test/e2e"];
process.exitCode = runVitest({ HENKIN_TEST_DATABASE: "postgres" }, ...files, ...args);

// The end-to-end tests, each shop on a PostgreSQL of its own instead of a file.

import { runVitest } from "./support/vitest.mjs";

const [...files] = process.argv.slice(2);
const settings = { HENKIN_TEST_DATABASE: "postgres" };
process.exitCode = runVitest(settings, ...(files.length === 0 ? ["test/e2e"] : files));

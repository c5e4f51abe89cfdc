// `npm run growth`: what ten years of payments and tickets cost, beside a shop's first days. The large
// database takes minutes to make and is kept in its folder.

import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runVitest } from "../support/vitest.mjs";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    folder: { type: "string", default: join(tmpdir(), "henkin-growth") },
    json: { type: "string" },
  },
});
const rows = Number(values.rows);
if (!Number.isInteger(rows) || rows < 2_000) {
  process.stderr.write(
    "Usage: npm run growth -- [--rows N] [--folder DIR] [--json FILE]   (N at least 2000)\n",
  );
  process.exit(2);
}
process.exitCode = runVitest({ GROWTH: JSON.stringify({ ...values, rows }) });

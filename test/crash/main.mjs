// The crash loop in full: `npm run crash -- --kills 200 --seed 7`. Whatever else is said goes to
// vitest, so `-t "power"` runs only the stories of that name.

import { parseArgs } from "node:util";
import { runVitest } from "../support/vitest.mjs";

const options = { kills: { type: "string" }, seed: { type: "string" } };
const { values, tokens } = parseArgs({ options, strict: false, tokens: true });
const ours = new Set(
  tokens
    .filter((token) => token.kind === "option" && token.name in options)
    .flatMap(({ index, inlineValue }) => (inlineValue ? [index] : [index, index + 1])),
);
const rest = process.argv.slice(2).filter((_word, index) => !ours.has(index));

const kills = Number(values.kills ?? 200);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  process.stderr.write("Usage: npm run crash -- [--kills N] [--seed N] [-t NAME]\n");
  process.exit(2);
}
process.exitCode = runVitest({ CRASH_KILLS: String(kills), CRASH_SEED: String(seed) }, ...rest);

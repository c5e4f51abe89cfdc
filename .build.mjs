// `npm run build`: from src, which tsc has checked, few files in dist, because a command waits for each that it
// loads. Kysely and zod come along, which are 400 files themselves; all else stays where npm puts it.

import { chmodSync, readFileSync } from "node:fs";
import { build } from "rolldown";

const BUNDLED = ["kysely", "zod"];
const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const names = Object.keys({ ...dependencies, ...peerDependencies });
const installed = names.filter((name) => !BUNDLED.includes(name));

await build({
  // The thread has a file of its own: threaded-reader.ts starts it.
  input: ["src/main.ts", "src/mail/reading-thread.ts"],
  platform: "node",
  external: [/^node:/, ...installed.map((name) => new RegExp(`^${name}(?:/|$)`))],
  output: {
    dir: "dist",
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    // A quarter of the bytes, which V8 would have to read.
    comments: { legal: true, annotation: false, jsdoc: false },
  },
});
chmodSync("dist/main.js", 0o755);

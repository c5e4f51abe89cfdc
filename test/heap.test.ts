// How much memory a worker takes for new objects, in a process of its own.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const SCRIPT = fileURLToPath(new URL("./support/room-for-new.mjs", import.meta.url));

/** In megabytes. */
const roomAfter = (start: "reader" | "thread") =>
  Number(execFileSync(process.execPath, [SCRIPT, start]).toString());

it("room for new objects stays small once mails are read in a thread", () => {
  expect(roomAfter("reader")).toBeLessThan(5);
});

it("a thread alone undoes what was said before it started", () => {
  expect(roomAfter("thread")).toBeGreaterThan(5);
});

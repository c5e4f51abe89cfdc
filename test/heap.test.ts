// How much memory a worker takes for new objects, in a process of its own.

import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Built, buildModules } from "./support/built.ts";

let built: Built | undefined;
beforeAll(async () => {
  built = await buildModules({
    "room-for-new": "./test/support/room-for-new.mjs",
    "reading-thread": "./src/mail/reading-thread.ts",
  });
});
afterAll(() => built?.remove());

/** In megabytes. */
const roomAfter = (start: "reader" | "thread") =>
  Number(execFileSync(process.execPath, [built?.path("room-for-new") ?? "", start]).toString());

it("room for new objects stays small once mails are read in a thread", () => {
  expect(roomAfter("reader")).toBeLessThan(5);
});

it("a thread alone undoes what was said before it started", () => {
  expect(roomAfter("thread")).toBeGreaterThan(5);
});

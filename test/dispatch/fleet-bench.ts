// Workers as processes of their own, as DBOS needs them, on one PostgreSQL.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { build } from "rolldown";
import type { Told } from "./dbos-child.ts";

const ROOT = join(import.meta.dirname, "../..");
const DIR = join(ROOT, "node_modules", ".cache", `henkin-dispatch-${process.pid}`);

/** From TypeScript, which Node 20 does not read. */
export async function buildChild(): Promise<void> {
  mkdirSync(DIR, { recursive: true });
  await build({
    input: join(ROOT, "test/dispatch/dbos-child.ts"),
    platform: "node",
    external: [/^node:/, /^[^./]/],
    output: { dir: DIR, entryFileNames: "child.mjs", chunkFileNames: "[name].mjs" },
    logLevel: "silent",
  });
}

export const removeChild = () => rmSync(DIR, { recursive: true, force: true });

export interface TestWorker {
  readonly process: ChildProcess;
  readonly told: (Told & { readonly run: string })[];
  end(): Promise<void>;
}

export async function startWorker(
  url: string,
  run: string,
  shops: readonly string[] = ["shop"],
  account = "",
): Promise<TestWorker> {
  const child = fork(join(DIR, "child.mjs"), [url, run, shops.join(), account], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const told: (Told & { run: string })[] = [];
  child.on("message", (message) => told.push({ ...(message as Told), run }));
  await until(() => told.some((word) => word.told === "ready"), `${run} does not start`);
  return {
    process: child,
    told,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      if (child.connected) child.send("stop");
      const timer = setTimeout(() => child.kill("SIGKILL"), 8_000);
      await exit;
      clearTimeout(timer);
    },
  };
}

export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  ms = 50_000,
): Promise<void> {
  for (const deadline = performance.now() + ms; !(await isSo()); await pause(25)) {
    if (performance.now() > deadline) throw new Error(what);
  }
}

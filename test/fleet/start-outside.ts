// Starts the process of the outside, and speaks with it.

import { fork } from "node:child_process";
import { once } from "node:events";
import { buildModules } from "../support/built.ts";
import type { Outside } from "./facts.ts";

export interface RunningOutside extends Outside {
  readonly pid: number;
  close(): Promise<void>;
}

interface Reply {
  readonly call: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** `mailUid`: whom the mailboxes belong to; null: whoever runs the tests. */
export async function startOutside(mailUid: number | null): Promise<RunningOutside> {
  const built = await buildModules({ outside: "./test/fleet/outside-process.ts" });
  const args = mailUid === null ? [] : [String(mailUid)];
  const child = fork(built.path("outside"), args, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const waiting = new Map<number, { done(value: unknown): void; fail(error: Error): void }>();
  let calls = 0;
  let ready = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  child.on("message", ({ call, value, error }: Reply) => {
    if (call === 0) return ready();
    const asked = waiting.get(call);
    waiting.delete(call);
    if (error === undefined) asked?.done(value);
    else asked?.fail(new Error(error));
  });
  const exited = once(child, "exit");
  void exited.then(([code]) => {
    for (const { fail } of waiting.values()) fail(new Error(`the outside has ended with ${code}`));
  });

  const tell =
    (name: keyof Outside) =>
    (...args: readonly unknown[]): Promise<never> =>
      new Promise((done, fail) => {
        calls += 1;
        waiting.set(calls, { done: done as (value: unknown) => void, fail });
        child.send({ call: calls, name, args });
      });

  await Promise.race([
    isReady,
    exited.then(([code]) => {
      throw new Error(`the outside does not start: ${code}`);
    }),
  ]);
  return {
    pid: child.pid ?? 0,
    open: tell("open"),
    behave: tell("behave"),
    ask: tell("ask"),
    progress: tell("progress"),
    missing: tell("missing"),
    report: tell("report"),
    async close() {
      if (child.exitCode === null) child.kill("SIGKILL");
      await exited;
      await built.remove();
    },
  };
}

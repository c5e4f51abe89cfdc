import { expect, test } from "vitest";
import { type Check, runChecks } from "../../src/doctor/checks.ts";
import { ok } from "../../src/doctor/finding.ts";
import { TransientError } from "../../src/domain/errors.ts";
import type { Finding } from "../../src/ports.ts";
import { FakeClock } from "../support/fake-clock.ts";

const never = new AbortController().signal;

function start(checks: readonly Check[], clock = new FakeClock()) {
  const told: Finding[] = [];
  const tell = (finding: Finding) => told.push(finding);
  const end = runChecks(checks, { clock, stop: never, timeoutMs: 30_000, tell });
  return { told, end };
}

test("checks run at once and are told in their order", async () => {
  let finish: (findings: Finding[]) => void = () => undefined;
  const first = new Promise<Finding[]>((resolve) => {
    finish = resolve;
  });
  const { told, end } = start([
    { name: "one", run: () => first },
    {
      name: "two",
      run: async () => {
        finish([ok("one", "a"), ok("one", "b")]);
        return [ok("two", "c")];
      },
    },
  ]);
  await end;
  expect(told.map(({ check, message }) => check + message)).toEqual(["onea", "oneb", "twoc"]);
});

test("a check that fails in any way hides no other", async () => {
  const { told, end } = start([
    { name: "known", run: () => Promise.reject(new TransientError("imap_timeout")) },
    {
      name: "unknown",
      run: async () => {
        throw new RangeError("odd");
      },
    },
    { name: "fine", run: async () => [ok("fine", "it is")] },
  ]);
  await end;
  expect(told.map(({ level, check }) => [level, check])).toEqual([
    ["fail", "known"],
    ["fail", "unknown"],
    ["ok", "fine"],
  ]);
  expect(told[1]?.message).toContain("odd");
  for (const { mend } of told.slice(0, 2)) expect(mend).toMatch(/\w/);
});

test("a check that never ends is given up at its deadline, and told so", async () => {
  const clock = new FakeClock();
  let given: AbortSignal | undefined;
  const checks: Check[] = [
    {
      name: "deaf",
      run: (signal) => {
        given = signal;
        return new Promise<Finding[]>(() => undefined);
      },
    },
    {
      name: "patient",
      timeoutMs: 60_000,
      run: (signal) => clock.sleep(45_000, signal).then(() => []),
    },
  ];
  const { told, end } = start(checks, clock);
  clock.advance(30_000);
  clock.advance(15_000);
  await end;
  const message = "no answer within 30 seconds";
  expect(told).toMatchObject([{ level: "fail", check: "deaf", message }]);
  expect(given?.aborted).toBe(true);
  expect(clock.sleepers).toBe(0);
});

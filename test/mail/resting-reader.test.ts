import { expect, it } from "vitest";
import { createRestingReader } from "../../src/mail/resting-reader.ts";
import type { MailReader } from "../../src/ports.ts";

type Reading = Awaited<ReturnType<MailReader["read"]>>;

/** Readers that answer when they are told to, and what became of them. */
function readers() {
  const seen = { started: 0, closed: 0 };
  const waiting: (() => void)[] = [];
  let closed = () => {};
  const start = (): MailReader => {
    seen.started += 1;
    return {
      read: () => new Promise((resolve) => waiting.push(() => resolve({} as Reading))),
      async close() {
        seen.closed += 1;
        closed();
      },
    };
  };
  const answer = () => waiting.shift()?.();
  const untilClosed = () => new Promise<void>((resolve) => (closed = resolve));
  return { seen, start, answer, untilClosed };
}

const raw = new Uint8Array();
const LONG_MS = 60_000;

it("starts with the first mail, and closes once none has come for a while", async () => {
  const { seen, start, answer, untilClosed } = readers();
  const reader = createRestingReader(start, 1);
  expect(seen.started).toBe(0);
  const rested = untilClosed();
  const first = reader.read(raw);
  answer();
  await first;
  await rested;
  expect(seen).toEqual({ started: 1, closed: 1 });
  const second = reader.read(raw);
  answer();
  await second;
  expect(seen.started).toBe(2);
});

it("does not rest while a mail is being read", async () => {
  const { seen, start, answer, untilClosed } = readers();
  const reader = createRestingReader(start, 1);
  const rested = untilClosed();
  const both = [reader.read(raw), reader.read(raw)];
  answer();
  await both[0];
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(seen).toEqual({ started: 1, closed: 0 });
  answer();
  await both[1];
  await rested;
});

it("keeps its thread from one mail to the next, and gives it back when it is closed", async () => {
  const { seen, start, answer } = readers();
  const reader = createRestingReader(start, LONG_MS);
  for (let mails = 0; mails < 3; mails += 1) {
    const read = reader.read(raw);
    answer();
    await read;
  }
  expect(seen).toEqual({ started: 1, closed: 0 });
  await reader.close();
  expect(seen.closed).toBe(1);
});

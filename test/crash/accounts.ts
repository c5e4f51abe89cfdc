// What must be true when all is over, told by those outside: the provider's own log and refunds, the
// mails that were received, and henkin's command line.

import SqliteDatabase from "better-sqlite3";
import { expect } from "vitest";
import type { Rig } from "../e2e/rig.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import { type CommandResult, runCommand } from "../support/worker.ts";
import type { Order, People } from "./people.ts";

const PATIENCE_MS = 120_000;

export function henkin(
  rig: Rig,
  args: string[],
  settings: Record<string, string> = {},
): Promise<CommandResult> {
  const env = { ...rig.env, ...settings };
  return runCommand(args, { cwd: rig.directory, env, timeoutMs: PATIENCE_MS });
}

/** Every approval was paid once, and nothing else was paid. */
export function expectPaidAsApproved(rig: Rig, { asked, approved }: People): void {
  const calls = rig.stripe.requestsTo("POST", "/v1/refunds");
  expect(calls.filter(({ effect }) => effect)).toHaveLength(rig.stripe.refunds.length);
  const paid = asked.map(({ number, payment }) => [number, amountsOf(rig, payment)]);
  expect(paid).toEqual(asked.map(({ number }) => [number, approved.get(number) ?? []]));
  for (const { payment, captured } of asked) {
    const sum = amountsOf(rig, payment).reduce((total, amount) => total + amount, 0);
    expect(sum).toBeLessThanOrEqual(captured);
    // Under one key each, with the same words each time.
    const ofPayment = calls.filter(({ params }) => params["payment_intent"] === payment);
    expect(new Set(ofPayment.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(new Set(ofPayment.map(({ params }) => JSON.stringify(params))).size).toBe(1);
  }
  expect(rig.stripe.refunds).toHaveLength(asked.length);
}

function amountsOf(rig: Rig, payment: string): number[] {
  return rig.stripe.refunds
    .filter(({ payment_intent }) => payment_intent === payment)
    .map(({ amount }) => amount);
}

/** Who is told so has the money: one mail a customer, which says refunded, repeated only as it was. */
export function expectEachCustomerTold(rig: Rig, orders: readonly Order[]): void {
  expectRepeatsAreTheSame(rig.smtp.mails);
  const told = orders.map(({ number, email }) => {
    const mails = rig.smtp.mails.filter(({ envelope }) => envelope.to.includes(email));
    const subjects = new Set(mails.map(({ subject }) => subject.replace(/\[R-\d+\]/, "[R-]")));
    return { number, ids: new Set(mails.map(({ messageId }) => messageId)).size, subjects };
  });
  const subjects = new Set(told.flatMap((one) => [...one.subjects]));
  expect(subjects.size, [...subjects].join(" | ")).toBeLessThanOrEqual(1);
  expect(told.filter(({ ids }) => ids !== 1)).toEqual([]);
}

export function expectRepeatsAreTheSame(mails: readonly ReceivedMail[]): void {
  const first = new Map<string, string>();
  for (const { messageId, raw } of mails) {
    expect(raw).toBe(first.get(messageId) ?? raw);
    first.set(messageId, raw);
  }
}

export function countRepeats(mails: readonly ReceivedMail[]): number {
  return mails.length - new Set(mails.map(({ messageId }) => messageId)).size;
}

/** Every request has its one ticket, in one of these states ("status" or "status/resolution"). */
export async function expectTickets(
  rig: Rig,
  orders: readonly Order[],
  states: readonly string[],
  settings: Record<string, string> = {},
): Promise<void> {
  const listed = await henkin(rig, ["tickets", "--json"], settings);
  expect(listed.code, listed.stderr).toBe(0);
  const found = listed.json.map(({ orderNumbers }) => String(orderNumbers)).sort();
  expect(found).toEqual(orders.map(({ number }) => number).sort());
  const wrong = listed.json.filter(
    ({ status, resolution }) =>
      !states.includes(String(status)) && !states.includes(`${status}/${resolution}`),
  );
  expect(wrong).toEqual([]);
}

export async function expectSoundDatabase(
  rig: Rig,
  settings: Record<string, string> = {},
  path = rig.database,
): Promise<void> {
  const verified = await henkin(rig, ["audit", "verify"], settings);
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  expect(integrityOf(path)).toBe("ok");
}

export function integrityOf(path: string): unknown {
  const file = new SqliteDatabase(path, { readonly: true });
  try {
    return file.pragma("integrity_check", { simple: true });
  } finally {
    file.close();
  }
}

// The nightly comparison through the whole worker, against Stripe's API: a refund made in the
// Dashboard is adopted, and one that vanished is put before a person. Neither pays anything.

import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import type { Worker } from "../support/worker.ts";
import {
  crash,
  expectNoRepeat,
  PATIENCE_MS,
  type Rig,
  STAFF,
  TIMEOUT_MS,
  test,
  untilRefunded,
  untilRequest,
} from "./rig.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The summary is due in a quarter of an hour, so that a worker that starts compares at once. */
function soon(): Record<string, string> {
  const at = new Date(Date.now() + 15 * MINUTE_MS).toISOString();
  return { TIMEZONE: "UTC", SUMMARY_AT: at.slice(11, 16) };
}

interface Comparison {
  state: string;
  done_at: number | null;
}

/** A worker that has compared everything since it was started. */
async function startAndCompare(rig: Rig): Promise<Worker> {
  const from = Date.now();
  const worker = await rig.start(soon());
  await rig.row<Comparison>(
    "select state, done_at from reconciliation",
    ({ state, done_at }) => state === "done" && (done_at ?? 0) >= from,
  );
  return worker;
}

/** The mail of tonight, ahead of its time. */
async function summary(rig: Rig): Promise<string> {
  const { code, stdout } = await rig.henkin("summary");
  expect(code).toBe(0);
  return stdout;
}

const tasks = (rig: Rig, text: string) =>
  rig.smtp.mails.filter(
    ({ envelope, text: body }) => envelope.to.includes(STAFF) && body.includes(text),
  );

describe.skipIf(!dovecotInstalled())("a night's comparison", { timeout: TIMEOUT_MS }, () => {
  test("adopts a refund made in the Dashboard, asks anew and names it in the summary", async ({
    rig,
  }) => {
    rig.addPayment();
    const first = await startAndCompare(rig);
    await untilRequest(rig);
    const { id } = rig.stripe.addRefund("pi_679", 467);
    await crash(first);

    await startAndCompare(rig);
    const request = await rig.smtp.waitForMail(
      ({ envelope, subject }) => envelope.to.includes(STAFF) && subject.includes("¥2,000"),
      PATIENCE_MS,
    );
    expect(request.text).toContain("返金可能額が ¥2,467 から ¥2,000 に変わりました");
    expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toEqual([]);
    const mail = await summary(rig);
    expect(mail).toMatch(new RegExp(`henkin 以外で行われた返金\n・stripe ${id}: ¥467.*R-1`));
    expect(mail).toContain("stripe（henkin 以外）: 1件 ¥467");
    expect(mail).toContain("stripe との照合: ");
    expect(mail).not.toContain("一致しない");

    await rig.answer(request, "OK");
    await rig.ticketIs("refunded");
    expect(rig.stripe.refunds.map(({ amount }) => amount)).toEqual([467, 2000]);
    expect((await rig.henkin("audit", "verify")).code).toBe(0);
  });

  test("puts a refund that vanished before a person once, and pays it no second time", async ({
    rig,
  }) => {
    rig.addPayment();
    const first = await startAndCompare(rig);
    await untilRequest(rig);
    await untilRefunded(rig);
    await crash(first);
    const [refund] = rig.stripe.refunds;
    if (refund === undefined) throw new Error("nothing was refunded");
    rig.stripe.loseRefund(refund.id);
    rig.change(`update refund set key_stored_at = key_stored_at - ${7 * HOUR_MS}`);

    await crash(await startAndCompare(rig));
    await startAndCompare(rig);
    await rig.smtp.waitForMail(({ text }) => text.includes("見当たりません"), PATIENCE_MS);
    expect(tasks(rig, "見当たりません")).toHaveLength(1);
    const mail = await summary(rig);
    expect(mail).toContain("要対応 1件");
    expect(mail).toContain(
      `R-1: 返金 ${refund.id} (¥2,467、決済 pi_679) が決済サービスに見当たりません`,
    );
    expect(mail).toMatch(/返金合計が一致しません: henkin の記録は ¥2,467、決済サービスは ¥0/);
    expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(1);
    await rig.ticketIs("refunded");
    expectNoRepeat(rig);
  });
});

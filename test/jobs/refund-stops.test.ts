// A refund that was stopped between the stored key and the call, because what was approved has changed:
// nobody but a person ends it, and only once the provider shows that it was never made (rule 2).

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Run } from "../../src/commands/command.ts";
import { approve, reject } from "../../src/commands/decisions.ts";
import { OutcomeUnknownError, TransientError } from "../../src/domain/errors.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { openDesk, PROVIDER, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, FakeClock, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";
import { typed } from "../support/operator.ts";

const NEW = "taro.new@mail.example";

let directory: string;
let desk: TestDesk;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-stops-"));
});
afterEach(async () => {
  await desk.close();
  rmSync(directory, { recursive: true });
});

/** Approved, and the key is stored. */
async function planned(change: Partial<Payment> = {}, words = "OK"): Promise<void> {
  // The command line has the system's clock, so the desk's starts there.
  const clock = new FakeClock(Date.now());
  const payments = [aPayment(change)];
  desk = await openDesk({ path: join(directory, "henkin.db"), clock, payments });
  await desk.ask();
  desk.clock.advance(MINUTE);
  await desk.reply(words);
  await desk.next(PROVIDER);
  expect(await desk.theRefund()).toMatchObject({ state: "planned" });
}

async function stoppedByPayee(): Promise<void> {
  await planned({ method: "konbini" });
  desk.provider.change("pi_679", { payerEmail: NEW });
  await desk.work();
}

async function stoppedByDispute(): Promise<void> {
  await planned();
  desk.provider.change("pi_679", { disputed: true });
  await desk.work();
}

/** Somebody refunds as much in the Dashboard while ours waits. */
async function stoppedByRemainder(amountMinor: number): Promise<void> {
  await planned({}, "OK 1000");
  desk.clock.advance(DAY);
  desk.provider.refundByHand("pi_679", amountMinor, "succeeded");
  await desk.work();
}

const run = (command: Run) => typed(command, directory);
const creations = () => desk.provider.creations.length;
const task = () => desk.mails("staff_task", SATO).at(-1)?.variables;

describe("a refund that was stopped because what was approved has changed", () => {
  it.each([
    ["the payee", stoppedByPayee, /from taro@mail\.example to taro\.new@/],
    ["a dispute", stoppedByDispute, /state changed/],
    ["the remainder", () => stoppedByRemainder(467), /¥2,467 to ¥2,000/],
  ])("tells staff what changed and what they can do: %s", async (_what, stop, words) => {
    await stop();
    expect(creations()).toBe(0);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", needsPerson: true });
    expect(task()?.["reason"]).toMatch(/henkin approve 1\b.*henkin reject 1\b.*STOP/);
    expect(task()?.["details"]).toEqual([expect.stringMatching(words)]);
  });

  it("is asked about anew by `henkin approve`, over the changed facts and under a new key", async () => {
    await stoppedByPayee();
    const { idempotencyKey } = await desk.theRefund();
    expect(await run(approve)).toMatch(/asked anew/);
    await desk.advance(HOUR);
    expect(creations()).toBe(0);
    expect(await desk.theRefund()).toMatchObject({ state: "refused", idempotencyKey });
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    const { variables } = desk.mail("approval_request", TANAKA);
    expect(variables["changes"]).toEqual([expect.stringContaining(NEW)]);
    expect(desk.mails("payee_changed", TARO)).toHaveLength(1);
    expect(desk.mails("payee_changed", NEW)).toHaveLength(1);
    await desk.reply("OK");
    await desk.work();
    expect(desk.provider.creations).toMatchObject([{ instructionsEmail: NEW }]);
    expect(desk.provider.creations[0]?.idempotencyKey).not.toBe(idempotencyKey);
  });

  it("is rejected by `henkin reject`, and the customer is told", async () => {
    await stoppedByDispute();
    expect(await run(reject)).toMatch(/rejected/);
    await desk.advance(HOUR);
    expect(await desk.theRefund()).toMatchObject({ state: "refused" });
    expect(await desk.ticket()).toMatchObject({ status: "rejected", resolution: "rejected" });
    expect(desk.mails("rejected", TARO)).toHaveLength(1);
    expect(desk.mail("decision_made", TANAKA).variables["by"]).toMatch(/^cli:/);
    expect(creations()).toBe(0);
  });

  it.each(["NG", "STOP"])("is called off by an approver's %s", async (word) => {
    await stoppedByPayee();
    await desk.reply(word, SATO);
    await desk.advance(HOUR);
    expect(desk.mails("ambiguous_answer")).toEqual([]);
    expect(await desk.theRefund()).toMatchObject({ state: "refused" });
    expect(await desk.ticket()).toMatchObject({ status: "rejected", resolution: "rejected" });
    expect(desk.mail("decision_made", TANAKA).variables["by"]).toBe(SATO);
    expect(desk.mails("rejected", TARO)).toEqual([]);
  });

  it("follows the last word where two were said", async () => {
    await stoppedByPayee();
    await run(approve);
    await run(reject);
    await desk.advance(HOUR);
    expect((await desk.ticket()).status).toBe("rejected");
    expect(desk.mails("payee_changed")).toEqual([]);
  });

  it("frees the payment for other refunds", async () => {
    await stoppedByDispute();
    await run(reject);
    await desk.advance(HOUR);
    desk.provider.change("pi_679", { disputed: false });
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    expect((await desk.ticket(2)).status).toBe("refunded");
  });
});

describe("a stopped refund is not ended", () => {
  it("by itself", async () => {
    await stoppedByPayee();
    for (let day = 0; day < 3; day += 1) await desk.advance(DAY);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", needsPerson: true });
  });

  it("while a call of ours could still be running", async () => {
    await stoppedByPayee();
    await run(approve);
    await desk.advance(10 * MINUTE - 1);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown" });
    await desk.advance(1);
    expect(await desk.theRefund()).toMatchObject({ state: "refused" });
  });

  it("where the look finds it: then it counts, whatever was said", async () => {
    await stoppedByPayee();
    await run(reject);
    const signal = new AbortController().signal;
    desk.provider.change("pi_679", { payerEmail: TARO });
    await desk.provider.createRefund(await desk.theRefund(), signal);
    await desk.advance(HOUR);
    expect(await desk.theRefund()).toMatchObject({ state: "requires_action" });
    expect((await desk.ticket()).status).toBe("refund_requires_action");
    expect(desk.mails("rejected", TARO)).toEqual([]);
  });

  it("where the look fails", async () => {
    await stoppedByPayee();
    await run(reject);
    const away = Array.from({ length: 20 }, () => aFailure(TransientError, "away", "Not there."));
    desk.provider.fail("listRefunds", ...away);
    await desk.advance(10 * MINUTE);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown" });
  });

  it("where the provider does not show the payment: staff are told, once", async () => {
    await planned();
    desk.provider.remove("pi_679");
    await desk.work();
    expect(task()?.["details"]).toEqual([expect.stringContaining("does not show this payment")]);
    await run(approve);
    await desk.advance(HOUR);
    await desk.advance(DAY);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", needsPerson: true });
    const told = desk.mails("staff_task", SATO).map(({ variables }) => variables["reason"]);
    expect(told.filter((reason) => /cannot be shown/.test(String(reason)))).toHaveLength(1);
  });

  it("where money left the payment that no listed refund accounts for", async () => {
    await stoppedByRemainder(467);
    desk.provider.change("pi_679", { refundedMinor: 1467 });
    await run(approve);
    await desk.advance(HOUR);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", needsPerson: true });
  });

  it("because a server error is replayed: that call is repeated", async () => {
    await planned();
    const stored = () => aFailure(OutcomeUnknownError, "stored_server_error", "Replayed: 500.");
    desk.provider.fail("createRefund", ...Array.from({ length: 5 }, stored));
    await desk.work();
    for (let minute = 0; minute < 10; minute += 1) await desk.advance(MINUTE);
    expect(await desk.theRefund()).toMatchObject({ needsPerson: true });
    await expect(run(reject)).rejects.toThrow(/asks for no decision/);
    expect(await run(approve)).toMatch(/repeats the same call/);
    await desk.advance(HOUR);
    expect((await desk.ticket()).status).toBe("refunded");
  });
});

describe("a remainder that changed", () => {
  it.each([467, 1000])(
    "by ¥%i that a refund of other hands accounts for does not keep the attempt open",
    async (amountMinor) => {
      await stoppedByRemainder(amountMinor);
      await run(approve);
      await desk.advance(HOUR);
      expect(await desk.theRefund()).toMatchObject({ state: "refused" });
      expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    },
  );

  it("by as much as ours keeps it open where the provider may forget whose a refund is", async () => {
    await planned({}, "OK 1000");
    desk.provider.capabilities = { ...desk.provider.capabilities, mayForgetMarks: true };
    desk.clock.advance(DAY);
    desk.provider.refundByHand("pi_679", 1000, "succeeded");
    await desk.work();
    await run(approve);
    await desk.advance(HOUR);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", needsPerson: true });
  });
});

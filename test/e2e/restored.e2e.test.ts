// A database restored from a backup, or copied: the worker starts without paying, and once a person
// says that it is the only one, nothing is paid a second time.

import { cpSync, existsSync, rmSync } from "node:fs";
import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import {
  crash,
  expectNoRepeat,
  MANAGER,
  PATIENCE_MS,
  type Rig,
  TIMEOUT_MS,
  test,
  untilRequest,
  untilTold,
} from "./rig.ts";

const FILES = ["", "-wal", "-shm"];

/** The database alone, while no worker runs. */
function backUp(rig: Rig): void {
  for (const end of FILES) {
    if (existsSync(rig.database + end)) cpSync(rig.database + end, `${rig.database}.bak${end}`);
  }
}

function restore(rig: Rig): void {
  for (const end of FILES) {
    rmSync(rig.database + end, { force: true });
    const copy = `${rig.database}.bak${end}`;
    if (existsSync(copy)) cpSync(copy, rig.database + end);
  }
}

const PAUSED = /has started without paying: the database is an older copy/;

async function startPaused(rig: Rig) {
  const worker = await rig.start();
  await worker.waitForLog(({ msg }) => PAUSED.test(msg ?? ""), PATIENCE_MS);
  return worker;
}

async function end(worker: Awaited<ReturnType<Rig["start"]>>): Promise<void> {
  worker.kill();
  expect(await worker.exited).toEqual({ code: 0, signal: null });
}

const payments = (rig: Rig) =>
  rig.stripe.requestsTo("POST", "/v1/refunds").filter(({ effect }) => effect);

describe.skipIf(!dovecotInstalled())(
  "a restored older database",
  { timeout: 2 * TIMEOUT_MS, concurrent: true },
  () => {
    test("pays nothing twice, and nothing at all before a person resumes it", async ({ rig }) => {
      rig.addPayment();
      const first = await rig.start();
      const request = await untilRequest(rig);
      await end(first);
      backUp(rig);
      const second = await rig.start();
      await rig.answer(request, "OK");
      await untilTold(rig);
      await end(second);
      expect(payments(rig)).toHaveLength(1);
      restore(rig);

      await end(await startPaused(rig));
      const worker = await startPaused(rig);
      // The answer from before does not count, and the payment, read afresh, shows the refund.
      await rig.ticketIs("closed");
      const mail = await rig.smtp.waitForMail(
        ({ envelope, text }) =>
          envelope.to.includes(MANAGER) && text.includes("--i-am-the-only-one"),
        PATIENCE_MS,
      );
      expect(mail.text).toContain("バックアップからの復元");

      const doctor = await rig.henkin("doctor");
      expect([doctor.code, doctor.stdout]).toEqual([
        1,
        expect.stringMatching(/FAIL {2}paused start/),
      ]);
      const plain = await rig.henkin("resume");
      expect([plain.code, plain.stderr]).toEqual([
        1,
        expect.stringMatching(/no other henkin may run/),
      ]);
      expect(rig.rows("select value from switch where name = 'paused_start'")).toEqual([
        { value: "older_database" },
      ]);
      expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(1);

      expect((await rig.henkin("resume", "--i-am-the-only-one")).code).toBe(0);
      expect(payments(rig)).toHaveLength(1);
      expect((await rig.henkin("audit", "verify")).code).toBe(0);
      await end(worker);
      const last = await rig.start();
      expect(last.stderr.filter(({ msg }) => PAUSED.test(msg ?? ""))).toEqual([]);
    });

    test("put in place by the commands pays and tells nothing twice", async ({ rig }) => {
      rig.addPayment();
      const first = await rig.start();
      const request = await untilRequest(rig);
      // While the worker runs, as every night.
      expect(await rig.henkin("backup", "night.db")).toMatchObject({ code: 0 });
      await rig.answer(request, "OK");
      await untilTold(rig);
      expect((await rig.henkin("restore", "night.db")).code).toBe(1);
      await crash(first);
      expect([payments(rig).length, rig.customerMails().length]).toEqual([1, 1]);

      expect(await rig.henkin("restore", "night.db")).toMatchObject({ code: 0 });
      const worker = await rig.start();
      await worker.waitForLog(({ msg }) => /a backup was restored/.test(msg ?? ""), PATIENCE_MS);
      await rig.ticketIs("closed");
      await rig.smtp.waitForMail(
        ({ envelope, text }) => envelope.to.includes(MANAGER) && text.includes("復元"),
        PATIENCE_MS,
      );
      expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(1);

      expect((await rig.henkin("resume", "--i-am-the-only-one")).code).toBe(0);
      await rig.ticketIs("closed");
      expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(1);
      expect(rig.stripe.refunds).toHaveLength(1);
      // Who was asked before the backup is not asked anew, and the customer hears the truth.
      await rig.until(() => rig.customerMails().length === 2);
      expectNoRepeat(rig);
      expect(rig.customerMails()[1]?.subject).toContain("返金のお手続きの状況について");
      const asked = rig.smtp.mails.filter(({ subject }) => subject === request.subject);
      expect(asked).toHaveLength(1);
      expect((await rig.henkin("audit", "verify")).code).toBe(0);
      await end(worker);
    });

    test("pays nothing on an approval that had lost against a decision since the backup", async ({
      rig,
    }) => {
      rig.addPayment();
      const first = await rig.start();
      const request = await untilRequest(rig);
      expect(await rig.henkin("backup", "night.db")).toMatchObject({ code: 0 });
      expect(await rig.henkin("reject", "1")).toMatchObject({ code: 0 });
      expect(await rig.henkin("stop")).toMatchObject({ code: 0 });
      await rig.answer(request, "OK");
      await rig.row("select reason from message where reason = 'decided'");
      await end(first);

      const restored = await rig.henkin("restore", "night.db");
      expect([restored.code, restored.stdout]).toEqual([
        0,
        expect.stringMatching(/R-1 {2}.* at the command line: declined\n.* - {2}.*: stopped\n/),
      ]);
      expect(restored.stdout).toContain("0 refunds, 0 voids and 0 transfers by hand");
      expect(await rig.henkin("stop")).toMatchObject({ code: 0 });
      const worker = await rig.start();
      await rig.row("select round from ticket where status = 'awaiting_approval' and round = 2");
      await rig.smtp.waitForMail(({ text }) => text.includes("復元されました"), PATIENCE_MS);
      const resumed = await rig.henkin("resume", "--i-am-the-only-one");
      expect([resumed.code, resumed.stdout]).toEqual([
        0,
        expect.stringMatching(/over\. Still on is the stop switch/),
      ]);
      expect(rig.rows("select value from switch where name = 'stop'")).toEqual([{ value: "on" }]);
      expect(await rig.henkin("resume")).toMatchObject({ code: 0 });
      await end(worker);
      expect(payments(rig)).toEqual([]);
      expect(rig.rows("select * from approval")).toEqual([]);
      expect((await rig.henkin("audit", "verify")).code).toBe(0);
    });

    test("of the moment of the call finds the refund that was made", async ({ rig }) => {
      rig.addPayment();
      const first = await rig.start();
      const request = await untilRequest(rig);
      rig.networks.stripe.hold(/^POST \/v1\/refunds/, "to-server");
      await rig.answer(request, "OK");
      await rig.networks.stripe.held(PATIENCE_MS);
      await crash(first);
      rig.networks.stripe.drop();
      backUp(rig);
      const second = await rig.start();
      await untilTold(rig);
      await end(second);
      restore(rig);

      await startPaused(rig);
      // To look is allowed: it finds what was paid, and the ticket goes on.
      await rig.ticketIs("refunded");
      expect((await rig.henkin("resume", "--i-am-the-only-one")).code).toBe(0);
      expect(payments(rig)).toHaveLength(1);
      expect(rig.stripe.refunds).toHaveLength(1);
    });
  },
);

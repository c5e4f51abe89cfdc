// The mail servers are away, drop their clients, fall silent, defer or refuse the password.

import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { contactForm } from "../support/mails.ts";
import {
  expectNoMailLost,
  expectNoRepeat,
  expectOneRefund,
  MANAGER,
  PATIENCE_MS,
  type Rig,
  STAFF,
  TIMEOUT_MS,
  test,
  untilRefunded,
  untilRequest,
  untilTold,
  warnings,
} from "./rig.ts";

const lane = (name: string) => `select state, failures from lane where name = '${name}'`;
const CURSOR = "select last_key from mailbox_cursor where generation <> ''";
const IDLE = /^\w+ IDLE/m;
/** How long one call may take on a line that has fallen silent. */
const CALL_MS = 60_000;

const untilFailedTwice = (rig: Rig) =>
  rig.row<{ failures: number }>(lane("inbox"), ({ failures }) => failures >= 2);

const AWAY = {
  "does not listen": {
    begin: (rig: Rig) => rig.networks.smtp.setMode("refuse"),
    end: (rig: Rig) => rig.networks.smtp.setMode("pass"),
  },
  "drops the line before the message": {
    begin: async (rig: Rig) => rig.networks.smtp.setMode("reset"),
    end: async (rig: Rig) => rig.networks.smtp.setMode("pass"),
  },
} as const;

interface JobRow {
  attempt: number;
}

const jobTo = (address: string) => `select attempt from job
  where kind = 'send_mail' and id in
    (select 'send_mail/' || id from outgoing_mail where to_address = '${address}')`;

describe.skipIf(!dovecotInstalled())(
  "a mailbox that",
  { timeout: 2 * TIMEOUT_MS, concurrent: true },
  () => {
    describe("is lost", () => {
      test("falls silent is given up at the deadline, and read again", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        await rig.row(CURSOR);
        await rig.networks.imap.setMode("black-hole");
        await rig.receiveForm();
        await worker.waitForLog(
          (line) => line.level === 40 && line["lane"] === "inbox",
          CALL_MS + PATIENCE_MS,
        );
        await rig.networks.imap.setMode("pass");
        await untilRefunded(rig);
        expect(warnings(worker, "inbox")).toHaveLength(1);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });

      test("drops its clients is read on without a word", async ({ rig }) => {
        rig.addPayment();
        rig.networks.imap.hold(IDLE, "to-server");
        const worker = await rig.start({ POLL_SECONDS: "60" });
        for (let kicks = 0; kicks < 3; kicks += 1) {
          await rig.networks.imap.held(PATIENCE_MS);
          rig.networks.imap.release();
          await rig.dovecot.kick();
          rig.networks.imap.hold(IDLE, "to-server");
        }
        await rig.networks.imap.held(PATIENCE_MS);
        rig.networks.imap.release();
        await rig.receiveForm();
        await untilRefunded(rig);
        expect(warnings(worker, "inbox")).toEqual([]);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });

      test("is down is told of once, and read when it is up again", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        await rig.dovecot.down();
        await untilFailedTwice(rig);
        expect(warnings(worker, "inbox")).toEqual([expect.any(String)]);

        const doctor = await rig.henkin("doctor", "--json");
        expect(doctor.code).toBe(1);
        expect(doctor.json).toContainEqual(
          expect.objectContaining({ level: "warn", check: "worker: inbox" }),
        );
        expect(doctor.json).toContainEqual(
          expect.objectContaining({
            level: "fail",
            check: "inbox",
            mend: expect.stringContaining("INBOX_URL"),
          }),
        );

        await rig.dovecot.up();
        await rig.answer(request, "OK");
        await untilTold(rig);
        await worker.waitForLog(({ msg }) => msg === "inbox works again");
        expect(warnings(worker, "inbox")).toHaveLength(1);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });
    });

    describe("cannot be entered", () => {
      test("refuses the password pauses its own lane only", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        await untilRequest(rig);
        const { password } = rig.dovecot;
        await rig.dovecot.setPassword("changed");
        await rig.dovecot.kick();
        await rig.row<{ failures: number; state: string }>(
          lane("inbox"),
          ({ failures, state }) => state === "paused" && failures >= 2,
        );
        // The kick itself may have been told, too, where it met a call.
        const told = () => warnings(worker, "inbox").filter((words) => words.includes("login"));
        expect(told()).toHaveLength(1);

        expect((await rig.henkin("approve", "1")).code).toBe(0);
        await untilTold(rig);

        const doctor = await rig.henkin("doctor", "--json");
        expect(doctor.code).toBe(1);
        expect(doctor.json).toContainEqual(
          expect.objectContaining({ level: "fail", check: "inbox" }),
        );

        await rig.receiveForm({ message: "返金の件、よろしくお願いします。" });
        await rig.dovecot.setPassword(password);
        await rig.until(() => rig.rows("select pk from message").length === 2);
        await rig.until(() => rig.rows("select pk from message where state = 'new'").length === 0);
        expect(told()).toHaveLength(1);
        expect(rig.rows("select max(attempt) as attempt from job")).toEqual([{ attempt: 0 }]);
        await expectNoMailLost(rig);
      });

      test("is away at the first start loses no mail since then", async ({ rig }) => {
        rig.addPayment();
        await rig.networks.imap.setMode("refuse");
        await rig.start({ INBOX_SINCE: "" });
        await untilFailedTwice(rig);
        await rig.receiveForm();
        await rig.networks.imap.setMode("pass");
        await rig.row(CURSOR);
        expect(await rig.request()).toBeDefined();
      });

      test("is read from the first start on, also where its clock is behind", async ({ rig }) => {
        rig.addPayment();
        await rig.receiveForm({ orderNumber: "12345" });
        await rig.start({ INBOX_SINCE: "" });
        await rig.row(CURSOR);
        const internalDate = new Date(Date.now() - 30_000);
        await rig.dovecot.append(contactForm({ orderNumber: "679" }), { internalDate });
        expect(await rig.request()).toBeDefined();
        expect(rig.rows("select number from ticket")).toHaveLength(1);
      });
    });
  },
);

describe.skipIf(!dovecotInstalled())(
  "a mail server that",
  { timeout: TIMEOUT_MS, concurrent: true },
  () => {
    describe("is away", () => {
      for (const [how, { begin, end }] of Object.entries(AWAY)) {
        test(`${how} is told of once, and gets every mail once when it is back`, async ({
          rig,
        }) => {
          rig.addPayment();
          const worker = await rig.start();
          await begin(rig);
          await rig.receiveForm();
          await rig.row<JobRow>(
            "select attempt from job where kind = 'send_mail'",
            ({ attempt }) => attempt >= 2,
          );
          await rig.ticketIs("awaiting_approval");
          expect(rig.smtp.mails).toEqual([]);
          expect(warnings(worker, "smtp")).toEqual([expect.any(String)]);

          const doctor = await rig.henkin("doctor", "--json");
          expect(doctor.code).toBe(1);
          for (const finding of [
            { level: "warn", check: "worker: smtp" },
            { level: "fail", check: "smtp", mend: expect.stringContaining("OUTBOX_URL") },
          ]) {
            expect(doctor.json).toContainEqual(expect.objectContaining(finding));
          }

          await end(rig);
          await untilRefunded(rig);
          await worker.waitForLog(({ msg }) => msg === "smtp works again");
          expect(warnings(worker, "smtp")).toHaveLength(1);
          await expectOneRefund(rig);
          expectNoRepeat(rig);
        });
      }
    });

    describe("is there, but", () => {
      for (const how of ["refuse-rcpt-4xx", "refuse-data-4xx"] as const) {
        test(`defers a mail (${how}) gets the others, and that one later`, async ({ rig }) => {
          rig.addPayment();
          rig.smtp.behave(how, { to: STAFF });
          const worker = await rig.start();
          await rig.receiveForm();
          await rig.row<JobRow>(jobTo(STAFF), ({ attempt }) => attempt >= 2);
          const phase = "select phase from outgoing_mail";
          expect(rig.rows(phase)).toEqual([{ phase: "composed" }]);
          expect((await rig.henkin("summary", "--send")).code).toBe(0);
          await rig.smtp.waitForMail(({ envelope }) => envelope.to.includes(MANAGER), PATIENCE_MS);
          expect(rig.smtp.mails).toHaveLength(1);
          expect(warnings(worker, "smtp").length).toBeLessThanOrEqual(1);

          rig.smtp.behave("accept");
          await untilRefunded(rig);
          await expectOneRefund(rig);
          expectNoRepeat(rig);
        });
      }

      test("refuses the login pauses its own lane and spends no attempt", async ({ rig }) => {
        rig.addPayment();
        rig.smtp.behave("wrong-credentials");
        const worker = await rig.start();
        await rig.receiveForm();
        await rig.row<{ failures: number }>(lane("smtp"), ({ failures }) => failures >= 2);
        expect(rig.rows(lane("smtp"))).toMatchObject([{ state: "paused" }]);
        expect(rig.rows("select attempt from job where kind = 'send_mail'")).toEqual([
          { attempt: 0 },
        ]);

        // Everything that needs no mail goes on.
        await rig.ticketIs("awaiting_approval");
        expect((await rig.henkin("approve", "1")).code).toBe(0);
        await rig.ticketIs("refunded");
        expect(rig.stripe.refunds).toHaveLength(1);
        expect(rig.smtp.mails).toEqual([]);
        expect(warnings(worker, "smtp")).toEqual([expect.any(String)]);
        expect(rig.rows("select max(attempt) as attempt from job")).toEqual([{ attempt: 0 }]);

        const doctor = await rig.henkin("doctor", "--json");
        expect(doctor.code).toBe(1);
        expect(doctor.json).toContainEqual(
          expect.objectContaining({
            level: "fail",
            check: "smtp",
            mend: expect.stringContaining("OUTBOX_URL"),
          }),
        );

        rig.smtp.behave("accept");
        await untilTold(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });
    });
  },
);

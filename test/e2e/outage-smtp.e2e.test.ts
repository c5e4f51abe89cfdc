// The mail server is away, defers, refuses the login, or takes a mail and never says so.

import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import {
  CUSTOMER,
  CUSTOMER_MAIL,
  expectNoRepeat,
  expectOneRefund,
  letTimePass,
  MANAGER,
  PATIENCE_MS,
  type Rig,
  STAFF,
  TIMEOUT_MS,
  test,
  UNCERTAIN_WAIT_MS,
  untilRefunded,
  untilRequest,
  untilTold,
  warnings,
} from "./rig.ts";

const LANE = "smtp";
const LANE_ROW = `select state, failures from lane where name = '${LANE}'`;

const OUTAGES = {
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
  state: string;
  starts: number;
  due_at: number;
}

const jobTo = (address: string) => `select attempt, state, starts, due_at from job
  where kind = 'send_mail' and id in
    (select 'send_mail/' || id from outgoing_mail where to_address = '${address}')`;

const sentSummary = (rig: Rig) =>
  rig.smtp.waitForMail(({ envelope }) => envelope.to.includes(MANAGER), PATIENCE_MS);

describe.skipIf(!dovecotInstalled())("a mail server that", { timeout: TIMEOUT_MS }, () => {
  describe.concurrent("is away", () => {
    for (const [how, { begin, end }] of Object.entries(OUTAGES)) {
      test(`${how} is told of once, and gets every mail once when it is back`, async ({ rig }) => {
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
        expect(warnings(worker, LANE)).toEqual([expect.any(String)]);

        const doctor = await rig.henkin("doctor", "--json");
        expect(doctor.code).toBe(1);
        for (const finding of [
          { level: "warn", check: `worker: ${LANE}` },
          { level: "fail", check: LANE, mend: expect.stringContaining("OUTBOX_URL") },
        ]) {
          expect(doctor.json).toContainEqual(expect.objectContaining(finding));
        }

        await end(rig);
        await untilRefunded(rig);
        await worker.waitForLog(({ msg }) => msg === `${LANE} works again`);
        expect(warnings(worker, LANE)).toHaveLength(1);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });
    }
  });

  describe.concurrent("is there, but", () => {
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
        await sentSummary(rig);
        expect(rig.smtp.mails).toHaveLength(1);
        expect(warnings(worker, LANE).length).toBeLessThanOrEqual(1);

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
      await rig.row<{ failures: number }>(LANE_ROW, ({ failures }) => failures >= 2);
      expect(rig.rows(LANE_ROW)).toMatchObject([{ state: "paused" }]);
      expect(rig.rows("select attempt from job where kind = 'send_mail'")).toEqual([
        { attempt: 0 },
      ]);

      // Everything that needs no mail goes on.
      await rig.ticketIs("awaiting_approval");
      expect((await rig.henkin("approve", "1")).code).toBe(0);
      await rig.ticketIs("refunded");
      expect(rig.stripe.refunds).toHaveLength(1);
      expect(rig.smtp.mails).toEqual([]);
      expect(warnings(worker, LANE)).toEqual([expect.any(String)]);
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

    test("takes a mail without saying so gets it again after 15 minutes", async ({ rig }) => {
      rig.addPayment();
      const worker = await rig.start();
      const request = await untilRequest(rig);
      rig.smtp.behave("drop-after-data", { to: CUSTOMER, times: 1 });
      await rig.answer(request, "OK");
      const waiting = await rig.row<JobRow>(
        jobTo(CUSTOMER),
        ({ state, starts }) => state === "pending" && starts === 1,
      );
      const [mail] = rig.rows<{ phase: string; phase_at: number }>(CUSTOMER_MAIL);
      expect(mail).toMatchObject({ phase: "data" });
      expect(waiting.due_at).toBeGreaterThanOrEqual((mail?.phase_at ?? 0) + UNCERTAIN_WAIT_MS);
      expect(rig.customerMails()).toHaveLength(1);

      worker.kill();
      await worker.exited;
      letTimePass(rig, UNCERTAIN_WAIT_MS);
      await rig.start();
      await untilTold(rig);
      expect(rig.customerMails()).toHaveLength(2);
      await expectOneRefund(rig);
    });

    test("loses a mail twice leaves it to a person, also after an outage", async ({ rig }) => {
      rig.addPayment();
      const worker = await rig.start();
      const request = await untilRequest(rig);
      rig.smtp.behave("drop-after-data", { to: CUSTOMER, times: 1 });
      await rig.answer(request, "OK");
      await rig.row<JobRow>(jobTo(CUSTOMER), ({ attempt }) => attempt === 1);

      // When the lane works again its retries become due: this one is none.
      await rig.networks.smtp.setMode("reset");
      expect((await rig.henkin("summary", "--send")).code).toBe(0);
      await rig.row<{ state: string }>(LANE_ROW, ({ state }) => state === "failing");
      await rig.networks.smtp.setMode("pass");
      await sentSummary(rig);
      await worker.waitForLog(({ msg }) => msg === `${LANE} works again`, PATIENCE_MS);
      expect((await rig.henkin("summary", "--send")).code).toBe(0);
      await rig.until(() => rig.smtp.mails.length === 4);
      expect(rig.customerMails()).toHaveLength(1);

      worker.kill();
      await worker.exited;
      letTimePass(rig, UNCERTAIN_WAIT_MS);
      rig.smtp.behave("drop-after-data", { to: CUSTOMER, times: 1 });
      await rig.start();
      await rig.until(() => rig.customerMails().length === 2);
      const after = await rig.row<JobRow>(jobTo(CUSTOMER), ({ state }) => state !== "running");
      expect(after).toMatchObject({ state: "parked" });
    });
  });
});

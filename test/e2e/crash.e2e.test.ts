// The worker is killed at every point at which something is half done, and started again. Each point
// is provoked from outside, and shown to have been reached before the kill.

import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import {
  CUSTOMER,
  CUSTOMER_MAIL,
  crash,
  expectNoRepeat,
  expectOneRefund,
  letTimePass,
  MANAGER,
  PATIENCE_MS,
  STAFF,
  TIMEOUT_MS,
  test,
  UNCERTAIN_WAIT_MS,
  untilRefunded,
  untilRequest,
  untilTold,
} from "./rig.ts";

/** The first line of Stripe's answer to a refund that it made. */
const REFUND_MADE = /^HTTP\/1\.1 200[\s\S]*"id": "re_/;
/** The answer to a whole message, unlike those to MAIL and RCPT. */
const QUEUED = /^250 .*queued/im;

interface JobRow {
  attempt: number;
  state: string;
  starts: number;
  due_at: number;
}

const MAIL_JOB = `select attempt, state, starts, due_at from job where kind = 'send_mail'
  and id in (select 'send_mail/' || id from outgoing_mail where to_address = '${CUSTOMER}')`;
const SMTP_LANE = "select state from lane where name = 'smtp'";
const REFUND = "select state, idempotency_key, provider_refund_id from refund";

describe.skipIf(!dovecotInstalled())(
  "a worker that is killed",
  { timeout: TIMEOUT_MS, concurrent: true },
  () => {
    describe("while it takes in a request", () => {
      test("after a mail was fetched, before it is stored, fetches it again", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        await rig.row("select last_key from mailbox_cursor where generation <> ''");
        rig.networks.imap.hold(/^\* \d+ FETCH .*BODY\[\]/, "to-client");
        await rig.receiveForm();
        await rig.networks.imap.held(PATIENCE_MS);
        expect(rig.rows("select pk from message")).toEqual([]);
        await crash(worker);
        rig.networks.imap.drop();

        await rig.start();
        await untilRefunded(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });

      test("after a ticket was opened, before its payment is found, finds it", async ({ rig }) => {
        rig.addPayment();
        rig.networks.stripe.hold(/^GET \/v1\/payment_intents\?/, "to-server");
        const worker = await rig.start();
        await rig.networks.stripe.held(PATIENCE_MS);
        await rig.receiveForm();
        await rig.ticketIs("received");
        expect(rig.stripe.requests).toEqual([]);
        await crash(worker);
        rig.networks.stripe.drop();

        await rig.start();
        await untilRefunded(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });

      test("after the request was written, before it is sent, sends it once", async ({ rig }) => {
        rig.addPayment();
        rig.networks.smtp.hold(/^EHLO/, "to-server");
        const worker = await rig.start();
        await rig.receiveForm();
        await rig.networks.smtp.held(PATIENCE_MS);
        await rig.ticketIs("awaiting_approval");
        expect(rig.smtp.mails).toEqual([]);
        await crash(worker);
        rig.networks.smtp.drop();

        await rig.start();
        await untilRefunded(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
        expect(rig.smtp.mails.filter(({ envelope }) => envelope.to.includes(STAFF))).toHaveLength(
          1,
        );
      });
    });

    describe("while it pays", () => {
      test("after the OK, before the payment is read again, pays once", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.networks.stripe.hold(/^GET \/v1\/payment_intents\/pi_679/, "to-server");
        await rig.answer(request, "OK");
        await rig.networks.stripe.held(PATIENCE_MS);
        await rig.ticketIs("approved");
        expect(rig.rows(REFUND)).toEqual([]);
        await crash(worker);
        rig.networks.stripe.drop();

        await rig.start();
        await untilTold(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });

      test("before the call reaches Stripe, repeats it under the stored key", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.networks.stripe.hold(/^POST \/v1\/refunds/, "to-server");
        await rig.answer(request, "OK");
        await rig.networks.stripe.held(PATIENCE_MS);
        const [stored] = rig.rows(REFUND);
        expect(stored).toMatchObject({ state: "planned" });
        expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toEqual([]);
        await crash(worker);
        rig.networks.stripe.drop();

        await rig.start();
        await untilTold(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
        expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toMatchObject([
          { idempotencyKey: stored?.["idempotency_key"] },
        ]);
      });

      test("while its call is under way, pays once even if that arrives late", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.stripe.fail({ method: "POST", path: "/v1/refunds", how: "hang-before-effect" });
        await rig.answer(request, "OK");
        await rig.stripe.waitFor(
          () => rig.stripe.requestsTo("POST", "/v1/refunds")[0],
          PATIENCE_MS,
        );
        await crash(worker);
        expect(rig.stripe.refunds).toEqual([]);

        await rig.start();
        await rig.ticketIs("refunded");
        rig.stripe.release();
        const [late] = rig.stripe.requestsTo("POST", "/v1/refunds");
        await rig.stripe.waitFor(() => late?.replayed, PATIENCE_MS);
        await untilTold(rig);
        expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(2);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });

      test("before Stripe's answer arrives, finds its refund and pays no more", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.networks.stripe.hold(REFUND_MADE, "to-client");
        await rig.answer(request, "OK");
        await rig.networks.stripe.held(PATIENCE_MS);
        expect(rig.stripe.refunds).toHaveLength(1);
        expect(rig.rows(REFUND)).toMatchObject([{ state: "planned", provider_refund_id: null }]);
        await crash(worker);
        rig.networks.stripe.drop();

        await rig.start();
        await untilTold(rig);
        expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(1);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });
    });

    describe("while it tells the customer", () => {
      test("before SMTP DATA, sends the mail again at once", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.networks.smtp.hold(/^DATA/m, "to-server");
        await rig.answer(request, "OK");
        await rig.networks.smtp.held(PATIENCE_MS);
        expect(rig.rows(CUSTOMER_MAIL)).toMatchObject([{ phase: "queued" }]);
        await crash(worker);
        rig.networks.smtp.drop();
        expect(rig.customerMails()).toEqual([]);

        await rig.start();
        await untilTold(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });

      test("after SMTP DATA, sends the same bytes again, but not before 15 minutes", async ({
        rig,
      }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.networks.smtp.hold(QUEUED, "to-client");
        await rig.answer(request, "OK");
        await rig.networks.smtp.held(PATIENCE_MS);
        expect(rig.customerMails()).toHaveLength(1);
        const [uncertain] = rig.rows<{ phase_at: number }>(CUSTOMER_MAIL);
        expect(uncertain).toMatchObject({ phase: "data" });
        await crash(worker);
        rig.networks.smtp.drop();

        const second = await rig.start();
        const waiting = await rig.row<JobRow>(
          MAIL_JOB,
          ({ starts, state }) => starts === 2 && state === "pending",
        );
        expect(waiting.due_at).toBe((uncertain?.phase_at ?? 0) + UNCERTAIN_WAIT_MS);
        expect(rig.customerMails()).toHaveLength(1);
        second.kill();
        expect(await second.exited).toMatchObject({ code: 0 });

        letTimePass(rig, UNCERTAIN_WAIT_MS);
        await rig.start();
        await untilTold(rig);
        expect(rig.customerMails()).toHaveLength(2);
        await expectOneRefund(rig);
      });
    });
  },
);

describe.skipIf(!dovecotInstalled())(
  "a mail of unknown fate",
  { timeout: TIMEOUT_MS, concurrent: true },
  () => {
    describe("at a server that stays up", () => {
      test("that was taken without a word is sent again after 15 minutes", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.smtp.behave("drop-after-data", { to: CUSTOMER, times: 1 });
        await rig.answer(request, "OK");
        const waiting = await rig.row<JobRow>(
          MAIL_JOB,
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

      test("that is lost twice is left to a person, also after an outage", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.smtp.behave("drop-after-data", { to: CUSTOMER, times: 1 });
        await rig.answer(request, "OK");
        await rig.row<JobRow>(MAIL_JOB, ({ attempt }) => attempt === 1);

        // When the lane works again its retries become due: this one is none.
        await rig.networks.smtp.setMode("reset");
        expect((await rig.henkin("summary", "--send")).code).toBe(0);
        await rig.row<{ state: string }>(SMTP_LANE, ({ state }) => state === "failing");
        await rig.networks.smtp.setMode("pass");
        await rig.smtp.waitForMail(({ envelope }) => envelope.to.includes(MANAGER), PATIENCE_MS);
        await worker.waitForLog(({ msg }) => msg === `smtp works again`, PATIENCE_MS);
        expect((await rig.henkin("summary", "--send")).code).toBe(0);
        await rig.until(() => rig.smtp.mails.length === 4);
        expect(rig.customerMails()).toHaveLength(1);

        worker.kill();
        await worker.exited;
        letTimePass(rig, UNCERTAIN_WAIT_MS);
        rig.smtp.behave("drop-after-data", { to: CUSTOMER, times: 1 });
        await rig.start();
        await rig.until(() => rig.customerMails().length === 2);
        const after = await rig.row<JobRow>(MAIL_JOB, ({ state }) => state !== "running");
        expect(after).toMatchObject({ state: "parked" });
      });
    });
  },
);

// Stripe is away, slow or refuses the key, at the moment a refund is due. The worker stays up, says
// so once, and goes on where it stood.

import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { directMail } from "../support/mails.ts";
import {
  API_KEY,
  expectNoRepeat,
  expectOneRefund,
  MANAGER,
  PATIENCE_MS,
  type Rig,
  TIMEOUT_MS,
  test,
  untilRefunded,
  untilRequest,
  untilTold,
  warnings,
} from "./rig.ts";

const LANE = "provider:stripe";
const ALWAYS = { times: Number.POSITIVE_INFINITY };

const OUTAGES = {
  "does not listen": {
    begin: async (rig: Rig) => {
      // Its kept connections are gone, too.
      await rig.networks.stripe.setMode("reset");
      await rig.networks.stripe.setMode("refuse");
    },
    end: (rig: Rig) => rig.networks.stripe.setMode("pass"),
  },
  "cuts every connection": {
    begin: async (rig: Rig) => rig.stripe.fail({ ...ALWAYS, how: "cut-before-effect" }),
    end: async (rig: Rig) => rig.stripe.clearFaults(),
  },
  "answers 429": {
    begin: async (rig: Rig) => rig.stripe.fail({ ...ALWAYS, how: "429" }),
    end: async (rig: Rig) => rig.stripe.clearFaults(),
  },
  "answers 500": {
    begin: async (rig: Rig) =>
      rig.stripe.fail({ ...ALWAYS, how: "500-before-effect", method: "GET" }),
    end: async (rig: Rig) => rig.stripe.clearFaults(),
  },
  "shows a gateway's HTML": {
    begin: async (rig: Rig) => rig.stripe.fail({ ...ALWAYS, how: "html-502" }),
    end: async (rig: Rig) => rig.stripe.clearFaults(),
  },
} as const;

const jobRow = (kind: string) => `select attempt, state, starts from job where kind = '${kind}'`;
const LANE_ROW = `select state, failures from lane where name = '${LANE}'`;

/** So that nobody waits for the growing pauses between the calls. */
function retryNow(rig: Rig): void {
  rig.change("update job set due_at = 0 where kind = 'call_refund' and state = 'pending'");
}

interface JobRow {
  attempt: number;
  state: string;
  starts: number;
}

describe.skipIf(!dovecotInstalled())(
  "a Stripe that",
  { timeout: TIMEOUT_MS, concurrent: true },
  () => {
    describe("is away", () => {
      for (const [how, { begin, end }] of Object.entries(OUTAGES)) {
        test(`${how} is told of once, and paid when it is back`, async ({ rig }) => {
          rig.addPayment();
          const worker = await rig.start();
          const request = await untilRequest(rig);
          await begin(rig);
          await rig.answer(request, "OK");
          await rig.row<JobRow>(jobRow("prepare_refund"), ({ attempt }) => attempt >= 2);
          expect(warnings(worker, LANE)).toEqual([expect.any(String)]);

          const doctor = await rig.henkin("doctor", "--json");
          expect(doctor.code).toBe(1);
          expect(doctor.json).toContainEqual(
            expect.objectContaining({ level: "warn", check: `worker: ${LANE}` }),
          );
          expect(doctor.json.filter(({ level }) => level === "fail").length).toBeGreaterThan(0);

          await end(rig);
          await untilTold(rig);
          await worker.waitForLog(({ msg }) => msg === `${LANE} works again`);
          expect(warnings(worker, LANE)).toEqual([expect.any(String)]);
          await expectOneRefund(rig);
          expectNoRepeat(rig);
        });
      }

      test("now this way, now that, is told of once", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.stripe.fail({ ...ALWAYS, how: "cut-before-effect" });
        await rig.answer(request, "OK");
        await rig.row<JobRow>(jobRow("prepare_refund"), ({ attempt }) => attempt >= 1);
        await rig.networks.stripe.setMode("refuse");
        await rig.row<JobRow>(jobRow("prepare_refund"), ({ attempt }) => attempt >= 2);
        expect(warnings(worker, LANE)).toEqual([expect.any(String)]);
      });

      test("when the customer writes lets the ticket wait, and is asked when it is back", async ({
        rig,
      }) => {
        rig.addPayment();
        await rig.networks.stripe.setMode("refuse");
        const worker = await rig.start();
        await rig.receiveForm();
        await rig.row<JobRow>(jobRow("sync_payments"), ({ attempt }) => attempt >= 2);
        await rig.ticketIs("received");
        expect(warnings(worker, LANE)).toEqual([expect.any(String)]);
        expect(rig.smtp.mails).toEqual([]);

        await rig.networks.stripe.setMode("pass");
        await untilRefunded(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });

      test("or seems so, being slow, is waited for without a word", async ({ rig }) => {
        rig.addPayment();
        rig.networks.stripe.delayMs = 400;
        const worker = await rig.start();
        await rig.receiveForm();
        await untilRefunded(rig);
        expect(warnings(worker, LANE)).toEqual([]);
        expect(warnings(worker, "matching")).toEqual([]);
        await expectOneRefund(rig);
      });
    });

    describe("answers a refund", () => {
      for (const how of ["500-after-effect", "cut-after-effect"] as const) {
        test(`with ${how.replace("-after-effect", "")} after it was made, has made it`, async ({
          rig,
        }) => {
          rig.addPayment();
          await rig.start();
          const request = await untilRequest(rig);
          rig.stripe.fail({ method: "POST", path: "/v1/refunds", how });
          await rig.answer(request, "OK");
          await untilTold(rig);
          expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(1);
          await expectOneRefund(rig);
        });
      }

      test("with a stored 500, is called again only on a person's word", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.stripe.fail({ method: "POST", path: "/v1/refunds", how: "500-before-effect" });
        await rig.answer(request, "OK");
        await rig.until(() => {
          retryNow(rig);
          return rig.rows("select id from refund where needs_person = 1").length > 0;
        });
        const calls = rig.stripe.requestsTo("POST", "/v1/refunds").length;
        expect(rig.stripe.refunds).toEqual([]);
        expect((await rig.henkin("ticket", "1", "--json")).json).toMatchObject([
          { status: "approved" },
        ]);

        rig.stripe.forgetKeys();
        worker.kill();
        await worker.exited;
        await rig.start();
        await rig.row<JobRow>(
          `${jobRow("call_refund")} and due_at > (select max(at) from event) + 60000`,
          ({ state }) => state === "pending",
        );
        expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(calls);

        expect((await rig.henkin("approve", "1")).code).toBe(0);
        await untilTold(rig);
        await expectOneRefund(rig);
      });
    });

    describe("is there, but", () => {
      test("is in trouble is not taken by doctor for a key without permissions", async ({
        rig,
      }) => {
        for (const how of ["429", "500-before-effect", "html-502"] as const) {
          rig.stripe.fail({ ...ALWAYS, how });
          const { code, stdout } = await rig.henkin("doctor");
          expect({ how, code }).toEqual({ how, code: 1 });
          expect(stdout).toMatch(/HTTP (429|500|502)/);
          expect(stdout).not.toContain("permission");
          rig.stripe.clearFaults();
        }
      });

      test("refuses the key pauses its own lane and spends no attempt", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.stripe.apiKeys.delete(API_KEY);
        await rig.answer(request, "OK");
        await rig.row<{ failures: number }>(LANE_ROW, ({ failures }) => failures >= 2);
        expect(rig.rows(LANE_ROW)).toMatchObject([{ state: "paused" }]);
        expect(rig.rows(jobRow("prepare_refund"))).toMatchObject([{ attempt: 0 }]);
        expect(warnings(worker, LANE)).toEqual([expect.any(String)]);

        const doctor = await rig.henkin("doctor", "--json");
        expect(doctor.code).toBe(1);
        expect(doctor.json).toContainEqual(
          expect.objectContaining({
            level: "fail",
            check: "key",
            mend: expect.stringContaining("STRIPE_API_KEY"),
          }),
        );

        await rig.dovecot.append(
          directMail({ text: "営業時間を教えてください。", subject: "質問" }),
        );
        await rig.row("select kind from message where kind = 'other'");
        expect((await rig.henkin("summary", "--send")).code).toBe(0);
        await rig.smtp.waitForMail(({ envelope }) => envelope.to.includes(MANAGER), PATIENCE_MS);

        rig.stripe.apiKeys.add(API_KEY);
        await untilTold(rig);
        expect(warnings(worker, LANE)).toEqual([expect.any(String)]);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });
    });
  },
);

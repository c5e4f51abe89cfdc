// The worker is told to stop while something is in its hands: it finishes what can be finished, gives up
// the rest in time, and the next start finds everything as it must be.

import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import type { Worker } from "../support/worker.ts";
import {
  CUSTOMER,
  CUSTOMER_MAIL,
  expectNoRepeat,
  expectOneRefund,
  letTimePass,
  type Rig,
  TIMEOUT_MS,
  test,
  UNCERTAIN_WAIT_MS,
  untilRequest,
  untilTold,
} from "./rig.ts";

const REFUNDS = { method: "POST", path: "/v1/refunds", times: 1 } as const;
const END_OF_DATA = /^\.\r\n/m;
const DONE = { code: 0, signal: null };

const calls = ({ stripe }: Rig) => stripe.requestsTo("POST", "/v1/refunds");

/** Approved, and the call for the refund has arrived at Stripe. */
async function untilCalled(rig: Rig): Promise<Worker> {
  rig.addPayment();
  const worker = await rig.start();
  await rig.answer(await untilRequest(rig), "OK");
  await rig.until(() => calls(rig).length === 1);
  return worker;
}

/** Whether it ended by itself, or was cut off where something did not end. */
const lastWords = (worker: Worker) =>
  worker.stderr.map(({ msg = "" }) => msg).filter((msg) => msg.startsWith("henkin has stopped"));

async function expectGoodEnd(worker: Worker): Promise<void> {
  expect(await worker.exited).toEqual(DONE);
  expect(lastWords(worker)).toEqual(["henkin has stopped"]);
}

describe.skipIf(!dovecotInstalled())(
  "told to stop",
  { timeout: TIMEOUT_MS, concurrent: true },
  () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      test(`by ${signal} while nothing is to be done, it ends`, async ({ rig }) => {
        const worker = await rig.start({ POLL_SECONDS: "3600" });
        worker.kill(signal);
        await expectGoodEnd(worker);
      });
    }

    test("while a refund is called, it waits for the answer and records it", async ({ rig }) => {
      rig.stripe.fail({ ...REFUNDS, delayMs: 2_000 });
      const worker = await untilCalled(rig);
      worker.kill();
      await expectGoodEnd(worker);
      expect(rig.rows("select state from refund")).toEqual([{ state: "succeeded" }]);
      await rig.start();
      await untilTold(rig);
      expect(calls(rig)).toHaveLength(1);
      await expectOneRefund(rig);
      expectNoRepeat(rig);
    });

    for (const how of ["hang-before-effect", "hang-after-effect"] as const) {
      test(`while a call hangs ${how.includes("before") ? "before" : "after"} it pays, it ends all the same, and refunds once`, async ({
        rig,
      }) => {
        rig.stripe.fail({ ...REFUNDS, how });
        const worker = await untilCalled(rig);
        worker.kill();
        await expectGoodEnd(worker);
        expect(rig.rows("select state from refund")).toEqual([{ state: "unknown" }]);
        rig.stripe.release();
        await rig.start();
        await untilTold(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });
    }

    test("twice, it ends at once, and the next start repairs it", async ({ rig }) => {
      rig.stripe.fail({ ...REFUNDS, how: "hang-after-effect" });
      const worker = await untilCalled(rig);
      worker.kill();
      // Two that arrive together are one.
      await worker.waitForLog(({ msg }) => msg === "henkin stops when the job in hand is done");
      worker.kill();
      expect(await worker.exited).toEqual({ code: 1, signal: null });
      expect(lastWords(worker)).toEqual([]);
      rig.stripe.release();
      await rig.start();
      await untilTold(rig);
      await expectOneRefund(rig);
    });

    test("while a mail leaves, it waits until the server has it", async ({ rig }) => {
      rig.addPayment();
      const worker = await rig.start();
      const request = await untilRequest(rig);
      rig.networks.smtp.hold(END_OF_DATA, "to-server");
      await rig.answer(request, "OK");
      await rig.networks.smtp.held(TIMEOUT_MS);
      worker.kill();
      await worker.waitForLog(({ msg }) => msg === "henkin stops when the job in hand is done");
      rig.networks.smtp.release();
      await expectGoodEnd(worker);
      expect(rig.rows("select id from outgoing_mail where phase = 'data'")).toEqual([]);
      await rig.start();
      await untilTold(rig);
      await expectOneRefund(rig);
      expectNoRepeat(rig);
    });

    test("while a mail server keeps its answer, it ends, and repeats the same mail", async ({
      rig,
    }) => {
      rig.addPayment();
      const worker = await rig.start();
      rig.smtp.behave("hang-after-data", { times: 1, to: CUSTOMER });
      await rig.answer(await untilRequest(rig), "OK");
      await rig.smtp.waitForFault("hang-after-data", TIMEOUT_MS);
      worker.kill();
      await expectGoodEnd(worker);
      expect(rig.rows(CUSTOMER_MAIL)).toMatchObject([{ phase: "data" }]);
      letTimePass(rig, UNCERTAIN_WAIT_MS);
      await rig.start();
      await untilTold(rig);
      await expectOneRefund(rig);
    });
  },
);

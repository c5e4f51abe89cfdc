// The mailbox is away, drops its clients, falls silent or refuses the password.

import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { contactForm } from "../support/mails.ts";
import {
  expectNoMailLost,
  expectNoRepeat,
  expectOneRefund,
  PATIENCE_MS,
  type Rig,
  TIMEOUT_MS,
  test,
  untilRefunded,
  untilRequest,
  untilTold,
  warnings,
} from "./rig.ts";

const LANE = "inbox";
const LANE_ROW = `select state, failures from lane where name = '${LANE}'`;
const CURSOR = "select last_key from mailbox_cursor";
const IDLE = /^\w+ IDLE/m;
/** How long one call may take on a line that has fallen silent. */
const CALL_MS = 60_000;

const untilFailedTwice = (rig: Rig) =>
  rig.row<{ failures: number }>(LANE_ROW, ({ failures }) => failures >= 2);

describe.skipIf(!dovecotInstalled())("a mailbox that", { timeout: 2 * TIMEOUT_MS }, () => {
  describe.concurrent("is lost", () => {
    test("drops its clients is read on without a word", async ({ rig }) => {
      rig.addPayment();
      rig.networks.imap.hold(IDLE, "to-server");
      const worker = await rig.start({ POLL_SECONDS: "60" });
      for (let kicks = 0; kicks < 3; kicks += 1) {
        await rig.networks.imap.held(PATIENCE_MS);
        rig.networks.imap.release();
        rig.networks.imap.hold(IDLE, "to-server");
        await rig.dovecot.kick();
      }
      await rig.networks.imap.held(PATIENCE_MS);
      rig.networks.imap.release();
      await rig.receiveForm();
      await untilRefunded(rig);
      expect(warnings(worker, LANE)).toEqual([]);
      await expectOneRefund(rig);
      expectNoRepeat(rig);
    });

    test("is down is told of once, and read when it is up again", async ({ rig }) => {
      rig.addPayment();
      const worker = await rig.start();
      const request = await untilRequest(rig);
      await rig.dovecot.down();
      await untilFailedTwice(rig);
      expect(warnings(worker, LANE)).toEqual([expect.any(String)]);

      const doctor = await rig.henkin("doctor", "--json");
      expect(doctor.code).toBe(1);
      expect(doctor.json).toContainEqual(
        expect.objectContaining({ level: "warn", check: `worker: ${LANE}` }),
      );
      expect(doctor.json).toContainEqual(
        expect.objectContaining({
          level: "fail",
          check: LANE,
          mend: expect.stringContaining("INBOX_URL"),
        }),
      );

      await rig.dovecot.up();
      await rig.answer(request, "OK");
      await untilTold(rig);
      await worker.waitForLog(({ msg }) => msg === `${LANE} works again`);
      expect(warnings(worker, LANE)).toHaveLength(1);
      await expectOneRefund(rig);
      expectNoRepeat(rig);
    });

    test("falls silent is given up at the deadline, and read again", async ({ rig }) => {
      rig.addPayment();
      const worker = await rig.start();
      await rig.row(CURSOR);
      await rig.networks.imap.setMode("black-hole");
      await rig.receiveForm();
      await worker.waitForLog(
        ({ level, lane }) => level === 40 && lane === LANE,
        CALL_MS + PATIENCE_MS,
      );
      await rig.networks.imap.setMode("pass");
      await untilRefunded(rig);
      expect(warnings(worker, LANE)).toHaveLength(1);
      await expectOneRefund(rig);
      expectNoRepeat(rig);
    });
  });

  describe.concurrent("cannot be entered", () => {
    test("refuses the password pauses its own lane only", async ({ rig }) => {
      rig.addPayment();
      const worker = await rig.start();
      await untilRequest(rig);
      const { password } = rig.dovecot;
      await rig.dovecot.setPassword("changed");
      await rig.dovecot.kick();
      await untilFailedTwice(rig);
      expect(rig.rows(LANE_ROW)).toMatchObject([{ state: "paused" }]);
      expect(warnings(worker, LANE)).toEqual([expect.any(String)]);

      expect((await rig.henkin("approve", "1")).code).toBe(0);
      await untilTold(rig);

      const doctor = await rig.henkin("doctor", "--json");
      expect(doctor.code).toBe(1);
      expect(doctor.json).toContainEqual(expect.objectContaining({ level: "fail", check: LANE }));

      await rig.receiveForm({ message: "返金の件、よろしくお願いします。" });
      await rig.dovecot.setPassword(password);
      await rig.until(() => rig.rows("select pk from message").length === 2);
      await rig.until(() => rig.rows("select pk from message where state = 'new'").length === 0);
      expect(warnings(worker, LANE)).toHaveLength(1);
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
      expect(await rig.request("679", 10_000)).toBeDefined();
    });

    test("is read from the first start on, also where its clock is behind", async ({ rig }) => {
      rig.addPayment();
      await rig.receiveForm({ orderNumber: "12345" });
      await rig.start({ INBOX_SINCE: "" });
      await rig.row(CURSOR);
      const internalDate = new Date(Date.now() - 30_000);
      await rig.dovecot.append(contactForm({ orderNumber: "679" }), { internalDate });
      expect(await rig.request("679", 10_000)).toBeDefined();
      expect(rig.rows("select number from ticket")).toHaveLength(1);
    });
  });
});

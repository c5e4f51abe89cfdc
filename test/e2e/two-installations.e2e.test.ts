// Someone copies henkin's folder to a second machine and forgets the first: two workers, each with a
// database of its own, read one mailbox. Neither knows of the other; the money must not suffer. What
// staff and customer see of it is said in each test.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { describe, expect } from "vitest";
import { expectRepeatsAreTheSame, henkin } from "../crash/accounts.ts";
import { dovecotInstalled } from "../support/dovecot.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import { type Rig, STAFF, TIMEOUT_MS, test } from "./rig.ts";

type Installation = Readonly<Record<"DATABASE_URL" | "DATA_KEY", string>>;

const aKey = () => randomBytes(32).toString("base64");

/** Both at work, and both have asked staff about the customer's order. */
async function startTwo(rig: Rig, keys: readonly [string, string]) {
  const two = ["first", "second"].map((name, index): Installation => {
    return { DATABASE_URL: `sqlite:${name}/henkin.db`, DATA_KEY: keys[index] ?? "" };
  });
  rig.addPayment();
  for (const installation of two) await rig.start(installation);
  await rig.receiveForm();
  await rig.until(() => requestsIn(rig).length === two.length);
  return two;
}

const toStaff = (rig: Rig) => rig.smtp.mails.filter(({ envelope }) => envelope.to.includes(STAFF));
const requestsIn = (rig: Rig): ReceivedMail[] =>
  toStaff(rig).filter(({ subject }) => subject.includes("返金の承認依頼"));
const idsOf = (mails: readonly ReceivedMail[]) => new Set(mails.map(({ messageId }) => messageId));

/** The status of both tickets, once both have read every mail and have nothing to do at once. */
async function settled(rig: Rig, two: readonly Installation[]): Promise<string[]> {
  const inMailbox = (await rig.dovecot.list()).length;
  const ask = (name: string, sql: string): unknown => {
    const file = new SqliteDatabase(join(rig.directory, name, "henkin.db"), { readonly: true });
    try {
      return file.prepare(sql).pluck().get();
    } finally {
      file.close();
    }
  };
  const names = ["first", "second"];
  const isSettled = (name: string) =>
    ask(name, "select count(*) from message where state = 'processed'") === inMailbox &&
    ask(
      name,
      `select count(*) from job where state <> 'done' and kind in ('process_message', 'match_payment',
       'prepare_refund', 'call_refund', 'send_mail')`,
    ) === 0;
  await rig.until(() => names.every(isSettled));
  for (const installation of two) {
    expect((await henkin(rig, ["audit", "verify"], installation)).code).toBe(0);
  }
  return names
    .map((name) => String(ask(name, "select status from ticket where number = 1")))
    .sort();
}

const paid = (rig: Rig) => rig.stripe.refunds.map(({ amount }) => amount);

describe.skipIf(!dovecotInstalled())(
  "two installations on one mailbox",
  { timeout: 2 * TIMEOUT_MS },
  () => {
    describe("with one DATA_KEY", () => {
      test("pay an approval once", async ({ rig }) => {
        const key = aKey();
        const two = await startTwo(rig, [key, key]);
        // Staff get the request twice, as one mail by its Message-ID and code: one answer does.
        const [request] = requestsIn(rig);
        expect(idsOf(requestsIn(rig)).size).toBe(1);
        await rig.answer(request as ReceivedMail, "OK");
        const statuses = await settled(rig, two);

        expect(paid(rig)).toEqual([2467]);
        const keys = rig.stripe
          .requestsTo("POST", "/v1/refunds")
          .map((call) => call.idempotencyKey);
        expect(new Set(keys).size).toBe(1);
        // Which of the two is first is chance: the other finds the refund, or reads that it is made.
        expect(statuses).toContain("refunded");
        const told = rig.customerMails().filter(({ subject }) => subject.includes("完了"));
        expect(idsOf(told).size).toBe(1);
      });

      test("pay a part once, and the other asks anew before it pays the rest", async ({ rig }) => {
        const key = aKey();
        const two = await startTwo(rig, [key, key]);
        await rig.answer(requestsIn(rig)[0] as ReceivedMail, "OK 1000");
        await settled(rig, two);

        expect(paid(rig)).toEqual([1000]);
        // At most a request that says what changed; the answer given is no answer to it.
        const later = requestsIn(rig).slice(2);
        for (const { subject } of later) expect(subject).toContain("内容変更");
        expect(idsOf(rig.customerMails()).size).toBe(1);
      });
    });

    describe("with a DATA_KEY each", () => {
      test("ask each for itself, and an answer is one to the one that asked", async ({ rig }) => {
        const two = await startTwo(rig, [aKey(), aKey()]);
        expect(idsOf(requestsIn(rig)).size).toBe(2);
        await rig.answer(requestsIn(rig)[0] as ReceivedMail, "OK");
        // The other cannot read the answer to a foreign request, says so, and goes on waiting.
        expect(await settled(rig, two)).toEqual(["awaiting_approval", "refunded"]);
        expect(paid(rig)).toEqual([2467]);
        expect(rig.customerMails()).toHaveLength(1);
        const puzzled = toStaff(rig).filter(({ subject }) => subject.includes("読み取れません"));
        expect(puzzled).toHaveLength(1);

        // Staff answer the second request as well, later: its question is no longer true.
        await rig.answer(requestsIn(rig)[1] as ReceivedMail, "OK");
        expect(await settled(rig, two)).not.toContain("awaiting_approval");
        expect(paid(rig)).toEqual([2467]);
        expectRepeatsAreTheSame(rig.customerMails());
      });

      test("never pay more than was captured, also with both answered at once", async ({ rig }) => {
        const two = await startTwo(rig, [aKey(), aKey()]);
        await Promise.all(requestsIn(rig).map((request) => rig.answer(request, "OK")));
        const statuses = await settled(rig, two);

        expect(paid(rig)).toEqual([2467]);
        // The provider refuses the second, or it is seen in time: then staff are told, not the customer.
        expect(statuses).toContain("refunded");
        expect(rig.customerMails().filter(({ subject }) => subject.includes("完了"))).toHaveLength(
          1,
        );
      });

      test("pay a part for each of two approvals, and no third time", async ({ rig }) => {
        const two = await startTwo(rig, [aKey(), aKey()]);
        await Promise.all(requestsIn(rig).map((request) => rig.answer(request, "OK 1000")));
        await settled(rig, two);

        // Two people's words to two requests: both are paid where neither sees the other in time.
        expect([[1000], [1000, 1000]]).toContainEqual(paid(rig));
        const calls = rig.stripe.requestsTo("POST", "/v1/refunds");
        expect(calls.filter(({ effect }) => effect)).toHaveLength(paid(rig).length);
      });
    });
  },
);

import { userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { ON_POSTGRES } from "../support/shop-database.ts";
import { customerOf, openShop, payment, SATO, type Shop, SUZUKI } from "./shop.ts";

const ALONE = "Another henkin worker is running";
const OPERATOR = `cli:${userInfo().username}`;
const ORDERS = ["501", "502", "503", "504", "505", "506", "508", "509", "510", "511"];

describe.skipIf(!dovecotInstalled())(
  "the operator, while the worker runs,",
  { concurrent: true, timeout: 60_000 },
  () => {
    let shop: Shop;

    beforeAll(async () => {
      shop = await openShop({ payments: ORDERS.map((order) => payment(order)) });
    });
    afterAll(() => shop.close());

    /** Runs the command, and what the worker does about it. */
    async function henkin(...args: string[]) {
      const { code, stdout, stderr } = await shop.henkin(...args);
      await shop.settled();
      return { code, output: stdout + stderr };
    }

    test.sequential("stops every refund and lets it go on", async () => {
      expect((await henkin("stop")).code).toBe(0);
      const { number, requests } = await shop.ask("501");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("501")).toEqual([]);
      expect((await shop.ticket(number)).status).toBe("approved");
      expect(shop.mailsTo(customerOf("501"))).toEqual([]);
      expect((await henkin("resume")).code).toBe(0);
      expect(shop.moves("501")).toEqual(["refund pi_501 2467"]);
      expect(shop.mailsTo(customerOf("501"))).toHaveLength(1);
    });

    test("approves a ticket once", async () => {
      const { number, requests } = await shop.ask("502");
      expect(await henkin("approve", `R-${number}`)).toMatchObject({ code: 0 });
      expect(shop.moves("502")).toEqual(["refund pi_502 2467"]);
      expect(await henkin("approve", String(number))).toMatchObject({ code: 1 });
      await shop.answer(requests[0], "OK");
      expect(shop.moves("502")).toEqual(["refund pi_502 2467"]);
      expect((await shop.ticket(number)).history).toContainEqual(
        expect.objectContaining({ type: "approval_granted", actor: OPERATOR }),
      );
      for (const address of [SATO, SUZUKI]) {
        expect(shop.mailsTo(address, number)[1]?.text).toContain(`決めた人: ${OPERATOR}`);
      }
    });

    test("approves a part, and nothing above what is left", async () => {
      const { number } = await shop.ask("503");
      expect(await henkin("approve", String(number), "--amount", "2468")).toMatchObject({
        code: 2,
      });
      expect(shop.moves("503")).toEqual([]);
      expect(await henkin("approve", String(number), "--amount", "2,000")).toMatchObject({
        code: 0,
      });
      expect(shop.moves("503")).toEqual(["refund pi_503 2000"]);
    });

    test("rejects a ticket, and the customer is told", async () => {
      const { number, requests } = await shop.ask("504");
      expect(await henkin("reject", String(number))).toMatchObject({ code: 0 });
      expect((await shop.ticket(number)).resolution).toBe("rejected");
      expect(shop.mailsTo(customerOf("504"))).toHaveLength(1);
      await shop.answer(requests[0], "OK");
      expect(shop.moves("504")).toEqual([]);
    });

    test("chooses a candidate, which is approved in a second step", async () => {
      const { number } = await shop.ask("5050", { email: customerOf("505") });
      expect(await henkin("approve", String(number))).toMatchObject({ code: 1 });
      expect(await henkin("choose", String(number), "2")).toMatchObject({ code: 1 });
      expect(await henkin("choose", String(number), "1")).toMatchObject({ code: 0 });
      expect(shop.moves("505")).toEqual([]);
      expect((await shop.ticket(number)).status).toBe("awaiting_approval");
      expect(await henkin("approve", String(number))).toMatchObject({ code: 0 });
      expect(shop.moves("505")).toEqual(["refund pi_505 2467"]);
    });

    test("has the customer asked where no candidate fits", async () => {
      const { number } = await shop.ask("5060", { email: customerOf("506") });
      expect(await henkin("choose", String(number), "0")).toMatchObject({ code: 0 });
      expect(shop.mailsTo(customerOf("506"))).toHaveLength(1);
      expect(shop.moves("506")).toEqual([]);
    });

    test("has the approvers asked anew after a refund failed, and only that OK pays", async () => {
      shop.stripe.updatePayment("pi_508", { refundStatus: "failed" });
      const { number, requests } = await shop.ask("508");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("508")).toEqual(["refund pi_508 2467"]);
      expect((await shop.ticket(number)).status).toBe("refund_failed");
      const [sorry] = shop.mailsTo(customerOf("508"));
      expect(sorry?.subject).toContain("返金のお手続きについてのお詫び");
      shop.stripe.updatePayment("pi_508", { refundStatus: null });
      expect(await henkin("approve", String(number))).toMatchObject({ code: 0 });
      expect(shop.moves("508")).toHaveLength(1);
      expect(shop.mailsTo(SATO, number)).toHaveLength(3);
      const [, , request] = shop.mailsTo(SATO, number);
      expect(request?.subject).toContain("返金の承認依頼 ¥2,467");
      await shop.answer(request as NonNullable<typeof request>, "OK");
      expect(shop.moves("508")).toEqual(["refund pi_508 2467", "refund pi_508 2467"]);
      const calls = shop.stripe.requestsTo("POST", "/v1/refunds");
      const keys = calls
        .filter(({ params }) => params["payment_intent"] === "pi_508")
        .map(({ idempotencyKey }) => idempotencyKey);
      expect(new Set(keys).size).toBe(2);
      expect((await shop.ticket(number)).status).toBe("refunded");
    });

    test("has a failed refund transferred by hand, and says when that is done", async () => {
      shop.stripe.updatePayment("pi_510", { refundStatus: "failed" });
      const { number, requests } = await shop.ask("510");
      await shop.answer(requests[0], "OK");
      expect((await shop.ticket(number)).status).toBe("refund_failed");
      expect(await henkin("done", String(number), "20261121-01")).toMatchObject({ code: 1 });
      expect(await henkin("approve", String(number), "--by-hand")).toMatchObject({ code: 0 });
      const request = shop.mailsTo(SATO, number).at(-1);
      expect(request?.text).toContain(
        "手作業での振込をお願いします。それまで振り込まないでください",
      );
      await shop.answer(request as NonNullable<typeof request>, "OK");
      expect((await shop.ticket(number)).status).toBe("awaiting_manual_refund");
      const task = shop.mailsTo(SATO, number).at(-1);
      expect(task?.subject).toContain("【テスト環境】振り込まないでください。¥2,467");
      await shop.answer(task as NonNullable<typeof task>, "振り込みました");
      expect((await shop.ticket(number)).status).toBe("awaiting_manual_refund");
      expect(await henkin("done", String(number), "20261121-01")).toMatchObject({ code: 0 });
      expect(await shop.ticket(number)).toMatchObject({
        status: "refunded",
        refundId: "20261121-01",
        refundStatus: "succeeded",
      });
      expect(shop.mailsTo(customerOf("510")).at(-1)?.text).toContain("返金の方法: 銀行振込");
      expect(shop.moves("510")).toEqual(["refund pi_510 2467"]);
    });

    test("has who approved a transfer by hand answer when it is made", async () => {
      shop.stripe.updatePayment("pi_511", { refundStatus: "failed" });
      const { number, requests } = await shop.ask("511");
      await shop.answer(requests[0], "OK");
      expect(await henkin("approve", String(number), "--by-hand")).toMatchObject({ code: 0 });
      const request = shop.mailsTo(SATO, number).at(-1);
      await shop.answer(request as NonNullable<typeof request>, "OK");
      const task = shop.mailsTo(SATO, number).at(-1);
      expect(await henkin("reject", String(number))).toMatchObject({ code: 0 });
      expect((await shop.ticket(number)).status).toBe("refund_failed");
      expect(await henkin("approve", String(number), "--by-hand")).toMatchObject({ code: 0 });
      const again = shop.mailsTo(SATO, number).at(-1);
      await shop.answer(again as NonNullable<typeof again>, "OK");
      await shop.answer(task as NonNullable<typeof task>, "完了 20261121-09");
      expect((await shop.ticket(number)).status).toBe("awaiting_manual_refund");
      const told = shop
        .mailsTo(SUZUKI, number)
        .filter(({ subject }) => subject.includes("20261121-09"));
      expect(told).toHaveLength(1);
      const second = shop
        .mailsTo(SATO, number)
        .findLast(({ subject }) => subject.includes("【テスト環境】振り込まないでください"));
      await shop.answer(second as NonNullable<typeof second>, "完了 20261121-02");
      expect(await shop.ticket(number)).toMatchObject({
        status: "refunded",
        refundId: "20261121-02",
      });
      expect(shop.moves("511")).toEqual(["refund pi_511 2467"]);
    });

    // On a server others may work beside it, under names of their own.
    test.sequential("cannot start a second worker in the place of the first", async () => {
      const { code, output } = await henkin("run");
      expect(code).toBe(1);
      expect(output).toContain(ON_POSTGRES ? "Another worker named " : ALONE);
    });

    test.sequential("cannot run once what a worker works at", async () => {
      const { code, output } = await henkin("run", "--once");
      expect(code).toBe(1);
      expect(output).toContain(ALONE);
    });

    test.sequential("restarts it without anything being said or paid twice", async () => {
      const { number, requests } = await shop.ask("509");
      await shop.answer(requests[0], "OK");
      const mails = shop.smtp.mails.length;
      await shop.stop();
      await shop.start();
      expect(shop.smtp.mails).toHaveLength(mails);
      expect(shop.moves("509")).toEqual(["refund pi_509 2467"]);
      await shop.answer(requests[1], "OK");
      expect(shop.moves("509")).toEqual(["refund pi_509 2467"]);
      expect((await shop.ticket(number)).status).toBe("refunded");
    });

    test.sequential("verifies the audit trail", async () => {
      expect(await henkin("audit", "verify")).toMatchObject({
        code: 0,
        output: expect.stringContaining("The audit trail holds"),
      });
    });
  },
);

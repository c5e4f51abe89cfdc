import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { AUTHSERV_ID, dmarcPass } from "../support/mails.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import {
  customerOf,
  formOf,
  MANAGER,
  openShop,
  payment,
  SATO,
  SHOP,
  type Shop,
  SUZUKI,
} from "./shop.ts";

/** The first minute in Tokyo that begins in eight seconds or more. */
function soon(): string {
  const minute = 60_000;
  const at = new Date(Math.ceil((Date.now() + 8_000) / minute) * minute);
  return at.toLocaleTimeString("sv-SE", { timeZone: "Asia/Tokyo", timeStyle: "short" });
}

describe.skipIf(!dovecotInstalled())("a shop", { timeout: 120_000 }, () => {
  const early: Shop[] = [];
  /** Its one refund cools for a minute, and its summary is due meanwhile. */
  let slow: Shop;
  let cooling: number;
  /** Its one refund succeeded and is on its way back from the customer's bank. */
  let unlucky: Shop;
  let returned: number;

  beforeAll(async () => {
    const settings = { APPROVAL_COOLING_MINUTES: "1", SUMMARY_AT: soon() };
    slow = await openShop({ settings, payments: [payment("416")] });
    early.push(slow);
    const asked = await slow.ask("416");
    await slow.answer(asked.requests[0], "OK");
    cooling = asked.number;
    unlucky = await openShop({ payments: [payment("417")] });
    early.push(unlucky);
    const { number, requests } = await unlucky.ask("417");
    await unlucky.answer(requests[0], "OK");
    returned = number;
    const [refund] = unlucky.stripe.refunds;
    unlucky.stripe.setRefundStatus(refund?.id ?? "", "failed", "expired_or_canceled_card");
  });
  afterAll(() => Promise.all(early.map((shop) => shop.close())));

  /** For one test: each has servers of its own, which cost the others their time. */
  async function open(options: Parameters<typeof openShop>[0]): Promise<Shop> {
    const shop = await openShop(options);
    onTestFinished(() => shop.close());
    return shop;
  }

  const lastTo = (shop: Shop, address: string) => shop.mailsTo(address).at(-1) as ReceivedMail;

  test("with SECOND_APPROVAL_FROM pays larger sums after two say the same amount", async () => {
    const shop = await open({
      settings: { SECOND_APPROVAL_FROM: "2000" },
      payments: [payment("401"), payment("402", { amount: 1999 }), payment("413")],
    });
    const { number, requests } = await shop.ask("401");
    expect(requests[0].text).toContain("もう一人の承認者が同じ金額で承認すると進みます");
    await shop.answer(requests[0], "OK");
    await shop.answer(requests[0], "承認します");
    await shop.answer(requests[1], "OK 2100");
    expect(shop.moves()).toEqual([]);
    expect((await shop.ticket(number)).status).toBe("awaiting_approval");
    await shop.answer(requests[1], "OK");
    expect(shop.moves()).toEqual(["refund pi_401 2467"]);
    await shop.answer(requests[0], "OK");
    expect(shop.moves()).toEqual(["refund pi_401 2467"]);
    expect(shop.mailsTo(customerOf("401"))).toHaveLength(1);

    const small = await shop.ask("402");
    await shop.answer(small.requests[0], "OK");
    expect(shop.moves().slice(1)).toEqual(["refund pi_402 1999"]);

    const mixed = await shop.ask("413");
    await shop.henkin("approve", String(mixed.number));
    await shop.henkin("approve", String(mixed.number));
    await shop.settled();
    expect(shop.moves().slice(2)).toEqual([]);
    await shop.answer(mixed.requests[0], "OK");
    expect(shop.moves().slice(2)).toEqual(["refund pi_413 2467"]);
  });

  test("with APPROVAL_COOLING_MINUTES hears STOP from any approver before it pays", async () => {
    const shop = await open({
      settings: { APPROVAL_COOLING_MINUTES: "10" },
      payments: [payment("403")],
    });
    const { number, requests } = await shop.ask("403");
    await shop.answer(requests[0], "OK");
    expect((await shop.ticket(number)).status).toBe("approved");
    for (const address of [SATO, SUZUKI])
      expect(lastTo(shop, address).text).toContain("「STOP」と返信");
    await shop.answer(lastTo(shop, SUZUKI), "STOP");
    expect(await shop.ticket(number)).toMatchObject({ status: "rejected", refundId: null });
    expect(lastTo(shop, SATO).subject).toBe(`[R-${number}] 取り消し (返金前)`);
    expect(shop.moves()).toEqual([]);
    expect(shop.mailsTo(customerOf("403"))).toEqual([]);
  });

  test("hears STOP in answer to the newest mail also after a choice of candidates", async () => {
    const shop = await open({
      settings: { APPROVAL_COOLING_MINUTES: "10" },
      payments: [payment("405")],
    });
    const { number, requests } = await shop.ask("404", { email: customerOf("405") });
    await shop.answer(requests[0], "1");
    await shop.answer(lastTo(shop, SATO), "OK");
    expect((await shop.ticket(number)).status).toBe("approved");
    await shop.answer(lastTo(shop, SUZUKI), "STOP");
    expect((await shop.ticket(number)).status).toBe("rejected");
    expect(shop.moves()).toEqual([]);
  });

  test("with DRY_RUN pays nothing and mails no customer, then or later", async () => {
    const payments = [payment("406"), payment("407", { amountRefunded: 2467 })];
    const shop = await open({ settings: { DRY_RUN: "1" }, payments });
    const { number, requests } = await shop.ask("406");
    await shop.answer(requests[0], "OK");
    await shop.deliver(formOf("407"));
    await shop.deliver(formOf("499"));
    expect(await shop.ticket(number)).toMatchObject({ status: "closed", resolution: "dry_run" });
    expect(lastTo(shop, SATO).text).toContain("DRY_RUN");
    const staff = shop.smtp.mails.filter(({ envelope }) => /sato|suzuki/.test(String(envelope.to)));
    expect(shop.smtp.mails).toEqual(staff);
    await shop.stop();
    await shop.start({ DRY_RUN: "0" });
    await shop.answer(requests[1], "OK");
    expect(shop.moves()).toEqual([]);
    expect(shop.mailsTo(customerOf("406"))).toEqual([]);
  });

  test("with one address for everything ignores its own mails and hears its staff", async () => {
    const shop = await open({
      settings: { STAFF_EMAILS: SHOP, MANAGER_EMAILS: SHOP },
      payments: [payment("408")],
    });
    let brought = 0;
    /** What a mailbox that is also the recipient finds in its inbox. */
    const bringBack = async () => {
      for (const mail of shop.mailsTo(SHOP).slice(brought)) {
        brought += 1;
        const stamps = [
          `Authentication-Results: ${dmarcPass("shop.example.jp")}`,
          `Received: from out.example.jp by ${AUTHSERV_ID}; Sat, 21 Nov 2026 10:00:00 +0900`,
        ];
        await shop.deliver(Buffer.from(`${stamps.join("\r\n")}\r\n${mail.raw}`, "latin1"));
      }
    };
    await shop.deliver(formOf("408", { from: `渋谷商店 <${SHOP}>` }));
    await bringBack();
    expect(shop.mailsTo(SHOP)).toHaveLength(1);
    expect(shop.moves()).toEqual([]);
    await shop.answer(lastTo(shop, SHOP), "はい");
    await bringBack();
    expect(shop.mailsTo(SHOP)).toHaveLength(2);
    await shop.answer(shop.mailsTo(SHOP)[0] as ReceivedMail, "OK");
    await bringBack();
    expect(shop.moves()).toEqual(["refund pi_408 2467"]);
    expect(shop.mailsTo(customerOf("408"))).toHaveLength(1);
    expect(await shop.tickets()).toHaveLength(1);
  });

  test("does not pay on the word of an approver who was taken off the list since", async () => {
    const shop = await open({ payments: [payment("409")] });
    await shop.henkin("stop");
    const { number, requests } = await shop.ask("409");
    await shop.answer(requests[0], "OK");
    await shop.stop();
    await shop.start({ STAFF_EMAILS: SUZUKI });
    await shop.henkin("resume");
    await shop.settled();
    expect(shop.moves()).toEqual([]);
    const request = lastTo(shop, SUZUKI);
    expect(request.subject).toContain(`[R-${number}] 【テスト】【内容変更】返金の承認依頼`);
    expect(request.text).toContain(`承認者 ${SATO} は STAFF_EMAILS から外れた`);
    await shop.answer(requests[0], "OK");
    expect(shop.moves()).toEqual([]);
    await shop.answer(request, "OK");
    expect(shop.moves()).toEqual(["refund pi_409 2467"]);
  });

  test("with APPROVAL_AUTH=token pays small sums to cards on the code alone", async () => {
    const shop = await open({
      settings: { APPROVAL_AUTH: "token", TOKEN_MAX_AMOUNT: "2000" },
      payments: [payment("414"), payment("415", { amount: 500, method: "konbini" })],
    });
    const unsigned = { authenticationResults: null };
    const card = await shop.ask("414");
    await shop.answer(card.requests[0], "OK", unsigned);
    expect(lastTo(shop, SATO).text).toContain("メール認証なしの承認では扱えない");
    const konbini = await shop.ask("415");
    await shop.answer(konbini.requests[0], "OK", unsigned);
    expect(shop.moves()).toEqual([]);
    await shop.answer(card.requests[0], "OK 2000", unsigned);
    expect(shop.moves()).toEqual(["refund pi_414 2000"]);
  });

  test("with REFUND_MAX_PER_HOUR lets further refunds wait and tells the manager once", async () => {
    const shop = await open({
      settings: { REFUND_MAX_PER_HOUR: "1" },
      payments: [payment("410"), payment("411"), payment("412")],
    });
    for (const order of ["410", "411", "412"]) {
      const { requests } = await shop.ask(order);
      await shop.answer(requests[0], "OK");
    }
    expect(shop.moves()).toEqual(["refund pi_410 2467"]);
    expect((await shop.tickets()).map(({ status }) => status)).toEqual(
      expect.arrayContaining(["refunded", "approved", "approved"]),
    );
    expect(shop.mailsTo(MANAGER)).toHaveLength(1);
  });

  test("waits for the cooling time to pass", { timeout: 120_000 }, async () => {
    await slow.waitForMailTo(customerOf("416"), "返金の手続きが完了いたしました", 80_000);
    expect(slow.moves()).toEqual(["refund pi_416 2467"]);
    const { history } = await slow.ticket(cooling);
    const at = (type: string) => Date.parse(history.find((event) => event.type === type)?.at ?? "");
    // It runs from the decision, whose line in the trail comes a few round trips later.
    expect(at("refund_planned") - at("approval_granted")).toBeGreaterThanOrEqual(59_000);
  });

  test("sends the nightly summary once", { timeout: 120_000 }, async () => {
    const summary = await slow.waitForMailTo(MANAGER, "要対応", 80_000);
    expect(summary.text).toContain("新しいチケット: 1");
    expect(summary.text).toContain("記録の照合値: ");
    await slow.stop();
    await slow.start();
    expect(slow.mailsTo(MANAGER)).toHaveLength(1);
    expect(slow.moves()).toEqual(["refund pi_416 2467"]);
  });

  test("tells of a refund that fails after it had succeeded", { timeout: 140_000 }, async () => {
    const sorry = "返金のお手続きについてのお詫び";
    await unlucky.waitForMailTo(customerOf("417"), sorry, 120_000);
    expect(unlucky.mailsTo(customerOf("417")).map(({ subject }) => subject)).toEqual([
      `【渋谷商店】返金の手続きが完了いたしました [R-${returned}]`,
      `【渋谷商店】${sorry} [R-${returned}]`,
    ]);
    for (const address of [SATO, SUZUKI]) {
      expect(lastTo(unlucky, address).text).toContain("expired_or_canceled_card");
    }
    expect(await unlucky.ticket(returned)).toMatchObject({
      status: "refund_failed",
      resolution: null,
      refundStatus: "failed",
    });
    expect(unlucky.moves()).toEqual(["refund pi_417 2467"]);
  });
});

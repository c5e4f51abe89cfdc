// A shop with INVOICE_NUMBER states the particulars of a 適格返還請求書 once a sale's money is back, and
// never before.

import { afterEach, describe, expect, it } from "vitest";
import type { Payment } from "../../src/domain/payment.ts";
import type { InvoiceIssuer } from "../../src/domain/return-invoice.ts";
import { loadTemplates } from "../../src/mail/templates.ts";
import { anAnswer } from "../jobs/recorded-mail.ts";
import { openDesk, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

const ISSUER: InvoiceIssuer = { number: "T1234567890123", taxRate: 10 };
const PARTICULARS = ["invoiceNumber", "saleDate", "taxRate", "isReducedRate", "taxAmount"];
const templates = loadTemplates("templates", null);

let desk: TestDesk;
afterEach(() => desk.close());

async function refund(
  change: Partial<Payment> = {},
  { issuer = ISSUER as InvoiceIssuer | null, answer = "OK" } = {},
): Promise<void> {
  const price = { amountMinor: 12_340, capturedMinor: 12_340 };
  desk = await openDesk({
    payments: [aPayment({ ...price, ...change })],
    shop: { invoiceIssuer: issuer, locale: "ja" },
  });
  await desk.ask();
  desk.provider.nextStatus = "succeeded";
  await desk.reply(answer);
  await desk.work();
}

function stated(): Record<string, unknown> {
  const { variables } = desk.mail("refunded", TARO);
  return Object.fromEntries(PARTICULARS.map((name) => [name, variables[name]]));
}

const NOTHING = {
  invoiceNumber: "",
  saleDate: "",
  taxRate: "",
  isReducedRate: false,
  taxAmount: "",
};

describe("a refund of ¥10,000 or more", () => {
  it("is told with number, both dates, what was returned, rate and tax", async () => {
    await refund();
    expect(stated()).toEqual({
      invoiceNumber: "T1234567890123",
      saleDate: "2026-11-01",
      taxRate: "10%",
      isReducedRate: false,
      taxAmount: "¥1,121",
    });
    const { draft, variables } = desk.mail("refunded", TARO);
    const mail = templates.render("refunded", "ja", draft.variables as never);
    for (const part of [mail.text, mail.html]) {
      for (const particular of [
        "発行者: 見本商店",
        "登録番号: T1234567890123",
        `返金の日: ${variables["date"]}`,
        "元の売上の日: 2026-11-01",
        "内容: ご注文 679 の返品・値引き等に伴う返金",
        "10%対象の返金額（税込）: ¥12,340",
        "うち消費税額等: ¥1,121",
      ]) {
        expect(part).toContain(particular);
      }
      expect(part).not.toContain("軽減税率");
    }
  });

  it("says so where the goods bear the reduced rate", async () => {
    await refund({}, { issuer: { ...ISSUER, taxRate: 8 } });
    expect(stated()).toMatchObject({ taxRate: "8%", isReducedRate: true, taxAmount: "¥914" });
    const { draft } = desk.mail("refunded", TARO);
    const { text } = templates.render("refunded", "ja", draft.variables as never);
    expect(text).toContain("（軽減税率対象）");
    expect(text).toContain("8%対象の返金額（税込）: ¥12,340");
  });

  it("counts what goes back, not what was paid", async () => {
    await refund({}, { answer: "OK 10000" });
    expect(stated()).toMatchObject({ taxAmount: "¥909" });
    expect(desk.mail("refunded", TARO).variables).toMatchObject({ amount: "¥10,000" });
  });

  it("is told with them where staff transferred it, too", async () => {
    await refund();
    desk.provider.settle("re_1", "failed", "lost_or_stolen_card");
    await desk.advance(DAY);
    await desk.advance(15 * MINUTE);
    await desk.reply("OK");
    await desk.work();
    const task = desk
      .mails("staff_task", TANAKA)
      .findLast(({ variables }) => variables["asksDone"] === true);
    if (task === undefined) throw new Error("nobody was asked to transfer");
    const code = String(task.variables["code"]);
    await desk.receive(anAnswer(task, `完了 20261121-01\nコード: ${code}`));
    await desk.work();
    const told = desk.mails("refunded", TARO);
    expect(told).toHaveLength(2);
    expect(told.at(-1)?.variables).toMatchObject({
      invoiceNumber: "T1234567890123",
      saleDate: "2026-11-01",
      taxAmount: "¥1,121",
    });
  });
});

describe("the particulars of a return invoice are left out", () => {
  it("where the shop has no number", async () => {
    await refund({}, { issuer: null });
    expect(stated()).toEqual(NOTHING);
    const { draft } = desk.mail("refunded", TARO);
    const { text, html } = templates.render("refunded", "ja", draft.variables as never);
    expect(`${text}${html}`).not.toMatch(/適格返還請求書|登録番号|消費税/);
  });

  it.each<[string, Partial<Payment>, string]>([
    ["below ¥10,000", {}, "OK 9999"],
    ["in another currency", { currency: "USD" }, "OK"],
    ["of a transfer larger than the price", { amountMinor: 11_000 }, "OK"],
    ["where nobody knows when it was paid", { paidAt: null }, "OK"],
  ])("of a refund %s", async (_what, change, answer) => {
    await refund(change, { answer });
    expect(stated()).toEqual(NOTHING);
  });

  it.each(["pending", "requires_action", "failed"] as const)(
    "while the provider says %s",
    async (status) => {
      desk = await openDesk({
        payments: [aPayment({ amountMinor: 12_340, capturedMinor: 12_340, method: "konbini" })],
        shop: { invoiceIssuer: ISSUER, locale: "ja" },
      });
      await desk.ask();
      desk.provider.nextStatus = status;
      await desk.reply("OK");
      await desk.work();
      const mails = desk.transport.accepted.filter(({ to }) => to === TARO);
      expect(mails).toHaveLength(1);
      for (const { name, draft } of mails) {
        const { text, html } = templates.render(name, "ja", draft.variables as never);
        expect(`${text}${html}`).not.toMatch(/適格返還請求書|T1234567890123|消費税/);
      }
    },
  );

  it("where an authorisation was cancelled, because nothing had been sold", async () => {
    await refund({ status: "authorized", capturedMinor: 0, paidAt: null });
    const { draft } = desk.mail("voided", TARO);
    const { text, html } = templates.render("voided", "ja", draft.variables as never);
    expect(`${text}${html}`).not.toMatch(/適格返還請求書|T1234567890123|消費税/);
  });
});

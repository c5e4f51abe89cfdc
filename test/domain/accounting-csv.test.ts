import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { accountingCsv, accountingFile } from "../../src/domain/accounting-csv.ts";
import type { LedgerLine } from "../../src/domain/summary-mail.ts";

const LINE: LedgerLine = {
  date: "2026-11-21 15:50",
  ticket: "R-12",
  order: "679",
  counterparty: "田中太郎",
  amount: "2467",
  currency: "JPY",
  provider: "Stripe",
  refund: "re_1",
  state: "返金済み",
  paidOut: "2467",
};

const read = (csv: string): string[][] => parse(csv, { bom: true });

describe("the accountant's file", () => {
  it("begins with a byte order mark, ends its lines as Excel does, and has Japanese headings", () => {
    expect(accountingCsv([LINE], "ja")).toBe(
      "\uFEFF日時,チケット,注文番号,相手先,金額,通貨,決済サービス,返金ID,状態,出金額\r\n" +
        "2026-11-21 15:50,R-12,679,田中太郎,2467,JPY,Stripe,re_1,返金済み,2467\r\n",
    );
  });

  it("has its headings alone where nothing was refunded", () => {
    expect(read(accountingCsv([], "en"))).toEqual([
      [
        "Date",
        "Ticket",
        "Order",
        "Counterparty",
        "Amount",
        "Currency",
        "Provider",
        "Refund ID",
      ].concat(["State", "Paid out"]),
    ]);
  });

  it.each(['a "quoted", name', "two\r\nlines", "comma, only", 'ends with "', " blanks "])(
    "holds any text in its cell: %j",
    (counterparty) => {
      const [, row] = read(accountingCsv([{ ...LINE, counterparty }], "ja"));
      expect(row).toHaveLength(10);
      expect(row?.[3]).toBe(counterparty);
    },
  );

  it.each([
    '=HYPERLINK("http://evil.example","x")',
    "+81-3-0000-0000",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1",
    "\u200b=1",
    "  =1",
    "＝1+1",
    "＋1",
    "＠A1",
  ])("takes a customer's %j as text, not as a formula", (text) => {
    const lines = [{ ...LINE, counterparty: text, order: text, refund: text }];
    const [, row] = read(accountingCsv(lines, "ja"));
    expect([row?.[2], row?.[3], row?.[7]]).toEqual([`'${text}`, `'${text}`, `'${text}`]);
  });

  it.each(["00679", "2-11", "12/5", "2026-11-21", "12345678901234567", "12E5"])(
    "keeps %j from becoming another number or a date",
    (text) => {
      const [, row] = read(accountingCsv([{ ...LINE, order: text }], "ja"));
      expect(row?.[2]).toBe(`'${text}`);
    },
  );

  it("leaves a sum below zero a number", () => {
    const [, row] = read(accountingCsv([{ ...LINE, paidOut: "-2467" }], "ja"));
    expect(row?.[9]).toBe("-2467");
  });

  it("is named after its day", () => {
    expect(accountingFile("2026-11-21")).toBe("henkin-2026-11-21.csv");
  });
});

import { describe, expect, it } from "vitest";
import { changeOf } from "../../../src/domain/imported-payments/changes.ts";
import { columnNames, readHeader } from "../../../src/domain/imported-payments/columns.ts";
import {
  type CsvRecord,
  type ImportedRow,
  readRows,
} from "../../../src/domain/imported-payments/rows.ts";
import { matchPayments, routeOf } from "../../../src/domain/matching.ts";
import type { Payment } from "../../../src/domain/payment.ts";

const NOW = Date.parse("2026-11-09T10:00:00+09:00");
const SETTING = { timeZone: "Asia/Tokyo", now: NOW };

/** Cells are separated by bars, so that amounts may have commas. */
function records(...lines: string[]): CsvRecord[] {
  return lines.map((line, at) => ({ line: at + 1, cells: line.split("|") }));
}

const read = (...lines: string[]) => readRows(records(...lines), SETTING);

describe("the header", () => {
  it.each([
    ["Payment ID|Order_Number|Amount"],
    ["注文番号|取引ＩＤ|支払金額（円）"],
    ["備考|決済ID|ご注文者|受注番号|金額(税込)"],
    ["\ufeffid|order|amount"],
  ])("is understood in any order: %s", (line) => {
    expect(readHeader(line.split("|")).missing).toEqual([]);
  });

  it("names what is missing and what was found", () => {
    const { rows, problems } = read("id|金額|備考\u001b[2J", "1|2|3");
    expect(rows).toEqual([]);
    expect(problems).toEqual([
      {
        line: 1,
        column: null,
        message: expect.stringMatching(/"order" is missing; found: "id", "金額", "備考 \[2J"/),
      },
    ]);
  });

  it("is refused where two columns say the same", () => {
    expect(read("id|order|amount|金額", "1|679|2|3").problems).toMatchObject([
      { line: 1, column: "金額", message: expect.stringContaining('"amount"') },
    ]);
  });

  it("warns of columns that are ignored, and where nothing says what was paid", () => {
    expect(read("id|order|amount|備考", "1|679|2|=cmd").warnings).toMatchObject([
      { column: "備考", message: "is not known and is ignored" },
      { column: null, message: expect.stringContaining("count as paid") },
    ]);
  });

  it("gives every column one name of its own", () => {
    const names = columnNames().flatMap(({ column, others }) => [column, ...others]);
    expect(new Set(names).size).toBe(names.length);
    expect(columnNames().every(({ column }) => readHeader([column]).places.has(column))).toBe(true);
  });

  it.each([[[]], [["id|order|amount"]]])("alone is no file", (lines) => {
    expect(read(...lines).problems).toHaveLength(1);
  });
});

describe("the rows", () => {
  it("are read whole", () => {
    const { rows, problems } = read(
      "id|order|amount|currency|status|refunded|method|name|email|paid_at",
      "T1|679|24.67|USD|paid|1.00|card|Taro Tanaka|Taro@Example.jp|2026-11-01",
    );
    expect(problems).toEqual([]);
    expect(rows).toEqual([
      {
        ...{ line: 2, id: "T1", orderNumbers: ["679"], currency: "USD", amountMinor: 2467 },
        ...{ status: "paid", statusWords: "paid", refundedMinor: 100, method: "card" },
        ...{ payerName: "Taro Tanaka", payerEmail: "taro@example.jp" },
        paidAt: Date.parse("2026-11-01T00:00:00+09:00"),
      },
    ]);
  });

  it("are all checked, each fault with its line and column", () => {
    const { problems } = read(
      "取引ID|注文番号|金額|状態",
      "|679|x|入金済み",
      "T2|679|100|謎",
      "T3|679",
      "T4|679|0|入金済み",
    );
    expect(problems.map(({ line, column }) => [line, column])).toEqual([
      [2, "取引ID"],
      [2, "金額"],
      [3, "状態"],
      [4, null],
      [5, "金額"],
    ]);
  });

  it("are refused where an id stands twice, naming both lines", () => {
    const { problems } = read("id|order|amount", "T1|679|1", "T2|680|2", "Ｔ１|681|x");
    expect(problems).toMatchObject([
      { line: 4, column: "amount" },
      { line: 4, column: "id", message: expect.stringContaining("line 2") },
    ]);
  });

  it("may end in empty cells, and in no others", () => {
    expect(read("id|order|amount", "T1|679|1||").problems).toEqual([]);
    expect(read("id|order|amount", "T1|679|1||x").problems).toMatchObject([{ line: 2 }]);
  });
});

const ROW: ImportedRow = {
  ...{ line: 2, id: "T1", orderNumbers: ["679"], currency: "JPY", amountMinor: 2467 },
  ...{ status: "paid", statusWords: "入金済み", refundedMinor: undefined, method: undefined },
  ...{ payerName: "田中太郎", payerEmail: "taro@example.jp", paidAt: undefined },
};

function paymentOf(row: Partial<ImportedRow>, known?: Payment): Payment {
  const change = changeOf({ ...ROW, ...row }, known, NOW);
  if ("message" in change) throw new Error(change.message);
  return change.payment;
}

const WISH = { orderNumbers: ["679"], email: "taro@example.jp", name: null, requestedMinor: null };

describe("an imported payment", () => {
  it("is matched and proposed where the file says that it was paid", () => {
    const payment = paymentOf({});
    expect(payment).toMatchObject({ provider: "manual", account: "manual", livemode: true });
    expect(matchPayments(WISH, [payment], [])).toMatchObject({ kind: "exact" });
    expect(routeOf(payment, NOW)).toBe("refund");
    expect(routeOf(paymentOf({ status: "part", refundedMinor: 2466 }), NOW)).toBe("refund");
  });

  it.each<[string, Partial<ImportedRow>]>([
    ["nothing was paid", { status: "open", statusWords: "未入金" }],
    ["all was refunded", { status: "refunded", statusWords: "返金済み" }],
    ["all was refunded, by the sum", { refundedMinor: 2467 }],
    ["it was cancelled and refunded", { status: "open", refundedMinor: 2467 }],
    ["a part was called refunded", { status: "refunded", refundedMinor: 100 }],
  ])("stops in front of a person where the file says that %s", (_what, row) => {
    expect(routeOf(paymentOf(row), NOW)).toBe("unclear_status");
  });

  it.each<[string, Partial<ImportedRow>, Payment | undefined]>([
    ["more was refunded than paid", { refundedMinor: 2468 }, undefined],
    ["a part was refunded, and not how much", { status: "part" }, undefined],
    ["less was paid than refunded before", { amountMinor: 99 }, paymentOf({ refundedMinor: 100 })],
  ])("is refused where %s", (_what, row, known) => {
    expect(changeOf({ ...ROW, ...row }, known, NOW)).toMatchObject({ line: 2, column: null });
  });

  it("is unchanged by the same row, later and without a date, too", () => {
    const known = paymentOf({});
    expect(changeOf(ROW, known, NOW + 1_000)).toMatchObject({ kind: "unchanged" });
  });

  it("keeps what a later file has no column for", () => {
    const whole = { refundedMinor: 100, method: "card", paidAt: NOW - 1_000 };
    const known = paymentOf(whole);
    const bare = { ...ROW, payerName: undefined, payerEmail: undefined, status: undefined };
    expect(changeOf(bare, known, NOW)).toMatchObject({ kind: "unchanged" });
    const open = paymentOf({ status: "open" });
    expect(paymentOf({ ...bare, status: undefined }, open)).toMatchObject({
      status: "processing",
      capturedMinor: 0,
    });
  });

  it("takes what a later file says, an empty cell included", () => {
    const known = paymentOf({ refundedMinor: 100 });
    const row = { ...ROW, refundedMinor: null, payerEmail: null, orderNumbers: ["679", "680"] };
    expect(changeOf(row, known, NOW)).toMatchObject({
      kind: "changed",
      fields: ["refundedMinor", "orderNumbers", "payerEmail"],
      payment: { refundedMinor: 0, payerEmail: null },
    });
  });
});

// What one cell says. Whatever is not read without doubt is a problem in words for the operator, and
// no guess: an amount that is read wrong is paid wrong.

import { bareAddress, emailsIn, foldBlanks } from "../intake/field-values.ts";
import { legible } from "../legible.ts";
import { minorDigits, parseFigure } from "../money.ts";
import { orderNumbersOfPayment } from "../order-number/order-number.ts";

/** A value, or what is wrong with the cell. */
export type Reading<Value> = { readonly value: Value } | { readonly problem: string };

const SHOWN_MAX = 60;
const TEXT_MAX = 100;

/** A cell for a terminal: on one line, without signs that steer one, and not too long. */
export function shown(text: string): string {
  const plain = legible(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  return plain.length > SHOWN_MAX ? `${[...plain].slice(0, SHOWN_MAX).join("")}…` : plain;
}

/** Spreadsheets are made to keep leading zeros by ="00123"; the text is what stands between. */
const KEPT_AS_TEXT = /^="([^"=]*)"$/;

/** A cell without the blanks around it and the signs that nobody sees. */
export function bare(cell: string): string {
  const text = legible(cell).trim();
  return KEPT_AS_TEXT.exec(text)?.[1]?.trim() ?? text;
}

const DAMAGED = /[\p{Cc}\uFFFD〓]/u;
/** A long number that a spreadsheet has rounded away. */
const ROUNDED = /^\d(?:\.\d+)?E\+\d+$/i;

function damage(text: string): string | null {
  if (DAMAGED.test(text)) return "holds signs that cannot be read: mend the cell";
  if (text.length > TEXT_MAX) return `has more than ${TEXT_MAX} characters`;
  if (ROUNDED.test(text)) {
    return `is "${shown(text)}", a number that a spreadsheet has rounded: export it anew and format the column as text`;
  }
  return null;
}

/** As the processor writes it, full-width signs made plain. */
export function readId(cell: string): Reading<string> {
  const value = bare(cell).normalize("NFKC").trim();
  if (value === "") return { problem: "is empty: every payment needs its own id" };
  const problem = damage(value);
  return problem === null ? { value } : { problem };
}

/** Normalised as everywhere (order-number.ts). */
export function readOrder(cell: string): Reading<readonly string[]> {
  const text = bare(cell);
  if (text === "") return { problem: "is empty: write the order number" };
  const problem = damage(text);
  if (problem !== null) return { problem };
  const { numbers } = orderNumbersOfPayment({
    metadata: { order_number: text },
    description: null,
  });
  return numbers.length > 0
    ? { value: numbers }
    : { problem: `is "${shown(text)}", in which no order number can be read` };
}

/** Its amounts have thousandths, which are not kept here (ISO 4217). */
const THREE_DECIMALS = new Set("BHD IQD JOD KWD LYD OMR TND".split(" "));
const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));

export function readCurrency(cell: string): Reading<string> {
  const written = bare(cell).normalize("NFKC").toUpperCase();
  if (written === "" || written === "円" || written === "¥") return { value: "JPY" };
  if (THREE_DECIMALS.has(written))
    return { problem: `is ${written}, which henkin does not handle` };
  return CURRENCIES.has(written)
    ? { value: written }
    : { problem: `is "${shown(cell)}": write a code such as JPY` };
}

/** What a sign beside the figure may stand for. Shift_JIS has the yen sign at the backslash. */
const SIGNS: Readonly<Record<string, RegExp>> = {
  "¥": /^(?:JPY|CNY)$/,
  "\\": /^JPY$/,
  円: /^JPY$/,
  $: /^(?:USD|CAD|AUD|NZD|SGD|HKD|TWD)$/,
  "€": /^EUR$/,
  "£": /^GBP$/,
};
const DRESSED = /^([¥\\$€£]|[A-Z]{3})?([^¥\\$€£A-Z円]+)(円|[A-Z]{3})?$/;
const NEGATIVE = /^[^\d]{0,3}[-−‐–△▲(]|[-−]$/;
/** parseFigure's own bound for a figure without commas. */
const WHOLE_MAX = 999_999_999;

/** In minor units; 0 or more. */
export function readAmount(cell: string, currency: string): Reading<number> {
  const text = bare(cell).normalize("NFKC").replace(/\s+/g, "").toUpperCase();
  const written = `is "${shown(cell)}"`;
  if (text === "") return { problem: "is empty: write the amount, such as 2467" };
  if (NEGATIVE.test(text)) {
    return { problem: `${written}, below zero: write what was paid, and refunds in "refunded"` };
  }
  const [, before, figure = "", after] = DRESSED.exec(text) ?? [];
  for (const sign of [before, after]) {
    const isRight = sign === undefined || sign === currency || SIGNS[sign]?.test(currency) === true;
    if (!isRight) return { problem: `${written}, which is not in ${currency}` };
  }
  if (/^\d{10,}(?:\.\d+)?$/.test(figure)) return { problem: `${written}, which is too large` };
  const digits = minorDigits(currency);
  if (digits === 0 && /^[\d,]+\.\d*$/.test(figure)) {
    return { problem: `${written}, and ${currency} has no decimals: write 2467` };
  }
  const amountMinor = parseFigure(figure, currency);
  if (amountMinor === null) {
    const example = digits === 0 ? "2467 or 2,467" : "24.67";
    return { problem: `${written}, which is no amount in ${currency}: write ${example}` };
  }
  return amountMinor > WHOLE_MAX * 10 ** digits
    ? { problem: `${written}, which is too large` }
    : { value: amountMinor };
}

/** open: nothing was paid, or nobody knows. part: refunded in part; the amount stands beside it. */
export type FileStatus = "paid" | "part" | "refunded" | "open";

const STATUSES: Readonly<Record<FileStatus, readonly string[]>> = {
  paid: "paid succeeded captured complete completed 支払済み 支払い済み 支払済 支払い済 入金済み 入金済 決済完了 売上確定 売上 完了".split(
    " ",
  ),
  part: "partiallyrefunded partialrefund 一部返金 一部返金済み 一部返金済".split(" "),
  refunded: "refunded 返金済み 返金済 全額返金 返金".split(" "),
  open: "unpaid pending processing authorized failed expired canceled cancelled voided 未入金 未払い 未払 入金待ち 支払待ち 処理中 仮売上 与信 失敗 決済失敗 期限切れ キャンセル キャンセル済み 取消 取消済み".split(
    " ",
  ),
};

export function readStatus(cell: string): Reading<FileStatus> {
  const text = bare(cell);
  if (text === "") return { problem: "is empty: write paid or unpaid" };
  const key = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_-]+/g, "");
  for (const [status, words] of Object.entries(STATUSES) as [FileStatus, readonly string[]][]) {
    if (words.includes(key)) return { value: status };
  }
  const known = "paid (入金済み), unpaid (未入金), canceled (キャンセル) or refunded (返金済み)";
  return { problem: `is "${shown(cell)}", which henkin does not know: write ${known}` };
}

/** After the word a processor often says more: 「銀行振込(前払い)」, 「クレジットカード:VISA」. */
const METHODS: readonly (readonly [string, RegExp])[] = [
  ["card", /^(?:credit ?card|card|クレジット|カード)/],
  ["konbini", /^(?:konbini|convenience ?store|コンビニ)/],
  [
    "bank_transfer",
    /^(?:bank[ _]?transfer|銀行振(?:り?込)|振り?込み?(?:$|[^ァ-ヶー])|バーチャル口座|ゆうちょ振替)/,
  ],
  ["net_bank", /^(?:net ?bank|ネット(?:バンク|バンキング|銀行))/],
  ["pay_easy", /^(?:pay-?easy|ペイジー)/],
];

/** henkin's word for it where it has one; "other" where the cell is empty. */
export function readMethod(cell: string): Reading<string> {
  const text = foldBlanks(bare(cell)).normalize("NFKC");
  if (text === "") return { value: "other" };
  const problem = damage(text);
  if (problem !== null) return { problem };
  const known = METHODS.find(([, words]) => words.test(text.toLowerCase()))?.[0];
  return { value: known ?? text };
}

/** Personal words are not repeated in what is printed. */
export function readPayerName(cell: string): Reading<string | null> {
  const text = foldBlanks(bare(cell));
  if (text === "") return { value: null };
  const problem = damage(text);
  return problem === null ? { value: text } : { problem };
}

/** Lower case. */
export function readEmail(cell: string): Reading<string | null> {
  const text = bareAddress(bare(cell).normalize("NFKC").toLowerCase());
  if (text === "") return { value: null };
  const [address, another] = emailsIn(text);
  return address === text && another === undefined
    ? { value: address }
    : {
        problem:
          "is not one mail address: write it alone, such as taro@example.jp, or leave it out",
      };
}

const YEAR_2000 = Date.UTC(2000, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Epoch ms. */
export function readTime(
  cell: string,
  read: (text: string) => number | null,
  now: number,
): Reading<number | null> {
  const text = bare(cell);
  if (text === "") return { value: null };
  const at = text.length > TEXT_MAX ? null : read(text);
  const written = `is "${shown(cell)}"`;
  if (at === null)
    return { problem: `${written}: write a date such as 2026-11-01 or 2026/11/1 12:34` };
  if (at < YEAR_2000) return { problem: `${written}, which is before the year 2000` };
  return at > now + DAY_MS ? { problem: `${written}, which lies in the future` } : { value: at };
}

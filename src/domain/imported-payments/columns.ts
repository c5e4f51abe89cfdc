// Which column of a shop's file holds what. Processors and shop systems name them each in their own
// way; what is not named here is ignored, and said to be.

import { legible } from "../legible.ts";

/** The first name is the one that messages use. */
const NAMES = {
  id: ["id", "payment id", "transaction id", "決済id", "取引id", "決済番号", "取引番号"],
  order: ["order", "order number", "order id", "order no", "注文番号", "受注番号", "注文id"],
  amount: ["amount", "金額", "支払金額", "支払い金額", "決済金額", "入金額", "請求金額"],
  currency: ["currency", "通貨", "通貨コード"],
  status: ["status", "状態", "ステータス", "決済状況", "支払状況", "入金状況"],
  refunded: ["refunded", "amount refunded", "返金済み額", "返金済額", "返金額"],
  method: ["method", "payment method", "支払方法", "支払い方法", "決済方法"],
  name: ["name", "customer name", "氏名", "お名前", "名前", "購入者名", "注文者名", "顧客名"],
  email: ["email", "e-mail", "mail", "メールアドレス", "メール", "購入者メールアドレス"],
  paid_at: ["paid at", "date", "入金日", "入金日時", "支払日", "支払日時", "決済日", "決済日時"],
} as const;

export type Column = keyof typeof NAMES;

const REQUIRED: readonly Column[] = ["id", "order", "amount"];

/** "Paid_At", "paid at" and "支払金額（円）" are written in many ways. */
function keyOf(name: string): string {
  return legible(name)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\([^()]{0,20}\)/g, "")
    .replace(/[\s_\-・:.]+/g, "");
}

const BY_KEY: ReadonlyMap<string, Column> = new Map(
  (Object.keys(NAMES) as Column[]).flatMap((column) =>
    NAMES[column].map((name) => [keyOf(name), column] as const),
  ),
);

/** For the help text: "id, 決済ID, …". */
export function columnNames(): { readonly column: Column; readonly others: readonly string[] }[] {
  return (Object.keys(NAMES) as Column[]).map((column) => ({
    column,
    others: NAMES[column].slice(1),
  }));
}

export interface Header {
  /** Where each column stands, from 0. */
  readonly places: ReadonlyMap<Column, number>;
  /** As the file names it. */
  readonly titles: ReadonlyMap<Column, string>;
  readonly unknown: readonly string[];
  /** Two columns that hold the same thing, as the file names them. */
  readonly repeated: readonly (readonly [string, string])[];
  readonly missing: readonly Column[];
}

export function readHeader(cells: readonly string[]): Header {
  const places = new Map<Column, number>();
  const titles = new Map<Column, string>();
  const unknown: string[] = [];
  const repeated: (readonly [string, string])[] = [];
  for (const [place, title] of cells.entries()) {
    const column = BY_KEY.get(keyOf(title));
    const before = column === undefined ? undefined : titles.get(column);
    if (column === undefined) {
      if (title.trim() !== "") unknown.push(title);
    } else if (before !== undefined) {
      repeated.push([before, title]);
    } else {
      places.set(column, place);
      titles.set(column, title.trim());
    }
  }
  const missing = REQUIRED.filter((column) => !places.has(column));
  return { places, titles, unknown, repeated, missing };
}

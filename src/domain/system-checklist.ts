// What staff do by hand where an order stands in several systems that do not tell each other: makeshop's
// cancellation does not reach Epsilon, Epsilon's not makeshop, and neither gives money back
// (makeshop's manual, イプシロン銀行振込(バーチャル口座)注文管理).

import type { Locale } from "./outgoing-mail.ts";
import type { Payment } from "./payment.ts";

type Words = Readonly<Record<Locale, string>>;

const EPSILON: readonly Words[] = [
  {
    ja: "注文を取り消すときは、makeshop で注文 {0} を「注文キャンセル」にする(発送と在庫も確認)",
    en: "Where the order is cancelled: cancel order {0} in makeshop, and check delivery and stock",
  },
  {
    ja: "イプシロンの管理画面でも同じ決済をキャンセルする(makeshop のキャンセルは連動しません)",
    en: "Cancel the same payment in Epsilon's screen, too: makeshop's cancellation does not reach it",
  },
  {
    ja: "そのあとに入金があると「入金エラー」のメールが届きます。そのメールへの対応として、henkin が入金額をお尋ねします",
    en: "A deposit that comes later is announced by Epsilon's mail 入金エラー, after which henkin asks for its amount",
  },
];

/** Empty where the provider is the only system. */
export function systemChecklist(
  { provider, method }: Pick<Payment, "provider" | "method">,
  orders: string,
  locale: Locale,
): string[] {
  if (provider !== "epsilon") return [];
  // To cancel a charged card at Epsilon is to give it back, which has been asked for already.
  const list = method === "card" ? EPSILON.slice(0, 1) : EPSILON;
  return list.map((words) => words[locale].replace("{0}", orders));
}

/**
 * To be pasted into makeshop's 質問掲示板, which changes the state that is shown there: a top-up after a
 * wrong amount leaves it at 決済失敗. Always in Japanese, as makeshop reads it.
 *
 * @param received what came in, in words
 */
export function statusChangeRequest(provider: string, orders: string, received: string): string[] {
  if (provider !== "epsilon") return [];
  return [
    "以下について、ステータス変更を依頼します。",
    `・対象注文番号: ${orders}`,
    "・ご希望の決済ステータス: 入金完了",
    "・処理可否ステータス: 未処理",
    "・イプシロン側のステータス: 入金済み",
    `・経緯など、ご事情: イプシロン側で ${received} の入金を確認済みのため`,
  ];
}

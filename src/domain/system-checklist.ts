// What staff do by hand where an order stands in several systems that do not tell each other: makeshop's
// cancellation does not reach Epsilon, Epsilon's not makeshop, and neither gives money back
// (makeshop's manual, イプシロン銀行振込(バーチャル口座)注文管理).

import type { Locale } from "./outgoing-mail.ts";
import type { Payment } from "./payment.ts";

type Words = Readonly<Record<Locale, string>>;

/** open: staff know whether it is cancelled. stands: what is left of the deposit is its price. */
export type OrderFate = "open" | "stands";

const EPSILON: Readonly<Record<OrderFate, readonly Words[]>> = {
  open: [
    {
      ja: "makeshop: 注文を取り消すときは、注文 {0} を「注文キャンセル」にする(取り消し済みなら不要。発送と在庫も確認)",
      en: "makeshop: where the order is cancelled, cancel order {0} there unless it is, and check delivery and stock",
    },
    {
      ja: "イプシロン: 注文を取り消すときは、管理画面で同じ決済もキャンセルする(決済がなければ不要。makeshop のキャンセルは連動しません)",
      en: "Epsilon: where the order is cancelled, cancel its payment, if it has one, in its screen, too: makeshop's cancellation does not reach it",
    },
    {
      ja: "キャンセルのあとに入金があると、イプシロンから「入金エラー」のメールが届きます。届いたら、henkin が入金額をお尋ねします",
      en: "A deposit that comes after the cancellation is announced by Epsilon's mail 入金エラー, after which henkin asks for its amount",
    },
  ],
  stands: [
    {
      ja: "makeshop: 注文 {0} は「注文キャンセル」にしない。決済ステータスが「決済失敗」のままなら、振込のあと、下の文面を質問掲示板に貼って変更を依頼する(自動では変わりません)",
      en: "makeshop: do not cancel order {0}. If its payment still stands at 決済失敗 after the transfer, ask for the change with the text below: it does not change by itself",
    },
    {
      ja: "イプシロン: 決済はキャンセルしない(残りは注文の代金です)",
      en: "Epsilon: do not cancel the payment, the rest of which is the order's price",
    },
  ],
};

/** Empty where the provider is the only system. */
export function systemChecklist(
  { provider, method }: Pick<Payment, "provider" | "method">,
  orders: string,
  fate: OrderFate,
  locale: Locale,
): string[] {
  if (provider !== "epsilon") return [];
  // To cancel a charged card at Epsilon is to give it back, which has been asked for already.
  const list = method === "card" ? EPSILON[fate].slice(0, 1) : EPSILON[fate];
  return list.map((words) => words[locale].replace("{0}", orders));
}

/**
 * To be pasted into makeshop's 質問掲示板, which changes the state that is shown there: another deposit than
 * the price leaves it at 決済失敗 for ever. For an order that stands once the excess is given back; always in
 * Japanese, as makeshop reads it.
 *
 * @param received what came in, in words
 * @param returned the excess, in words
 */
export function statusChangeRequest(
  provider: string,
  orders: string,
  received: string,
  returned: string,
): string[] {
  if (provider !== "epsilon") return [];
  return [
    "以下について、ステータス変更を依頼します。",
    `・対象注文番号:${orders}`,
    "・ご希望の決済ステータス:入金完了",
    "・処理可否ステータス:未処理",
    "・イプシロン側のステータス:入金済み",
    `・経緯など、ご事情:イプシロン側で ${received} の入金を確認し、過剰分の ${returned} を購入者へ返金済みのため`,
  ];
}

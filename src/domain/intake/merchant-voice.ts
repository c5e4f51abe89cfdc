// Who speaks: a customer of his own order, or somebody who addresses customers or shops: the shop's own
// cart, a mall, a supplier, a salesman, a phisher. They use the same words: order, cancel, refund.

import { remembering } from "../remembering.ts";

/** No customer says these. */
const PLAIN: readonly RegExp[] = [
  /ご(?:注文|購入|予約)(?:を)?(?:いただき|頂き|くださ|下さ)[^。]{0,10}(?:ありがと|有難|感謝|御礼)|(?:この(?:度|たび)|先日)は[^。\n]{0,24}(?:ご注文|ご購入|お買い?上げ|ご利用)[^。\n]{0,8}(?:いただ|頂|ありがと|有難)|お買い?上げ(?:いただ|頂|ありがと)|ご注文ありがとう/,
  /ご(?:注文|購入|予約)(?:を)?(?:いただ|頂)(?:い|き(?!たく))/,
  /ご?注文(?:内容)?(?:の確認|確認メール)|下記(?:の(?:通り|内容で))?[^。\n]{0,8}ご注文を(?:承|お受け|受け?付け)|(?:商品を|ご注文[^。\n]{0,8})発送(?:いた|しま|完了)/,
  /お客(?:様|さま)(?:の|は|へ)(?:ご注文|アカウント|口座|カード|お荷物|個人情報|ご?利用|お支払い|ご?返金|各位|ご都合)|(?:会員|お客|利用者|ユーザー|事業者|運営者|加盟店|オーナー|ご?担当者|店舗|ショップ)(?:の)?(?:皆(?:様|さま)|みな(?:様|さま)|各位)/,
  /^(?:店舗|ショップ|出店者|出品者|加盟店|販売者|オーナー)(?:様|さま|各位)/m,
  /\bdear (?:valued |our )?(?:customers?|costumers?|users?|clients?|members?|account holder|card ?holder|shop owner|merchant|seller|store owner|business owner)\b/,
  /\byour (?:order|refund|account|card|parcel|package|subscription|invoice)\b[^.?!\n]{0,40}\b(?:has been|have been|is (?:waiting|ready|pending|on hold|suspended|approved|being|available|confirmed)|will be|was successful)|\byou (?:have|are) (?:a |an |one |1 )?(?:pending|eligible|unclaimed|received a|new) [^.?!\n]{0,16}refund|thank(?:s| you) for (?:your (?:order|purchase)|shopping|ordering)/,
  /\bwe(?:'ve| have)? (?:processed|issued|completed|sent|initiated) (?:the|your|a) (?:\w+ )?refund|ご返金(?:の?(?:処理|手続き))?(?:を|が)?(?:いたし|致し|完了|させていただき|行い)(?:いたし|し)?ました(?!と)/,
  /送信専用|返信(?:いただいて|されて)も[^。]{0,12}(?:でき|お答え|回答)|(?:返金|キャンセル|返品)[^。\n]{0,8}(?:いた|致)しかね/,
  /返金(?:を|が)?(?:受け?取る|お受け?取り|受取)(?:には|手続き|ため|方法)|還付金|未払い|(?:アカウント|ご?利用)(?:を|が|の)?(?:停止|制限|凍結|ロック)/,
  /納品(?:分|書)[^。]{0,40}(?:返品|返金|不良|相殺|ご?請求)|(?:次回|翌月|来月|\d月末?(?:の|分)?)[^。]{0,6}ご?請求(?:分)?(?:から|より|にて|と)[^。]{0,6}(?:相殺|差し?引|値引)|(?:貴社|貴店|御社)(?:へ|に|の)(?:納入|納品|ご?提案|ご?導入|売上)/,
];
/** One of these is chance, two are not. */
const HINTS: readonly RegExp[] = [
  /(?:click|tap)(?: on)? (?:here|below|the (?:link|button))|(?:下記|以下|こちら)の?(?:url|リンク|ボタン|サイト|ページ)?(?:を|より|から|に|へ)?(?:クリック|タップ|アクセス|ログイン|お手続き|ご確認|お申し?込み|お進み)|(?:詳しく|詳細)は(?:こちら|下記|以下)|→ ?https?:|ダウンロード/,
  /(?:24|48|72) ?(?:時間|hours|hrs)(?:以内)?|toll[- ]?free|verify (?:your|the)|\burgent action|action required|本日限り|期間限定|今だけ|キャンペーン|セール|クーポン配/,
  /unsubscribe (?:here|from|at|link)|配信(?:停止|解除)|配信を(?:停止|希望されない)|メルマガ解除/,
  /(?:ご提案|ご紹介|ご案内|営業)(?:を)?(?:させて|いたし|致し|申し上げ|です|の)|卸(?:売|価格|値)|資料(?:請求|を|の)|無料(?:トライアル|相談|お?見積|デモ|で|診断)|ご?導入|初期費用|月額[\d,]+円|代行(?:いた|サービス|し)/,
  /\bwe (?:are (?:a|an|the)|offer|provide|supply|manufactur\w*|help|specializ\w*)\b|\bfactory\b|wholesale|\bmoq\b|\b(?:book|request|schedule) a (?:demo|call)|our (?:saas|platform|product|solution|service)s?\b|\bseo\b/,
  /弊社(?:サービス|製品|商品|システム|ツール|工場)|当(?:社|店|サービス|工場)では|私(?:達|たち)?は[^。]{0,12}(?:工場|メーカー|業者|会社)です|貴(?:社|店|サイト)/,
];
/** A customer speaks of what is his. */
const CUSTOMER =
  /(?:注文|購入|予約|発注)(?:を)?(?:した(?!い)|しま(?!しょ)|いたしま|致しま|させていただ)|届い[たて]|届きま|届かな|買った|買いま|頼んだ|(?:キャンセル|返金)(?:したい|してほし|をお願い|希望です)|\bmy (?:order|money|purchase|parcel|package|refund|item)|\bi (?:ordered|bought|paid|want|would like|cancelled|received|need|placed)\b/;

/** Why this is not a customer's voice; null where it may be. */
export function merchantVoice(own: string): string | null {
  const text = own.slice(0, 20_000).normalize("NFKC").toLowerCase();
  if (CUSTOMER.test(text.replace(/[「『"“][^「」『』"“”]{0,120}[」』"”]/g, ""))) return null;
  const plain = PLAIN.map((rule) => rule.exec(text)?.[0]).find((words) => words !== undefined);
  if (plain !== undefined) return plain.slice(0, 40);
  const hints = HINTS.map((rule) => rule.exec(text)?.[0]).filter((words) => words !== undefined);
  return hints.length >= 2 ? hints.join(" / ").slice(0, 40) : null;
}

const SHEET: readonly RegExp[] = [
  /小計\s*[:： ￥¥]?/,
  /(?:お?支払い?|ご?請求|ご?注文)(?:合計|総額|金額|総合計)|合\s*計\s*[:：￥¥]/,
  /(?:数\s*量|個数)\s*[:：×x]|[×x] ?\d+ ?(?:点|個)?$/m,
  /送\s*料\s*[:：￥¥]/,
  /(?:単価|商品コード|商品金額)\s*[:：￥¥]/,
  /(?:お?支払い?方法|配送方法|お届け先)\s*[:：]|■?お届け先/,
  /\bsubtotal\b|\bpayment method\b|\bshipping address\b|\bbilling address\b/i,
];

/** An order written out as only a cart does. */
export const isOrderSheet = remembering((text: string): boolean => {
  const folded = text.slice(0, 20_000).normalize("NFKC");
  return SHEET.filter((sign) => sign.test(folded)).length >= 3;
});

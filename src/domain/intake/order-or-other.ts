// What a cancellation is about. Newsletters, memberships and appointments are cancelled as well, and
// many things have the word in their names: a noise-cancelling headset, a cancellation policy.

/** Names in which the word says nothing about what the writer wants, with a part that each of them has. */
const NAMES: readonly { readonly parts: readonly string[]; readonly name: RegExp }[] = [
  {
    parts: ["キャンセ"],
    name: /(?:ノイズ|エコー|アクティブ)[・ ]?キャンセ(?:ル|リング|ラー)(?:機能)?|キャンセリング|キャンセラー/g,
  },
  {
    parts: ["キャンセル"],
    name: /キャンセル(?:機能|待ち|ポリシー|規定|規約|規程|料金?|率|ボタン|フォーム|画面|リンク|ページ|チャージ|カルチャー|期限|条件|不可|可能期間|対象外|について(?=のページ|の欄|の項))/g,
  },
  {
    parts: ["返"],
    name: /返[金品][・/&と]?(?:返[金品])?(?:保証|対応(?:システム|サービス|テンプレ)|ポリシー|規定|規約|規程|キャンペーン|制度|条件|ページ|フォーム|用紙|伝票|ラベル|不可|詐欺)/g,
  },
  {
    parts: ["refund"],
    name: /\b(?:tax|vat|customs duty)[- ]?(?:free )?refund\w*/g,
  },
  {
    parts: ["キャンセル"],
    name: /キャンセル(?:が|の|に)?(?:出(?!来)|で(?:たら|れば|まし)|空き|枠|分が)/g,
  },
  {
    parts: ["返金"],
    name: /(?:経費|立替金?|精算|社内|税金?|医療費|保険金?|交通費|還付)(?:の|分の)?ご?返金/g,
  },
  {
    parts: ["返金", "キャッシュバック", "現金還元"],
    name: /(?:全額)?返金(?:・交換)?(?:保証|システム)|キャッシュバック|現金還元/g,
  },
  {
    parts: ["cancel"],
    name: /\b(?:noise|echo)[- ]?cancel\w*|\bcancel\w* (?:policy|policies|terms|fee|fees|charge|rate|button|link|page|form|anytime|any time|culture)\b|\bfree cancellation\b/g,
  },
  {
    parts: ["refund", "return", "money", "cash"],
    name: /\b(?:refund|return)s? (?:policy|policies|terms|rate|guarantee|page|form|rules?|fee)\b|\bmoney[- ]back guarantee\b|\bcash ?back\b|\breturn (?:label|address)\b/g,
  },
];

/** Words of others, quoted: 「返金の手続きが完了しました」とメールをいただきました. */
const QUOTED =
  /[「『"“][^「」『』"“”]{0,80}(?:キャンセル|取消|返金|返品|cancel|refund)[^「」『』"“”]{0,80}[」』"”](?=と|という|って|の(?:メール|ボタン|ページ|文|表示|連絡|欄|項)|を(?:押|ク|選)|が(?:押|選|表示)|ボタン|$|。)/g;

const OPENING_QUOTE = /[「『"“]/;

const NOT_AN_ORDER =
  /メルマガ|メールマガジン|ニュースレター|会員|退会|登録(?=[をのが]|し)|アカウント|配信|購読|サブスク|有料プラン|(?:来店|訪問|面談|打ち?合わせ|体験|ワークショップ|講座|講習|教室|レッスン|セミナー|イベント|見学|試着|座席|点検|採寸|懇親会|集荷|日時)[^。]{0,20}(?:予約|申し?込|参加|受講|キャンセル|取消)|(?:時|分|日|名|人)[でのに]?(?:ご?予約)|予約番号|\bnewsletter|\baccount\b(?! (?:number|statement))|membership|subscri|mailing list|appointment|meeting|\bmy visit\b|reservation|booking|workshop|lesson|\bclass\b|pick-?up|interview|\btrial\b/;
/** Directly before the word: 「ギフト包装をキャンセル」, also beside an order. */
const DIRECT_OBJECT =
  /(?:録画|タイマー|アラーム|設定|操作|印刷|包装|ラッピング|のし|熨斗|カード|オプション|クーポン|ポイント|指定|同梱|取り置き|再配達|集荷|配信|購読|メルマガ|マガジン|会員|登録|アカウント|来[店場]|レストラン|ホテル|美容院|サロン|食事|教室|体験|講座|見学|面談|打ち?合わせ|イベント)(?:の)?(?:ご?予約|申し?込み?|参加|登録)?(?:を|の|は|も)、?(?:一旦|全て|すべて)?(?:キャンセル|取消)/;
const OF_AN_ORDER =
  /注文|商品|購入|オーダー|買[っい]|頼ん[だで]|たのん|品物|カート|届い|発送|予約(?:商品|品|販売|購入)|\border|purchas|\bitem|bought|parcel|product|shipp/;

/** The sentence without names and quoted words that only look like a wish. */
export function withoutNames(sentence: string): string {
  const named = NAMES.filter(({ parts }) => parts.some((part) => sentence.includes(part)));
  const own = OPENING_QUOTE.test(sentence) ? sentence.replace(QUOTED, "〓") : sentence;
  return named.reduce((left, { name }) => left.replace(name, "〓"), own);
}

/** Farther back a mail speaks of something else; a hostile one only costs time. */
const LOOK_BACK = 30;

/**
 * Whether what is cancelled in this sentence is an order: by the words beside it, else by the last
 * thing spoken of before.
 */
export function isAboutOrder(sentences: readonly string[], at: number): boolean {
  if (DIRECT_OBJECT.test(sentences[at] ?? "")) return false;
  for (let index = at; index >= Math.max(0, at - LOOK_BACK); index--) {
    const sentence = sentences[index] ?? "";
    if (OF_AN_ORDER.test(sentence)) return true;
    if (NOT_AN_ORDER.test(sentence)) return false;
  }
  return true;
}

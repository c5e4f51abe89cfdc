// What people put around an answer and what changes nothing about it. Closed lists: an open pattern
// such as 「…です」 would take 「不可です」 for a name.

const GREETINGS = [
  "(?:いつも)?(?:大変)?お世話になって(?:おります|います)|お世話になります",
  "お疲れ(?:様|さま)(?:です|でございます|でした)|おつかれさまです",
  "おはようございます|こんにちは|こんばんは",
  "(?:ご(?:連絡|確認|報告|対応))?(?:いつも)?(?:誠に)?ありがとうござい(?:ます|ました)",
  "お手数(?:を)?(?:おかけ|お掛け)(?:します|しますが|いたします|致します)|お手数ですが",
  "恐れ入りますが|恐縮ですが|取り急ぎ(?:ご連絡まで|ご返信まで|失礼します)?",
  "以上(?:です)?|失礼(?:します|いたします|致します)",
  "hi|hello|hi all|dear all|good (?:morning|afternoon|evening)",
  "thanks|thank you(?: very much)?|many thanks",
].join("|");

const POLITE_ENDING = "します|いたします|致します|申し上げます|致し申し上げます";
const REQUESTS = [
  `(?:以上、?)?(?:では、?)?(?:どうぞ|何卒)?(?:よろしく|宜しく)(?:お願い|おねがい)(?:${POLITE_ENDING})`,
  `お願い(?:${POLITE_ENDING})|よろしくです`,
  "please|cheers|best|regards|(?:best|kind|warm) (?:regards|wishes)|sincerely",
  "m\\(_ ?_\\)m|\\(\\^\\^\\)|\\^\\^|:-?\\)",
].join("|");

const COURTESY = new RegExp(`^(?:${GREETINGS}|${REQUESTS})$`, "i");
const LEADING = new RegExp(`^(?:${GREETINGS})[\\s、,]+(?=\\S)`, "i");
const TRAILING = new RegExp(`[\\s、,]+(?:${GREETINGS}|${REQUESTS})$`, "i");

const SURNAMES = new Set(
  (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡邉 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 斉藤 齋藤 " +
    "齊藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 福田 " +
    "太田 西村 藤井 金子 岡本 藤原 三浦 中野 中川 原田 松田 竹内 小野 田村 中山 和田 石田 森田 上田 内田 柴田 酒井 宮崎 " +
    "横山 高木 安藤 宮本 大野 小島 谷口 工藤 今井 高田 増田 丸山 杉山 村田 大塚 新井 小山 平野 藤本 河野 上野 野口 武田 " +
    "松井 千葉 岩崎 菅原 木下 久保 佐野 野村 松尾 市川 菊地 菊池 杉本 古川 大西 島田 水野 桜井 高野 吉川 山内 西田 飯田 " +
    "西川 小松 北村 安田 五十嵐 川口 平田 中田 久保田 服部 岩田 土屋 川崎 福島 本田 樋口 永井 秋山 田口 辻 中西 吉村 " +
    "川上 石原 大橋 松岡 馬場 浜田 森本 星野 矢野 浅野 大島 松下 吉岡 小池 野田 荒木 松浦 熊谷 大久保 " +
    "sato suzuki takahashi tanaka ito watanabe yamamoto nakamura kobayashi kato yoshida yamada sasaki " +
    "yamaguchi matsumoto inoue kimura hayashi saito shimizu yamazaki mori ikeda hashimoto abe ishikawa"
  ).split(" "),
);
const GIVEN_NAMES =
  "太郎|次郎|一郎|花子|健一|健太|大輔|翔太|拓也|直樹|浩二|健二|誠|学|浩|隆|翔|蓮|恵|愛|葵|美咲|由美|裕子|陽子|幸子|久美子|" +
  "智子|真由美|直美|恵子|和子|洋子|明美|結衣|陽菜|さくら|taro|jiro|ichiro|hanako|kenji|yuki";
const ROLES =
  "店長|副店長|担当|担当者|経理|経理部|経理担当|受注|受注担当|返金担当|責任者|事務|事務局|管理者|カスタマーサポート|サポート";

const INTRODUCTION = new RegExp(
  `^(?:(?:${ROLES})(?:の|\\s)?)?(?:(?:${GIVEN_NAMES})\\s)?(\\S+?)\\s?(?:${GIVEN_NAMES})?(?:です|でございます|と申します|より|拝)?$`,
  "i",
);
/** 「佐藤様」, "Hi Bob,": no hiragana, because verbs and negations end in it. */
const SALUTATION =
  /^(?:[\p{Script=Han}\p{Script=Katakana}A-Za-z ・ー]{1,20}(?:様|さま|さん|殿|御中|各位)|(?:hi|hello|dear) [a-z]+)$/iu;
const COMPANY =
  /^(?:(?:株式会社|有限会社|合同会社|\(株\)|\(有\))\s?[\p{Script=Han}\p{Script=Katakana}A-Za-z ・ー]{1,20}|[\p{Script=Han}\p{Script=Katakana}A-Za-z ・ー]{1,20}(?:株式会社|有限会社|合同会社))$/u;
/** Words of a refusal or a delay, which no name holds. */
export const NO_NAME =
  /[不未非否無却止待拒断違誤嘘禁]|保留|保管|確保|担保|[一二三四五六七八九十百千万\d]+円|来週|来月|再来|翌|取消|キャンセル|(?:返金|返品|送料|交換|変更|到着|発送)(?!担当)|一部|半額|減額|同様|撤回|延期|後日|ダメ|だめ|ストップ|ナシ|なし|\b(?:not?|never|ng|nope|stop|wait|hold|half|only|cancel|later)\b/iu;

/** A greeting or a polite phrase, without the punctuation around it. */
export function isCourtesy(sentence: string): boolean {
  return COURTESY.test(sentence.replace(/[\s、,]+$/, ""));
}

/**
 * A line that only says who writes or to whom. `names` are those the message itself gives (the
 * display name of its sender): they may be anything, so words of the grammar never get here first.
 */
export function isNameLine(line: string, names: readonly string[] = []): boolean {
  const name = line.replace(/[\s、,。.]+$/, "");
  if (NO_NAME.test(name)) return false;
  if (SALUTATION.test(name) || COMPANY.test(name)) return true;
  const surname = INTRODUCTION.exec(name)?.[1]?.toLowerCase();
  if (surname !== undefined && SURNAMES.has(surname)) return true;
  const bare = squeeze(name.replace(/(?:です|より|拝)$/, ""));
  return bare.length > 1 && names.some((given) => partsOf(given).includes(bare));
}

function squeeze(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
}

function partsOf(name: string): string[] {
  return [squeeze(name), ...name.normalize("NFKC").split(/\s+/).map(squeeze)];
}

/** The sentence without the courtesies a comma or blank sets apart: "OK, thanks" is "OK". */
export function withoutCourtesies(sentence: string): string {
  const shorter = sentence.replace(LEADING, "").replace(TRAILING, "");
  return shorter === sentence ? sentence : withoutCourtesies(shorter);
}

/**
 * Words that take an approval back or narrow it. They are looked for where text is otherwise free
 * (a note, a signature): there nothing else stops "OK" above and "wait" below from being paid.
 */
export const SECOND_THOUGHTS = new RegExp(
  [
    "待って|待った|まって|ただし|但し|やっぱり|やはり|追伸|訂正|取り消し|取消|保留|却下|しないで|に変更|減額|中止|まだです|まだOK",
    "[0-9]\\s?(?:円|yen)?\\s?(?:だけ|のみ|で(?:お願い|返金|OK))",
    "^(?:OK|承認|approved?)\\s*[¥$€£\\\\]?\\d",
    "\\b(?:NG\\b|P\\.?S\\.?:|wait|hold|actually|reject|not yet|don['’]t|do not refund)",
  ].join("|"),
  "i",
);

/** Beside an approval these narrow it as well; a refusal may well give them as its reason. */
const CONDITIONS =
  /(?:返品|返送|入荷|承認|確認)(?:が|を|の)?.{0,6}(?:後|次第|たら|てから|待ち)|届いて?(?:から|たら)|払わ|返金(?:は|を)?(?:し(?:ない|ません)|できません|却下)|金額は/;

export function hasReservation(text: string): boolean {
  return SECOND_THOUGHTS.test(text) || CONDITIONS.test(text);
}

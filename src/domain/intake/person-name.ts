// The person in what stands where a name stands: 「有限会社ときわ　総務　村上 幸平」, "Schmidt, Anna",
// 「久保 勝 / KUBO Masaru」. The name itself stays as it was written.

import { foldBlanks, readName } from "./field-values.ts";
import { isSurname, surnameOf } from "./surnames.ts";

/** A company's legal form may stand before or after its name, with or without a blank. */
const LEGAL_FORM =
  /株式会社|有限会社|合同会社|合資会社|(?:一般|公益)?(?:社団|財団)法人|(?:医療|学校|社会福祉|宗教)法人|NPO法人|[(（][株有同社財医][)）]|[㈱㈲㈳㈶]/u;
const LATIN_COMPANY =
  /^(?:inc|ltd|llc|co|corp|corporation|company|gmbh|limited|pty|plc|s\.?a|k\.?k|shop|store|team|office|studio|cafe|hotel|school|university|department|dept|support|sales|service|services|accounting)[.,]*$/i;
/** Three characters and more, because 土屋, 服部 and 小室 are people. */
const PLACE_OF_WORK =
  /^.{2,}(?:商店|書店|支店|本店|家具店|店|商事|商会|商社|工業|産業|建設|工務|製作所|工務店|事務所|営業所|研究所|組|園|病院|医院|学院|美容院|会社|社|会|協会|組合|堂|屋|館|部|課|係|室|局|庁|役場|学校|大学|学部|研究室|高校|中学|小学校|保育園|カフェ|食堂|クリニック|サロン|スタジオ|本舗|工房|農園|旅館|ホテル|サービス|ショップ|ストア|グループ|センター|チーム|ファーム|ジャパン|システム|デザイン)$/u;
const DEPARTMENT =
  /^(?:総務|経理|営業|購買|販売|企画|人事|広報|庶務|管理|業務|仕入れ?|製造|開発|技術|調達|資材|物流|通販|受付|事務|秘書|情報システム|カスタマーサポート|お客様相談)(?:部|課|係|室|グループ|チーム|担当|局)?(?:第?[一二三\p{Nd}]?[部課係])?$/u;
const TITLE =
  /^(?:代表取締役(?:社長)?|取締役|代表(?:者|社員)?|会長|社長|副社長|専務|常務|部長|次長|課長|係長|主任|主幹|主事|所長|支店長|店長|店主|園長|院長|校長|教授|准教授|助教|講師|理事長?|事務局長?|担当(?:者)?|スタッフ|オーナー|マネージャー|リーダー|弁護士|医師|様|さま|さん|殿|氏)$/u;
const TITLE_AT_END =
  /(?<=.)(?:様|さま|サマ|さん|殿|氏|拝|社長|部長|次長|課長|係長|主任|店長|園長|院長|教授)$/u;
const LATIN_TITLE = /^(?:mr|mrs|ms|miss|dr|prof|sir|madam|mx)\.?$/i;

/** What stands in the place of a name and is none. */
const NO_NAME =
  /^(?:以上|敬具|草々|早々|かしこ|拝啓|謹啓|記|追伸|御中|各位|宛先|宛|本人|返金|返品|交換|注文|取消|取り消し|キャンセル|クレーム|至急|緊急|重要|希望|お願い|質問|問い?合わ?せ|お問い?合わ?せ|無題|件名|住所|電話|携帯|自宅|会社|お客様|お客|顧客|担当|名前|氏名|日本|東京|大阪|京都|主人|家内|夫|妻|母|父|娘|息子|祖母|祖父|孫|ママ|パパ|お母さん|お父さん|mail|info|user|customer|iphone|ipad|android|me|my|you|the|hello|hi|dear|thanks|thank|regards|best|sincerely|cheers|sent|from|order|refund|cancel|japan|tokyo|osaka|kyoto|yes|no|ok|ps|re|fwd?|please|pls|sorry|urgent|return|not|a|so|very|good|tel|fax|phone|mobile|address|email)$/iu;

const HAN = /\p{Script=Han}/u;
const JAPANESE =
  /^(?:[\p{Script=Han}々〆ヶヵケノﾉ]{1,6}[\p{Script=Hiragana}\p{Script=Katakana}ーﾞﾟ]{0,7}|[\p{Script=Hiragana}ー]{1,8}|[\p{Script=Katakana}ー･・ﾞﾟ]{1,20}|[\p{Script=Hangul}]{2,5})$/u;
const HAN_AND_KANA = /^[\p{Script=Han}々]+[\p{Script=Hiragana}\p{Script=Katakana}ー]+$/u;
const LATIN_WORD = /^\p{Script=Latin}[\p{Script=Latin}'’-]*\.?(?:\p{Lu}[\p{L}'’-]*\.?){0,2}$/u;
/** Never in a name: nouns of an order and a complaint. */
const NO_NAME_CHARACTER =
  /[返購換料個不済悪残販払予確絡質答様僕俺昨毎週曜件号届着送配税込欠陥壊破汚症状違誤]|最[初後近]|[金全半]額|無[料理]|未[着定開使]|注文|休み|大丈夫|結構|以[上下前後]|次第|至急|希望|可能|必要|本日|今日|今[回月年]|新品|中古|色|商品|初期|二[つ重]|一[つ度]|同[じ様]|上記|下記|先[日月週]|明日|夕方|午[前後]|深夜|早朝|朝|昼|夜|東京|大阪|京都|北海道|全部|半分|大変|面倒|十分|無地|限り|状況|誕生|祝い|記念|[物品者用]$/u;

export function isOrganisation(text: string): boolean {
  const bare = foldBlanks(text);
  if (LEGAL_FORM.test(bare) || bare.split(" ").some((word) => LATIN_COMPANY.test(word)))
    return true;
  return PLACE_OF_WORK.test(bare) && !isSurname(bare) && bare.length >= 3;
}

/** A word that says where somebody works or what as. */
function isAffiliation(word: string): boolean {
  return (
    isOrganisation(word) || DEPARTMENT.test(word) || TITLE.test(word) || LATIN_TITLE.test(word)
  );
}

/** 「有限会社 ときわ」: the legal form alone takes the word beside it along. */
function withoutLegalForms(words: readonly string[]): string[] {
  const bare = (word: string) => word.replace(LEGAL_FORM, "") === "";
  const first = words.findIndex((word) => LEGAL_FORM.test(word) && bare(word));
  if (first === -1 || words.length < 3) return [...words];
  const company = first === 0 ? [0, 1] : [first - 1, first];
  return words.filter((_word, at) => !company.includes(at));
}

/** 「経理課髙橋」, 「営業部長田中」, 「ひばり保育園川上」 */
function withoutDepartment(word: string): string {
  if (isSurname(word) || surnameOf(word).length > 1) return word;
  const parts =
    /^(?:.*(?:[部課係室]|担当|店長|社長|保育園|工務店|製作所|商店))(\p{Script=Han}{2,6})$/u.exec(
      word,
    );
  const rest = parts?.[1] ?? "";
  return surnameOf(rest).length > 1 ? rest : word;
}

/** 「久保 勝 / KUBO Masaru」, "Taro Tanaka (田中太郎)": the Japanese writing of the two. */
function inJapanese(text: string): string {
  const parts = text
    .split(/\s*[/／|｜]\s*|\s[-–—]\s|[,、]\s|\s*[(（【[［〔<＜〈《]\s*|[)）】\]］〕>＞〉》]\s*/u)
    .map(foldBlanks)
    .filter((part) => part !== "");
  const people = parts.filter((part) => readWords(part) !== null);
  return people.find((part) => HAN.test(part)) ?? people[0] ?? parts[0] ?? "";
}

function swapped(text: string): string {
  const parts = /^(\p{L}[\p{L}'’ -]{0,30}?), ?(\p{L}[\p{L}.'’ -]{0,30})$/u.exec(text);
  const [, last = "", first = ""] = parts ?? [];
  const isLatin = /^[\p{Script=Latin}.'’ -]+$/u.test(last + first);
  return isLatin && parts !== null && !LATIN_COMPANY.test(first) ? `${first} ${last}` : text;
}

/** 「森あかり」, 「森里りん」, 「山田美ゆき」 */
function isFamilyName(word: string): boolean {
  const han = word.replace(/[^\p{Script=Han}々]+$/u, "");
  const surname = surnameOf(word);
  const isHiragana =
    /\p{Script=Hiragana}{2,4}$/u.test(word) && !/[いたるてなのしくけばり]$/u.test(word);
  return isSurname(han) || surname.length > 1 || (surname !== "" && isHiragana && han.length === 2);
}

function isNameWord(word: string): boolean {
  if (NO_NAME.test(word) || NO_NAME_CHARACTER.test(word)) return false;
  // 「座布団カバー」 is written like 「森エミリ」.
  if (HAN_AND_KANA.test(word)) return isFamilyName(word);
  return JAPANESE.test(word) || LATIN_WORD.test(word);
}

/** The words of the name, where every word left is one. */
function readWords(text: string): string[] | null {
  // "Sample Shop": in Latin letters what stands beside such a word is the company's name.
  if (!HAN.test(text) && text.split(" ").some((word) => LATIN_COMPANY.test(word))) return null;
  const words = withoutLegalForms(text.split(" ").filter((word) => word !== ""))
    .filter((word) => !isAffiliation(word))
    .map(withoutDepartment)
    .map((word) => word.replace(TITLE_AT_END, ""));
  if (words.length === 0 || words.length > 5 || !words.every(isNameWord)) return null;
  const isJapanese = words.some((word) => HAN.test(word));
  if (!isJapanese) return words;
  // "Taro 田中太郎"; and what stands before family and given name is where the person works.
  return words.filter((word) => !/^\p{Script=Latin}/u.test(word)).slice(-2);
}

const ORNAMENT = /^[^\p{L}(（【[［㈱㈲]+|[^\p{L}\p{M}.)）】\]］ー]+$/gu;

/** The person in a display name or in a line of a signature; null where there is none. */
export function personIn(raw: string): string | null {
  const written = foldBlanks(raw.slice(0, 120))
    .replace(/[<＜]?[\w.+-]+[@＠][\w-]+\.[\w.-]+[>＞]?/gu, " ")
    // 「田中太郎@iPhone」, 「'Anna Schmidt' via Forms」
    .replace(/[@＠].*$| via .*$/u, "");
  const bare = foldBlanks(written.replace(ORNAMENT, ""));
  if (/\p{Nd}/u.test(bare)) return null;
  const words = readWords(inJapanese(swapped(bare)));
  return words === null ? null : readName(words.join(" "));
}

/** Whether a name is written in kanji, at least in part. */
export function isInKanji(name: string): boolean {
  return HAN.test(name);
}

/** How much of a name is there: 0 an initial, 1 a surname or a given name alone, 2 both. */
export function fullness(name: string): number {
  const words = name.split(/[ ・.]/u).filter((word) => word.length > 0);
  const whole = words.filter((word) => word.length > 1 || HAN.test(word));
  if (words.length > 1) return whole.length > 1 ? 2 : whole.length;
  if (!HAN.test(name)) return name.length > 1 ? 1 : 0;
  const surname = surnameOf(name);
  if (surname === name) return 1;
  return surname !== "" || name.length > 2 ? 2 : 1;
}

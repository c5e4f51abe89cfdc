// How people say in a sentence who they are: 「経理課の髙橋でございます」, 「お茶を買った鈴木です」,
// "My name is Anna Schmidt". The nearer the words are to a plain introduction, the rarer the name may be.

import { matchesOf } from "../matches.ts";
import { foldBlanks } from "./field-values.ts";
import { isInKanji, personIn } from "./person-name.ts";
import { isSurnameInHiragana, surnameOf } from "./surnames.ts";

export interface Introduction {
  readonly name: string;
  /** 「と申します」, "my name is": nothing but a name stands there. */
  readonly isPlain: boolean;
}

/** 「◯◯と申します」 */
const CALLED =
  /[ 　」』]?(?:と|って)(?:申し(?:上げ)?ます|もうします|言います|いいます|云います|(?:申す|もうす|言う|いう)(?:者|もの)(?:です|でございます|になります))/u;
/** 「◯◯です」, but not 「◯◯ですか」, 「◯◯ですので」. */
const IS =
  /(?:なん|なの)?(?:で[ーぇ〜～]?す|でございます|で御座います|であります|っす|だけど|や(?:けど|ねん))(?!か|ので|から|し[、。 　]|し$|よね|って)/u;
/** Whose name is told of somebody else: 「御社の田中という者が」, 「担当は佐藤さんです」. */
const OF_OTHERS =
  /(?:御社|貴社|貴店|そちら|おたく|お宅)(?:様)?の.{0,12}(?:です|という|と[申言い])|対応者|窓口|オペレーター|(?:担当|宛名|宛先|届け?先|送り先|受取人?|贈り先|相手|店員|電話に出た(?:方|の)|名義(?:人)?)(?:者)?(?:様|さん|の方)?は/u;
/** What is said of something: 「購入日は昨日です」, 「色が白です」. */
const SAID_OF = /[はがをにへでともや]$/u;
const SAYS_OWN_NAME =
  /(?:私|わたくし|わたし|僕|俺|名前|氏名|なまえ|注文者|購入者)(?:の名前)?[はが、：: 　]{0,2}$/u;

const HAN = "[\\p{Script=Han}々〆ヶ]";
const KANA = "[\\p{Script=Katakana}ーｰﾞﾟ]";
const HIRA = "\\p{Script=Hiragana}";
const AT_END: readonly RegExp[] = [
  // 村上 幸平 · 松本 ゆい · 松本ゆい · 髙橋
  new RegExp(`${HAN}{1,5}[ 　]{1,2}(?:${HAN}{1,4}|${HIRA}{2,5}|${KANA}{2,7})$`, "u"),
  new RegExp(`(?:${HAN}{1,7}|${HAN}{1,4}(?:${HIRA}{2,4}|${KANA}{2,6}))$`, "u"),
  // グエン・ヴァン・アン
  new RegExp(`${KANA}{2,10}(?:[ 　・･=＝]${KANA}{1,10}){0,3}$`, "u"),
  /\p{Lu}[\p{Script=Latin}'’.-]*(?: \p{Lu}[\p{Script=Latin}'’.-]*){0,3}$/u,
];
const HIRAGANA_NAME = new RegExp(`^(${HIRA}{2,6}[ 　]${HIRA}{2,6}|${HIRA}{2,9})$`, "u");
/** Endings of verbs, adjectives and the small words before 「です」. */
const HIRAGANA_WORD =
  /(?:[てただなのはがをにへもとよねかっ]|こと|ない|たい|しい|よう|そう|まで|から|だけ|ほど|ころ|ばかり|くらい|いや|べつ|さい|はい|ます|おねがい|めいわく|だいじょうぶ|だめ|いい|けっこう|ざんねん|むり|ぜんぶ|さいあく|みたい|つもり|はじめて|こんにちは|こんばんは|おはよう)$/u;
const KATAKANA_WORD =
  /キャンセル|クレーム|ショック|ダメ|ミス|サイズ|メール|カード|ネット|クレジット|ペイ|コンビニ|ポイント|セット|カラー|ブラック|ホワイト|ブルー|レッド|グレー|ピンク|グリーン|タイプ|マジ|ムリ|イヤ|イイ|ソレ|コレ|スマホ|パソコン|ママ|パパ|ユーザー|リピーター|ファン|プレゼント|ギフト|バラバラ|ボロボロ|ガッカリ|ビックリ|フリー|オーダー|ヤフー|アマゾン|ラクテン|テスト/u;

/** A mail opens with a greeting and the name; later 「◯◯です」 is about the goods. */
const OPENING = 4;
const CLAUSES_MAX = 400;
const CLAUSE_LENGTH_MAX = 160;

/** 「高橋裕子ﾄ申ｼﾏｽ」: the verb as it is usually written, the name as it was. */
function withPlainVerbs(text: string): string {
  return (
    text
      .replace(
        /[ﾄトと](?=申|ﾓｳｼ|モウシ|もうし)(?:申|ﾓｳ|モウ|もう)[ｼシし](?:ﾏｽ|マス|ます)/gu,
        "と申します",
      )
      // 「鈴木花子（スズキハナコ）と申します」
      .replace(/[ 　]?[(（][\p{Script=Hiragana}\p{Script=Katakana}ー・ｦ-ﾟ 　]{2,30}[)）]/gu, "")
      .replace(/(?:ﾃﾞｺﾞｻﾞｲﾏｽ|デゴザイマス)/gu, "でございます")
      .replace(/(?:ﾃﾞｽ|デス)(?![\p{Script=Katakana}ｦ-ﾟ])/gu, "です")
  );
}

function clauses(text: string): string[] {
  return withPlainVerbs(text)
    .split(/[\n。｡．、､，！!？?♪☆★]|(?<=です|ます)が/u, CLAUSES_MAX)
    .map((clause) =>
      clause
        .replace(/^[\s　>・*※]+/, "")
        .trimEnd()
        .slice(0, CLAUSE_LENGTH_MAX),
    )
    .filter((clause) => clause !== "");
}

function hiraganaName(head: string, isPlain: boolean): string | null {
  const own = head.replace(/^(?:わたくし|わたし|ぼく|なまえ)は?[ 　]?/u, "");
  const words = own.split(/[ 　]+/);
  const candidates = [words.slice(-2).join(" "), words.at(-1) ?? ""];
  for (const candidate of candidates) {
    const isWord = candidate.split(" ").some((word) => HIRAGANA_WORD.test(word));
    const isShort = candidate.length <= 6;
    if (isSurnameInHiragana(candidate)) return candidate;
    if (HIRAGANA_NAME.test(candidate) && (isPlain || (!isWord && isShort))) return candidate;
  }
  return null;
}

/** Nothing, or where the person works or lives. */
const UNLED =
  /(?:^|[\s　@＠」』)）]|(?:[部課係室店社市区町村県府都園校院組会堂屋]|担当|代表|スタッフ|大学|商事|工業|産業|在住|\p{Script=Latin}|(?:株式会社|有限会社|合同会社|[㈱㈲]|[(（][株有][)）])[^の]{0,20})の)$/u;

interface Place {
  readonly isPlain: boolean;
  readonly isOpening: boolean;
}

/** Whether a word at such a place may be taken for a name. */
function isLikely(name: string, before: string, { isPlain, isOpening }: Place): boolean {
  const isOwn = SAYS_OWN_NAME.test(before);
  if (isPlain || isOwn) return true;
  if (SAID_OF.test(before) && !/こんに?ちは$|こんばんは$/.test(before)) return false;
  if (!isInKanji(name)) {
    const isCapital = /^\p{Lu}{1,4}$/u.test(name);
    return isOpening && !isCapital && UNLED.test(before);
  }
  const surname = surnameOf(name);
  if (surname.length > 1) return true;
  // A rare name, or 「頼んだ表札」: only where no verb leads up to it.
  if (!isOpening || !UNLED.test(before)) return false;
  return surname !== "" || name.length > 1;
}

function nameBefore(head: string, place: Place): string | null {
  const kana = hiraganaName(head, place.isPlain);
  if (kana !== null && (place.isPlain || place.isOpening)) return kana;
  const end = head.slice(-40);
  for (const pattern of AT_END) {
    const match = pattern.exec(end);
    if (match === null) continue;
    const before = head.slice(0, head.length - match[0].length);
    const name = personIn(match[0]);
    if (name === null || KATAKANA_WORD.test(name)) continue;
    if (isLikely(name, before, place)) return name;
  }
  return null;
}

function inClause(clause: string, at: number): Introduction | null {
  if (OF_OTHERS.test(clause)) return null;
  for (const [verb, isPlain] of [
    [CALLED, true],
    [IS, false],
  ] as const) {
    const match = verb.exec(clause);
    if (match === null) continue;
    const head = clause
      .slice(0, match.index)
      .replace(/[「『]/g, " ")
      .trimEnd();
    const name = nameBefore(foldBlanks(head), { isPlain, isOpening: at < OPENING });
    if (name !== null) return { name, isPlain };
  }
  // 「注文1340の江口麻由」, 「私山田花子は」: without a verb, so only what is plainly a full name.
  const bare = /(?:注文|購入|買)[^\n]{0,30}[のた\p{Nd}番][ 　]?(\p{Script=Han}{3,6})$/u.exec(
    clause,
  );
  const own = /(?:^|[ 　])(?:私|わたくし|わたし)(\p{Script=Han}{2,6})は/u.exec(clause);
  const name = personIn(bare?.[1] ?? own?.[1] ?? "");
  if (name !== null && surnameOf(name).length > 1) return { name, isPlain: own !== null };
  // 久保@見本大学です
  const opening = /^([\p{Script=Han}]{1,4})[@＠][\p{L}\p{Nd}]{2,20}(?:です|でございます)/u.exec(
    clause,
  );
  return opening === null ? null : { name: opening[1] ?? "", isPlain: true };
}

const ENGLISH: readonly RegExp[] = [
  /\b[Mm](?:y|Y) (?:full )?(?:[Nn]ame|NAME)(?: is|'s|:| IS) ((?:Mr\.? |Mrs\.? |Ms\.? |Dr\.? )?\p{Lu}(?:\.|[\p{L}'’-]*)(?: (?:\p{Lu}(?:\.|[\p{L}'’-]*)|de|van|von|der|la|bin|al|dos|da)){0,3})/gu,
  // Written without capitals.
  /\bmy name(?: is|'s) (\p{Ll}[\p{L}'’-]+(?: \p{Ll}[\p{L}'’-]+)?)(?=[,.!;\n]| and | from | i )/gu,
  /\b(?:I am|I'm|I’m|[Tt]his is|[Ii]t's|[Ii]t is) ((?:Mr\.? |Mrs\.? |Ms\.? |Dr\.? )?\p{Lu}[\p{L}'’-]+(?: (?:\p{Lu}[\p{L}'’-]*\.?|de|van|von|der|la|bin|al|dos|da)){1,4})(?=[,.!;\n]| and | from | here| who | with | at | of |$)/gu,
  /\b(?:I am|I'm|I’m|[Tt]his is) (\p{Lu}[\p{L}'’-]+)(?= from | here)/gu,
  /^[\s]*(?:[Hh]i|[Hh]ello|[Hh]ey)[,!. ]+(\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+)?) here\b/gmu,
];

function inEnglish(text: string): Introduction[] {
  return ENGLISH.flatMap((pattern) =>
    matchesOf(text, pattern).flatMap((match) => {
      const name = personIn(match[1] ?? "");
      return name === null ? [] : [{ name, isPlain: true }];
    }),
  );
}

/** Every name the writer gives as the own one, in the order of the text. */
export function introductions(text: string): Introduction[] {
  const japanese = clauses(text).flatMap((clause, at) => inClause(clause, at) ?? []);
  return [...japanese, ...inEnglish(text.slice(0, 20_000))];
}

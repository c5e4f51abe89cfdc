// Free text cut into sentences, folded so that the rules about wishes and amounts see one spelling.

import { remembering } from "../remembering.ts";

type Spelling = readonly [RegExp, string];

const JAPANESE: readonly Spelling[] = [
  // A large ヤ is what half-width kana and old phones give; ノレ and リ are slips of the eye and hand.
  [
    /きゃんせる|キヤンセル|キャンセ(?:ノレ|リ(?!ング))|キャセンル|キャンルセ|キャンセる|キャセル/g,
    "キャンセル",
  ],
  // The verb keeps its し: 取り消して is read as キャンセルして is.
  [/取り?消(?=[すせさそ]|し[てたまなと])|(?:取りけ|とりけ)(?=し[てたまなと])/g, "取消"],
  [/取り?消し(?![てたまなと])|取りけし|とりけし/g, "取消"],
  [/とりやめ|取り止め|取止め|取り辞め/g, "取りやめ"],
  [/取り?下げ(?=[たまて])(?<=(?:注文|オーダー)(?:を|の|は|、)?取り?下げ)/g, "取消し"],
  [/とりさげ|取下げ/g, "取り下げ"],
  [/払い?戻し?|はらいもどし|リファンド|へんきん|返(?:勤|近|禁|菌|緊)|変金/g, "返金"],
  [/へんぴん|返晶/g, "返品"],
  [/お(?:かね|カネ)(?=[をはがも、 返戻かも]|$)|おかね/g, "お金"],
  [/ちゅうもん/g, "注文"],
  // Looks back last: looked for first, it would be at every sign of the text.
  [/かえ(?=し[てた]|せ)(?<=(?:お金|代|円|額|分)[をはも、 ]?かえ)/g, "返"],
  [/もど(?=し[てた]|せ)(?<=(?:お金|代|円|額|分)[をはも、 ]?もど)/g, "戻"],
  [/事(?=に)(?<=かった事)/g, "こと"],
  [/出来/g, "でき"],
  [/頂/g, "いただ"],
  [/下さ/g, "くださ"],
  [/欲し/g, "ほし"],
  [/致/g, "いた"],
  [/貰/g, "もら"],
  [/おねが/g, "お願"],
];

const ENGLISH: readonly Spelling[] = [
  [/[’‘`´]/g, "'"],
  [/\b(?:pls|plz|plese|plase|pleas|pleace|pleese)\b/g, "please"],
  [/\b(?:cancle|cansel|cancell|cansell|cancal|canel)(?=\b|l?(?:ed|ing)\b)/g, "cancel"],
  [/\bcancell?(?:led|ed|d)\b/g, "cancelled"],
  [/\bcancelation\b|\bcancellaton\b/g, "cancellation"],
  [/\b(?:refound|re-fund|reffund|refand|refoud|refun|refud|reefund)(?=\b|ed\b|ing\b)/g, "refund"],
  [/\bwanna\b/g, "want to"],
  [/\bdont\b/g, "don't"],
  [/\b(?:cant|can not|cannot)\b/g, "can't"],
];

const KATAKANA = /[ァ-ヶ]/g;

/** Written on a phone or by hand that has only katakana: 「ｵｶﾈ ｦ ｶｴｼﾃ ｸﾀﾞｻｲ」. */
function fromKatakana(text: string): string {
  if (/[ぁ-ん]/.test(text) || (text.match(KATAKANA)?.length ?? 0) < 8) return text;
  return text
    .replace(KATAKANA, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    .replace(/(?<=[ぁ-んー])[ 　]+(?=[ぁ-ん])/g, "");
}

function respelt(text: string, spellings: readonly Spelling[]): string {
  return spellings.reduce((folded, [spelling, one]) => folded.replace(spelling, one), text);
}

function fold(text: string): string {
  const written = fromKatakana(text.normalize("NFKC")).toLowerCase();
  const japanese = /[ぁ-ヿ一-\u9fff]/.test(written) ? respelt(written, JAPANESE) : written;
  return /[a-z’‘`´]/.test(japanese) ? respelt(japanese, ENGLISH) : japanese;
}

/** Lines like these end a sentence, with or without a full stop. */
const FINISHED = /(?:[。!?♪]|です|ます|ました|でした|ません|ください|ますか|ですか|でしょうか)$/;
/** What goes on with a て that stands at the end of a line; anything else begins anew. */
const AUXILIARY =
  /^(?:ください|ほし|いただ|もら|くれ|くだ|しま[いっ]|い[たまる]|お[りい]|返金|から|も)/;

const ITEM = /^(?:[(]?\d{1,2}[.)、:]|[・●■◆○*-])/;

/** A line that the writer's mail client, not the writer, has ended. */
function isWrapped(line: string, next: string): boolean {
  if (/^[^:]{1,16}:/.test(line) || FINISHED.test(line) || ITEM.test(next)) return false;
  if (line.endsWith("て")) return AUXILIARY.test(next);
  return /[をのがはにでと、,]$/.test(line) || line.length >= 20;
}

function joinWrapped(text: string): string {
  let joined = "";
  let previous = "";
  for (const line of text.split("\n").map((one) => one.trim())) {
    const isGlued = previous !== "" && line !== "" && isWrapped(previous, line);
    const gap = /[a-z0-9.,]$/.test(previous) || /^[a-z]/.test(line) ? " " : "";
    joined += isGlued ? gap + line : `\n${line}`;
    previous = line;
  }
  return joined;
}

/** No person writes more or longer ones; a hostile mail might, to cost time. */
const SENTENCES_MAX = 600;
const LENGTH_MAX = 2000;

export const sentencesOf = remembering((text: string): readonly string[] =>
  joinWrapped(fold(text))
    .split(/(?<=[。!?])|\n|(?<=[a-z0-9)ぁ-ん]\.)(?<!(?:^|\n)\d{1,2}\.)\s+/)
    .map((sentence) => sentence.replace(/\s+/g, " ").trim().slice(0, LENGTH_MAX))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence))
    .slice(0, SENTENCES_MAX),
);

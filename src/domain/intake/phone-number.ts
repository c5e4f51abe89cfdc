// A customer's phone number in words that no form has labelled. The shop's own number is often there
// as well: in a complaint that nobody answers it.

import { foldNumber, readPhone } from "./field-values.ts";

const CANDIDATE = /[+(]{0,2}\d[\d ().-]{7,22}\d/g;
/** A number in single digits: 0 9 0 - 0 0 0 0 - 2 0 5 5 */
const SPACED_DIGITS = /(?<!\d)\d(?: \d){2,}(?!\d)/g;

/** What the words before a number say it is; the nearest decides. */
const CUES: readonly (readonly [RegExp, Cue])[] = [
  [
    /電話|でんわ|デンワ|携帯|けいたい|ケータイ|連絡|直通|tel|phone|mobile|\bmob\b|\bcell|whatsapp|call me|reach me|(?:^|[\s(/|,])(?:m|p|t|ph)[).:]+\s{0,2}$/gi,
    "phone",
  ],
  [/fax|ファ[ックスｯ]|ﾌｧｯｸｽ|(?:^|[\s(/|,])f[).:]+\s{0,2}$/gi, "other"],
  [
    /伝票|追跡|口座|会員|カード|注文|受注|受付|品番|型番|商品|郵便|名義|tracking|order|account|card|item|invoice|parcel|\bno\.|#/gi,
    "other",
  ],
  [
    /御社|貴社|貴店|御店|そちら|おたく|お宅|サポート|窓口|センター|フリーダイヤル|問い?合わ?せ先|サイトの|ページの|your (?:number|phone|shop|store|hotline|office)|called/gi,
    "shop",
  ],
  [
    /(?:電話|でんわ|TEL|かけ|架け)(?:し|を)?(?:て(?!くだ|下さ|ほし|もら|いただ)|た|まし|る(?:と|が)|ったら|たら)/gi,
    "shop",
  ],
];
/** Freephone and paid lines belong to companies. */
const BUSINESS = /^\(?(?:0120|0570|0990)|^0800[ -]|^1-?8[05]0/;
const OF_SHOP_AFTER =
  /^[\s)）」]{0,3}(?:に|へ|まで)?[もは]?[^\n]{0,8}?(?:電話|でんわ|かけ|架け)(?:を)?(?:し|かけ)?(?:た|て(?!くだ|ほし|下さ|もら|いただ)|ました|まし)/;
const PHONE_AFTER = /^[\s]{0,2}[(（]?(?:携帯|自宅|電話|mobile|cell|whatsapp)/i;
type Cue = "phone" | "shop" | "other" | null;

/** How far the words and the number may be apart. */
const NEAR = 16;

function cueBefore(before: string): Cue {
  let cue: Cue = null;
  let end = Math.max(0, before.length - NEAR);
  for (const [words, says] of CUES) {
    for (const match of before.matchAll(words)) {
      const at = match.index + match[0].length;
      if (at >= end) [cue, end] = [says, at];
    }
  }
  return cue;
}

interface Candidate {
  readonly digits: string;
  /** The higher the more plainly the customer's. */
  readonly weight: number;
}

function isShape(written: string): boolean {
  // A phone in hyphens or brackets, a mobile in one run, or one with a country code.
  return /^(?:\(?0\d{1,4}\)?[ -]{1,3}\d{1,4}[ -]{1,3}\d{3,4}|\(0\d{1,4}\)\d{1,4}-?\d{4}|0[5-9]0\d{8}|\+\d[\d ().-]{7,18}\d)$/.test(
    written,
  );
}

function weigh(line: string, written: string, at: number): Candidate | null {
  const before = line.slice(Math.max(0, at - 40), at);
  const after = line.slice(at + written.length, at + written.length + 30);
  const digits = readPhone(written);
  if (digits === null || BUSINESS.test(written) || OF_SHOP_AFTER.test(after)) return null;
  const cue = cueBefore(before);
  if (cue === "shop") return null;
  if (cue === "phone" || PHONE_AFTER.test(after)) return { digits, weight: 3 };
  if (cue === "other" || !isShape(written)) return null;
  const isAlone = line.length - written.length <= 14;
  if (isAlone) return { digits, weight: 2 };
  return /^(?:0[5-9]0|\+)/.test(written) ? { digits, weight: 1 } : null;
}

/** The customer's number, best where it is named as one; null where none is plainly theirs. */
export function findPhone(text: string): string | null {
  let best: Candidate | null = null;
  for (const raw of foldNumber(text.slice(0, 60_000)).split("\n")) {
    if (!/\d/.test(raw)) continue;
    const line = raw.replace(SPACED_DIGITS, (digits) => digits.replace(/ /g, "")).trim();
    for (const match of line.matchAll(CANDIDATE)) {
      const candidate = weigh(line, match[0], match.index);
      if (candidate !== null && candidate.weight > (best?.weight ?? 0)) best = candidate;
    }
  }
  return best?.digits ?? null;
}

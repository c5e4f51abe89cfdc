// A postal address in words that no form has labelled: rather none than a wrong one.

import { foldBlanks, readAddress } from "./field-values.ts";
import { signatureLines } from "./signature.ts";

const POSTAL = "〒?[\\s　]*\\p{Nd}{3}[-－ー‐−–]?\\p{Nd}{4}";
const POSTAL_FIRST = new RegExp(`^${POSTAL}`, "u");
const PREFECTURE =
  "(?:東京都|北海道|大阪府|京都府|(?:神奈川|和歌山|鹿児島|青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|沖縄)県)(?![にでがはをへもの])";
const TOWN = "[\\p{Script=Han}ヶケがつのぁ-ん]{1,6}[市区町村郡]";
const NAMED =
  "^[\\s　]*(?:[^\\p{L}\\p{Nd}〒]*)(?:(?:私の|自宅の?)?ご?(?:住所|自宅)(?:[はがも、：:]|[\\s　])[\\s　]*)?";

const WITH_PREFECTURE = new RegExp(
  `${NAMED}((?:${POSTAL}[\\s　]*)?${PREFECTURE}[^\\n]{2,80})$`,
  "u",
);
const WITH_POSTAL = new RegExp(
  `${NAMED}(〒?[\\s　]*\\p{Nd}{3}[-－ー‐−–]\\p{Nd}{4}[\\s　]*${TOWN}[^\\n]{2,80})$`,
  "u",
);
const TOWN_ONLY = new RegExp(`^(${TOWN}[^\\n]{2,60})$`, "u");
const POSTAL_ONLY =
  /^[^\p{L}\p{Nd}〒]*((?:〒[\s　]*)?\p{Nd}{3}[-－ー‐−–]\p{Nd}{4}|〒[\s　]*\p{Nd}{7})[\s　]*$/u;
/** What follows the address on its line. */
const AFTER =
  /[\s　]*[/／|｜,、(（]?[\s　]*(?:tel|ｔｅｌ|電話|でんわ|携帯|fax|ｆａｘ|ファックス|ファクス|e?-?mail|メール|url|http|phone|mobile|☎|℡|📞|[\w.+-]+[@＠]).*$/iu;
const PHONE_AFTER = /[\s　]+\(?0\p{Nd}{1,4}\)?[-－ー‐−–]\p{Nd}{1,4}[-－ー‐−–]\p{Nd}{3,4}.*$/u;
const SENTENCE =
  /ます|ました|ません|ください|下さい|から[^\n]*(?:届|来|発送)|の(?:店|方|者|もの)|在住/u;
const BUILDING =
  /^[^\n。、]{0,30}(?:ビル(?:ディング)?|マンション|ハイツ|コーポ|メゾン|アパート|レジデンス|タワー|荘|寮|棟|号室?|[\p{Nd}]階|[\p{Nd}][FＦ])[^\n。、]{0,12}$/iu;

/** The line's address without the phone and the words behind it. */
function trimmed(written: string | undefined): string | null {
  if (written === undefined) return null;
  const bare = written
    .replace(AFTER, "")
    .replace(PHONE_AFTER, "")
    .replace(/[。、].*$/u, "")
    .replace(/(?:です|でございます|になります)[\s　]*$/u, "")
    .trim();
  const hasNumber = /\p{Nd}|[一二三四五六七八九十〇]+(?:丁目|番)/u.test(
    bare.replace(POSTAL_FIRST, ""),
  );
  return hasNumber && !SENTENCE.test(bare) ? readAddress(bare) : null;
}

function withBuilding(address: string, next: string): string {
  const isBuilding =
    BUILDING.test(next) && !SENTENCE.test(next) && !/です/.test(next) && !AFTER.test(next);
  return isBuilding ? foldBlanks(`${address} ${next}`) : address;
}

/** The address of a line below its postal code. */
function belowPostal(line: string, next: string): string | null {
  const postal = POSTAL_ONLY.exec(line)?.[1];
  if (postal === undefined) return null;
  const address = trimmed(WITH_PREFECTURE.exec(next)?.[1] ?? TOWN_ONLY.exec(next)?.[1]);
  return address === null ? null : `${foldBlanks(postal)} ${address}`;
}

/** A postal code, a prefecture or a town, without which a line holds no address. */
const MAY_HOLD = /\p{Nd}{3}|[都道府県市区町村郡]/u;

function japanese(lines: readonly string[], signed: readonly string[]): string | null {
  for (const [at, line] of lines.entries()) {
    if (!MAY_HOLD.test(line)) continue;
    const next = foldBlanks(lines[at + 1] ?? "");
    const split = belowPostal(line, next);
    if (split !== null) return withBuilding(split, foldBlanks(lines[at + 2] ?? ""));
    const isSigned = signed.includes(foldBlanks(line));
    const written =
      WITH_PREFECTURE.exec(line)?.[1] ??
      WITH_POSTAL.exec(line)?.[1] ??
      (isSigned ? TOWN_ONLY.exec(foldBlanks(line))?.[1] : undefined);
    const address = trimmed(written);
    if (address !== null) return withBuilding(address, next);
  }
  return null;
}

const LABELLED =
  /^[^\p{L}\p{Nd}]*(?:my |our |home |postal |mailing |shipping |delivery )*address(?: is)?[\s]*[:：]?[\s]+(.{8,120})$/iu;
const STREET =
  /\b(?:P\.?O\.? ?Box|Unit|Flat|Apt|Apartment|Suite|Room|Rm|Block|Blk|Level|Floor|Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Close|Crescent|Way|Terrace|Square|Centre|Center|Building|Bldg|Tower)\b|\p{Nd}+\/F\b|(?:straße|strasse|straat|gracht|weg|gasse|platz|plein|laan)\b|\b(?:rue|via|calle|avenida|jalan|jl)\b/iu;
const POSTCODE =
  /\b(?:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|\d{4} ?[A-Z]{2}|[A-Z]{2,3} \d{4,5}(?:-\d{4})?|[A-Z]\d[A-Z] ?\d[A-Z]\d|(?:[A-Z]{1,2}-)?\d{4,6} \p{Lu}\p{Ll}+|\p{Lu}\p{Ll}+ \d{4,6})\b/u;
const NO_ADDRESS =
  /\b(?:I|you|my|your|order|refund|cancel|please|was|were|is|are|have|delivered|tel|phone|fax|item|yen|jpy|usd)\b|[@!?]|https?:/i;

function mayBeForeign(line: string): boolean {
  return /\d/.test(line) && line.includes(",");
}

function isForeign(line: string): boolean {
  if (!mayBeForeign(line) || line.length > 100 || NO_ADDRESS.test(line)) return false;
  return (
    /^[\p{Script=Latin}\p{Nd}\s,.#/'’()-]+$/u.test(line) &&
    (STREET.test(line) || POSTCODE.test(line))
  );
}

function foreign(lines: readonly string[], signed: readonly string[]): string | null {
  // In any line, as its pattern spells it; asked first, because that takes its time.
  const labelled = lines.filter((line) => /address/iu.test(line));
  for (const line of labelled) {
    const value = LABELLED.exec(line)?.[1];
    if (value !== undefined && /\d/.test(value)) return readAddress(value.replace(AFTER, ""));
  }
  const own = signed
    .filter(mayBeForeign)
    .map((line) => line.replace(AFTER, ""))
    .find(isForeign);
  return own === undefined ? null : readAddress(own);
}

/** The address in a customer's own words. */
export function findAddress(text: string): string | null {
  const lines = text
    .slice(0, 60_000)
    .split("\n")
    .map((line) => line.slice(0, 200));
  const signed = signatureLines(text);
  return japanese(lines, signed) ?? foreign(lines, signed);
}

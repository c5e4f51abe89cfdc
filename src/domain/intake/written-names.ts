// Which of the names in a mail is its writer's: kanji before kana and romaji, the full name before a
// surname or a nickname, and of two equals the one that is said most plainly.

import { fullness, isInKanji, personIn } from "./person-name.ts";
import { introductions } from "./self-introduction.ts";
import { signedNames } from "./signature.ts";
import { isSurname } from "./surnames.ts";

/** Where a name stood, the most trusted first. */
const SOURCES = ["stated", "signed", "said", "header", "alone"] as const;

export interface WrittenName {
  readonly name: string;
  readonly source: (typeof SOURCES)[number];
}

/** The names in the customer's own words. */
export function namesInText(text: string): WrittenName[] {
  const introduced = introductions(text).map(
    ({ name, isPlain }): WrittenName => ({ name, source: isPlain ? "stated" : "said" }),
  );
  const signed = signedNames(text).map(
    ({ name, isPlain }): WrittenName => ({ name, source: isPlain ? "signed" : "alone" }),
  );
  return [...introduced, ...signed];
}

/** A display name, where it is not the address again or a handle like hana_123. */
export function namesInHeader(display: string, address: string): WrittenName[] {
  const isHandle = /^[\w.+-]+$/.test(display.trim()) && /[\d_]/.test(display);
  const name = isHandle ? null : personIn(display);
  if (name === null || display.toLowerCase() === address) return [];
  return [{ name, source: "header" }];
}

function isFuller(one: WrittenName, other: WrittenName): boolean {
  const kanji = Number(isInKanji(one.name)) - Number(isInKanji(other.name));
  if (kanji !== 0) return kanji > 0;
  const more = fullness(one.name) - fullness(other.name);
  if (more !== 0) return more > 0;
  return SOURCES.indexOf(one.source) < SOURCES.indexOf(other.source);
}

/** 「鈴木です」 from the mail program of 田中 花子: Suzuki writes. */
function isSomebodyElse({ name, source }: WrittenName, said: readonly WrittenName[]): boolean {
  if (source !== "header" || !isInKanji(name)) return false;
  const surnames = said.filter((one) => one.source !== "alone" && isSurname(one.name));
  return surnames.length > 0 && surnames.every((one) => !name.includes(one.name));
}

export function fullestName(names: readonly WrittenName[]): WrittenName | null {
  const said = names.filter(({ source }) => source !== "header");
  let best: WrittenName | null = null;
  for (const one of names) {
    if (isSomebodyElse(one, said)) continue;
    if (best === null || isFuller(one, best)) best = one;
  }
  return best;
}

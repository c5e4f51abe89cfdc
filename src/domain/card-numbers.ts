// Some customers write their card number into a form or mail. Nothing beyond the raw mail may keep it
// (PCI DSS 3.5), so all but its last four digits are masked in what is kept and shown. Order numbers,
// phone numbers and the like stay: a card number begins as its issuers' do, is as long as theirs, stands
// alone or in groups of one size, and its check digit is right.

interface Issuer {
  readonly prefix: RegExp;
  readonly lengths: readonly number[];
}

const ISSUERS: readonly Issuer[] = [
  { prefix: /^4/, lengths: [13, 16, 19] },
  { prefix: /^5[1-5]|^2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^35/, lengths: [16, 17, 18, 19] },
  { prefix: /^3[068]/, lengths: [14, 16, 19] },
  { prefix: /^6/, lengths: [13, 14, 15, 16, 17, 18, 19] },
];

const DIGITS_MIN = 13;
const DIGITS_MAX = 19;
const KEPT = 4;

/** Half and full width; both are one code unit, so that a masked text is as long as before. */
const DIGIT = "[0-9０-９]";
const DASHES = "-‐‑‒–—―−ーｰ－";
/** Between two groups: a blank or hyphen, or where a mail program wraps the line and quotes it. */
const GAP = `(?:[ \\t\\u00a0\\u3000]|[ ]?[${DASHES}][ ]?|[ \\t${DASHES}]?\\r?\\n(?:[>＞| ]{1,4})?)`;
const RUN = new RegExp(`${DIGIT}(?:${GAP}?${DIGIT}){${DIGITS_MIN - 1},200}`, "g");
const GROUP = new RegExp(`${DIGIT}+`, "g");
/** Written to a number without a blank: 「VISA4242…」. Any other letter makes it another number. */
const CARD_WORD = /(?:visa|master(?:card)?|jcb|amex|diners|discover|card|no|number)[:.]?$/i;
const PART_OF_MORE = /[A-Za-zＡ-Ｚａ-ｚ0-9０-９_+＋#]$/;
const IN_LINK = /:\/\/[^\s"'<>]*$/;
const LOOK_BACK = 120;

interface Group {
  readonly at: number;
  readonly digits: string;
  /** What stands before it, after the group before. */
  readonly gap: string;
}

export function maskCardNumbers(text: string): string {
  const masked = maskOnce(text);
  // What stays of one number may begin another: 「5555 5555 5555 4444 4111 1111 1111 1111」.
  return masked === text ? text : maskCardNumbers(masked);
}

function maskOnce(text: string): string {
  return text.replace(RUN, (run, at: number) => {
    const before = text.slice(Math.max(0, at - LOOK_BACK), at);
    const isPart = IN_LINK.test(before) || PART_OF_MORE.test(before);
    if (isPart && !CARD_WORD.test(before)) return run;
    const isFollowed = /^[A-Za-zＡ-Ｚａ-ｚ_]/.test(
      text.slice(at + run.length, at + run.length + 1),
    );
    return maskRun(run, isFollowed);
  });
}

function maskRun(run: string, isFollowed: boolean): string {
  const groups = groupsOf(run);
  let masked = run;
  for (let first = 0; first < groups.length; ) {
    const last = findEnd(groups, first, isFollowed);
    if (last === null) {
      first += 1;
      continue;
    }
    masked = maskGroups(masked, groups.slice(first, last + 1));
    first = last + 1;
  }
  return masked;
}

function groupsOf(run: string): Group[] {
  let end = 0;
  return Array.from(run.matchAll(GROUP), ({ 0: digits, index }) => {
    const gap = run.slice(end, index);
    end = index + digits.length;
    return { at: index, digits: digits.normalize("NFKC"), gap };
  });
}

/** The last group of the longest card number that begins with group `first`. */
function findEnd(groups: readonly Group[], first: number, isFollowed: boolean): number | null {
  let found: number | null = null;
  let number = "";
  for (let last = first; last < groups.length; last += 1) {
    number += groups[last]?.digits ?? "";
    if (number.length > DIGITS_MAX) break;
    if (isFollowed && last === groups.length - 1) break;
    if (isCardNumber(number) && areOneNumber(groups.slice(first, last + 1))) found = last;
  }
  return found;
}

/** Digits alone, in ASCII. */
export function isCardNumber(digits: string): boolean {
  const isIssued = ISSUERS.some(
    ({ prefix, lengths }) => prefix.test(digits) && lengths.includes(digits.length),
  );
  return isIssued && isLuhn(digits) && !isJapaneseBarcode(digits);
}

/** ISO/IEC 7812-1, annex B. */
function isLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** JAN, as it stands on every article: 13 digits that begin with 45 or 49, as some cards did once. */
function isJapaneseBarcode(digits: string): boolean {
  if (!/^4[59]\d{11}$/.test(digits)) return false;
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 3 : 1), 0);
  return sum % 10 === 0;
}

/** Printed in groups of one size, or as American Express and Diners do, between gaps of one kind. */
function areOneNumber(groups: readonly Group[]): boolean {
  const sizes = groups.map(({ digits }) => digits.length);
  const [size = 0] = sizes;
  const isEven = sizes.slice(0, -1).every((other) => other === size) && (sizes.at(-1) ?? 0) <= size;
  if (!isEven && !["4,6,5", "4,6,4"].includes(sizes.join())) return false;
  const kinds = groups.slice(1).map(({ gap }) => kindOf(gap));
  const wraps = kinds.filter((kind) => kind === "wrap").length;
  const others = new Set(kinds.filter((kind) => kind !== "wrap"));
  // Numbers in a column are several.
  return wraps === 0 ? others.size <= 1 : wraps === 1 && others.size === 1;
}

function kindOf(gap: string): "wrap" | "hyphen" | "blank" {
  if (gap.includes("\n")) return "wrap";
  return new RegExp(`[${DASHES}]`).test(gap) ? "hyphen" : "blank";
}

function maskGroups(run: string, groups: readonly Group[]): string {
  let left = groups.reduce((sum, { digits }) => sum + digits.length, 0) - KEPT;
  let masked = run;
  for (const { at, digits } of groups) {
    const hidden = Math.max(0, Math.min(digits.length, left));
    left -= hidden;
    masked = masked.slice(0, at) + "*".repeat(hidden) + masked.slice(at + hidden);
  }
  return masked;
}

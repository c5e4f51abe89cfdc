// Order numbers as customers, shops and payment providers write them. A wrong number can point an
// approver at somebody else's payment, so every reading here prefers none to a doubtful one: a number
// counts because a word beside it says so, or because its shape belongs to one shop system only.

import {
  fold,
  GAP,
  isOrderNumber,
  MORE_GROUPS,
  OTHER_NUMBER,
  POSTAL_TAIL,
  SELF_EVIDENT,
  STRONG,
  TOKEN,
  UNIT,
  WEAK,
  WEAK_GAP,
} from "./order-number-patterns.ts";

export interface FoundOrderNumber {
  readonly number: string;
  /** The words that made it an order number, as read after NFKC. */
  readonly label: string;
  /** Where it stands in the text; comparable only within one text. */
  readonly index: number;
}

export interface PaymentOrderNumbers {
  readonly numbers: readonly string[];
  readonly from: "metadata" | "description" | null;
}

const SELF_EVIDENT_WHOLE = new RegExp(`^${SELF_EVIDENT.source}$`);
const WHOLE = new RegExp(
  `^\\s*(?:${STRONG}|${WEAK})?${GAP}(${TOKEN})[)」』】\\]"'>]{0,2}(?:号|番)?(?:の(?:ご?注文|件|分))?(?:です|になります)?[。.、,]?\\s*$`,
);

/** The comparable form of a text that holds one order number and nothing else of weight. */
export function normalizeOrderNumber(text: string): string | null {
  if (text.length > 200) return null;
  const folded = fold(text, " ").trim();
  if (SELF_EVIDENT_WHOLE.test(folded)) return folded;
  const token = WHOLE.exec(folded)?.[1];
  return token !== undefined && isOrderNumber(token) ? token : null;
}

/** Two numbers of one shop: same letters before, about as many digits. */
function isAlike(a: string, b: string): boolean {
  const shape = (token: string) => token.replace(/\d+$/, "");
  return shape(a) === shape(b) && Math.abs(a.length - b.length) <= 1;
}

function isLed(text: string, start: number): boolean {
  return !/[¥$€£+]\s?$|\d[./]$|(?<![A-Z])NOT #?$/.test(text.slice(Math.max(0, start - 6), start));
}

/** Whether what follows the token leaves it an order number. */
function isFree(text: string, start: number, end: number): boolean {
  const after = text.slice(end, end + 16);
  const token = text.slice(start, end);
  if (UNIT.test(after) || MORE_GROUPS.test(after) || /^[A-Z0-9@]/.test(after)) return false;
  if (/^番?(?:では|じゃ)(?:な|あり)/.test(after)) return false; // 678ではなく679
  if (/^\d{7}$/.test(token) && POSTAL_TAIL.test(after)) return false;
  // "3. お名前" below an empty field is the next question.
  if (
    /^\d{1,2}$/.test(token) &&
    /^[.)]/.test(after) &&
    /\n\s*$/.test(text.slice(Math.max(0, start - 4), start))
  ) {
    return false;
  }
  const grouped = /^[,/](\d+)/.exec(after);
  // 727,728 and 1187/1188 are lists, 2,467 is an amount and 10/18 a day.
  return grouped === null || (token.length >= 3 && grouped[1]?.length === token.length);
}

/** `注文 A4サイズ`, `order 2 shirts`: without a word for "number" the shape must be plain. */
function isPlain(token: string): boolean {
  if (/^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/.test(token)) return false;
  return /^\d{3,}(?:-\d+)?$|^[A-Z]{1,6}[-_]?\d{3,}$/.test(token);
}

const SEPARATOR = new RegExp(
  `[)」』】\\]"'>]{0,2}(?:号|番)?\\s{0,3}(?:[、,/・&+]|と|及び|および|や|か|または|AND(?![A-Z])|OR(?![A-Z]))\\s{0,3}(?:${STRONG}|${WEAK})?\\s{0,2}[「『(【\\[]?(?:第|NO\\.?|#|:)?\\s{0,2}(${TOKEN})|[ \\t]*\\n[ \\t]*#?(\\d+)(?=[ \\t]*(?:\\n|$))`,
  "y",
);

/** 701と703 · 727、728，729 · 1187 / 1188: what follows the first number. */
function restOfList(text: string, first: string, from: number, label: string): FoundOrderNumber[] {
  const found: FoundOrderNumber[] = [];
  let position = from;
  while (found.length < 20) {
    SEPARATOR.lastIndex = position;
    const match = SEPARATOR.exec(text);
    const token = match?.[1] ?? match?.[2];
    if (token === undefined) return found;
    const end = SEPARATOR.lastIndex;
    const start = end - token.length;
    if (!isAlike(first, token) || !isOrderNumber(token) || !isFree(text, start, end)) {
      return found;
    }
    found.push({ number: token, label, index: start });
    position = end;
  }
  return found;
}

interface Cue {
  readonly pattern: RegExp;
  readonly accepts: (token: string, before: string, after: string) => boolean;
}

/** `order 55.`, `注文12の件`: a short number counts where no word follows that it could count. */
function isShort(token: string, after: string): boolean {
  return (
    /^\d{1,2}$/.test(token) &&
    /^(?:の(?:件|キャンセル|返金|取消|取り消)|[.,!;)]*\s*$|[.,!;)]*\n|[.,!;)]\s)/.test(after)
  );
}

const NAMED: Cue = { pattern: new RegExp(`(${STRONG})${GAP}(${TOKEN})`, "g"), accepts: () => true };
const PLAIN: Cue = {
  pattern: new RegExp(`(${WEAK})${WEAK_GAP}(${TOKEN})`, "g"),
  accepts: (token, _before, after) => isPlain(token) || isShort(token, after),
};
const MARKED: Cue = {
  pattern: /((?<![A-Z0-9\p{L}&/=])(?:#|NO\.|番号[はが:]?)) ?([A-Z]{0,6}-?\d{3,})(?![-_\d])/gu,
  accepts: (_token, before) => !OTHER_NUMBER.test(before),
};
/** 679番の注文 · 679をキャンセル. Not before 返金: 3000を返金 is an amount. */
const FOLLOWED: Cue = {
  pattern:
    /(?<![A-Z0-9.,/_-])()(\d{3,})(?=(?:\s?(?:[と、,&]|及び|および)\s?#?\d{3,}){0,9}(?:番|号)?(?:の(?:ご|御)?注文|の?をキャンセル|を(?:取消|取り消)))/g,
  accepts: () => true,
};
/** In a payment's description the shop's own software speaks: short numbers count as well. */
const DESCRIBED: Cue = {
  ...PLAIN,
  accepts: (token) => isPlain(token) || /^\d+(?:-\d+)?$/.test(token),
};

function scan(text: string, cue: Cue): FoundOrderNumber[] {
  const found: FoundOrderNumber[] = [];
  for (const match of text.matchAll(cue.pattern)) {
    const label = (match[1] ?? "").replace(/\s+/g, " ");
    const token = match[2] ?? "";
    const end = match.index + match[0].length;
    const start = end - token.length;
    const line = text.slice(Math.max(0, match.index - 24), match.index);
    if (!isOrderNumber(token) || !isLed(text, start) || !isFree(text, start, end)) continue;
    if (!cue.accepts(token, line, text.slice(end, end + 8))) continue;
    found.push({ number: token, label, index: start }, ...restOfList(text, token, end, label));
  }
  return found;
}

function collect(text: string, cues: readonly Cue[]): FoundOrderNumber[] {
  const sure = [...text.matchAll(SELF_EVIDENT)].map((match) => ({
    number: match[0],
    label: "",
    index: match.index,
  }));
  // Blanked, so that no cue reads a part of one.
  const rest = text.replace(SELF_EVIDENT, (match) => " ".repeat(match.length));
  const all = [...sure, ...cues.flatMap((cue) => scan(rest, cue))].sort(
    (a, b) => a.index - b.index || b.label.length - a.label.length,
  );
  const first = new Map<string, FoundOrderNumber>();
  for (const one of all) if (!first.has(one.number)) first.set(one.number, one);
  return [...first.values()];
}

/** Every order number a free text names, in the order of the text. */
export function orderNumbersInText(text: string): FoundOrderNumber[] {
  return collect(fold(text, "、"), [NAMED, PLAIN, MARKED, FOLLOWED]);
}

/** Every order number in a form's order-number field, where no word beside it is needed. */
export function orderNumbersInField(value: string): FoundOrderNumber[] {
  return orderNumbersInText(`注文番号: ${value}`);
}

const METADATA_KEYS = new Set(
  "orderid ordernumber orderno ordernum order orderref orderreference ordercode wcorderid woocommerceorderid shoporderid merchantorderid 注文番号 ご注文番号 注文id 注文no 受注番号 受注id 注文 オーダー番号 オーダーid".split(
    " ",
  ),
);

function isOrderKey(key: string): boolean {
  return METADATA_KEYS.has(
    key
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[\s_.#-]/g, ""),
  );
}

/**
 * The order numbers the shop's software wrote on a payment. Whole numbers only: a payment described
 * as order 1678 is never one of order 678.
 */
export function orderNumbersOfPayment(payment: {
  metadata: Readonly<Record<string, string>>;
  description: string | null;
}): PaymentOrderNumbers {
  const values = Object.entries(payment.metadata)
    .filter(([key]) => isOrderKey(key))
    .flatMap(([, value]) => {
      const whole = normalizeOrderNumber(value);
      return whole === null ? orderNumbersInField(value).map(({ number }) => number) : [whole];
    });
  if (values.length > 0) return { numbers: [...new Set(values)], from: "metadata" };
  const description = payment.description ?? "";
  const whole = /^\s*#?\d+\s*$/.test(description) ? normalizeOrderNumber(description) : null;
  const numbers =
    whole === null
      ? collect(fold(description, "、"), [NAMED, DESCRIBED, MARKED]).map(({ number }) => number)
      : [whole];
  return { numbers, from: numbers.length > 0 ? "description" : null };
}

// Order numbers as customers, shops and payment providers write them.

import {
  ANSWERED,
  BARE_LINE,
  CANCELLED,
  CLAIMED,
  COUNTED,
  type Cue,
  collect,
  DESCRIBED,
  FOLLOWED,
  type FoundOrderNumber,
  IN_SUBJECT,
  ITEMIZED,
  LISTED,
  MARKED,
  MARKED_BY_MACHINE,
  NAMED,
  NAMED_BY_MACHINE,
  NUMBERED,
  PLAIN,
  POINTED,
  RECITED,
  SAID,
  SAID_EN,
} from "./order-number-cues.ts";
import { LAST_RESORT } from "./order-number-last-resort.ts";
import { GAP, STRONG, WEAK } from "./order-number-patterns.ts";
import { spelledOut } from "./order-number-reading.ts";
import {
  fold,
  isAlike,
  isDate,
  isFree,
  isLed,
  isOrderNumber,
  isStroked,
  OTHER_NUMBER,
  SELF_EVIDENT_WHOLE,
  TOKEN,
  withoutAddresses,
} from "./order-number-shapes.ts";
import {
  contrastsIn,
  earlierIn,
  MALL,
  type Standing,
  standingOf,
} from "./order-number-standing.ts";

export type { FoundOrderNumber } from "./order-number-cues.ts";

export interface PaymentOrderNumbers {
  readonly numbers: readonly string[];
  readonly from: "metadata" | "description" | null;
}

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

/** In the customer's own words, and in a subject: every cue. */
const IN_TEXT = [
  NAMED,
  PLAIN,
  MARKED,
  NUMBERED,
  FOLLOWED,
  COUNTED,
  CANCELLED,
  CLAIMED,
  POINTED,
  SAID,
  SAID_EN,
  LISTED,
  RECITED,
  ITEMIZED,
];
/** Longer texts are cut before they get here; this keeps the promise by itself. */
const LENGTH_MAX = 60_000;

export interface OrderNumbersRead extends Standing {
  /** All that are named, the denied and those aside among them. */
  readonly named: readonly FoundOrderNumber[];
}

/** Whether the words just before a correction are about the order number. */
function isNamedBefore(text: string, index: number): boolean {
  const before = text.slice(Math.max(0, index - 60), index);
  return /番号|番が|ORDER|NUMBER/.test(before) && !OTHER_NUMBER.test(before);
}

/** In whatever script and dress, 一つ being none: without one there is no number to find. */
const FIGURES = /[\p{N}\u32c0-\u32cb\u3358-\u33fe]|[一二三四五六七八九]{3}/u;
const NONE: OrderNumbersRead = { named: [], denied: new Set(), aside: new Set() };

/** All but the signs that are none for sure. */
const MAY_BE_FIGURES =
  /[^\s!-/:-~\u2010-\u2027\u3000-\u3006\u3008-\u30ff\u4e00-\u9fff\uff01-\uff0f\uff1a-\uff9f]+/g;
/** No cue looks farther on from a figure, nor does what is told of one. */
const REACH = 200;

/** The lines that can say something of a figure: from the first to a while behind the last. */
function aboutFigures(text: string): string {
  let last = 0;
  MAY_BE_FIGURES.lastIndex = 0;
  while (MAY_BE_FIGURES.test(text)) last = MAY_BE_FIGURES.lastIndex;
  const end = text.indexOf("\n", last + REACH);
  return end === -1 ? text : text.slice(0, end + 1);
}

function foldedText(text: string): string {
  return withoutAddresses(fold(text, "、"));
}

/** @param near the cues look at what is near a figure, and at nothing else in the text */
function read(
  text: string,
  cues: readonly Cue[],
  { known = [], near = false }: { known?: readonly string[]; near?: boolean } = {},
): OrderNumbersRead {
  if (!FIGURES.test(text)) return NONE;
  const written = spelledOut(text.slice(0, LENGTH_MAX));
  const folded = foldedText(near ? aboutFigures(written) : written);
  const cued = collect(folded, cues);
  const evident = new Set([...known, ...cued.map(({ number }) => number)]);
  const isPair = (other: string, meant: string, index: number) =>
    (evident.has(other) || evident.has(meant) || isNamedBefore(folded, index)) &&
    isAlike(other, meant) &&
    isFree(folded, index, index + meant.length);
  // 8890ではなく8891: what makes the one an order number makes the other one.
  const contrasts = contrastsIn(folded).filter(({ wrong, right, index }) =>
    isPair(wrong, right, index),
  );
  const times = earlierIn(folded).filter(({ earlier, now, index }) => isPair(earlier, now, index));
  const added = [
    ...contrasts.map(({ right, index }) => ({ number: right, label: "", index })),
    ...times.map(({ now, index }) => ({ number: now, label: "", index })),
  ].filter(({ number }) => !evident.has(number) && isOrderNumber(number));
  const named = [...cued, ...added].sort((a, b) => a.index - b.index);
  const pairs = [
    ...contrasts.flatMap(({ wrong, right }) => [wrong, right]),
    ...times.flatMap(({ earlier, now }) => [earlier, now]),
  ];
  const { denied, aside } = standingOf(
    folded,
    new Set([...evident, ...pairs]),
    times.map(({ earlier }) => earlier),
    () => foldedText(written),
  );
  return { named, aside, denied: new Set([...denied, ...contrasts.map(({ wrong }) => wrong)]) };
}

/** The numbers that are left when those are taken out that the mail is not about. */
export function concerned(
  found: readonly FoundOrderNumber[],
  { denied, aside }: Standing,
): FoundOrderNumber[] {
  const meant = found.filter(({ number }) => !denied.has(number));
  const central = meant.filter(({ number }) => !aside.has(number));
  return central.length > 0 ? central : meant;
}

/** What a free text says about order numbers; `known` are those of a form's field beside it. */
export function readOrderNumbers(text: string, known: readonly string[] = []): OrderNumbersRead {
  return read(text, IN_TEXT, { known, near: true });
}

/** Every order number a free text is about, in the order of the text. */
export function orderNumbersInText(text: string): FoundOrderNumber[] {
  const found = readOrderNumbers(text);
  return concerned(found.named, found);
}

/** In the answer to our question for the number, where `1250です` is enough. */
export function orderNumbersInAnswer(text: string): FoundOrderNumber[] {
  const found = read(text, [...IN_TEXT, ANSWERED], { near: true });
  return concerned(found.named, found);
}

/** For want of a sure one: the token beside a word for "order", if its like is the only one. */
export function orderNumbersBeside(text: string): FoundOrderNumber[] {
  const found = read(text, LAST_RESORT);
  return alikeOnly(concerned(found.named, found));
}

/** Amazon's and Rakuten's numbers and no others, in a text that names the mall just before each. */
export function areOfMall(numbers: readonly string[], text: string): boolean {
  const shape = /^(?:\d{3}-\d{7}-\d{7}|\d{6}-20\d{6}-\d{8,10})$/;
  if (!numbers.every((number) => shape.test(number))) return false;
  const folded = fold(text.slice(0, LENGTH_MAX), "、");
  return numbers.every((number) => {
    const at = folded.indexOf(number);
    return MALL.test(folded.slice(Math.max(0, at - 40), Math.max(0, at)));
  });
}

/** Bare figures of two shapes are not all order numbers; then none is taken for one. */
function alikeOnly(found: readonly FoundOrderNumber[]): FoundOrderNumber[] {
  const [first] = found;
  return first !== undefined && found.every(({ number }) => isAlike(first.number, number))
    ? [...found]
    : [];
}

/** In a subject the customer wrote about an order, where a bare figure is enough. */
export function orderNumbersInSubject(subject: string): FoundOrderNumber[] {
  const found = read(subject.slice(0, 400), [IN_SUBJECT]);
  return alikeOnly(concerned(found.named, found));
}

/** The number that has a line to itself; none where several unlike ones have. */
export function orderNumbersAlone(text: string): FoundOrderNumber[] {
  return alikeOnly(read(text, [BARE_LINE]).named);
}

const TOKENS = new RegExp(TOKEN, "g");
/** In a sentence 「2点」 and 「3回目」 are too likely; alone, or among their like, even 5 is a number. */
const ONLY_SHORT = /^(?:[^\d]{0,12}\d{1,2}[^\d]{0,12}|(?:[\s、,/・&と#]|\d{1,2}(?!\d)){1,40})$/;

const AFTER_LISTED = /^.*\d\s{0,2}(?=(?:と|、|,|\/|及び|および|や|&)\s{0,2}[#(「]?$)/s;

function isFieldNumber(text: string, token: string, index: number): boolean {
  if (!isOrderNumber(token) || isDate(token)) return false;
  if (!isLed(text, index) && !/\d{3}\/$/.test(text.slice(0, index))) return false;
  if (!isFree(text, index, index + token.length)) return false;
  if (/^\d{1,2}$/.test(token) && !ONLY_SHORT.test(text)) return false;
  // The number listed before is no part of an address: 78-3391 と 78-3404.
  const before = text.slice(Math.max(0, index - 24), index).replace(AFTER_LISTED, "");
  return !OTHER_NUMBER.test(before);
}

/** Every order number in a form's order-number field, where no word beside it is needed. */
export function orderNumbersInField(value: string): FoundOrderNumber[] {
  const text = withoutAddresses(fold(spelledOut(value.slice(0, 1000)), "、"));
  const whole = text.trim();
  if (isStroked(whole)) return [{ number: whole, label: "", index: 0 }];
  const cued = collect(text, IN_TEXT);
  const isPartOfCued = (at: number) =>
    cued.some(({ index, number }) => index <= at && at < index + number.length);
  const bare = [...text.matchAll(TOKENS)]
    .filter(({ 0: token, index }) => !isPartOfCued(index) && isFieldNumber(text, token, index))
    .map((match) => ({ number: match[0], label: "", index: match.index }));
  const all = [...cued, ...bare].sort((a, b) => a.index - b.index);
  const unique = all.filter(({ number }, at) => all.findIndex((o) => o.number === number) === at);
  return concerned(unique, standingOf(text, new Set(unique.map(({ number }) => number))));
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

function numbersOfMachine(text: string, cues: readonly Cue[]): string[] {
  return collect(fold(text, "、"), cues).map(({ number }) => number);
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
      return whole === null
        ? numbersOfMachine(`注文番号: ${value}`, [
            NAMED_BY_MACHINE,
            PLAIN,
            MARKED_BY_MACHINE,
            FOLLOWED,
          ])
        : [whole];
    });
  if (values.length > 0) return { numbers: [...new Set(values)], from: "metadata" };
  const description = payment.description ?? "";
  const whole = /^\s*#?\d+\s*$/.test(description) ? normalizeOrderNumber(description) : null;
  const numbers =
    whole === null
      ? numbersOfMachine(description, [NAMED_BY_MACHINE, DESCRIBED, MARKED_BY_MACHINE])
      : [whole];
  return { numbers, from: numbers.length > 0 ? "description" : null };
}

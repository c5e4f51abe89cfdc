// Order numbers as customers, shops and payment providers write them. A wrong number can point an
// approver at somebody else's payment, so every reading here prefers none to a doubtful one: a number
// counts because a word beside it says so, or because its shape belongs to one shop system only.

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

/** ①⑴⒈⓪⓵⓿❶➀㉑㊱ …: NFKC would glue them to the number, `①678` becoming `1678`. */
const CIRCLED =
  /[\u2460-\u249b\u24ea\u24eb-\u24ff\u2776-\u2793\u3251-\u325f\u32b1-\u32bf]|[\u{1f100}-\u{1f10a}]/gu;

const NUMBER_WORD =
  "(?:管理)?(?:番号|番號|ばんごう|バンゴウ|ナンバー|コード|NUMBER|NO(?![A-Z])\\.?|ID(?![A-Z])|#)";
const ORDER_WORD = "(?:ご|御|お)?(?:注文|受注|発注|購入|オーダー|ちゅうもん|チュウモン)";
const STRONG = `${ORDER_WORD}[ \\t]{0,3}の?${NUMBER_WORD}|(?<![A-Z])ORDERS?\\s{0,3}(?:NUMBERS?|NUM(?![A-Z])\\.?|NOS?(?![A-Z])\\.?|ID(?![A-Z])|REF(?:ERENCE)?(?![A-Z])\\.?|CODE|#)|(?<![A-Z])CHUMON[ -]?BANGO`;
const WEAK = "(?:ご|御|お)?(?:注文|オーダー)|(?<![A-Z])ORDERS?(?![A-Z])";
const BLANKS = "\\s{0,4}";
const NOTE = "(?:\\([^()\\d\\n]{0,20}\\)|\\[[^\\[\\]\\d\\n]{0,20}\\])?"; // （半角）
const COPULA = "(?:[:=]|[はがの]|(?:IS|WAS|ARE)(?![A-Z]))?";
const LEADERS = "[\\s:、,.・_|-]{0,8}";
const DOUBT = "(?:たしか|確か|多分|たぶん|恐らく|おそらく)?";
const OPENING = "[(「『【\\[\"'<]{0,2}";
const PREFIX = "(?:第|NO(?![A-Z])\\.?|#)?";
const DENIED = "(?:[A-Z0-9-]{1,40}番?(?:では|じゃ)なくて?[、 ]{0,2})?"; // 678ではなく679
/** What may stand between a word for "order number" and the number. */
const GAP = `${BLANKS}${NOTE}${BLANKS}${COPULA}${LEADERS}${DOUBT}${BLANKS}${OPENING}${BLANKS}${PREFIX}${BLANKS}${DENIED}`;
/** Less after 「注文」 alone, and no end of line. */
const WEAK_GAP = `[ \\t]{0,4}(?:[:_-]|は(?!\\d{1,2}月))?[ \\t]{0,3}${OPENING}[ \\t]{0,2}${PREFIX}[ \\t]{0,3}${DENIED}`;
/** The first form is e-shopsカート's: up to ten signs, among them `/`, before the digits. */
const TOKEN = "[A-Z][A-Z0-9_-]{0,9}/\\d+|[A-Z0-9]+(?:[-_][A-Z0-9]+)*";

/**
 * Shapes no look-alike has: makeshop (P + 18 digits), Rakuten (shop-date-number), Amazon (3-7-7) and
 * Smartpay (order_test_…).
 */
const SELF_EVIDENT =
  /(?<![A-Z0-9_-])(?:P\d{18}|\d{6}-20\d{6}-\d{8,10}|\d{3}-\d{7}-\d{7}|ORDER_(?:TEST_|LIVE_)?[A-Z0-9]{16,40})(?![A-Z0-9_-])/g;

const LOOK_ALIKES: readonly RegExp[] = [
  /^0\d{1,4}-\d{1,4}-\d{3,4}$/, // phone, fax
  /^0\d{1,4}-\d{5,8}$/,
  /^0[1-9]\d{8}$/,
  /^0[5-9]0\d{8}$/,
  /^\d{3}-\d{3,4}-\d{4}$/,
  /^\d{3}-\d{4}$/, // postal code
  /^\d{4}-\d{4}-\d{4}(?:-\d{4})?$/, // tracking number, card
  /^(?:19|20)\d{2}-\d{1,2}-\d{1,2}$/, // date
  /^\d{1,2}-\d{1,2}(?:-(?:\d{2}|\d{4}))?$/,
  /^(?:IMG|DSC[A-Z]?|PXL|MVI|DCIM|SCAN|PHOTO|SCREENSHOT)[_-]?\d/, // file of a camera
  /^(?:PI|CH|PY|RE|CUS|SEQ|TXN|CS)_[A-Z0-9_]{8,}$/, // ids of Stripe
  /^\d+(?:PCS?|KG|G|ML|L|CM|MM|TH|ST|ND|RD|YEN|JPY|USD|AM|PM|DAYS?|X|%)$/,
];

/** What turns the figure before it into an amount, a quantity, a day or an address. */
const UNIT =
  /^\s?(?:円|千円|万|[千億]|個(?!人)|点|枚|つ|着|冊|箱|袋|セット|%|年|ヶ?月|日(?!本)|時|号室|番地|丁目|歳|YEN|JPY|USD|DOLLARS?|PIECES?|ITEMS?|PCS|UNITS?|DAYS?|TIMES|:\d|\.\d)/;
const POSTAL_TAIL = /^\s{0,2}(?:東京都|北海道|(?:京都|大阪)府|\p{Script=Han}{2,3}県)/u;
/** `090 1234 5678`, `1234 5678 9012`. */
const MORE_GROUPS = /^ \d{3,4} \d{4}(?!\d)/;

/** Words that make `#123` or `No.123` after them something else. */
const OTHER_NUMBER =
  /(?:SKU|ITEM|UNIT|FLOOR|REQUEST|INQUIRY|TRACKING|TICKET|CASE|ROOM|APT|SUITE|CARD|ACCOUNT|INVOICE|FAX|TEL|PHONE|MODEL|商品|品番|型番|会員|受付|伝票|追跡|問い?合わ?せ|口座|電話|郵便|整理|管理|請求書|領収書|カード|顧客|ビル|マンション|[都道府県市区町村]|\d-\d{1,4})[^、。\n]{0,12}$/;

function fold(text: string, circledAs: string): string {
  return text
    .replace(CIRCLED, circledAs)
    .replaceAll("，", "、")
    .normalize("NFKC")
    .toUpperCase()
    .replace(/(?<=[A-Z0-9])[\u2010-\u2015\u2212ー](?=[A-Z0-9])/g, "-");
}

/** Luhn's rule over 14–16 digits with a card scheme's first digit: never kept as anything. */
function isCardNumber(token: string): boolean {
  const digits = token.replaceAll("-", "");
  if (!/^[3-6]\d{13,15}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function isOrderNumber(token: string): boolean {
  if (token.length > 40 || !/\d/.test(token)) return false;
  return !isCardNumber(token) && !LOOK_ALIKES.some((shape) => shape.test(token));
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
  if (/^番?(?:では|じゃ)な/.test(after)) return false; // 678ではなく679
  if (/^\d{7}$/.test(token) && POSTAL_TAIL.test(after)) return false;
  if (/^\d{1,2}$/.test(token) && /^[.)](?!$)/.test(after)) return false;
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
  readonly accepts: (token: string, before: string) => boolean;
}

const NAMED: Cue = { pattern: new RegExp(`(${STRONG})${GAP}(${TOKEN})`, "g"), accepts: () => true };
const PLAIN: Cue = {
  pattern: new RegExp(`(${WEAK})${WEAK_GAP}(${TOKEN})`, "g"),
  accepts: isPlain,
};
const MARKED: Cue = {
  pattern: /((?<![A-Z0-9\p{L}&/=])(?:#|NO\.)) ?([A-Z]{0,6}-?\d{3,})(?![-_\d])/gu,
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
    if (!cue.accepts(token, line)) continue;
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
  const seen = new Set<string>();
  return all.filter(({ number }) => seen.size < seen.add(number).size);
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

/** Two different numbers one slip of a finger apart; to be shown to a person, never picked. */
export function isNearOrderNumber(a: string, b: string): boolean {
  if (a === b || Math.min(a.length, b.length) < 2) return false;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let from = 0;
  while (from < short.length && short[from] === long[from]) from++;
  const isDigits = (text: string) => /^\d+$/.test(text);
  if (long.length === short.length + 1) {
    return isDigits(long[from] ?? "") && long.slice(from + 1) === short.slice(from);
  }
  if (long.length !== short.length) return false;
  const substituted = isDigits(`${a[from]}${b[from]}`) && a.slice(from + 1) === b.slice(from + 1);
  const swapped =
    isDigits(a.slice(from, from + 2)) &&
    `${a[from + 1]}${a[from]}` === b.slice(from, from + 2) &&
    a.slice(from + 2) === b.slice(from + 2);
  return substituted || swapped;
}

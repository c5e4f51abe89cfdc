// The words around an order number, the shapes it may have and the look-alikes it must not be.

/** ①⑴⒈⓪⓵⓿❶➀㉑㊱ …: NFKC would glue them to the number, `①678` becoming `1678`. */
const CIRCLED =
  /[\u2460-\u249b\u24ea\u24eb-\u24ff\u2776-\u2793\u3251-\u325f\u32b1-\u32bf]|[\u{1f100}-\u{1f10a}]/gu;

const NUMBER_WORD =
  "(?:管理)?(?:番号|番號|ばんごう|バンゴウ|ナンバー|コード|NUMBER|NO(?![A-Z])\\.?|ID(?![A-Z])|#)";
const ORDER_WORD = "(?:ご|御|お)?(?:注文|受注|発注|購入|オーダー|ちゅうもん|チュウモン)";
export const STRONG = `${ORDER_WORD}[ \\t]{0,3}の?${NUMBER_WORD}|(?<![A-Z])ORDERS?\\s{0,3}(?:NUMBERS?|NUM(?![A-Z])\\.?|NOS?(?![A-Z])\\.?|ID(?![A-Z])|REF(?:ERENCE)?(?![A-Z])\\.?|CODE|#)|(?<![A-Z])CHUMON[ -]?BANGO`;
export const WEAK = "(?:ご|御|お)?(?:注文|オーダー)|(?<![A-Z])ORDERS?(?![A-Z])";
const BLANKS = "\\s{0,4}";
const NOTE = "(?:\\([^()\\d\\n]{0,20}\\)|\\[[^\\[\\]\\d\\n]{0,20}\\])?"; // （半角）
const COPULA = "(?:[:=]|[はがの]|(?:IS|WAS|ARE)(?![A-Z]))?";
const LEADERS = "[\\s:、,.・_|-]{0,8}";
const DOUBT = "(?:たしか|確か|多分|たぶん|恐らく|おそらく)?";
const OPENING = "[(「『【\\[\"'<]{0,2}";
const PREFIX = "(?:第|NO(?![A-Z])\\.?|#)?";
const DENIED = "(?:[A-Z0-9-]{1,40}番?(?:では|じゃ)なくて?[、 ]{0,2})?"; // 678ではなく679
/** What may stand between a word for "order number" and the number. */
export const GAP = `${BLANKS}${NOTE}${BLANKS}${COPULA}${LEADERS}${DOUBT}${BLANKS}${OPENING}${BLANKS}${PREFIX}${BLANKS}${DENIED}`;
/** Less after 「注文」 alone, and no end of line. */
export const WEAK_GAP = `[ \\t]{0,4}(?:[:_-]|は(?!\\d{1,2}月))?[ \\t]{0,3}${OPENING}[ \\t]{0,2}${PREFIX}[ \\t]{0,3}${DENIED}`;
/** The first form is e-shopsカート's: up to ten signs, among them `/`, before the digits. */
export const TOKEN = "[A-Z][A-Z0-9_-]{0,9}/\\d+|[A-Z0-9]+(?:[-_][A-Z0-9]+)*";

/**
 * Shapes no look-alike has: makeshop (P + 18 digits), Rakuten (shop-date-number), Amazon (3-7-7) and
 * Smartpay (order_test_…).
 */
export const SELF_EVIDENT =
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
export const UNIT =
  /^\s?(?:円|千円|万|[千億]|個(?!人)|点|枚|つ|着|冊|箱|袋|セット|%|年|ヶ?月|日(?!本)|時|号室|番地|丁目|歳|YEN|JPY|USD|DOLLARS?|PIECES?|ITEMS?|PCS|UNITS?|DAYS?|TIMES|:\d|\.\d)/;
export const POSTAL_TAIL = /^\s{0,2}(?:東京都|北海道|(?:京都|大阪)府|\p{Script=Han}{2,3}県)/u;
/** `090 1234 5678`, `1234 5678 9012`. */
export const MORE_GROUPS = /^ \d{3,4} \d{4}(?!\d)/;

/** Words that make `#123` or `No.123` after them something else. */
export const OTHER_NUMBER =
  /(?:SKU|ITEM|UNIT|FLOOR|REQUEST|INQUIRY|TRACKING|TICKET|CASE|ROOM|APT|SUITE|CARD|ACCOUNT|INVOICE|FAX|TEL|PHONE|MODEL|商品|品番|型番|会員|受付|伝票|追跡|問い?合わ?せ|口座|電話|郵便|整理|管理|請求書|領収書|カード|顧客|ビル|マンション|[都道府県市区町村]|\d-\d{1,4})[^、。\n]{0,12}$/;

export function fold(text: string, circledAs: string): string {
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

export function isOrderNumber(token: string): boolean {
  if (token.length > 40 || !/\d/.test(token)) return false;
  return !isCardNumber(token) && !LOOK_ALIKES.some((shape) => shape.test(token));
}

// The shapes an order number may have, the look-alikes it must not be, and the one spelling (NFKC,
// upper case, single blanks) in which numbers and the words around them are read.

import { isCardNumber } from "../card-numbers.ts";
import { legible } from "../legible.ts";

/** ①⑴⒈⓪⓵⓿❶➀㉑㊱²₂½ …: NFKC would glue them to the number, `①678` becoming `1678`. */
const MARKS =
  /[\u2460-\u249b\u24ea\u24eb-\u24ff\u2776-\u2793\u3251-\u325f\u32b1-\u32bf\u{1f100}-\u{1f10a}\u00b2\u00b3\u00b9\u2070-\u209c\u00bc-\u00be\u2150-\u215f\u2189]/gu;

/** The first form is e-shopsカート's: up to ten signs, among them `/`, before the digits. */
export const TOKEN = "[A-Z][A-Z0-9_-]{0,9}/\\d+(?:[-_/]\\d+)*|[A-Z0-9]+(?:[-_][A-Z0-9]+)*";

/** What turns the figure before it into an amount, a quantity, a day or an address. */
const UNIT =
  /^\s?(?:円|千円|万|[千億]|個(?!人)|点|枚|つ|着|冊|箱|袋|本(?!当|人|件|日|店|社)|台|足|組|回|度|週|分(?!の|を|も|は|について|$)|セット|%|年|ヶ?月|日(?!本)|時|号室|番地|丁目|番目|歳|頃|ごろ|YEN|JPY|USD|DOLLARS?|PIECES?|ITEMS?|PCS|UNITS?|DAYS?|WEEKS?|MONTHS?|HOURS?|TIMES|:\d|\.\d)/;
const MEASURE =
  /^\s?(?:(?:ミリ|センチ|キロ)?(?:メートル|グラム|リットル)|ミリ|センチ|キロ|インチ|ダース|ドル|ユーロ|ウォン|ワット|ポイント(?=[をも分])|POINTS?(?![A-Z])|PEOPLE|PERSONS?|GUESTS?|(?:METERS?|METRES?|GRAMS?|LIT(?:ER|RE)S?|INCH(?:ES)?|[CMK]M|KG|ML)(?![A-Z]))/;
/** Without a blank; behind one such a word may begin a sentence: 「注文678 瓶が割れていた」. */
const COUNTER =
  /^(?:ポイント|ころ|(?:[名人匹頭粒束株缶瓶杯錠畳])(?=[分様前用がをはもので、。\s]|$))/;
const POSTAL_TAIL = /^\s{0,2}(?:東京都|北海道|(?:京都|大阪)府|\p{Script=Han}{2,3}県)/u;
/** `090 1234 5678`, `1234 5678 9012`. */
const MORE_GROUPS = /^ \d{3,4} \d{4}(?!\d)/;

/** Things with a number of their own; what is told of them is not far from it. */
const THING =
  "SKU|ITEM|UNIT|FLOOR|REQUEST|RE?SPONSE|SUBMISSION|ENTRY|MESSAGE|INQUIRY|ENQUIRY|TRACKING|PARCEL|SHIPMENT|TICKET|チケット|内線|CASE|ROOM|APT|SUITE|CARD|ACCOUNT|INVOICE|FAX|TEL|PHONE|MOBILE|MODEL|MEMBER(?:SHIP)?|CUSTOMER|PRODUCT|STYLE|COLOU?R|SIZE|CATALOG(?:UE)?|COUPON|(?<![A-Z])(?:ZIP|POSTAL|BANK|BRANCH|PAGE|VER|LOT|SERIAL)|商品|製品|品番|型番|型式|カタログ|会員|受付|回答|投稿|送信|応募|予約|伝票|追跡|送り状|問い?合わ?せ|口座|記号|銀行|支店|普通|当座|名義|電話(?!で|にて|し[たて]|を?いた)|携帯|郵便|〒|整理|管理|登録|請求書|領収書|見積|カード|下4桁|顧客|お客様|クーポン|ロット|シリアル|製造|保証書|ビル|マンション|[都道府県市区町村]|\\d-\\d{1,4}";
/** The same, but so common in orders and complaints that the number must be right behind. */
const COMMON_THING =
  "(?:色|カラー|サイズ)(?:番号)? ?[:はが]|(?:レシート|部屋|号室|ロッカー|インスタ(?:グラム)?|ツイッター|(?:ハッシュ)?タグ|バーコード|(?:車|バイク)の?ナンバー|(?<![A-Z])(?:ISBN|ISSN|ASIN|HOUSE|FLAT|BOX|DOOR|BUILDING|LOCKER|GATE|SEAT|TABLE|FLIGHT|RECEIPT|LICEN[CS]E|PLATE|PASSPORT|VISA|MASTERCARD|AMEX|JCB|INSTAGRAM|TWITTER|(?:HASH)?TAG|BARCODE|(?:ENDING|ENDS)(?: IN| WITH)?))(?:の?番号| ?NUMBER| ?NO)?";
/** Words that make `#123` or `No.123` after them something else. */
export const OTHER_NUMBER = new RegExp(
  `(?:${THING})[^、。\\n]{0,12}$|(?:${COMMON_THING})[ :.はがも]{0,3}(?:IS )?$`,
);

/**
 * Shapes no look-alike has: makeshop (P + 18 digits), Rakuten (shop-date-number), Amazon (3-7-7) and
 * Smartpay (order_test_…).
 */
export const SELF_EVIDENT =
  /(?<![A-Z0-9_-])(?:P\d{18}|\d{6}-20\d{6}-\d{8,10}|\d{3}-\d{7}-\d{7}|ORDER_(?:TEST_|LIVE_)?[A-Z0-9]{16,40})(?![A-Z0-9_-])/g;
export const SELF_EVIDENT_WHOLE = new RegExp(`^${SELF_EVIDENT.source}$`);

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
  /^[A-Z]{2}\d{9}[A-Z]{2}$/, // international parcel (UPU S10)
  /^4[59]\d{11}$/, // JAN bar code
  /^97[89]\d{10}$|^97[89](?:-\d+){3,4}$/, // ISBN
  /^[0-]+$/, // what a form shows or somebody writes for want of a number
  /^(?:SKU|JAN|ISBN|TEL|FAX)[-_]?\d/,
  /^(?:IMG|DSC[A-Z]?|PXL|MVI|DCIM|SCAN|PHOTO|SCREENSHOT)[_-]?\d/, // file of a camera
  /^(?:PI|CH|PY|RE|CUS|SEQ|TXN|CS)_[A-Z0-9_]{8,}$/, // ids of Stripe
  /^\d+(?:PCS?|KG|G|ML|L|CM|MM|TH|ST|ND|RD|YEN|JPY|USD|AM|PM|DAYS?|X|%|P|PTS?|KM|OZ|LBS?|GB|MB|INCH)$/,
];

export function fold(text: string, marksAs: string): string {
  return legible(text)
    .replace(MARKS, marksAs)
    .replaceAll("，", "、")
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[’‘]/g, "'")
    .replace(/(?<![A-Z])NO(?=\d)/g, "NO.")
    .replace(/[^\S\n]+/g, " ")
    .replace(/(?<=[A-Z0-9])[\u2010-\u2015\u2212ー](?=[A-Z0-9])/g, "-");
}

/** Stands where something was taken out: no cue reaches over it. */
const GONE = "\u2016";

/** The text with such a match taken out, every place kept. */
export function without(text: string, shape: RegExp): string {
  return text.replace(shape, (match) => GONE.repeat(match.length));
}

const ADDRESSES: readonly RegExp[] = [
  /\[R-\d{1,9}\]/g, // our own ticket
  /(?<![A-Z])(?:HTTPS?:\/\/|WWW\.)[^\s、。「」()<>]+/g,
  /(?<![A-Z0-9._%+-])[A-Z0-9._%+-]{1,64}@[A-Z0-9.-]{1,255}/g,
  /\+\d{1,3}[ -]?(?:\(0\) ?)?\d{1,4}[ -]\d{2,4}[ -]?\d{3,4}(?!\d)/g,
  /(?<![\d-])\(?0\d{1,4}[) .-]{1,2}\d{1,4}[ .-]\d{3,4}(?![\d-])/g,
  /(?<![\dA-Z-])\d{4}[ -]\d{4}[ -]\d{4}(?:[ -]\d{1,4})?(?![\dA-Z-])/g,
];

/** Web and mail addresses, phones and card numbers hold figures of their own. */
export function withoutAddresses(folded: string): string {
  return ADDRESSES.reduce(without, folded);
}

/** `20241018`: a day of the calendar, which many write beside an order. */
export function isDate(token: string): boolean {
  return /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/.test(token);
}

/** A shape that needs no word for "number" beside it: `注文 A4サイズ` and `order 2 shirts` have none. */
export function isPlain(token: string): boolean {
  if (isDate(token)) return false;
  // `Order ID-40087` has its label's last word in the token.
  if (/^(?:ID|NO|NR|NUM|NUMBER|REF)[-_]/.test(token)) return false;
  if (/^\d{3,}(?:-\d+)?$|^\d{1,8}-\d{3,}$|^[A-Z]{1,6}[-_/]?\d{3,}(?:-\d+)*$/.test(token)) {
    return true;
  }
  // 2026-W-0214, TX-9E41C7, 00507-K: in groups, one of them long enough; not A4-2 or 2-3.
  return /^[A-Z0-9]{1,8}(?:[-_/][A-Z0-9]{1,12}){1,3}$/.test(token) && /\d[A-Z]?\d{2}/.test(token);
}

/**
 * Letters and figures together, or figures in groups, as only numbers of orders, things and coupons
 * are written: `MK/26-00417`, `2026-W-0214`, `78-3391`, `7HX-2290`, `00507-K`.
 */
export function isCode(token: string): boolean {
  if (isDate(token) || !isOrderNumber(token)) return false;
  if (/^(?:ID|NO|NR|NUM|NUMBER|REF|RE|PI|CH)[-_]/.test(token)) return false;
  if ((token.match(/\d/g)?.length ?? 0) < 3 || token.length > 24) return false;
  return /[-_/]/.test(token) || /^[A-Z]{1,4}\d{4,}$/.test(token);
}

/** Two numbers of one shop: same letters before, about as many digits. */
export function isAlike(a: string, b: string): boolean {
  const shape = (token: string) => token.replace(/\d+$/, "");
  return shape(a) === shape(b) && Math.abs(a.length - b.length) <= 1;
}

export function isOrderNumber(token: string): boolean {
  if (token.length > 40 || !/\d/.test(token)) return false;
  return (
    !isCardNumber(token.replaceAll("-", "")) && !LOOK_ALIKES.some((shape) => shape.test(token))
  );
}

/** 26/1105/003, 2026/0412: groups set apart by strokes; not a day, nor 1187/1188, which are two. */
export function isStroked(value: string): boolean {
  if (!/^[A-Z0-9]{1,10}(?:[-/_][A-Z0-9]{1,12}){1,4}$/.test(value) || !value.includes("/"))
    return false;
  if ((value.match(/\d/g)?.length ?? 0) < 4) return false;
  const groups = value.split("/");
  if (/^\d{1,4}\/\d{1,2}(?:\/\d{1,4})?$/.test(value)) return false;
  const isList = groups.every((one) => isAlike(groups[0] ?? "", one));
  return !isList || /^20\d\d\/0\d{3}$/.test(value);
}

/** Not the rest of a sum, a decimal, a day or an address. */
export function isLed(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 6), start);
  return !/[¥$€£+]\s?$|\d[./]$|[A-Z0-9]@$|[\p{N}\p{M}]$/u.test(before);
}

/** Whether what follows the token leaves it an order number. */
export function isFree(text: string, start: number, end: number): boolean {
  const after = text.slice(end, end + 16);
  const token = text.slice(start, end);
  // A figure of another script or one with a mark on it, which no rule here has read.
  if (/^[\p{N}\p{M}]/u.test(after)) return false;
  if ([UNIT, MEASURE, COUNTER, MORE_GROUPS].some((other) => other.test(after))) return false;
  if (/^(?:[A-Z0-9@]|\.[A-Z])/.test(after)) return false;
  if (/^\d{7}$/.test(token) && POSTAL_TAIL.test(after)) return false;
  // "3. お名前" below an empty field is the next question.
  const isItem = /^\d{1,2}$/.test(token) && /^[.)]/.test(after);
  if (isItem && /\n\s*$/.test(text.slice(Math.max(0, start - 4), start))) return false;
  const grouped = /^[,/](\d+)/.exec(after);
  // 2026/0412 is one number or a day, never two.
  if (/^20\d\d$/.test(token) && /^\/0/.test(after)) return false;
  // 727,728 and 1187/1188 are lists, 2,467 is an amount and 10/18 a day.
  return grouped === null || (token.length >= 3 && grouped[1]?.length === token.length);
}

// How mail clients announce what they quote. Every pattern must match the whole line: a line that
// says anything more was written by a person and belongs to the answer.

export const MARKER_JA = "返信はこの線より上にお書きください";
export const MARKER_EN = "Please write your answer above this line";

/** Signs that stay as they are, and single blanks between them. */
const IS_VISIBLE = /^(?:[!-~ぁ-ゖァ-ヺー一-\u9fff、-〃「-】]+(?: (?! |$)|$))*$/;

/** A line as the patterns expect it: NFKC, one blank between words, nothing invisible. */
export function visible(line: string): string {
  if (IS_VISIBLE.test(line)) return line;
  return line
    .replace(/[\u200B-\u200F\u2060\uFEFF]/g, "")
    .normalize("NFKC")
    .replace(/\s+/g, " ")
    .trim();
}

export function isQuoted(line: string): boolean {
  // 「＞＜」 and 「>_<」 are faces.
  return /^[\s\uFEFF]*[>＞](?![_.‹＜<])/.test(line);
}

const WEEKDAY_JA = "(?: ?\\([月火水木金土日](?:曜日?)?\\))?";
const NUMERIC = "\\d{4}[/.-]\\d{1,2}[/.-]\\d{1,2}";
const DATE = `(?:\\d{4}年\\d{1,2}月\\d{1,2}日|${NUMERIC})${WEEKDAY_JA}`;
const TIME = "(?:午前|午後)? ?\\d{1,2}[:時]\\d{2}(?::\\d{2}|分)?(?: ?[AP]M)?";
const ZONE = "(?: \\(?(?:[+-]\\d{4}|[A-Z]{3,4})\\)?){0,2}";
const DATE_EN = `(?:[A-Z][a-z]{2,8}\\.? \\d{1,2}, \\d{4}|\\d{1,2} [A-Z][a-z]{2,8}\\.? \\d{4}|\\d{1,2}[/.]\\d{1,2}[/.]\\d{2,4}|${NUMERIC})`;
const WHEN_EN = `(?:[A-Z][a-z]{2,8},? )?${DATE_EN},?(?: at)? ${TIME}${ZONE}`;
const NAME = ".{1,200}?";
const ADDRESS = "<? ?[^\\s<>]{1,120}@[^\\s<>]{1,120}>?";

const ATTRIBUTIONS: readonly RegExp[] = [
  // Gmail ja; long ones wrap after "<".
  new RegExp(`^${DATE} ${TIME} (?:${NAME} ?)?${ADDRESS}:$`),
  // Gmail ja before 2012, Evolution (「の 11:31 +0100 に」), Roundcube.
  new RegExp(`^${DATE}(?: の)? ${TIME}${ZONE} ?に ?${NAME} ?さん(?:は|が)書きました:$`),
  // iPhone, Apple Mail, Spark.
  new RegExp(`^${DATE} ${TIME}${ZONE} ?、 ?${NAME} ?の(?:メール|メッセージ):$`),
  // Gmail en, Apple Mail en, Thunderbird, Becky! (two lines).
  new RegExp(`^On ${WHEN_EN},? ${NAME} ?wrote:$`),
  // Thunderbird ja, older.
  new RegExp(`^\\(${DATE} ${TIME}\\),? ${NAME} wrote:$`),
  new RegExp(`^${NAME} ?${ADDRESS} ?wrote:$`),
];
/** 秀丸メール and others without a date; a person may write this line, so a marked quote has to follow. */
const UNDATED = new RegExp(`^${NAME} ?さん(?:は|が)書きました:$`);
const MAY_WRAP = /^(?:On |\(?\d{4}[年/.-])/;

const ORIGINAL_MESSAGE =
  /^[-=*_]{2,} ?(?:Original Message|Original E?-?mail|元のメッセージ|元のメール|オリジナルメッセージ) ?[-=*_]{2,}$/i;
const FORWARD =
  /^(?:[-=*_]{2,} ?(?:Forwarded message|Forwarded by .{1,100}|転送(?:された)?(?:メッセージ|メール)) ?[-=*_]{2,}|Begin forwarded message:|転送された(?:メッセージ|メール):)$/i;
/** Bold survives as asterisks in the text that some clients make of their HTML. */
const FIELD =
  /^\*?(差出人|送信者|送信元|送信日時|日時|日付|宛先|件名|重要度|From|Sent|Date|To|Cc|Bcc|Subject|Importance|Reply-To)\*?(?: ?:|(?= "))/i;
const HEADER_LINES_MAX = 10;

/** Every pattern here wants one of these; asked first, for every line of every mail. */
const MAY_ANNOUNCE = /[:："＂]|[-=*_＝＊＿－]{2}|^\s*(?:On\s|[(（]?[\d０-９]{4})/i;

export function isForward(line: string): boolean {
  return MAY_ANNOUNCE.test(line) && FORWARD.test(visible(line));
}

/** The run of lines from `at` up to a blank or quoted one, as far as a header can be long. */
function block(lines: readonly string[], at: number, most = HEADER_LINES_MAX): string[] {
  const run: string[] = [];
  for (const line of lines.slice(at, at + most)) {
    const text = isQuoted(line) ? "" : visible(line);
    if (text === "") break;
    run.push(text);
  }
  return run;
}

export function attributionLength(lines: readonly string[], at: number): number {
  const line = lines[at] ?? "";
  return MAY_ANNOUNCE.test(line) ? attributionFrom(lines, at, visible(line)) : 0;
}

/** @param first the line at `at` as the patterns expect it */
function attributionFrom(lines: readonly string[], at: number, first: string): number {
  const wraps = MAY_WRAP.test(first);
  if (!wraps && !first.endsWith(":")) return 0;
  const run = block(lines, at, 3);
  for (let length = 1; length <= (wraps ? run.length : 1); length += 1) {
    const parts = run.slice(0, length);
    // Japanese is wrapped without a blank, English with one.
    const joined = [parts.join(" "), parts.join("")];
    // Each of them ends so; asked first, because the patterns take their time over hostile lines.
    const isLikely = (text: string) => text.length <= 500 && text.endsWith(":");
    if (joined.some((text) => isLikely(text) && ATTRIBUTIONS.some((a) => a.test(text)))) {
      return length;
    }
  }
  const next = lines.slice(at + 1).find((line) => visible(line) !== "") ?? "";
  return first.length <= 100 && UNDATED.test(first) && isQuoted(next) ? 1 : 0;
}

/** 差出人/送信日時/宛先/件名: a block starts with one of them and names at least three. */
function fieldBlockLength(lines: readonly string[], at: number, first: string): number {
  // Every program begins with the sender; 「件名: 返品後」 alone may be anybody's note.
  if (!/^\*?(?:差出人|送信者|送信元|From)\*?/i.test(first) || !FIELD.test(first)) return 0;
  const run = block(lines, at);
  const names = new Set(run.map((line) => FIELD.exec(line)?.[1]?.toLowerCase()));
  names.delete(undefined);
  // Our own mail, or at least somebody's address: 「差出人: 待つ」 is a person's joke or warning.
  const isOfMail = run.some((line) => /@|\[R-\d+\]/.test(line));
  return names.size >= 3 && isOfMail ? run.length : 0;
}

/**
 * How many lines at this place announce a quote, other than our marker: the header above it, or the
 * words for a forwarded mail and its header.
 */
export function announcementLength(lines: readonly string[], at: number): number {
  const line = lines[at] ?? "";
  if (!MAY_ANNOUNCE.test(line)) return 0;
  const first = visible(line);
  if (!FORWARD.test(first)) return headerFrom(lines, at, first);
  // Its header may begin after a blank line: 「Begin forwarded message:」.
  const start = lines[at + 1]?.trim() === "" ? at + 2 : at + 1;
  return start - at + quoteHeaderLength(lines, start);
}

/** The length of the header that stands above a quote at this line; 0 where there is none. */
export function quoteHeaderLength(lines: readonly string[], at: number): number {
  const line = lines[at] ?? "";
  return MAY_ANNOUNCE.test(line) ? headerFrom(lines, at, visible(line)) : 0;
}

function headerFrom(lines: readonly string[], at: number, first: string): number {
  if (ORIGINAL_MESSAGE.test(first)) {
    const fields = block(lines, at + 1);
    return 1 + (FIELD.test(fields[0] ?? "") ? fields.length : 0);
  }
  return attributionFrom(lines, at, first) || fieldBlockLength(lines, at, first);
}

/** Blanks, quote marks and ornaments may be anywhere in a marker a client has wrapped. */
function bare(line: string): string {
  return visible(line)
    .replace(/^[\s>]+/, "")
    .replace(/[\s#*_=|<>―—–-]+/g, "")
    .toLowerCase();
}

const MARKERS = [MARKER_JA, MARKER_EN].map(bare);

/** A piece of each marker that is rare in other texts, with what may be anywhere in it. */
const ANYWHERE = "[\\s#*_=|<>―—–\u200b-\u200f\u2060-]*";
const SIGN_OF_MARKER = new RegExp(`線|${[..."vethis"].join(ANYWHERE)}`, "i");

/** Whether our marker line is part of this text, also where it is wrapped. */
export function holdsMarker(text: string): boolean {
  if (!SIGN_OF_MARKER.test(text.normalize("NFKC"))) return false;
  const plain = bare(text);
  return MARKERS.some((marker) => plain.includes(marker));
}

export interface Marker {
  readonly length: number;
  /** Something else stands on the same lines. */
  readonly crowded: boolean;
}

/** Our marker line at this line, also where it is wrapped over up to three. */
export function markerAt(lines: readonly string[], at: number): Marker | null {
  // Asked for every line of every mail; both markers begin with one of these.
  if (!/[返pｐ]/iu.test(lines[at] ?? "")) return null;
  const own = lines.slice(at, at + 3).map(bare);
  if (own[0] === "" || own[0] === undefined) return null;
  for (let length = 1; length <= own.length; length += 1) {
    const text = own.slice(0, length).join("");
    if (MARKERS.every((marker) => !text.includes(marker))) continue;
    const later = own.slice(1, length).join("");
    if (MARKERS.some((marker) => later.includes(marker))) return null;
    return {
      length,
      crowded: MARKERS.reduce((rest, marker) => rest.replace(marker, ""), text) !== "",
    };
  }
  return null;
}

// One reader for every form that writes "label, value": a table of synonyms (label-words.ts) says what
// a label means, a short list of layouts says how a line sets label and value apart. A new product is
// a new synonym or a new layout, never a parser of its own.

import { kindOfLabel, type LabelKind } from "./label-words.ts";

export type { LabelKind } from "./label-words.ts";

interface Line {
  readonly kind: LabelKind | null;
  readonly label: string;
  readonly value: string;
  /** Known as a whole, not by a word in it. */
  readonly isKnown: boolean;
}

interface Layout {
  readonly line: RegExp;
  /** Only labels stand so: a word in one is enough, and one that is not known is a label still. */
  readonly telling?: true;
  /** A sentence may look the same: 「メール　ありがとうございます」. */
  readonly doubtful?: true;
  /** The only kinds that may stand so. */
  readonly kinds?: readonly LabelKind[];
}

/** The mark of a field that must be filled, and the head of a table: no values. */
const NO_VALUE = /^(?:[*＊※]+|value|values|answer|response|値|入力値|回答|内容)$/i;

function isPlausible(kind: LabelKind, value: string): boolean {
  if (value === "") return true;
  if (kind === "email") return /[@＠]/.test(value);
  if (kind === "name") return value.length <= 40 && !isSentence(value);
  const isNumber = ["phone", "postal", "orderNumber", "amount"].includes(kind);
  return !isNumber || /\p{Nd}/u.test(value);
}

const MARK = "^[\\s　]*[■□▼▽◆◇●○・※*•-]?[\\s　]*";

const LAYOUTS: readonly Layout[] = [
  // [ お名前 ] 田中 · 【お名前】
  {
    line: new RegExp(
      `${MARK}[[［【〔<＜〈《]([^\\]］】〕>＞〉》]{1,60})[\\]］】〕>＞〉》][\\s　]*[:：]?(.*)$`,
    ),
    telling: true,
  },
  // ---- メッセージ ----
  { line: /^[\s　]*[-=─━＝]{2,}[\s　]*([^-=─━＝]{1,40}?)[\s　]*[-=─━＝]{2,}[\s　]*()$/ },
  // お名前: 田中 · KEY = VALUE; not https://
  {
    line: new RegExp(`${MARK}([^:：=＝。]{1,80}?)[\\s　]*(?:[:：](?!//)|[=＝])(.*)$`),
    telling: true,
  },
  // Two cells of a row: Your Name<tab>Taro Tanaka
  { line: new RegExp(`${MARK}([^\\t]{1,80}?)[ 　]*\\t\\s*(\\S.*)$`), telling: true },
  // 貴社名　　google
  { line: new RegExp(`${MARK}([^\\s　]{1,20})(?:　|  )[\\s　]*(\\S.*)$`), doubtful: true },
  // おなまえ 荒木 剛
  {
    line: new RegExp(`${MARK}([^\\s　]{2,16})\\s(\\S.*)$`),
    doubtful: true,
    kinds: ["name", "email", "phone", "topic"],
  },
  // ■ ご連絡先メール (the value on the next line)
  { line: /^[\s　]*[■□▼▽◆◇●○・][\s　]*([^\s　]{1,40})[\s　]*()$/, telling: true },
  // お名前 * (the value on the next line)
  { line: new RegExp(`${MARK}([^\\s　]{1,40})[\\s　]*[*＊※]?[\\s　]*()$`) },
];

/** 「注文したことがある方は注文番号」, 「あなたのお名前を教えてください」 alone on its line. */
const ENDS_AS =
  /(?:注文番号|受注番号|メールアドレス|電話番号|お名前|ご住所)(?:を?(?:教えて|ご?記入|ご?入力|お書き)(?:して)?(?:ください|下さい))?$/;

function readAs(layout: Layout, text: string): Line | null {
  const match = layout.line.exec(text);
  if (match === null) return null;
  const label = (match[1] ?? "").trim();
  const value = (match[2] ?? "").trim();
  const known = kindOfLabel(label, false);
  const isLabel = layout.telling === true || (value === "" && ENDS_AS.test(label));
  const kind = known ?? (isLabel ? kindOfLabel(label, true) : null);
  if (!isAllowed(layout, kind, label, value)) return null;
  return { kind, label, value: NO_VALUE.test(value) ? "" : value, isKnown: known !== null };
}

function isAllowed(layout: Layout, kind: LabelKind | null, label: string, value: string): boolean {
  if (kind === null) return layout.telling === true && label.length <= 16;
  if (layout.kinds !== undefined && !layout.kinds.includes(kind)) return false;
  return layout.doubtful !== true || isPlausible(kind, value);
}

function readLine(text: string): Line | null {
  for (const layout of LAYOUTS) {
    const line = readAs(layout, text);
    if (line !== null) return line;
  }
  return null;
}

/** Whether a customer's text begins below this line. */
export function isMessageHead(line: string): boolean {
  const read = readLine(line);
  return read?.kind === "message" && read.isKnown && read.value === "";
}

export interface Entry {
  readonly kind: LabelKind | null;
  /** As written, without decoration or separator. */
  readonly label: string;
  readonly lines: readonly string[];
}

export interface LabelledText {
  readonly entries: readonly Entry[];
  /** From the message label on; null where there is no such label. */
  readonly message: string | null;
  /** Lines that belong to no label. */
  readonly rest: string;
}

/** Longer values are nobody's name or address and would only cost time. */
const VALUE_LENGTH_MAX = 300;

interface Open {
  readonly kind: LabelKind | null;
  readonly label: string;
  readonly lines: string[];
}

/** The lines after the first that still belong to a value; all others are the customer's own. */
const GOES_ON: Partial<Record<LabelKind, (line: string) => boolean>> = {
  // 差出人: 田中太郎<newline>taro@example.jp
  sender: (line) => /[@＠]/.test(line),
  address: (line) => /[\p{Nd}]|ビル|マンション|アパート|ハイツ|荘/u.test(line),
  orderNumber: (line) => /^[#＃\p{Nd}A-Z,、_-]*\p{Nd}[,、]?$/u.test(line),
};

/** A field left empty must not take the sentence below it for its value. */
function isSentence(line: string): boolean {
  return line.length > 60 || /[。！？!?]|です|ます|ました|ください|下さい/.test(line);
}

function takes(open: Open, text: string): boolean {
  const line = text.trim();
  if (open.kind === null || line === "" || isSentence(line)) return false;
  if (open.lines.length === 0) return isPlausible(open.kind, line);
  return open.lines.length < 10 && (GOES_ON[open.kind]?.(line) ?? false);
}

/** Whether a person's own fields stand before the message, so that labels after it are the text's. */
function isIdentified(entries: readonly Open[]): boolean {
  return entries.some(({ kind }) => kind === "sender" || kind === "name" || kind === "email");
}

interface Reading {
  readonly entries: Open[];
  readonly rest: string[];
  message: string[] | null;
  /** Labels after the message label are the customer's text. */
  isClosed: boolean;
  open: Open | null;
}

function readPlain(reading: Reading, line: string): void {
  const { open } = reading;
  if (open !== null && takes(open, line)) open.lines.push(line.trim());
  else if (reading.message !== null) reading.message.push(line);
  else {
    // A blank line ends a value that has begun; before it, the value may still come.
    if (line.trim() !== "" || open?.lines.length !== 0) reading.open = null;
    reading.rest.push(line);
  }
}

/** A word is not enough before the person's own fields: "I have one more message: …". */
function isMessageLabel(reading: Reading, { kind, isKnown }: Line): boolean {
  if (kind !== "message" || reading.message !== null) return false;
  return isKnown || isIdentified(reading.entries);
}

function takeLine(reading: Reading, text: string): void {
  const line = readLine(text);
  if (line === null) {
    readPlain(reading, text);
  } else if (isMessageLabel(reading, line)) {
    reading.message = line.value === "" ? [] : [line.value];
    // Some forms put the message first; there the labels after it are the form's.
    reading.isClosed = isIdentified(reading.entries);
    reading.open = null;
  } else if (line.kind === null || line.kind === "other" || line.kind === "message") {
    // Ends the value before it, and may itself be the customer's own words.
    reading.open = null;
    readPlain(reading, text);
  } else {
    reading.open = {
      kind: line.kind,
      label: line.label,
      lines: line.value === "" ? [] : [line.value.slice(0, VALUE_LENGTH_MAX)],
    };
    reading.entries.push(reading.open);
    // 「注文番号: 678 をキャンセルしてください」 is the customer's own words as well.
    if (isSentence(line.value)) (reading.message ?? reading.rest).push(text);
  }
}

/** Forms that write Markdown set their labels in bold. */
function withoutMarkup(line: string): string {
  return line.replace(/^([\s>-]*)\*\*([^*]{1,80})\*\*/, "$1$2");
}

/** Reads a notification. Labels after the message label are the customer's text. */
export function readLabels(text: string): LabelledText {
  const reading: Reading = {
    entries: [],
    rest: [],
    message: null,
    isClosed: false,
    open: null,
  };
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (reading.isClosed) reading.message?.push(line);
    else takeLine(reading, withoutMarkup(line));
  }
  return {
    entries: reading.entries,
    message: reading.message === null ? null : reading.message.join("\n").trim(),
    rest: reading.rest.join("\n").trim(),
  };
}

// The words of a mail as every rule of intake gets them: legible, and in lines and amounts that people
// write. Rules that look for a blank or a sign take their time over a line of 50,000 of them, so such
// lines are cut once, here.

import { legible } from "../legible.ts";
import type { MailMessage } from "../mail-message.ts";
import { remembering } from "../remembering.ts";
import type { IntakeContext } from "./intake-context.ts";

/** No customer writes more; what is longer is a machine's and would only cost time. */
const LENGTH_MAX = 60_000;
const SUBJECT_LENGTH_MAX = 1_000;
/** Longer than a person's paragraph. */
const LINE_LENGTH_MAX = 1_000;
const BLANK_LINES_MAX = 20;
/** Nobody sets words farther apart. */
const BLANKS_MAX = 40;
const BLANKS = new RegExp(`([^\\S\\n]{${BLANKS_MAX}})[^\\S\\n]+`, "g");

/** Where a long line may be broken: after a sentence or a word, for want of these after a 「、」. */
const BREAKS: readonly RegExp[] = [/[。．！？!?\s][^。．！？!?\s]*$/u, /、[^、]*$/u];

/** As much of a text as may be read; a number at the cut is left out, because its end is missing. */
function firstPart(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = text.slice(most - 100, most).search(/[^\s。、]*$/u);
  return text.slice(0, most - 100 + end);
}

function breakIn(head: string): number {
  const at = BREAKS.map((rule) => head.search(rule)).find((place) => place !== -1);
  return at === undefined ? 0 : at + 1;
}

/** A line as paragraphs; a run that nothing breaks is no writing and is left out. */
function shortLines(line: string): string[] {
  const found: string[] = [];
  let rest = line;
  while (rest.length > LINE_LENGTH_MAX) {
    const end = breakIn(rest.slice(0, LINE_LENGTH_MAX));
    if (end > 0) found.push(rest.slice(0, end));
    const next = rest.slice(LINE_LENGTH_MAX).search(/[。．！？!?、\s]/u);
    if (end > 0) rest = rest.slice(end);
    else rest = next === -1 ? "" : rest.slice(LINE_LENGTH_MAX + next);
  }
  return [...found, rest];
}

const inShortLines = remembering((text: string): string => {
  const lines: string[] = [];
  let blank = 0;
  for (const line of legible(text).split(/\r\n|\r|\n/)) {
    blank = line.trim() === "" ? blank + 1 : 0;
    if (blank > BLANK_LINES_MAX) continue;
    if (line.length <= BLANKS_MAX) lines.push(line);
    else lines.push(...shortLines(line.replace(BLANKS, "$1")));
  }
  return lines.join("\n");
});

/** Any text of a mail, before a rule is asked about it. */
export function readable(text: string): string {
  return inShortLines(firstPart(text, LENGTH_MAX));
}

/** What a mail says. Its HTML is given only where it has no text, or one that says nothing. */
export function bodyText({ text }: MailMessage, { htmlText }: IntakeContext): string {
  return readable(htmlText ?? text ?? "");
}

export function subjectText({ subject }: MailMessage): string {
  return legible(firstPart(subject, SUBJECT_LENGTH_MAX)).replace(BLANKS, "$1");
}

/** What mail programs set before a subject: Re:, AW:, Re[2]:, 転送： */
const PREFIX =
  /^\s*(?:(re|aw|sv|antw|返信)|(?:fwd?|wg|転送))\s{0,2}(?:[[(（]\d{1,3}[\])）])?\s{0,2}[:：]\s*/i;

export interface Prefixed {
  readonly answers: boolean;
  readonly forwards: boolean;
  /** The subject without what was set before it. */
  readonly bare: string;
}

/** What the words before a subject say that the mail is. */
export function prefixesOf(subject: string): Prefixed {
  let [answers, forwards, bare] = [false, false, subject];
  for (let match = PREFIX.exec(bare); match !== null; match = PREFIX.exec(bare)) {
    answers ||= match[1] !== undefined;
    forwards ||= match[1] === undefined;
    bare = bare.slice(match[0].length);
  }
  return { answers, forwards, bare };
}

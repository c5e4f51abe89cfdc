// The closed grammar of an answer to an approval request. The whole remaining text has to be made of
// these words; whatever else it says makes it ambiguous, because everything that is not clearly an
// approval is not an approval.

import type { RefundReason } from "../payment.ts";
import { type Answer, answerIn, isRejection, rejectionIn } from "./answers.ts";
import { hasReservation, isCourtesy, isNameLine, withoutCourtesies } from "./courtesies.ts";
import { COURTESY_EMOJI, deceptiveCharacters } from "./reply-characters.ts";

export type { Answer, MonthDay, RejectReason } from "./answers.ts";

/** The further lines of an answer; each null where absent. */
export interface FurtherLines {
  readonly refundReason: { readonly value: RefundReason; readonly text: string | null } | null;
  readonly note: string | null;
  readonly customerNote: string | null;
  readonly code: string | null;
}

export type Words = Answer & FurtherLines;

/**
 * Reads what a staff member wrote (reply-text.ts). `names` are the display names of the message's
 * own sender: a line with nothing else is how people sign.
 */
export function readWords(text: string, names: readonly string[] = []): Words {
  if (text.length > LENGTH_MAX) return { ...NO_LINES, kind: "ambiguous", reason: "too_long" };
  const deception = deceptiveCharacters(text);
  if (deception !== null) return { ...NO_LINES, kind: "ambiguous", reason: deception };
  const plain = text.normalize("NFKC");
  const { labels, rest, problem } = labelledLines(text.split(/[\n\r\u2028\u2029]+/));
  const sentences = rest.flatMap((line) => sentencesOf(line, names));
  const isRefusal = isRejection(sentences[0] ?? "");
  const { further, reason, problem: misuse } = furtherLines(labels, isRefusal);
  if (plain.includes("?")) return { ...further, kind: "ambiguous", reason: "question" };
  const fault = problem ?? misuse ?? hesitation(rest);
  if (fault !== null) return { ...further, kind: "ambiguous", reason: fault };
  if (isAskedOf(rest)) return { ...further, kind: "ambiguous", reason: "asks_somebody" };
  return { ...further, ...answerOf(sentences, reason) };
}

/** Whether two readings decide the same; notes for the shop itself may be wrapped differently. */
export function isSameAnswer(one: Words, other: Words): boolean {
  const said = (words: Words) => [
    decisive(words),
    words.refundReason?.value,
    words.customerNote?.replace(/\s/g, ""),
  ];
  return said(one).join("\n") === said(other).join("\n");
}

function decisive(answer: Answer): string {
  const { kind } = answer;
  switch (kind) {
    case "approve":
    case "received":
      return `${kind} ${answer.figure?.replace(/\s/g, "")}`;
    case "reject":
      return `${kind} ${answer.reason}`;
    case "hold":
    case "return":
      return `${kind} ${answer.date?.month}/${answer.date?.day}`;
    case "choose":
      return `${kind} ${answer.choice}`;
    case "done":
      return `${kind} ${answer.reference}`;
    case "ask":
    case "stop":
    case "ambiguous":
      return kind;
  }
}

const LENGTH_MAX = 5_000;
const NO_LINES: FurtherLines = { refundReason: null, note: null, customerNote: null, code: null };

/** Each of them is a colon after NFKC. */
const COLON = /[:：﹕︓]/;

type Label = "reason" | "note" | "customer" | "code";
const LABELS: readonly (readonly [Label, RegExp])[] = [
  ["reason", /^(?:理由|reason)\s*:\s*(.*)$/i],
  ["note", /^(?:メモ|note|memo)\s*:\s*(.*)$/i],
  ["customer", /^(?:お客様へ|customer)\s*:\s*(.*)$/i],
  ["code", /^(?:コード|code)\s*:\s*(.*)$/i],
];

interface LabelledLines {
  readonly labels: ReadonlyMap<Label, string>;
  readonly rest: readonly string[];
  readonly problem: string | null;
}

function labelledLines(lines: readonly string[]): LabelledLines {
  const labels = new Map<Label, string>();
  const rest: string[] = [];
  let problem: string | null = null;
  for (const raw of lines) {
    const line = raw.normalize("NFKC").trim();
    const found = LABELS.find(([, pattern]) => pattern.test(line));
    if (found === undefined) {
      if (line !== "") rest.push(line);
      continue;
    }
    const [label, pattern] = found;
    // A sentence for a person keeps its full-width signs.
    const isProse = label === "note" || label === "customer";
    const value = (isProse ? raw.slice(raw.search(COLON) + 1) : line.replace(pattern, "$1")).trim();
    if (labels.has(label) && labels.get(label) !== value) problem = `two_${label}_lines`;
    if (value !== "") labels.set(label, value);
  }
  return { labels, rest, problem };
}

const REFUND_REASONS: readonly (readonly [RegExp, RefundReason])[] = [
  [/^(?:重複|duplicate)$/i, "duplicate"],
  // Stripe acts on this one, so no paraphrase of it is enough.
  [/^(?:不正|fraudulent)$/i, "fraudulent"],
  [/^(?:お客様都合|requested[_ ]by[_ ]customer|customer)$/i, "requested_by_customer"],
  [/^(?:その他|other)(?:[\s:、,]+(.+))?$/i, "other"],
];

interface Further {
  readonly further: FurtherLines;
  /** The reason line of a rejection, which is free text. */
  readonly reason: string | null;
  readonly problem: string | null;
}

function furtherLines(labels: ReadonlyMap<Label, string>, isRefusal: boolean): Further {
  const note = labels.get("note") ?? null;
  const code = labels.get("code") ?? null;
  const reason = labels.get("reason") ?? null;
  const known = REFUND_REASONS.find(([pattern]) => reason !== null && pattern.test(reason));
  const isCode = code === null || /^[A-Za-z0-9-]{1,64}$/.test(code);
  const further = {
    note,
    customerNote: labels.get("customer") ?? null,
    code: isCode ? code : null,
    refundReason:
      known === undefined || isRefusal
        ? null
        : { value: known[1], text: known[0].exec(reason ?? "")?.[1] ?? null },
  };
  return { further, reason, problem: labelProblem() };

  function labelProblem(): string | null {
    if (!isCode) return "unreadable_code";
    // "OK" and the note "wait until it is back" do not agree.
    const written = [note, labels.get("customer"), isRefusal ? null : reason];
    const prose = written
      .filter((text) => text != null)
      .join("\n")
      .normalize("NFKC");
    if (hasReservation(prose)) return "condition";
    return reason !== null && known === undefined && !isRefusal ? "unknown_reason" : null;
  }
}

/** 「佐藤様」, 「承認」, 「お願いします」 on lines of their own: said to somebody else. */
function isAskedOf(lines: readonly string[]): boolean {
  const isBare = lines.some((line) => /(?:^|[、,\s])(?:承認|approve)[。.!]*$/i.test(line));
  const asks = lines.some((line) => /お願い|please/i.test(line));
  return (
    isBare && asks && lines.some((line) => /[^。、]様[、,]?$|^(?:hi|dear|hello) \S+/i.test(line))
  );
}

/** "OK..." and 「OK…」 trail off. */
function hesitation(lines: readonly string[]): string | null {
  return lines.some((line) => /[。.]{2,}/.test(line)) ? "hesitation" : null;
}

const FRINGE = new RegExp(`^(?:${COURTESY_EMOJI}|\\s)+|(?:${COURTESY_EMOJI}|[\\s。.!])+$`, "gu");

/** What a line says beside courtesies, names and emoji, sentence by sentence. */
function sentencesOf(line: string, names: readonly string[]): string[] {
  return line
    .split(/[。!]+|\.(?=\s|$)/)
    .map((part) => part.replace(FRINGE, ""))
    .filter((part) => part !== "" && !isAside(part, names))
    .map(withoutRequest);
}

/** 「承認 お願いします」 may ask somebody else to approve; what is asked for has to stay in sight. */
function withoutRequest(sentence: string): string {
  const bare = withoutCourtesies(sentence);
  const isAsked = /お願い|please/i.test(sentence) && /^(?:承認|approve)$/i.test(bare);
  return isAsked ? sentence : bare;
}

/** Whether a line holds nothing but courtesies and names. */
export function readAside(line: string, names: readonly string[]): boolean {
  return sentencesOf(line, names).length === 0;
}

function isAside(sentence: string, names: readonly string[]): boolean {
  if (answerIn(sentence) !== null) return false;
  return isCourtesy(sentence) || isNameLine(sentence, names);
}

function answerOf(sentences: readonly string[], reason: string | null): Answer {
  const [first, ...others] = sentences;
  if (first === undefined) return { kind: "ambiguous", reason: "no_answer" };
  if (isRejection(first)) return rejectionIn(first, others, reason);
  const answers = sentences.map(answerIn);
  const answer = answers[0];
  if (answers.length === 1 && answer) return answer;
  const isEachUnderstood = answers.every((one) => one !== null);
  return { kind: "ambiguous", reason: isEachUnderstood ? "two_answers" : "not_understood" };
}

// An answer, held against the request it answers: the same words mean nothing, one thing or another
// depending on what was asked.

import { parseFigure } from "../money.ts";
import type { RefundReason } from "../payment.ts";
import type { RefundAction } from "../ticket.ts";
import type { Answer, MonthDay, RejectReason, Words } from "./approval-words.ts";

export interface ProposalRequest {
  readonly kind: "proposal";
  readonly action: RefundAction;
  /** What a plain OK stands for; null where the customer named a part without a figure. */
  readonly proposedMinor: number | null;
  /** What is left of the payment. */
  readonly refundableMinor: number;
  readonly currency: string;
  /** Order, ticket and candidate numbers: an amount equal to one of them may be a slip. */
  readonly forbiddenNumbers: readonly string[];
}

export interface CandidatesRequest {
  readonly kind: "candidates";
  readonly numbers: readonly number[];
}

/** A manual transfer. Without `currency` it is in yen, as virtual accounts are. */
export interface TaskRequest {
  readonly kind: "task";
  readonly currency?: string;
  readonly forbiddenNumbers?: readonly string[];
}

/** How much was received; nothing at all is an answer, too. */
export interface DepositRequest {
  readonly kind: "deposit";
  readonly currency: string;
  readonly forbiddenNumbers: readonly string[];
}

/** null: what was asked is unknown, the words are read bare. */
export type Request = ProposalRequest | CandidatesRequest | DepositRequest | TaskRequest | null;

export interface Decision {
  readonly decision: Answer["kind"];
  /** Null for a plain OK, and for whatever has no amount. */
  readonly amountMinor: number | null;
  readonly reason: RefundReason | RejectReason | null;
  /** The text after 「その他」, or the free text of a rejection. */
  readonly reasonText: string | null;
  readonly note: string | null;
  readonly customerNote: string | null;
  readonly choice: number | null;
  readonly reference: string | null;
  /** Until when a hold or the wait for the goods lasts. */
  readonly until: MonthDay | null;
  readonly code: string | null;
  readonly ambiguity: string | null;
}

export function interpret(words: Words, request: Request): Decision {
  const reading = read(words, request);
  const ambiguity = typeof reading === "string" ? reading : null;
  const lines = {
    note: words.note,
    customerNote: words.customerNote,
    code: words.code,
    reason: words.refundReason?.value ?? null,
    reasonText: words.refundReason?.text ?? null,
  };
  if (typeof reading === "string") {
    return { ...NOTHING, ...lines, decision: "ambiguous", ambiguity };
  }
  return { ...NOTHING, ...lines, decision: words.kind, ...reading };
}

const NOTHING = {
  amountMinor: null,
  choice: null,
  reference: null,
  until: null,
  ambiguity: null,
} as const;

/** What the words add to the decision, or why they decide nothing. */
type Reading = Partial<Decision> | string;

function read(words: Words, request: Request): Reading {
  switch (words.kind) {
    case "approve":
      return readApproval(words.figure, request);
    case "reject":
      return { reason: words.reason, reasonText: words.text };
    case "hold":
    case "return":
      return { until: words.date };
    case "choose":
      return readChoice(words.choice, request);
    case "done":
      return isTask(request) ? { reference: words.reference } : "nothing_to_complete";
    case "received":
      return isTask(request) || request.kind === "deposit"
        ? readReceived(words.figure, request)
        : "nothing_to_receive";
    case "ask":
    case "stop":
      return {};
    case "ambiguous":
      return words.reason;
  }
}

function isTask(request: Request): request is TaskRequest | null {
  return request === null || request.kind === "task";
}

function readChoice(choice: number, request: Request): Reading {
  if (request !== null && request.kind !== "candidates") return "nothing_to_choose";
  // None of these: then the customer has to be asked.
  if (choice === 0) return { decision: "ask" };
  const isListed = request === null || request.numbers.includes(choice);
  return isListed ? { choice } : "no_such_candidate";
}

function readApproval(figure: string | null, request: Request): Reading {
  if (request === null) return figure === null ? {} : readBare(figure);
  if (request.kind === "candidates") return "approval_of_candidates";
  if (request.kind === "task") return "approval_of_a_task";
  if (request.kind === "deposit") return "approval_of_a_deposit";
  return figure === null ? readPlain(request) : readFigure(figure, request);
}

function isPayable(minor: number, { refundableMinor }: ProposalRequest): boolean {
  return minor > 0 && minor <= refundableMinor;
}

function readPlain(request: ProposalRequest): Reading {
  if (request.proposedMinor === null) return "no_proposal";
  // A void has nothing captured to measure against.
  const isRight = request.action === "void" || isPayable(request.proposedMinor, request);
  return isRight ? {} : "amount_out_of_range";
}

function readFigure(figure: string, request: ProposalRequest): Reading {
  const amountMinor = amountOf(figure, request.currency);
  if (amountMinor === null) return "unreadable_amount";
  if (equalsOneOf(figure, request.forbiddenNumbers)) return "amount_equals_a_number";
  if (request.action === "void") {
    return amountMinor === request.proposedMinor ? { amountMinor } : "amount_on_a_void";
  }
  return isPayable(amountMinor, request) ? { amountMinor } : "amount_out_of_range";
}

function readReceived(figure: string, request: DepositRequest | TaskRequest | null): Reading {
  if (request === null) return readBare(figure);
  const amountMinor = amountOf(figure, request.currency ?? "JPY");
  if (amountMinor === null) return "unreadable_amount";
  if (amountMinor === 0 && request.kind === "task") return "amount_out_of_range";
  if (equalsOneOf(figure, request.forbiddenNumbers ?? [])) return "amount_equals_a_number";
  return { amountMinor };
}

/** Without a request the currency is the one written, else what the figure's shape allows. */
function readBare(figure: string): Reading {
  const { marks, number } = partsOf(figure);
  const currency = marks[0] ?? (number.includes(".") ? "USD" : "JPY");
  const amountMinor = amountOf(figure, currency);
  return amountMinor === null || amountMinor === 0 ? "unreadable_amount" : { amountMinor };
}

const MARKS: Readonly<Record<string, string>> = {
  "¥": "JPY",
  "\\": "JPY",
  円: "JPY",
  yen: "JPY",
  $: "USD",
  ドル: "USD",
  "€": "EUR",
  ユーロ: "EUR",
  "£": "GBP",
  ポンド: "GBP",
};

function partsOf(figure: string): { marks: string[]; number: string } {
  const match = /^(\D*)([\d,.]+)(\D*)$/.exec(figure.replace(/\s/g, ""));
  if (match === null) return { marks: [], number: "" };
  const marks = [match[1] ?? "", match[3] ?? ""].filter((mark) => mark !== "");
  return {
    marks: marks.map((mark) => MARKS[mark.toLowerCase()] ?? mark.toUpperCase()),
    number: match[2] ?? "",
  };
}

/** Null where the figure is none in this currency, or is marked with another. */
function amountOf(figure: string, currency: string): number | null {
  const { marks, number } = partsOf(figure);
  if (marks.some((mark) => mark !== currency.toUpperCase())) return null;
  return parseFigure(number, currency);
}

/** 679, #679, 00679 and the 679 of A-679 are the same number, whatever is written around it. */
function equalsOneOf(figure: string, numbers: readonly string[]): boolean {
  const value = Number(partsOf(figure).number.replaceAll(",", ""));
  return numbers.some((number) => {
    const runs = number.normalize("NFKC").match(/\d+/g) ?? [];
    return [...runs, runs.join("")].some((run) => run !== "" && Number(run) === value);
  });
}

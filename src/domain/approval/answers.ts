// The words of an answer, one table: what a sentence must be, completely, to mean something.

import { SECOND_THOUGHTS } from "./courtesies.ts";

export interface MonthDay {
  readonly month: number;
  readonly day: number;
}

/** A polite text for the customer exists for the first three; "other" stays internal. */
export type RejectReason = "expired" | "shipped" | "not_covered" | "other";

export type Answer =
  /** The figure as written, with its currency mark: `2000`, `2,000円`, `¥2000`, `20.00`. */
  | { readonly kind: "approve"; readonly figure: string | null }
  | {
      readonly kind: "reject";
      readonly reason: RejectReason | null;
      /** Free text; null where the reason says it all. */
      readonly text: string | null;
    }
  | { readonly kind: "hold" | "return"; readonly date: MonthDay | null }
  /** 0: none of the candidates. */
  | { readonly kind: "choose"; readonly choice: number }
  | { readonly kind: "ask" }
  | { readonly kind: "stop" }
  | { readonly kind: "done"; readonly reference: string }
  | { readonly kind: "received"; readonly figure: string }
  | { readonly kind: "ambiguous"; readonly reason: string };

const REQUEST = "(?:よろしく|宜しく)?お願い(?:します|いたします|致します)";
/** です, でお願いします: after a word that is a noun. */
const AS_NOUN = `\\s?(?:です|で、?${REQUEST})`;
const NUMBER = "(?:[1-9]\\d{0,2}(?:,\\d{3})+|[1-9]\\d{0,8}|0)(?:\\.\\d{2})?";
/** NFKC makes ￥ of a full-width one; a backslash is how Shift_JIS writes it. */
const FIGURE = `(?:[¥\\\\$€£]\\s?|(?:JPY|USD|EUR|GBP)\\s?)?${NUMBER}(?:\\s?(?:円|yen|JPY|USD|EUR|GBP|ドル|ユーロ|ポンド))?`;
/** 「承認お願いします」 asks somebody else to approve, so it is not here. */
const APPROVAL = `(?:OK(?:${AS_NOUN}|${REQUEST})?|承認(?:します|いたします|致します|${AS_NOUN})?|approved?)`;
const REJECTION = `(?:(?:NG|却下)(?:します|いたします|致します|とします|${AS_NOUN})?|reject(?:ed)?)`;
const UNTIL = `(?:\\s*(?:until\\s)?(\\d{1,2})(?:/|月)(\\d{1,2})日?(?:\\s?まで)?)?(?:${AS_NOUN}|${REQUEST})?`;

type Row = readonly [RegExp, (match: RegExpExecArray) => Answer | null];

function row(pattern: string, build: (match: RegExpExecArray) => Answer | null): Row {
  return [new RegExp(`^(?:${pattern})$`, "iu"), build];
}

const ANSWERS: readonly Row[] = [
  row(APPROVAL, () => ({ kind: "approve", figure: null })),
  row(`${APPROVAL}\\s*(${FIGURE})(?:${AS_NOUN}|\\s?${REQUEST})?`, ([, figure = ""]) => ({
    kind: "approve",
    figure,
  })),
  row(REJECTION, () => ({ kind: "reject", reason: null, text: null })),
  row(`(?:保留(?:します|にします|とします)?|hold)${UNTIL}`, (match) => waiting("hold", match)),
  row(`(?:返品(?:待ち|まち)(?:にします|とします)?|(?:awaiting )?return)${UNTIL}`, (match) =>
    waiting("return", match),
  ),
  row(`(\\d)番?(?:${AS_NOUN}|を${REQUEST})?`, ([, digit]) => ({
    kind: "choose",
    choice: Number(digit),
  })),
  row(
    `(?:お客様(?:に|へ)(?:ご)?)?確認(?:してください|を?${REQUEST}|${AS_NOUN})?|ask(?: (?:the )?customer)?`,
    () => ({ kind: "ask" }),
  ),
  row("stop", () => ({ kind: "stop" })),
  row("(?:完了|done)[\\s:]+(.{1,64})", ([, reference = ""]) => done(reference)),
  row(`(?:入金|received)[\\s:]*(${FIGURE})(?:${AS_NOUN})?`, ([, figure = ""]) => ({
    kind: "received",
    figure,
  })),
];

/** What this sentence means; null where it is not, as a whole, one of the words. */
export function answerIn(sentence: string): Answer | null {
  for (const [pattern, build] of ANSWERS) {
    const match = pattern.exec(sentence);
    if (match !== null) return build(match);
  }
  return null;
}

const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function waiting(kind: "hold" | "return", match: RegExpExecArray): Answer | null {
  if (match[1] === undefined) return { kind, date: null };
  const date: MonthDay = { month: Number(match[1]), day: Number(match[2]) };
  return date.day >= 1 && date.day <= (DAYS_IN_MONTH[date.month - 1] ?? 0) ? { kind, date } : null;
}

/**
 * A bank's reference ends in ASCII with a digit, 「完了 していません」 and 「完了 2000円」 do not. A date alone says when,
 * perhaps when it will be.
 */
function done(reference: string): Answer | null {
  const isReference =
    /^(?:[\p{Script=Han}\p{Script=Katakana}ー]{1,10}[\s:]?)?#?[A-Za-z0-9][A-Za-z0-9._#:/-]*$/u.test(
      reference,
    ) &&
    /\d/.test(reference) &&
    !/[不未非否無予待中]|^(?:\d{4}\/)?\d{1,2}\/\d{1,2}$/.test(reference);
  return isReference ? { kind: "done", reference } : null;
}

const REJECT_REASONS: readonly (readonly [RegExp, RejectReason])[] = [
  [/^(?:期限(?:超過|切れ)|expired)(?:です|のため)?$/i, "expired"],
  [/^(?:発送済み?|(?:already )?shipped)(?:です|のため)?$/i, "shipped"],
  [/^(?:対象外|not[_ ]covered)(?:です|のため)?$/i, "not_covered"],
];
const REJECTED = new RegExp(`^${REJECTION}(?=$|[\\s、,:・(-])[\\s、,:・(-]*(.*?)\\)?$`, "iu");
/** 「NGではない」, "reject? no": a refusal is sent to a customer, so it has to be clear as well. */
const TAKEN_BACK =
  /^(?:では|じゃ|でな|とは|しな|しませ|は|を|not?$|no\b)|\bOK\b|承認|approv|撤回|間違|誤り|mistake|な[しい](?:です)?$|無し|ありません|問題|返金(?:して|を|で|お)|refund/i;

export function isRejection(sentence: string): boolean {
  return REJECTED.test(sentence);
}

/** A rejection with its reason: on the same line, on the following ones, or on a line of its own. */
export function rejectionIn(
  first: string,
  others: readonly string[],
  label: string | null,
): Answer {
  const texts = [REJECTED.exec(first)?.[1] ?? "", ...others, label ?? ""].filter((t) => t !== "");
  const reasons = texts.map((text) => REJECT_REASONS.find(([pattern]) => pattern.test(text))?.[1]);
  const isUnclear = texts.some(
    (text, index) =>
      reasons[index] === undefined &&
      (answerIn(text) !== null || TAKEN_BACK.test(text) || SECOND_THOUGHTS.test(text)),
  );
  if (isUnclear) return { kind: "ambiguous", reason: "two_answers" };
  if (texts.length === 0) return { kind: "reject", reason: null, text: null };
  const only = texts.length === 1 ? reasons[0] : undefined;
  if (only !== undefined) return { kind: "reject", reason: only, text: null };
  return { kind: "reject", reason: "other", text: texts.join("\n") };
}

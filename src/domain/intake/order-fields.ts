// Which orders a mail is about and which sum it asks back, out of the form's own fields, the
// customer's text, the subject and, for want of all of these, what is quoted below.

import {
  areOfMall,
  concerned,
  type FoundOrderNumber,
  orderNumbersAlone,
  orderNumbersBeside,
  orderNumbersInAnswer,
  orderNumbersInField,
  orderNumbersInSubject,
  orderNumbersInText,
  readOrderNumbers,
} from "../order-number/order-number.ts";
import type { Intent } from "../ticket.ts";
import { type Body, firstOf } from "./form-body.ts";
import type { Found, Part } from "./intake-context.ts";
import { prefixesOf } from "./mail-text.ts";
import { amountInField, statedAmounts } from "./requested-amount.ts";

/** What stands in the mail's header and in the form's fields that act as one. */
export interface Subjects {
  readonly header: string;
  readonly topics: readonly string[];
}

function listed(found: readonly FoundOrderNumber[], part: Part): Found<string[]> | null {
  const [first] = found;
  if (first === undefined) return null;
  const value = [...new Set(found.map(({ number }) => number))];
  return { value, part, label: first.label };
}

const ASKS_FOR_NUMBER =
  /番号をお(?:知らせ|教え|聞かせ|書き添え)|番号[^。\n]{0,30}ご(?:返信|記入|連絡|教示)ください|次の2点をこのメールにご返信|(?:tell|let|send|give|provide|reply|need)[^.\n]{0,60}order number|reply to this mail with/i;

/** Whether the mail answers our question for the number: then what it quotes holds none. */
function answersQuestion({ header }: Subjects, { quoted }: Body): boolean {
  return ASKS_FOR_NUMBER.test(`${header}\n${quoted}`.normalize("NFKC"));
}

/** 「ご注文番号について」 without a number: then the text gives it, with no word of its own. */
function announcesNumber({ header }: Subjects, { isForm }: Body): boolean {
  const folded = header.normalize("NFKC");
  return (
    !isForm &&
    /(?:注文|オーダー|受注)番号|order (?:number|no\b|id\b)/i.test(folded) &&
    !/\d/.test(folded)
  );
}

/** A field's value that reads like a sentence is left among the lines of no label. */
function lineOfEmptyField({ labelled }: Body): string {
  const isEmpty = labelled.entries.some(
    ({ kind, lines }) => kind === "orderNumber" && lines.length === 0,
  );
  if (!isEmpty) return "";
  const isStart = (line: string) =>
    /^[\s#＃]*[A-Za-zＡ-Ｚ]{0,6}[-－]?[\d０-９]{2}[^:：]*$/.test(line);
  return labelled.rest.split("\n").find(isStart) ?? "";
}

/** The subjects of this very mail, and not of the one it answers or of the form it came through. */
function ownSubjects({ header, topics }: Subjects, { isForm }: Body): string {
  const { answers, forwards } = prefixesOf(header);
  const isOwn = !isForm && !answers && !forwards;
  return [...(isOwn ? [header] : []), ...topics].join("\n");
}

/** The subject, the field and the customer's text together, less what the text takes back. */
function statedOrderNumbers(subjects: Subjects, body: Body): Found<string[]> | null {
  const inFields = body.labelled.entries
    .filter(({ kind }) => kind === "orderNumber")
    .flatMap(({ lines, label }) =>
      orderNumbersInField(lines.join("\n")).map((one) => ({ ...one, label })),
    );
  // Only a word for "order" makes sure that a figure in a subject is no serial of a form.
  const inSubject = orderNumbersInText(ownSubjects(subjects, body)).filter(
    ({ label }) => !/^(?:#|NO\.|番号|)$/.test(label),
  );
  const known = [...inSubject, ...inFields];
  const inMessage = readOrderNumbers(
    body.message,
    known.map(({ number }) => number),
  );
  const isAnswer = answersQuestion(subjects, body) || announcesNumber(subjects, body);
  const answered = isAnswer ? orderNumbersInAnswer(body.message) : [];
  const all = concerned([...known, ...inMessage.named, ...answered], inMessage);
  const isWithin = (found: readonly FoundOrderNumber[]) => found.some((one) => all.includes(one));
  if (isWithin(inFields)) return listed(all, body.part);
  return listed(all, isWithin([...inMessage.named, ...answered]) ? "message" : "subject");
}

/** Another shop's, told as a story, gives way to the one that our own mail below names. */
function ownBeforeMalls(stated: Found<string[]> | null, body: Body): Found<string[]> | null {
  if (stated === null || !areOfMall(stated.value, body.message)) return stated;
  const quoted = orderNumbersInText(body.quoted);
  return quoted.length > 0 ? listed(quoted, "quote") : stated;
}

/** The quote and the bare figures only for want of everything else. */
export function findOrderNumbers(subjects: Subjects, body: Body): Found<string[]> | null {
  const subject = [subjects.header, ...subjects.topics].join("\n");
  return (
    ownBeforeMalls(statedOrderNumbers(subjects, body), body) ??
    listed(orderNumbersInText(subject), "subject") ??
    listed(orderNumbersInText(body.labelled.rest), body.part) ??
    listed(orderNumbersInField(lineOfEmptyField(body)), body.part) ??
    listed(orderNumbersInSubject(ownSubjects(subjects, body)), "subject") ??
    listed(orderNumbersBeside(body.message), "message") ??
    listed(orderNumbersBeside(ownSubjects(subjects, body)), "subject") ??
    (answersQuestion(subjects, body) ? null : listed(orderNumbersInText(body.quoted), "quote")) ??
    listed(aloneInRequest(body), "message")
  );
}

function aloneInRequest({ message }: Body): FoundOrderNumber[] {
  const isAboutOrder = /注文|オーダー|キャンセル|返金|返品|order|cancel|refund/i.test(message);
  return isAboutOrder && message.length <= 600 ? orderNumbersAlone(message) : [];
}

export function findAmount(body: Body): Found<number> | null {
  const field = firstOf(body, ["amount"], ({ lines }) => amountInField(lines.join(" ")));
  if (field !== null) return field;
  const { requestedMinor, label } = statedAmounts(body.message);
  return requestedMinor === null ? null : { value: requestedMinor, part: "message", label };
}

const WHOLE =
  /全額|満額|(?:全部|すべて|全て|まるごと|丸ごと)[^。\n\d]{0,12}(?:返|戻)|(?:full|entire|whole|complete|total) (?:refund|amount|sum|price|payment)|refund[^.\n]{0,24}(?:in full|entire|whole|everything)/i;

/** A refund of a named sum is a part of the whole, unless the mail says that it is the whole. */
export function withAmount(
  intent: Found<Intent> | null,
  amount: Found<number> | null,
  text: string,
): Found<Intent> | null {
  if (intent?.value !== "full" || amount === null) return intent;
  const isWhole = WHOLE.test(text) || statedAmounts(text).pricesMinor.includes(amount.value);
  return isWhole ? intent : { ...intent, value: "partial" };
}

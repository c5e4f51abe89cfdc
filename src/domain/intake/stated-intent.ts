// Where a mail says what is wanted: in the customer's own words, else in the subject or the form's
// drop-down. Those are chosen in haste, and speak only for a message that does not speak itself.

import type { Intent } from "../ticket.ts";
import type { Body } from "./form-body.ts";
import type { Found, Part } from "./intake-context.ts";
import { type IntentFound, readIntent } from "./intent.ts";
import { prefixesOf } from "./mail-text.ts";
import { findPart } from "./part-of-order.ts";
import { sentencesOf } from "./sentences.ts";
import { spokenOf } from "./statements.ts";
import { readTopic, wantsOther } from "./topic-line.ts";

function place(found: IntentFound | null, part: Part): Found<Intent> | null {
  return found === null ? null : { value: found.intent, part, label: found.label };
}

/** 「マイページからキャンセルできませんでした」 leaves the wish to the subject; 「キャンセルではないのですが」 does not. */
function leavesToTopic(message: string): boolean {
  return spokenOf(sentencesOf(message)).every(
    ({ mood }) => mood === "unable" || mood === "reported",
  );
}

function readSubject(
  subject: string,
  message: string,
  hasOrderNumber: boolean,
): IntentFound | null {
  const named = readTopic(subject, message);
  if (named !== null || wantsOther(message) || prefixesOf(subject).answers) return named;
  // A form puts the subject into quotes; there it is no word of others.
  const said = readIntent(subject.replace(/[「」『』"“”【】[\]]/g, " "), hasOrderNumber);
  // A question needs its order; a subject alone has none to show.
  return said?.intent === "asks" && !hasOrderNumber ? null : said;
}

export function findIntent(
  topics: readonly string[],
  { message }: Pick<Body, "message">,
  hasOrderNumber: boolean,
): Found<Intent> | null {
  const said = place(readIntent(message, hasOrderNumber), "message");
  if (said !== null) return said;
  if (!leavesToTopic(message)) return null;
  // A message of one line may be as short as a subject: 「注文678 キャンセル」.
  const short = place(readTopic(message.slice(0, 80), message), "message");
  if (short !== null) return short;
  const read = topics.map((one) => readSubject(one, message, hasOrderNumber));
  const named = read.find((one) => one !== null) ?? null;
  const sentences = sentencesOf(message);
  const part = named === null ? null : findPart(sentences, sentences);
  return place(part === null ? named : { intent: "partial", label: part }, "subject");
}

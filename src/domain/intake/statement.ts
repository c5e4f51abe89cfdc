// What one sentence says about a cancellation or money back: the topic and the mood in which it is
// named. The word alone (キャンセル, refund) is in every policy question, thank-you note and newsletter.

import { matchesOf } from "../matches.ts";

export type Topic = "cancel" | "refund" | "return";

export type Mood =
  /** 「返金してください」, "please refund me". */
  | "wish"
  /** 「返金できますか」: whether, how, until when. */
  | "question"
  /** 「返金は不要です」, 「キャンセルしないで」. */
  | "denied"
  /** 「キャンセルの依頼を取り下げます」: of an earlier wish, and nothing else. */
  | "takenBack"
  /** 「先日返金をお願いした田中です」: the writer's own earlier wish. */
  | "reported"
  /** 「返金していただきました」, 「キャンセルされました」. */
  | "done"
  /** 「マイページからキャンセルできません」. */
  | "unable"
  /** 「キャンセルした場合」, 「ご希望の方は」: nobody's wish yet. */
  | "supposed"
  /** 「返金いたします」: said by the one who would pay. */
  | "offered";

export interface Statement {
  readonly topic: Topic;
  readonly mood: Mood;
  /** The words that said it. */
  readonly label: string;
  readonly sentence: string;
  /** Where the topic stands in its sentence. */
  readonly at: number;
}

/** A statement among those of a whole mail. */
export interface Told extends Statement {
  /** Which of the mail's sentences. */
  readonly index: number;
}

/** Nobody names one thing more often in one sentence; a hostile mail might, to cost time. */
const MATCHES_MAX = 12;

export function firstMatches(sentence: string, words: RegExp): RegExpExecArray[] {
  return matchesOf(sentence, words, MATCHES_MAX);
}

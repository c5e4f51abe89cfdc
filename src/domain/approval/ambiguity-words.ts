// Why an answer was not taken as a decision, in words for the one who wrote it.

import type { Locale } from "../outgoing-mail.ts";

type Words = Readonly<Record<Locale, string>>;

const AMBIGUITIES: Readonly<Record<string, Words>> = {
  unauthenticated: {
    ja: "送信元を確認できないメールだったため、何も行っていません。",
    en: "The sender of the answer could not be authenticated, so nothing was done.",
  },
  thread: {
    ja: "どの依頼への返信か確認できませんでした。依頼のメールに直接返信するか、コードを書いてください。",
    en: "The answer belongs to no request of ours. Reply to the request itself, or give its code.",
  },
  superseded: {
    ja: "古い依頼への返信でした。最新の依頼に返信してください。",
    en: "The answer was to an outdated request. Please answer the newest one.",
  },
  decided: {
    ja: "このチケットは、すでに判断済みです。",
    en: "This ticket is decided already.",
  },
  before_restore: {
    ja: "データベースが復元される前のご回答でした。その後に判断済みだったかもしれないため、何も行っていません。最新の依頼でもう一度ご判断ください。",
    en: "The answer is older than the restore of the database, and may have been overtaken by a decision, so nothing was done. Please decide again, by the newest request.",
  },
  own_request: {
    ja: "ご本人のお支払いまたはご依頼のため、別の承認者が必要です。",
    en: "You are the payer or the requester; another approver must decide.",
  },
  token_limit: {
    ja: "メール認証なしの承認では扱えない金額または支払い方法です。",
    en: "Without sender authentication this amount or method cannot be approved by mail.",
  },
  question: {
    ja: "ご質問があるようです。お客様に尋ねる場合は 確認 とだけ書いてください。",
    en: "The answer contains a question.",
  },
  condition: {
    ja: "条件や迷いのある文があるため、承認として扱いません。",
    en: "The answer contains a condition or a doubt.",
  },
  no_answer: {
    ja: "引用のほかに文がありませんでした。",
    en: "There was no text besides the quote.",
  },
  two_answers: {
    ja: "二つ以上の判断が書かれています。",
    en: "The answer says more than one thing.",
  },
  no_proposal: {
    ja: "金額が決まっていません。OK 2000 のように金額を書いてください。",
    en: "No amount is proposed; state it, as in OK 2000.",
  },
  amount_out_of_range: {
    ja: "金額が 0 以下か、返金可能額を超えています。",
    en: "The amount is zero or more than is left.",
  },
  amount_equals_a_number: {
    ja: "金額が注文番号・チケット番号・候補番号と同じです。取り違えを防ぐため扱いません。",
    en: "The amount equals an order, ticket or candidate number, so it may be a slip.",
  },
  unreadable_amount: {
    ja: "金額を読み取れませんでした。",
    en: "The amount could not be read in the payment's currency.",
  },
  amount_on_a_void: {
    ja: "与信の取り消しは全額のみです。金額を書かずに OK と返信してください。",
    en: "A void cancels the whole payment; answer without an amount.",
  },
  approval_of_candidates: {
    ja: "まず候補の番号で答えてください。",
    en: "Choose a candidate by its number first.",
  },
  no_such_candidate: {
    ja: "その番号の候補はありません。",
    en: "There is no candidate with that number.",
  },
  nothing_to_choose: {
    ja: "選ぶ候補のない依頼です。",
    en: "This request has no candidates to choose from.",
  },
  forwarded: {
    ja: "転送されたメールは判断として扱いません。",
    en: "A forwarded mail is not taken as a decision.",
  },
  suspicious_html: {
    ja: "隠れた文字や取り消し線のあるメールは判断として扱いません。",
    en: "A mail with hidden or struck-out text is not taken as a decision.",
  },
  look_alike_letter: {
    ja: "見た目の似た別の文字が使われています。",
    en: "The answer uses letters that only look like the words.",
  },
  nothing_to_stop: {
    ja: "まだ承認されていないため、止めるものがありません。お断りする場合は NG と返信してください。",
    en: "Nothing is approved yet, so there is nothing to stop. To decline, answer NG.",
  },
  asks_somebody: {
    ja: "ほかの方への承認のお願いのように読めます。承認する場合は OK とだけ書いてください。",
    en: "This reads as if somebody else were asked to approve. To approve, answer just OK.",
  },
  parts_disagree: {
    ja: "メールのテキスト部分とHTML部分の内容が異なるため、扱いません。",
    en: "The text and the HTML part of the answer do not say the same.",
  },
  text_inside_quote: {
    ja: "引用の途中に書かれた文は読み取れません。いちばん上に書いてください。",
    en: "Words between quoted lines are not read. Please write above the quote.",
  },
  text_in_signature: {
    ja: "署名の部分に、条件や訂正のような文があります。",
    en: "The signature holds what looks like a condition or a correction.",
  },
  text_below_rule: {
    ja: "罫線の下に、署名ではない文があります。",
    en: "Below the rule stands something that is no signature.",
  },
  text_beside_marker: {
    ja: "「この線より上に」の行に文が書き足されています。",
    en: "Something was written on the marker line itself.",
  },
  text_below_quote_header: {
    ja: "引用の下に、条件や訂正のような文があります。",
    en: "Below the quote stands what looks like a condition or a correction.",
  },
  hidden_character: {
    ja: "目に見えない文字が含まれています。",
    en: "The answer holds invisible characters.",
  },
  hesitation: {
    ja: "「…」で終わる文は、承認として扱いません。",
    en: 'An answer that trails off ("…") is not taken as an approval.',
  },
  too_long: {
    ja: "文が長すぎます。言葉をひとつだけ書いてください。",
    en: "The answer is too long. Please write just one of the words.",
  },
  unknown_reason: {
    ja: "「理由:」は 重複・不正・お客様都合・その他 のどれかで書いてください。",
    en: "The reason must be duplicate, fraudulent, customer or other.",
  },
  unreadable_code: {
    ja: "「コード:」の行を読み取れませんでした。",
    en: "The line with the code could not be read.",
  },
  not_asked: {
    ja: "手作業の振込を中止できるのは、振込をお願いした方だけです。すでに振り込まれたかもしれないため、その方にお確かめください。",
    en: "Only who was asked to make the transfer can call it off. It may have been made already: please ask them.",
  },
  approval_of_a_deposit: {
    ja: "入金された金額をお尋ねしています。「入金 2500」、入金がなければ「入金 0」とだけ書いてください。",
    en: 'You are asked how much was received: answer "received 2500", or "received 0" where nothing was.',
  },
  task_words: {
    ja: "振込が済んだら「完了 控えの番号」、振り込まないときは NG とだけ書いてください。",
    en: 'Once the transfer is made, answer "done" and its reference; if you will not make it, NG.',
  },
  unclear: {
    ja: "判断として読み取れませんでした。",
    en: "The answer could not be read as a decision.",
  },
};

export function ambiguityWords(reason: string, locale: Locale): string {
  return (AMBIGUITIES[reason] ?? AMBIGUITIES["unclear"])?.[locale] ?? "";
}

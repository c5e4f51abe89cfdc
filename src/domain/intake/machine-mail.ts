// Mail that no customer wrote to the shop: answers of robots, bulk mail, notices of systems. The signs of
// automatic-mail.ts, which forbid a mail to approve anything, are asked here as well; what this adds is
// robots and bulk mail without such a sign, and that a form's notification has one and is a customer's.

import { automaticMail } from "../automatic-mail.ts";
import { headerValues, type MailMessage } from "../mail-message.ts";
import { isNotifier } from "./machine-address.ts";
import { prefixesOf, subjectText } from "./mail-text.ts";

export interface MachineMail {
  readonly kind: "auto_reply" | "other";
  readonly reason: string;
}

const RESPONDER_SIGNS = ["autoreply-header", "empty-return-path", "delivery-report"];

/** 「不在」 alone is what a customer calls the carrier's slip. */
const RESPONDER_SUBJECT =
  /^(?:(?:re|aw|fw): *|\[[^\]]{0,40}\] *|【[^】]{0,20}】)*(?:【?(?:自動応答|自動返信|自動回答)(?!(?:メール)?[がをはの])|【?(?:不在(?:の(?:お知らせ|ため|連絡|ご連絡)|通知(?!票)|連絡(?!票)|届|中|にし|です|[:：])|休暇(?:中|のお知らせ)|休業のお知らせ)|(?:an )?automatic reply|auto(?:matic|mated)?[- ]?(?:reply|response)|autoreply|out[- ]of[- ](?:the )?office|ooo\b|away from (?:the )?office|on (?:annual |vacation|maternity )?leave)/i;

const ROBOT =
  /(?:この|当|本)(?:メール|返信|メッセージ)は[^。\n]{0,16}自動(?:返信|応答|回答|的に(?:返信|応答))|自動(?:返信|応答|回答)(?:メール|メッセージ)?(?:です|にて|で(?:お送り|送信|返信)|となり|により)|自動(?:返信|応答)※|this is an? (?:auto\w*[- ])(?:generated )?(?:reply|response|acknowledg\w+)|this is an automated (?:message|e-?mail)|\bauto-?(?:reply|response|responder)\b|(?:i am|i'm|i will be|currently) (?:currently )?(?:out of (?:the )?office|on (?:annual |parental |maternity )?leave)\b[^.\n]{0,40}\b(?:until|till|from|return)|do not reply to this (?:automated )?(?:message|e-?mail)/i;
const AWAY =
  /不在(?:に|と|の|で)|休暇|休業|出張(?:中|の)|産休|育休|退職(?:いたし|しま)|長期休み|out of (?:the )?office|(?:on|annual|parental|maternity|paternity) (?:leave|vacation|holiday)|away (?:from|until)|limited access to/i;
const LATER =
  /(?:以降|後日|次第|明け|順次|後に)[^。]{0,24}(?:ご?連絡|ご?返信|ご?対応|ご?返答|ご?確認|ご?回答|拝見)(?:を)?(?:いたし|致し|させて|申し上げ|します|差し上げ)|(?:until|return(?:ing)?|back) (?:on |in |to )?|will (?:reply|respond|get back|answer|be back)/i;
const RECEIVED =
  /(?:メール|お問い?合わ?せ|ご連絡)(?:を)?(?:お送り)?(?:いただき|頂き|ありがとう|拝受|受け?付け)|(?:急|緊急)(?:ぎ)?の(?:場合|ご?用件|際)|thank you for (?:your )?(?:e-?mail|message|contacting|inquiry)|urgent|in my absence/i;
/** A help desk's or form's receipt, sent to the shop because the shop wrote to it. */
const RECEIPT =
  /(?:お問い?合わ?せ|ご連絡|リクエスト|チケット)(?:内容)?(?:を|が|は)[^。\n]{0,12}(?:受け?付け|受付(?:いた|し|完了)|承り|受信(?:いた|し))(?:いた|致|し|まし|さ|け)|\b(?:your|a) (?:request|ticket|case|inquiry|enquiry|message|e-?mail)[^.\n]{0,40}(?:has been|was) (?:received|created|opened|registered)|we(?: have|'ve) received your (?:request|message|inquiry|enquiry|e-?mail)/i;

function hasHeader(message: MailMessage, ...names: string[]): boolean {
  return names.some((name) => headerValues(message, name).length > 0);
}

/** Sent to many: a newsletter, a list. */
export function isBulk(message: MailMessage): boolean {
  const precedence = headerValues(message, "precedence").join(" ");
  return (
    hasHeader(message, "list-unsubscribe", "list-id", "list-post", "x-campaign", "x-campaignid") ||
    /\b(?:bulk|list|junk)\b/i.test(precedence)
  );
}

/** What a robot says of itself, in its own words. */
function isRobotText(text: string): boolean {
  const start = text.slice(0, 2000).normalize("NFKC");
  return ROBOT.test(start) || (AWAY.test(start) && LATER.test(start) && RECEIVED.test(start));
}

/** Whether a robot answers here, by header, subject or text. `own` is the text without its quote. */
export function isRobotAnswer(message: MailMessage, own: string): boolean {
  return RESPONDER_SUBJECT.test(subjectText(message).normalize("NFKC").trim()) || isRobotText(own);
}

function isReply(message: MailMessage): boolean {
  const isAnswer = message.inReplyTo.length + message.references.length > 0;
  return isAnswer || prefixesOf(subjectText(message)).answers;
}

/**
 * RFC 3834 marks a form's notification as generated, too. It answers to the visitor, who is not the
 * sender; a robot's answer, a newsletter and a list do not.
 */
function isFormMailer(message: MailMessage): boolean {
  const words = headerValues(message, "auto-submitted");
  const senders = new Set(message.from.map(({ address }) => address));
  const [visitor] = message.replyTo;
  return (
    automaticMail(message).reason === "auto-submitted" &&
    words.every((value) => /^\s*auto-generated\b/i.test(value)) &&
    !isBulk(message) &&
    !isReply(message) &&
    visitor !== undefined &&
    !senders.has(visitor.address)
  );
}

/** `looksLikeForm`: a form service may send as robots and newsletters do; what it sends is a customer's. */
export function machineMail(
  message: MailMessage,
  own: string,
  looksLikeForm: boolean,
): MachineMail | null {
  const { automatic, reason } = automaticMail(message);
  const isRobot = isRobotAnswer(message, own);
  if (automatic && reason === "subject" && !isRobot) return null;
  if (automatic && !(looksLikeForm && isFormMailer(message))) {
    const replied = headerValues(message, "auto-submitted").some((value) => /replied/i.test(value));
    const isAnswer =
      isRobot || replied || isReply(message) || RESPONDER_SIGNS.includes(reason ?? "");
    const kind = isAnswer || (isReceipt(own) && !isBulk(message)) ? "auto_reply" : "other";
    return { kind, reason: reason ?? "automatic" };
  }
  if (looksLikeForm) return null;
  if (isRobot) return { kind: "auto_reply", reason: "robot's words" };
  return isBulk(message) ? { kind: "other", reason: "bulk mail" } : null;
}

/** A notice of a system: nobody reads what is answered to it. */
export function isNotice(message: MailMessage): boolean {
  const isMachine = message.from.some(({ address }) => isNotifier(address));
  const person = message.replyTo.some(({ address }) => !isNotifier(address));
  return isMachine && !person;
}

/** A help desk's receipt, which no header shows. */
export function isReceipt(own: string): boolean {
  return RECEIPT.test(own.slice(0, 2000).normalize("NFKC"));
}

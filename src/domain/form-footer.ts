// What a form product writes below the customer's text. It is cut off before anything is read: its
// addresses, dates and numbers are the machine's.

const SENTENCES: readonly RegExp[] = [
  // Contact Form 7, contact-form-template.php: ≤ 5.6, current, and Mail (2).
  /^\s*This e-?mail was sent from a contact form on\b/i,
  /^\s*This is a notification that a contact form was submitted on your website\b/i,
  /^\s*This email is a receipt for your contact form submission\b/i,
  // Contact Form 7 in Japanese, and many hand-made forms after its model.
  /^\s*このメールは.*(?:送信され(?:ました|ています|たもの)|送られ(?:ました|ています))/,
];

/** Lines of a trailer: 送信日時: …, 送信元IP: …, a rule, a link. */
const TRAILER =
  /^\s*(?:(?:送信(?:者の|元の?)?(?:日時|IP(?:アドレス)?|ホスト名?)|送信された日時|お?問い?合わ?せのページURL|Date|Time|Host|Agent|User[- ]Agent|IP(?: Address)?|Remote IP|Source URL|Page URL)\s*[:：].*|[-=_─━＝*\s]*|--|https?:\/\/\S+)$/i;

function isSentence(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? "";
  // A site's name and link may push the end of the sentence to the next line.
  const both = `${line}${(lines[at + 1] ?? "").trim()}`;
  return SENTENCES.some((sentence) => sentence.test(line) || sentence.test(both));
}

export interface FormBody {
  readonly body: string;
  /** The sentence of a form product was there. */
  readonly hasFooter: boolean;
}

export function cutFooter(text: string): FormBody {
  const lines = text.split(/\r\n|\r|\n/);
  // The last one: the customer may have pasted an earlier notification above it.
  const at = lines.findLastIndex((_line, index) => isSentence(lines, index));
  const hasFooter = at !== -1;
  let end = hasFooter ? at : lines.length;
  while (end > 0 && TRAILER.test(lines[end - 1] ?? "")) end--;
  return { body: lines.slice(0, end).join("\n"), hasFooter };
}

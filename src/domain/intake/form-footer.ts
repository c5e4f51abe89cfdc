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
  /^\s*(?:[※*]?\s*(?:この|本)メールは.*自動.*(?:送信|配信).*|サイトの.*訪問者によって送信されました。?|Sent by an (?:un)?verified visitor.*|(?:送信(?:者の|元の?)?(?:日時|IP(?:アドレス)?|ホスト名?)|送信された日時|お?問い?合わ?せのページURL|時間|IP ?アドレス|ソース ?URL|Date|Time|Host|Agent|User[- ]Agent|IP(?: Address)?|Remote IP|Source URL|Page URL)\s*[:：].*|[-=_─━＝*\s]*|--|https?:\/\/\S+)$/i;

/** Two of these in a row, the machine's account of the visitor; what follows is the shop's signature. */
const VISITOR =
  /^\s*(?:送信(?:者の|元の?)?(?:日時|IP(?:アドレス)?|ホスト名?)|送信された日時|Host|(?:User[- ])?Agent|(?:Remote )?IP(?: ?Address|アドレス)?)\s*[:：]/i;

/** No form writes longer ones, and the patterns take their time over a hostile line. */
const LINE_LENGTH_MAX = 500;

function isTrailer(line: string): boolean {
  return line.length <= LINE_LENGTH_MAX && TRAILER.test(line);
}

/** All of the sentences do; asked first, for every line of every mail. */
const BEGINS_ALIKE = /^\s*[tこ]/i;

function isSentence(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? "";
  if (line.length > LINE_LENGTH_MAX) return false;
  // A site's name and link may push the end of the sentence to the next line.
  const both = `${line}${(lines[at + 1] ?? "").trim().slice(0, LINE_LENGTH_MAX)}`;
  if (!BEGINS_ALIKE.test(both)) return false;
  return SENTENCES.some((sentence) => sentence.test(line) || sentence.test(both));
}

function isVisitor(lines: readonly string[], at: number): boolean {
  return [lines[at], lines[at + 1]].every((line) => VISITOR.test(line ?? ""));
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
  const visitor = lines.findIndex((_line, index) => isVisitor(lines, index));
  let end = hasFooter ? at : lines.length;
  if (visitor !== -1) end = Math.min(end, visitor);
  while (end > 0 && isTrailer(lines[end - 1] ?? "")) end--;
  return { body: lines.slice(0, end).join("\n"), hasFooter };
}

// Other people in the words of the one who writes: who a present goes to, a mother, a friend. Their
// addresses and phones are not the writer's.

const RECIPIENT =
  /(?:届け?|送り|送付|配送|発送|贈り|宛)先|受取人|ship(?:ped|ping)? to|recipient|deliver(?:ed|y)? to/i;
/** The form's own fields are no part of these words, so a name label in them is about somebody else. */
const NAMED_BLOCK = /^[\s　]*(?:お?名前|ご?氏名|宛名|name)[\s　]*[:：]/i;
/** Either of them, asked once of the whole text. */
const MAY_TELL = new RegExp(`${RECIPIENT.source}|名前|氏名|宛名|name`, "i");
const GOES_ON = /(?:は|を|の|が|[:：】\]」])[\s　]*$/u;

/** The text without the lines that tell of a recipient, up to the end of their paragraph. */
export function withoutRecipient(text: string): string {
  if (!MAY_TELL.test(text)) return text;
  const kept: string[] = [];
  let isDropping = false;
  let goesOn = false;
  for (const line of text.split("\n")) {
    const isBlank = line.trim() === "";
    if (RECIPIENT.test(line) || NAMED_BLOCK.test(line)) {
      isDropping = true;
      goesOn = GOES_ON.test(line);
    } else if (isBlank) {
      // 「届け先は」 and a blank line: the next paragraph is still the recipient's.
      isDropping = isDropping && goesOn;
    } else {
      goesOn = false;
    }
    if (!isDropping) kept.push(line);
  }
  return kept.join("\n");
}

const OTHERS =
  /(?:母|父|両親|夫|妻|主人|旦那|家内|娘|息子|祖[父母]|おじ|おば|姉|妹|兄|弟|友人|友達|知人|同僚|上司|相手|先方|御社|貴社|貴店)(?:様|さん|さま|方)?[のはがにへも]|\b(?:his|her|their|your|(?:friend|mother|father|wife|husband|sister|brother|colleague|daughter|son)(?:'s)?)\b/i;
/** 「ご連絡は taro@mail.example か 080-0000-8270 へ」, also 「メールは娘のですが…へお願いします」. */
const ASKS_TO_ANSWER =
  /(?:連絡|返信|返事|返答|回答|メール)(?:先)?(?:は|なら|につきまし?ては)[^。\n]{0,80}(?:へ|に|まで|宛)(?![^。\n]{0,12}(?:まし|っ)た)|\b(?:reply|answer|respond|write|e-?mail me|contact me|reach me)\b[^.\n]{0,40}\b(?:to|at|by|under)\b/i;

function sentencesOf(text: string): string[] {
  return withoutRecipient(text).split(/(?<=[\n。])/);
}

/** Where the text asks for an answer. */
export function askingForAnswer(text: string): string {
  return sentencesOf(text)
    .filter((sentence) => ASKS_TO_ANSWER.test(sentence))
    .join("");
}

/** The text without what it tells of somebody else. */
export function withoutOthers(text: string): string {
  return sentencesOf(text)
    .filter((sentence) => ASKS_TO_ANSWER.test(sentence) || !OTHERS.test(sentence))
    .join("");
}

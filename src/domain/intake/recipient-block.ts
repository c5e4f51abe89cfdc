// Who a present goes to: phone and address there are not those of the person who writes.

const RECIPIENT =
  /(?:届け?|送り|送付|配送|発送|贈り|宛)先|受取人|ship(?:ped|ping)? to|recipient|deliver(?:ed|y)? to/i;
/** A block with a name label of its own, below the writer's fields, is about somebody else. */
const NAMED_BLOCK = /^[\s　]*(?:お?名前|ご?氏名|宛名|name)[\s　]*[:：]/i;
const GOES_ON = /(?:は|を|の|が|[:：】\]」])[\s　]*$/u;

/** The text without the lines that tell of a recipient, up to the end of their paragraph. */
export function withoutRecipient(text: string): string {
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

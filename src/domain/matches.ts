// `matchAll` copies its pattern first, which takes three times as long as looking for a match that most
// texts do not have.

/**
 * Every match of a pattern with the flag g, in the order of the text.
 *
 * @param most no more than that are looked for
 */
export function matchesOf(text: string, pattern: RegExp, most = Infinity): RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    found.push(match);
    if (found.length >= most) break;
    // As matchAll does: an empty match goes on behind the next character.
    if (match[0] === "") pattern.lastIndex += characterLength(text, pattern);
  }
  pattern.lastIndex = 0;
  return found;
}

function characterLength(text: string, { lastIndex, unicode }: RegExp): number {
  return unicode && (text.codePointAt(lastIndex) ?? 0) > 0xffff ? 2 : 1;
}

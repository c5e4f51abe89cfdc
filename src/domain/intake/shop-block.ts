// The shop's own signature in a mail that a customer or a form wrote: its phone, address and names are
// nobody's who asks for anything. Known by the shop's mail address or site beside them.

import type { IntakeContext } from "./intake-context.ts";

/** Three signs, and no letter or digit on the line. */
const RULE = /^[\s　>]*[^\p{L}\p{Nd}\s　]{3}/u;
const WORD = /[\p{L}\p{Nd}]/u;
const SENTENCE = /ます|ました|です|ません|ください|下さい|[。？?]/u;
/** A shop's signature is short. */
const LINES_MAX = 12;

function namesShop(line: string, context: IntakeContext): boolean {
  const text = line.normalize("NFKC").toLowerCase();
  const domain = context.shopDomain.toLowerCase();
  if (context.ownAddresses.some((address) => text.includes(address.toLowerCase()))) return true;
  return domain !== "" && [`://${domain}`, `www.${domain}`].some((site) => text.includes(site));
}

function endsBlock(line: string): boolean {
  return (RULE.test(line) && !WORD.test(line)) || SENTENCE.test(line);
}

/** The runs of lines between those that end one. */
function blocksOf(lines: readonly string[], ends: (line: string) => boolean): string[][] {
  const blocks: string[][] = [[]];
  for (const line of lines) {
    if (ends(line)) blocks.push([]);
    else blocks.at(-1)?.push(line);
  }
  return blocks;
}

function isShopBlock(block: readonly string[], context: IntakeContext): boolean {
  return block.length <= LINES_MAX && block.some((line) => namesShop(line, context));
}

function shopLines(text: string, context: IntakeContext): Set<string> {
  if (!namesShop(text, context)) return new Set();
  const all = text.split(/\r\n|\r|\n/);
  const ends = new Set(all.filter(endsBlock));
  const linesOf = (isEnd: (line: string) => boolean) =>
    blocksOf(all, isEnd)
      .filter((block) => isShopBlock(block, context))
      .flat();
  // A rule ends a block; a blank line may.
  const lines = [
    ...linesOf((line) => ends.has(line)),
    ...linesOf((line) => ends.has(line) || line.trim() === ""),
  ];
  return new Set(lines.map((line) => line.trim()).filter((line) => line !== ""));
}

/**
 * @param whole the mail's whole text: where a form's trailer has been cut off, what marked the block
 *   as the shop's may be gone from `text`
 */
export function withoutShopBlocks(text: string, whole: string, context: IntakeContext): string {
  const lines = shopLines(whole, context);
  if (lines.size === 0) return text;
  return text
    .split("\n")
    .filter((line) => !lines.has(line.trim()))
    .join("\n");
}

// Plain text from HTML mails. Two readings: all that a person sees (contact forms), and only what
// the sender of a reply wrote above the quote.

import { randomUUID } from "node:crypto";
import {
  type BlockTextBuilder,
  compile,
  type DomNode,
  type Selector,
  type Walk,
} from "html-to-text";
import { holdsMarker } from "../domain/quote-layouts.ts";
import { dropHiddenParts } from "./hidden-html.ts";

export interface ReplyText {
  /** Without what nobody sees. */
  readonly text: string;
  /** Something is hidden or struck out: what a program reads is not what the sender sees. */
  readonly suspicious: boolean;
}

/** Beyond this nobody reads, and html-to-text warns on the console beyond 16 M. */
const MAX_HTML_LENGTH = 1_000_000;
/** Parser and builder are quadratic in the depth and the number of tags. */
const MAX_TAGS = 20_000;
/** Both walks recurse: a deeper tree would overflow the stack. */
const MAX_DEPTH = 250;

const BLOCKS =
  "address,article,aside,caption,center,dd,details,div,dl,dt,fieldset,figcaption".concat(
    ",figure,footer,form,header,legend,li,main,nav,section,summary,tr",
  );
const LINE = { leadingLineBreaks: 1, trailingLineBreaks: 1 };
const HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"];
const BLOCK_TAGS = new Set([
  ...BLOCKS.split(","),
  ...HEADINGS,
  "blockquote",
  "ol",
  "p",
  "pre",
  "table",
  "ul",
]);

const SELECTORS: readonly Selector[] = [
  ...BLOCKS.split(",").map((selector) => ({ selector, format: "block", options: LINE })),
  ...HEADINGS.map((selector) => ({ selector, format: "block", options: LINE })),
  // Addresses of links and images are not what the sender wrote.
  { selector: "a", format: "inline" },
  { selector: "img", format: "skip" },
  { selector: "hr", format: "lineBreak" },
  { selector: "td", format: "cell" },
  { selector: "th", format: "cell" },
  { selector: "ul", format: "unorderedList", options: { itemPrefix: "- ", ...LINE } },
  { selector: "ol", format: "orderedList", options: LINE },
  { selector: "table", format: "block", options: LINE },
];

/** What a person reads, one line per row, the cells of a row apart by tabs. */
export function htmlToText(html: string): string {
  return toText(html, (root) => {
    // First, because its style sheets may stand in the head.
    dropHiddenParts(root, MAX_DEPTH);
    dropUnseenParts(root);
  });
}

/** What stands outside quotes and above the "original message" block. */
export function replyTextOfHtml(html: string): ReplyText {
  const findings = { suspicious: readablePart(html).length < html.length };
  const text = toText(html, (root) => {
    dropQuotes(root);
    findings.suspicious ||= hidesSomething(root, 0);
    // Its style sheets may stand in the head, which goes last.
    dropHiddenParts(root, MAX_DEPTH);
    dropUnseenParts(root);
  });
  return { text, suspicious: findings.suspicious };
}

function readablePart(html: string): string {
  let end = -1;
  for (let tags = 0; tags <= MAX_TAGS; tags += 1) {
    end = html.indexOf("<", end + 1);
    if (end === -1) return html.slice(0, MAX_HTML_LENGTH);
  }
  return html.slice(0, Math.min(end, MAX_HTML_LENGTH));
}

type Prune = (root: DomNode) => void;

/**
 * The whole document goes into one element, so that the tree can be pruned in its formatter. No mail
 * can close it: nobody outside this process knows its name.
 */
const WRAPPER = `henkin-${randomUUID()}`;

// Compiled once: that takes longer than most mails.
const convertPruned = compile<Prune>({
  baseElements: { selectors: [WRAPPER] },
  formatters: {
    cell: formatCell,
    pruned: (element, walk, builder) => {
      builder.metadata?.(element);
      walk(element.children, builder);
    },
  },
  limits: { maxDepth: MAX_DEPTH, ellipsis: " … " },
  selectors: [...SELECTORS, { selector: WRAPPER, format: "pruned" }],
  // Without U+200B: zero-width characters must stay visible to whoever judges the words.
  whitespaceCharacters: " \t\r\n\f",
  wordwrap: false,
});

function toText(html: string, prune: Prune): string {
  const text = convertPruned(`<${WRAPPER}>${readablePart(html)}</${WRAPPER}>`, prune);
  const lines = text.replaceAll("\u00a0", " ").split("\n");
  return lines
    .map((line) => line.trimEnd())
    .join("\n")
    .trim();
}

/** Label and value of a form stand in two cells of a row; layout tables nest blocks in theirs. */
function formatCell(cell: DomNode, walk: Walk, builder: BlockTextBuilder): void {
  if (holdsBlock(cell, 0)) {
    builder.openBlock({ leadingLineBreaks: 1 });
    walk(cell.children, builder);
    builder.closeBlock({ trailingLineBreaks: 1 });
    return;
  }
  walk(cell.children, builder);
  let follower = cell.next;
  while (follower && follower.type !== "tag") follower = follower.next;
  if (follower) builder.addLiteral("\t");
}

function holdsBlock(node: DomNode, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  return (node.children ?? []).some(
    (child) =>
      child.type === "tag" && (BLOCK_TAGS.has(child.name ?? "") || holdsBlock(child, depth + 1)),
  );
}

function dropUnseenParts(root: DomNode): void {
  filterTree(root, (node) => node.name !== "head" && node.name !== "title");
}

const QUOTE_CLASSES = new Set(["gmail_quote", "yahoo_quoted", "protonmail_quote"]);
// Outlook puts the quoted message after one of these, not into it. It writes x_ before the ids of
// what it quotes itself.
const QUOTE_FOLLOWS =
  /^(x_)*(divRplyFwdMsg|appendonsend|mail-editor-reference-message-container)$/i;

/** Web mail indents a paragraph with the same element; there it has no border. */
function isIndent({ attribs = {} }: DomNode): boolean {
  const isMarked = attribs["type"] === "cite" || attribs["cite"] !== undefined;
  return !isMarked && !attribs["class"] && /border\s*:\s*(?:none|0)/i.test(attribs["style"] ?? "");
}

function dropQuotes(root: DomNode): void {
  let quoteFollows = false;
  filterTree(root, (node) => {
    if (quoteFollows) return false;
    // The marker itself stays: what is read ends there, and nothing below it can hide anything.
    quoteFollows = node.type === "text" && holdsMarker(node.data ?? "");
    if (quoteFollows) return true;
    quoteFollows = QUOTE_FOLLOWS.test(node.attribs?.["id"]?.trim() ?? "");
    if (quoteFollows) return false;
    if (node.name === "blockquote" && !isIndent(node)) return false;
    // Else it would be written with the marks of a quote.
    if (node.name === "blockquote") node.name = "div";
    return !(node.attribs?.["class"] ?? "").split(/\s+/).some((name) => QUOTE_CLASSES.has(name));
  });
}

/** Asks `keep` for every node in document order; what is not kept is not descended into. */
function filterTree(node: DomNode, keep: (node: DomNode) => boolean, depth = 0): void {
  if (!node.children || depth > MAX_DEPTH) return;
  node.children = node.children.filter((child) => {
    if (!keep(child)) return false;
    filterTree(child, keep, depth + 1);
    return true;
  });
}

const STRUCK_TAGS = new Set(["s", "del", "strike"]);
const ZERO = "\\s*:\\s*(?=[0.])0*(\\.0*)?(?![\\d.])";
const HIDING_STYLE = new RegExp(
  `display\\s*:\\s*none|(?<![-\\w])color\\s*:\\s*(?:white|transparent|#f{3,4}|#(?:f[0-9a-f]){3,4}|hsla?\\([^)]*(?:9\\d|100)%[^)]*\\)|rgba?\\(\\s*25\\d\\s*,\\s*25\\d\\s*,\\s*25\\d[^)]*\\))(?![-\\w])|(?:left|top|text-indent|margin-left)\\s*:\\s*-\\d{3}|max-height\\s*:\\s*0|font-size\\s*:\\s*[0-3](?:\\.\\d+)?(?:px|pt)|visibility\\s*:\\s*(hidden|collapse)|mso-hide\\s*:\\s*all|line-through|` +
    `font-size${ZERO}|opacity${ZERO}`,
  "i",
);

function hidesSomething(node: DomNode, depth: number): boolean {
  if (node.name === "head") return false;
  // Outlook on the web hides the style element itself; only its rules matter.
  if (node.type === "style") return HIDING_STYLE.test(textOf(node, depth));
  const attributes = node.attribs ?? {};
  const hides =
    STRUCK_TAGS.has(node.name ?? "") ||
    Object.hasOwn(attributes, "hidden") ||
    /^(?:white|#fff(?:fff)?)$/i.test(attributes["color"] ?? "") ||
    HIDING_STYLE.test(attributes["style"] ?? "");
  if (hides && textOf(node, depth).trim() !== "") return true;
  if (depth > MAX_DEPTH) return (node.children ?? []).length > 0;
  return (node.children ?? []).some((child) => hidesSomething(child, depth + 1));
}

function textOf(node: DomNode, depth: number): string {
  if (depth > MAX_DEPTH) return "…";
  return (
    (node.data ?? "") + (node.children ?? []).map((child) => textOf(child, depth + 1)).join("")
  );
}

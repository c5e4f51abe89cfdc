// What stands in an HTML mail and no person sees: text that is not displayed, struck out, drawn without
// size or in the colour of the paper. Nothing of it is the sender's word. Unlike the judgement on answers
// (html-text.ts), which stops at the first such sign, this reads on: white letters on a coloured ground are
// seen, and so are those that a container without size sets in a size of their own.

import type { DomNode } from "html-to-text";

/** What a node takes over from the nodes around it. */
interface Look {
  readonly isTiny: boolean;
  readonly isInvisible: boolean;
  readonly isWhite: boolean;
  readonly isOnColour: boolean;
}

const PLAIN: Look = { isTiny: false, isInvisible: false, isWhite: false, isOnColour: false };

const GONE_TAGS = new Set(["s", "del", "strike", "template"]);
const ZERO = /^(?:0+(?:\.0*)?|\.0+)(?:[a-z]{1,4}|%)?$/;
const WHITE = /^(?:white|#f{3,4}|#f{6}|#f{8}|rgba?\( ?255 ?, ?255 ?, ?255[^)]{0,20}\))$/;
const NO_COLOUR = /^(?:transparent|rgba\([^)]{0,40}, ?0(?:\.0*)?\))$/;
const NO_GROUND = /^(?:transparent|none|inherit|initial|unset)?$/;

type Declarations = ReadonlyMap<string, string>;

/** Longer ones are nobody's; each declaration costs time. */
const STYLE_LENGTH_MAX = 4_000;

function declarationsOf(style: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const one of style.slice(0, STYLE_LENGTH_MAX).toLowerCase().split(";")) {
    const colon = one.indexOf(":");
    if (colon === -1) continue;
    const value = one.slice(colon + 1).replace("!important", "");
    found.set(one.slice(0, colon).trim(), value.replace(/\s+/g, " ").trim());
  }
  return found;
}

interface Sheet {
  /** Of `.name` and `#name`, also behind a tag; other selectors and @media are not followed. */
  readonly rules: ReadonlyMap<string, Declarations>;
  /** Some rule paints a ground, of which element is not followed. */
  readonly paints: boolean;
}

const SHEET_LENGTH_MAX = 100_000;
const SIMPLE = /^[a-z0-9]*([.#][\w-]+)$/i;

/** Where the block that opens at `open` ends. */
function endOfBlock(css: string, open: number): number {
  let depth = 0;
  for (let at = open; at < css.length; at += 1) {
    if (css[at] === "{") depth += 1;
    else if (css[at] === "}") depth -= 1;
    if (depth === 0) return at;
  }
  return css.length;
}

function sheetOf(css: string): Sheet {
  const rules = new Map<string, Declarations>();
  let start = 0;
  for (let open = css.indexOf("{"); open !== -1; open = css.indexOf("{", start)) {
    const end = endOfBlock(css, open);
    const selectors = css.slice(start, open).trim();
    start = end + 1;
    if (selectors.startsWith("@")) continue;
    const declared = declarationsOf(css.slice(open + 1, end));
    for (const selector of selectors.split(",")) {
      const name = SIMPLE.exec(selector.trim())?.[1];
      if (name !== undefined) rules.set(name, new Map([...(rules.get(name) ?? []), ...declared]));
    }
  }
  return { rules, paints: css.includes("background") };
}

function collectCss(node: DomNode, maxDepth: number, depth = 0): string {
  if (node.type === "style") return (node.children ?? []).map(({ data }) => data ?? "").join("");
  if (depth > maxDepth) return "";
  return (node.children ?? []).map((child) => collectCss(child, maxDepth, depth + 1)).join("");
}

function styleOf({ attribs = {} }: DomNode, { rules }: Sheet): Declarations {
  const names = (attribs["class"] ?? "").split(/\s+/, 20).map((name) => `.${name}`);
  const known = [...names, `#${attribs["id"] ?? ""}`].flatMap((name) => [
    ...(rules.get(name) ?? []),
  ]);
  return new Map([...known, ...declarationsOf(attribs["style"] ?? "")]);
}

function isGone(node: DomNode, style: Declarations): boolean {
  return (
    GONE_TAGS.has(node.name ?? "") ||
    Object.hasOwn(node.attribs ?? {}, "hidden") ||
    style.get("display") === "none" ||
    style.get("mso-hide") === "all" ||
    ZERO.test(style.get("opacity") ?? "") ||
    /line-through/.test(`${style.get("text-decoration")} ${style.get("text-decoration-line")}`)
  );
}

function groundOf({ attribs = {} }: DomNode, style: Declarations, sheet: Sheet, now: boolean) {
  const own = [
    attribs["bgcolor"],
    attribs["background"],
    style.get("background"),
    style.get("background-color"),
    style.get("background-image"),
  ].filter((ground) => !NO_GROUND.test((ground ?? "").trim().toLowerCase()));
  if (own.length > 0) return own.some((ground) => !WHITE.test((ground ?? "").trim().toLowerCase()));
  return now || (sheet.paints && (attribs["class"] ?? attribs["id"] ?? "") !== "");
}

function lookOf(node: DomNode, style: Declarations, sheet: Sheet, look: Look): Look {
  const size = style.get("font-size");
  const visibility = style.get("visibility");
  const colour = style.get("color") ?? node.attribs?.["color"]?.trim().toLowerCase();
  const isNone = colour !== undefined && NO_COLOUR.test(colour);
  return {
    isTiny: size === undefined ? look.isTiny : ZERO.test(size),
    isInvisible:
      isNone ||
      (visibility === undefined ? look.isInvisible : /^(?:hidden|collapse)/.test(visibility)),
    isWhite: colour === undefined ? look.isWhite : WHITE.test(colour),
    isOnColour: groundOf(node, style, sheet, look.isOnColour),
  };
}

function prune(node: DomNode, look: Look, sheet: Sheet, depth: number): void {
  if (!node.children || depth < 0) return;
  const isSeen = !look.isTiny && !look.isInvisible && (!look.isWhite || look.isOnColour);
  node.children = node.children.filter((child) => {
    if (child.type === "text") return isSeen;
    const style = styleOf(child, sheet);
    if (isGone(child, style)) return false;
    prune(child, lookOf(child, style, sheet, look), sheet, depth - 1);
    return true;
  });
}

/** Takes out what nobody sees; `maxDepth` is how deep a tree is walked. */
export function dropHiddenParts(root: DomNode, maxDepth: number): void {
  const css = collectCss(root, maxDepth).slice(0, SHEET_LENGTH_MAX);
  prune(root, PLAIN, sheetOf(css.replace(/\/\*[^*]*\*\//g, "")), maxDepth);
}

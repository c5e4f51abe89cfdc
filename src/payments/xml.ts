// The little of XML that answers of Japanese payment and shop systems are made of: elements,
// attributes, text and CDATA. What is broken or out of the ordinary is refused, never guessed at.

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Of this element alone, blanks at the ends removed. */
  readonly text: string;
}

/** Not well-formed, or with something no honest answer has (a document type, an own entity). */
export class XmlError extends Error {}

const NAME = "[A-Za-z_][\\w.-]*";
const DEPTH_MAX = 32;
const ELEMENTS_MAX = 20_000;

const DECLARATION = /^\uFEFF?<\?xml\s[^<>]*?\?>/;
const START = new RegExp(
  `<(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`,
  "y",
);
const END = new RegExp(`</(${NAME})\\s*>`, "y");
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, "g");
const ENTITY = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/y;
const NAMED: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

interface OpenElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  readonly text: string[];
}

/** The root element. The declared encoding is ignored: the text is decoded already. */
export function parseXml(text: string): XmlElement {
  return new Parser(text).document();
}

class Parser {
  readonly #text: string;
  #at: number;
  readonly #open: OpenElement[] = [];
  #root: XmlElement | null = null;
  #elements = 0;

  constructor(text: string) {
    this.#text = text;
    this.#at = DECLARATION.exec(text)?.[0].length ?? 0;
  }

  document(): XmlElement {
    while (this.#at < this.#text.length) this.#step();
    if (this.#open.length > 0) throw new XmlError(`<${this.#open.at(-1)?.name}> is not closed`);
    if (this.#root === null) throw new XmlError("there is no element");
    return this.#root;
  }

  #step(): void {
    if (this.#text[this.#at] !== "<") this.#characters();
    else if (this.#text.startsWith("<!--", this.#at)) this.#until("-->");
    else if (this.#text.startsWith("<![CDATA[", this.#at)) {
      this.#add(this.#until("]]>").slice("<![CDATA[".length, -"]]>".length));
    } else this.#tag();
  }

  #tag(): void {
    const end = this.#match(END);
    const start = end === null ? this.#match(START) : null;
    if (end !== null) this.#close(end[1] ?? "");
    else if (start !== null) this.#start(start);
    else throw new XmlError(`no markup is known at ${this.#at}`);
  }

  #characters(): void {
    const found = this.#text.indexOf("<", this.#at);
    const end = found === -1 ? this.#text.length : found;
    this.#add(decodeEntities(this.#text.slice(this.#at, end)));
    this.#at = end;
  }

  #start([, name = "", rest = "", empty]: RegExpExecArray): void {
    this.#elements += 1;
    if (this.#elements > ELEMENTS_MAX) throw new XmlError("there are too many elements");
    if (this.#open.length >= DEPTH_MAX) throw new XmlError("elements are nested too deeply");
    if (this.#open.length === 0 && this.#root !== null) throw new XmlError("a second root");
    this.#open.push({ name, attributes: attributesOf(rest), children: [], text: [] });
    if (empty === "/") this.#close(name);
  }

  #close(name: string): void {
    const element = this.#open.pop();
    if (element?.name !== name) throw new XmlError(`</${name}> closes nothing`);
    const { attributes, children, text } = element;
    const closed: XmlElement = { name, attributes, children, text: text.join("").trim() };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = closed;
    else parent.children.push(closed);
  }

  #add(text: string): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.text.push(text);
    else if (text.trim() !== "") throw new XmlError("there is text outside the root");
  }

  #until(mark: string): string {
    const found = this.#text.indexOf(mark, this.#at);
    if (found === -1) throw new XmlError(`${mark} is missing`);
    const piece = this.#text.slice(this.#at, found + mark.length);
    this.#at = found + mark.length;
    return piece;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single] of text.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw new XmlError(`the attribute ${name} stands twice`);
    attributes.set(name, decodeEntities(double ?? single ?? ""));
  }
  return attributes;
}

function decodeEntities(text: string): string {
  let decoded = "";
  let from = 0;
  for (let at = text.indexOf("&"); at !== -1; at = text.indexOf("&", from)) {
    ENTITY.lastIndex = at;
    const match = ENTITY.exec(text);
    if (match === null) throw new XmlError("an entity is not known");
    const [whole, named, decimal, hex] = match;
    decoded += text.slice(from, at) + (NAMED[named ?? ""] ?? characterOf(decimal, hex));
    from = at + whole.length;
  }
  return decoded + text.slice(from);
}

function characterOf(decimal: string | undefined, hex: string | undefined): string {
  const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
  const isCharacter = code > 0 && code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff);
  if (!isCharacter) throw new XmlError("an entity is no character");
  return String.fromCodePoint(code);
}

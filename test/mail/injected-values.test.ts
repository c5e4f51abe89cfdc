// Whatever stands in a variable is text: no element, no line, no header and no template of its own. Over
// every string of every mail, to customers, staff and managers.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { describe, expect, it } from "vitest";
import type { Locale, MailName } from "../../src/domain/outgoing-mail.ts";
import { createMailComposer } from "../../src/mail/composer.ts";
import { sampleVariables, sampleVariants } from "../../src/mail/sample-variables.ts";
import { loadTemplates, type RenderedMail } from "../../src/mail/templates.ts";

const templates = loadTemplates("templates", null);
const composer = createMailComposer({ templates });
const LOCALES: readonly Locale[] = ["ja", "en"];
const ALL = LOCALES.flatMap((locale) =>
  (Object.keys(sampleVariables(locale)) as MailName[]).map((name) => [locale, name] as const),
);

type Variables = Readonly<Record<string, unknown>>;

/** Words by which a template chooses; no outsider writes them. */
const CHOICES = new Set(
  readdirSync("templates", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".hbs"))
    .flatMap((path) => {
      const source = readFileSync(join("templates", path), "utf8");
      return Array.from(source.matchAll(/\(is \S+ "([^"]+)"\)/g), ([, word = ""]) => word);
    }),
);

/** The variables with `text` in the place of every string. */
function filled<Value>(value: Value, text: string): Value {
  if (typeof value === "string") return (CHOICES.has(value) ? value : text) as Value;
  if (Array.isArray(value)) return value.map((item) => filled(item, text)) as Value;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, filled(item, text)]);
  return Object.fromEntries(entries);
}

function renderings(locale: Locale, name: MailName, text: string): RenderedMail[] {
  const sample: Variables = { ...sampleVariables(locale)[name] };
  return [sample, ...sampleVariants(sample).slice(0, -1)].map((variables) =>
    templates.render(name, locale, filled(variables, text) as never),
  );
}

interface Element {
  readonly tag: string;
  readonly attributes: readonly string[];
}

/** The elements and the text of a document, read as strictly as browsers read well-formed HTML. */
function parse(html: string): { elements: Element[]; text: string } {
  const elements: Element[] = [];
  const tag = /<(!?\/?[a-z]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>/gi;
  const text = html.replace(tag, (_all, name: string, attributes: string) => {
    const names = Array.from(
      attributes.matchAll(/([a-z-]+)(?:="[^"]*")?/gi),
      ([, one = ""]) => one,
    );
    elements.push({ tag: name.toLowerCase(), attributes: names });
    return "";
  });
  return { elements, text: decoded(text) };
}

function decoded(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  return text.replace(/&(?:#x([0-9a-f]+)|([a-z]+));/gi, (_all, hex?: string, name?: string) =>
    hex === undefined ? (named[name ?? ""] ?? "?") : String.fromCodePoint(Number.parseInt(hex, 16)),
  );
}

const HTML = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "</p></div><a href=https://evil.example>OK</a>",
  "<!-- <style>*{display:none}</style>",
  "&lt;b&gt;&#60;b&#62;",
  "javascript:alert(1)//`x`",
];
const TEMPLATES = [
  "{{constructor}}",
  "{{{constructor.constructor}}}",
  "{{#with this}}{{shopName}}{{/with}}",
  '{{> layout}}{{say "opening"}}',
  "{{lookup this 'shopName'}}--- html",
];
const HEADERS = [
  "x\r\nBcc: evil@example.net",
  "x\nSubject: evil\n\nOK",
  "x\r\n\r\n--boundary\r\nContent-Type: text/html\r\n\r\n<b>y</b>",
  "x\u2028Bcc: evil@example.net\u0085OK\u2029承認",
];
/** Unseen, or turning the order of what is seen. */
const UNSEEN = "a\u202eKO\u202c\u2066b\u2069\u200b\u200e\u200f\u061c\u2060\ufeff\u00ad\u0000c";

describe("the reader of these tests", () => {
  it("sees an element, an attribute and a template that do not belong", () => {
    const { elements } = parse('<p style="x">a<img src="x" onerror="y"></p>');
    expect(elements.map(({ tag }) => tag)).toEqual(["p", "img", "/p"]);
    expect(elements[1]?.attributes).toEqual(["src", "onerror"]);
    expect(decoded("&lt;b&gt; &#x3D; &quot;")).toBe('<b> = "');
  });

  it("knows the words by which templates choose", () => {
    expect([...CHOICES]).toEqual(expect.arrayContaining(["card", "bank", "same", "differs"]));
  });
});

describe("a value in a mail", () => {
  it.each(ALL)("adds no element and no attribute, in %s: %s", (locale, name) => {
    const plain = renderings(locale, name, "x").map(({ html }) => parse(html).elements);
    for (const text of HTML) {
      for (const [nth, { html, text: body }] of renderings(locale, name, text).entries()) {
        const read = parse(html);
        expect(read.elements).toEqual(plain[nth]);
        expect(read.text).toContain(text);
        expect(body).toContain(text);
      }
    }
  });

  it.each(ALL)("is never a template, in %s: %s", (locale, name) => {
    for (const text of TEMPLATES) {
      for (const mail of renderings(locale, name, text)) {
        expect(parse(mail.html).text).toContain(text);
        expect(mail.text).toContain(text);
        expect(mail.subject).toContain(text);
      }
    }
  });

  it.each(ALL)("begins no line and ends none, in %s: %s", (locale, name) => {
    for (const text of HEADERS) {
      const plain = renderings(locale, name, "x");
      for (const [nth, mail] of renderings(locale, name, text).entries()) {
        const isCustomers = "shopEmail" in sampleVariables(locale)[name];
        const lines = mail.text.split("\n");
        // A customer's mail is folded, around values and never in them.
        if (!isCustomers) expect(lines).toHaveLength(plain[nth]?.text.split("\n").length ?? -1);
        for (const line of [...lines, ...mail.html.split("\n"), ...mail.subject.split("\n")]) {
          expect(line).not.toMatch(
            /^\s*(?:Bcc:|Subject:|Content-Type:|--boundary|(?:OK|承認)\s*$)/,
          );
          expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        }
      }
    }
  });

  it.each(ALL)("is seen whole and in the order it stands, in %s: %s", (locale, name) => {
    for (const mail of renderings(locale, name, UNSEEN)) {
      for (const part of [mail.subject, mail.text, mail.html]) {
        expect(part.replaceAll("\n", "")).not.toMatch(/[\p{Cf}\p{Cc}]/u);
        expect(part).toContain("aKOb c");
      }
    }
  });

  it.each(ALL)("adds no header and no part to the message, in %s: %s", async (locale, name) => {
    const headersOf = async (text: string) => {
      const variables = filled({ ...sampleVariables(locale)[name] }, text);
      const bytes = await composer.compose({
        ...{ name, locale, variables: variables as never, to: "tanaka@example.com" },
        ...{ messageId: "henkin.1@example.jp", date: 0, inReplyTo: null, references: [] },
        from: { name: "みほん商店", address: "shop@example.jp" },
        headers: {},
      });
      const head = Buffer.from(bytes).toString("latin1").split("\r\n\r\n")[0] ?? "";
      const names = head.replace(/\r\n[ \t]+/g, " ").split("\r\n");
      const read = await simpleParser(Buffer.from(bytes));
      return {
        names: names.map((line) => line.split(":")[0]),
        rest: { bcc: read.bcc, attachments: read.attachments.length, to: read.to },
      };
    };
    const plain = await headersOf("x");
    for (const text of HEADERS) expect(await headersOf(text)).toEqual(plain);
  });
});

describe("a variable that is missing", () => {
  /** Left out on purpose: an address that nobody has verified reads of no order. */
  const UNREAD: Partial<Record<MailName, readonly string[]>> = {
    need_order_number: ["orderNumber"],
  };

  it.each(ALL)("fails the rendering and is named, in %s: %s", (locale, name) => {
    const sample: Variables = { ...sampleVariables(locale)[name] };
    const unread = Object.keys(sample).filter((key) => {
      const { [key]: _missing, ...rest } = sample;
      try {
        for (const variables of [rest, ...sampleVariants(rest)]) {
          templates.render(name, locale, variables as never);
        }
        return true;
      } catch (error) {
        expect(String(error)).toContain(key);
        return false;
      }
    });
    // Samples of the other mails share their parts, and may hold more than one of them needs.
    if ("shopEmail" in sample) expect(unread).toEqual(UNREAD[name] ?? []);
    else expect(unread.length).toBeLessThan(Object.keys(sample).length / 2);
  });
});

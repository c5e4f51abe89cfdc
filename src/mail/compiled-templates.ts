// Compiles the templates with Handlebars in strict mode, and renders a mail from them. Values are shown
// as text, on the line where the template has them.

import Handlebars from "handlebars";
import type { Locale, MailName, MailVariables } from "../domain/outgoing-mail.ts";
import { foldText, markValues } from "./fold-text.ts";
import {
  isPartial,
  mailNames,
  mailPath,
  type Part,
  type Section,
  type Source,
  type Sources,
  saidIn,
} from "./template-sources.ts";

export interface RenderedMail {
  /** One line without control characters. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Templates {
  render<Name extends MailName>(
    name: Name,
    locale: Locale,
    variables: MailVariables[Name],
  ): RenderedMail;
}

type Format = "text" | "html";

interface CompiledMail extends Readonly<Record<Section, Handlebars.TemplateDelegate>> {
  readonly sentences: Readonly<Record<Format, Sentences>>;
}

/** By name; of this mail, and of the partials that all mails of its language share. */
type Sentences = ReadonlyMap<string, Sentence>;

interface Sentence {
  readonly file: string;
  readonly print: Handlebars.TemplateDelegate;
}

/** Those of another language are compiled with the first mail that needs them. */
export function compileTemplates(
  sources: Sources,
  locales: readonly Locale[],
  problems: string[],
): Templates {
  const compiled = new Map(locales.flatMap((locale) => compileLocale(locale, sources, problems)));
  const find = (name: MailName, locale: Locale) => compiled.get(mailPath(name, locale));
  const compileLate = (locale: Locale) => {
    for (const [path, mail] of compileLocale(locale, sources, [])) compiled.set(path, mail);
  };
  return {
    render: (name, locale, variables) => {
      if (find(name, locale) === undefined) compileLate(locale);
      const mail = find(name, locale);
      if (mail === undefined) throw new Error(`no template for ${name} in ${locale}`);
      return renderMail(mail, locale, variables);
    },
  };
}

// ---- compiling

/** Compares a variable with a word: {{#if (is mark "same")}}. */
function is(left: unknown, right: unknown): boolean {
  return left === right;
}

/** Prints a sentence by its name, in text broken into lines: {{say "opening"}}. */
function say(this: unknown, name: string, { data }: Handlebars.HelperOptions): unknown {
  const { format, sentences } = data as { format: Format; sentences: Sentences };
  const sentence = sentences.get(name);
  if (sentence === undefined) throw new Error(`there is no sentence "${name}"`);
  const words = inSentence(name, sentence, () => sentence.print(this, { data })).trim();
  // Told apart by {{#if}}, which takes every SafeString for something.
  if (words === "") return "";
  return format === "text" ? foldText(words) : new Handlebars.SafeString(words);
}

function inSentence(name: string, { file }: { readonly file: string }, print: () => string) {
  try {
    return print();
  } catch (error) {
    throw new Error(`sentence "${name}" of ${file}: ${messageOf(error)}`);
  }
}

function compileLocale(
  locale: Locale,
  sources: Sources,
  problems: string[],
): [string, CompiledMail][] {
  const ours = [...sources].filter(([path]) => isOf(locale, path)).map(([, source]) => source);
  const shared = sharedSentences(ours, problems);
  const text = createCompiler("text", locale, sources, problems);
  const html = createCompiler("html", locale, sources, problems);
  const common = { text: text.sentences(shared), html: html.sentences(shared) };
  return mailNames().flatMap((name) => {
    const path = mailPath(name, locale);
    const source = sources.get(path);
    if (source === undefined) return [];
    const { sentences } = source;
    checkSaid([...ours, source], new Map([...shared, ...sentences]), problems);
    const mail = {
      subject: text.section(source, "subject"),
      text: text.section(source, "text"),
      html: html.section(source, "html"),
      sentences: {
        text: new Map([...common.text, ...text.sentences(sentences)]),
        html: new Map([...common.html, ...html.sentences(sentences)]),
      },
    };
    return [[path, mail]];
  });
}

function isOf(locale: Locale, path: string): boolean {
  return isPartial(path) && (path.startsWith(`${locale}/`) || !/^(?:ja|en)\//.test(path));
}

function sharedSentences(partials: readonly Source[], problems: string[]): Map<string, Part> {
  const shared = new Map<string, Part>();
  for (const [name, part] of partials.flatMap(({ sentences }) => [...sentences])) {
    const other = shared.get(name);
    if (other !== undefined) {
      problems.push(`${part.file}: ${other.file} has a sentence "${name}", too`);
    }
    shared.set(name, part);
  }
  return shared;
}

/** Samples do not walk through every pair of conditions; a name that is nowhere is found here. */
function checkSaid(
  sources: readonly Source[],
  sentences: ReadonlyMap<string, Part>,
  problems: string[],
): void {
  for (const part of sources.flatMap(({ sections }) => [...sections.values()])) {
    const unknown = saidIn(part).filter((name) => !sentences.has(name));
    problems.push(...unknown.map((name) => `${part.file}: there is no sentence "${name}"`));
  }
}

/** Handlebars calls it before each rendering; its types leave it out. */
type Delegate = Handlebars.TemplateDelegate & { readonly _setup?: (options: object) => void };

interface Compiler {
  section(source: Source, section: Section): Handlebars.TemplateDelegate;
  sentences(parts: ReadonlyMap<string, Part>): Sentences;
}

/** Text and HTML have partials of the same name, each with its own wording and escaping. */
function createCompiler(
  format: Format,
  locale: Locale,
  sources: Sources,
  problems: string[],
): Compiler {
  const handlebars = Handlebars.create();
  handlebars.registerHelper({ is, say });
  const options = {
    strict: true,
    knownHelpers: { is: true, say: true } as KnownHelpers,
    knownHelpersOnly: true,
    noEscape: format === "text",
    preventIndent: true,
  };
  const compile = ({ file, template }: Part, what: string) => {
    const compiled: Delegate = handlebars.compile(template, options);
    try {
      // compile() alone is lazy: it would meet the error only when the mail is due.
      compiled._setup?.({});
    } catch (error) {
      problems.push(`${file}: ${what}: ${messageOf(error)}`);
    }
    return compiled;
  };
  const compiler: Compiler = {
    section: ({ file, sections }, section) =>
      compile(sections.get(section) ?? { file, template: "" }, section),
    sentences: (parts) =>
      new Map(
        [...parts].map(([name, { file, template }]) => {
          const prepared = format === "text" ? markValues(template) : escapeWords(template);
          return [
            name,
            { file, print: compile({ file, template: prepared }, `sentence "${name}"`) },
          ];
        }),
      ),
  };
  for (const [path, source] of sources) {
    if (isOf(locale, path) && source.sections.has(format)) {
      const name = path.replace(/^.*\//, "").replace(/\.hbs$/, "");
      handlebars.registerPartial(name, compiler.section(source, format));
    }
  }
  return compiler;
}

/** A sentence is text: what stands between its variables is escaped like them. */
function escapeWords(template: string): string {
  return template
    .split(/(\{\{.*?\}\})/)
    .map((piece) => (piece.startsWith("{{") ? piece : Handlebars.escapeExpression(piece)))
    .join("");
}

// ---- rendering

function renderMail(mail: CompiledMail, locale: Locale, variables: object): RenderedMail {
  const values = guard(variables);
  const print = (section: Section, format: Format) =>
    mail[section](values, { data: { lang: locale, format, sentences: mail.sentences[format] } });
  return {
    subject: oneLine(print("subject", "text")).replace(/ {2,}/g, " ").trim(),
    text: tidy(print("text", "text"), "\n\n"),
    html: tidy(print("html", "html"), "\n"),
  };
}

/**
 * Handlebars checks only what is printed: `{{#if mispelt}}` would quietly be false. And a value
 * with a line break could write a line of its own, such as a bare word of approval.
 */
function guard(value: unknown): unknown {
  if (typeof value === "string") return oneLine(value);
  if (Array.isArray(value)) return value.map(guard);
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, guard(item)]));
  return new Proxy(copy, {
    get(target, key) {
      if (typeof key === "string" && target[key] === undefined) {
        throw new Error(`"${key}" is not a variable here`);
      }
      return Reflect.get(target, key);
    },
  });
}

/** Without controls, and without marks that are not seen or that turn the order of what is. */
function oneLine(value: string): string {
  return value.replace(/\p{Cf}/gu, "").replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}

function tidy(value: string, gap: string): string {
  const lines = value.replace(/[ \t]+$/gm, "").trim();
  return `${lines.replace(/\n{2,}/g, gap)}\n`;
}

export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ");
}

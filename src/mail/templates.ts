// The wording of every mail, from templates/. All of it is compiled and tried on sample data when
// the process starts: a broken template must stop the start and never a refund.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Handlebars from "handlebars";
import { readWords } from "../domain/approval/approval-words.ts";
import { ConfigError } from "../domain/errors.ts";
import type { Locale, MailName, MailVariables } from "../domain/outgoing-mail.ts";
import { markerAt } from "../domain/quote-layouts.ts";
import { sampleVariables, sampleVariants } from "./sample-variables.ts";

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

const LOCALES: readonly Locale[] = ["ja", "en"];
const SECTIONS = ["subject", "text", "html"] as const;
type Section = (typeof SECTIONS)[number];

interface Source {
  /** As it is named in an error. */
  readonly file: string;
  readonly sections: ReadonlyMap<Section, string>;
}

type Sources = ReadonlyMap<string, Source>;
type CompiledMail = Readonly<Record<Section, Handlebars.TemplateDelegate>>;

/**
 * `overrideDir` may hold any of the same files and wins file by file. Throws ConfigError with every
 * problem found.
 */
export function loadTemplates(dir: string, overrideDir: string | null): Templates {
  const problems: string[] = [];
  const stopOnProblems = () => {
    if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  };
  const sources = readSources(dir, overrideDir, problems);
  stopOnProblems();
  const compiled = new Map(LOCALES.flatMap((locale) => compileLocale(locale, sources, problems)));
  stopOnProblems();
  const templates: Templates = {
    render: (name, locale, variables) => {
      const mail = compiled.get(mailPath(name, locale));
      if (mail === undefined) throw new Error(`no template for ${name} in ${locale}`);
      return renderMail(mail, locale, variables);
    },
  };
  for (const locale of LOCALES) tryOnSamples(templates, locale, sources, problems);
  stopOnProblems();
  return templates;
}

function mailPath(name: MailName, locale: Locale): string {
  return `${locale}/${name.replaceAll("_", "-")}.hbs`;
}

function mailNames(): MailName[] {
  return Object.keys(sampleVariables("ja")) as MailName[];
}

// ---- reading

function readSources(dir: string, overrideDir: string | null, problems: string[]): Sources {
  const sources = new Map<string, Source>();
  const expected = LOCALES.flatMap((locale) => mailNames().map((name) => mailPath(name, locale)));
  for (const root of overrideDir === null ? [dir] : [dir, overrideDir]) {
    for (const path of templatePaths(root, problems)) {
      const isMail = expected.includes(path);
      const file = join(root, path);
      // A misspelt override would otherwise be ignored without a word.
      if (!isMail && !isPartial(path)) problems.push(`${file}: no mail has this name`);
      else sources.set(path, parseSource(file, isMail, problems));
    }
  }
  for (const path of [...expected, "layout.hbs"]) {
    if (!sources.has(path)) problems.push(`${join(dir, path)}: is missing`);
  }
  return sources;
}

function templatePaths(root: string, problems: string[]): string[] {
  try {
    const paths = readdirSync(root, { recursive: true, encoding: "utf8" });
    return paths
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => path.endsWith(".hbs"))
      .sort();
  } catch (error) {
    problems.push(`${root}: cannot be read (${messageOf(error)})`);
    return [];
  }
}

function isPartial(path: string): boolean {
  return path === "layout.hbs" || /^(?:(?:ja|en)\/)?partials\/[^/]+$/.test(path);
}

const SECTION_LINE = /^--- (subject|text|html)\s*$/;

/** A partial may have one section only; without any section line all of it is HTML. */
function parseSource(file: string, isMail: boolean, problems: string[]): Source {
  const lines = readFileSync(file, "utf8")
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  const starts = lines.flatMap((line, index) => (SECTION_LINE.test(line) ? [index] : []));
  const sections = new Map<Section, string>();
  if (!isMail && starts.length === 0) sections.set("html", lines.join("\n"));
  for (const [nth, start] of starts.entries()) {
    const section = SECTION_LINE.exec(lines[start] ?? "")?.[1] as Section;
    if (sections.has(section)) problems.push(`${file}: has two sections "${section}"`);
    const body = lines
      .slice(start + 1, starts[nth + 1])
      .join("\n")
      .trimEnd();
    // The comment leaves no trace in the mail, but lets Handlebars count lines as the file does.
    sections.set(section, `{{!--${"\n".repeat(start)}--}}\n${body}\n`);
  }
  for (const section of isMail ? SECTIONS : []) {
    if (!sections.has(section)) problems.push(`${file}: has no line "--- ${section}"`);
  }
  if (/\{\{~?[{&]/.test(sections.get("html") ?? "")) {
    problems.push(`${file}: html prints a value unescaped ({{{…}}} or {{&…}})`);
  }
  return { file, sections };
}

// ---- compiling

/** Compares a variable with a word: {{#if (is mark "same")}}. */
const HELPERS = { is: (left: unknown, right: unknown) => left === right };

type Compile = (source: Source, section: Section) => Handlebars.TemplateDelegate;

function compileLocale(
  locale: Locale,
  sources: Sources,
  problems: string[],
): [string, CompiledMail][] {
  const text = createCompiler("text", locale, sources, problems);
  const html = createCompiler("html", locale, sources, problems);
  return mailNames().flatMap((name) => {
    const path = mailPath(name, locale);
    const source = sources.get(path);
    if (source === undefined) return [];
    const mail = {
      subject: text(source, "subject"),
      text: text(source, "text"),
      html: html(source, "html"),
    };
    return [[path, mail]];
  });
}

/** Text and HTML have partials of the same name, each with its own wording and escaping. */
function createCompiler(
  format: "text" | "html",
  locale: Locale,
  sources: Sources,
  problems: string[],
): Compile {
  const handlebars = Handlebars.create();
  handlebars.registerHelper(HELPERS);
  const options = {
    strict: true,
    knownHelpers: { is: true } as KnownHelpers,
    knownHelpersOnly: true,
    noEscape: format === "text",
    preventIndent: true,
  };
  const compile: Compile = (source, section) => {
    const template = source.sections.get(section) ?? "";
    try {
      // compile() alone is lazy: it would meet the error only when the mail is due.
      handlebars.precompile(template, options);
    } catch (error) {
      problems.push(`${source.file}: ${section}: ${messageOf(error)}`);
    }
    return handlebars.compile(template, options);
  };
  for (const [path, source] of sources) {
    const isOurs = isPartial(path) && (path.startsWith(`${locale}/`) || !/^(?:ja|en)\//.test(path));
    if (isOurs && source.sections.has(format)) {
      const name = path.replace(/^.*\//, "").replace(/\.hbs$/, "");
      handlebars.registerPartial(name, compile(source, format));
    }
  }
  return compile;
}

// ---- rendering

function renderMail(mail: CompiledMail, locale: Locale, variables: object): RenderedMail {
  const values = guard(variables);
  const options = { data: { lang: locale } };
  return {
    subject: oneLine(mail.subject(values, options)).replace(/ {2,}/g, " ").trim(),
    text: tidy(mail.text(values, options), "\n\n"),
    html: tidy(mail.html(values, options), "\n"),
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

/** Without controls and without the marks that make text read in another order than it stands. */
function oneLine(value: string): string {
  return value.replace(/[\u202a-\u202e\u2066-\u2069]/g, "").replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}

function tidy(value: string, gap: string): string {
  const lines = value.replace(/[ \t]+$/gm, "").trim();
  return `${lines.replace(/\n{2,}/g, gap)}\n`;
}

// ---- trying

function tryOnSamples(
  templates: Templates,
  locale: Locale,
  sources: Sources,
  problems: string[],
): void {
  const samples = sampleVariables(locale);
  for (const name of mailNames()) {
    const file = sources.get(mailPath(name, locale))?.file ?? "";
    const sample = samples[name];
    try {
      for (const variant of sampleVariants(sample)) templates.render(name, locale, variant);
      const broken = brokenPromises({ ...sample }, templates.render(name, locale, sample));
      problems.push(...broken.map((problem) => `${file}: ${problem}`));
    } catch (error) {
      problems.push(`${file}: ${messageOf(error)}`);
    }
  }
}

/** What other parts of henkin rely on in a mail, whoever wrote its template. */
function brokenPromises(sample: Readonly<Record<string, unknown>>, mail: RenderedMail): string[] {
  const problems: string[] = [];
  if (mail.subject === "") problems.push("the subject is empty");
  if ("reference" in sample && !mail.subject.includes(`[${sample["reference"]}]`)) {
    problems.push("the subject lacks [{{reference}}], by which answers are recognised");
  }
  const isAnswered = "reference" in sample && !("shopEmail" in sample);
  for (const [section, body] of [
    ["text", mail.text],
    ["html", visibleText(mail.html)],
  ] as const) {
    if (isAnswered) problems.push(...answerTraps(body).map((trap) => `${section}: ${trap}`));
    for (const key of ["code", "shopEmail", "customer"]) {
      if (key in sample && !body.includes(String(sample[key]))) {
        problems.push(`${section}: must print {{${key}}}`);
      }
    }
  }
  return problems;
}

/** What could make our own words, quoted below an answer, count as the answer. */
function answerTraps(body: string): string[] {
  const lines = body.trim().split("\n");
  const bare = lines.filter((line) => readWords(line).kind !== "ambiguous");
  const traps = bare.map((line) => `the line "${line}" could be read as an answer`);
  if (markerAt(lines, 0)?.crowded === false) return traps;
  return ["the marker line must come first, alone on its line", ...traps];
}

function visibleText(html: string): string {
  return html
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<br>|<\/(?:p|div)>/g, "\n")
    .replace(/<[^>]*>/g, "");
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ");
}

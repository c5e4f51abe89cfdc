// Reads the template files, the shop's own over those of henkin: file by file, section by section, or
// sentence by sentence.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locale, MailName } from "../domain/outgoing-mail.ts";
import { sampleVariables } from "./sample-variables.ts";

export const LOCALES: readonly Locale[] = ["ja", "en"];
const SECTIONS = ["subject", "text", "html"] as const;
export type Section = (typeof SECTIONS)[number];

/** Some Handlebars, and the file it comes from, as that is named in an error. */
export interface Part {
  readonly file: string;
  readonly template: string;
}

export interface Source {
  /** The one that was read last. */
  readonly file: string;
  readonly sections: ReadonlyMap<Section, Part>;
  /** What both text and HTML print by name, one line each. */
  readonly sentences: ReadonlyMap<string, Part>;
}

export type Sources = ReadonlyMap<string, Source>;

export function mailPath(name: MailName, locale: Locale): string {
  return `${locale}/${name.replaceAll("_", "-")}.hbs`;
}

export function mailNames(): MailName[] {
  return Object.keys(sampleVariables("ja")) as MailName[];
}

export function readSources(dir: string, overrideDir: string | null, problems: string[]): Sources {
  const sources = new Map<string, Source>();
  const expected = LOCALES.flatMap((locale) => mailNames().map((name) => mailPath(name, locale)));
  for (const root of overrideDir === null ? [dir] : [dir, overrideDir]) {
    for (const path of templatePaths(root, problems)) {
      const isMail = expected.includes(path);
      const file = join(root, path);
      // A misspelt override would otherwise be ignored without a word.
      if (!isMail && !isPartial(path)) problems.push(`${file}: no mail has this name`);
      else
        sources.set(path, merged(sources.get(path), parseSource(file, isMail, problems), problems));
    }
  }
  checkComplete(dir, expected, sources, problems);
  return sources;
}

function checkComplete(
  dir: string,
  mails: readonly string[],
  sources: Sources,
  problems: string[],
): void {
  if (!sources.has("layout.hbs")) problems.push(`${join(dir, "layout.hbs")}: is missing`);
  for (const path of mails) {
    const source = sources.get(path);
    if (source === undefined) {
      problems.push(`${join(dir, path)}: is missing`);
      continue;
    }
    const absent = SECTIONS.filter((section) => !source.sections.has(section));
    problems.push(...absent.map((section) => `${source.file}: has no line "--- ${section}"`));
  }
}

function templatePaths(root: string, problems: string[]): string[] {
  try {
    const paths = readdirSync(root, { recursive: true, encoding: "utf8" });
    return paths
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => path.endsWith(".hbs"))
      .sort();
  } catch (error) {
    problems.push(`${root}: cannot be read (${(error as Error).message})`);
    return [];
  }
}

export function isPartial(path: string): boolean {
  return path === "layout.hbs" || /^(?:(?:ja|en)\/)?partials\/[^/]+$/.test(path);
}

/** The shop's own file over the one it stands for. */
function merged(base: Source | undefined, own: Source, problems: string[]): Source {
  if (base === undefined) return own;
  for (const [name, { file }] of own.sentences) {
    // Otherwise a misspelt name would change nothing, without a word.
    const isPrinted = [...own.sections.values()].some((part) => saidIn(part).includes(name));
    if (!base.sentences.has(name) && !isPrinted) {
      problems.push(`${file}: there is no sentence "${name}" in this file`);
    }
  }
  return {
    file: own.file,
    sections: new Map([...base.sections, ...own.sections]),
    sentences: new Map([...base.sentences, ...own.sentences]),
  };
}

/** The sentences that a section prints: {{say "name"}} or {{> paragraph name="name"}}. */
export function saidIn({ template }: Part): string[] {
  const calls = template.matchAll(/[{(]say "([^"]*)"|\{> paragraph name="([^"]*)"/g);
  return Array.from(calls, ([, said, paragraph]) => said ?? paragraph ?? "");
}

const SECTION_LINE = /^--- (subject|sentences|text|html)\s*$/;
const SENTENCE_LINE = /^([a-z][a-z0-9_]*):(.*)$/;

/** A partial may have one section only; without any section line all of it is HTML. */
function parseSource(file: string, isMail: boolean, problems: string[]): Source {
  const lines = readFileSync(file, "utf8")
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  const starts = lines.flatMap((line, index) => (SECTION_LINE.test(line) ? [index] : []));
  const sections = new Map<Section, Part>();
  const sentences = new Map<string, Part>();
  const seen = new Set<string>();
  if (starts.length === 0) {
    if (isMail) problems.push(`${file}: has no line "--- subject", "--- text" or "--- html"`);
    else sections.set("html", { file, template: lines.join("\n") });
  }
  for (const [nth, start] of starts.entries()) {
    const section = SECTION_LINE.exec(lines[start] ?? "")?.[1] ?? "";
    if (seen.has(section)) problems.push(`${file}: has two sections "${section}"`);
    seen.add(section);
    const body = lines.slice(start + 1, starts[nth + 1]);
    if (section === "sentences") readSentences(file, body, sentences, problems);
    else sections.set(section as Section, { file, template: numbered(body, start) });
  }
  const printed = [sections.get("html"), ...sentences.values()];
  if (printed.some((part) => /\{\{~?[{&]/.test(part?.template ?? ""))) {
    problems.push(`${file}: html prints a value unescaped ({{{…}}} or {{&…}})`);
  }
  return { file, sections, sentences };
}

/** The comment leaves no trace in the mail, but lets Handlebars count lines as the file does. */
function numbered(body: readonly string[], start: number): string {
  return `{{!--${"\n".repeat(start)}--}}\n${body.join("\n").trimEnd()}\n`;
}

function readSentences(
  file: string,
  lines: readonly string[],
  sentences: Map<string, Part>,
  problems: string[],
): void {
  for (const line of lines.filter((one) => one.trim() !== "")) {
    const [, name, template = ""] = SENTENCE_LINE.exec(line) ?? [];
    if (name === undefined) problems.push(`${file}: "${line}" is not "name: sentence"`);
    else if (sentences.has(name)) problems.push(`${file}: has two sentences "${name}"`);
    else sentences.set(name, { file, template: template.trim() });
  }
}

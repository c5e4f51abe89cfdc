// The words by which a customer understands that the money went back, or that none is taken: those of the
// templates that say so. What they say is derived from their own wording, so that a new wording is looked
// for, too.

import { join } from "node:path";
import type { Locale, MailName } from "../../src/domain/outgoing-mail.ts";
import { sampleVariables, sampleVariants } from "../../src/mail/sample-variables.ts";
import { loadTemplates, type Templates } from "../../src/mail/templates.ts";

export const COMPLETIONS = ["refunded", "voided", "already_refunded"] as const;

/** „…完了いたしました", "… is complete": the word for what is done, without its ending. */
const PREDICATES: Readonly<Record<Locale, RegExp>> = {
  ja: /(?:^|[をがはに、])([^をがはに、\s]{2,6}?)(?:いた)?し(?:ました|ております|ません)/gu,
  en: /\b(?:is|be|been|we) (?:already )?(complete|\w+ed)\b/gi,
};

/** The same word with any ending that says it is so. */
const SAID: Readonly<Record<Locale, (word: string) => RegExp>> = {
  ja: (word) => new RegExp(`${word}(?:いた)?し(?:ました|て(?:おり|い)ます|ません)|${word}済`, "u"),
  en: (word) => new RegExp(`\\b(?:is|be|been|we|we have) (?:already |now )?${word}\\b`, "i"),
};

/** Its subject without the shop and the ticket, and its text up to the facts, without the greeting. */
function statementOf(templates: Templates, name: MailName, locale: Locale): string {
  const samples = sampleVariables(locale);
  const render = (one: MailName) => templates.render(one, locale, samples[one]);
  const { subject, text } = render(name);
  const common = new Set(render("acknowledgement").text.split("\n"));
  const lines = text.split("\n");
  const facts = lines.findIndex((line) => /^(?:　| {2})/.test(line));
  const own = lines.slice(0, facts).filter((line) => !common.has(line));
  const bare = subject.replace(/^(?:【.*?】|.*?: )|\[.*\]/g, "").trim();
  const separator = locale === "ja" ? "" : " ";
  return `${bare}\n${own.join(separator)}`;
}

export function completionWords(templates: Templates, locale: Locale): string[] {
  const statements = COMPLETIONS.map((name) => statementOf(templates, name, locale)).join("\n");
  const sentences = statements.split(/[。\n]|(?<=\.) /);
  const found = sentences.flatMap((sentence) => [...sentence.matchAll(PREDICATES[locale])]);
  return [...new Set(found.map(([, word = ""]) => word.toLowerCase()))].sort();
}

export interface CompletionCheck {
  /** What of the mail says that it is done; null where nothing does. */
  find(name: MailName, locale: Locale, variables: object): string | null;
  /** Of every way in which this template can turn out. */
  findInSamples(name: MailName, locale: Locale): string | null;
}

export function completionCheck(templatesDir = "templates"): CompletionCheck {
  const templates = loadTemplates(join(templatesDir), null);
  const patterns = (locale: Locale) => completionWords(templates, locale).map(SAID[locale]);
  const known = { ja: patterns("ja"), en: patterns("en") };
  const find = (name: MailName, locale: Locale, variables: object): string | null => {
    const { subject, text, html } = templates.render(name, locale, variables as never);
    // Lines of one paragraph are one sentence.
    const joined = text.replace(/(?<=\S)\n(?=\S)/g, locale === "ja" ? "" : " ");
    const all = [subject, joined, html.replace(/<[^>]*>/g, " ")].join("\n");
    for (const pattern of known[locale]) {
      const said = pattern.exec(all)?.[0];
      if (said !== undefined) return said;
    }
    return null;
  };
  return {
    find,
    findInSamples(name, locale) {
      const variants = sampleVariants(sampleVariables(locale)[name]);
      for (const variables of variants) {
        const said = find(name, locale, variables);
        if (said !== null) return said;
      }
      return null;
    },
  };
}

// Tries every mail on sample data before anything runs, whoever wrote its template, and says what is
// wrong with it.

import { readWords } from "../domain/approval/approval-words.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import { markerAt } from "../domain/quote-layouts.ts";
import { messageOf, type RenderedMail, type Templates } from "./compiled-templates.ts";
import { sampleVariables, sampleVariants } from "./sample-variables.ts";
import { mailNames, mailPath, type Sources } from "./template-sources.ts";

export function tryOnSamples(
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
    .replace(/<br>|<\/(?:p|div|td)>/g, "\n")
    .replace(/<[^>]*>/g, "");
}

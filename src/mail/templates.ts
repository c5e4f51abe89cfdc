// The wording of every mail, from templates/. All of it is compiled and tried on sample data when
// the process starts: a broken template must stop the start and never a refund.

import { ConfigError } from "../domain/errors.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import { compileTemplates, type Templates } from "./compiled-templates.ts";
import { LOCALES, readSources } from "./template-sources.ts";
import { tryOnSamples } from "./template-trial.ts";

export type { RenderedMail, Templates } from "./compiled-templates.ts";

/**
 * `overrideDir` may hold any of the same files, or of their sections and sentences, and wins. Throws
 * ConfigError with every problem found in these languages.
 */
export function loadTemplates(
  dir: string,
  overrideDir: string | null,
  locales: readonly Locale[] = LOCALES,
): Templates {
  const problems: string[] = [];
  const stopOnProblems = () => {
    if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  };
  const sources = readSources(dir, overrideDir, problems);
  stopOnProblems();
  const templates = compileTemplates(sources, locales, problems);
  stopOnProblems();
  for (const locale of locales) tryOnSamples(templates, locale, sources, problems);
  stopOnProblems();
  return templates;
}

// The templates of all mails, by the settings. A part of app.ts that commands need alone.

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "./config.ts";
import type { Locale } from "./domain/outgoing-mail.ts";
import { loadTemplates, type Templates } from "./mail/templates.ts";

/** templates/ beside src/ and dist/. */
const TEMPLATES = join(dirname(fileURLToPath(import.meta.url)), "..", "templates");

/**
 * In the languages that will be needed; in all where none is named, or where the shop has texts of its own:
 * a mistake in them is told at the start.
 */
export function buildTemplates(
  config: Config<"TEMPLATES_DIR">,
  directory: string,
  ...locales: Locale[]
): Templates {
  const { TEMPLATES_DIR: own } = config;
  const overrideDir = own === undefined ? null : resolve(directory, own);
  const isAll = overrideDir !== null || locales.length === 0;
  return loadTemplates(TEMPLATES, overrideDir, isAll ? undefined : locales);
}

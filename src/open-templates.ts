// The templates of all mails, by the settings. A part of app.ts that commands need alone.

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "./config.ts";
import { loadTemplates } from "./mail/templates.ts";

/** templates/ beside src/ and dist/. */
const TEMPLATES = join(dirname(fileURLToPath(import.meta.url)), "..", "templates");

export function buildTemplates(config: Config<"TEMPLATES_DIR">, directory: string) {
  const override = config.TEMPLATES_DIR;
  return loadTemplates(TEMPLATES, override === undefined ? null : resolve(directory, override));
}

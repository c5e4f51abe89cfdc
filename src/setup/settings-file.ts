// The text of a .env that is read back as it was meant, and its way to the disk: whole or not at all,
// for its owner only, and never over another that nobody has given up.

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { PermanentError } from "../domain/errors.ts";
import type { Section } from "./questions.ts";

const HEAD = `# Settings of henkin, written by \`henkin init\`. .env.example explains each of them, and all others.
# There are secrets in here: keep the file to yourself. After a change: henkin doctor, then restart
# the worker.
`;

/** Null where no .env can hold the value: it has every kind of quotation mark, or controls. */
export function quoted(value: string): string | null {
  if (/^[\w@%+.,:/=-]+$/.test(value)) return value;
  // Between double quotation marks \\n would become the end of a line.
  const marks = ["'", '"', "`"].filter((mark) => !(mark === '"' && value.includes("\\n")));
  const mark = marks.find((candidate) => !value.includes(candidate));
  return mark === undefined || /\p{Cc}/u.test(value) ? null : `${mark}${value}${mark}`;
}

export function settingsText(sections: readonly Section[]): string {
  const blocks = sections.map(({ comment, settings }) => {
    const lines = settings.map(({ name, value }) => `${name}=${quoted(value) ?? ""}\n`);
    return `\n# ${comment}\n${lines.join("")}`;
  });
  return HEAD + blocks.join("");
}

const FILE = ".env";

export function settingsExist(directory: string): boolean {
  return existsSync(join(directory, FILE));
}

/**
 * Returns the name under which an older file was kept.
 * @param replacing the time; null: a file that is there stays
 */
export function writeSettings(
  directory: string,
  text: string,
  replacing: Date | null,
): string | null {
  const path = join(directory, FILE);
  const draft = `${path}.draft-${process.pid}`;
  for (const signal of ENDINGS) process.on(signal, outlast);
  try {
    writeDraft(draft, text);
    if (replacing !== null && existsSync(path)) {
      const name = `${FILE}.before-${replacing.toISOString().replace(/\.\d+|[-:]/g, "")}`;
      linkSync(path, join(directory, name));
      chmodSync(join(directory, name), 0o600);
      renameSync(draft, path);
      return name;
    }
    // Unlike a rename, a link fails where somebody has made the file in the meantime.
    linkSync(draft, path);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && replacing === null) throw new PermanentError("settings_exist");
    throw new PermanentError("settings_unwritable", { why: code ?? message }, { cause: error });
  } finally {
    rmSync(draft, { force: true });
    for (const signal of ENDINGS) process.off(signal, outlast);
  }
}

/** Whoever closes the terminal in this moment must not leave secrets behind in a draft. */
const ENDINGS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const;
const outlast = () => undefined;

function writeDraft(path: string, text: string): void {
  rmSync(path, { force: true });
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

// How fast one `henkin parse` process reads typical form mails.

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { simpleParser } from "mailparser";
import { readMessage } from "../../src/mail/message-reader.ts";
import type { Figures } from "./report.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FORMS = join(ROOT, "test/fixtures/mail/forms-text");
const run = promisify(execFile);

async function formMails(copies: number): Promise<Buffer[]> {
  const files = (await readdir(FORMS)).filter((file) => file.endsWith(".eml"));
  const mails = await Promise.all(files.map((file) => readFile(join(FORMS, file))));
  return Array.from({ length: copies }, () => mails).flat();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Pinned to one core where the system can do that. */
async function parseFiles(folder: string, files: readonly string[]): Promise<void> {
  const command = [process.execPath, join(ROOT, "dist/main.js"), "parse", "--json", ...files];
  const options = { cwd: folder, maxBuffer: 256 * 1024 * 1024 };
  const [program = "", ...args] =
    process.platform === "linux" ? ["taskset", "-c", "0", ...command] : command;
  await run(program, args, options);
}

/** `copies`: of each mail of the fixtures; the first thousand mails cost more, being compiled. */
export async function measureParse(copies: number, figures: Figures): Promise<void> {
  const mails = await formMails(copies);
  const folder = await mkdtemp(join(tmpdir(), "henkin-bench-"));
  const add = (what: string, count: number, ms: number, beside?: string) =>
    figures.add(`parse: ${what}`, (count / ms) * 1_000, "mails/s", beside && `parse: ${beside}`);
  try {
    const files = mails.map((_mail, at) => `${at}.eml`);
    for (const [at, mail] of mails.entries()) await writeFile(join(folder, `${at}.eml`), mail);
    const one = await timed(() => parseFiles(folder, files.slice(0, 1)));
    const all = await timed(() => parseFiles(folder, files));
    const plain = await timed(async () => {
      for (const mail of mails) await simpleParser(mail);
    });
    const decoded = await timed(async () => {
      for (const mail of mails) await readMessage(mail);
    });
    figures.add("parse: one mail, with the start", one, "ms");
    add("mailparser's simpleParser alone", mails.length, plain);
    add("decoding alone", mails.length, decoded, "mailparser's simpleParser alone");
    const name = "one process on one core";
    add(`${name}, with its start`, mails.length, all, "mailparser's simpleParser alone");
    add(`${name}, without`, mails.length - 1, all - one, "mailparser's simpleParser alone");
  } finally {
    await rm(folder, { recursive: true });
  }
}

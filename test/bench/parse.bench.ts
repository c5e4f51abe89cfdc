// How fast one `henkin parse` process reads typical form mails: `npm run bench`. Figures depend on the
// machine; compare only what was measured in one run.

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { simpleParser } from "mailparser";
import { it } from "vitest";
import { readMessage } from "../../src/mail/message-reader.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FORMS = join(ROOT, "test/fixtures/mail/forms-text");
/** About as many mails as a year brings: the first thousand cost more, being compiled. */
const COPIES = 160;
const run = promisify(execFile);

async function formMails(): Promise<Buffer[]> {
  const files = (await readdir(FORMS)).filter((file) => file.endsWith(".eml"));
  const mails = await Promise.all(files.map((file) => readFile(join(FORMS, file))));
  return Array.from({ length: COPIES }, () => mails).flat();
}

function tell(what: string, count: number, ms: number): void {
  const rate = (count / ms) * 1_000;
  process.stdout.write(`${what}: ${rate.toFixed(0)} mails/s (${count} in ${ms.toFixed(0)} ms)\n`);
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

it("reads form mails", { timeout: 600_000 }, async () => {
  const mails = await formMails();
  const folder = await mkdtemp(join(tmpdir(), "henkin-bench-"));
  try {
    const files = mails.map((_mail, at) => `${at}.eml`);
    for (const [at, mail] of mails.entries()) await writeFile(join(folder, `${at}.eml`), mail);
    const one = await timed(() => parseFiles(folder, files.slice(0, 1)));
    const all = await timed(() => parseFiles(folder, files));
    process.stdout.write(`henkin parse, one mail: ${one.toFixed(0)} ms\n`);
    tell("henkin parse, one process on one core, with its start", mails.length, all);
    tell("the same without its start", mails.length - 1, all - one);
    const decoded = await timed(async () => {
      for (const mail of mails) await readMessage(mail);
    });
    tell("decoding alone, in this process", mails.length, decoded);
    const plain = await timed(async () => {
      for (const mail of mails) await simpleParser(mail);
    });
    tell("mailparser's simpleParser alone, in this process", mails.length, plain);
  } finally {
    await rm(folder, { recursive: true });
  }
});

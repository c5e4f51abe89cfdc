// Watches every line that a henkin started by a test writes: a log holds no secret, no address, no
// name and no text of a mail. What it finds fails the running test.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach } from "vitest";

const SECRET_SETTING = /(?:_KEY|_TOKEN|_SECRET|_PASSWORD)(?:_FILE)?$/;
const SERVER_SETTING = /^(?:INBOX|OUTBOX|HEARTBEAT)_URL(?:_FILE)?$/;
/** A shorter line of a mail ("OK") may stand anywhere. */
const TEXT_MIN = 8;
const SECRET_MIN = 4;

/** What no line may look like, whoever wrote it. */
const PATTERNS: readonly (readonly [string, RegExp])[] = [
  ["an address", /[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/i],
  ["a key of Stripe", /\b(?:[sr]k|whsec)_(?:live|test)?_?\w{6,}/],
  ["a data key", /(?<![\w+/])[A-Za-z0-9+/]{43}=/],
  ["a token", /\bBearer\s+\S+|\bya29\.\S+|\beyJ[\w-]{10,}\./],
  ["a one-time code", /(?<![\w-])(?=[0-9A-F]{0,9}[A-F])(?=[0-9A-F]{0,9}\d)[0-9A-F]{10}(?![\w-])/],
  ["a password in an address", /:\/\/[^\s/@:]+:[^\s/@]+@/],
  ["what redaction had to remove", /\[removed\]/],
];
/** henkin's log is English: a name or a sentence of a mail is not. */
const JAPANESE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

const planted = new Set<string>();
const leaks: string[] = [];

/** Remembers what a mail of the tests holds: each line of its text, and each long number in it. */
export function plant(...texts: readonly string[]): void {
  for (const line of texts.join("\n").split(/\r?\n/)) {
    const text = line.trim();
    if (text.length >= TEXT_MIN) planted.add(text);
    for (const [digits] of text.matchAll(/\d{7,}/g)) planted.add(digits);
  }
}

/** A long run's mails are too many to look for in every line. */
export function forgetPlanted(): void {
  planted.clear();
}

/** The secrets that a process is started with, by its settings and its `.env`. */
export function secretsOf(env: Readonly<Record<string, string>>, cwd: string): string[] {
  const file = read(join(cwd, ".env")).matchAll(/^([A-Z_]+)=(.*)$/gm);
  const settings = [...Object.entries(env), ...[...file].map(([, name, value]) => [name, value])];
  const secrets = settings.flatMap(([name = "", given = ""]) => {
    const value = name.endsWith("_FILE") ? read(join(cwd, given)).trim() : given;
    if (SECRET_SETTING.test(name)) return value;
    if (!SERVER_SETTING.test(name) || !URL.canParse(value)) return [];
    const { password, searchParams, pathname } = new URL(value);
    // The path of a heartbeat is its secret.
    const path = name.startsWith("HEARTBEAT") ? [pathname.slice(1), ...searchParams.values()] : [];
    return [password, decodeURIComponent(password), ...path];
  });
  return [...new Set(secrets)].filter((secret) => secret.length >= SECRET_MIN);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** What the line gives away, named without repeating it. */
export function leaksIn(line: string, secrets: readonly string[], isLog: boolean): string[] {
  const words = new Set([line, line.replaceAll('\\"', '"')]);
  const holds = (text: string) =>
    [...words].some((word) => word.includes(text)) &&
    // A number within a longer one, as a time, is another.
    (!/^\d+$/.test(text) || new RegExp(`(?<!\\d)${text}(?!\\d)`).test(line));
  const found = secrets
    .filter((secret) => secret.length >= 4 && holds(secret))
    .map(() => "a secret");
  if (!isLog) return found;
  for (const [name, pattern] of PATTERNS) if (pattern.test(line)) found.push(name);
  if (JAPANESE.test(line)) found.push("Japanese text");
  for (const text of planted) if (holds(text)) found.push("text of a mail");
  return found;
}

export function watch(line: string, secrets: readonly string[], isLog: boolean): void {
  for (const leak of leaksIn(line, secrets, isLog)) leaks.push(`${leak} in: ${line}`);
}

/** What was found since the last time. */
export function takeLeaks(): string[] {
  return leaks.splice(0);
}

function expectNone(): void {
  const found = takeLeaks();
  if (found.length > 0) throw new Error(`henkin has logged ${found.join("\n")}`);
}

afterEach(expectNone);
// For what a worker said while its test was being cleared away.
afterAll(expectNone);

// Mails nobody would write on purpose, made of real-looking ones. `npm run fuzz` takes 100,000 of them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../src/domain/errors.ts";
import type { MailReading } from "../src/domain/mail-reading.ts";
import { readRawMail } from "../src/mail/mail-reader.ts";

const isFuzz = process.env["npm_lifecycle_event"] === "fuzz";
const RUNS = isFuzz ? 100_000 : 5_000;
/** The small dose is the same each time; the large one is new. */
const SEED = isFuzz ? {} : { seed: 20_261_122 };
/** Far above the 3 ms of a typical mail, far below the deadline that puts one aside. */
const SLOW_MS = 2_000;

const SHOP = {
  shop: "info@shop.example.jp",
  staff: ["tanaka@shop.example.jp"],
  managers: [],
  formFrom: [],
  answersFrom: "anyone" as const,
};

const FOLDER = fileURLToPath(new URL("fixtures/mail", import.meta.url));
const MAILS = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".eml"))
  .sort()
  .map((file) => readFileSync(join(FOLDER, file)).toString("latin1"));

/** What breaks parsers: cut escapes, line breaks inside encoded words, endless or nested structure. */
const NASTY = [
  "\u001b$B",
  "\u001b(B",
  "\r\n",
  "\n\n",
  "\r",
  "\0",
  "=?utf-8?B?DQpCY2M6IGV2aWxAZXhhbXBsZS5uZXQ=?=",
  "=?utf-8?Q?=0D=0ABcc:=20evil@example.net?=",
  "=?iso-2022-jp?B?GyRCJCIkJA==?=",
  '"\\',
  "<<<>>>",
  "(((((",
  "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
  "Content-Transfer-Encoding: base64\r\n",
  "From: x@example.jp\r\n",
  "注文番号: ",
  "\u00e3\u0081",
  "\uff10",
  "返金",
  "１２３４５６７８９０".repeat(40),
  "> ".repeat(300),
  "(".repeat(2_000),
  "a@".repeat(500),
  "- ".repeat(2_000),
  "<div>".repeat(400),
  "On 2026".repeat(200),
  "注文番号".repeat(300),
  // What patterns with a square in them, or worse, took seconds over.
  `${">".repeat(8_000)}x`,
  `--${" ".repeat(4_000)}x`,
  // Shorter than the rest: decoding quoted-printable takes its time over blanks.
  `x${" ".repeat(4_000)}x`,
  `x${"\n".repeat(55_000)}x`,
  `From: ${"a".repeat(60_000)}\r\n`,
  `From: ${"1".repeat(60_000)}! <x@example.jp>\r\n`,
  `Subject: =?utf-8?B?${Buffer.from(`キャンセル${"お願い".repeat(28)}x`).toString("base64")}?=\r\n`,
  Array.from({ length: 2_200 }, (_one, at) => `AMAZON 249-1234567-${1_000_000 + at}\n`).join(""),
  "6\uFE0F\u20E37\uFE0F\u20E38\uFE0F\u20E3",
  "6\u200B78",
  "\u202E678\u202C",
  "678\u00B2",
].map((text) => Buffer.from(text).toString("latin1"));

interface Change {
  readonly at: number;
  readonly length: number;
  readonly what: "cut" | "insert" | "repeat" | "byte" | "graft";
  readonly nasty: string;
  readonly other: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 400 }),
  what: fc.constantFrom("cut", "insert", "repeat", "byte", "graft"),
  nasty: fc.constantFrom(...NASTY),
  other: fc.nat(MAILS.length - 1),
});

function apply(mail: string, { at, length, what, nasty, other }: Change): string {
  const start = Math.floor(at * mail.length);
  const [before, piece, after] = [
    mail.slice(0, start),
    mail.slice(start, start + length),
    mail.slice(start + length),
  ];
  switch (what) {
    case "cut":
      return before + after;
    case "insert":
      return before + nasty + piece + after;
    case "repeat":
      return before + piece.repeat(1 + (length % 20)) + after;
    case "byte":
      return `${before}${String.fromCharCode(length % 256)}${mail.slice(start + 1)}`;
    case "graft":
      return before + (MAILS[other] ?? "").slice(-length * 10) + after;
  }
}

const mutated = fc
  .tuple(fc.nat(MAILS.length - 1), fc.array(change, { minLength: 1, maxLength: 6 }))
  .map(([index, changes]) => changes.reduce(apply, MAILS[index] ?? "").slice(0, 300_000));

async function read(raw: Buffer): Promise<MailReading | null> {
  try {
    return await readRawMail(raw, SHOP);
  } catch (error) {
    // Put aside with a reason; anything else is a crash.
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** What may become part of a header of ours, or of a look-up. */
function used({ message, fields }: MailReading): string[] {
  const { name, email, phone, address, orderNumbers } = fields;
  return [name, email, phone, address, message.subject, message.messageId, ...orderNumbers].filter(
    (value) => value !== null,
  );
}

function expectHarmless(reading: MailReading): void {
  for (const value of used(reading)) expect(value).not.toMatch(/\p{Cc}/u);
  const { name, email, orderNumbers, phone, address } = reading.fields;
  for (const value of [name, email, phone, address, ...orderNumbers]) {
    expect(value ?? "").not.toMatch(/\uFFFD/);
  }
  expect(email ?? "a@b").toMatch(/^[^\s<>,;:()[\]\\]+@[^\s<>,;:()[\]\\@]+$/);
  expect(phone ?? "000000000").toMatch(/^\d{9,15}$/);
  for (const number of orderNumbers) expect(number).toMatch(/^[A-Z0-9/_-]{1,40}$/i);
}

describe("any mail", () => {
  it(`is read, or put aside, without crash, hang or line break in what is used (${RUNS})`, {
    timeout: 3_600_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async (mail) => {
        const raw = Buffer.from(mail, "latin1");
        const start = performance.now();
        const reading = await read(raw);
        expect(performance.now() - start).toBeLessThan(SLOW_MS);
        if (reading !== null) expectHarmless(reading);
      }),
      // A mail that fails is kept whole: making it smaller takes longer than finding it.
      { ...SEED, numRuns: RUNS, endOnFailure: true },
    );
  });
});

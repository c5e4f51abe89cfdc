// Runs of one sign that cost a pattern with a square or worse in it seconds to minutes: each stood in a
// small mail, as text, subject, display name or message passed on.

import { describe, expect, it } from "vitest";
import { readIntent } from "../../../src/domain/intake/intent.ts";
import { readTopic } from "../../../src/domain/intake/topic-line.ts";
import { namesInHeader } from "../../../src/domain/intake/written-names.ts";
import { areOfMall } from "../../../src/domain/order-number/order-number.ts";
import { readRawMail } from "../../../src/mail/mail-reader.ts";

const STAFF = "tanaka@shop.example.jp";
const SHOP = {
  shop: "info@shop.example.jp",
  staff: [STAFF],
  managers: [],
  formFrom: [],
  answersFrom: "shop" as const,
};
/** Read in some ten milliseconds; the margin is for a busy machine. */
const SLOW_MS = 10_000;

const word = (text: string) => `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;

interface Parts {
  readonly from?: string;
  readonly subject?: string;
  readonly text: string;
}

function mail({ from = "taro@mail.example", subject = "x", text }: Parts): Buffer {
  const head = `From: ${from}\r\nSubject: ${word(subject)}\r\nContent-Type: text/plain; charset=utf-8`;
  return Buffer.from(`${head}\r\n\r\n${text}`);
}

async function timeOf(read: () => unknown): Promise<number> {
  const start = performance.now();
  await read();
  return performance.now() - start;
}

const MALLS = Array.from({ length: 2_200 }, (_one, at) => `249-1234567-${1_000_000 + at}`);

const RUNS: readonly (readonly [string, Parts])[] = [
  ["quote marks", { text: `${">".repeat(8_000)}x` }],
  ["an open rule", { text: `--${" ".repeat(16_000)}x` }],
  ["blanks behind a letter", { text: `x${" ".repeat(55_000)}x` }],
  ["wide blanks behind a letter", { text: `x${"　".repeat(18_000)}x` }],
  ["blank lines", { text: `x${"\n".repeat(55_000)}x` }],
  ["lines of blanks", { text: "返金 \n \n".repeat(9_000) }],
  ["one long word", { text: "a".repeat(60_000) }],
  ["numbers of a mall", { text: MALLS.map((number) => `AMAZON ${number}\n`).join("") }],
  ["the same wish in a subject", { subject: `キャンセル${"お願い".repeat(28)}x`, text: "x" }],
  ["a long subject", { subject: `返金${" ".repeat(40_000)}x`, text: "x" }],
  ["a display name of figures", { from: `${"1".repeat(60_000)}! <taro@mail.example>`, text: "x" }],
  [
    "an address without end in a mail passed on",
    {
      from: STAFF,
      subject: "Fwd: x",
      text: `-----転送メッセージ-----\nFrom: ${"a".repeat(60_000)}\n\n返金`,
    },
  ],
];

describe("a hostile mail", () => {
  it.each(RUNS)("of %s is read in time", async (_name, parts) => {
    const raw = mail(parts);
    const own = { ...parts, text: `お名前: 田中\nメール: a@mail.example\n内容:\n${parts.text}` };
    expect(await timeOf(() => readRawMail(raw, SHOP))).toBeLessThan(SLOW_MS);
    const form = mail({ ...own, from: parts.from ?? "form@shop.example.jp" });
    expect(await timeOf(() => readRawMail(form, SHOP))).toBeLessThan(SLOW_MS);
  });
});

describe("a rule by itself", () => {
  it("takes no time over a long subject, name or list", async () => {
    const topic = `キャンセル${"お願い".repeat(28)}x`;
    expect(await timeOf(() => readTopic(topic, ""))).toBeLessThan(SLOW_MS);
    const name = `${"1".repeat(60_000)}!`;
    expect(await timeOf(() => namesInHeader(name, "a@mail.example"))).toBeLessThan(SLOW_MS);
    const text = MALLS.map((number) => `AMAZON ${number}`).join("\n");
    expect(await timeOf(() => areOfMall(MALLS, text))).toBeLessThan(SLOW_MS);
    const withdrawn = "返金の依頼を取り下げます。".repeat(600);
    expect(await timeOf(() => readIntent(withdrawn, true))).toBeLessThan(SLOW_MS);
  });
});

import { beforeEach, expect, it } from "vitest";
import { rememberingReader } from "../../src/mail/remembering-reader.ts";
import type { MailReader } from "../../src/ports.ts";
import { createSigner } from "../../src/signer.ts";
import { aReader, rawOf } from "../jobs/recorded-mail.ts";

const inner = aReader({
  shop: "shop@shop.example",
  staff: [],
  managers: [],
  formFrom: [],
  answersFrom: "shop",
});
const signer = createSigner(Buffer.alloc(32, 7));
let read: number;
let counting: MailReader;
beforeEach(() => {
  read = 0;
  counting = {
    ...inner,
    read(raw) {
      read += 1;
      return inner.read(raw);
    },
  };
});

const mail = (text: string) => rawOf({ text });
const subject = (text: string) => rawOf({ subject: text, text: "x" });

it("the same bytes are read once", async () => {
  const reader = rememberingReader(counting, signer);
  const first = await reader.read(mail("注文番号 679 の返金"));
  expect(await reader.read(Buffer.from(mail("注文番号 679 の返金")))).toBe(first);
  expect(read).toBe(1);
  await reader.read(mail("注文番号 680 の返金"));
  expect(read).toBe(2);
});

it("no more readings are kept than allowed: the one asked for longest ago goes", async () => {
  const reader = rememberingReader(counting, signer, { readings: 2 });
  for (const text of ["a", "b", "a", "c"]) await reader.read(subject(text));
  expect(read).toBe(3);
  await reader.read(subject("a"));
  expect(read).toBe(3);
  await reader.read(subject("b"));
  expect(read).toBe(4);
});

it("no more text is kept than allowed", async () => {
  const reader = rememberingReader(counting, signer, { characters: 40_000 });
  const texts = ["a", "b", "c", "d"].map((letter) => letter.repeat(5_000));
  for (const text of texts) await reader.read(mail(text));
  read = 0;
  for (const text of texts.toReversed()) await reader.read(mail(text));
  expect(read).toBe(2);
});

it("a mail that is larger than all that is kept is read again", async () => {
  const reader = rememberingReader(counting, signer, { characters: 40_000 });
  for (let times = 0; times < 2; times += 1) await reader.read(mail("x".repeat(50_000)));
  expect(read).toBe(2);
});

it("what cannot be read is tried anew", async () => {
  const reader = rememberingReader(counting, signer);
  for (let times = 0; times < 2; times += 1) {
    await expect(reader.read(Buffer.from("no mail"))).rejects.toMatchObject({
      code: "unreadable_message",
    });
  }
  expect(read).toBe(2);
});

// How well intake reads real-looking mail. The expectations beside the mails were written by people
// who had not seen the parser. Three kinds of mistake cost money or trust and may not happen at all.

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { readRawMail } from "../src/mail/mail-reader.ts";

const FOLDER = fileURLToPath(new URL("fixtures/mail", import.meta.url));
const FIELDS = [
  "kind",
  "name",
  "email",
  "phone",
  "address",
  "orderNumbers",
  "requestedAmount",
  "intent",
] as const;
/** A mail that nobody acts on need not be understood beyond its kind. */
const READ_ON = ["refund_request", "status_inquiry", "customer_reply"];
/** Half of the mails are worded so that they are hard to understand; the typical ones all are. */
const LEAST = 0.95;

type Facts = Readonly<Record<(typeof FIELDS)[number], unknown>> & {
  readonly kind: string;
  readonly orderNumbers: readonly string[];
};

interface Compared {
  readonly file: string;
  readonly expected: Facts;
  readonly found: Facts;
}

const SHOP = {
  shop: "info@shop.example.jp",
  staff: ["tanaka@shop.example.jp", "staff@shop.example.jp"],
  managers: ["boss@shop.example.jp"],
  answersFrom: "shop" as const,
};

async function compare(file: string): Promise<Compared> {
  const { why, settings, ...expected } = JSON.parse(
    readFileSync(file.replace(/\.eml$/, ".json"), "utf8"),
  );
  const formFrom = settings?.FORM_FROM === undefined ? [] : [settings.FORM_FROM];
  const raw = readFileSync(file);
  const { kind, fields } = (await readRawMail(raw, { ...SHOP, formFrom })).classification;
  return {
    file: `${basename(dirname(file))}/${basename(file)}`,
    expected,
    found: {
      kind,
      name: fields?.name ?? null,
      email: fields?.email ?? null,
      phone: fields?.phone ?? null,
      address: fields?.address ?? null,
      orderNumbers: fields?.orderNumbers ?? [],
      requestedAmount: fields?.requestedAmountMinor ?? null,
      intent: fields?.intent ?? null,
    },
  };
}

const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".eml"))
  .sort()
  .map((file) => join(FOLDER, file));

let all: Compared[] = [];
beforeAll(async () => {
  all = [];
  for (const file of files) all.push(await compare(file));
});

const isEqual = (field: (typeof FIELDS)[number], { expected, found }: Compared) =>
  JSON.stringify(expected[field]) === JSON.stringify(found[field]);

function counted(field: (typeof FIELDS)[number]): Compared[] {
  return field === "kind" ? all : all.filter(({ expected }) => READ_ON.includes(expected.kind));
}

describe("intake over all fixtures", () => {
  it("has at least 150 mails to read", () => {
    expect(files.length).toBeGreaterThanOrEqual(150);
  });

  it.each(FIELDS)(`finds the %s in at least ${LEAST * 100} of 100 mails`, (field) => {
    const mails = counted(field);
    const wrong = mails.filter((mail) => !isEqual(field, mail));
    const share = 1 - wrong.length / mails.length;
    const list = wrong.map(
      ({ file, expected, found }) =>
        `\n  ${file}: ${JSON.stringify(found[field])}, not ${JSON.stringify(expected[field])}`,
    );
    process.stdout.write(
      `${field}: ${(share * 100).toFixed(1)} % of ${mails.length}${list.join("")}\n`,
    );
    expect(share).toBeGreaterThanOrEqual(LEAST);
  });

  it("uses no wrong order number", () => {
    const wrong = all
      .filter(({ found }) => READ_ON.includes(found.kind))
      .filter(({ expected, found }) =>
        found.orderNumbers.some((number) => !expected.orderNumbers.includes(number)),
      );
    expect(wrong.map(({ file, found }) => `${file}: ${found.orderNumbers}`)).toEqual([]);
  });

  it("writes to no wrong address", () => {
    const wrong = all
      .filter(({ found }) => READ_ON.includes(found.kind) && found.email !== null)
      .filter((mail) => !isEqual("email", mail));
    expect(wrong.map(({ file, found }) => `${file}: ${found.email}`)).toEqual([]);
  });

  it("opens no ticket for a mail that asks for nothing", () => {
    const wrong = all.filter(
      ({ expected, found }) =>
        found.kind === "refund_request" && expected.kind !== "refund_request",
    );
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });
});

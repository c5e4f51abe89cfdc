// That the harness counts what is there: a figure about nothing proves nothing.

import { describe, expect, it } from "vitest";
import { readRawMail } from "../../src/mail/mail-reader.ts";
import { dovecotInstalled } from "../support/dovecot.ts";
import { formMail, otherMail } from "./corpus.ts";
import { measureIngest } from "./ingest.ts";
import { createFigures, median, quantile, tableOf } from "./report.ts";

const SHOP = {
  ...{ shop: "shop@shop.example.jp", staff: ["staff@shop.example.jp"], managers: [] },
  ...{ answersFrom: "shop" as const, formFrom: [] },
};
const MAILS = 20;

describe("the mails of the benchmark", () => {
  const numbers = Array.from({ length: 200 }, (_, at) => at);

  it("are read as intended", { timeout: 60_000 }, async () => {
    for (const number of numbers) {
      const { raw, order, name, email } = formMail(number);
      const { classification } = await readRawMail(raw, SHOP);
      const { kind, fields } = classification;
      // A part of an order has no proposal, and OK would decide nothing.
      expect(["full", "cancel"], `mail ${number}`).toContain(fields?.intent);
      const read = { orders: fields?.orderNumbers, name: fields?.name, email: fields?.email };
      expect({ kind, ...read }).toEqual({ kind: "refund_request", orders: [order], name, email });
    }
  });

  it("are also about other things", async () => {
    const { classification } = await readRawMail(otherMail(1), SHOP);
    expect(classification.kind).toBe("other");
  });

  it("are of 2 to 6 KB, in both languages and charsets, and one in twenty has a photo", () => {
    const mails = numbers.map((number) => formMail(number).raw);
    const large = mails.filter(({ length }) => length > 100 * 1_024);
    expect(large).toHaveLength(numbers.length / 20);
    const sizes = mails.filter((mail) => !large.includes(mail)).map(({ length }) => length);
    expect(Math.min(...sizes)).toBeGreaterThan(2_000);
    expect(Math.max(...sizes)).toBeLessThan(6 * 1_024);
    for (const part of ["charset=ISO-2022-JP", "charset=UTF-8", "Subject: Refund request"]) {
      const count = mails.filter((mail) => mail.includes(part)).length;
      expect(count, part).toBeGreaterThan(numbers.length / 5);
    }
  });

  it("differ, and come out the same again", () => {
    const texts = new Set(numbers.map((number) => formMail(number).raw.toString("latin1")));
    expect(texts.size).toBe(numbers.length);
    const date = new Date(0);
    expect(formMail(7, { date }).raw).toEqual(formMail(7, { date }).raw);
  });
});

describe("a table", () => {
  it("shows the middle of the repeats, and rates beside the bare download", () => {
    const figures = createFigures();
    for (const rate of [90, 100, 200]) figures.add("bare download: rate", rate, "mails/s");
    for (const rate of [10, 30, 20])
      figures.add("ingest: rate", rate, "mails/s", "bare download: rate");
    figures.addDelays("IDLE", [500, 510, 520]);
    figures.addDelays("request", [530, 520, 560], "IDLE");
    const table = tableOf(figures.all, [{ name: "ingest: rate", unit: "mails/s", values: [40] }]);
    expect(table).toContain("20 mails/s");
    expect(table).toContain("10 to 30, 3 times");
    expect(table).toContain("0.200 of bare download: rate");
    expect(table).toContain("40 ms over IDLE: p99");
    expect(table).toContain("0.50 of 40");
  });

  it("knows the middle and the end of a list", () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect([median(values), quantile(values, 0.99), quantile(values, 1)]).toEqual([50, 99, 100]);
    expect(median([3])).toBe(3);
  });
});

describe.skipIf(!dovecotInstalled())("a stage", () => {
  it("counts the mails that became tickets", { timeout: 120_000 }, async () => {
    const figures = createFigures();
    await measureIngest({ mails: MAILS, runs: 1, figures });
    for (const { name, values } of figures.all) expect(values[0], name).toBeGreaterThan(0);
    expect(figures.all.map(({ name }) => name)).toContain("ingest: peak RSS");
  });
});

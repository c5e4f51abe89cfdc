import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadPaymentFile, readPaymentFile } from "../../src/payments/payment-file.ts";

/** 注文番号 in Shift_JIS. */
const ORDER_SJIS = Buffer.from("928d95b694d48d86", "hex");
/** 表: its second byte is a backslash. */
const TABLE_SJIS = Buffer.from("955c", "hex");
const bytes = (...parts: (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

function cellsOf(file: ReturnType<typeof readPaymentFile>) {
  return "records" in file ? file.records.map(({ line, cells }) => [line, ...cells]) : file;
}

const read = (...parts: (string | Buffer)[]) => readPaymentFile(bytes(...parts));

describe("the encoding", () => {
  it("is UTF-8, with a mark or without", () => {
    const cells = [[1, "注文番号", "b"]];
    for (const mark of ["", "\ufeff"]) {
      const file = read(`${mark}注文番号,b`);
      expect(file).toMatchObject({ encoding: "UTF-8" });
      expect(cellsOf(file)).toEqual(cells);
    }
  });

  it("is Shift_JIS as Excel writes it, signs of NEC and a yen sign included", () => {
    const file = read(ORDER_SJIS, ",b\r\n", TABLE_SJIS, Buffer.from("8740", "hex"), ",\\2\r\n");
    expect(file).toMatchObject({ encoding: "Shift_JIS" });
    expect(cellsOf(file)).toEqual([
      [1, "注文番号", "b"],
      [2, "表①", "\\2"],
    ]);
  });

  it("is not guessed anew for one broken line: its number is told", () => {
    const file = read("注文番号,b\n田中,1\n", Buffer.from("e38182e3", "hex"), ",2\n鈴木,3\n");
    expect(file).toEqual({
      problems: [{ line: 3, column: null, message: expect.stringContaining("not UTF-8") }],
    });
    const marked = read("\ufeffa,b\n", ORDER_SJIS, ",2\n");
    expect(marked).toMatchObject({ problems: [{ line: 2 }] });
  });

  it("is refused where bytes fit neither, by line", () => {
    const file = read(ORDER_SJIS, ",b\r\n1,2\r\n", Buffer.from("ff81", "hex"), ",3\r\n");
    expect(file).toMatchObject({
      problems: [{ line: 3, message: expect.stringContaining("not Shift_JIS") }],
    });
  });

  it.each(["fffe6100", "feff0061"])("is refused as UTF-16: %s", (hex) => {
    expect(read(Buffer.from(hex, "hex"))).toMatchObject({
      problems: [{ line: 1, message: expect.stringContaining("UTF-16") }],
    });
  });
});

describe("the records", () => {
  it.each([
    [",", '"a;b\t;",c,d'],
    [";", '"a,b,,";c;d'],
    ["\t", '"a,b;;;"\tc\td'],
  ])("are separated by %j, whatever stands in quotes", (separator, text) => {
    const file = read(`${text}\n`);
    expect(file).toMatchObject({ separator });
    expect(cellsOf(file)).toEqual([[1, expect.stringContaining("a"), "c", "d"]]);
  });

  it("keep line breaks and doubled quotes in quotes, and know where they begin", () => {
    const file = read('a,b\r\n"x\r\ny ""z""",2\r\n\r\n3,4\n"p\nq\nr",6\n=1+1,-\r\n');
    expect(cellsOf(file)).toEqual([
      [1, "a", "b"],
      [2, 'x\ny "z"', "2"],
      [5, "3", "4"],
      [6, "p\nq\nr", "6"],
      [9, "=1+1", "-"],
    ]);
  });

  it.each([
    ['a,b\n1,"x\n2,3\n', 'a quote (") is opened'],
    ['a,b\n1,x"y\n', 'a quote (") stands inside'],
    ['a,b\n1,"x"y\n', 'a quote (") stands inside'],
  ])("are refused where a quote is broken: %j", (text, words) => {
    const message = expect.stringContaining(words);
    expect(read(text)).toEqual({ problems: [{ line: expect.any(Number), column: null, message }] });
  });

  it("are none in an empty file", () => {
    expect(cellsOf(read(""))).toEqual([]);
  });

  it("are not more than one transaction holds without harm", () => {
    expect(read("id\n", "1\n".repeat(10_000))).toHaveProperty("records.length", 10_001);
    expect(read("id\n", "1\n".repeat(10_001))).toMatchObject({
      problems: [{ message: expect.stringContaining("split the file") }],
    });
  });
});

describe("the file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "henkin-csv-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is refused where it is missing, a folder, or too large", () => {
    expect(() => loadPaymentFile(join(folder, "missing.csv"))).toThrow(/missing\.csv/);
    expect(() => loadPaymentFile(folder)).toThrow(/cannot be read/);
    const path = join(folder, "large.csv");
    writeFileSync(path, "");
    truncateSync(path, 20 * 1024 * 1024 + 1);
    expect(() => loadPaymentFile(path)).toThrow(
      expect.objectContaining({ mend: expect.stringContaining("Split it") }),
    );
  });
});

import fc from "fast-check";
import { simpleParser } from "mailparser";
import { describe, expect, it } from "vitest";
import { contentOf, readHeader } from "../../src/mail/message-header.ts";
import { plainText } from "../../src/mail/plain-text.ts";

function headerOf(about: readonly string[], body: Buffer) {
  return readHeader(Buffer.concat([Buffer.from([...about, "", ""].join("\r\n")), body]));
}

async function byParser(about: readonly string[], body: Buffer): Promise<string> {
  return (await simpleParser(contentOf(headerOf(about, body)))).text ?? "";
}

/** Each sign of JIS X 0208 that has a place in rows `first` to `last`. */
function jisRows(first: number, last: number): Buffer {
  const rows: number[] = [];
  for (let row = first; row <= last; row += 1) {
    if (row === 0x2d || row === 0x7c) continue;
    for (let cell = 0x21; cell <= 0x7e; cell += 1) {
      const sign = Buffer.from([0x1b, 0x24, 0x42, row, cell, 0x1b, 0x28, 0x42]);
      if (!new TextDecoder("iso-2022-jp").decode(sign).includes("\uFFFD")) rows.push(row, cell);
    }
  }
  return Buffer.concat([Buffer.from("\u001b$B"), Buffer.from(rows), Buffer.from("\u001b(B\r\n")]);
}

const KANJI = Buffer.from("\u001b$B$4CmJ8HV9f\u001b(B: 1042\r\n\r\n\u001b$BJV6b\u001b(B\r\n");
const UTF8 = Buffer.from("\uFEFFご注文番号: 1042\r\n\n返金\r\n\r\n𠮷野家 🙏\r");

/** In lines, as mailers write it. */
const base64 = (bytes: Buffer, end = "\r\n") =>
  Buffer.from(
    `${
      bytes
        .toString("base64")
        .match(/.{1,76}/g)
        ?.join(end) ?? ""
    }${end}`,
  );

const TYPE = 'Content-Type: text/plain; charset="UTF-8"';
const JIS_TYPE = "Content-type: text/plain; charset=ISO-2022-JP";
const BASE64 = "Content-Transfer-Encoding: base64";

describe("the text of a mail that is nothing else", () => {
  it.each<[string, readonly string[], Buffer]>([
    ["UTF-8 as it is", [TYPE, "Content-Transfer-Encoding: 8bit"], UTF8],
    ["UTF-8 in base64", [TYPE, BASE64], base64(UTF8)],
    ["UTF-8 in base64 with plain line ends", [TYPE, BASE64], base64(UTF8, "\n")],
    ["a type on two lines", ["Content-Type: text/plain;\r\n\tcharset=utf-8"], UTF8],
    ["no charset", ["Content-Type: text/plain"], UTF8],
    ["bytes that are no UTF-8", [TYPE], Buffer.from([0x41, 0xe3, 0x81, 0x0d, 0x0a, 0xff])],
    ["ISO-2022-JP", [JIS_TYPE, "Content-Transfer-Encoding: 7bit"], KANJI],
    ["ISO-2022-JP in base64", [JIS_TYPE, BASE64], base64(KANJI)],
    ["every kana and kanji", [JIS_TYPE], jisRows(0x21, 0x7e)],
    ["nothing", [TYPE], Buffer.from("")],
    ["a line end", [TYPE], Buffer.from("\r\n")],
  ])("is the same as mailparser's: %s", async (_case, about, body) => {
    expect(plainText(headerOf(about, body))).toBe(await byParser(about, body));
  });

  it("is the same as mailparser's, or is left to it, whatever the bytes", async () => {
    const piece = fc.oneof(
      fc.constantFrom("\u001b$B", "\u001b(B", "\u001b(J", "$4CmJ8", "\r\n", "\n", "\r", "="),
      fc.string({ maxLength: 12 }),
      fc.string({ unit: "binary", maxLength: 6 }),
      fc.base64String({ maxLength: 24 }),
    );
    const types = [TYPE, JIS_TYPE, "Content-Type: text/plain; charset=us-ascii"];
    const codings = [BASE64, "Content-Transfer-Encoding: 7bit", "Content-Transfer-Encoding: 8bit"];
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 12 }),
        fc.constantFrom(...types),
        fc.constantFrom(...codings),
        fc.boolean(),
        async (pieces, type, coding, isEncoded) => {
          const written = Buffer.from(pieces.join(""));
          const body = isEncoded ? base64(written) : written;
          const text = plainText(headerOf([type, coding], body));
          if (text !== null) expect(text).toBe(await byParser([type, coding], body));
        },
      ),
      { numRuns: 2_000, seed: 20_261_123 },
    );
  });

  it.each<[string, readonly string[], Buffer]>([
    ["HTML", ["Content-Type: text/html; charset=utf-8"], UTF8],
    ["several parts", ['Content-Type: multipart/mixed; boundary="b"'], UTF8],
    ["a name of a file", [TYPE, "Content-Disposition: attachment; filename=a.txt"], UTF8],
    ["two types", [TYPE, JIS_TYPE], UTF8],
    ["two codings", [TYPE, BASE64, BASE64], base64(UTF8)],
    ["folded lines", [`${TYPE}; format=flowed`], UTF8],
    ["no type", [BASE64], base64(UTF8)],
    ["another charset", ["Content-Type: text/plain; charset=shift_jis"], UTF8],
    ["quoted-printable", [TYPE, "Content-Transfer-Encoding: quoted-printable"], UTF8],
    ["base64 cut short", [TYPE, BASE64], Buffer.from("44Gg44")],
    ["base64 with a sign that is none", [TYPE, BASE64], Buffer.from("44Gg.44G\r\n")],
    ["base64 that goes on behind its end", [TYPE, BASE64], Buffer.from("QQ==\r\nQQ==\r\n")],
    ["a row that not every decoder knows", [JIS_TYPE], Buffer.from("\u001b$B-p\u001b(B")],
    ["kanji without an end", [JIS_TYPE], Buffer.from("\u001b$B$4Cm")],
    ["half-width kana", [JIS_TYPE], Buffer.from("\u001b(I1\u001b(B")],
    ["a byte beyond ASCII in ISO-2022-JP", [JIS_TYPE], Buffer.from("\u001b$B$4\u001b(Bé")],
    ["more than a customer writes", [TYPE], Buffer.alloc(65_537, "a")],
  ])("is left to mailparser: %s", (_case, about, body) => {
    expect(plainText(headerOf(about, body))).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { contentOf, readHeader } from "../../src/mail/message-header.ts";

const read = (text: string) => {
  const header = readHeader(Buffer.from(text, "latin1"));
  return { fields: header.fields, content: contentOf(header).toString("latin1") };
};

describe("the header of a message", () => {
  it("leaves the parser only the fields of its content, as they were written", () => {
    const text =
      "From: a@example.jp\r\nCONTENT-Type: text/plain;\r\n\tcharset=utf-8\r\nX-A: 1\r\nContent-Transfer-Encoding : 8bit\r\n\r\nbody\r\n\r\nmore";
    expect(read(text)).toEqual({
      fields: [
        { name: "from", value: "a@example.jp" },
        { name: "content-type", value: "text/plain;\tcharset=utf-8" },
        { name: "x-a", value: "1" },
        { name: "content-transfer-encoding", value: "8bit" },
      ],
      content:
        "CONTENT-Type: text/plain;\r\n\tcharset=utf-8\r\nContent-Transfer-Encoding : 8bit\r\n\r\nbody\r\n\r\nmore",
    });
  });

  it.each([
    ["\n", "\n\n"],
    ["\r\n", "\n\r\n"],
    ["\n", "\r\n\n"],
  ])("ends at the first empty line, %j and %j", (lineEnd, end) => {
    const { fields, content } = read(`A: 1${lineEnd}B: 2${end}C: 3\r\n\r\nD: 4\n\n`);
    expect(fields.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(content).toBe("\r\nC: 3\r\n\r\nD: 4\n\n");
  });

  it("may be all there is, or nothing", () => {
    expect(read("A: 1").fields).toEqual([{ name: "a", value: "1" }]);
    expect(read("\nA: 1")).toEqual({ fields: [{ name: "", value: "" }], content: "\r\nA: 1" });
    expect(read("\r\nA: 1").content).toBe("\r\nA: 1");
  });

  it("does not begin with the line that a mailbox file sets before it", () => {
    expect(read("From a@example.jp Mon Nov 23\nA: 1\n\n").fields).toEqual([
      { name: "a", value: "1" },
    ]);
  });

  it("holds garbage where a line is no field", () => {
    expect(read("no field\nA b: 1\nC: 2\n\n").fields.map(({ name }) => name)).toEqual([
      "",
      "",
      "c",
    ]);
  });
});

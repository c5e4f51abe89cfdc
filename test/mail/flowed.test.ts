import { describe, expect, it } from "vitest";
import { readMessage } from "../../src/mail/message-reader.ts";

const textOf = async (lines: readonly string[], parameters = "format=flowed") => {
  const head = `From: a@mail.example\r\nContent-Type: text/plain; charset=utf-8; ${parameters}`;
  return (await readMessage(Buffer.from(`${head}\r\n\r\n${lines.join("\r\n")}`))).text?.trimEnd();
};

describe("a flowed text", () => {
  it("is unfolded where a line ends in a blank", async () => {
    expect(await textOf(["one ", "two", "three"])).toBe("one two\nthree");
    expect(await textOf(["一 ", "二"], "Format=Flowed; DelSp=yes")).toBe("一二");
    expect(await textOf(["one ", "two"], "format=fixed")).toBe("one \ntwo");
  });

  it("never takes an answer for a part of the quote above it", async () => {
    const lines = ["OK", "", "> may we refund ", "> ", "", "but only after the goods are back"];
    const text = await textOf(lines);
    expect(text?.split("\n").at(-1)).toBe("but only after the goods are back");
    expect(await textOf(["> quoted ", "answer"])).toBe("> quoted \nanswer");
    expect(await textOf([">> deeper ", "> quoted"])).toBe(">> deeper \n> quoted");
    expect(await textOf(["> one ", "> two"])).toBe("> one two");
  });

  it("keeps the delimiter of a signature on its line", async () => {
    expect(await textOf(["OK", "-- ", "Tanaka"])).toBe("OK\n-- \nTanaka");
    expect(await textOf(["OK ", "-- ", "Tanaka"])).toBe("OK \n-- \nTanaka");
  });

  it("loses the blank that stuffs a line", async () => {
    expect(await textOf([" From here", " > no quote"])).toBe("From here\n> no quote");
  });
});

import { describe, expect, it } from "vitest";
import { emailsIn } from "../../../src/domain/intake/field-values.ts";

describe("an e-mail address in a text", () => {
  it.each([
    ["o'brien@mail.example", "o'brien@mail.example"],
    ["o’brien@mail.example", "o'brien@mail.example"],
    ["'taro@mail.example'", "taro@mail.example"],
    ["太郎taro@mail.example", "taro@mail.example"],
    ["メールはtaro@mail.exampleです", "taro@mail.example"],
    ["Ｅメールーtaro＠mail.example。", "taro@mail.example"],
    ["**taro@mail.example**", "taro@mail.example"],
    ["taro@mail.example.", "taro@mail.example"],
    ["<taro@mail.example>,", "taro@mail.example"],
    ["taro\u200Byamada@mail.example", "taroyamada@mail.example"],
    ["Taro@Mail.Example", "taro@mail.example"],
    ["taro@mail.example-----", "taro@mail.example"],
    [`${"a".repeat(64)}@mail.example`, `${"a".repeat(64)}@mail.example`],
  ])("is read whole: %s", (text, address) => {
    expect(emailsIn(text)).toEqual([address]);
  });

  it("may stand beside another one", () => {
    expect(emailsIn("a@mail.example/b@mail.example")).toEqual(["a@mail.example", "b@mail.example"]);
  });

  // What is left of it may be somebody else's.
  it.each([
    ["another script before it", "müller@mail.example"],
    ["another script in its domain", "taro@mail.exämple.com"],
    ["a local part that is too long", `${"a".repeat(84)}@mail.example`],
    ["a domain with too many parts", `a@${"b.".repeat(12)}example`],
    ["the next sentence behind it", "My mail is taro@shop.example.Please reply"],
    ["a second @", "taro@mail.example@mail.example"],
    ["a mask", "****@mail.example"],
    ["a mask before its end", "***ro@mail.example"],
    ["a mask within", "ta***o@mail.example"],
    ["an ellipsis", "ta…@mail.example"],
  ])("is none with %s", (_name, text) => {
    expect(emailsIn(text)).toEqual([]);
  });
});

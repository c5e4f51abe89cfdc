import { describe, expect, it } from "vitest";
import {
  type IntakeContext,
  type RequestFields,
  readRequest,
} from "../../../src/domain/intake/contact-form.ts";
import {
  bodyText,
  prefixesOf,
  readable,
  subjectText,
} from "../../../src/domain/intake/mail-text.ts";
import { legible } from "../../../src/domain/legible.ts";
import { aMessage, type MessageParts } from "../../support/message.ts";

const CONTEXT: IntakeContext = {
  ownAddresses: ["info@shop.example"],
  formFrom: [],
  shopDomain: "shop.example",
  htmlText: null,
  attachedText: null,
};

function read(parts: MessageParts): RequestFields {
  return readRequest(aMessage(parts), CONTEXT);
}

/** As the eye sees 876. */
const TURNED = "\u202E678\u202C";

describe("signs that nobody sees", () => {
  it.each([
    ["keycaps", "注文番号6\uFE0F\u20E37\uFE0F\u20E38\uFE0F\u20E3を返金してください"],
    ["a zero-width space", "注文番号6\u200B78を返金してください"],
    ["a zero-width non-joiner", "注文番号67\u200C8を返金してください"],
    ["a word joiner", "注文番号67\u20608を返金してください"],
    ["a soft hyphen", "注文番号6\u00AD78を返金してください"],
    ["isolates that turn nothing", "注文番号\u2068678\u2069を返金してください"],
    ["a grapheme joiner", "注文番号6\u034F78を返金してください"],
  ])("are dropped from a number: %s", (_name, text) => {
    expect(read({ text }).orderNumbers).toEqual(["678"]);
  });

  it("are dropped from a subject", () => {
    const found = read({ subject: "注文番号6\u200B78", text: "返金してください" });
    expect(found.orderNumbers).toEqual(["678"]);
  });

  it("are dropped from an address and from a message inside", () => {
    const text = "お名前: 田中\nメール: taro\u200Byamada@mail.example\n内容:\n返金してください";
    expect(read({ from: "form@shop.example", text }).email).toBe("taroyamada@mail.example");
    const attachedText = "ご注文番号：6\u200B78";
    const message = aMessage({ text: "これを返金してください" });
    expect(readRequest(message, { ...CONTEXT, attachedText }).orderNumbers).toEqual(["678"]);
  });

  it("leave the variants of kanji in a name", () => {
    expect(legible("葛\u{E0100}城")).toBe("葛\u{E0100}城");
  });
});

describe("a number that is drawn the other way round", () => {
  it.each([
    ["an override", `注文番号${TURNED}を返金してください`],
    ["within the number", "注文番号6\u202E78\u202Cを返金してください"],
    ["to the end of the line", "注文番号\u202E678を返金してください"],
    ["an embedding", "注文番号\u202B12-678\u202Cを返金してください"],
    ["an isolate", "注文番号\u2067678\u2069を返金してください"],
  ])("is none: %s", (_name, text) => {
    expect(read({ text }).orderNumbers).toEqual([]);
    expect(read({ subject: text, text: "お願いします" }).orderNumbers).toEqual([]);
  });

  it("takes no other line's number along", () => {
    const text = `電話 ${TURNED}\n注文番号701を返金してください`;
    expect(read({ text }).orderNumbers).toEqual(["701"]);
  });
});

describe("the text that is read", () => {
  const message = aMessage({ text: "text", html: "<p>html</p>" });

  it("is the HTML's where it is given, else the text's", () => {
    expect(bodyText(message, CONTEXT)).toBe("text");
    expect(bodyText(message, { ...CONTEXT, htmlText: "html" })).toBe("html");
    expect(bodyText(aMessage(), CONTEXT)).toBe("");
  });

  it("keeps its lines, and blanks as people set them", () => {
    expect(readable("a\r\n\r\n  b\t c\rd")).toBe("a\n\n  b\t c\nd");
    expect(readable(`a${" ".repeat(5_000)}b`)).toBe(`a${" ".repeat(40)}b`);
    expect(readable(`a${"\n".repeat(5_000)}b`)).toBe(`a${"\n".repeat(21)}b`);
  });

  it("breaks a long line where a sentence or a word ends, and nowhere else", () => {
    const sentence = "注文番号67890の商品がまだ届きません。";
    const lines = readable(sentence.repeat(300)).split("\n");
    expect(lines.join("")).toBe(sentence.repeat(300));
    expect(lines.every((line) => line.length <= 1_000 && line.endsWith("。"))).toBe(true);
    const words = readable("order 67890 ".repeat(300)).split("\n");
    expect(words.every((line) => /^(?:67890 )?(?:order 67890 ?)+(?:order )?$/.test(line))).toBe(
      true,
    );
  });

  it("leaves out what no writing is", () => {
    expect(readable(`a\n${"x".repeat(50_000)} b`)).toBe("a\n b");
  });

  it("ends with a whole word where it is cut", () => {
    expect(readable(`${"あ。".repeat(29_998)} 678901`)).not.toMatch(/\d/);
    expect(subjectText(aMessage({ subject: `${"あ ".repeat(498)}注文678901` }))).not.toMatch(/\d/);
  });
});

describe("what stands before a subject", () => {
  it.each([
    ["Re: 返金", true, false],
    ["RE：返金", true, false],
    ["Re[2]: 返金", true, false],
    ["AW: 返金", true, false],
    ["返信: 返金", true, false],
    ["Fwd: 返金", false, true],
    ["転送：返金", false, true],
    ["Re: Fw: 返金", true, true],
    ["返金", false, false],
  ])("%s", (subject, answers, forwards) => {
    expect(prefixesOf(subject)).toEqual({ answers, forwards, bare: "返金" });
  });

  it("is no word with a colon", () => {
    expect(prefixesOf("Refund: 678").bare).toBe("Refund: 678");
  });
});

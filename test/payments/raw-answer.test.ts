import { describe, expect, it } from "vitest";
import { rawLines, rawLinesOf } from "../../src/domain/raw-lines.ts";
import { rawAnswer } from "../../src/payments/raw-answer.ts";

describe("what staff see of an answer", () => {
  it("is its beginning, as it came", () => {
    expect(rawAnswer(`  <p>${"あ".repeat(5_000)}`)).toBe(`<p>${"あ".repeat(1_995)}`);
    expect(rawAnswer({ id: "re_1", status: null })).toBe('{"id":"re_1","status":null}');
    expect(rawAnswer(undefined)).toBe("undefined");
    expect(rawAnswer("")).toBe("");
  });

  it("begins with what is wrong in it, each once", () => {
    const answer = { data: [{ amount: "much" }], note: "n" };
    const odd = [["data", 0, "amount"], ["data", 0, "amount"], ["gone", "deep"], []];
    expect(rawAnswer(answer, odd)).toBe(
      `data.0.amount = "much"\ngone.deep = (missing)\n${JSON.stringify(answer)}`,
    );
  });

  it("takes no value of the language itself for a field", () => {
    expect(rawAnswer({}, [["constructor"]])).toBe("constructor = (missing)\n{}");
  });

  it.each([
    ["a key of Stripe", "key rk_live_51Abc*** here", "rk_live"],
    ["a client secret", '{"client_secret":"pi_1_secret_AbC"}', "AbC"],
    ["a client secret in a text", "see pi_1_secret_AbC", "AbC"],
    ["an Authorization header", "Authorization: Basic c2tfdGVzdA==", "c2tf"],
    ["a bearer token", "authorization: bearer PAT.abcdef", "PAT"],
    ["a token in an address", "GET /api?shopid=s&token=61efa0&cmd=get", "61efa0"],
    ["a password in JSON", '{"password": "hunter2"}', "hunter2"],
  ])("bears no secret: %s", (_, text, secret) => {
    expect(rawAnswer(text)).not.toContain(secret);
  });

  it("keeps what stands around a secret", () => {
    expect(rawAnswer("GET /api?token=61efa0&cmd=get")).toBe("GET /api?token=[hidden]&cmd=get");
  });
});

describe("its lines in a mail", () => {
  it("are short, not empty, and have no sign that is not drawn", () => {
    expect(rawLines(`a\r\n\r\n b\u0000\u0007c\u202Ed \n${"𠮷".repeat(150)}`)).toEqual([
      "a",
      "b c d",
      "𠮷".repeat(100),
      "𠮷".repeat(50),
    ]);
    expect(rawLines(null)).toEqual([]);
  });

  it("say what each is of, and nothing of what is clear", () => {
    expect(rawLinesOf([{ of: "stripe pi_1", raw: "x" }, { of: "stripe pi_2" }])).toEqual([
      "stripe pi_1:",
      "x",
    ]);
  });
});

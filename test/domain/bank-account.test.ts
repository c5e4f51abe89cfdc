import { describe, expect, it } from "vitest";
import { compareHolder, maskedNumber, readBankAccount } from "../../src/domain/bank-account.ts";

const FORM = `銀行名: みずほ銀行
支店名: 渋谷支店
口座種別: 普通
口座番号: 1234567
口座名義(カナ): タナカ タロウ`;

const ACCOUNT = {
  bank: "みずほ銀行",
  branch: "渋谷支店",
  kind: "普通",
  number: "1234567",
  holder: "タナカ タロウ",
};

describe("a bank account in an answer", () => {
  it.each([
    ["as it was asked for", FORM],
    ["with words around it", `お世話になります。\n\n${FORM}\n\nよろしくお願いします。\n田中`],
    [
      "in full-width and half-width letters",
      FORM.replace("1234567", "１２３４５６７").replace("タナカ タロウ", "ﾀﾅｶ ﾀﾛｳ"),
    ],
    ["typed into the quoted form", FORM.replace(/^/gm, "> ")],
    ["in hiragana", FORM.replace("タナカ タロウ", "たなか たろう")],
    ["with hyphens in its number", FORM.replace("1234567", "123-4567")],
    ["stated twice in the same way", `${FORM}\n\n${FORM.replace(/^/gm, "> ")}`],
    ["beside the empty form that we sent", `${FORM}\n\n> 銀行名:\n> 支店名:\n> 口座番号:`],
    [
      "with other labels",
      "金融機関名: みずほ銀行\n支店: 渋谷支店\n預金種目: 普通預金\n口座番号: 1234567\n名義: タナカ タロウ",
    ],
  ])("is read %s", (_how, text) => {
    expect(readBankAccount(text)).toEqual({ account: ACCOUNT });
  });

  it("is read of the post bank by its sign", () => {
    const text = "銀行名: ゆうちょ銀行\n記号: 12340\n番号: 12345671\n口座名義: タナカ タロウ";
    expect(readBankAccount(text)).toEqual({
      account: { ...ACCOUNT, bank: "ゆうちょ銀行", branch: "記号 12340", number: "12345671" },
    });
  });

  it.each([
    ["a number of six digits", FORM.replace("1234567", "123456"), ["number"]],
    ["a number of eight digits", FORM.replace("1234567", "12345678"), ["number"]],
    ["two numbers", `${FORM}\n口座番号: 7654321`, ["number"]],
    ["a holder in kanji", FORM.replace("タナカ タロウ", "田中太郎"), ["holder"]],
    ["an unknown kind", FORM.replace("普通", "別段"), ["kind"]],
    ["a bank that is markup", FORM.replace("みずほ銀行", "<b>みずほ</b>"), ["bank"]],
    ["a holder alone", "口座名義: タナカ タロウ", ["bank", "branch", "kind", "number"]],
    ["a sign of no post bank", FORM.replace("支店名: 渋谷支店", "記号: 12340"), ["branch"]],
  ])("is unclear with %s", (_what, text, unclear) => {
    expect(readBankAccount(text)).toEqual({ unclear });
  });

  it.each(["", "まだ返金されません。", "> 銀行名:\n> 口座番号:", "注文番号: 679"])(
    "is not there in %j",
    (text) => {
      expect(readBankAccount(text)).toBeNull();
    },
  );

  it("is not looked for in lines that no form has, which would take for ever", () => {
    const hostile = `${"> ".repeat(50_000)}\n${"口座".repeat(50_000)}:\n${" ".repeat(100_000)}`;
    expect(readBankAccount(hostile)).toBeNull();
    expect(readBankAccount(`口座番号: 1234567${" ".repeat(200)}`)).toBeNull();
  });

  it("shows the last three digits of its number only", () => {
    expect(maskedNumber(ACCOUNT)).toBe("****567");
  });
});

describe("the holder of an account", () => {
  it.each([
    ["タナカ タロウ", ["タナカタロウ"], "same"],
    ["タナカ タロウ", ["たなか たろう"], "same"],
    ["タナカ タロウ", ["田中 太郎", "ﾀﾅｶ ﾀﾛｳ"], "same"],
    ["ショウジ タロウ", ["ｼﾖｳｼﾞ ﾀﾛｳ"], "same"],
    ["スズキ ハナコ", ["タナカ タロウ"], "differs"],
    ["TARO TANAKA", ["Taro Tanaka"], "same"],
    ["スズキ ハナコ", ["田中 太郎", "タナカ タロウ"], "differs"],
    ["タナカ タロウ", ["田中 太郎"], "unknown"],
    ["タナカ タロウ", [null, undefined], "unknown"],
  ] as const)("%s and %j: %s", (holder, names, verdict) => {
    expect(compareHolder({ ...ACCOUNT, holder }, names)).toBe(verdict);
  });
});

// The fake, byte for byte against answers that github.com/pepabo/active_merchant-epsilon has recorded.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeEpsilon } from "./fake-epsilon.ts";
import { encodeJapanese, percentCp932 } from "./japanese-bytes.ts";

let fake: FakeEpsilon;
beforeEach(async () => {
  fake = new FakeEpsilon();
  await fake.start();
});
afterEach(() => fake.stop());

async function post(cgi: string, fields: Record<string, string>) {
  const answer = await fetch(`${fake.base}${cgi}`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ contract_code: fake.contractCode, ...fields }).toString(),
  });
  const body = await answer.text();
  return { status: answer.status, type: answer.headers.get("content-type"), body };
}

describe("the fake of GMO Epsilon", () => {
  it("answers a look-up as recorded", async () => {
    const transCode = fake.transCodeOf(fake.add("O26659000"));
    const answer = await post("getsales2.cgi", { order_number: "O26659000" });
    expect(answer).toMatchObject({ status: 200, type: "text/xml; charset=CP932" });
    expect(answer.body).toMatch(/^<\?xml version="1\.0" encoding="x-sjis-cp932" \?>\n<Epsilon_re/);
    expect(answer.body).toContain('  <result last_update="2018-07-17+10%3A41%3A27" />\n');
    expect(answer.body).toContain('  <result user_mail_add="yamada-taro%40example.com" />\n');
    expect(answer.body).toContain('  <result item_name="Greate+Product" />\n');
    expect(answer.body).toContain('  <result due_date="" />\n');
    expect((await post("getsales2.cgi", { trans_code: transCode })).body).toBe(answer.body);
  });

  it("answers an order that nobody has as recorded", async () => {
    expect(await post("getsales2.cgi", { order_number: "1234567890" })).toEqual({
      status: 200,
      type: "text/xml; charset=UTF8",
      body: '<?xml version="1.0"  ?>\n<Epsilon_result>\n</Epsilon_result>\n',
    });
  });

  it("cancels once, and then refuses as recorded", async () => {
    const transCode = fake.transCodeOf(fake.add("O39187589", { state: "5" }));
    const done = await post("cancel_payment.cgi", { order_number: "O39187589" });
    expect(done.body).toContain('  <result result="1" />\n');
    const sales = await post("getsales2.cgi", { trans_code: transCode });
    expect(sales.body).toContain('<result state="9" />');
    const again = await post("cancel_payment.cgi", { order_number: "O39187589" });
    expect(again.body).toContain('<result err_code="810" />');
    expect(again.body).toContain(
      '<result err_detail="%91%CE%8F%DB%8E%E6%88%F8%82%CD%82%A0%82%E8%82%DC%82%B9%82%F1" />',
    );
    expect(again.body).toContain('<result result="9" />');
  });

  it("refuses what Epsilon does not know", async () => {
    expect((await post("getsales2.cgi", { order_number: "1", version: "1" })).status).toBe(400);
    expect((await post("cancel_payment.cgi", { trans_code: "1" })).status).toBe(400);
    expect((await post("refund.cgi", { order_number: "1" })).status).toBe(404);
    expect((await fetch(`${fake.base}getsales2.cgi?contract_code=1&order_number=1`)).status).toBe(
      400,
    );
  });

  it("refuses an unknown machine and an unknown contract", async () => {
    const wrong = await post("getsales2.cgi", { contract_code: "1", order_number: "1" });
    expect(wrong.body).toContain('<result err_code="902" />');
    fake.registered = false;
    const strange = await post("getsales2.cgi", { order_number: "1" });
    expect(strange.body).toContain('<result err_code="901" />');
  });
});

describe("the bytes", () => {
  it.each([
    ["①", "%87%40"],
    ["～", "%81%60"],
    ["－", "%81%7C"],
    ["∥", "%81a"],
    ["髙", "%FB%FC"],
    ["ソ表", "%83%5C%95%5C"],
    ["ﾀﾛｳ 1-2", "%C0%DB%B3+1-2"],
  ])("of %s in CP932 are %s", (text, encoded) => {
    expect(percentCp932(text)).toBe(encoded);
  });

  it("of 注文 in EUC-JP are the known ones", () => {
    expect(encodeJapanese("注文", "euc-jp").toString("hex")).toBe("c3edcab8");
  });
});

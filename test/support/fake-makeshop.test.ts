import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeMakeshop } from "./fake-makeshop.ts";

let now: number;
let fake: FakeMakeshop;
beforeEach(async () => {
  now = 1_000_000;
  fake = new FakeMakeshop(() => now);
  await fake.start();
});
afterEach(() => fake.stop());

async function get(fields: Record<string, string> = {}) {
  const { shopId: shopid, token } = fake;
  const given = { cmd: "get", shopid, token, service: "henkin", ordernum: "P1", canceled: "0" };
  const query = new URLSearchParams({ ...given, ...fields });
  const answer = await fetch(`${fake.origin}/api/orderinfo/index.html?${query}`);
  const bytes = await answer.arrayBuffer();
  return { status: answer.status, text: new TextDecoder("euc-jp").decode(bytes) };
}

describe("the fake of makeshop", () => {
  it("tells of an order in EUC-JP, as readers of the API have met it", async () => {
    fake.set("P1", { deliveries: ["3"] });
    const { status, text } = await get();
    expect(status).toBe(200);
    expect(text).toContain('<?xml version="1.0" encoding="EUC-JP"?>');
    for (const part of [
      "<ordernum>P1</ordernum>",
      "<status>1</status>",
      "<payment_status>1</payment_status>",
      '<paymethod type="B">銀行振込</paymethod>',
      "<delivery><status>3</status></delivery>",
      "<sumprice>2467</sumprice>",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("hides cancelled orders unless asked for them", async () => {
    fake.set("P1", { status: "0" });
    expect((await get()).text).not.toContain("ordernum");
    now += 1_000;
    expect((await get({ canceled: "1" })).text).toContain("<status>0</status>");
  });

  it("blocks two requests within a second", async () => {
    await get();
    now += 999;
    expect((await get()).status).toBe(403);
    now += 60_000;
    expect((await get()).status).toBe(403);
  });

  it("blocks two requests at the same time", async () => {
    fake.fail("hang_before");
    const stop = new AbortController();
    const hanging = fetch(`${fake.origin}/api/orderinfo/index.html`, { signal: stop.signal });
    while (fake.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    now += 60_000;
    expect((await get()).status).toBe(403);
    stop.abort();
    await expect(hanging).rejects.toThrow();
  });

  it("refuses a wrong token, and parameters it does not know", async () => {
    expect((await get({ token: "wrong" })).text).toContain("認証エラー");
    now += 1_000;
    expect((await get({ ordernumber: "P1" })).status).toBe(400);
    now += 1_000;
    expect((await get({ ordernum: "" })).status).toBe(400);
  });
});

import { describe, expect, it } from "vitest";
import { statusChangeRequest, systemChecklist } from "../../src/domain/system-checklist.ts";

const EPSILON = { provider: "epsilon", method: "virtual_account" };
const ORDER = "P171323551145213731";

describe("the checklist of an order that stands in several systems", () => {
  it("names each of them where the order may be cancelled", () => {
    const list = systemChecklist(EPSILON, ORDER, "open", "ja");
    expect(list).toHaveLength(3);
    expect(list[0]).toMatch(/^makeshop: 注文を取り消すときは/);
    expect(list[0]).toContain(`注文 ${ORDER} を「注文キャンセル」にする`);
    expect(list[1]).toMatch(/^イプシロン: .*同じ決済もキャンセルする/);
    expect(systemChecklist(EPSILON, ORDER, "open", "en")).toHaveLength(3);
  });

  it("cancels no card at Epsilon, which would give it back a second time", () => {
    const list = systemChecklist({ ...EPSILON, method: "card" }, ORDER, "open", "ja");
    expect(list).toHaveLength(1);
    expect(list[0]).toContain("makeshop");
  });

  it("lets nobody cancel an order that stands", () => {
    for (const locale of ["ja", "en"] as const) {
      const list = systemChecklist(EPSILON, ORDER, "stands", locale);
      expect(list).toHaveLength(2);
      for (const line of list)
        expect(line).toMatch(/(?:「注文キャンセル」に|キャンセル)しない|do not cancel/);
    }
  });

  it.each(["stripe", "smartpay", "manual"])("is empty for %s", (provider) => {
    expect(systemChecklist({ ...EPSILON, provider }, ORDER, "open", "ja")).toEqual([]);
    expect(statusChangeRequest(provider, ORDER, "¥3,000", "¥500")).toEqual([]);
  });

  it("brings the request for another state as makeshop wants it", () => {
    expect(statusChangeRequest("epsilon", ORDER, "¥3,000", "¥500")).toEqual([
      "以下について、ステータス変更を依頼します。",
      `・対象注文番号:${ORDER}`,
      "・ご希望の決済ステータス:入金完了",
      "・処理可否ステータス:未処理",
      "・イプシロン側のステータス:入金済み",
      "・経緯など、ご事情:イプシロン側で ¥3,000 の入金を確認し、過剰分の ¥500 を購入者へ返金済みのため",
    ]);
  });
});

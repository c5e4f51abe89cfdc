import { describe, expect, it } from "vitest";
import { statusChangeRequest, systemChecklist } from "../../src/domain/system-checklist.ts";

const EPSILON = { provider: "epsilon", method: "virtual_account" };
const ORDER = "P171323551145213731";

describe("the checklist of an order that stands in several systems", () => {
  it("names each of them where the provider is Epsilon", () => {
    const list = systemChecklist(EPSILON, ORDER, "ja");
    expect(list).toHaveLength(3);
    expect(list[0]).toContain(`makeshop で注文 ${ORDER} を「注文キャンセル」にする`);
    expect(list[1]).toContain("イプシロンの管理画面でも同じ決済をキャンセルする");
    expect(systemChecklist(EPSILON, ORDER, "en")).toHaveLength(3);
  });

  it("cancels no card at Epsilon, which would give it back a second time", () => {
    const list = systemChecklist({ ...EPSILON, method: "card" }, ORDER, "ja");
    expect(list).toHaveLength(1);
    expect(list[0]).toContain("makeshop");
  });

  it.each(["stripe", "smartpay", "manual"])("is empty for %s", (provider) => {
    expect(systemChecklist({ ...EPSILON, provider }, ORDER, "ja")).toEqual([]);
    expect(statusChangeRequest(provider, ORDER, "¥2,500")).toEqual([]);
  });

  it("brings the request for another state as makeshop wants it", () => {
    expect(statusChangeRequest("epsilon", ORDER, "¥2,500")).toEqual([
      "以下について、ステータス変更を依頼します。",
      `・対象注文番号: ${ORDER}`,
      "・ご希望の決済ステータス: 入金完了",
      "・処理可否ステータス: 未処理",
      "・イプシロン側のステータス: 入金済み",
      "・経緯など、ご事情: イプシロン側で ¥2,500 の入金を確認済みのため",
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { readWords } from "../../../src/domain/approval/approval-words.ts";

const NO_LINES = { refundReason: null, note: null, customerNote: null, code: null };

describe("an approval of an amount", () => {
  it.each([
    ["OK 2000", "2000"],
    ["OK 2,000円", "2,000円"],
    ["承認 ¥2000", "¥2000"],
    ["承認 ￥２，０００", "¥2,000"],
    ["ＯＫ　２０００円", "2000円"],
    ["OK2000", "2000"],
    ["OK 20.00", "20.00"],
    ["OK $20.00", "$20.00"],
    ["OK 2000円です。", "2000円"],
    ["OK 2,000円でお願いします。", "2,000円"],
    ["OK \\2000", "\\2000"],
    ["approve 2000 yen", "2000 yen"],
    ["approved USD 20.00", "USD 20.00"],
    ["お疲れ様です。\nOK 1,234,567円\n田中", "1,234,567円"],
  ])("%j is of %s", (text, figure) => {
    expect(readWords(text)).toEqual({ kind: "approve", figure, ...NO_LINES });
  });

  it.each([
    "OK 2000 3000",
    "OK 2000か3000",
    "OK 2000円 (送料500円)",
    "OK 2,00",
    "OK 2.000",
    "OK 2000.5",
    "OK 02000",
    "OK 0679",
    "OK -2000",
    "OK +2000",
    "OK 2000-",
    "OK 50%",
    "OK 半額",
    "OK 二千円",
    "OK 2千円",
    "OK 2000元",
    "OK 2000くらい",
    "OK 2000まで",
    "OK 2000円だけ",
    "OK 2 000",
    "OK #2000",
    "OK No.2000",
    "OK 1/2",
    "OK 1e3",
    "OK 9999999999",
    "2000",
    "2000円",
    "2000 OK",
    "OK\n2000",
    "OK。2000円",
    "OK 2000\nOK 3000",
    "OK 2000\n3000円",
  ])("%j is none", (text) => {
    expect(readWords(text).kind).toBe("ambiguous");
  });
});

describe("a rejection", () => {
  it.each([
    ["NG", null, null],
    ["ＮＧ", null, null],
    ["ngです。", null, null],
    ["却下", null, null],
    ["却下します", null, null],
    ["reject", null, null],
    ["Rejected.", null, null],
    ["お疲れ様です。\nNGでお願いします。\n田中", null, null],
    ["NG 期限超過", "expired", null],
    ["NG\n期限超過です。", "expired", null],
    ["却下 発送済み", "shipped", null],
    ["却下、発送済", "shipped", null],
    ["NG　対象外", "not_covered", null],
    ["reject expired", "expired", null],
    ["reject: shipped", "shipped", null],
    ["reject not covered", "not_covered", null],
    ["NG\n理由: 対象外", "not_covered", null],
    ["NG（期限超過）", "expired", null],
    ["NG - 発送済み", "shipped", null],
    ["NG 使用済みのため", "other", "使用済みのため"],
    ["NG 返金しません", "other", "返金しません"],
    [
      "却下\n開封されています。\n写真も確認しました。",
      "other",
      "開封されています\n写真も確認しました",
    ],
    ["NG\n理由: 開封済み", "other", "開封済み"],
    ["reject, the parcel was opened", "other", "the parcel was opened"],
    ["NG よろしくお願いします", null, null],
  ])("%j", (text, reason, free) => {
    expect(readWords(text)).toEqual({ ...NO_LINES, kind: "reject", reason, text: free });
  });

  it.each([
    "NGではない",
    "NGではありません",
    "NG ではありません",
    "NGじゃない",
    "NG?",
    "NG 発送済みですか？",
    "却下しない",
    "却下しません",
    "却下は取り消します",
    "NG 2000円ならOK",
    "NG\n保留",
    "NG\nやっぱり待って",
    "NG でもOK",
    "却下 承認します",
    "NG 間違いでした",
    "NG\n1",
    "NG\nSTOP",
    "NG\n確認",
    "NGO",
    "NGワード",
    "在庫なし\nNG",
  ])("is not %j", (text) => {
    expect(readWords(text).kind).toBe("ambiguous");
  });
});

describe("the other words", () => {
  it.each([
    ["保留", { kind: "hold", date: null }],
    ["保留です。", { kind: "hold", date: null }],
    ["保留でお願いします", { kind: "hold", date: null }],
    ["保留 12/3", { kind: "hold", date: { month: 12, day: 3 } }],
    ["保留　１２／３", { kind: "hold", date: { month: 12, day: 3 } }],
    ["保留 12月3日まで", { kind: "hold", date: { month: 12, day: 3 } }],
    ["hold", { kind: "hold", date: null }],
    ["Hold 2/29", { kind: "hold", date: { month: 2, day: 29 } }],
    ["hold until 12/3, thanks", { kind: "hold", date: { month: 12, day: 3 } }],
    ["返品待ち", { kind: "return", date: null }],
    ["返品待ち 1/15", { kind: "return", date: { month: 1, day: 15 } }],
    ["return 1/15", { kind: "return", date: { month: 1, day: 15 } }],
    ["1", { kind: "choose", choice: 1 }],
    ["９", { kind: "choose", choice: 9 }],
    ["2です。", { kind: "choose", choice: 2 }],
    ["3番でお願いします", { kind: "choose", choice: 3 }],
    ["0", { kind: "choose", choice: 0 }],
    ["確認", { kind: "ask" }],
    ["確認をお願いします", { kind: "ask" }],
    ["お客様に確認してください", { kind: "ask" }],
    ["ask", { kind: "ask" }],
    ["ask the customer", { kind: "ask" }],
    ["STOP", { kind: "stop" }],
    ["stop!", { kind: "stop" }],
    ["完了 20261120-001", { kind: "done", reference: "20261120-001" }],
    ["完了　ＴＲ１２３４", { kind: "done", reference: "TR1234" }],
    ["DONE #1234", { kind: "done", reference: "#1234" }],
    ["DONE TR-1234.", { kind: "done", reference: "TR-1234" }],
    ["完了 受付番号:12345", { kind: "done", reference: "受付番号:12345" }],
    ["入金 2500", { kind: "received", figure: "2500" }],
    ["入金 2,500円です", { kind: "received", figure: "2,500円" }],
    ["received 2500", { kind: "received", figure: "2500" }],
  ])("%j", (text, expected) => {
    expect(readWords(text)).toEqual({ ...NO_LINES, ...expected });
  });

  it.each([
    "保留 13/1",
    "保留 2/30",
    "保留 0/5",
    "保留 12/3 12/4",
    "保留 来週",
    "保留しない",
    "保留解除",
    "hold on",
    "返品不要",
    "返品待ちではない",
    "10",
    "-1",
    "1 2",
    "1か2",
    "①",
    "確認しました",
    "確認します",
    "確認中",
    "confirm",
    "confirmed",
    "STOPしない",
    "don't stop",
    "完了",
    "完了です",
    "完了しました",
    "完了 していません",
    "完了 未1",
    "完了 12/3",
    "完了 2000円",
    "完了 12/3予定",
    "done not yet",
    "DONE",
    "入金",
    "入金なし",
    "入金 2500 3000",
    "入金 2500のはず",
    "完了 A1\n入金 2500",
    "返金しました",
  ])("%j is none of them", (text) => {
    expect(readWords(text).kind).toBe("ambiguous");
  });
});

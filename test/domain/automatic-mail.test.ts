import { describe, expect, it } from "vitest";
import { automaticMail, mayBeAnswered } from "../../src/domain/automatic-mail.ts";
import { aMessage, type MessageParts } from "../support/message.ts";

const AUTOMATIC: readonly [string, MessageParts, string][] = [
  [
    "Auto-Submitted: auto-replied",
    { headers: { "Auto-Submitted": "auto-replied" } },
    "auto-submitted",
  ],
  [
    "Auto-Submitted with parameters",
    { headers: { "Auto-Submitted": "auto-generated; owner-email=a@mail.example" } },
    "auto-submitted",
  ],
  [
    "Auto-Submitted of a kind not yet known",
    { headers: { "Auto-Submitted": "auto-x" } },
    "auto-submitted",
  ],
  ["X-Autoreply", { headers: { "X-Autoreply": "yes" } }, "autoreply-header"],
  ["X-Autorespond", { headers: { "X-Autorespond": "" } }, "autoreply-header"],
  ["Precedence: bulk", { headers: { Precedence: "bulk" } }, "precedence"],
  ["Precedence: list", { headers: { Precedence: "List" } }, "precedence"],
  ["Precedence: junk", { headers: { Precedence: "junk" } }, "precedence"],
  ["Precedence: auto_reply", { headers: { Precedence: "auto_reply" } }, "precedence"],
  ["List-Id", { headers: { "List-Id": "<news.mail.example>" } }, "list-id"],
  ["an empty Return-Path", { headers: { "Return-Path": "<>" } }, "empty-return-path"],
  [
    "multipart/report",
    { headers: { "Content-Type": "multipart/report; report-type=disposition-notification" } },
    "delivery-report",
  ],
  ["Subject 自動応答", { subject: "自動応答: Re: [R-12] 返金のご確認" }, "subject"],
  ["Subject 自動返信", { subject: "【自動返信】お問い合わせありがとうございます" }, "subject"],
  ["Subject 不在", { subject: "不在のお知らせ" }, "subject"],
  ["Subject Automatic reply", { subject: "Automatic reply: [R-12] Refund" }, "subject"],
  ["Subject Out of Office", { subject: "Out of Office Re: Refund" }, "subject"],
  ["Subject Out of the office in full width", { subject: "Ｏｕｔ ｏｆ ｏｆｆｉｃｅ" }, "subject"],
];

const WRITTEN: readonly [string, MessageParts][] = [
  ["no such header", { subject: "返金のお願い" }],
  ["Auto-Submitted: no", { headers: { "Auto-Submitted": "no" } }],
  ["Auto-Submitted: no with a comment", { headers: { "Auto-Submitted": "no (by hand)" } }],
  ["X-Auto-Response-Suppress alone", { headers: { "X-Auto-Response-Suppress": "All" } }],
  ["Precedence: first-class", { headers: { Precedence: "first-class" } }],
  ["a Return-Path", { headers: { "Return-Path": "<taro@mail.example>" } }],
  ["a delivery slip in the subject", { subject: "不在票が入っていました" }],
  [
    "an automatic reply spoken of",
    { subject: "自動返信メールが届きません", headers: { "Auto-Submitted": "no" } },
  ],
];

describe("automatic mail", () => {
  it.each(AUTOMATIC)("is told by %s", (_name, parts, reason) => {
    expect(automaticMail(aMessage(parts))).toEqual({ automatic: true, reason });
    expect(mayBeAnswered(aMessage(parts))).toBe(false);
  });

  it.each(WRITTEN)("is not told by %s", (_name, parts) => {
    expect(automaticMail(aMessage(parts))).toEqual({ automatic: false, reason: null });
  });
});

describe("an automatic answer", () => {
  it("is allowed to a person", () => {
    expect(mayBeAnswered(aMessage({ from: "taro@mail.example" }))).toBe(true);
  });

  it.each([
    ["X-Auto-Response-Suppress", { headers: { "X-Auto-Response-Suppress": "OOF, AutoReply" } }],
    ["noreply@", { from: "noreply@mail.example" }],
    ["MAILER-DAEMON", { from: "MAILER-DAEMON@mail.example" }],
    ["a list's owner", { from: "owner-news@mail.example" }],
    ["nobody", { from: [] }],
  ])("is forbidden by %s", (_name, parts) => {
    expect(mayBeAnswered(aMessage(parts))).toBe(false);
  });

  it("is not forbidden by X-Auto-Response-Suppress: None", () => {
    expect(mayBeAnswered(aMessage({ headers: { "X-Auto-Response-Suppress": "None" } }))).toBe(true);
  });
});

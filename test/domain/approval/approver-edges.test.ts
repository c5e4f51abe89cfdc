// The edges of who may decide on what: lists typed by hand, Message-IDs and codes that only look alike.

import { describe, expect, it } from "vitest";
import { checkApprover, checkThread } from "../../../src/domain/approval/approver.ts";
import type { MailMessage } from "../../../src/domain/mail-message.ts";
import { aMessage, anAddress, type MessageParts } from "../../support/message.ts";

const TANAKA = "tanaka@shop.example";
const OURS = "henkin.s3cret@shop.example";
const LATER = "henkin.later@shop.example";
const SHOP = "shop@shop.example";

function answer(parts: MessageParts = {}): MailMessage {
  return aMessage({ from: TANAKA, headers: { From: TANAKA }, subject: "Re: [R-12]", ...parts });
}

describe("an approver", () => {
  it.each([" tanaka@shop.example", "tanaka@shop.example ", "\tTanaka@Shop.example\n"])(
    "is listed with blanks around: %j",
    (listed) => {
      const check = checkApprover(answer(), {
        approvers: [listed],
        authservIds: [],
        mode: "token",
        signatures: [],
      });
      expect(check).toEqual({ ok: true, address: TANAKA, reason: "token" });
    },
  );
});

describe("an answer", () => {
  const request = {
    shopEmail: SHOP,
    messageIds: [OURS],
    ticketNumber: 12,
    code: "K7Q3-9XWM",
    codeFromText: null,
  };

  it.each<[string, MessageParts, (readonly string[])?]>([
    ["in In-Reply-To", { inReplyTo: [OURS] }],
    ["in brackets", { inReplyTo: [`<${OURS}>`], references: ["<first@shop.example>"] }],
    ["as the last of References", { references: ["first@shop.example", "x@y", OURS] }],
    ["in References, below a later mail of ours", { inReplyTo: [LATER], references: [OURS] }],
    ["written also to somebody else", { inReplyTo: [OURS] }, ["x@y.example", SHOP]],
  ])("belongs to our Message-ID %s", (_name, parts, to = [SHOP]) => {
    const message = { ...answer(parts), to: to.map(anAddress) };
    expect(checkThread(message, request)).toEqual({
      ok: true,
      by: "message-id",
      reason: "answers_request",
    });
  });

  it.each([
    ["above a parent of somebody else", { inReplyTo: ["a1@x.example"], references: [OURS] }],
    ["beside a parent of somebody else", { inReplyTo: [OURS, "a1@x.example"] }],
    ["above the last of References", { references: [OURS, "a1@x.example"] }],
    ["below a later mail alone", { inReplyTo: [LATER] }],
    ["with a bracket inside", { inReplyTo: ["henkin.<s3cret@shop.example"] }],
    ["with a closing bracket inside", { inReplyTo: ["henkin.s3>cret@shop.example"] }],
    ["above another mail of its domain", { inReplyTo: ["a.b@shop.example"], references: [OURS] }],
    ["at a longer domain", { inReplyTo: [`${OURS}.evil`] }],
    ["below a longer name", { inReplyTo: [`x${OURS}`] }],
  ])("does not belong to one %s", (_name, parts) => {
    expect(checkThread(answer(parts), request)).toEqual({
      ok: false,
      by: null,
      reason: "not_our_thread",
    });
  });

  it("belongs to one of several, whatever the others are called", () => {
    const several = { ...request, messageIds: [OURS, "henkin.s3cret@old.example"] };
    expect(checkThread(answer({ inReplyTo: [OURS] }), several).ok).toBe(true);
  });

  it.each<[string, readonly string[]]>([
    ["to somebody else", ["x@y.example"]],
    ["to nobody", []],
  ])("does not belong to it where it is written %s", (_name, to) => {
    const message = { ...answer({ inReplyTo: [OURS] }), to: to.map(anAddress) };
    expect(checkThread(message, request)).toEqual({
      ok: false,
      by: null,
      reason: "not_to_the_shop",
    });
  });

  it.each([
    ["with a blank before the colon", { text: "コード : K7Q3-9XWM" }],
    ["in small letters", { text: "code: k7q3-9xwm" }],
    ["behind a tag", { html: "<p>コード: <strong>K7Q3-9XWM</strong></p>" }],
    ["behind a tag with attributes", { html: '<p>コード: <span style="x">K7Q3-9XWM</span></p>' }],
  ])("shows its code %s", (_name, parts) => {
    expect(checkThread(answer(parts), request)).toEqual({
      ok: true,
      by: "code",
      reason: "shows_code",
    });
  });

  it.each([
    ["behind another label", { text: "コードNo.: K7Q3-9XWM" }],
    ["without a body", { text: null, html: null }],
    ["in a tag's attribute alone", { html: '<p title="コード: K7Q3-9XWM">OK</p>' }],
  ])("does not show it %s", (_name, parts) => {
    expect(checkThread(answer(parts), request)).toEqual({
      ok: false,
      by: null,
      reason: "not_our_thread",
    });
  });
});

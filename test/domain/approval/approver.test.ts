import { describe, expect, it } from "vitest";
import { checkApprover, checkThread } from "../../../src/domain/approval/approver.ts";
import type { MailMessage } from "../../../src/domain/mail-message.ts";

const TRUSTED = {
  name: "authentication-results",
  value: "mx.shop.example; dmarc=pass header.from=shop.example",
};

function answer(overrides: Partial<MailMessage> = {}): MailMessage {
  return {
    messageId: "a1@shop.example",
    inReplyTo: ["henkin.s3cret@shop.example"],
    references: [],
    from: [{ name: "田中 花子", address: "tanaka@shop.example" }],
    replyTo: [],
    to: [{ name: "", address: "refund@shop.example" }],
    subject: "Re: [R-12] 返金の承認をお願いします",
    date: null,
    text: "OK\n\n> コード: K7Q3-9XWM",
    html: null,
    headers: [TRUSTED, { name: "from", value: "田中 花子 <tanaka@shop.example>" }],
    deliveryStatus: null,
    attached: null,
    returnedMessageIds: [],
    identity: "",
    ...overrides,
  };
}

const from = (...addresses: readonly string[]) => ({
  from: addresses.map((address) => ({ name: "Tanaka <tanaka@shop.example>", address })),
});
const header = (name: string, value: string) => ({
  headers: [...answer().headers, { name, value }],
});

describe("an approver", () => {
  const options = {
    approvers: ["Tanaka@shop.example", "sato@shop.example"],
    authservIds: ["mx.shop.example"],
    mode: "authenticated",
    signatures: [],
  } as const;

  it("is who writes from a listed address our server vouches for", () => {
    expect(checkApprover(answer(), options)).toEqual({
      ok: true,
      address: "tanaka@shop.example",
      reason: "dmarc_pass",
    });
  });

  it.each([
    ["not on the list", from("evil@shop.example"), "not_an_approver"],
    ["only in the display name", from("evil@evil.example"), "not_an_approver"],
    ["like a listed one, with a tag", from("tanaka+x@shop.example"), "not_an_approver"],
    ["at a longer domain", from("tanaka@shop.example.evil"), "not_an_approver"],
    ["one of two", from("tanaka@shop.example", "evil@evil.example"), "not_one_from"],
    ["missing", from(), "not_one_from"],
    ["one of two From fields", header("from", "evil@evil.example"), "not_one_from"],
    [
      "only in Reply-To",
      { ...from("evil@evil.example"), replyTo: answer().from },
      "not_an_approver",
    ],
    ["a machine's", header("auto-submitted", "auto-replied"), "automatic"],
    ["not vouched for", { headers: answer().headers.slice(1) }, "no_results_of_our_server"],
  ])("is not an address %s", (_name, overrides, reason) => {
    expect(checkApprover(answer(overrides), options)).toMatchObject({ ok: false, reason });
  });

  it("is nobody where the list is empty", () => {
    expect(checkApprover(answer(), { ...options, approvers: [] }).ok).toBe(false);
  });

  it("need not be authenticated where that was chosen", () => {
    const unsigned = answer({ headers: answer().headers.slice(1) });
    expect(checkApprover(unsigned, { ...options, mode: "token" })).toMatchObject({ ok: true });
  });

  it.each([
    ["listed", from("evil@evil.example")],
    ["a person", header("auto-submitted", "auto-replied")],
  ])("still has to be %s there", (_name, overrides) => {
    expect(checkApprover(answer(overrides), { ...options, mode: "token" }).ok).toBe(false);
  });
});

describe("an answer", () => {
  const request = {
    shopEmail: "refund@shop.example",
    messageIds: ["henkin.s3cret@shop.example", "henkin.later@shop.example"],
    ticketNumber: 12,
    code: "K7Q3-9XWM",
    codeFromText: null,
  };
  const codeless = { text: "OK" };
  const astray = { inReplyTo: ["other@shop.example"] };

  it.each([
    ["the Message-ID in In-Reply-To", codeless, "message-id"],
    [
      "the Message-ID in References",
      { ...codeless, inReplyTo: [], references: ["x@y", "henkin.later@shop.example"] },
      "message-id",
    ],
    [
      "the Message-ID in brackets",
      { ...codeless, inReplyTo: ["<henkin.s3cret@shop.example>"] },
      "message-id",
    ],
    ["the code in the quote", { ...astray }, "code"],
    ["the code in its text", { ...astray, text: "OK\nコード：K7Q3-9XWM\n" }, "code"],
    ["the English code", { ...astray, text: "OK\nCode: K7Q3-9XWM." }, "code"],
    ["the code, typed full-width", { ...astray, text: "OK\nコード：Ｋ７Ｑ３-９ＸＷＭ" }, "code"],
    ["the code, wrapped", { ...astray, text: "> コード:\n> K7Q3-9XWM" }, "code"],
    [
      "the code in HTML",
      { ...astray, text: null, html: "<p>OK</p><p>コード: <b>K7Q3-9XWM</b></p>" },
      "code",
    ],
    [
      "an old code and the new one",
      { ...astray, text: "コード: K7Q3-9XWM\n> コード: OLD1" },
      "code",
    ],
    ["the code under another ticket's subject", { ...astray, subject: "Re: [R-13]" }, "code"],
  ])("belongs to the request by %s", (_name, overrides, by) => {
    expect(checkThread(answer(overrides), request)).toMatchObject({ ok: true, by });
  });

  it("belongs to it by the code the grammar has read", () => {
    const message = answer({ ...astray, ...codeless });
    expect(checkThread(message, { ...request, codeFromText: "K7Q3-9XWM" })).toMatchObject({
      ok: true,
      by: "code",
    });
  });

  it.each([
    ["only the ticket number", { ...astray, ...codeless }, "not_our_thread"],
    ["no ticket number", { ...codeless, subject: "Re: 返金" }, "other_ticket_in_subject"],
    ["another ticket number", { ...codeless, subject: "Re: [R-13]" }, "other_ticket_in_subject"],
    ["a longer ticket number", { ...codeless, subject: "Re: [R-123]" }, "other_ticket_in_subject"],
    [
      "two ticket numbers",
      { ...codeless, subject: "Re: [R-12] [R-13]" },
      "other_ticket_in_subject",
    ],
    ["a bare number", { ...codeless, subject: "Re: R-12" }, "other_ticket_in_subject"],
    ["a longer code", { ...astray, text: "コード: K7Q3-9XWMZ" }, "not_our_thread"],
    ["a shorter code", { ...astray, text: "コード: K7Q3" }, "not_our_thread"],
    ["a code without its label", { ...astray, text: "OK K7Q3-9XWM" }, "not_our_thread"],
    [
      "a part of the Message-ID",
      { ...codeless, inReplyTo: ["henkin.s3cret@shop.exam"] },
      "not_our_thread",
    ],
  ])("with %s does not", (_name, overrides, reason) => {
    expect(checkThread(answer(overrides), request)).toEqual({ ok: false, by: null, reason });
  });

  it("does not where no code is open, even if it gives an empty one", () => {
    const message = answer({ ...astray, text: "コード:" });
    expect(checkThread(message, { ...request, code: null }).ok).toBe(false);
    expect(checkThread(message, { ...request, code: "", codeFromText: "" }).ok).toBe(false);
  });

  it("does not where nothing was asked", () => {
    expect(
      checkThread(answer(codeless), {
        ...request,
        shopEmail: "refund@shop.example",
        messageIds: [],
      }).ok,
    ).toBe(false);
  });
});

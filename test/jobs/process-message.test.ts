// What becomes of each kind of mail, beside the requests and answers that have their own tests.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransientError } from "../../src/domain/errors.ts";
import type { MailName } from "../../src/domain/outgoing-mail.ts";
import { openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { TARO } from "../support/memory-provider.ts";
import type { MessageParts } from "../support/message.ts";
import { aForm } from "./recorded-mail.ts";

let desk: TestDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

async function receive(parts: MessageParts) {
  const pk = await desk.receive(parts);
  await desk.work();
  return desk.store.read((tx) => tx.messages.find(pk));
}

const tickets = () => desk.store.read((tx) => tx.tickets.list({}));
const sent = () => desk.transport.accepted.map(({ name, to }): [MailName, string] => [name, to]);

describe("a mail", () => {
  it.each<[string, MessageParts, string]>([
    ["of thanks", { from: TARO, text: "届きました。ありがとうございました。" }, "other"],
    ["of a policy question", { from: TARO, text: "返品ポリシーを教えてください。" }, "other"],
    [
      "that a machine wrote",
      {
        from: TARO,
        text: "注文番号: 679\n返金してください。",
        headers: { "Auto-Submitted": "auto-replied" },
      },
      "auto_reply",
    ],
  ])("%s opens nothing and is not answered", async (_name, parts, kind) => {
    expect(await receive(parts)).toMatchObject({ state: "processed", kind, ticketId: null });
    expect(await tickets()).toEqual([]);
    expect(sent()).toEqual([]);
  });

  it("of a payment provider is put before staff, and opens nothing", async () => {
    const notice = { from: "support@stripe.com", subject: "Payout failed", text: "Look at it." };
    expect(await receive(notice)).toMatchObject({ kind: "provider_notice", ticketId: null });
    expect(await tickets()).toEqual([]);
    expect(desk.mail("staff_task", TANAKA).variables).toMatchObject({
      reason: expect.stringContaining("Payout failed"),
      details: ["Look at it."],
    });
    expect(sent().every(([, to]) => to === TANAKA || to === SATO)).toBe(true);
  });

  it("is understood once, and stands in the trail without its words", async () => {
    await receive(aForm({ text: "秘密の事情でキャンセルします。返金してください。" }));
    await desk.restart();
    expect(await tickets()).toHaveLength(1);
    const trail = JSON.stringify(await desk.events());
    for (const word of ["秘密", "田中", TARO]) expect(trail).not.toContain(word);
    expect(trail).toContain("message_received");
  });

  it("is marked with its kind and ticket", async () => {
    const message = await receive(aForm());
    expect(message).toMatchObject({
      state: "processed",
      kind: "refund_request",
      ticketId: (await desk.ticket()).id,
    });
  });
});

describe("a mail of ours that comes back", () => {
  it.each<[string, (own: MessageParts) => MessageParts]>([
    ["its Message-ID", ({ messageId = "" }) => ({ messageId })],
    [
      "its signed mark, under another Message-ID",
      ({ headers = {} }) => ({ headers: { ...headers } }),
    ],
  ])("is known by %s and ignored", async (_name, keep) => {
    await desk.ask();
    const own = desk.mail("approval_request", TANAKA);
    const before = desk.transport.accepted.length;
    const message = await receive({
      from: "shop@shop.example",
      to: TANAKA,
      subject: "[R-1]",
      text: "OK",
      ...keep({ messageId: own.messageId, headers: { ...own.draft.headers } }),
    });
    expect(message?.kind).toBe("own");
    expect(desk.transport.accepted).toHaveLength(before);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });

  it("is not known by a mark that somebody made up", async () => {
    await desk.ask();
    const { messageId } = desk.mail("approval_request", TANAKA);
    const message = await receive({
      ...aForm({ order: "700" }),
      headers: { "X-Henkin": `${messageId} ${"0".repeat(40)}` },
    });
    expect(message?.kind).toBe("refund_request");
  });
});

describe("a customer who asks where the money is", () => {
  const question: MessageParts = {
    from: TARO,
    text: "注文番号 679 の返金がまだ届きません。いつになりますか。",
  };

  it("is put before staff with the newest ticket, and not answered by us", async () => {
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    const before = desk.transport.accepted.filter(({ to }) => to === TARO).length;
    expect(await receive(question)).toMatchObject({
      kind: "status_inquiry",
      ticketId: (await desk.ticket()).id,
    });
    expect(desk.mail("status_inquiry", TANAKA).variables).toMatchObject({
      reference: "R-1",
      status: expect.stringMatching(/refunded/),
      refundStatus: "succeeded",
      isLive: true,
      customerEmail: TARO,
      customerText: expect.arrayContaining([expect.stringContaining("まだ届きません")]),
      draft: [
        expect.stringMatching(/¥2,467 was made on/),
        expect.stringMatching(/provider says that it is completed/),
        expect.any(String),
        expect.any(String),
      ],
    });
    expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toHaveLength(before);
  });

  it("is answered with the number by which the bank can trace the refund", async () => {
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    desk.provider.trace((await desk.refunds())[0]?.providerRefundId ?? "", "7408828600000001");
    await receive(question);
    const { draft, traceReference } = desk.mail("status_inquiry", TANAKA).variables;
    expect(traceReference).toBe("7408828600000001");
    expect(draft).toContain("7408828600000001");
  });

  it("is drafted what the provider says, not what the ticket says", async () => {
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    desk.provider.settle((await desk.refunds())[0]?.providerRefundId ?? "", "pending");
    await receive(question);
    expect((await desk.ticket()).status).toBe("refunded");
    expect(desk.mail("status_inquiry", TANAKA).variables["draft"]).toEqual([
      expect.stringMatching(/is being processed/),
      expect.any(String),
    ]);
  });

  it("before anything was decided is told that the request is in hand", async () => {
    await desk.ask();
    await receive(question);
    expect(desk.mail("status_inquiry", TANAKA).variables).toMatchObject({
      refund: "",
      draft: [expect.stringMatching(/have received your request/), expect.any(String)],
    });
  });

  it("under another address is shown with it, and the answer goes to the known one", async () => {
    await desk.ask();
    await receive({ ...question, from: "someone@else.example" });
    expect(desk.mail("status_inquiry", TANAKA).variables).toMatchObject({
      writtenBy: "someone@else.example",
      customerEmail: TARO,
    });
  });

  it("by the ticket's number alone is a stranger", async () => {
    await desk.ask();
    await receive({
      from: "someone@else.example",
      subject: "Re: [R-1]",
      text: "返金がまだ届きません。いつになりますか。",
    });
    expect(desk.mails("status_inquiry")).toEqual([]);
    expect(desk.mail("staff_task", TANAKA).variables["reason"]).toMatch(/someone@else\.example/);
  });

  it("who asks again and again does not fill the approvers' mailboxes", async () => {
    await desk.ask();
    for (let left = 0; left < 15; left += 1) await receive(question);
    expect(desk.mails("status_inquiry", TANAKA)).toHaveLength(10);
    expect((await desk.events()).filter(({ type }) => type === "mail_withheld")).toHaveLength(5);
  });

  it("is told to staff also while the provider is away, as what was last known", async () => {
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    desk.provider.fail("retrieveRefund", aFailure(TransientError, "unreachable", "away"));
    await receive(question);
    // Nobody is told "completed" on the word of our own records.
    expect(desk.mail("status_inquiry", TANAKA).variables).toMatchObject({
      isLive: false,
      refundStatus: "",
      draft: [],
      answerLink: "",
    });
  });

  it("is understood also in an answer to our mail", async () => {
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    const refunded = desk.mail("refunded", TARO);
    await receive({
      from: TARO,
      subject: `Re: ${refunded.variables["reference"]}`,
      text: "返金がまだ届きません。いつになりますか。",
      inReplyTo: [refunded.messageId],
    });
    expect(desk.mail("status_inquiry", TANAKA).variables).toMatchObject({ isLive: true });
    expect(desk.mails("staff_task", TANAKA)).toEqual([]);
  });

  it("hears of a refund that has failed meanwhile as soon as staff do", async () => {
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    desk.provider.settle((await desk.refunds())[0]?.providerRefundId ?? "", "failed");
    await receive(question);
    expect((await desk.ticket()).status).toBe("refund_failed");
    expect(desk.mail("status_inquiry", TANAKA).variables["draft"]).toEqual([
      expect.stringMatching(/could not be completed/),
      expect.any(String),
    ]);
  });

  it("is put before staff also where no ticket is known", async () => {
    await receive(question);
    expect(desk.mail("staff_task", TANAKA).variables).toMatchObject({
      reference: "",
      details: [expect.stringContaining("まだ届きません")],
    });
    expect(await tickets()).toEqual([]);
  });
});

describe("strangers who write again and again", () => {
  it("do not flood the approvers", async () => {
    await desk.ask();
    for (let left = 0; left < 40; left += 1) {
      await receive({ from: "evil@mail.example", subject: "Re: [R-1]", text: `hello ${left}` });
    }
    expect(desk.mails("staff_task", TANAKA).length).toBeLessThanOrEqual(12);
    expect(desk.transport.accepted.filter(({ to }) => to === "evil@mail.example")).toEqual([]);
  });
});

describe("the form's automatic answer to the customer, copied to the shop", () => {
  const receipt = (text: string): MessageParts => ({
    from: "form@forms.example",
    to: TARO,
    replyTo: "shop@shop.example",
    subject: "お問い合わせありがとうございます",
    text: `Message Body:\n${text}\n\n-- \nThis email is a receipt for your contact form submission on our website (Shop https://shop.example) in which your email address was used.`,
  });

  it.each([
    ["the same order", "注文番号: 679\n注文をキャンセルしたいです。返金をお願いします。"],
    ["no order", "注文をキャンセルしたいです。返金をお願いします。"],
  ])("joins the ticket of the enquiry: it names %s", async (_what, text) => {
    await desk.ask();
    expect(await receive(receipt(text))).toMatchObject({
      kind: "refund_request",
      ticketId: (await desk.ticket()).id,
    });
    expect(await tickets()).toHaveLength(1);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
    expect(desk.mails("staff_task")).toEqual([]);
  });
});

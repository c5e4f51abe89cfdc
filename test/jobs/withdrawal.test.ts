// Who takes a request back: only the one who made it ends it, and nobody's words are lost.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY, MINUTE } from "../support/fake-clock.ts";
import { TARO } from "../support/memory-provider.ts";
import type { MessageParts } from "../support/message.ts";
import { aForm } from "./recorded-mail.ts";

let desk: TestDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

async function receive(parts: MessageParts) {
  desk.clock.advance(MINUTE);
  const pk = await desk.receive(parts);
  await desk.work();
  return desk.store.read((tx) => tx.messages.find(pk));
}

const TEXT = "注文番号 679 のキャンセルは取り下げます。";
const withdrawal = (parts: MessageParts = {}) => ({
  from: TARO,
  subject: "キャンセルの件",
  text: TEXT,
  ...parts,
});
const tickets = () => desk.store.read((tx) => tx.tickets.list({}));
const reasons = (to: string = TANAKA) =>
  desk.mails("staff_task", to).map(({ variables }) => String(variables["reason"]));

describe("a customer who takes the request back", () => {
  it("ends it as long as nobody has approved it; the OK that follows does nothing", async () => {
    await desk.ask();
    await receive(withdrawal());
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "withdrawn" });
    expect(reasons()).toEqual([expect.stringMatching(/took the request back/)]);
    await desk.reply("OK");
    await desk.work();
    expect(desk.provider.refunds).toEqual([]);
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "withdrawn" });
  });

  it("may do so in the shop's own form, under the address he asked with", async () => {
    await desk.ask();
    await receive(aForm({ text: TEXT }));
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "withdrawn" });
  });

  it("may do so in a form on the shop's own domain", async () => {
    await desk.ask();
    await receive({ ...aForm({ text: TEXT }), from: "wordpress@shop.example" });
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "withdrawn" });
  });

  it("may do so in an answer to our mail", async () => {
    await desk.ask({ order: "", name: "山田花子", email: "hanako@mail.example" });
    const question = desk.mail("need_order_number", "hanako@mail.example");
    await receive({
      from: "hanako@mail.example",
      subject: "Re: [R-1]",
      inReplyTo: [question.messageId],
      text: "キャンセルは取り下げます。",
    });
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "withdrawn" });
  });

  it("does not end it once it is approved: staff are told", async () => {
    await desk.ask();
    await desk.reply("OK");
    await receive(withdrawal());
    expect((await desk.ticket()).status).not.toBe("closed");
    expect(desk.mails("staff_task", TANAKA)).toHaveLength(1);
  });

  it("does not end it after the refund has failed: staff are told", async () => {
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    desk.provider.settle((await desk.refunds())[0]?.providerRefundId ?? "", "failed");
    await desk.advance(DAY);
    const told = desk.mails("staff_task", TANAKA).length;
    await receive(withdrawal());
    expect((await desk.ticket()).status).toBe("refund_failed");
    expect(desk.mails("staff_task", TANAKA)).toHaveLength(told + 1);
  });
});

describe("somebody else who takes it back", () => {
  const STRANGER = "someone@mail.example";

  it.each<[string, MessageParts]>([
    [
      "under the customer's name",
      { from: `Taro Tanaka <${STRANGER}>`, text: `田中太郎です。${TEXT}` },
    ],
    [
      "with the customer's address in the text",
      { from: STRANGER, text: `田中太郎です。\nメールアドレス: ${TARO}\n${TEXT}` },
    ],
    ["in a form of his own", { ...aForm({ text: TEXT }), from: STRANGER }],
    ["with the customer's address in Reply-To", { from: STRANGER, replyTo: TARO }],
  ])("does not end it: %s; staff are told who wrote, and what", async (_how, parts) => {
    await desk.ask();
    const message = await receive(withdrawal(parts));
    expect(message?.ticketId).toBe((await desk.ticket()).id);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect((await desk.round()).state).toBe("open");
    for (const to of [TANAKA, SATO]) {
      expect(desk.mails("staff_task", to)).toHaveLength(1);
      expect(desk.mail("staff_task", to).variables).toMatchObject({
        reference: "R-1",
        reason: `${STRANGER} wants to take the request back. It may be somebody else, so the ticket stays open.`,
        details: expect.arrayContaining([expect.stringContaining("取り下げます")]),
      });
    }
    await desk.reply("OK");
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("with the shop's own form, but another address, does not end it", async () => {
    await desk.ask();
    await receive(aForm({ email: STRANGER, text: TEXT }));
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(reasons()).toEqual([expect.stringMatching(/^someone@mail\.example wants to take/)]);
  });

  it("by the ticket's number alone does not end it", async () => {
    await desk.ask();
    await receive({ from: STRANGER, subject: "Re: [R-1]", text: "キャンセルは取り下げます。" });
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(reasons()).toEqual([expect.stringMatching(/^someone@mail\.example has written/)]);
  });
});

describe("a withdrawal without a request", () => {
  it("opens nothing; staff are told what was written", async () => {
    await receive(withdrawal());
    expect(await tickets()).toEqual([]);
    for (const to of [TANAKA, SATO]) {
      expect(desk.mails("staff_task", to)).toHaveLength(1);
      expect(desk.mail("staff_task", to).variables).toMatchObject({
        reference: "",
        reason: expect.stringMatching(/no open ticket fits/),
        details: [TEXT],
      });
    }
    expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toEqual([]);
  });

  it("because it has ended is told to staff as well", async () => {
    await desk.ask();
    await desk.reply("NG");
    await receive(withdrawal());
    expect((await desk.ticket()).status).toBe("rejected");
    expect(reasons()).toEqual([expect.stringMatching(/no open ticket fits/)]);
  });

  it("repeated by a stranger does not fill the approvers' mailboxes", async () => {
    for (let left = 0; left < 15; left += 1) await receive(withdrawal());
    expect(reasons()).toHaveLength(10);
  });
});

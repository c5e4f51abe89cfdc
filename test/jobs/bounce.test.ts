// A mail of ours that did not arrive: whoever has to know hears of it, and it decides nothing.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MANAGER, openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { TARO } from "../support/memory-provider.ts";
import type { MessageParts } from "../support/message.ts";

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

describe("a bounce", () => {
  const bounceOf = (messageId: string, action: string): MessageParts => ({
    from: "mailer-daemon@mail.example",
    subject: "Undelivered Mail Returned to Sender",
    deliveryStatus: `Reporting-MTA: dns; mail.example\n\nFinal-Recipient: rfc822; ${TARO}\nAction: ${action}\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user`,
    returnedMessageIds: [messageId],
    headers: { "Content-Type": "multipart/report; report-type=delivery-status" },
  });

  it("of a mail of ours is told to staff, beside its ticket", async () => {
    await desk.ask({ order: "700", name: "山田", email: "hanako@mail.example" });
    const { messageId } = desk.mail("need_order_number", "hanako@mail.example");
    expect(await receive(bounceOf(messageId, "failed"))).toMatchObject({
      kind: "bounce",
      ticketId: (await desk.ticket()).id,
    });
    expect(desk.mail("staff_task", SATO).variables).toMatchObject({
      reference: "R-1",
      reason: expect.stringMatching(/hanako@mail.example: .*550 no such user/),
    });
  });

  it("of a customer's mail is told to no manager", async () => {
    await desk.ask({ order: "700", name: "山田", email: "hanako@mail.example" });
    const { messageId } = desk.mail("need_order_number", "hanako@mail.example");
    await receive(bounceOf(messageId, "failed"));
    expect(desk.mails("staff_task", MANAGER)).toEqual([]);
  });

  it("of an approver's mail is told to the managers as well: he may be the only one", async () => {
    await desk.ask();
    await receive(bounceOf(desk.mail("approval_request", TANAKA).messageId, "failed"));
    for (const to of [SATO, MANAGER]) {
      expect(desk.mail("staff_task", to).variables).toMatchObject({
        reference: "R-1",
        reason: expect.stringMatching(/tanaka@shop.example: .*550 no such user/),
      });
    }
    expect(desk.mails("staff_task", MANAGER)).toHaveLength(1);
  });

  it("of an approver's mail is one mail to a manager who is an approver", async () => {
    await desk.close();
    desk = await openDesk({ shop: { managers: [SATO] } });
    await desk.ask();
    await receive(bounceOf(desk.mail("approval_request", TANAKA).messageId, "failed"));
    expect(desk.mails("staff_task", SATO)).toHaveLength(1);
  });

  it("that only reports a delay is recorded and told to nobody", async () => {
    await desk.ask();
    const before = desk.transport.accepted.length;
    await receive(bounceOf(desk.mail("approval_request", TANAKA).messageId, "delayed"));
    expect(desk.transport.accepted).toHaveLength(before);
    expect((await desk.events()).map(({ type }) => type)).toContain("mail_bounced");
  });

  it("of a mail that is not ours does nothing", async () => {
    expect(await receive(bounceOf("x@elsewhere.example", "failed"))).toMatchObject({
      kind: "bounce",
      ticketId: null,
    });
    expect(desk.transport.accepted).toEqual([]);
  });

  it("never approves", async () => {
    await desk.ask();
    const { messageId } = desk.mail("approval_request", TANAKA);
    await receive({ ...bounceOf(messageId, "failed"), text: "OK", inReplyTo: [messageId] });
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });
});

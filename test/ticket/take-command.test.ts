// What staff start by mail: it is as authenticated as a decision, opens a ticket like a customer's and
// decides nothing.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SummaryTicketLine } from "../../src/domain/summary-mail.ts";
import {
  type DeskOptions,
  MANAGER,
  openDesk,
  SATO,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { DAY, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";
import type { MessageParts } from "../support/message.ts";

const VOUCHED = "mx.shop.example; dmarc=pass header.from=shop.example";

let desk: TestDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

async function reopen(options: DeskOptions): Promise<void> {
  await desk.close();
  desk = await openDesk(options);
}

async function receive(parts: MessageParts) {
  desk.clock.advance(MINUTE);
  const pk = await desk.receive(parts);
  await desk.work();
  return desk.store.read((tx) => tx.messages.find(pk));
}

/** A new mail of Tanaka, as the shop's own mail server vouches for it. */
const command = (text: string, parts: MessageParts = {}) =>
  receive({
    from: TANAKA,
    subject: "電話の件",
    text,
    headers: { From: TANAKA, "Authentication-Results": VOUCHED },
    ...parts,
  });

const tickets = () => desk.store.read((tx) => tx.tickets.list({}));
const sentTo = (to: string) =>
  desk.transport.accepted.filter((mail) => mail.to === to).map(({ name }) => name);
const reasons = (to: string = TANAKA) =>
  desk.mails("staff_task", to).map(({ variables }) => String(variables["reason"]));
const listed = () => {
  const mail = desk.mail("open_tickets", TANAKA);
  return mail.variables["tickets"] as readonly SummaryTicketLine[];
};

describe("「一覧」", () => {
  it("is answered to its author alone: every open ticket, oldest first", async () => {
    await reopen({ payments: [aPayment(), aPayment({ id: "pi_680", orderNumbers: ["680"] })] });
    await desk.ask();
    desk.clock.advance(DAY);
    await desk.ask({ order: "700", name: "山田花子", email: "hanako@mail.example" });
    desk.clock.advance(MINUTE);
    await desk.ask({ order: "701", name: "佐藤次郎", email: "jiro@mail.example" });
    await receive({ from: "jiro@mail.example", text: "注文番号 701 のキャンセルは取り下げます。" });
    expect((await desk.ticket(3)).status).toBe("closed");
    await desk.ask({ order: "680" });
    expect(await command("一覧")).toMatchObject({ kind: "staff_command", reason: "list" });
    expect(listed()).toMatchObject([
      { number: 1, order: "679", status: "waits for approval", age: "1 day", note: "田中太郎" },
      { number: 2, order: "700", status: "payment not certain", age: "0 days", note: "山田花子" },
      { number: 4, order: "680", status: "waits for approval" },
    ]);
    expect(desk.mails("open_tickets")).toHaveLength(1);
  });

  it("is answered also where nothing is open", async () => {
    await command("list");
    expect(listed()).toEqual([]);
    expect(await tickets()).toEqual([]);
  });

  it("is answered each time it is asked", async () => {
    await command("一覧");
    await command("一覧");
    expect(desk.mails("open_tickets", TANAKA)).toHaveLength(2);
  });
});

describe("a request that staff bring", () => {
  it("with number and address is put before the approvers like a customer's", async () => {
    expect(await command("返金 679 taro@mail.example")).toMatchObject({
      kind: "staff_command",
      reason: "opened",
      ticketId: (await desk.ticket()).id,
    });
    expect(await desk.ticket()).toMatchObject({
      status: "awaiting_approval",
      orderNumbers: ["679"],
      requesterEmail: TARO,
      requestedMinor: null,
      intent: "full",
      paymentId: "pi_679",
    });
    for (const to of [TANAKA, SATO]) expect(sentTo(to)).toEqual(["approval_request"]);
    const events = await desk.events();
    expect(events.find(({ type }) => type === "opened_by_staff")?.actor).toBe(TANAKA);
  });

  it("moves no money: its author decides like anybody else, by an answer to the request", async () => {
    await command("返金 679 taro@mail.example");
    await desk.advance(DAY);
    expect(desk.provider.creations).toEqual([]);
    await desk.reply("OK");
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
    expect(desk.provider.creations).toMatchObject([{ amountMinor: 2467 }]);
  });

  it("with number and name is matched by the name", async () => {
    await command("返金 679 田中太郎様");
    expect(await desk.ticket()).toMatchObject({
      status: "awaiting_approval",
      requesterName: "田中太郎",
      requesterEmail: null,
    });
  });

  it("with the number alone lists candidates: one fact is not enough", async () => {
    await command("返金 679");
    expect((await desk.ticket()).status).toBe("unmatched");
    for (const to of [TANAKA, SATO]) expect(sentTo(to)).toEqual(["candidates"]);
    expect(sentTo(TARO)).toEqual([]);
    await desk.reply("1");
    await desk.work();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });

  it.each(["返金 999 hanako@mail.example", "返金 999 山田花子", "返金 999"])(
    "with an unknown number is told to staff; the customer is not written to: %s",
    async (text) => {
      await command(text);
      expect((await desk.ticket()).status).toBe("unmatched");
      for (const to of [TANAKA, SATO]) {
        expect(reasons(to)).toEqual([expect.stringMatching(/the order number that staff gave/)]);
      }
      await desk.advance(10 * DAY);
      const own = [TANAKA, SATO, MANAGER];
      expect(desk.transport.accepted.filter(({ to }) => !own.includes(to))).toEqual([]);
    },
  );

  it("with an order that has an open ticket shows that ticket, and opens none", async () => {
    await desk.ask();
    await desk.ask({ order: "700", name: "山田花子", email: "hanako@mail.example" });
    expect(await command("返金 679 other@mail.example")).toMatchObject({
      reason: "open_already",
      ticketId: (await desk.ticket(1)).id,
    });
    expect(await tickets()).toHaveLength(2);
    expect(listed()).toMatchObject([{ number: 1, order: "679" }]);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
  });

  it("with an order whose ticket has ended opens another", async () => {
    await desk.ask();
    await desk.reply("NG");
    await command("返金 679 taro@mail.example");
    expect((await desk.ticket(2)).status).toBe("awaiting_approval");
    expect(desk.mails("open_tickets")).toEqual([]);
  });

  it("brings the number to a customer's ticket that waits for it", async () => {
    await desk.ask({ order: "", name: "別の名前", email: "new@mail.example" });
    expect((await desk.ticket()).status).toBe("unmatched");
    desk.provider.put(
      aPayment({ id: "pi_5", orderNumbers: ["555"], payerEmail: "new@mail.example" }),
    );
    desk.provider.changed = ["pi_5"];
    await command("返金 555 new@mail.example");
    expect(await tickets()).toHaveLength(1);
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", paymentId: "pi_5" });
  });

  it("is read once, however often the worker is started", async () => {
    await command("返金 679 taro@mail.example");
    await desk.restart();
    await desk.restart();
    expect(await tickets()).toHaveLength(1);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
  });

  it("who is the customer himself does not approve it", async () => {
    await reopen({ payments: [aPayment({ payerEmail: TANAKA })] });
    await command(`返金 679 ${TANAKA}`);
    await desk.reply("OK");
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.provider.creations).toEqual([]);
  });
});

describe("what the customer of such a ticket reads", () => {
  it.each<[string, string]>([
    ["OK", "refunded"],
    ["NG", "rejected"],
  ])("after %s stands in no thread: the mail of staff is not his", async (answer, name) => {
    const opening = await command("返金 679 taro@mail.example");
    await desk.reply(answer);
    await desk.work();
    expect(sentTo(TARO)).toEqual([name]);
    const [mail] = desk.transport.accepted.filter(({ to }) => to === TARO);
    expect(mail?.draft).toMatchObject({ inReplyTo: null, references: [] });
    expect(JSON.stringify(mail)).not.toContain(opening?.messageId);
  });
});

describe("a command whose author is not certain", () => {
  const forged = (results?: string): MessageParts => ({
    headers: {
      From: TANAKA,
      ...(results === undefined ? {} : { "Authentication-Results": results }),
    },
  });

  it.each<[string, MessageParts]>([
    ["nothing says who sent it", forged()],
    ["SPF alone passes", forged("mx.shop.example; spf=pass smtp.mailfrom=shop.example")],
    ["DMARC fails", forged("mx.shop.example; dmarc=fail header.from=shop.example")],
    ["another server says so", forged("mx.evil.example; dmarc=pass header.from=shop.example")],
  ])("opens and lists nothing where %s; staff are told", async (_what, parts) => {
    await desk.ask();
    for (const text of ["返金 700 taro@mail.example", "一覧"]) {
      expect(await command(text, parts)).toMatchObject({ kind: "staff_command", ticketId: null });
    }
    expect(await tickets()).toHaveLength(1);
    expect(desk.mails("open_tickets")).toEqual([]);
    for (const to of [TANAKA, SATO]) {
      expect(reasons(to)).toEqual(
        Array(2).fill(expect.stringMatching(/could not be authenticated/)),
      );
      expect(reasons(to)[0]).toContain(TANAKA);
    }
  });

  it("is none of a second author's", async () => {
    await command("返金 700 taro@mail.example", { from: [TANAKA, "evil@mail.example"] });
    expect(await tickets()).toEqual([]);
    expect(sentTo("evil@mail.example")).toEqual([]);
    expect(reasons()).toEqual([expect.stringMatching(/could not be authenticated/)]);
  });

  it("is not taken on a code's word either: no code vouches for what answers nothing", async () => {
    await reopen({ shop: { approvalAuth: "token" } });
    await command("返金 679 taro@mail.example", forged());
    expect(await tickets()).toEqual([]);
    expect(reasons()).toEqual([expect.stringMatching(/could not be authenticated/)]);
    await command("返金 679 taro@mail.example");
    expect(await tickets()).toHaveLength(1);
  });

  it("repeated by a stranger does not fill the approvers' mailboxes", async () => {
    for (let left = 0; left < 15; left += 1) await command("一覧", forged());
    expect(reasons()).toHaveLength(10);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["an absence note", { "Auto-Submitted": "auto-replied" }],
    ["a mailing list", { Precedence: "bulk" }],
  ])("is %s: nothing happens, and nobody is told", async (_what, headers) => {
    const own = { From: TANAKA, "Authentication-Results": VOUCHED };
    for (const text of ["返金 679 taro@mail.example", "一覧", "返金 679 しないで"]) {
      expect(await command(text, { headers: { ...own, ...headers } })).toMatchObject({
        kind: "staff_command",
        ticketId: null,
      });
    }
    expect(await tickets()).toEqual([]);
    expect(desk.transport.attempts).toEqual([]);
  });
});

describe("a command that cannot be read", () => {
  it("is explained to its author alone, with what was written", async () => {
    expect(await command("返金 679 しないで")).toMatchObject({ reason: "unclear" });
    expect(await tickets()).toEqual([]);
    expect(desk.mail("staff_task", TANAKA).variables).toMatchObject({
      reference: "",
      reason: expect.stringMatching(/could not be read/),
      details: ["返金 679 しないで"],
    });
    expect(sentTo(SATO)).toEqual([]);
  });
});

describe("the same words elsewhere are no command", () => {
  it.each<[string, () => MessageParts]>([
    [
      "in an answer to our request",
      () => ({ inReplyTo: [desk.mail("approval_request", TANAKA).messageId] }),
    ],
    ["under a ticket's number", () => ({ subject: "Re: [R-1] 返金" })],
    ["from a manager who is no approver", () => ({ from: MANAGER })],
    ["from a customer", () => ({ from: TARO })],
  ])("%s", async (_where, parts) => {
    await desk.ask();
    for (const text of ["返金 700 taro@mail.example", "一覧"]) {
      expect((await command(text, parts()))?.kind).not.toBe("staff_command");
    }
    expect(desk.mails("open_tickets")).toEqual([]);
    const all = await tickets();
    expect(all.flatMap(({ ticket }) => ticket.orderNumbers)).toEqual(["679"]);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });
});

// What happens when nothing happens: reminders, expired codes, and holds.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MANAGER, openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY, FakeClock, HOUR } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";
import { anAnswer } from "./recorded-mail.ts";

let desk: TestDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 6 * HOUR) await desk.advance(Math.min(left, 6 * HOUR));
}

const reminders = (to: string = TANAKA) => desk.mails("reminder", to).length;

describe("a reminder", () => {
  it("goes to every approver, each business day, in the thread of the request", async () => {
    await desk.ask();
    const request = desk.mail("approval_request", SATO);
    await pass(DAY - 6 * HOUR);
    expect(reminders()).toBe(0);
    await pass(6 * HOUR);
    expect([reminders(), reminders(SATO)]).toEqual([1, 1]);
    expect(desk.mail("reminder", SATO).draft.inReplyTo).toBe(request.messageId);
    expect(desk.mail("reminder", SATO).variables).toMatchObject({
      code: request.variables["code"],
      amount: "¥2,467",
      since: "2026-11-09",
    });
    await pass(3 * DAY);
    expect(reminders()).toBe(4);
    // Saturday and Sunday.
    await pass(2 * DAY);
    expect(reminders()).toBe(4);
    await pass(DAY);
    expect(reminders()).toBe(5);
  });

  it("comes every few business days where the shop wants so", async () => {
    await desk.close();
    desk = await openDesk({ shop: { remindDays: 3 } });
    await desk.ask();
    await pass(2 * DAY);
    expect(reminders()).toBe(0);
    await pass(DAY);
    expect(reminders()).toBe(1);
  });

  it("is none once there is a decision", async () => {
    await desk.ask();
    await desk.reply("NG");
    await pass(5 * DAY);
    expect(reminders()).toBe(0);
  });

  it("can be answered, and the answer counts", async () => {
    await desk.ask();
    await pass(DAY);
    const reminder = desk.mail("reminder", TANAKA);
    const request = desk.mail("approval_request", TANAKA);
    await desk.receive(
      anAnswer(reminder, "OK", {
        inReplyTo: [reminder.messageId],
        references: [request.messageId],
      }),
    );
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("comes for candidates, too", async () => {
    await desk.ask({ order: "678" });
    await pass(DAY);
    expect(reminders()).toBe(1);
    expect(desk.mail("reminder", TANAKA).variables["amount"]).toBe("");
  });
});

describe("a question that nobody answers", () => {
  const escalations = () => desk.mails("escalation").map(({ to }) => to);

  it("is told to the managers with the third reminder and the sixth", async () => {
    await desk.ask();
    await pass(2 * DAY);
    expect([reminders(), escalations()]).toEqual([2, []]);
    await pass(DAY);
    expect([reminders(), escalations()]).toEqual([3, [MANAGER]]);
    expect(desk.mail("escalation", MANAGER).variables).toMatchObject({
      reference: "R-1",
      amount: "¥2,467",
      orderNumber: "679",
      requester: "田中太郎",
      since: "2026-11-09",
      reminders: "3",
      approvers: [TANAKA, SATO],
    });
    // Friday; then Saturday, Sunday and Monday.
    await pass(4 * DAY);
    expect([reminders(), escalations()]).toEqual([5, [MANAGER]]);
    await pass(DAY);
    expect([reminders(), escalations()]).toEqual([6, [MANAGER, MANAGER]]);
    expect(desk.mail("escalation", MANAGER).variables["reminders"]).toBe("6");
  });

  it("is told without the code, with which a manager could decide", async () => {
    await desk.ask();
    await pass(3 * DAY);
    const told = JSON.stringify(desk.mail("escalation", MANAGER));
    for (const to of [TANAKA, SATO]) {
      expect(told).not.toContain(desk.mail("approval_request", to).variables["code"]);
    }
  });

  it("is told where candidates are to be chosen from, too", async () => {
    await desk.ask({ order: "678" });
    await pass(3 * DAY);
    expect(escalations()).toEqual([MANAGER]);
    expect(desk.mail("escalation", MANAGER).variables["amount"]).toBe("");
  });

  it("is told no more once there is a decision", async () => {
    await desk.ask();
    await pass(2 * DAY);
    await desk.reply("NG");
    await pass(14 * DAY);
    expect(escalations()).toEqual([]);
  });

  it("is not told while it is on hold", async () => {
    await desk.ask();
    await pass(2 * DAY);
    await desk.reply("保留");
    await pass(7 * DAY - 6 * HOUR);
    expect([reminders(), escalations()]).toEqual([2, []]);
    await pass(DAY);
    expect([reminders(), escalations()]).toEqual([3, [MANAGER]]);
  });
});

describe("a hold", () => {
  it("keeps reminders away for a week, and no decision", async () => {
    await desk.ask();
    await desk.reply("保留");
    expect((await desk.round()).holdUntil).toBe(desk.clock.now() + 7 * DAY);
    await pass(7 * DAY - 6 * HOUR);
    expect(reminders()).toBe(0);
    await pass(6 * HOUR);
    expect(reminders()).toBe(1);
    await desk.reply("OK", SATO);
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("lasts until the day that is named", async () => {
    await desk.ask();
    await desk.reply("保留 11/20");
    const until = (await desk.round()).holdUntil ?? 0;
    expect(desk.desk.calendar.localDate(until)).toBe("2026-11-20");
    expect(desk.mails("decision_made", SATO)).toHaveLength(1);
    expect(desk.mails("return_goods")).toEqual([]);
  });

  it("for the goods asks the customer to send them back", async () => {
    await desk.ask();
    await desk.reply("返品待ち 11/20");
    expect(desk.mail("return_goods", TARO).variables["until"]).toBe("2026-11-20");
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect((await desk.round()).state).toBe("open");
  });
});

describe("a code that has expired", () => {
  it("is followed by the same question with a new one, over facts read afresh", async () => {
    await desk.ask();
    const first = desk.mail("approval_request", TANAKA);
    expect(first.variables["codeUntil"]).toBe("2026-11-23");
    desk.provider.refundByHand("pi_679", 467, "succeeded");
    await pass(16 * DAY);
    const second = desk.mail("approval_request", TANAKA);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(2);
    expect(second.variables["code"]).not.toBe(first.variables["code"]);
    expect(second.variables).toMatchObject({ amount: "¥2,000" });
    expect(second.variables["changes"]).toEqual([expect.stringMatching(/code has expired/)]);
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    await desk.reply("OK");
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("still says how strong the match is, not that staff chose it", async () => {
    await desk.ask();
    await pass(16 * DAY);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(2);
    expect(desk.mail("approval_request", TANAKA).variables["strength"]).toBe(
      "strong match (order number, e-mail, name)",
    );
  });

  it("is told to staff, not asked of the customer, where the payment is gone", async () => {
    await desk.ask();
    desk.provider.remove("pi_679");
    await pass(16 * DAY);
    expect(desk.mails("need_order_number")).toEqual([]);
    expect(desk.mails("staff_task", TANAKA)).toHaveLength(1);
  });

  it("counts no more; the Message-ID of the request still does until it is replaced", async () => {
    await desk.close();
    desk = await openDesk({ shop: { expiresMs: HOUR } });
    await desk.ask();
    desk.clock.advance(2 * HOUR);
    const request = desk.mail("approval_request", TANAKA);
    const code = `OK\nコード: ${request.variables["code"]}`;
    await desk.receive(anAnswer(request, code, { inReplyTo: [] }));
    await desk.work();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    await desk.receive(anAnswer(request, "OK"));
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("is renewed for candidates as well", async () => {
    await desk.ask({ order: "678" });
    await pass(16 * DAY);
    expect(desk.mails("candidates", TANAKA)).toHaveLength(2);
    expect(await desk.ticket()).toMatchObject({ status: "unmatched", round: 2 });
    await desk.reply("1");
    await desk.work();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });

  it("never decides: months later the question is still open", async () => {
    await desk.close();
    desk = await openDesk({ clock: new FakeClock(), payments: [aPayment()] });
    await desk.ask();
    for (let days = 0; days < 90; days += 1) await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect((await desk.round()).state).toBe("open");
    expect(desk.provider.creations).toEqual([]);
  });
});

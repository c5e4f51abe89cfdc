// The customer's bank account for a transfer by hand: asked from the address on the payment, taken from
// nobody else, shown to the approvers, and gone afterwards.

import { afterEach, describe, expect, it } from "vitest";
import { OutcomeUnknownError, TransientError } from "../../src/domain/errors.ts";
import type { Fact } from "../../src/domain/outgoing-mail.ts";
import type { Payment } from "../../src/domain/payment.ts";
import type { MailComposer } from "../../src/ports.ts";
import type { MailPhase } from "../../src/store-port.ts";
import { findAccount, leaveAccountToStaff } from "../../src/ticket/bank-account.ts";
import { type ShopSettings, STOP_SWITCH } from "../../src/ticket/desk.ts";
import { endPayout } from "../../src/ticket/payout-answer.ts";
import { anAnswer, composer, type TransportFault } from "../jobs/recorded-mail.ts";
import { openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";
import type { MessageParts } from "../support/message.ts";

let desk: TestDesk;
afterEach(() => desk.close());

const FORM = `銀行名: みずほ銀行
支店名: 渋谷支店
口座種別: 普通
口座番号: 1234567
口座名義(カナ): タナカ タロウ`;

/** Approved in principle: the customer is asked for his account. */
async function asked(change: Partial<Payment> = {}, shop: Partial<ShopSettings> = {}) {
  desk = await openDesk({
    shop,
    payments: [aPayment({ byHand: true, method: "bank_transfer", ...change })],
  });
  await desk.ask();
  await approve("OK");
}

/** With the request's code, as its link and every quote bear it. */
async function approve(words: string, by = TANAKA): Promise<void> {
  const code = desk.mail("approval_request", by).variables["code"];
  await desk.reply(`${words}\nコード: ${code}`, by);
  await desk.work();
}

async function customer(text: string, parts: MessageParts = {}): Promise<void> {
  await desk.receive(anAnswer(desk.mail("account_request", TARO), text, parts));
  await desk.work();
}

const tasks = () =>
  desk.mails("staff_task", TANAKA).filter(({ variables }) => variables["asksDone"] === true);
async function storedTask() {
  const { id } = await desk.ticket();
  const mails = await desk.store.read((tx) => tx.mails.listByTicket(id));
  return mails.find(({ name }) => name === "staff_task");
}

const facts = () => desk.mail("approval_request", TANAKA).variables["facts"] as Fact[];
const told = () => desk.mails("staff_task", TANAKA).map(({ variables }) => variables["reason"]);
const strings = (value: unknown) => JSON.stringify(value);

describe("a transfer by hand whose account nobody knows", () => {
  it("asks the address on the payment once it is approved, and no approver to transfer", async () => {
    await asked();
    expect(desk.mails("account_request").map(({ to }) => to)).toEqual([TARO]);
    expect((await desk.ticket()).status).toBe("approved");
    expect(await desk.refunds()).toEqual([]);
    expect(tasks()).toEqual([]);
    await desk.advance(2 * DAY);
    expect(desk.mails("account_request")).toHaveLength(1);
  });

  it("asks whoever paid, and never the address that only the form claims", async () => {
    desk = await openDesk({ payments: [aPayment({ byHand: true, method: "bank_transfer" })] });
    await desk.ask({ email: "thief@mail.example" });
    await approve("OK");
    expect(desk.mails("account_request").map(({ to }) => to)).toEqual([TARO]);
  });

  it("says so in the request, before anybody approves", async () => {
    await asked();
    const warnings = desk.mail("approval_request", TANAKA).variables["warnings"];
    expect(strings(warnings)).toMatch(/bank account is not known yet/);
  });

  it("asks nobody in a dry run", async () => {
    await asked({}, { dryRun: true });
    expect(desk.mails("account_request")).toEqual([]);
    expect((await desk.ticket()).resolution).toBe("dry_run");
  });

  it("reminds after 3, 10 and 30 days, and then tells staff", async () => {
    await asked();
    const counts: number[] = [];
    for (const days of [2.9, 0.2, 6.8, 0.2, 19.8, 0.2, 20]) {
      await desk.advance(days * DAY);
      counts.push(desk.mails("account_request", TARO).length);
    }
    expect(counts).toEqual([1, 2, 2, 3, 3, 4, 4]);
    expect(told().join()).toMatch(/not given a bank account for 30 days/);
  });

  it("is not reminded of once it is stopped", async () => {
    await asked();
    await desk.reply("STOP");
    await desk.work();
    await desk.advance(31 * DAY);
    expect(desk.mails("account_request", TARO)).toHaveLength(1);
  });

  it("goes on without it where staff know it themselves", async () => {
    await asked();
    const ticket = await desk.ticket();
    await desk.store.write((tx) => leaveAccountToStaff(tx, desk.desk, ticket, "cli:taro"));
    await desk.work();
    expect(tasks()).toHaveLength(1);
    expect(strings(tasks()[0]?.variables)).toMatch(/Ask the address on the payment/);
  });
});

describe("an account that the payer's address gives", () => {
  it("is a new request that shows whose it is, and no task yet", async () => {
    await asked();
    await customer(FORM);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(2);
    expect(facts()).toContainEqual({
      label: "Account holder",
      payment: "タナカ タロウ (who paid: 田中 太郎)",
      request: "",
      mark: "plain",
    });
    expect(strings(facts())).toContain("****567");
    expect(strings(desk.mails("approval_request"))).not.toContain("1234567");
    expect(tasks()).toEqual([]);
  });

  it("stands whole in the task of whoever approved it, and nowhere else", async () => {
    await asked();
    await customer(FORM);
    await approve("OK");
    expect(tasks()).toHaveLength(1);
    expect(strings(tasks()[0]?.variables)).toContain(
      "To: みずほ銀行 渋谷支店 普通 1234567, holder タナカ タロウ",
    );
    expect(desk.mails("staff_task", SATO)).toEqual([]);
    const shown = desk.transport.accepted.filter((mail) => strings(mail).includes("1234567"));
    expect(shown.map(({ name, to }) => [name, to])).toEqual([["staff_task", TANAKA]]);
    expect(strings(await desk.events())).not.toContain("1234567");
  });

  it("is confirmed to that address, so that nobody gives one in its name unseen", async () => {
    await asked();
    await customer(FORM);
    expect(desk.mail("account_received", TARO).variables).toMatchObject({
      bank: "みずほ銀行 渋谷支店 普通 ****567",
      holder: "タナカ タロウ",
      isChanged: false,
    });
  });

  it("is marked where its holder is not who paid", async () => {
    await asked({ payerName: "タナカ タロウ" });
    await customer(FORM.replace("タナカ タロウ", "スズキ ハナコ"));
    expect(facts()).toContainEqual({
      label: "Account holder",
      payment: "タナカ タロウ",
      request: "スズキ ハナコ",
      mark: "differs",
    });
    const warnings = desk.mail("approval_request", TANAKA).variables["warnings"];
    expect(strings(warnings)).toMatch(/holder is not who paid/);
  });

  it("is asked about anew where it is changed, also after an approval", async () => {
    await asked();
    await customer(FORM);
    await customer(FORM.replace("1234567", "7654321"));
    expect(strings(facts())).toContain("****321");
    expect(desk.mail("account_received", TARO).variables["isChanged"]).toBe(true);
    const code = desk.mail("approval_request", TANAKA).variables["code"];
    await desk.reply(`OK\nコード: ${code}`);
    await desk.receive(
      anAnswer(desk.mail("account_request", TARO), FORM.replace("1234567", "1111111")),
    );
    // It is understood before the transfer is asked for.
    expect(await desk.next("local")).toBe("process_message");
    await desk.work();
    expect(tasks()).toEqual([]);
    expect(strings(facts())).toContain("****111");
    expect(await desk.refunds()).toEqual([]);
  });

  it("is the same when it comes twice", async () => {
    await asked();
    await customer(FORM);
    await customer(`${FORM}\n\nよろしくお願いします`);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(2);
    expect(desk.mails("account_received", TARO)).toHaveLength(1);
  });

  it("is not taken any more once the transfer is asked for", async () => {
    await asked();
    await customer(FORM);
    await approve("OK");
    await customer(FORM.replace("1234567", "7654321"));
    expect(told().join()).toMatch(/does not wait just now; it is not used/);
    expect(tasks()).toHaveLength(1);
    expect(strings(tasks())).not.toContain("7654321");
  });

  it("is asked for again with what is unclear, twice, and then left to staff", async () => {
    await asked();
    await customer(FORM.replace("1234567", "123456"));
    expect(desk.mail("account_request", TARO).variables["unclear"]).toEqual([
      "account number (7 digits)",
    ]);
    await customer("口座番号: 1234567");
    expect(desk.mails("account_request", TARO)).toHaveLength(3);
    await customer("口座番号: 1234567");
    expect(desk.mails("account_request", TARO)).toHaveLength(3);
    expect(told().join()).toMatch(/still unclear after two questions/);
  });
});

describe("an account that comes from elsewhere", () => {
  const FORGED = {
    "Authentication-Results": "mx.shop.example; dmarc=fail header.from=mail.example",
  };

  it.each([
    ["without authentication", { headers: {} }],
    ["in the payer's name, forged", { headers: { ...FORGED, From: TARO } }],
    [
      "from another address that has seen our mail",
      {
        from: "thief@mail.example",
        headers: {
          "Authentication-Results": "mx.shop.example; dmarc=pass header.from=mail.example",
          From: "thief@mail.example",
        },
      },
    ],
    ["from the payer, but in answer to nothing of ours", { inReplyTo: [] }],
  ] as const)("is not taken %s, and staff hear of it without the account", async (_how, parts) => {
    await asked();
    await customer(FORM, parts as MessageParts);
    expect((await desk.ticket()).status).toBe("approved");
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
    expect(told().join()).toMatch(/cannot be verified/);
    expect(strings(desk.mails("staff_task"))).not.toContain("1234567");
    expect(desk.mails("account_received")).toEqual([]);
  });

  it("is not asked for where the payment bears no address", async () => {
    await asked({ payerEmail: null });
    expect(desk.mails("account_request")).toEqual([]);
    expect(tasks()).toHaveLength(1);
    expect(strings(tasks()[0]?.variables)).toMatch(/The payment bears no address/);
  });
});

describe("an approval of an account", () => {
  it("needs the code or a second approver", async () => {
    await asked();
    await customer(FORM);
    await desk.reply("OK", TANAKA, {});
    await desk.work();
    expect(await desk.refunds()).toEqual([]);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    for (const to of [TANAKA, SATO]) {
      expect(desk.mail("decision_made", to).variables["decision"]).toMatch(
        /shows the request's code/,
      );
    }
    await desk.reply("OK", SATO, {});
    await desk.work();
    expect(await desk.refunds()).toMatchObject([{ action: "payout", state: "planned" }]);
  });

  it("is not enough with a wrong code", async () => {
    await asked();
    await customer(FORM);
    await desk.reply("OK\nコード: 0000000000", TANAKA, {});
    await desk.work();
    expect(await desk.refunds()).toEqual([]);
  });
});

describe("the account after the transfer", () => {
  it("is gone from the database, and from the mails it stood in", async () => {
    await asked();
    await customer(FORM);
    await approve("OK");
    const { id } = await desk.ticket();
    const stored = await desk.store.read((tx) => tx.bankAccounts.find(id));
    expect(stored?.sealed).not.toContain("1234567");
    const task = tasks()[0];
    if (task === undefined || stored === undefined) throw new Error("no task");
    await desk.receive(anAnswer(task, "完了 20261121-01"));
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
    expect(await desk.store.read((tx) => tx.bankAccounts.find(id))).toBeUndefined();
    const mails = await desk.store.read((tx) => tx.mails.listByTicket(id));
    expect(strings(mails)).not.toContain("1234567");
    const message = await desk.store.read((tx) => tx.messages.find(stored.messagePk));
    expect(message?.raw.byteLength).toBe(0);
  });

  it("is gone from every mail that the payer wrote of it", async () => {
    await asked();
    await customer(FORM.replace("1234567", "123456"));
    await customer(FORM.replace("1234567", "7654321"));
    await customer(FORM);
    await customer(`${FORM}\n\nよろしくお願いします`);
    await approve("OK");
    await customer(FORM);
    const [task] = tasks();
    if (task === undefined) throw new Error("no task");
    await desk.receive(anAnswer(task, "完了 20261121-01"));
    await desk.work();
    const given = (await desk.events()).filter(({ type }) => /^account_(?!asked)/.test(type));
    expect(given.map(({ type }) => type)).toEqual([
      ...["account_unclear", "account_received", "account_received"],
      ...["account_repeated", "account_late", "account_wiped"],
    ]);
    for (const pk of given.flatMap(({ data }) => data["message"] ?? [])) {
      const message = await desk.store.read((tx) => tx.messages.find(`${pk}`));
      expect(message?.raw.byteLength).toBe(0);
    }
  });

  const DONE = { kind: "done", reference: "20261121-01", by: SATO, messagePk: null } as const;
  const lost = () => aFailure(OutcomeUnknownError, "smtp_lost", "Lost after the message.");
  const later = () => aFailure(TransientError, "smtp_450", "Later.");

  it.each<[string, TransportFault, number, number, MailPhase]>([
    ["has not left yet", { at: "connect", error: later() }, 9, 5, "composed"],
    ["may have left", { at: "data", error: lost() }, 1, 5, "data"],
    ["may have left twice, and is not sent again", { at: "data", error: lost() }, 2, 40, "data"],
  ])("is gone from a task that %s", async (_which, fault, times, minutes, phase) => {
    await asked();
    await customer(FORM);
    desk.transport.fail(fault, times, TANAKA);
    await approve("OK");
    await desk.advance(minutes * MINUTE);
    const outbox = async () => {
      const { id } = await desk.ticket();
      return desk.store.read((tx) => tx.mails.listByTicket(id));
    };
    const holding = async () =>
      (await outbox()).filter(({ variables, raw }) =>
        strings([variables, raw && String(raw)]).includes("1234567"),
      );
    expect((await holding()).map((mail) => mail.phase)).toEqual([phase]);
    const waiting = await desk.ticket();
    await desk.store.write((tx) => endPayout(tx, desk.desk, waiting, DONE));
    for (let hours = 0; hours < 3; hours += 1) await desk.advance(HOUR);
    expect((await desk.ticket()).status).toBe("refunded");
    expect(await holding()).toEqual([]);
    expect(tasks()).toEqual([]);
  });

  it("is gone from a task that is being composed meanwhile, which does not leave", async () => {
    let isReported = false;
    const report: MailComposer = {
      async compose(draft) {
        if (draft.name === "staff_task" && !isReported) {
          isReported = true;
          const ticket = await desk.ticket();
          await desk.store.write((tx) => endPayout(tx, desk.desk, ticket, DONE));
        }
        return composer.compose(draft);
      },
    };
    desk = await openDesk({
      payments: [aPayment({ byHand: true, method: "bank_transfer" })],
      composer: report,
    });
    await desk.ask();
    await approve("OK");
    await customer(FORM);
    await approve("OK");
    expect(isReported).toBe(true);
    const { id } = await desk.ticket();
    const mails = await desk.store.read((tx) => tx.mails.listByTicket(id));
    const tasksLeft = mails.filter(({ name }) => name === "staff_task");
    expect(tasksLeft).toMatchObject([{ variables: {}, raw: null, phase: "dropped" }]);
    expect(desk.mails("staff_task")).toEqual([]);
  });

  it("does not come back where the hand-over fails after the transfer was reported", async () => {
    await asked();
    await customer(FORM);
    const send = desk.transport.send.bind(desk.transport);
    desk.transport.send = async (message, beforeData) => {
      if (!Buffer.from(message.raw).includes('"name":"staff_task"')) {
        return send(message, beforeData);
      }
      const ticket = await desk.ticket();
      await desk.store.write((tx) => endPayout(tx, desk.desk, ticket, DONE));
      throw later();
    };
    await approve("OK");
    expect(await storedTask()).toMatchObject({ variables: {}, raw: null });
  });

  it("is gone from a task that is on its way meanwhile", async () => {
    await asked();
    await customer(FORM);
    const send = desk.transport.send.bind(desk.transport);
    desk.transport.send = (message, beforeData) =>
      send(message, async () => {
        await beforeData();
        const ticket = await desk.ticket();
        await desk.store.write((tx) => endPayout(tx, desk.desk, ticket, DONE));
      });
    await approve("OK");
    expect(await storedTask()).toMatchObject({ variables: {}, raw: null, phase: "accepted" });
  });

  it("stays in a task that waits because all money was stopped just before it left", async () => {
    await asked();
    await customer(FORM);
    const send = desk.transport.send.bind(desk.transport);
    desk.transport.send = async (message, beforeData) => {
      const isTask = Buffer.from(message.raw).includes('"name":"staff_task"');
      if (isTask) await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "on"));
      await send(message, beforeData);
    };
    await approve("OK");
    expect(desk.mails("staff_task")).toEqual([]);
    desk.transport.send = send;
    await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "off"));
    await desk.advance(2 * MINUTE);
    expect(desk.mails("staff_task").map(({ to }) => to)).toEqual([TANAKA]);
  });

  it("stays while the transfer is only called off", async () => {
    await asked();
    await customer(FORM);
    await approve("OK");
    const { id } = await desk.ticket();
    const task = tasks()[0];
    if (task === undefined) throw new Error("no task");
    await desk.receive(anAnswer(task, "NG"));
    await desk.work();
    expect((await desk.ticket()).status).toBe("refund_failed");
    expect(await desk.store.read((tx) => tx.bankAccounts.find(id))).toBeDefined();
  });
});

describe("an account of who had paid, as the payment said then", () => {
  const HANAKO = "hanako@mail.example";

  it("is nobody's once the payment bears another payer, who is asked for his own", async () => {
    await asked();
    await customer(FORM);
    desk.provider.change("pi_679", { payerEmail: HANAKO });
    await approve("OK");
    const { variables } = desk.mail("approval_request", TANAKA);
    expect(strings(variables["facts"])).not.toContain("****567");
    expect(strings(variables["changes"])).toContain(`from ${TARO} to ${HANAKO}`);
    await approve("OK");
    expect(desk.mails("account_request", HANAKO)).toHaveLength(1);
    expect(tasks()).toEqual([]);
    await desk.advance(4 * DAY);
    expect(desk.mails("account_request", HANAKO)).toHaveLength(2);
    expect(desk.mails("account_request", TARO)).toHaveLength(1);
  });

  it("is nobody's where the ticket is about another payment, though its payer is the same", async () => {
    const byHand = { byHand: true, method: "bank_transfer" } as const;
    const other = aPayment({ ...byHand, id: "pi_680", orderNumbers: ["680"], description: null });
    desk = await openDesk({ payments: [aPayment(byHand), other] });
    await desk.ask();
    await approve("OK");
    await customer(FORM);
    const ticket = await desk.ticket();
    await desk.store.read(async (tx) => {
      expect(await findAccount(tx, desk.desk, ticket, aPayment())).not.toBeNull();
      expect(await findAccount(tx, desk.desk, ticket, other)).toBeNull();
    });
  });

  it("is not waited for where staff knew the account of another payer", async () => {
    await asked();
    const ticket = await desk.ticket();
    await desk.store.write((tx) => leaveAccountToStaff(tx, desk.desk, ticket, "cli:taro"));
    desk.provider.change("pi_679", { payerEmail: HANAKO });
    await desk.work();
    await approve("OK");
    expect(tasks()).toEqual([]);
    expect(desk.mails("account_request", HANAKO)).toHaveLength(1);
  });
});

describe("a customer who is silent", () => {
  it("is reminded though the ticket was in between on that day, and staff every week after", async () => {
    await asked();
    desk.provider.change("pi_679", { status: "processing", capturedMinor: 0 });
    await desk.advance(3.1 * DAY);
    expect((await desk.ticket()).status).not.toBe("approved");
    desk.provider.change("pi_679", { status: "paid", capturedMinor: 2467 });
    await desk.reply("入金 2467");
    await desk.work();
    await approve("OK");
    await desk.advance(4 * DAY);
    expect(desk.mails("account_request", TARO)).toHaveLength(2);
    for (const days of [7, 20, 1]) await desk.advance(days * DAY);
    const silent = () => told().filter((reason) => /for 30 days/.test(String(reason)));
    const before = silent().length;
    expect(before).toBeGreaterThan(0);
    await desk.advance(8 * DAY);
    expect(silent().length).toBeGreaterThan(before);
  });
});

describe("an account on a ticket that ends without a transfer", () => {
  it.each([0, 11])("that came after %s days is gone soon after a rejection", async (days) => {
    await asked();
    for (let day = 0; day < days; day += 1) await desk.advance(DAY);
    await customer(FORM);
    await desk.reply("NG");
    await desk.work();
    const ticket = await desk.ticket();
    const stored = await desk.store.read((tx) => tx.bankAccounts.find(ticket.id));
    if (stored === undefined) throw new Error("no account");
    await desk.advance(4 * DAY);
    await desk.store.read(async (tx) => {
      expect(await tx.bankAccounts.find(ticket.id)).toBeUndefined();
      expect(String((await tx.messages.find(stored.messagePk))?.raw)).not.toContain("1234567");
    });
  });
});

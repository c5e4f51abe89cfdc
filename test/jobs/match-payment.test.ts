// From a customer's wish to a question for staff; the golden case of the project is the first.

import { afterEach, describe, expect, it } from "vitest";
import { AccessError, PermanentError, TransientError } from "../../src/domain/errors.ts";
import type { CandidateLine } from "../../src/domain/outgoing-mail.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { MANAGER, openDesk, PROVIDER, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, FakeClock, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, MemoryProvider, TARO } from "../support/memory-provider.ts";
import type { MessageParts } from "../support/message.ts";
import { aForm } from "./recorded-mail.ts";

let desk: TestDesk;
afterEach(() => desk.close());

const STRANGER = { payerName: "山田 花子", payerEmail: "hanako@mail.example" } as const;

async function asked(payments: readonly Payment[], order = "679"): Promise<void> {
  desk = await openDesk({ payments });
  await desk.ask({ order });
}

/** The numbers that can be chosen, and what is only shown. */
function listed(): { numbered: string[]; shown: string[] } {
  const lines = desk.mail("candidates", TANAKA).variables["candidates"] as CandidateLine[];
  const orders = (chosen: boolean) =>
    lines.filter(({ number }) => (number !== null) === chosen).map((line) => line.orderNumbers);
  return { numbered: orders(true), shown: orders(false) };
}

describe("the golden case: 678 is asked for, 679 is the sender's and 688 someone else's", () => {
  const payments = [
    aPayment({ id: "pi_688", orderNumbers: ["688"], amountMinor: 1980, ...STRANGER }),
    aPayment(),
  ];

  it("is a question to staff, not a refund", async () => {
    await asked(payments, "678");
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(listed()).toEqual({ numbered: ["679"], shown: ["688"] });
    expect(
      desk
        .mails("candidates")
        .map(({ to }) => to)
        .sort(),
    ).toEqual([SATO, TANAKA]);
    expect(desk.mails("need_order_number")).toEqual([]);
    expect(desk.provider.creations).toEqual([]);
  });

  it.each(["OK", "承認", "OK 2467", "2", "688"])("is not answered by %s", async (text) => {
    await asked(payments, "678");
    await desk.reply(text);
    await desk.work();
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.provider.creations).toEqual([]);
    expect(desk.mails("ambiguous_answer", TANAKA)).toHaveLength(1);
  });

  it("is chosen by its number, asked anew, and only then refunded", async () => {
    await asked(payments, "678");
    await desk.reply("1");
    await desk.work();
    expect(await desk.ticket()).toMatchObject({
      status: "awaiting_approval",
      paymentId: "pi_679",
      round: 2,
    });
    expect(desk.mail("approval_request", SATO).variables["strength"]).toMatch(/chosen by staff/);
    expect(desk.provider.creations).toEqual([]);
    await desk.reply("OK", SATO);
    await desk.work();
    expect(desk.provider.creations).toMatchObject([{ paymentId: "pi_679", amountMinor: 2467 }]);
    expect(desk.mail("refunded", TARO).variables["orderNumber"]).toBe("679");
  });

  it("asks the customer where staff say it is none of these", async () => {
    await asked(payments, "678");
    await desk.reply("0");
    await desk.work();
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.mails("need_order_number", TARO)).toHaveLength(1);
  });
});

describe("a transfer of which only the sender in kana is known", () => {
  it.each([
    ["タナカ タロウ", "awaiting_approval"],
    ["タナカ ジロウ", "unmatched"],
  ])("is found by order number and the form's reading %s: %s", async (kana, status) => {
    const sender = { payerName: null, payerEmail: null, payerKana: "ﾀﾅｶ ﾀﾛｳ" };
    desk = await openDesk({ payments: [aPayment({ ...sender, method: "bank_transfer" })] });
    const form = aForm();
    const text = (form.text ?? "").replace("\n", `\nフリガナ: ${kana}\n`);
    await desk.receive({ ...form, text });
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status, requesterKana: kana });
  });
});

describe("a provider that cannot be asked for an order", () => {
  const down = () => aFailure(TransientError, "timeout", "Epsilon: no answer");
  const ofOther = { ...aPayment({ id: "P1" }), provider: "epsilon" };

  /** @param known at the other one, as the index has it */
  async function beside(payments: readonly Payment[], known: readonly Payment[] = []) {
    const clock = new FakeClock();
    const other = new MemoryProvider(clock, "epsilon");
    other.capabilities = { ...other.capabilities, search: true };
    desk = await openDesk({ payments, providers: [other], clock });
    await desk.store.write((tx) => tx.payments.upsert(known, clock.now()));
    other.put(ofOther);
    other.fail("searchPayments", down(), down());
    await desk.ask();
  }

  it("keeps no ticket waiting whose payment is certain at another", async () => {
    await beside([aPayment()]);
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", provider: "memory" });
  });

  it.each<[string, Error]>([
    ["is away", aFailure(TransientError, "timeout", "Smartpay: no answer")],
    ["knows the key no more", aFailure(AccessError, "unauthorized", "Smartpay refuses the key")],
    ["refuses for good", aFailure(PermanentError, "endless_list", "Smartpay: too many pages")],
  ])(
    "keeps none waiting where it lists payments and %s, and stops no lane",
    async (_how, error) => {
      const clock = new FakeClock();
      const other = new MemoryProvider(clock, "smartpay");
      desk = await openDesk({ payments: [aPayment()], providers: [other], clock });
      const read = { page: null, complete: true, syncedAt: 0 };
      await desk.store.write((tx) => tx.payments.saveSync("smartpay", read));
      other.fail("listPayments", ...Array.from({ length: 20 }, () => error));
      await desk.ask();
      expect(await desk.ticket()).toMatchObject({
        status: "awaiting_approval",
        provider: "memory",
      });
      await desk.ask({ order: "999", name: "誰か", email: "nobody@mail.example" });
      expect((await desk.ticket(2)).status).toBe("received");
      const lanes = await desk.store.read((tx) => tx.lanes.list());
      expect(lanes.filter(({ name, state }) => name === "matching" && state !== "ok")).toEqual([]);
    },
  );

  it.each<[string, readonly Payment[], readonly Payment[]]>([
    ["no payment is found elsewhere", [], []],
    [
      "what is found elsewhere was never paid",
      [aPayment({ status: "failed", capturedMinor: 0 })],
      [],
    ],
    ["what is found elsewhere was given back", [aPayment({ refundedMinor: 2467 })], []],
    ["what is found elsewhere is somebody else's", [aPayment(STRANGER)], []],
    ["it is known to have a payment of that order, too", [aPayment()], [ofOther]],
  ])("is waited for where %s", async (_where, payments, known) => {
    await beside(payments, known);
    expect((await desk.ticket()).status).toBe("received");
    expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toEqual([]);
    await desk.advance(HOUR);
    await desk.advance(HOUR);
    expect((await desk.ticket()).status).not.toBe("received");
  });
});

describe("an order number that no payment bears", () => {
  const stranger = { ...STRANGER, description: null, orderNumbers: [], method: "bank_transfer" };

  it("leads staff to payments of the amount, oldest first, and nobody is paid unchosen", async () => {
    const createdAt = (day: number) => Date.parse("2026-11-01T00:00:00Z") + day * DAY;
    desk = await openDesk({
      payments: [
        aPayment({ ...stranger, id: "pi_b", createdAt: createdAt(2) }),
        aPayment({ ...stranger, id: "pi_a", createdAt: createdAt(1) }),
        aPayment({ ...stranger, id: "pi_c", capturedMinor: 1, createdAt: createdAt(3) }),
      ],
    });
    await desk.ask({ order: "678", text: "返金希望金額: 2,467円" });
    const mail = desk.mail("candidates", TANAKA).variables;
    expect(mail["reason"]).toMatch(/same amount/);
    expect((mail["candidates"] as CandidateLine[]).map(({ number }) => number)).toEqual([1, 2]);
    expect(desk.mails("need_order_number")).toEqual([]);
    await desk.reply("OK");
    await desk.work();
    expect(desk.provider.creations).toEqual([]);
    await desk.reply("1");
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", paymentId: "pi_a" });
  });

  it("asks the customer where nothing points at a payment", async () => {
    await asked([aPayment({ ...stranger, capturedMinor: 1 })], "678");
    expect(desk.mails("need_order_number", TARO)).toHaveLength(1);
  });

  it("reads a payment that a memo points at anew, and believes what it finds", async () => {
    desk = await openDesk({ payments: [aPayment({ ...stranger, description: "Re: 678" })] });
    await desk.work();
    desk.provider.change("pi_679", { refundedMinor: 2467 });
    await desk.ask({ order: "678" });
    expect(desk.mails("candidates")).toEqual([]);
    expect(desk.mails("need_order_number", TARO)).toHaveLength(1);
  });
});

describe("a payment that fits", () => {
  it("is asked about with its own facts beside the form's", async () => {
    await asked([aPayment()]);
    const { variables } = desk.mail("approval_request", TANAKA);
    expect(variables).toMatchObject({
      amount: "¥2,467",
      hasProposal: true,
      isVoid: false,
      testMode: false,
      orderNumber: "679",
      strength: "strong match (order number, e-mail, name)",
    });
    expect(variables["facts"]).toContainEqual({
      label: "E-mail",
      payment: TARO,
      // Not said twice where it is written alike.
      request: "",
      mark: "same",
    });
  });

  it("shows a name that agrees by its reading alone as another name", async () => {
    const payer = { payerName: "田中太郎", payerKana: "タナカ タロウ", payerEmail: null };
    desk = await openDesk({ payments: [aPayment(payer)] });
    const form = aForm({ name: "佐藤花子" });
    const text = form.text?.replace("佐藤花子\n", "佐藤花子\nフリガナ: タナカタロウ\n") ?? "";
    await desk.receive({ ...form, text });
    await desk.work();
    const facts = desk.mail("approval_request", TANAKA).variables["facts"];
    expect(facts).toContainEqual({
      label: "Name",
      payment: "田中太郎",
      request: "佐藤花子",
      mark: "differs",
    });
    expect(facts).toContainEqual({
      label: "Sender of the transfer",
      payment: "タナカ タロウ",
      request: "タナカタロウ",
      mark: "same",
    });
  });

  it("compares the amount asked for with the one it shows", async () => {
    const payment = aPayment({ amountMinor: 5000, capturedMinor: 3000 });
    desk = await openDesk({ payments: [payment] });
    await desk.ask({ text: "返金を希望します。\n返金希望額: 5000円" });
    expect(desk.mail("approval_request", TANAKA).variables["facts"]).toContainEqual({
      label: "Amount",
      payment: "¥3,000",
      request: "¥5,000",
      mark: "differs",
    });
  });

  it("is no refunded one because of what a system without refunds says", async () => {
    await asked([aPayment({ byHand: true, refundedMinor: 2467 })]);
    expect(await desk.ticket()).toMatchObject({ status: "unmatched", resolution: null });
    expect(desk.mails("already_refunded")).toEqual([]);
    expect(listed().numbered).toEqual(["679"]);
  });

  it("is shown with what other systems say of the order", async () => {
    await asked([aPayment({ systems: [{ system: "makeshop", state: "入金完了・未発送" }] })]);
    expect(desk.mail("approval_request", TANAKA).variables["facts"]).toContainEqual({
      label: "makeshop",
      payment: "入金完了・未発送",
      request: "",
      mark: "plain",
    });
  });

  it("marks what differs", async () => {
    desk = await openDesk();
    await desk.ask({ email: "other@mail.example" });
    expect(desk.mail("approval_request", TANAKA).variables["facts"]).toContainEqual({
      label: "E-mail",
      payment: TARO,
      request: "other@mail.example",
      mark: "differs",
    });
  });

  it("is read live: what the index says is old does not count", async () => {
    desk = await openDesk({ payments: [aPayment({ createdAt: 1 })] });
    await desk.work();
    desk.provider.change("pi_679", { refundedMinor: 467 });
    await desk.ask();
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe("¥2,000");
  });

  it("is one with the authorisation it was captured from", async () => {
    const authorized = aPayment({ id: "pi_679", status: "authorized", capturedMinor: 0 });
    desk = await openDesk({ payments: [authorized, aPayment({ id: "pay_1" })] });
    await desk.work();
    desk.provider.successors.set("pi_679", "pay_1");
    await desk.ask({ order: "679" });
    expect(await desk.ticket()).toMatchObject({
      status: "awaiting_approval",
      paymentId: "pay_1",
    });
  });

  it("is searched for where the provider lists nothing", async () => {
    desk = await openDesk();
    desk.provider.capabilities = { ...desk.provider.capabilities, search: true };
    await desk.ask();
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe("¥2,467");
    expect(desk.provider.calls).toContain("searchPayments");
  });

  it("is to be transferred by hand where the provider cannot give it back", async () => {
    await asked([aPayment({ byHand: true, method: "konbini", payerEmail: null })]);
    expect(desk.mail("approval_request", TANAKA).variables).toMatchObject({ isPayout: true });
    expect(warnings()).toContain(
      "The provider cannot give this payment back: once approved, please transfer the money by hand, and not before.",
    );
    await desk.reply("OK");
    await desk.work();
    expect(desk.mail("staff_task", TANAKA).variables["asksDone"]).toBe(true);
    expect(desk.provider.creations).toEqual([]);
  });

  it("names refunds of others that are still pending", async () => {
    desk = await openDesk();
    desk.provider.refundByHand("pi_679", 100, "pending");
    await desk.ask();
    expect(warnings().join()).toMatch(/still pending: re_1 ¥100 \(pending\)/);
  });

  const warnings = () => desk.mail("approval_request", TANAKA).variables["warnings"] as string[];
  const FORM = aForm().text ?? "";
  const DIRECT = "注文番号 679 をキャンセルし、返金をお願いします。";

  it.each<[string, MessageParts]>([
    ["somebody else's form", { from: "form@evil.example", text: FORM }],
    ["another address of the customer's provider", { from: "x@mail.example", text: FORM }],
  ])("warns that the mail came from %s", async (_whose, parts) => {
    desk = await openDesk();
    await desk.receive(parts);
    await desk.work();
    const expected = `The mail was sent from ${parts.from}, which is not the customer's address.`;
    expect(warnings().filter((warning) => warning.includes("sent from"))).toEqual([expected]);
  });

  it.each<[string, MessageParts]>([
    ["the shop's form", aForm()],
    ["software on the shop's domain", { from: "wordpress@shop.example", text: FORM }],
    ["the customer", { from: TARO, text: DIRECT }],
    ["a manager", { from: MANAGER, subject: "お問い合わせ", text: FORM }],
  ])("warns of no sender where the mail came from %s", async (_whose, parts) => {
    desk = await openDesk();
    await desk.receive(parts);
    await desk.work();
    expect(warnings().filter((warning) => warning.includes("sent from"))).toEqual([]);
  });

  it.each([
    ["返金希望額: 1000円\n一部返金をお願いします。", "¥1,000"],
    ["返金希望額: 9000円\n返金をお願いします。", "¥2,467"],
  ])("proposes what is asked for where it can be paid: %j", async (text, amount) => {
    desk = await openDesk();
    await desk.ask({ text });
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe(amount);
  });
});

describe("an end without a decision", () => {
  it.each<[string, Partial<Payment>, string, string]>([
    ["is refunded already", { refundedMinor: 2467 }, "already_refunded", "already_refunded"],
    ["failed", { status: "failed", capturedMinor: 0 }, "nothing_paid", "nothing_charged"],
    ["was cancelled", { status: "canceled", capturedMinor: 0 }, "nothing_paid", "nothing_charged"],
  ])("is told truthfully where the payment %s", async (_name, change, resolution, mail) => {
    await asked([aPayment(change)]);
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution });
    const toTaro = desk.transport.accepted.filter(({ to }) => to === TARO);
    expect(toTaro.map(({ name }) => name)).toEqual([mail]);
    expect(desk.mails("approval_request")).toEqual([]);
  });

  it("is told only after a live look: what the index says is not enough", async () => {
    desk = await openDesk({
      payments: [aPayment({ status: "failed", capturedMinor: 0, createdAt: 1 })],
    });
    await desk.work();
    desk.provider.change("pi_679", { status: "paid", capturedMinor: 2467 });
    await desk.ask();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.mails("nothing_charged")).toEqual([]);
  });

  it("is not told while the provider cannot be asked", async () => {
    desk = await openDesk({ payments: [aPayment({ status: "failed", capturedMinor: 0 })] });
    await desk.work();
    desk.provider.fail("retrievePayment", aFailure(TransientError, "unreachable", "No route."));
    await desk.ask();
    expect((await desk.ticket()).status).toBe("received");
    expect(desk.transport.accepted).toEqual([]);
    await desk.advance(MINUTE);
    expect((await desk.ticket()).resolution).toBe("nothing_paid");
  });
});

describe("no payment that fits", () => {
  it("asks the customer once, and tells staff after three business days of silence", async () => {
    await asked([]);
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.mails("need_order_number", TARO)).toHaveLength(1);
    expect(desk.mails("staff_task")).toEqual([]);
    for (let hours = 0; hours < 71; hours += 1) await desk.advance(HOUR);
    expect(desk.mails("staff_task")).toEqual([]);
    await desk.advance(2 * HOUR);
    expect(desk.mail("staff_task", TANAKA).variables["reason"]).toMatch(/3 business days/);
    for (let days = 0; days < 10; days += 1) await desk.advance(DAY);
    expect(desk.mails("staff_task", TANAKA)).toHaveLength(1);
    expect(desk.mails("need_order_number", TARO)).toHaveLength(1);
  });

  it("goes on with the order number that the customer's answer brings", async () => {
    desk = await openDesk({ payments: [aPayment({ payerEmail: null, payerName: "田中太郎" })] });
    await desk.ask({ order: "700", name: "田中 太朗" });
    const question = desk.mail("need_order_number", TARO);
    await desk.receive({
      from: TARO,
      subject: `Re: [${question.variables["reference"]}]`,
      inReplyTo: [question.messageId],
      text: "注文番号は 679 です。\n田中太郎",
    });
    await desk.work();
    expect((await desk.ticket()).orderNumbers).toEqual(["679"]);
    expect(desk.mails("candidates", TANAKA)).toHaveLength(1);
  });

  it("is put before staff where the customer's late answer leads nowhere either", async () => {
    await asked([]);
    for (let days = 0; days < 4; days += 1) await desk.advance(DAY);
    const before = desk.mails("staff_task", TANAKA).length;
    const question = desk.mail("need_order_number", TARO);
    await desk.receive({
      from: TARO,
      subject: `Re: [${question.variables["reference"]}]`,
      inReplyTo: [question.messageId],
      text: "注文番号は 999 です。",
    });
    await desk.work();
    for (let days = 0; days < 7; days += 1) await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.mails("need_order_number", TARO)).toHaveLength(1);
    expect(desk.mails("staff_task", TANAKA).length).toBeGreaterThan(before);
  });

  it("is not concluded from an index that is too old", async () => {
    desk = await openDesk({ payments: [] });
    await desk.work();
    desk.provider.put(aPayment({ createdAt: 1 }));
    desk.provider.changed = ["pi_679"];
    desk.clock.advance(HOUR);
    await desk.ask();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.mails("need_order_number")).toEqual([]);
  });
});

describe("the job itself", () => {
  it("does nothing for a ticket that has its proposal", async () => {
    await asked([aPayment()]);
    const { id } = await desk.ticket();
    await desk.store.write((tx) =>
      tx.jobs.add({
        id: "match_payment/late",
        kind: "match_payment",
        lane: "matching",
        ticketId: id,
        payload: {},
        dueAt: desk.clock.now(),
      }),
    );
    await desk.work();
    expect((await desk.ticket()).round).toBe(1);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
  });

  it("moves no approved ticket", async () => {
    await asked([aPayment()]);
    await desk.reply("OK");
    await desk.receive({ from: TARO, subject: "[R-1]", text: "注文番号は 700 でした。" });
    await desk.work([PROVIDER]);
    expect(await desk.ticket()).toMatchObject({ status: "approved", orderNumbers: ["679"] });
  });
});

// What leaves the desk: derived identity, caps, and the addresses that get nothing.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Ticket } from "../../src/domain/ticket.ts";
import { writeToCustomer } from "../../src/ticket/customer-mail.ts";
import { erasePerson } from "../../src/ticket/purge.ts";
import { messageIdFor, queueStaffMail } from "../../src/ticket/queue-mail.ts";
import { tellStaff } from "../../src/ticket/staff-mail.ts";
import {
  type DeskOptions,
  MANAGER,
  openDesk,
  SATO,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { DAY } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
let ticket: Ticket;
async function open(options: DeskOptions = {}, wish = {}): Promise<void> {
  desk = await openDesk({ payments: [], ...options });
  await desk.ask({ order: "", ...wish });
  ticket = await desk.ticket();
}
beforeEach(() => open());
afterEach(() => desk.close());

const write = (occasion: string | number, of: Ticket = ticket) =>
  desk.store.write((tx) =>
    writeToCustomer(tx, desk.desk, of, "return_goods", occasion, { until: "2026-11-20" }),
  );
const withheld = async () =>
  (await desk.events()).filter(({ type }) => type === "mail_withheld").map(({ data }) => data);

describe("a Message-ID", () => {
  const id = (change: Partial<Parameters<typeof messageIdFor>[1]> = {}) =>
    messageIdFor(desk.desk, {
      name: "reminder",
      ticketId: "t",
      occasion: 1,
      to: TANAKA,
      ...change,
    });

  it("is derived, at the shop's domain", () => {
    expect(id()).toMatch(/^henkin\.[0-9a-f]{40}@shop\.example$/);
    expect(id()).toBe(id());
  });

  it.each([
    ["mail", { name: "summary" }],
    ["ticket", { ticketId: "u" }],
    ["occasion", { occasion: 2 }],
    ["recipient", { to: SATO }],
  ] as const)("differs for another %s", (_name, change) => {
    expect(id(change)).not.toBe(id());
  });
});

describe("the same occasion", () => {
  it("is one mail", async () => {
    for (let left = 0; left < 3; left += 1) await write("once");
    await desk.work();
    expect(desk.mails("return_goods", TARO)).toHaveLength(1);
  });

  it("is one mail to each of the staff", async () => {
    const tell = () =>
      desk.store.write((tx) => tellStaff(tx, desk.desk, ticket, "x", "customer_wrote"));
    await tell();
    await tell();
    await desk.work();
    for (const to of [TANAKA, SATO]) expect(desk.mails("staff_task", to)).toHaveLength(1);
    expect(desk.mails("staff_task", MANAGER)).toEqual([]);
  });
});

describe("a customer", () => {
  const ask = (occasion: string | number) =>
    desk.store.write((tx) =>
      writeToCustomer(tx, desk.desk, ticket, "need_order_number", occasion, {}),
    );

  it("gets at most three mails a day that anyone could cause, and what is withheld is recorded", async () => {
    for (let left = 0; left < 20; left += 1) await ask(left);
    await desk.work();
    expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toHaveLength(3);
    expect(await withheld()).toContainEqual({ mail: "need_order_number", reason: "daily_cap" });
    desk.clock.advance(DAY + 1);
    await ask("tomorrow");
    await desk.work();
    expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toHaveLength(4);
  });

  it("gets no more of them by being forgotten", async () => {
    for (let left = 0; left < 3; left += 1) await ask(left);
    await desk.work();
    const forgotten = { address: TARO, names: [], keptNumbers: [], free: [ticket as never] };
    await desk.store.write(async (tx) => {
      await erasePerson(tx, desk.desk, "cli:taro", forgotten);
      const mails = await tx.mails.listByTicket(ticket.id);
      expect(mails.map(({ to }) => to).join()).not.toContain("@");
    });
    await ask("again");
    await desk.work();
    expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toHaveLength(3);
  });

  it("still gets what follows a decision after strangers used up the day", async () => {
    for (let left = 0; left < 20; left += 1) await ask(left);
    await write("decided");
    await desk.work();
    expect(desk.mails("return_goods", TARO)).toHaveLength(1);
  });

  it("gets nothing in a dry run", async () => {
    await desk.close();
    await open({ shop: { dryRun: true } });
    await write("x");
    await desk.work();
    expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toEqual([]);
    expect(await withheld()).toContainEqual({ mail: "return_goods", reason: "dry_run" });
  });

  it.each([TANAKA, MANAGER, "shop@shop.example"])("is never %s", async (email) => {
    await desk.close();
    await open({}, { email });
    await write("x");
    await desk.work();
    expect(desk.mails("return_goods")).toEqual([]);
    expect(desk.mails("need_order_number")).toEqual([]);
  });

  it("without an address gets nothing", async () => {
    const before = desk.transport.accepted.length;
    await write("x", { ...ticket, requesterEmail: null, payerEmail: null });
    await desk.work();
    expect(desk.transport.accepted).toHaveLength(before);
  });

  it("who paid with another address than he wrote from sees no thread of that mail", async () => {
    await desk.close();
    await open({ payments: [aPayment({ payerEmail: "payer@mail.example" })] }, { order: "679" });
    await desk.reply("NG");
    const rejected = desk.mail("rejected", "payer@mail.example");
    expect(rejected.draft.inReplyTo).toBeNull();
    expect(desk.mails("rejected", TARO)).toEqual([]);
  });

  it("who wrote to us gets his answer in the thread of his mail", async () => {
    expect(desk.mail("need_order_number", TARO).draft.inReplyTo).toBe("received-1@mail.example");
  });
});

it("staff are written to one by one: nobody sees another's code", async () => {
  await desk.store.write((tx) =>
    queueStaffMail(tx, desk.desk, {
      name: "staff_task",
      ticket: null,
      occasion: "x",
      variables: {
        reference: "",
        shopName: "",
        reason: "",
        details: [],
        asksDone: false,
        copyText: [],
        rawAnswer: [],
        code: "",
      },
    }),
  );
  await desk.work();
  expect(desk.mails("staff_task").map(({ to }) => to)).toEqual([TANAKA, SATO]);
});

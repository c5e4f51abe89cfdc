// One call of every method of the store, so that every statement it can make is seen. The type has no
// gap: a method that is added to the store does not compile until it stands here.

import type { SeenRefund } from "../../src/domain/reconciliation.ts";
import type { KeptTicket } from "../../src/domain/retention.ts";
import type { Lane, ShopRow, WriteTx } from "../../src/store-port.ts";
import { aPayment } from "../support/memory-provider.ts";
import {
  aNewJob,
  aNewMail,
  aNewMessage,
  aNewRefund,
  aNewTicket,
  insertRound,
} from "./store-bench.ts";

type OneOrMore<Call> = Call | readonly Call[];

type Calls<Tables> = {
  readonly [Table in keyof Tables]: {
    readonly [Method in keyof Tables[Table]]: OneOrMore<(table: Tables[Table]) => Promise<unknown>>;
  };
};

const AT = 5_000;
const TICKET = { id: "ticket-1", round: 1 };
const PAYMENT = { provider: "memory", id: "pi_679" };
const PERSON = { address: "taro@mail.example", ticketIds: [TICKET.id, "ticket-2"] };
const CURSOR = { generation: "1", lastKey: "7", sinceAt: null, fullScanAt: AT };
const MISMATCH = { provider: "memory", kind: "total", subject: "2026-11-01" } as const;
const MAIL = "mail-1";
/** More than are asked for one by one. */
const TEN = Array.from({ length: 10 }, (_, at) => aPayment({ id: `pi_${at}` }));
const CHANGED = aPayment({ payerName: "田中 次郎", orderNumbers: ["679", "680"] });

const KEPT: KeptTicket = {
  status: "refunded",
  ...{ id: TICKET.id, number: 1, updatedAt: AT, isBooked: false },
  ...{ isUnderWay: false, refundedAt: null, followUntil: null },
};

const OLD = { id: "1", at: 1, mayGo: false };

const SEEN: SeenRefund = {
  ...{ provider: "memory", id: "re_1", paymentId: PAYMENT.id, amountMinor: 2467, currency: "JPY" },
  status: "succeeded",
  origin: "elsewhere",
  ...{ statusAt: AT, refundId: null, ticketId: TICKET.id, createdAt: AT, firstSeenAt: AT },
  ...{ adoptedAt: AT, seenIn: AT },
};

const LANE: Lane = {
  state: "failing",
  ...{ name: "smtp", code: null, message: null, since: AT, retryAt: AT, failures: 1 },
};

const SHOP: ShopRow = {
  ...{ id: "bakery", status: "active", keySealed: "k", settingsSealed: "s" },
  ...{ createdAt: AT, updatedAt: AT },
};

/** With a lease that nobody holds: none of them finishes anything. */
const JOB = { ...aNewJob(), attempt: 0, starts: 1, leaseToken: 1 };

const CALLS: Calls<WriteTx> = {
  messages: {
    insert: (of) => of.insert(aNewMessage()),
    insertLocation: (of) => of.insertLocation("INBOX", { generation: "1", key: "1" }, "v1:abc"),
    listKnownKeys: (of) => of.listKnownKeys("INBOX", "1", ["1", "2", "3"]),
    find: (of) => of.find("v1:abc"),
    markProcessed: (of) =>
      of.markProcessed("v1:abc", { kind: "other", ticketId: null, reason: null }),
    blank: (of) => of.blank("v1:abc"),
    markQuarantined: (of) => of.markQuarantined("v1:abc", "poison"),
    markNew: (of) => of.markNew("v1:abc"),
    listQuarantined: (of) => of.listQuarantined(),
    findCursor: (of) => of.findCursor("INBOX"),
    saveCursor: (of) => of.saveCursor("INBOX", CURSOR),
  },
  tickets: {
    insert: async (of) =>
      (await of.find(TICKET.id)) ?? (await of.insert(aNewTicket({ requestedMinor: 100 }))),
    find: (of) => of.find(TICKET.id),
    findByNumber: (of) => of.findByNumber(1),
    listByOrderNumber: (of) => of.listByOrderNumber("679"),
    listByPayment: (of) => of.listByPayment(PAYMENT.provider, PAYMENT.id),
    listByRequester: (of) => of.listByRequester("taro@mail.example"),
    list: [
      (of) => of.list({}),
      (of) => of.list({ number: 1 }),
      (of) => of.list({ status: "received" }),
      (of) => of.list({ from: 0, before: 10 * AT }),
      (of) => of.list({ amountMinor: 100 }),
      (of) => of.list({ name: "田中" }),
      (of) => of.list({ name: "田中", status: "received", from: 0 }),
    ],
    async update(of) {
      const ticket = await of.find(TICKET.id);
      if (ticket === undefined) throw new Error("no ticket to update");
      const { provider, id: paymentId } = PAYMENT;
      return of.update(ticket, { orderNumbers: ["679"], provider, paymentId, round: 1 });
    },
  },
  payments: {
    upsert: [
      (of) => of.upsert([aPayment()], AT),
      (of) => of.upsert([CHANGED], AT),
      (of) => of.upsert([CHANGED], AT),
      (of) => of.upsert(TEN, AT),
    ],
    find: (of) => of.find(PAYMENT.provider, PAYMENT.id),
    listByOrderNumbers: [
      (of) => of.listByOrderNumbers(["679"]),
      (of) => of.listByOrderNumbers(["679", "688"]),
    ],
    listByPayer: (of) =>
      of.listByPayer({ email: "taro@mail.example", nameKey: "田中太郎", kanaKey: "たなかたろう" }),
    listByMemo: [(of) => of.listByMemo(["679"], 0), (of) => of.listByMemo(["679", "680"], 0)],
    listUnreferenced: (of) => of.listUnreferenced(0),
    countByProvider: (of) => of.countByProvider(),
    listUnsettled: (of) => of.listUnsettled(PAYMENT.provider, 0, 50),
    findSync: (of) => of.findSync(PAYMENT.provider),
    saveSync: (of) => of.saveSync(PAYMENT.provider, { page: null, complete: true, syncedAt: AT }),
  },
  approvals: {
    insertRound: async (of) =>
      (await of.findRound(TICKET.id, 1)) ??
      insertRound({ approvals: of } as WriteTx, TICKET, 1, ["tanaka@shop.example"]),
    findRound: (of) => of.findRound(TICKET.id, 1),
    listRequests: (of) => of.listRequests(TICKET.id),
    findRequestByMessageId: (of) => of.findRequestByMessageId(["a@b", "c@d"]),
    findRequestByCodeHash: (of) => of.findRequestByCodeHash("hash"),
    closeRound: (of) => of.closeRound(TICKET.id, 1, "decided"),
    hold: (of) => of.hold(TICKET.id, 1, AT),
    addReminder: (of) => of.addReminder(TICKET.id, 1),
    record: (of) =>
      of.record({
        ...{ ticketId: TICKET.id, round: 1, approver: "tanaka@shop.example", amountMinor: 100 },
        ...{ reason: "requested_by_customer", reasonText: null, note: null, customerNote: null },
        ...{ messagePk: "v1:abc", at: AT, withCode: true },
      }),
    withdraw: (of) => of.withdraw(TICKET.id, 1, "sato@shop.example"),
    listApprovals: (of) => of.listApprovals(TICKET.id, 1),
  },
  bankAccounts: {
    find: (of) => of.find(TICKET.id),
    save: (of) =>
      of.save(
        TICKET.id,
        {
          ...{ sealed: "s", digest: "d", messagePk: "v1:abc", provider: "memory" },
          ...{ paymentId: PAYMENT.id, payer: "taro@mail.example" },
        },
        AT,
      ),
    remove: (of) => of.remove("ticket-2"),
  },
  deposits: {
    findNewest: (of) => of.findNewest(PAYMENT.provider, PAYMENT.id),
    find: (of) => of.find(TICKET.id, PAYMENT.provider, PAYMENT.id),
    save: (of) =>
      of.save(TICKET.id, PAYMENT.provider, PAYMENT.id, {
        ...{ amountMinor: 100, statedBy: "tanaka@shop.example", statedAt: AT },
      }),
  },
  refunds: {
    insert: async (of) => (await of.find("refund-1")) ?? of.insert(aNewRefund()),
    find: (of) => of.find("refund-1"),
    findByRound: (of) => of.findByRound(TICKET.id, 1),
    findByProviderId: (of) => of.findByProviderId("memory", "re_1"),
    listByTicket: (of) => of.listByTicket(TICKET.id),
    listByPayment: (of) => of.listByPayment(PAYMENT.provider, PAYMENT.id),
    listSince: (of) => of.listSince("memory", 0),
    update: (of) => of.update("refund-1", { state: "succeeded", followUntil: AT }),
    countSince: (of) => of.countSince(0),
  },
  providerRefunds: {
    find: (of) => of.find("memory", "re_1"),
    save: (of) => of.save(SEEN),
    listSince: (of) => of.listSince("memory", 0),
    listAdopted: (of) => of.listAdopted(0, 10 * AT),
  },
  reconciliations: {
    find: (of) => of.find("memory"),
    list: (of) => of.list(),
    save: (of) =>
      of.save({
        ...{ provider: "memory", createdFrom: 0, page: null, state: "done", startedAt: AT },
        doneAt: AT,
      }),
  },
  mismatches: {
    raise: (of) => of.raise({ ...MISMATCH, ticketId: TICKET.id, values: ["1"], foundAt: AT }),
    clear: (of) => of.clear(MISMATCH, AT),
    listOpen: (of) => of.listOpen(),
  },
  jobs: {
    add: (of) => of.add(aNewJob({ ticketId: TICKET.id })),
    arm: (of) => of.arm(aNewJob({ id: "job-2" })),
    isDue: (of) => of.isDue("smtp", "send_mail", AT),
    claim: (of) => of.claim(AT, [{ lane: "smtp", limit: 4 }]),
    findHeld: (of) => of.findHeld(JOB),
    finish: (of) => of.finish(JOB),
    again: (of) => of.again(JOB, AT),
    retry: (of) => of.retry(JOB, AT, "broken"),
    park: (of) => of.park(JOB, "broken"),
    releaseAll: (of) => of.releaseAll(),
    ask: (of) => of.ask("smtp"),
    begin: (of) => of.begin("smtp", 1),
    hasten: (of) => of.hasten("match_payment", AT),
    hastenLane: (of) => of.hastenLane("smtp", AT),
    remove: (of) => of.remove("job-3"),
    listNextDue: (of) => of.listNextDue(),
    listParked: (of) => of.listParked(),
  },
  mails: {
    insert: (of) => of.insert(aNewMail()),
    find: (of) => of.find(MAIL),
    findByMessageId: (of) => of.findByMessageId(["a@b", "c@d"]),
    listByTicket: (of) => of.listByTicket(TICKET.id),
    freeze: (of) => of.freeze(MAIL, Buffer.from("raw"), "data", AT),
    setPhase: (of) => of.setPhase(MAIL, "accepted", AT),
    blank: (of) => of.blank("mail-2"),
    countTo: (of) => of.countTo("taro@mail.example", 0),
    countTasks: [
      (of) => of.countTasks(TICKET.id, "a@shop.example", 0),
      (of) => of.countTasks(null, "a@shop.example", 0),
    ],
  },
  personal: {
    listEnded: [(of) => of.listEnded(AT, null, 100), (of) => of.listEnded(AT, KEPT, 100)],
    listTicketsOf: (of) => of.listTicketsOf(PERSON.address),
    listOtherMessages: (of) => of.listOtherMessages(AT, 100),
    listOldMessages: [
      (of) => of.listOldMessages(AT, null, 100),
      (of) => of.listOldMessages(AT, OLD, 100),
    ],
    listOldMails: [(of) => of.listOldMails(AT, null, 100), (of) => of.listOldMails(AT, OLD, 100)],
    listOldPayments: [
      (of) => of.listOldPayments(AT, null, 100),
      (of) => of.listOldPayments(AT, { ...OLD, ...PAYMENT }, 100),
    ],
    listMessagesOf: [
      (of) => of.listMessagesOf(PERSON),
      (of) => of.listMessagesOf(PERSON, { all: true }),
    ],
    listMailsOf: [(of) => of.listMailsOf(PERSON), (of) => of.listMailsOf(PERSON, { all: true })],
    listLooseMails: (of) => of.listLooseMails(),
    listPaymentsOf: [
      (of) => of.listPaymentsOf(PERSON.address),
      (of) => of.listPaymentsOf(PERSON.address, { all: true }),
    ],
    countQuarantinedOf: (of) => of.countQuarantinedOf(PERSON.address),
    eraseTicket: (of) => of.eraseTicket("ticket-2", AT),
    eraseMessage: (of) => of.eraseMessage("v1:def", AT),
    passMessage: (of) => of.passMessage("v1:def", AT),
    passMail: (of) => of.passMail("mail-2", AT),
    eraseMail: (of) => of.eraseMail("mail-2", AT, ""),
    erasePayment: (of) => of.erasePayment({ provider: "memory", id: "pi_1" }),
    sealSome: (of) => of.sealSome(),
  },
  events: {
    append: (of) =>
      of.append({ ticketId: TICKET.id, type: "opened", actor: "henkin", at: AT, data: {} }),
    listByTicket: (of) => of.listByTicket(TICKET.id),
    findHead: (of) => of.findHead(),
  },
  lanes: {
    find: (of) => of.find("smtp"),
    save: (of) => of.save(LANE),
    list: (of) => of.list(),
  },
  summaries: {
    findLast: (of) => of.findLast(),
    find: (of) => of.find("2026-11-01"),
    insert: (of) => of.insert({ date: "2026-11-01", coversFrom: 0, coversTo: AT, at: AT }),
    listEvents: (of) => of.listEvents("opened", 0, 10 * AT),
  },
  switches: {
    find: (of) => of.find("stop"),
    set: (of) => of.set("stop", "off"),
  },
  mailGrants: {
    find: (of) => of.find(),
    save: (of) =>
      of.save({ sealed: "s", grantedAt: AT, renewedAt: AT, expiresAt: null, moves: false }),
  },
  census: {
    countMessages: (of) => of.countMessages(),
    countTickets: (of) => of.countTickets(),
    findOldestOpenTicketAt: (of) => of.findOldestOpenTicketAt(),
    countRefunds: (of) => of.countRefunds(),
    countJobs: (of) => of.countJobs(AT),
    countParkedJobs: (of) => of.countParkedJobs(),
    listSyncs: (of) => of.listSyncs(),
  },
  mailboxHold: { holds: (of) => of.holds({ run: "run", token: 1 }) },
  shops: {
    list: (of) => of.list(),
    findState: (of) => of.findState(),
    find: (of) => of.find("bakery"),
    insert: async (of) => of.insert({ ...SHOP, id: `${(await of.list()).length}` }),
    update: (of) => of.update("bakery", SHOP, AT),
    countOpenRefunds: (of) => of.countOpenRefunds("bakery"),
    remove: (of) => of.remove("bakery", AT),
    record: (of) => of.record("bakery", { type: "shop_removed", actor: "cli", at: AT, data: {} }),
  },
};

type Call = (table: unknown) => Promise<unknown>;

/** Everything, in the order in which it stands above. */
export async function askEverything(tx: WriteTx): Promise<void> {
  for (const [table, methods] of Object.entries(CALLS)) {
    const calls = (Object.values(methods) as OneOrMore<Call>[]).flat() as Call[];
    for (const call of calls) await call(tx[table as keyof WriteTx]);
  }
}

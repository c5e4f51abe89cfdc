// What the worker asks its database in its ordinary life, each about another row every time.

import { nameKey } from "../../src/domain/name.ts";
import { saveIndexChange } from "../../src/jobs/sync-payments.ts";
import type { WriteTx } from "../../src/store-port.ts";
import { aPayment } from "../support/memory-provider.ts";
import {
  type Clockwork,
  DAY_MS,
  hex,
  MANAGER,
  orderOf,
  paymentRow,
  STAFF,
  type TicketHistory,
  ticketHistory,
} from "./shop-history.ts";

/** Whatever it writes is undone. */
export interface HotQuery {
  readonly name: string;
  readonly times: number;
  readonly ask: (tx: WriteTx, about: About) => Promise<unknown>;
}

/** A ticket, its payment and all that belongs to them. */
interface About {
  readonly number: number;
  readonly now: number;
  readonly payment: ReturnType<typeof paymentRow>;
  readonly ticket: TicketHistory["ticket"][number];
  readonly history: TicketHistory;
}

export function about(number: number, clockwork: Clockwork): About {
  const history = ticketHistory(number, clockwork);
  const [ticket] = history.ticket;
  if (ticket === undefined) throw new Error(`there is no ticket ${number}`);
  const payment = paymentRow(number, clockwork);
  return { number, now: clockwork.end, payment, ticket, history };
}

/** The page before it ended here. */
const PAGE = { id: "", mayGo: false };
const HALF_A_YEAR_MS = 180 * DAY_MS;
const NOBODY = { email: null, nameKey: null };
const NEW_PAYMENTS = 100;

const many = (name: string, ask: HotQuery["ask"]): HotQuery => ({ name, times: 300, ask });
const few = (name: string, ask: HotQuery["ask"]): HotQuery => ({ name, times: 11, ask });

/** By which the matcher finds what a request may mean. */
const LOOK_UP: readonly HotQuery[] = [
  many("look-up by order number", (tx, { number }) =>
    tx.payments.listByOrderNumbers([orderOf(number)]),
  ),
  many("look-up by e-mail", (tx, { payment: { payer_email: email } }) =>
    tx.payments.listByPayer({ ...NOBODY, email }),
  ),
  many("look-up by name", (tx, { ticket }) =>
    tx.payments.listByPayer({ ...NOBODY, nameKey: nameKey(ticket.requester_name ?? "") }),
  ),
  many("look-up by name in kana", (tx, { payment: { payer_kana_key: kanaKey } }) =>
    tx.payments.listByPayer({ ...NOBODY, kanaKey }),
  ),
  few("look-up by amount: what bears no order", (tx, { now }) =>
    tx.payments.listUnreferenced(now - HALF_A_YEAR_MS),
  ),
  few("look-up by a number in the memo", (tx, { now }) =>
    tx.payments.listByMemo(["0987654"], now - HALF_A_YEAR_MS),
  ),
];

const TICKETS: readonly HotQuery[] = [
  many("a ticket by its key", (tx, { ticket }) => tx.tickets.find(ticket.id)),
  many("tickets of an order", (tx, { number }) => tx.tickets.listByOrderNumber(orderOf(number))),
  many("tickets of a payment", (tx, { payment: { provider, id } }) =>
    tx.tickets.listByPayment(provider, id),
  ),
  many("tickets of a requester", (tx, { ticket }) =>
    tx.tickets.listByRequester(ticket.requester_email ?? ""),
  ),
  many("a ticket opened", (tx, { number, now, ticket }) =>
    tx.tickets.insert({
      ...{ id: `new ${number} ${Math.random()}`, openedBy: ticket.opened_by, intent: "cancel" },
      ...{ orderNumbers: [orderOf(number)], requesterName: "新 しい", requesterKana: null },
      ...{ requesterEmail: "new@customer.example", requestedMinor: null, openedAt: now },
    }),
  ),
  many("refunds of a payment", (tx, { payment: { provider, id } }) =>
    tx.refunds.listByPayment(provider, id),
  ),
  many("what the caps have left", async (tx, { now }) => {
    await tx.refunds.countSince(now - DAY_MS / 24);
    await tx.refunds.countSince(now - DAY_MS);
  }),
  many("an approval round and its answers", async (tx, { ticket }) => {
    await tx.approvals.findRound(ticket.id, 1);
    await tx.approvals.listRequests(ticket.id);
    await tx.approvals.listApprovals(ticket.id, 1);
  }),
  many("an event appended", (tx, { ticket: { id: ticketId }, now: at }) =>
    tx.events.append({ ticketId, type: "ignored", actor: "henkin", at, data: {} }),
  ),
  many("the history of a ticket", (tx, { ticket }) => tx.events.listByTicket(ticket.id)),
];

const MAIL: readonly HotQuery[] = [
  many("a mail by its key", (tx, { ticket }) => tx.messages.find(ticket.opened_by)),
  many("50 mails known already?", (tx, { number }) =>
    tx.messages.listKnownKeys(
      "INBOX",
      "1",
      Array.from({ length: 50 }, (_, at) => String(number * 4 + at)),
    ),
  ),
  many("the thread of an answer", async (tx, { history }) => {
    const ids = ["unknown@mail.example", ...history.outgoing_mail.map(({ id }) => id)];
    await tx.mails.findByMessageId(ids);
    await tx.approvals.findRequestByMessageId(ids);
  }),
  many("the code of an answer", (tx, { number }) =>
    tx.approvals.findRequestByCodeHash(hex("code", number)),
  ),
  many("mails to one address in a day", (tx, { ticket, now }) =>
    tx.mails.countTo(ticket.requester_email ?? "", now - DAY_MS),
  ),
  many("tasks to staff in a day", (tx, { ticket, now }) =>
    tx.mails.countTasks(ticket.id, STAFF, now - DAY_MS),
  ),
  many("mails of a ticket", (tx, { ticket }) => tx.mails.listByTicket(ticket.id)),
];

const LANES = ["local", "matching", "smtp", "provider:stripe", "provider:smartpay"];

const JOBS: readonly HotQuery[] = [
  many("a look for due jobs", (tx, { now }) =>
    tx.jobs.claim(
      now,
      LANES.map((lane) => ({ lane, limit: 4 })),
    ),
  ),
  many("a job added, claimed and finished", async (tx, { number, now, ticket }) => {
    const job = { kind: "send_mail", lane: "growth", payload: {} } as const;
    await tx.jobs.add({ ...job, id: `${number} ${Math.random()}`, ticketId: ticket.id, dueAt: 0 });
    for (const one of await tx.jobs.claim(now, [{ lane: "growth", limit: 1 }])) {
      await tx.jobs.finish(one);
    }
  }),
  many("when the next job is due", (tx) => tx.jobs.listNextDue()),
  few("jobs given back at the start", (tx) => tx.jobs.releaseAll()),
  few("jobs hastened", (tx, { now }) => tx.jobs.hasten("match_payment", now)),
];

const NIGHTLY: readonly HotQuery[] = [
  few("15 days of mails received", (tx, { now }) =>
    tx.summaries.listEvents("message_received", now - 15 * DAY_MS, now),
  ),
  few("tickets that wait for approval", (tx) => tx.tickets.list({ status: "awaiting_approval" })),
  few("purge: other mails", (tx, { now }) => tx.personal.listOtherMessages(now - 7 * DAY_MS, 100)),
  few("purge: 100 mails of the past", (tx, { now, ticket }) =>
    tx.personal.listOldMessages(now - HALF_A_YEAR_MS, { ...PAGE, at: ticket.opened_at }, 100),
  ),
  few("purge: 100 mails sent in the past", (tx, { now, ticket }) =>
    tx.personal.listOldMails(now - HALF_A_YEAR_MS, { ...PAGE, at: ticket.opened_at }, 100),
  ),
  few("purge: 100 payments of the past", (tx, { now, payment }) =>
    tx.personal.listOldPayments(
      now - HALF_A_YEAR_MS,
      { ...PAGE, provider: payment.provider, at: payment.created_at },
      100,
    ),
  ),
  few("purge: 100 ended tickets", (tx, { now }) =>
    tx.personal.listEnded(now - HALF_A_YEAR_MS, null, 100),
  ),
  few("refunds of 60 days to compare", async (tx, { now }) => {
    await tx.refunds.listSince("smartpay", now - 60 * DAY_MS);
    await tx.providerRefunds.listSince("smartpay", now - 60 * DAY_MS);
  }),
];

const WATCHED: readonly HotQuery[] = [
  few("mails counted", (tx) => tx.census.countMessages()),
  few("tickets counted", (tx) => tx.census.countTickets()),
  few("refunds counted", (tx) => tx.census.countRefunds()),
  few("jobs counted", async (tx, { now }) => {
    await tx.census.countJobs(now);
    await tx.census.countParkedJobs();
  }),
  few("the oldest open ticket", (tx) => tx.census.findOldestOpenTicketAt()),
];

const SHOWN: readonly HotQuery[] = [
  few("the first thousand tickets", (tx) => tx.tickets.list({})),
  few("tickets of a day", (tx, { now }) => tx.tickets.list({ from: now - DAY_MS, before: now })),
  few("tickets of an amount", (tx) => tx.tickets.list({ amountMinor: 40_300 })),
  few("tickets of a name", (tx, { ticket }) =>
    tx.tickets.list({ name: ticket.requester_name ?? "" }),
  ),
  few("one person's data", async (tx, { ticket }) => {
    const address = ticket.requester_email ?? "";
    const tickets = await tx.personal.listTicketsOf(address);
    const person = { address, ticketIds: tickets.map(({ id }) => id) };
    await tx.personal.listMessagesOf(person, { all: true });
    await tx.personal.listMailsOf(person, { all: true });
    await tx.personal.listPaymentsOf(address, { all: true });
  }),
  few("mails to the manager", (tx, { now }) => tx.mails.countTo(MANAGER, now - DAY_MS)),
];

const SYNC: readonly HotQuery[] = [
  few("100 new payments into the index", (tx, { number, now }) =>
    saveIndexChange(
      tx,
      { clock: { now: () => now, sleep: () => Promise.resolve() } },
      {
        provider: "stripe",
        payments: Array.from({ length: NEW_PAYMENTS }, (_, at) =>
          aPayment({
            ...{ provider: "stripe", id: `pi_new_${number}_${at}_${Math.random()}` },
            ...{ orderNumbers: [`N${number}${at}`], payerEmail: `new${at}@customer.example` },
            ...{ createdAt: now, paidAt: now },
          }),
        ),
        next: { page: null, complete: true, syncedAt: now },
      },
    ),
  ),
];

export const HOT: readonly HotQuery[] = [
  ...[...LOOK_UP, ...SYNC, ...TICKETS, ...MAIL, ...JOBS, ...NIGHTLY, ...WATCHED, ...SHOWN],
];

// The mails of the past through the worker's own steps, each at the time it came: what was read of it,
// which ticket it opened, which payment was found and what would have been asked. Only two kinds of
// jobs run, reading a message and matching a payment; no mail is sent because nothing here could send
// one, and the store is a throw-away.

import { TransientError } from "../domain/errors.ts";
import { isOpen } from "../domain/lifecycle.ts";
import type { MailReading } from "../domain/mail-reading.ts";
import { wishOf } from "../domain/matching.ts";
import type { Payment } from "../domain/payment.ts";
import {
  type Judgement,
  judge,
  type MadeRefund,
  type RehearsedRequest,
  type Would,
} from "../domain/rehearsal.ts";
import type { Ticket } from "../domain/ticket.ts";
import { rememberChanges } from "../jobs/heard-changes.ts";
import { DONE, defineLocalJob, giveBack, type RunnableJob } from "../jobs/job.ts";
import { matchPayment } from "../jobs/match-payment.ts";
import { processMessage } from "../jobs/process-message.ts";
import { saveIndexChange } from "../jobs/sync-payments.ts";
import type { Clock, FetchedMessage, Inbox, MailReader, PaymentProvider } from "../ports.ts";
import type { Job, JobKind, ReadTx, Store, StoredMessage, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { HENKIN, happen } from "../ticket/transition.ts";
import { codeOf, isAboutAll, readOrNull } from "./odd-mail.ts";
import { type History, pastProvider } from "./past-provider.ts";
import { wouldOf } from "./would.ts";

/** A clock that stands still until it is set: a mail is read at the time it came. */
export interface SetClock extends Clock {
  set(at: number): void;
}

export function createSetClock(at: number): SetClock {
  let now = at;
  return {
    now: () => now,
    sleep: async () => undefined,
    set(to) {
      now = to;
    },
  };
}

export interface RehearsalDeps {
  /** Thrown away afterwards, with its clock and its key. */
  readonly store: Store;
  readonly desk: Desk & { readonly clock: SetClock };
  readonly inbox: Inbox;
  readonly reader: MailReader;
  readonly histories: readonly History[];
  /** Epoch ms: mails from `since` on and before `until`. */
  readonly since: number;
  readonly until: number;
  /** `total` counts what the mailbox lists; a server may list mails of the day before, too. */
  readonly onMail: (total: number) => void;
}

export interface MailCount {
  readonly read: number;
  /** The same message once more. */
  readonly repeated: number;
  /** Put aside for a person: it cannot be read, or is too large. */
  readonly unreadable: number;
  readonly byKind: Readonly<Record<string, number>>;
}

export interface Rehearsal {
  readonly mails: MailCount;
  readonly judgement: Judgement;
}

const LANES = [
  { lane: "local", limit: 1 },
  { lane: "matching", limit: 1 },
];
const INDEX_CHUNK = 500;

/** Everything that a worker would do besides stays undone. */
const LEFT_UNDONE = defineLocalJob(async () => DONE);

export async function rehearse(deps: RehearsalDeps, signal: AbortSignal): Promise<Rehearsal> {
  const run = new Run(deps);
  await run.play(signal);
  return run.result();
}

interface Played {
  readonly ticket: Ticket;
  readonly sender: string;
  would: Would;
  joined: number;
}

class Run {
  readonly #deps: RehearsalDeps;
  readonly #jobs: Readonly<Partial<Record<JobKind, RunnableJob>>>;
  readonly #providers: ReadonlyMap<string, PaymentProvider>;
  /** By provider, oldest last: what the index does not know yet. */
  readonly #toCome: ReadonlyMap<string, Payment[]>;
  readonly #requests = new Map<string, Played>();
  /** Still open at the hour of the clock. */
  readonly #open = new Set<string>();
  /** Matched since the mail in hand came. */
  readonly #touched = new Set<string>();
  readonly #mails = { read: 0, repeated: 0, unreadable: 0, byKind: new Map<string, number>() };
  #inHand: MailReading | null = null;

  constructor(deps: RehearsalDeps) {
    this.#deps = deps;
    const { desk, histories } = deps;
    const now = desk.clock.now;
    this.#providers = new Map(
      histories.map((history) => [history.source.name, pastProvider(history, now)]),
    );
    this.#toCome = new Map(
      histories.map(({ source, payments }) => [
        source.name,
        [...payments.values()].sort((a, b) => b.createdAt - a.createdAt),
      ]),
    );
    this.#jobs = this.#buildJobs();
  }

  #buildJobs() {
    const { desk } = this.#deps;
    const core = { desk, clock: desk.clock, providers: this.#providers };
    const heard = rememberChanges();
    const match = matchPayment({ ...core, heard, readWords: async () => [] });
    const reader: MailReader = {
      // It was read when it was fetched: no bytes of a mail are kept here.
      read: async () => {
        if (this.#inHand === null) throw new Error("no mail is in hand");
        // A number in it is of another henkin's tickets, and not of the ones here.
        const classification = { ...this.#inHand.classification, ticketNumber: null };
        return { ...this.#inHand, classification };
      },
      close: async () => undefined,
    };
    return {
      process_message: processMessage({
        ...{ ...core, reader },
        // No answer of the past decides anything here, and the DNS is not asked.
        verifier: { verify: async () => [] },
        findMessage: (pk) => this.#deps.store.read((tx) => tx.messages.find(pk)),
        findAccountPayer: async () => null,
      }),
      match_payment: (async (store, job, signal) => {
        if (job.ticketId !== null) this.#touched.add(job.ticketId);
        return match(store, job, signal);
      }) satisfies RunnableJob,
    };
  }

  async play(signal: AbortSignal): Promise<void> {
    const { inbox, since, until, desk, onMail } = this.#deps;
    desk.clock.set(since);
    const { keys } = await inbox.list({ cursor: null, full: false, since, signal });
    for await (const fetched of inbox.fetch(keys, signal)) {
      signal.throwIfAborted();
      onMail(keys.length);
      if (fetched.receivedAt < since || fetched.receivedAt >= until) continue;
      await this.#turnTo(fetched.receivedAt, signal);
      await this.#receive(fetched, signal);
    }
    await this.#turnTo(until, signal);
  }

  /** What happened until then: payments were made, and staff refunded by hand. */
  async #turnTo(at: number, signal: AbortSignal): Promise<void> {
    this.#deps.desk.clock.set(at);
    await this.#endWhatIsOver(at);
    if (!(await this.#fillIndex(at))) return;
    await this.#workOff(signal);
    await this.#look(null);
  }

  /** False where no payment was made since: nothing new can be matched. */
  async #fillIndex(at: number): Promise<boolean> {
    const { store, desk } = this.#deps;
    let isNew = false;
    for (const [provider, toCome] of this.#toCome) {
      while ((toCome.at(-1)?.createdAt ?? Number.POSITIVE_INFINITY) <= at) {
        const payments: Payment[] = [];
        for (let next = toCome.at(-1); next !== undefined; next = toCome.at(-1)) {
          if (next.createdAt > at || payments.length === INDEX_CHUNK) break;
          payments.push(next);
          toCome.pop();
        }
        // Only then could a ticket wait for one of them.
        const complete = this.#requests.size > 0;
        const next = { page: null, complete, syncedAt: at };
        await store.write((tx) => saveIndexChange(tx, desk, { provider, payments, next }));
        isNew = true;
      }
    }
    return isNew;
  }

  /** By then staff have answered: what comes later about the same is a new request. */
  async #endWhatIsOver(at: number): Promise<void> {
    const { store, desk, histories } = this.#deps;
    const isRefunded = ({ ticket, would }: Played) =>
      paymentsOf(would).some(({ provider, id }) => {
        const refunds = histories.find(({ source }) => source.name === provider)?.refunds.get(id);
        return refunds?.some(({ createdAt }) => createdAt >= ticket.openedAt && createdAt <= at);
      });
    for (const id of [...this.#open]) {
      const played = this.#requests.get(id);
      if (played === undefined) continue;
      if (at - played.ticket.openedAt < desk.shop.expiresMs && !isRefunded(played)) continue;
      this.#open.delete(id);
      await store.write((tx) => endTicket(tx, desk, id));
    }
  }

  async #receive(fetched: FetchedMessage, signal: AbortSignal): Promise<void> {
    const { reader, store, desk } = this.#deps;
    this.#mails.read += 1;
    this.#inHand = fetched.truncated ? null : await readOrNull(reader, fetched.raw, signal);
    if (this.#inHand === null) {
      this.#mails.unreadable += 1;
      return;
    }
    const { message } = this.#inHand;
    const pk = message.identity;
    const isNew = await store.write(async (tx) => {
      const stored = {
        ...{ pk, messageId: message.messageId, subject: message.subject },
        ...{ fromAddress: message.from[0]?.address ?? "", receivedAt: fetched.receivedAt },
        ...{ size: fetched.size, raw: new Uint8Array(), truncated: false, quarantineReason: null },
      };
      if (!(await tx.messages.insert(stored))) return false;
      await tx.jobs.add({
        ...{ id: `process_message/${pk}`, kind: "process_message", lane: "local" },
        ...{ ticketId: null, payload: { messagePk: pk }, dueAt: desk.clock.now() },
      });
      return true;
    });
    if (!isNew) {
      this.#mails.repeated += 1;
      return;
    }
    await this.#workOff(signal);
    await this.#look(pk);
  }

  async #workOff(signal: AbortSignal): Promise<void> {
    const { store, desk } = this.#deps;
    for (;;) {
      const jobs = await store.write((tx) => tx.jobs.claim(desk.clock.now(), LANES));
      if (jobs.length === 0) return;
      for (const job of jobs) await this.#run(job, signal);
    }
  }

  async #run(job: Job, signal: AbortSignal): Promise<void> {
    const { store } = this.#deps;
    try {
      await (this.#jobs[job.kind] ?? LEFT_UNDONE)(store, job, signal);
    } catch (error) {
      // A provider that is out of reach was asked patiently: all that follows would fail like this.
      if (isAboutAll(error, signal) || error instanceof TransientError) throw error;
      await store.write((tx) => giveBack(tx, job, { next: "park", error: codeOf(error) }));
      // Its ticket, where it has one, counts as left to a person.
      if (job.kind === "process_message") this.#mails.unreadable += 1;
    }
  }

  /** What has become of the tickets that something happened to. */
  async #look(pk: string | null): Promise<void> {
    await this.#deps.store.read(async (tx) => {
      const stored = pk === null ? undefined : await tx.messages.find(pk);
      if (stored !== undefined) this.#count(stored);
      for (const id of this.#touched) await this.#note(tx, id, stored?.fromAddress ?? "");
    });
    this.#touched.clear();
  }

  #count({ kind, ticketId }: StoredMessage): void {
    if (kind !== null) this.#mails.byKind.set(kind, (this.#mails.byKind.get(kind) ?? 0) + 1);
    if (ticketId === null || !this.#open.has(ticketId)) return;
    const known = this.#requests.get(ticketId);
    if (known !== undefined) known.joined += 1;
    this.#touched.add(ticketId);
  }

  async #note(tx: ReadTx, id: string, from: string): Promise<void> {
    const ticket = await tx.tickets.find(id);
    const known = this.#requests.get(id);
    if (ticket === undefined || (known !== undefined && !this.#open.has(id))) return;
    const would = await wouldOf(tx, ticket);
    const sender = known?.sender ?? ticket.requesterEmail ?? from;
    this.#requests.set(id, { ticket, sender, would, joined: known?.joined ?? 0 });
    if (isOpen(ticket.status)) this.#open.add(id);
    else this.#open.delete(id);
  }

  result(): Rehearsal {
    const { read, repeated, unreadable, byKind } = this.#mails;
    const { histories, since } = this.#deps;
    const requests = [...this.#requests.values()]
      .map(({ ticket, sender, joined, would }): RehearsedRequest => {
        const { number, openedAt: receivedAt } = ticket;
        return { number, receivedAt, sender, wish: wishOf(ticket), joined, would };
      })
      .sort((a, b) => a.receivedAt - b.receivedAt || a.number - b.number);
    const refunds = histories.flatMap(({ source, refunds }) =>
      [...refunds.values()].flat().map((refund): MadeRefund => {
        const { id, paymentId, amountMinor, currency, createdAt } = refund;
        return { provider: source.name, id, paymentId, amountMinor, currency, createdAt };
      }),
    );
    const byName = new Map(histories.map((history) => [history.source.name, history]));
    const judgement = judge(requests, {
      refunds: refunds.filter(({ createdAt }) => createdAt >= since),
      findPayment: (provider, id) => byName.get(provider)?.payments.get(id),
      untold: new Set(
        histories
          .filter(({ source }) => source.capabilities.manual)
          .map(({ source }) => source.name),
      ),
    });
    const mails = { read, repeated, unreadable, byKind: Object.fromEntries(byKind) };
    return { mails, judgement };
  }
}

function paymentsOf(would: Would): readonly Payment[] {
  if (would.does === "ask") return [would.payment];
  return would.does === "choose" ? would.candidates : [];
}

async function endTicket(tx: WriteTx, desk: Desk, id: string): Promise<void> {
  const ticket = await tx.tickets.find(id);
  if (ticket === undefined) return;
  if (ticket.round > 0) await tx.approvals.closeRound(ticket.id, ticket.round, "superseded");
  const how = { event: "ticket_closed", actor: HENKIN, resolution: "done_elsewhere" } as const;
  await happen(tx, desk, ticket, how);
}

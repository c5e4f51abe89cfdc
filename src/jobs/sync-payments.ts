// Keeps the local index of a provider's payments fresh: the whole history once, page by page, then
// what the provider says changed, the last days again (descriptions and metadata are written late,
// without an event), and what may still change by itself.

import type { Payment } from "../domain/payment.ts";
import type { Clock, PaymentProvider } from "../ports.ts";
import type { PaymentSync, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { queueMatch } from "../ticket/intake.ts";
import { defineJob, type RunnableJob } from "./job.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const RELIST_MS = 3 * DAY_MS;
/** Events become visible late; the same one twice does no harm. */
const EVENTS_OVERLAP_MS = 10 * 60 * 1_000;
/** A voucher or an authorisation is decided long before. */
const UNSETTLED_FOR_MS = 60 * DAY_MS;
const UNSETTLED_A_SYNC_MAX = 50;
const CHANGED_A_SYNC_MAX = 500;
const PAGES_A_SYNC_MAX = 50;

export interface SyncDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, PaymentProvider>;
}

interface Input {
  readonly provider: PaymentProvider;
  readonly sync: PaymentSync | undefined;
  readonly unsettled: readonly string[];
  readonly startedAt: number;
}

interface Read {
  readonly payments: readonly Payment[];
  readonly next: PaymentSync;
}

/** Makes the index of this provider be refreshed at `at`. */
export async function armSync(
  tx: Pick<WriteTx, "jobs">,
  provider: string,
  at: number,
): Promise<void> {
  await tx.jobs.arm({
    id: `sync_payments/${provider}`,
    kind: "sync_payments",
    lane: `provider:${provider}`,
    ticketId: null,
    payload: { provider },
    dueAt: at,
  });
}

export function syncPayments(deps: SyncDeps): RunnableJob {
  const { clock } = deps;
  return defineJob<Input, Read>({
    async read(tx, job) {
      const provider = deps.providers.get(job.payload["provider"] ?? "");
      if (provider === undefined) return null;
      const now = clock.now();
      return {
        provider,
        sync: await tx.payments.findSync(provider.name),
        unsettled: await tx.payments.listUnsettled(
          provider.name,
          now - UNSETTLED_FOR_MS,
          UNSETTLED_A_SYNC_MAX,
        ),
        startedAt: now,
      };
    },
    act: (input, _job, signal) =>
      input.sync?.complete === true
        ? readChanges(input, input.sync, signal)
        : readHistory(input, signal),
    async commit(tx, _job, input, { payments, next }) {
      const now = clock.now();
      const changed = await tx.payments.upsert(payments, now);
      await tx.payments.saveSync(input.provider.name, next);
      if (!next.complete) return { next: "again", at: now };
      await rematch(tx, deps.desk, changed);
      await tx.jobs.hasten("match_payment", now);
      return { next: "again", at: now + deps.desk.shop.recheckMs };
    },
  });
}

/** One page of the whole history, newest first; a restart goes on where the last one ended. */
async function readHistory(
  { provider, sync, startedAt }: Input,
  signal: AbortSignal,
): Promise<Read> {
  const page = await provider.listPayments({
    createdFrom: null,
    page: sync?.page ?? null,
    signal,
  });
  // Changes during the first reading are those since it began.
  const syncedAt = sync?.syncedAt ?? startedAt;
  return {
    payments: page.payments,
    next: { page: page.next, complete: page.next === null, syncedAt },
  };
}

async function readChanges(input: Input, sync: PaymentSync, signal: AbortSignal): Promise<Read> {
  const { provider, startedAt } = input;
  const found = new Map<string, Payment>();
  let page: string | null = null;
  for (let pages = 0; pages < PAGES_A_SYNC_MAX; pages += 1) {
    const listed = await provider.listPayments({
      createdFrom: Math.min(startedAt, sync.syncedAt) - RELIST_MS,
      page,
      signal,
    });
    for (const payment of listed.payments) found.set(payment.id, payment);
    page = listed.next;
    if (page === null) break;
  }
  const changed = (await provider.changedPayments(sync.syncedAt - EVENTS_OVERLAP_MS, signal)) ?? [];
  const toRead = new Set([...changed.slice(0, CHANGED_A_SYNC_MAX), ...input.unsettled]);
  for (const id of toRead) {
    if (found.has(id)) continue;
    const payment = await provider.retrievePayment(id, signal);
    if (payment !== null) found.set(id, payment);
  }
  return {
    payments: [...found.values()],
    next: { page: null, complete: true, syncedAt: startedAt },
  };
}

/** A payment that appeared or changed may be the one an unmatched ticket waits for. */
async function rematch(tx: WriteTx, desk: Desk, changed: readonly Payment[]): Promise<void> {
  for (const payment of changed) {
    const tickets = (
      await Promise.all(payment.orderNumbers.map((number) => tx.tickets.listByOrderNumber(number)))
    ).flat();
    if (payment.payerEmail !== null) {
      tickets.push(...(await tx.tickets.listByRequester(payment.payerEmail)));
    }
    for (const ticket of new Map(tickets.map((found) => [found.id, found])).values()) {
      if (ticket.status !== "unmatched") continue;
      await queueMatch(tx, desk, ticket, `changed/${payment.id}/${desk.clock.now()}`);
    }
  }
}

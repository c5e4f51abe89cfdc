// Every night, before the summary: the provider's refunds and ours, compared both ways. The list is
// read page by page, each committed, so that a restart goes on where the last one ended; then what
// was not listed is looked for by its id, and what does not agree is put before a person.

import { UnreadableError } from "../domain/errors.ts";
import type { ProviderRefund } from "../domain/payment.ts";
import { providerWords } from "../domain/payment-words.ts";
import {
  COMPARED_MS,
  type Compared,
  findMismatches,
  type Look,
  type MissingRefund,
  missingRefunds,
  refundsToCheck,
} from "../domain/reconciliation.ts";
import type { Clock, PaymentProvider, RefundPage, UnreadableItem } from "../ports.ts";
import type { ReadTx, Reconciliation, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { clearMismatches, raiseMismatch, recordRefund } from "../ticket/reconcile.ts";
import { checkRefundAt } from "../ticket/settle.ts";
import { showAnswer } from "../ticket/staff-mail.ts";
import { HENKIN, note } from "../ticket/transition.ts";
import { firstStartedAt } from "./first-start.ts";
import { defineJob, type Next, type RunnableJob } from "./job.ts";
import { unlessUnreadable } from "./sync-payments.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Before SUMMARY_AT: long enough for a shop with a thousand refunds a day. */
const LEAD_MS = 30 * 60 * 1_000;
/** More than that are not refunds that were lost, but a key of another account or mode. */
const LOOKS_MAX = 500;

export interface ReconcileDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, PaymentProvider>;
}

function nextNight(desk: Desk): number {
  return desk.calendar.nextSummaryAt(desk.clock.now() + LEAD_MS) - LEAD_MS;
}

/** As at each start: goes on with a comparison that was broken off, and makes up for a missed one. */
export async function armReconciliation(tx: WriteTx, desk: Desk, provider: string): Promise<void> {
  const now = desk.clock.now();
  const known = await tx.reconciliations.find(provider);
  if (known === undefined) {
    const never = { createdFrom: now, page: null, startedAt: now, doneAt: null };
    await tx.reconciliations.save({ provider, state: "done", ...never });
  }
  const isDue =
    known !== undefined &&
    (known.state !== "done" || now - (known.doneAt ?? known.startedAt) > DAY_MS);
  await tx.jobs.arm({
    id: `reconcile_refunds/${provider}`,
    kind: "reconcile_refunds",
    lane: `provider:${provider}`,
    ticketId: null,
    payload: { provider },
    dueAt: isDue ? now : Math.max(now, desk.calendar.nextSummaryAt(now) - LEAD_MS),
  });
}

interface Input {
  readonly provider: PaymentProvider;
  readonly run: Reconciliation;
  readonly missing: readonly MissingRefund[];
}

interface LookedFor {
  readonly id: string;
  readonly look: Look;
  readonly refund: ProviderRefund | null;
}

type Outcome = { readonly page: RefundPage } | { readonly looked: readonly LookedFor[] };

export function reconcileRefunds({ desk, clock, providers }: ReconcileDeps): RunnableJob {
  return defineJob<Input, Outcome>({
    async read(tx, job) {
      const provider = providers.get(job.payload["provider"] ?? "");
      if (provider === undefined) return null;
      const run = runOf(await tx.reconciliations.find(provider.name), provider.name, clock.now());
      const missing =
        run.state === "listed" ? missingRefunds(await gather(tx, run, clock.now())) : [];
      return { provider, run, missing };
    },
    async act({ provider, run, missing }, _job, signal) {
      if (run.state === "listed") return { looked: await lookFor(provider, missing, signal) };
      const { createdFrom, page } = run;
      return { page: await provider.listAllRefunds({ createdFrom, page, signal }) };
    },
    async commit(tx, _job, { run }, outcome) {
      if ("looked" in outcome) return conclude(tx, desk, run, outcome.looked);
      await record(tx, desk, run, outcome.page.refunds);
      for (const one of outcome.page.unreadable ?? [])
        await showRefund(tx, desk, run.provider, one);
      const { next } = outcome.page;
      const state = next === null ? "listed" : "listing";
      await tx.reconciliations.save({ ...run, page: next, state });
      return { next: "again", at: clock.now() };
    },
  });
}

/** The comparison under way, or a new one: the list of one broken off yesterday is out of date. */
function runOf(known: Reconciliation | undefined, provider: string, now: number): Reconciliation {
  const age = known === undefined ? -1 : now - known.startedAt;
  if (known !== undefined && known.state !== "done" && age >= 0 && age < DAY_MS) return known;
  return {
    provider,
    createdFrom: now - COMPARED_MS,
    page: null,
    state: "listing",
    startedAt: now,
    doneAt: known?.doneAt ?? null,
  };
}

async function gather(tx: ReadTx, run: Reconciliation, now: number): Promise<Compared> {
  const { provider, createdFrom, startedAt } = run;
  const seen = await tx.providerRefunds.listSince(provider, createdFrom);
  const ours = await tx.refunds.listSince(provider, createdFrom);
  const known = new Set(ours.map(({ id }) => id));
  for (const { refundId } of seen) {
    if (refundId === null || known.has(refundId)) continue;
    known.add(refundId);
    const refund = await tx.refunds.find(refundId);
    if (refund !== undefined) ours.push(refund);
  }
  return { ours, seen, startedAt, createdFrom, now };
}

async function record(
  tx: WriteTx,
  desk: Desk,
  run: Reconciliation,
  refunds: readonly ProviderRefund[],
): Promise<void> {
  const about = {
    provider: run.provider,
    seenIn: run.startedAt,
    firstStartedAt: await firstStartedAt(tx, desk),
  };
  for (const refund of refunds) await recordRefund(tx, desk, refund, about);
}

/** It may be ours: then its ticket is the one that a person has to look at. */
async function showRefund(
  tx: WriteTx,
  desk: Desk,
  provider: string,
  { id, raw }: UnreadableItem,
): Promise<void> {
  const ours = await tx.refunds.findByProviderId(provider, id);
  const ticket = ours === undefined ? undefined : await tx.tickets.find(ours.ticketId);
  await showAnswer(tx, desk, ticket ?? null, {
    occasion: `unreadable/${provider}/${id}`,
    reason: "refund_unreadable",
    values: [providerWords(provider), id === "" ? "?" : id],
    raw,
  });
}

async function lookFor(
  provider: PaymentProvider,
  missing: readonly MissingRefund[],
  signal: AbortSignal,
): Promise<LookedFor[]> {
  const looked: LookedFor[] = [];
  for (const { providerRefundId: id, paymentId } of missing.slice(0, LOOKS_MAX)) {
    const refund = await unlessUnreadable(provider.retrieveRefund(id, signal));
    if (refund instanceof UnreadableError) {
      // It is there, in words that prove nothing: its own follow-up shows them to a person.
      looked.push({ id, look: "out_of_sight", refund: null });
      continue;
    }
    const isInSight =
      refund !== null || (await provider.retrievePayment(paymentId, signal)) !== null;
    const look = refund !== null ? "there" : isInSight ? "gone" : "out_of_sight";
    looked.push({ id, look, refund });
  }
  return looked;
}

async function conclude(
  tx: WriteTx,
  desk: Desk,
  run: Reconciliation,
  looked: readonly LookedFor[],
): Promise<Next> {
  const { provider, startedAt } = run;
  const now = desk.clock.now();
  const late = looked.flatMap(({ refund }) => (refund === null ? [] : [refund]));
  await record(tx, desk, run, late);
  const compared = await gather(tx, run, now);
  const looks = new Map(looked.map(({ id, look }) => [id, look]));
  const found = findMismatches(compared, looks, desk.calendar.localDate);
  const isExplained = found.some(({ kind }) => kind !== "total" && kind !== "overdue");
  for (const mismatch of found) {
    // A sum that is off because of a refund already told of is no second task.
    const tells = mismatch.kind !== "total" || !isExplained;
    await raiseMismatch(tx, desk, provider, mismatch, { tells });
  }
  await clearMismatches(tx, desk, provider, found);
  for (const refund of refundsToCheck(compared)) await checkRefundAt(tx, refund, now);
  await tx.reconciliations.save({ ...run, state: "done", page: null, doneAt: now });
  await note(tx, desk, null, "refunds_compared", HENKIN, {
    provider,
    from: run.createdFrom,
    shown: compared.seen.filter(({ seenIn }) => seenIn === startedAt).length,
    ours: compared.ours.length,
    mismatches: found.length,
    outOfSight: looked.filter(({ look }) => look === "out_of_sight").length,
  });
  return { next: "again", at: nextNight(desk) };
}

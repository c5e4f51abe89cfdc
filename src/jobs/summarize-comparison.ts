// What the nightly mail says of the comparison with the providers: what does not agree, what was
// refunded outside henkin, and whether the comparison took place at all. Silence is no agreement.

import { formatMoney } from "../domain/money.ts";
import type { MailVariables } from "../domain/outgoing-mail.ts";
import { isDead, type SeenRefund } from "../domain/reconciliation.ts";
import { ticketReference } from "../domain/ticket.ts";
import { sentence } from "../domain/wording.ts";
import type { ReadTx, Reconciliation, StoredMismatch } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { isDecided } from "../ticket/reconcile.ts";

type Variables = Pick<
  MailVariables["summary"],
  "paidElsewhere" | "mismatches" | "refundsElsewhere" | "comparisons"
>;

interface Period {
  readonly from: number;
  readonly to: number;
}

export async function comparedVariables(
  tx: ReadTx,
  desk: Desk,
  period: Period,
): Promise<{ variables: Variables; needsAction: number }> {
  // The refunds themselves before the sums they are part of.
  const open = (await tx.mismatches.listOpen()).sort((a, b) => isSum(a) - isSum(b));
  const adopted = await tx.providerRefunds.listAdopted(period.from, period.to);
  const refundsElsewhere: Variables["refundsElsewhere"][number][] = [];
  for (const refund of adopted) refundsElsewhere.push(await lineOf(tx, desk, refund));
  return {
    variables: {
      paidElsewhere: sumsOf(adopted.filter(({ status }) => !isDead(status))),
      mismatches: await Promise.all(open.map((mismatch) => wordsOf(tx, desk, mismatch))),
      refundsElsewhere,
      comparisons: (await tx.reconciliations.list()).map((one) => comparisonOf(desk, one, period)),
    },
    needsAction:
      tasksOf(open).length + refundsElsewhere.filter(({ needsLook }) => needsLook).length,
  };
}

const isSum = ({ kind }: StoredMismatch) => Number(kind === "total");

/** A sum that is off because of a refund that stands beside it is no second task. */
function tasksOf(open: readonly StoredMismatch[]): StoredMismatch[] {
  const isExplained = (provider: string) =>
    open.some((other) => other.provider === provider && other.kind !== "total");
  return open.filter(({ kind, provider }) => kind !== "total" || !isExplained(provider));
}

async function wordsOf(tx: ReadTx, desk: Desk, mismatch: StoredMismatch): Promise<string> {
  const { kind, ticketId, values, provider } = mismatch;
  const ticket = ticketId === null ? undefined : await tx.tickets.find(ticketId);
  const about = ticket === undefined ? provider : ticketReference(ticket.number);
  return `${about}: ${sentence(`mismatch_${kind}`, desk.shop.locale, ...values)}`;
}

async function lineOf(
  tx: ReadTx,
  desk: Desk,
  refund: SeenRefund,
): Promise<Variables["refundsElsewhere"][number]> {
  const { provider, id, ticketId, createdAt, status } = refund;
  const ticket = ticketId === null ? undefined : await tx.tickets.find(ticketId);
  return {
    provider,
    refund: id,
    amount: formatMoney(refund),
    date: desk.calendar.formatDateTime(createdAt),
    status,
    reference: ticket === undefined ? "" : ticketReference(ticket.number),
    needsLook: ticket !== undefined && isDecided(ticket) && !isDead(status),
  };
}

function sumsOf(refunds: readonly SeenRefund[]): Variables["paidElsewhere"] {
  const sums = new Map<string, { provider: string; count: number; minor: number; of: string }>();
  for (const { provider, currency, amountMinor } of refunds) {
    const key = `${provider} ${currency}`;
    const sum = sums.get(key) ?? { provider, count: 0, minor: 0, of: currency };
    sums.set(key, { ...sum, count: sum.count + 1, minor: sum.minor + amountMinor });
  }
  return [...sums.values()].map(({ provider, count, minor, of }) => ({
    provider,
    count,
    amount: formatMoney({ amountMinor: minor, currency: of }),
  }));
}

function comparisonOf(
  desk: Desk,
  { provider, doneAt }: Reconciliation,
  { from }: Period,
): Variables["comparisons"][number] {
  // A later one, which a night of long ago finds, has looked at that night as well.
  const isOfPeriod = doneAt !== null && doneAt >= from;
  return { provider, at: isOfPeriod ? desk.calendar.formatDateTime(doneAt) : "" };
}

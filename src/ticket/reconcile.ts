// What follows from comparing the provider's refunds with ours. Nothing here pays: a refund made
// elsewhere is adopted, an open question about its payment is looked at again, and what does not
// agree is put before a person.

import { formatMoney } from "../domain/money.ts";
import type { ProviderRefund } from "../domain/payment.ts";
import { isDead, type Mismatch, type SeenRefund } from "../domain/reconciliation.ts";
import { bearsMarkOf } from "../domain/refund-mark.ts";
import type { Refund, Ticket } from "../domain/ticket.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";
import { queueMatch } from "./intake.ts";
import { tellStaff } from "./staff-mail.ts";
import { HENKIN, note } from "./transition.ts";

/** Money of ours may be under way or paid, or was refused: a further refund is somebody's business. */
const DECIDED: readonly Ticket["status"][] = [
  "awaiting_manual_refund",
  "refund_pending",
  "refund_requires_action",
  "refunded",
  "refund_failed",
  "rejected",
];

/** Whether a person must look at a ticket whose payment was refunded elsewhere. */
export function isDecided(ticket: Pick<Ticket, "status">): boolean {
  return DECIDED.includes(ticket.status);
}

/** The attempt of ours that made this refund. */
async function findOurs(
  tx: ReadTx,
  provider: string,
  { id, paymentId, metadata }: ProviderRefund,
): Promise<Refund | undefined> {
  const known = await tx.refunds.findByProviderId(provider, id);
  if (known !== undefined) return known;
  const refund = await tx.refunds.find(metadata["henkin_refund"] ?? "");
  const isOurs =
    refund?.provider === provider &&
    refund.paymentId === paymentId &&
    bearsMarkOf(refund, { metadata });
  return isOurs ? refund : undefined;
}

function originOf(
  refund: ProviderRefund,
  about: { ours: Refund | undefined; known: SeenRefund | undefined; firstStartedAt: number },
): SeenRefund["origin"] {
  if (about.ours !== undefined) return "henkin";
  // A provider that counts in seconds seems to have been a little earlier.
  const isEarlier = refund.createdAt < about.firstStartedAt - 1_000;
  if (about.known?.origin === "earlier" || (about.known === undefined && isEarlier)) {
    return "earlier";
  }
  return refund.metadata["henkin_digest"] === undefined ? "elsewhere" : "unrecorded";
}

/** Keeps what the provider shows; one made elsewhere is adopted when it is first seen. */
export async function recordRefund(
  tx: WriteTx,
  desk: Desk,
  refund: ProviderRefund,
  about: { provider: string; seenIn: number; firstStartedAt: number },
): Promise<void> {
  const { provider, seenIn, firstStartedAt } = about;
  const now = desk.clock.now();
  const known = await tx.providerRefunds.find(provider, refund.id);
  const ours = await findOurs(tx, provider, refund);
  const origin = originOf(refund, { ours, known, firstStartedAt });
  const isAdoption = origin === "elsewhere" && known?.adoptedAt == null;
  const tickets = isAdoption ? await ticketsOf(tx, provider, refund.paymentId) : [];
  const seen: SeenRefund = {
    provider,
    id: refund.id,
    paymentId: refund.paymentId,
    amountMinor: refund.amountMinor,
    currency: refund.currency,
    status: refund.status,
    statusAt: known?.status === refund.status ? known.statusAt : now,
    origin,
    refundId: ours?.id ?? null,
    ticketId: ours?.ticketId ?? known?.ticketId ?? tickets[0]?.id ?? null,
    createdAt: refund.createdAt,
    firstSeenAt: known?.firstSeenAt ?? now,
    adoptedAt: isAdoption ? now : (known?.adoptedAt ?? null),
    seenIn,
  };
  await tx.providerRefunds.save(seen);
  if (isAdoption) await adopt(tx, desk, seen, tickets);
}

/** Of this payment, those that go on first, the newest before older ones. */
async function ticketsOf(tx: ReadTx, provider: string, paymentId: string): Promise<Ticket[]> {
  if (paymentId === "") return [];
  const isOver = ({ status }: Ticket) => Number(status === "closed" || status === "rejected");
  const tickets = await tx.tickets.listByPayment(provider, paymentId);
  return tickets.sort((a, b) => isOver(a) - isOver(b) || b.number - a.number);
}

async function adopt(
  tx: WriteTx,
  desk: Desk,
  refund: SeenRefund,
  tickets: readonly Ticket[],
): Promise<void> {
  const { provider, id, paymentId, amountMinor, currency, status } = refund;
  await note(tx, desk, tickets[0] ?? null, "refund_adopted", HENKIN, {
    provider,
    providerRefundId: id,
    paymentId,
    amountMinor,
    currency,
    status,
  });
  if (isDead(status)) return;
  for (const ticket of tickets) {
    if (ticket.status === "awaiting_approval") await lookAgain(tx, desk, ticket, refund);
    if (ticket.status === "unmatched") await queueMatch(tx, desk, ticket, `elsewhere/${id}`);
    if (isDecided(ticket)) {
      const values = [id, formatMoney(refund)];
      await tellStaff(tx, desk, ticket, `elsewhere/${id}`, "refund_made_elsewhere", values);
    }
  }
}

/** The request to staff states what was left before; unless it has not changed, they are asked anew. */
async function lookAgain(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: SeenRefund,
): Promise<void> {
  const question = (await tx.approvals.findRound(ticket.id, ticket.round))?.question;
  if (question?.kind !== "proposal") return;
  await tx.jobs.add({
    id: `match_payment/${ticket.id}/elsewhere/${refund.id}`,
    kind: "match_payment",
    lane: "matching",
    ticketId: ticket.id,
    payload: {
      again: "1",
      provider: refund.provider,
      paymentId: refund.paymentId,
      leftThen: String(question.capturedMinor - question.refundedMinor),
      ...(question.chosen ? { chosen: "1" } : {}),
    },
    dueAt: desk.clock.now(),
  });
}

/** Records the mismatch; unless it was known, it is audited and, where asked for, told to staff. */
export async function raiseMismatch(
  tx: WriteTx,
  desk: Desk,
  provider: string,
  mismatch: Mismatch,
  { tells }: { tells: boolean } = { tells: true },
): Promise<void> {
  const { kind, subject, ticketId, values } = mismatch;
  const foundAt = desk.clock.now();
  if (!(await tx.mismatches.raise({ provider, kind, subject, ticketId, values, foundAt }))) return;
  const ticket = ticketId === null ? undefined : await tx.tickets.find(ticketId);
  const data = { provider, kind, subject, values };
  await note(tx, desk, ticket ?? null, "refund_mismatch", HENKIN, data);
  if (!tells) return;
  const occasion = `mismatch/${provider}/${kind}/${subject}`;
  await tellStaff(tx, desk, ticket ?? null, occasion, `mismatch_${kind}`, values);
}

/** What a comparison does not find any more is over. */
export async function clearMismatches(
  tx: WriteTx,
  desk: Desk,
  provider: string,
  found: readonly Mismatch[],
): Promise<void> {
  for (const open of await tx.mismatches.listOpen()) {
    const isFound = found.some(
      ({ kind, subject }) => kind === open.kind && subject === open.subject,
    );
    if (open.provider !== provider || isFound) continue;
    await tx.mismatches.clear(open, desk.clock.now());
    const { kind, subject, ticketId } = open;
    const ticket = ticketId === null ? null : { id: ticketId };
    await note(tx, desk, ticket, "refund_mismatch_cleared", HENKIN, { provider, kind, subject });
  }
}

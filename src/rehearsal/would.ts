// What the worker's steps have made of a ticket: the question it asks, and of whom.

import { sharedFacts, wishOf } from "../domain/matching.ts";
import type { Would } from "../domain/rehearsal.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { ReadTx } from "../store-port.ts";

export async function wouldOf(tx: ReadTx, ticket: Ticket): Promise<Would> {
  const find = (provider: string, id: string) => tx.payments.find(provider, id);
  if (ticket.status === "closed") {
    const { provider, paymentId, resolution } = ticket;
    const payment =
      provider === null || paymentId === null ? null : await find(provider, paymentId);
    return { does: "close", resolution: resolution ?? "", payment: payment ?? null };
  }
  const round = await tx.approvals.findRound(ticket.id, ticket.round);
  const question = round?.state === "open" ? round.question : null;
  if (question === null) {
    const mails = await tx.mails.listByTicket(ticket.id);
    const isAsked = mails.some(({ name }) => name === "need_order_number");
    return { does: isAsked ? "ask_customer" : "nothing" };
  }
  if (question.kind === "candidates") {
    const found = await Promise.all(
      question.candidates.map(({ provider, paymentId }) => find(provider, paymentId)),
    );
    const candidates = found.flatMap((payment) => payment ?? []);
    return { does: "choose", reason: await reasonOf(tx, ticket), candidates };
  }
  const payment = await find(question.provider, question.paymentId);
  if (payment === undefined) return { does: "nothing" };
  if (question.kind === "deposit") {
    return { does: "choose", reason: "deposit_unknown", candidates: [payment] };
  }
  const { action, proposedMinor } = question;
  const shared = sharedFacts(wishOf(ticket), payment);
  return { does: "ask", action, payment, proposedMinor, shared };
}

async function reasonOf(tx: ReadTx, ticket: Ticket): Promise<string> {
  const events = await tx.events.listByTicket(ticket.id);
  const reason = events.findLast(({ type }) => type === "payment_unmatched")?.data["reason"];
  return typeof reason === "string" ? reason : "";
}

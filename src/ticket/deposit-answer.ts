// What staff say was received.

import { isByMail } from "../domain/approval/decider.ts";
import { sentence } from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";
import { isInterested } from "./may-decide.ts";
import { tellDecision } from "./staff-mail.ts";
import { happen, note } from "./transition.ts";
import type { Decided, Refusal } from "./verdict.ts";

/** 入金 2500: what it means for the customer, the same look at the payment tells with it. */
export async function takeDeposit(
  tx: WriteTx,
  desk: Desk,
  decided: Decided,
  amountMinor: number,
): Promise<Refusal | null> {
  const { ticket, round, by, messagePk } = decided;
  const { question } = round;
  if (question.kind !== "deposit") return "unclear";
  if (isInterested({ ...ticket, payerEmail: question.payerEmail }, by)) return "own_request";
  // A code alone would close a ticket, or have more given back than was paid.
  if (desk.shop.approvalAuth === "token" && isByMail(by)) return "token_limit";
  if (!(await tx.approvals.closeRound(ticket.id, round.round, "decided"))) return "decided";
  const { provider, paymentId, currency, chosen } = question;
  const at = desk.clock.now();
  await tx.deposits.save(ticket.id, provider, paymentId, {
    amountMinor,
    statedBy: by,
    statedAt: at,
  });
  await note(tx, desk, ticket, "decision", by, {
    ...{ decision: "received", round: round.round, message: messagePk },
    ...{ paymentId, amountMinor, currency },
  });
  const received = await happen(tx, desk, ticket, { event: "candidate_chosen", actor: by });
  if (received === null) return "decided";
  await tx.jobs.add({
    id: `match_payment/${ticket.id}/deposit/${round.round}`,
    kind: "match_payment",
    lane: "matching",
    ticketId: ticket.id,
    payload: { provider, paymentId, ...(chosen ? { chosen: "1" } : {}) },
    dueAt: at,
  });
  await tellDecision(tx, desk, received, {
    round: round.round,
    words: sentence("deposit_stated", desk.shop.locale),
    by,
    amountMinor,
    currency,
    note: decided.note ?? "",
    occasion: "received",
    except: by,
    stopUntil: null,
    isFinal: true,
  });
  return null;
}

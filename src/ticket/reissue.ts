// The same question once more, over facts read afresh.

import type { Round, Ticket } from "../domain/ticket.ts";
import type { WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";

/** As the job's payload says it; "1": the codes have expired. */
type ReissueReason = "1" | "restored";

export async function reissue(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  round: Round,
  why: ReissueReason,
): Promise<void> {
  const { question } = round;
  const occasion = why === "restored" ? "restored" : "reissue";
  await tx.jobs.add({
    id: `match_payment/${ticket.id}/${occasion}/${round.round}`,
    kind: "match_payment",
    lane: "matching",
    ticketId: ticket.id,
    payload: {
      reissue: why,
      ...(question.kind !== "candidates"
        ? {
            provider: question.provider,
            paymentId: question.paymentId,
            ...(question.chosen ? { chosen: "1" } : {}),
          }
        : {}),
    },
    dueAt: desk.clock.now(),
  });
  if (question.kind !== "proposal") {
    await tx.approvals.closeRound(ticket.id, round.round, "superseded");
  }
}

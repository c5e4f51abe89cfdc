// What was approved before the database was set back to an older copy: it may have lost against a
// decision that this copy does not know, so staff are asked anew.

import { isBeforeRestore, RESTORED_AT_SWITCH } from "../domain/restored.ts";
import type { Round, Ticket } from "../domain/ticket.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";
import { reissue } from "./reissue.ts";
import { note } from "./transition.ts";

/** Epoch ms; null where it never was set back. */
export async function findRestoredAt(tx: ReadTx): Promise<number | null> {
  const value = await tx.switches.find(RESTORED_AT_SWITCH);
  return value === undefined ? null : Number(value);
}

export async function rememberRestore(tx: WriteTx, at: number): Promise<void> {
  await tx.switches.set(RESTORED_AT_SWITCH, String(at));
}

/** Returns why the answer is explained, or null where the new request says it. */
export async function askAfterRestore(
  tx: WriteTx,
  desk: Desk,
  answer: {
    readonly ticket: Ticket;
    readonly round: Round;
    readonly by: string;
    readonly messagePk: string | null;
  },
  decision: string,
): Promise<"before_restore" | null> {
  const { ticket, round, by, messagePk } = answer;
  const data = { decision, round: round.round, message: messagePk };
  await note(tx, desk, ticket, "answer_before_restore", by, data);
  // Asked since then, staff have a request that still wants its answer.
  if (!isBeforeRestore(round.createdAt, await findRestoredAt(tx))) return "before_restore";
  await reissue(tx, desk, ticket, round, "restored");
  // A list of candidates has no room for it.
  return round.question.kind === "proposal" ? null : "before_restore";
}

// What keeps every approved refund and void waiting, and how people learn of it.

import { CLOCK_STOP_MS, clockWords } from "../domain/clock-offset.ts";
import type { Ticket } from "../domain/ticket.ts";
import { type SentenceName, sentence } from "../domain/wording.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import { type Desk, STOP_SWITCH } from "./desk.ts";
import { queueMail } from "./queue-mail.ts";
import { HENKIN, note } from "./transition.ts";

/** "off", or why this may be a copy of a database that another worker pays from. */
export const PAUSE_SWITCH = "paused_start";

/** Why no provider may be written to now; null where that is allowed. */
export async function findHalt(tx: ReadTx): Promise<"stop_switch" | "paused_start" | null> {
  if ((await tx.switches.find(STOP_SWITCH)) === "on") return "stop_switch";
  return (await findPause(tx)) === null ? null : "paused_start";
}

/** Why the worker started without paying; null where it did not. */
export async function findPause(tx: ReadTx): Promise<string | null> {
  const reason = await tx.switches.find(PAUSE_SWITCH);
  return reason === undefined || reason === "off" ? null : reason;
}

/** Once for each reason in a row, so that the ticket's history can be read. */
export async function noteWait(
  tx: WriteTx,
  desk: Desk,
  ticket: Pick<Ticket, "id" | "round">,
  reason: string,
): Promise<void> {
  const { round } = ticket;
  const events = await tx.events.listByTicket(ticket.id);
  const last = events.findLast(({ type }) => type === "refund_waits")?.data;
  if (last?.["reason"] === reason && last["round"] === round) return;
  await note(tx, desk, ticket, "refund_waits", HENKIN, { reason, round });
}

/** An approved refund that a wrong clock holds up; the managers hear of it once a day. */
export async function waitForClock(
  tx: WriteTx,
  desk: Desk,
  ticket: Pick<Ticket, "id" | "round">,
  provider: string,
  offsetMs: number,
): Promise<void> {
  await noteWait(tx, desk, ticket, "clock_wrong");
  const today = desk.calendar.localDate(desk.clock.now());
  const minutes = String(CLOCK_STOP_MS / 60_000);
  const values = [provider, clockWords(offsetMs), minutes];
  await tellManagers(tx, desk, `clock_wrong/${provider}/${today}`, "clock_wrong", values);
}

/** The same occasion is told once. */
export async function tellManagers(
  tx: WriteTx,
  desk: Desk,
  occasion: string,
  reason: SentenceName,
  values: readonly string[],
): Promise<void> {
  for (const to of desk.shop.managers) {
    await queueMail(tx, desk, {
      name: "staff_task",
      ticket: null,
      to,
      occasion,
      variables: {
        reference: "",
        shopName: desk.shop.name,
        reason: sentence(reason, desk.shop.locale, ...values),
        details: [],
        asksDone: false,
        copyText: [],
        rawAnswer: [],
        code: "",
      },
    });
  }
}

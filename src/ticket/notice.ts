// What a payment provider writes by itself. Money may hang on it: a deposit after the order was cancelled,
// or a second one, is owed to whoever paid. Anybody can write in a provider's name, so a notice only asks
// questions of staff.

import type { RequestFields } from "../domain/intake/contact-form.ts";
import { isOpen } from "../domain/lifecycle.ts";
import type { MailMessage } from "../domain/mail-message.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";
import { lines, openOrJoin } from "./intake.ts";
import { tellStaff } from "./staff-mail.ts";

interface Notice {
  readonly messagePk: string;
  readonly message: MailMessage;
  readonly fields: RequestFields;
}

/** イプシロン: 入金エラー (also after a cancellation), 同じ口座へ2回以上入金. */
const DEPOSIT = /入金エラー|[2二]\s*(?:回|度)(?:以上|目)?の?\s*(?:ご)?入金|二重入金|複数回の?入金/;

/** Returns the ticket that the notice opens or belongs to; null where staff alone hear of it. */
export async function takeNotice(tx: WriteTx, desk: Desk, notice: Notice): Promise<Ticket | null> {
  const { messagePk, message, fields } = notice;
  const details = lines(fields.messageText);
  const text = `${message.subject}\n${fields.messageText}`.normalize("NFKC");
  const [order, ...others] = fields.orderNumbers;
  const isDeposit = DEPOSIT.test(text) && order !== undefined && others.length === 0;
  const known = isDeposit ? await tx.tickets.listByOrderNumber(order) : [];
  const open = known.find(({ status }) => isOpen(status)) ?? null;
  if (isDeposit && open === null) {
    // Who paid, the payment says; nothing of the mail is a wish.
    const nobody = {
      ...fields,
      name: null,
      kana: null,
      email: null,
      intent: null,
      requestedAmountMinor: null,
    };
    const [ticket] = await openOrJoin(tx, desk, messagePk, nobody, null);
    return ticket ?? null;
  }
  const { subject } = message;
  await tellStaff(tx, desk, open, `notice/${messagePk}`, "provider_notice", [subject], details);
  return open;
}

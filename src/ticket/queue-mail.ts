// Every mail leaves through here: a row with a derived Message-ID, written in the same transaction
// as the reason for it. The job send_mail then freezes its bytes and hands it over.

import { domainOf } from "../domain/mail-message.ts";
import type { MailName, MailVariables } from "../domain/outgoing-mail.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { Signer } from "../ports.ts";
import type { WriteTx } from "../store-port.ts";
import { type Desk, ownAddresses } from "./desk.ts";
import { HENKIN, note } from "./transition.ts";

export const SMTP_LANE = "smtp";

/** Anyone can cause these by typing someone's address into a form; the others follow a decision. */
const CAUSED_BY_STRANGERS: readonly MailName[] = [
  "acknowledgement",
  "need_order_number",
  "already_refunded",
  "nothing_charged",
];
/** An address gets no more of those after this many mails of ours in a day. */
const CUSTOMER_MAILS_A_DAY_MAX = 3;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface MailOrder<Name extends MailName> {
  readonly name: Name;
  readonly variables: MailVariables[Name];
  readonly to: string;
  readonly ticket: Pick<Ticket, "id"> | null;
  /** Makes the mail unique beside its name, ticket and recipient: a round, a date, a refund. */
  readonly occasion: string | number;
  readonly inReplyTo?: string | null;
  readonly round?: number;
}

/** In place of an address that is forgotten: it still gets no more mails than others. */
export function erasedAddress(signer: Signer, address: string): string {
  return address === "" ? "" : `erased:${signer.derive("mailed-address", address.toLowerCase())}`;
}

/** The Message-ID is derived, so that a restored backup or a second copy repeats it. */
export function messageIdFor(
  desk: Desk,
  mail: { name: MailName; ticketId: string | null; occasion: string | number; to: string },
): string {
  const digest = desk.signer.derive(
    "message-id",
    mail.name,
    mail.ticketId ?? "",
    mail.occasion,
    mail.to,
  );
  return `henkin.${digest.slice(0, 40)}@${domainOf(desk.shop.email)}`;
}

export async function queueMail<Name extends MailName>(
  tx: WriteTx,
  desk: Desk,
  order: MailOrder<Name>,
): Promise<void> {
  const ticketId = order.ticket?.id ?? null;
  const messageId = messageIdFor(desk, { ...order, ticketId });
  const now = desk.clock.now();
  const queued = await tx.mails.insert({
    id: messageId,
    ticketId,
    name: order.name,
    variables: order.variables,
    locale: desk.shop.locale,
    to: order.to,
    messageId,
    inReplyTo: order.inReplyTo ?? null,
    references: order.inReplyTo == null ? [] : [order.inReplyTo],
    date: now,
    round: order.round ?? null,
  });
  if (!queued) return;
  await note(tx, desk, order.ticket, "mail_queued", HENKIN, { mail: order.name, messageId });
  await tx.jobs.add({
    id: `send_mail/${messageId}`,
    kind: "send_mail",
    lane: SMTP_LANE,
    ticketId,
    payload: { mailId: messageId },
    dueAt: now,
  });
}

export async function queueStaffMail<Name extends MailName>(
  tx: WriteTx,
  desk: Desk,
  order: Omit<MailOrder<Name>, "to">,
): Promise<void> {
  for (const to of desk.shop.staff) await queueMail(tx, desk, { ...order, to });
}

/** A dry run mails no customer; an address of the shop itself is no customer. */
export async function queueCustomerMail<Name extends MailName>(
  tx: WriteTx,
  desk: Desk,
  order: MailOrder<Name> & { readonly ticket: Ticket },
): Promise<void> {
  const withhold = async (reason: string) =>
    note(tx, desk, order.ticket, "mail_withheld", HENKIN, { mail: order.name, reason });
  if (desk.shop.dryRun) return withhold("dry_run");
  if (ownAddresses(desk.shop).includes(order.to)) return withhold("own_address");
  if (CAUSED_BY_STRANGERS.includes(order.name)) {
    const since = desk.clock.now() - DAY_MS;
    const erased = erasedAddress(desk.signer, order.to);
    const sent =
      (await tx.mails.countTo(order.to, since)) + (await tx.mails.countTo(erased, since));
    if (sent >= CUSTOMER_MAILS_A_DAY_MAX) return withhold("daily_cap");
  }
  await queueMail(tx, desk, order);
}

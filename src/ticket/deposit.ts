// What was really received, where no API tells it: staff look at the provider's screen, and say.

import { isOtherDeposit } from "../domain/matching.ts";
import { formatMoney } from "../domain/money.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import type { Payment } from "../domain/payment.ts";
import { systemChecklist } from "../domain/system-checklist.ts";
import type { DepositQuestion, Ticket } from "../domain/ticket.ts";
import { ticketReference } from "../domain/ticket.ts";
import { sentence } from "../domain/wording.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import { orderUrl, rawAnswersOf, requesterWords } from "./ask.ts";
import type { Desk } from "./desk.ts";
import { queueMail } from "./queue-mail.ts";
import { answerLink, firstRequest, isAskedAlready, openRound } from "./round.ts";
import { tellStaff } from "./staff-mail.ts";
import { HENKIN, happen } from "./transition.ts";

/** Of a message that a payment provider wrote by itself. */
export const NOTICE_KIND = "provider_notice";

/**
 * The payment as staff of this ticket know it. What a provider says itself is believed, but it may not
 * know of a second deposit.
 */
export async function withDeposit(tx: ReadTx, ticket: Ticket, payment: Payment): Promise<Payment> {
  if (payment.byHand !== true) return payment;
  const deposit = await tx.deposits.find(ticket.id, payment.provider, payment.id);
  if (deposit === undefined) return payment;
  const { amountMinor, statedAt } = deposit;
  if (payment.status === "paid" && amountMinor <= payment.capturedMinor) return payment;
  return {
    ...payment,
    status: amountMinor === 0 ? "canceled" : "paid",
    capturedMinor: amountMinor,
    paidAt: payment.paidAt ?? (amountMinor === 0 ? null : statedAt),
  };
}

/** Asks the approvers what was received; the ticket waits for their 「入金 2500」. */
export async function askDeposit(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
  found: { readonly chosen: boolean; readonly customerText: readonly string[] },
): Promise<void> {
  const { provider, id: paymentId, currency, amountMinor } = payment;
  const { chosen, customerText } = found;
  const question: DepositQuestion = {
    ...{ kind: "deposit", provider, paymentId, currency, amountMinor, chosen },
  };
  if (ticket.status === "unmatched" && (await isAskedAlready(tx, desk, ticket, question))) return;
  const unmatched = await happen(tx, desk, ticket, {
    event: "payment_unmatched",
    actor: HENKIN,
    data: { reason: "deposit_unknown", candidates: [paymentId] },
  });
  if (unmatched === null) return;
  const { round, occasion, ticket: asked, codes } = await openRound(tx, desk, unmatched, question);
  const { locale, name } = desk.shop;
  const word = locale === "ja" ? "入金" : "received";
  for (const [approver, code] of codes) {
    await queueMail(tx, desk, {
      name: "deposit_question",
      ticket: asked,
      to: approver,
      occasion,
      round,
      inReplyTo: await firstRequest(tx, asked, approver, round),
      variables: {
        reference: ticketReference(asked.number),
        shopName: name,
        code,
        rejectLink: answerLink(desk, asked, code, locale === "ja" ? "却下" : "NG"),
        fullLink: answerLink(desk, asked, code, `${word} ${amountMinor}`),
        nothingLink: answerLink(desk, asked, code, `${word} 0`),
        customerText,
        rawAnswer: rawAnswersOf([payment]),
        testMode: !payment.livemode,
        orderNumber: payment.orderNumbers.join(", "),
        requester: requesterWords(asked),
        payer: [payment.payerName, payment.payerEmail].filter((part) => part !== null).join(" "),
        amount: formatMoney(payment),
        systems: payment.systems ?? [],
        orderUrl: orderUrl(desk, payment.orderNumbers),
      },
    });
  }
}

/** Money may have come that no state shows: after a cancellation, or a second time. */
export async function isToBeAsked(tx: ReadTx, ticket: Ticket, payment: Payment): Promise<boolean> {
  if (payment.byHand !== true) return false;
  if ((await tx.messages.find(ticket.openedBy))?.kind !== NOTICE_KIND) return false;
  return (await tx.deposits.find(ticket.id, payment.provider, payment.id)) === undefined;
}

/** What the request says where more or less came than the order costs. */
export function depositWarnings(payment: Payment, locale: Locale): string[] {
  return isOtherDeposit(payment) ? [otherDeposit(payment, locale)] : [];
}

function otherDeposit({ amountMinor, capturedMinor, currency }: Payment, locale: Locale): string {
  const [price, received, difference] = [
    amountMinor,
    capturedMinor,
    Math.abs(capturedMinor - amountMinor),
  ].map((minor) => formatMoney({ amountMinor: minor, currency }));
  const reason = capturedMinor > amountMinor ? "deposit_over" : "deposit_under";
  return sentence(reason, locale, price ?? "", received ?? "", difference ?? "");
}

/** What staff still have to do where the order stands in other systems. */
export async function tellChecklist(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  { provider, orderNumbers }: Payment,
): Promise<void> {
  const list = systemChecklist(provider, orderNumbers.join(", "), desk.shop.locale);
  if (list.length === 0) return;
  await tellStaff(tx, desk, ticket, "nothing-received", "nothing_received", [], list);
}

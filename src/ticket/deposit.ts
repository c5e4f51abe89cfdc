// What was really received, where no API tells it: staff look at the provider's screen, and say.

import { approverOf } from "../domain/approval/decider.ts";
import { isOtherDeposit } from "../domain/matching.ts";
import { bareFigure, formatMoney } from "../domain/money.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import type { Payment } from "../domain/payment.ts";
import { systemChecklist } from "../domain/system-checklist.ts";
import type { DepositQuestion, Ticket } from "../domain/ticket.ts";
import { ticketReference } from "../domain/ticket.ts";
import { sentence } from "../domain/wording.ts";
import type { Deposit } from "../refund-store-port.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import { orderUrl, rawAnswersOf, requesterWords } from "./ask.ts";
import type { Desk } from "./desk.ts";
import { queueMail } from "./queue-mail.ts";
import { answerLink, firstRequest, isAskedAlready, openRound } from "./round.ts";
import { tellStaff } from "./staff-mail.ts";
import { HENKIN, happen } from "./transition.ts";
import { isOpenedByNotice, isUnasked } from "./unasked.ts";

/**
 * The payment as staff know it. What a provider says itself is believed, but it may not know of a second
 * deposit, which staff may have stated for another ticket; where it says nothing, only what was stated
 * for this ticket counts, because more may have come since.
 */
export async function withDeposit(tx: ReadTx, ticket: Ticket, payment: Payment): Promise<Payment> {
  if (payment.byHand !== true) return payment;
  const deposit = await depositFor(tx, ticket, payment);
  if (deposit === undefined) return payment;
  const { amountMinor } = deposit;
  if (payment.status === "paid" && amountMinor <= payment.capturedMinor) return payment;
  return {
    ...payment,
    status: amountMinor === 0 ? "canceled" : "paid",
    capturedMinor: amountMinor,
  };
}

async function depositFor(
  tx: ReadTx,
  ticket: Ticket,
  { provider, id, status }: Payment,
): Promise<Deposit | undefined> {
  const own = await tx.deposits.find(ticket.id, provider, id);
  return own ?? (status === "paid" ? tx.deposits.findNewest(provider, id) : undefined);
}

const EXAMPLE = { amountMinor: 2500, currency: "JPY" } as const;

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
    payerEmail: payment.payerEmail,
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
  const figure = bareFigure(payment);
  const unasked = await isUnasked(tx, asked);
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
        fullLink: amountMinor > 0 ? answerLink(desk, asked, code, `${word} ${figure}`) : "",
        nothingLink: answerLink(desk, asked, code, `${word} 0`),
        customerText,
        rawAnswer: rawAnswersOf([payment]),
        testMode: !payment.livemode,
        orderNumber: payment.orderNumbers.join(", "),
        requester: requesterWords(asked, locale),
        payer: [payment.payerName, payment.payerEmail].filter((part) => part !== null).join(" "),
        ...priceWords(payment),
        isUnasked: unasked,
        systems: payment.systems ?? [],
        orderUrl: orderUrl(desk, payment.orderNumbers),
      },
    });
  }
}

/** An order whose price no system knows costs nothing here. */
function priceWords(payment: Payment) {
  const isKnown = payment.amountMinor > 0;
  const example = isKnown ? payment : EXAMPLE;
  return {
    amount: isKnown ? formatMoney(payment) : "",
    exampleFigure: bareFigure(example),
    exampleAmount: formatMoney(example),
  };
}

/** Money may have come that no state shows: after a cancellation, or a second time. */
export async function isToBeAsked(tx: ReadTx, ticket: Ticket, payment: Payment): Promise<boolean> {
  if (payment.byHand !== true) return false;
  if (!(await isOpenedByNotice(tx, ticket))) return false;
  return (await tx.deposits.find(ticket.id, payment.provider, payment.id)) === undefined;
}

/** What the request says of what was received: who has said so, and whether it is what the order costs. */
export async function depositWarnings(
  tx: ReadTx,
  { shop }: Desk,
  ticket: Ticket,
  payment: Payment,
): Promise<string[]> {
  const { locale } = shop;
  const deposit = payment.byHand === true ? await depositFor(tx, ticket, payment) : undefined;
  // Of a card that is only authorised nothing was to come.
  const isPaid = payment.status === "paid" && payment.amountMinor > 0;
  const isOther = isPaid && isOtherDeposit(payment);
  return [
    ...(deposit === undefined ? [] : [statedBy(deposit, payment, locale)]),
    ...(isOther ? [otherDeposit(payment, locale)] : []),
  ];
}

function statedBy({ amountMinor, statedBy: by }: Deposit, { currency }: Payment, locale: Locale) {
  const amount = formatMoney({ amountMinor, currency });
  return sentence("deposit_stated_by", locale, amount, approverOf(by));
}

function otherDeposit({ amountMinor, capturedMinor, currency }: Payment, locale: Locale): string {
  const differenceMinor = Math.abs(capturedMinor - amountMinor);
  const [price, received, difference] = [amountMinor, capturedMinor, differenceMinor].map((minor) =>
    formatMoney({ amountMinor: minor, currency }),
  );
  const [all, part] = [capturedMinor, differenceMinor].map((minor) =>
    bareFigure({ amountMinor: minor, currency }),
  );
  const reason = capturedMinor > amountMinor ? "deposit_over" : "deposit_under";
  const values = [price, received, difference, all, part].map((value) => value ?? "");
  return sentence(reason, locale, ...values);
}

/** What staff still have to do where the order stands in other systems. */
export async function tellChecklist(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
): Promise<void> {
  const orders = payment.orderNumbers.join(", ");
  const list = systemChecklist(payment, orders, "open", desk.shop.locale);
  if (list.length === 0) return;
  const words = (await isUnasked(tx, ticket)) ? "customer_untold" : "customer_told_nothing_paid";
  const details = [sentence(words, desk.shop.locale), ...list];
  await tellStaff(tx, desk, ticket, "nothing-received", "nothing_received", [], details);
}

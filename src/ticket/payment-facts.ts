// What a request shows of the payment beside what the customer wrote: the facts by which staff decide
// within seconds.

import { isPayerName, isSenderOf, type SharedFacts } from "../domain/matching.ts";
import { formatMoney } from "../domain/money.ts";
import type { Fact, Locale } from "../domain/outgoing-mail.ts";
import { givenBackMinor, type Payment, refundableMinor } from "../domain/payment.ts";
import { methodWords } from "../domain/payment-words.ts";
import type { Ticket } from "../domain/ticket.ts";
import { label, sentence } from "../domain/wording.ts";
import type { Desk } from "./desk.ts";

type LabelName = Parameters<typeof label>[0];

/** As people compare: 田中 太郎 and 田中太郎 are written alike. */
function folded(text: string): string {
  return text.normalize("NFKC").replace(/\s/g, "").toLowerCase();
}

/** Where the payment bears its order number. */
function withSource(fact: Fact, source: string | null): Fact {
  return source === null ? fact : { ...fact, payment: `${fact.payment} (${source})` };
}

/** A payment that names no payer says nothing against who asks. */
function withoutPayer(fact: Fact): Fact {
  return fact.payment === "" ? { ...fact, mark: "plain" } : fact;
}

/** Who sent a bank transfer; a name that is not in kana cannot be compared with it. */
function senderFact(ticket: Ticket, payment: Payment, locale: Locale): Fact[] {
  if (payment.payerKana == null) return [];
  const request = ticket.requesterKana ?? ticket.requesterName ?? "";
  const mark = isSenderOf(request, payment) ? "same" : "plain";
  return [{ label: label("payerKana", locale), payment: payment.payerKana, request, mark }];
}

/**
 * A row agrees only where the two values it prints do, and then shows the request's side only where that is
 * written otherwise: what agrees by a reading alone, or beside another order's number, must be seen.
 */
export function factsOf(desk: Desk, ticket: Ticket, payment: Payment, shared: SharedFacts): Fact[] {
  const { locale } = desk.shop;
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency: payment.currency });
  const compared = (name: LabelName, told: string, request: string, isSame: boolean): Fact => {
    const mark = request === "" ? "plain" : isSame ? "same" : "differs";
    const isRepeated = mark === "same" && folded(request) === folded(told);
    return { label: label(name, locale), payment: told, request: isRepeated ? "" : request, mark };
  };
  const paidMinor = payment.capturedMinor > 0 ? payment.capturedMinor : payment.amountMinor;
  const isPaid = (minor: number | null) => payment.currency === "JPY" && minor === paidMinor;
  const requested = ticket.requestedMinor === null ? "" : money(ticket.requestedMinor);
  const days = Math.floor((desk.clock.now() - (payment.paidAt ?? payment.createdAt)) / 86_400_000);
  const age = locale === "ja" ? `(${days}日前)` : `(${days} days ago)`;
  const orders = ticket.orderNumbers.join(", ");
  const plain = (name: LabelName, value: string) => compared(name, value, "", false);
  return [
    withSource(
      compared("orderNumber", payment.orderNumbers.join(", "), orders, shared.order),
      payment.orderNumbersFrom,
    ),
    compared("email", payment.payerEmail ?? "", ticket.requesterEmail ?? "", shared.email),
    withoutPayer(
      compared(
        "payer",
        payment.payerName ?? "",
        ticket.requesterName ?? "",
        isPayerName(ticket.requesterName, payment),
      ),
    ),
    ...senderFact(ticket, payment, locale),
    compared("requested", money(paidMinor), requested, isPaid(ticket.requestedMinor)),
    plain("refunded", money(givenBackMinor(payment))),
    plain("left", money(refundableMinor(payment))),
    ...(payment.status === "paid" ? [plain("fee", sentence("fee", locale))] : []),
    plain("method", methodWords(payment.method, locale)),
    plain(
      payment.paidAt === null ? "createdAt" : "paidAt",
      `${desk.calendar.formatDateTime(payment.paidAt ?? payment.createdAt)} ${age}`,
    ),
    plain("provider", `${payment.provider} ${payment.id}`),
    ...(payment.systems ?? []).map(
      ({ system, state }): Fact => ({ label: system, payment: state, request: "", mark: "plain" }),
    ),
  ];
}

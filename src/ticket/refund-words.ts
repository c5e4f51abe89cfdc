// What the customer's mails say of a refund: the amount beside what was paid, and with the completion
// the particulars of a 適格返還請求書 where the shop owes one.

import { formatMoney } from "../domain/money.ts";
import type { MailVariables } from "../domain/outgoing-mail.ts";
import type { Payment } from "../domain/payment.ts";
import { isReturnInvoiceDue, taxWithin } from "../domain/return-invoice.ts";
import type { Refund } from "../domain/ticket.ts";
import type { ReadTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";

type Refunded = MailVariables["refunded"];
type Returned = Pick<Refunded, "amount" | "paidAmount" | "isPartial">;
type ReturnInvoice = Pick<
  Refunded,
  "invoiceNumber" | "saleDate" | "taxRate" | "isReducedRate" | "taxAmount"
>;

const NO_INVOICE: ReturnInvoice = {
  invoiceNumber: "",
  saleDate: "",
  taxRate: "",
  isReducedRate: false,
  taxAmount: "",
};

export function returnedWords({ amountMinor, currency }: Refund, paidMinor: number): Returned {
  return {
    amount: formatMoney({ amountMinor, currency }),
    paidAmount: formatMoney({ amountMinor: paidMinor, currency }),
    isPartial: amountMinor < paidMinor,
  };
}

/**
 * The sentence that an approver has written for the customer, or "". For the mail of completion alone:
 * whoever writes it may write as if the money were back.
 */
export async function customerNote(tx: ReadTx, { ticketId, round }: Refund): Promise<string> {
  const approvals = await tx.approvals.listApprovals(ticketId, round);
  return approvals.find((approval) => approval.customerNote !== null)?.customerNote ?? "";
}

/**
 * Empty where none is due, or where henkin does not know what it has to say: when the sale was, or how
 * much of a transfer that was too large had been the price.
 */
export function returnInvoice(
  { shop, calendar }: Desk,
  refund: Refund,
  payment: Payment | undefined,
  paidMinor: number,
): ReturnInvoice {
  const { invoiceIssuer: issuer } = shop;
  if (issuer === null || payment?.paidAt == null) return NO_INVOICE;
  const { method, amountMinor: priceMinor, paidAt } = payment;
  if (!isReturnInvoiceDue(refund, method) || paidMinor > priceMinor) return NO_INVOICE;
  const taxMinor = taxWithin(refund.amountMinor, issuer.taxRate);
  return {
    invoiceNumber: issuer.number,
    saleDate: calendar.localDate(paidAt),
    taxRate: `${issuer.taxRate}%`,
    isReducedRate: issuer.taxRate === 8,
    taxAmount: formatMoney({ amountMinor: taxMinor, currency: refund.currency }),
  };
}

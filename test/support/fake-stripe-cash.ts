// Cash balances: what customers transferred, and what became of it (SDK, CashBalances.d.ts and
// CustomerCashBalanceTransactions.d.ts). The balance is the sum of its transactions, so that the two
// never disagree.

import type Stripe from "stripe";
import { balanceTransactionId, type RefundStatus, seconds } from "./fake-stripe-objects.ts";
import { enterRefundStatus, type RefundRequest, Refusal } from "./fake-stripe-rules.ts";

type Transaction = Stripe.CustomerCashBalanceTransaction;
type Holder = { readonly id: string; readonly email: string | null; readonly livemode: boolean };

export class CashBalances {
  readonly #transactions: Transaction[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Oldest first. */
  transactionsOf(customer: string): readonly Transaction[] {
    return this.#transactions.filter((transaction) => transaction.customer === customer);
  }

  balanceOf({ id, livemode }: Holder): Stripe.CashBalance {
    const all = this.transactionsOf(id);
    const currencies = new Set(all.map(({ currency }) => currency));
    const available = [...currencies].map((currency) => [currency, this.#sum(id, currency)]);
    return {
      object: "cash_balance",
      available: available.length === 0 ? null : Object.fromEntries(available),
      customer: id,
      customer_account: null,
      livemode,
      settings: { reconciliation_mode: "automatic", using_merchant_default: true },
    };
  }

  /** A transfer arrives, as the sender's bank names him. */
  fund(holder: Holder, amount: number, senderName: string | null): void {
    const jp_bank_transfer = { sender_bank: null, sender_branch: null, sender_name: senderName };
    const bank_transfer = { reference: null, type: "jp_bank_transfer" as const, jp_bank_transfer };
    this.#add(holder, { type: "funded", net_amount: amount, funded: { bank_transfer } });
  }

  apply(holder: Holder, amount: number, paymentIntent: string): void {
    const applied_to_payment = { payment_intent: paymentIntent };
    this.#add(holder, { type: "applied_to_payment", net_amount: -amount, applied_to_payment });
  }

  /** docs.stripe.com/payments/customer-balance/refunding: at once off the balance. */
  refund(
    holder: Holder,
    request: RefundRequest & { readonly currency: string; readonly amount: number },
    made: { readonly id: string; readonly status: RefundStatus },
  ): Stripe.Refund {
    const { amount, currency } = request;
    const email = request.instructions_email ?? holder.email;
    if (amount > this.#sum(holder.id, currency)) {
      const message = "The customer does not have sufficient funds in their cash balance.";
      throw new Refusal(400, { param: "amount", message });
    }
    if (email === null) {
      const message = "An email address is needed to refund this customer.";
      throw new Refusal(400, { param: "instructions_email", message });
    }
    this.#add(holder, { type: "return_initiated", net_amount: -amount, currency });
    const refund: Stripe.Refund = {
      id: made.id,
      object: "refund",
      amount,
      balance_transaction: balanceTransactionId(made.id),
      charge: null,
      created: seconds(this.#now()),
      currency,
      customer: holder.id,
      customer_account: null,
      destination_details: { type: "jp_bank_transfer" },
      instructions_email: email,
      metadata: { ...request.metadata },
      payment_intent: null,
      payment_method: null,
      reason: request.reason ?? null,
      receipt_number: null,
      source_transfer_reversal: null,
      status: null,
      transfer_reversal: null,
    };
    enterRefundStatus(refund, made.status, { failureReason: "unknown", email });
    return refund;
  }

  /** A refund that is called off or expires lets its money lie in the balance again. */
  takeBack(holder: Holder, { amount, currency }: Stripe.Refund): void {
    this.#add(holder, { type: "return_canceled", net_amount: amount, currency });
  }

  #sum(customer: string, currency: string): number {
    return this.transactionsOf(customer)
      .filter((transaction) => transaction.currency === currency)
      .reduce((sum, { net_amount }) => sum + net_amount, 0);
  }

  #add(
    { id, livemode }: Holder,
    what: Pick<Transaction, "type" | "net_amount"> & Partial<Transaction>,
  ): void {
    const currency = what.currency ?? "jpy";
    this.#transactions.push({
      id: `ccsbtxn_${String(this.#transactions.length + 1).padStart(6, "0")}`,
      object: "customer_cash_balance_transaction",
      created: seconds(this.#now()),
      customer: id,
      customer_account: null,
      ending_balance: this.#sum(id, currency) + what.net_amount,
      livemode,
      ...what,
      currency,
    });
  }
}

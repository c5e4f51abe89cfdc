// The refunds that a provider knows of a payment. Where it is likely which payment that is, they are asked
// for while the payment itself is being read: a distant server takes its time over each question.

import { type Match, type Route, routeOf } from "../domain/matching.ts";
import { formatMoney } from "../domain/money.ts";
import type { ProviderRefund } from "../domain/payment.ts";
import { isDead } from "../domain/reconciliation.ts";
import type { Clock, PaymentProvider } from "../ports.ts";
import { keyOf, type PaymentKey } from "./look-up.ts";

/** Where these matter; of what was never paid there are none. */
const REFUNDABLE: readonly Route[] = ["refund", "too_old", "already_refunded"];

interface Asked {
  readonly providers: ReadonlyMap<string, PaymentProvider>;
  readonly clock: Clock;
}

/** @param expected the match, if the payment still is as it is known */
export function refundLists({ providers, clock }: Asked, expected: Match, signal: AbortSignal) {
  const lists = new Map<string, Promise<readonly ProviderRefund[]>>();

  async function ask({ provider, id }: PaymentKey): Promise<readonly ProviderRefund[]> {
    return (await providers.get(provider)?.listRefunds(id, signal)) ?? [];
  }

  function listOf(payment: PaymentKey) {
    const list = lists.get(keyOf(payment)) ?? ask(payment);
    lists.set(keyOf(payment), list);
    return list;
  }

  function isWanted(match: Match): match is Extract<Match, { kind: "exact" }> {
    return match.kind === "exact" && REFUNDABLE.includes(routeOf(match.payment, clock.now()));
  }

  // Whoever needs the list hears of its failure.
  if (isWanted(expected)) listOf(expected.payment).catch(() => undefined);
  return {
    async of(match: Match): Promise<readonly ProviderRefund[]> {
      return isWanted(match) ? listOf(match.payment) : [];
    },
  };
}

/** Refunds of this payment that are still open: the request names them. */
export function pendingOf(refunds: readonly ProviderRefund[]): string[] {
  return refunds
    .filter(({ status }) => status !== "succeeded" && !isDead(status))
    .map((refund) => `${refund.id} ${formatMoney(refund)} (${refund.rawStatus})`);
}

// What approvers are shown of a customer's bank account before they decide.

import { compareHolder, maskedNumber } from "../domain/bank-account.ts";
import type { Fact } from "../domain/outgoing-mail.ts";
import type { Payment } from "../domain/payment.ts";
import { label, sentence } from "../domain/wording.ts";
import { type KnownAccount, needsAccount } from "./bank-account.ts";
import type { Desk } from "./desk.ts";

/** Enough to compare it, too little to misuse a forwarded mail. */
export function accountFacts({ shop }: Desk, known: KnownAccount | null, payment: Payment): Fact[] {
  if (known === null) return [];
  const { account } = known;
  const { bank, branch, kind, holder } = account;
  const { locale } = shop;
  const compared = compareHolder(account, namesOf(payment));
  const payer = payment.payerName ?? payment.payerKana ?? "";
  // Who reads the name has to compare it himself.
  const words = payer === "" ? holder : sentence("account_holder_of", locale, holder, payer);
  const name: Omit<Fact, "label"> =
    compared === "unknown"
      ? { payment: words, request: "", mark: "plain" }
      : { payment: payer, request: holder, mark: compared };
  return [
    { label: label("holder", locale), ...name },
    {
      label: label("account", locale),
      payment: `${bank} ${branch} ${kind} ${maskedNumber(account)}`,
      request: "",
      mark: "plain",
    },
  ];
}

/** What approvers should know of the account before they decide. */
export function accountNotes(
  { shop }: Desk,
  payment: Payment,
  known: KnownAccount | null,
): string[] {
  if (known === null) {
    return needsAccount(payment) ? [sentence("account_pending", shop.locale)] : [];
  }
  const isOther = compareHolder(known.account, namesOf(payment)) === "differs";
  return isOther ? [sentence("account_holder_differs", shop.locale)] : [];
}

function namesOf({ payerName, payerKana }: Payment) {
  return [payerName, payerKana];
}

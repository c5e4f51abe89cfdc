// The two questions approvers are asked: may this be paid, and which payment is meant.

import {
  type CandidateReason,
  excessMinor,
  proposedMinor,
  sharedFacts,
  wishOf,
} from "../domain/matching.ts";
import { bareFigure, formatMoney, type Money } from "../domain/money.ts";
import type { CandidateLine, Locale, MailVariables } from "../domain/outgoing-mail.ts";
import { isGivenBackInScreen, type Payment, refundableMinor } from "../domain/payment.ts";
import { methodWords, payoutRoute, refundRoute } from "../domain/payment-words.ts";
import { rawLinesOf } from "../domain/raw-lines.ts";
import {
  type CandidateList,
  type Proposal,
  type Ticket,
  ticketReference,
} from "../domain/ticket.ts";
import { candidateReasonWords, sentence, sharedWords, statusWords } from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import { payeeOf } from "./account.ts";
import { accountFacts } from "./account-facts.ts";
import type { KnownAccount } from "./bank-account.ts";
import type { Desk } from "./desk.ts";
import { factsOf } from "./payment-facts.ts";
import { queueMail } from "./queue-mail.ts";
import { answerLink, firstRequest, needsSecondApproval, openRound } from "./round.ts";

export function orderUrl(desk: Desk, orderNumbers: readonly string[]): string {
  const order = orderNumbers[0];
  if (desk.shop.orderUrl === null || order === undefined) return "";
  return desk.shop.orderUrl.replaceAll("{order}", encodeURIComponent(order));
}

export function requesterWords(ticket: Ticket, locale: Locale): string {
  const known = [ticket.requesterName, ticket.requesterEmail].filter((part) => part !== null);
  return known.join(" ") || sentence("requester_unknown", locale);
}

/** What the request shows beside the payment's own facts. */
export interface AskContext {
  /** The customer's own words. */
  readonly customerText: readonly string[];
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
  /** Whether staff picked the payment instead of two facts agreeing. */
  readonly chosen: boolean;
  /** What was approved before and then failed, or waited for the account; null where nothing has. */
  readonly approvedMinor: number | null;
  /** A provider's notice opened the ticket: nobody has said that all of the payment is owed. */
  readonly isByNotice: boolean;
  /** Where a transfer by hand goes; null while nobody has said. */
  readonly account: KnownAccount | null;
}

export function proposalFor(
  ticket: Ticket,
  payment: Payment,
  action: Proposal["action"],
  {
    chosen,
    approvedMinor,
    account,
    isByNotice,
  }: Pick<AskContext, "chosen" | "approvedMinor" | "account" | "isByNotice">,
): Proposal {
  const left = refundableMinor(payment);
  const again = approvedMinor === null ? null : Math.min(approvedMinor, left);
  const wished = isByNotice ? null : proposedMinor(ticket, payment);
  return {
    kind: "proposal",
    action,
    provider: payment.provider,
    account: payment.account,
    livemode: payment.livemode,
    paymentId: payment.id,
    method: payment.method,
    currency: payment.currency,
    proposedMinor: action === "void" ? payment.amountMinor : (again ?? wished),
    refundableMinor: action === "void" ? payment.amountMinor : left,
    capturedMinor: payment.capturedMinor,
    refundedMinor: payment.refundedMinor,
    status: payment.status,
    disputed: payment.disputed,
    ...(action === "payout" && isGivenBackInScreen(payment) && { inScreen: true }),
    ...(account === null ? {} : { accountDigest: account.digest }),
    chosen,
    payee: payeeOf(payment, action),
  };
}

/** How an amount is answered: with the excess, where there is one and nothing is proposed. */
function exampleOf(payment: Payment, { proposedMinor: proposed, ...proposal }: Proposal): Money {
  const excess = proposed === null ? excessMinor(payment) : null;
  const amountMinor = excess ?? Math.ceil(proposal.refundableMinor / 2);
  return { amountMinor, currency: payment.currency };
}

/** Sends every approver the proposal; the ticket is awaiting_approval already. */
export async function askForApproval(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
  action: Proposal["action"],
  context: AskContext,
): Promise<void> {
  const { shop } = desk;
  const proposal = proposalFor(ticket, payment, action, context);
  const { round, occasion, ticket: asked, codes } = await openRound(tx, desk, ticket, proposal);
  const shared = sharedFacts(wishOf(asked), payment);
  const agreeing = sharedWords(shared, shop.locale) || sentence("nothing_shared", shop.locale);
  const facts = [
    ...factsOf(desk, asked, payment, shared),
    ...accountFacts(desk, context.account, payment),
  ];
  const amountMinor = proposal.proposedMinor;
  // The order that was paid: staff may have chosen another than the customer typed.
  const orders = payment.orderNumbers.length > 0 ? payment.orderNumbers : asked.orderNumbers;
  const example = exampleOf(payment, proposal);
  for (const [approver, code] of codes) {
    const variables: MailVariables["approval_request"] = {
      reference: ticketReference(asked.number),
      shopName: shop.name,
      code,
      approveLink: answerLink(desk, asked, code, shop.locale === "ja" ? "承認" : "OK"),
      rejectLink: answerLink(desk, asked, code, shop.locale === "ja" ? "却下" : "NG"),
      customerText: context.customerText,
      rawAnswer: rawAnswersOf([payment]),
      testMode: !payment.livemode,
      isVoid: action === "void",
      isPayout: action === "payout",
      amount: amountMinor === null ? "" : formatMoney({ amountMinor, currency: payment.currency }),
      hasProposal: amountMinor !== null,
      exampleFigure: bareFigure(example),
      exampleAmount: formatMoney(example),
      orderNumber: orders.join(", "),
      requester: requesterWords(asked, shop.locale),
      facts,
      strength: sentence(
        context.chosen ? "strength_chosen" : "strength_strong",
        shop.locale,
        agreeing,
      ),
      warnings: context.warnings,
      changes: context.changes,
      orderUrl: orderUrl(desk, orders),
      method: methodWords(payment.method, shop.locale),
      route: payoutRoute(proposal) ?? refundRoute(payment.method),
      customerEmail: payment.payerEmail ?? asked.requesterEmail ?? "",
      coolingMinutes: shop.coolingMs / 60_000,
      needsSecondApproval: needsSecondApproval(desk, amountMinor ?? proposal.refundableMinor),
      codeUntil: desk.calendar.localDate(desk.clock.now() + shop.expiresMs),
    };
    await queueMail(tx, desk, {
      name: "approval_request",
      ticket: asked,
      to: approver,
      occasion,
      round,
      inReplyTo: await firstRequest(tx, asked, approver, round),
      variables,
    });
  }
}

/** What their providers answered, where staff must see it for themselves. */
export function rawAnswersOf(payments: readonly Payment[]): string[] {
  return rawLinesOf(payments.map(({ provider, id, raw }) => ({ of: `${provider} ${id}`, raw })));
}

function candidateLine(
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
  number: number | null,
  code: string,
): CandidateLine {
  const locale: Locale = desk.shop.locale;
  const shared = sharedFacts(wishOf(ticket), payment);
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency: payment.currency });
  return {
    number,
    chooseLink: number === null ? "" : answerLink(desk, ticket, code, String(number)),
    orderNumbers: payment.orderNumbers.join(", "),
    amount: money(payment.amountMinor),
    left: money(refundableMinor(payment)),
    payer: [payment.payerName, payment.payerEmail].filter((part) => part !== null).join(" "),
    paidAt: desk.calendar.formatDateTime(payment.paidAt ?? payment.createdAt),
    status: [statusWords(payment, locale), ...systemWords(payment)].join(" · "),
    shared: sharedWords(shared, locale),
  };
}

function systemWords({ systems = [] }: Payment): string[] {
  return systems.map(({ system, state }) => `${system}: ${state}`);
}

/** Lists payments for staff to choose from; the ticket is unmatched already. */
export async function askToChoose(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  list: {
    readonly reason: CandidateReason;
    readonly candidates: readonly Payment[];
    readonly others: readonly Payment[];
    readonly customerText: readonly string[];
  },
): Promise<void> {
  const { shop } = desk;
  const question: CandidateList = {
    kind: "candidates",
    candidates: list.candidates.map(({ provider, id }) => ({ provider, paymentId: id })),
  };
  const { round, occasion, ticket: asked, codes } = await openRound(tx, desk, ticket, question);
  const testMode = [...list.candidates, ...list.others].some((payment) => !payment.livemode);
  for (const [approver, code] of codes) {
    await queueMail(tx, desk, {
      name: "candidates",
      ticket: asked,
      to: approver,
      occasion,
      round,
      inReplyTo: await firstRequest(tx, asked, approver, round),
      variables: {
        reference: ticketReference(asked.number),
        shopName: shop.name,
        code,
        rejectLink: answerLink(desk, asked, code, shop.locale === "ja" ? "却下" : "NG"),
        askLink: answerLink(desk, asked, code, "確認"),
        customerText: list.customerText,
        rawAnswer: rawAnswersOf(list.candidates),
        testMode,
        reason: candidateReasonWords(list.reason, shop.locale),
        orderNumber: asked.orderNumbers.join(", "),
        requester: requesterWords(asked, shop.locale),
        candidates: [
          ...list.candidates.map((payment, index) =>
            candidateLine(desk, asked, payment, index + 1, code),
          ),
          ...list.others.map((payment) => candidateLine(desk, asked, payment, null, code)),
        ],
        orderUrl: orderUrl(desk, asked.orderNumbers),
      },
    });
  }
}

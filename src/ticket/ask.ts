// The two questions approvers are asked: may this be paid, and which payment is meant.

import {
  type CandidateReason,
  isSenderOf,
  proposedMinor,
  type SharedFacts,
  sharedFacts,
} from "../domain/matching.ts";
import { bareFigure, formatMoney } from "../domain/money.ts";
import type { CandidateLine, Fact, Locale, MailVariables } from "../domain/outgoing-mail.ts";
import { givenBackMinor, type Payment, refundableMinor } from "../domain/payment.ts";
import { methodWords, refundRoute } from "../domain/payment-words.ts";
import { rawLinesOf } from "../domain/raw-lines.ts";
import {
  type CandidateList,
  type Proposal,
  type Ticket,
  ticketReference,
} from "../domain/ticket.ts";
import {
  candidateReasonWords,
  label,
  sentence,
  sharedWords,
  statusWords,
} from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import { payeeOf } from "./account.ts";
import { accountFacts, type KnownAccount } from "./bank-account.ts";
import type { Desk } from "./desk.ts";
import { queueMail } from "./queue-mail.ts";
import { answerLink, firstRequest, needsSecondApproval, openRound } from "./round.ts";

export function orderUrl(desk: Desk, orderNumbers: readonly string[]): string {
  const order = orderNumbers[0];
  if (desk.shop.orderUrl === null || order === undefined) return "";
  return desk.shop.orderUrl.replaceAll("{order}", encodeURIComponent(order));
}

export function requesterWords(ticket: Ticket): string {
  return [ticket.requesterName, ticket.requesterEmail].filter((part) => part !== null).join(" ");
}

/** What the request shows beside the payment's own facts. */
export interface AskContext {
  /** The customer's own words. */
  readonly customerText: readonly string[];
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
  /** Whether staff picked the payment instead of two facts agreeing. */
  readonly chosen: boolean;
  /** What was approved before and then failed; null where nothing has. */
  readonly failedMinor: number | null;
  /** Where a transfer by hand goes; null while nobody has said. */
  readonly account: KnownAccount | null;
}

/** Who sent a bank transfer; a name that is not in kana cannot be compared with it. */
function senderFact({ requesterName }: Ticket, payment: Payment, locale: Locale): Fact[] {
  if (payment.payerKana == null) return [];
  const mark = isSenderOf(requesterName, payment) ? "same" : "plain";
  const request = requesterName ?? "";
  return [{ label: label("payerKana", locale), payment: payment.payerKana, request, mark }];
}

function factsOf(desk: Desk, ticket: Ticket, payment: Payment, shared: SharedFacts): Fact[] {
  const { locale } = desk.shop;
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency: payment.currency });
  const compared = (request: string | null, same: boolean): Fact["mark"] =>
    request === null || request === "" ? "plain" : same ? "same" : "differs";
  const requested = ticket.requestedMinor === null ? "" : money(ticket.requestedMinor);
  const days = Math.floor((desk.clock.now() - (payment.paidAt ?? payment.createdAt)) / 86_400_000);
  const age = locale === "ja" ? `(${days}日前)` : `(${days} days ago)`;
  const source = payment.orderNumbersFrom === null ? "" : ` (${payment.orderNumbersFrom})`;
  const orders = ticket.orderNumbers.join(", ");
  const plain = (name: Parameters<typeof label>[0], value: string): Fact => ({
    label: label(name, locale),
    payment: value,
    request: "",
    mark: "plain",
  });
  return [
    {
      label: label("orderNumber", locale),
      payment: `${payment.orderNumbers.join(", ")}${source}`,
      request: orders,
      mark: compared(orders, shared.order),
    },
    {
      label: label("email", locale),
      payment: payment.payerEmail ?? "",
      request: ticket.requesterEmail ?? "",
      mark: compared(ticket.requesterEmail, shared.email),
    },
    {
      label: label("payer", locale),
      payment: payment.payerName ?? "",
      request: ticket.requesterName ?? "",
      mark: compared(payment.payerName === null ? null : ticket.requesterName, shared.name),
    },
    ...senderFact(ticket, payment, locale),
    {
      label: label("requested", locale),
      payment: money(payment.capturedMinor > 0 ? payment.capturedMinor : payment.amountMinor),
      request: requested,
      mark: compared(requested, shared.amount),
    },
    plain("refunded", money(givenBackMinor(payment))),
    plain("left", money(refundableMinor(payment))),
    plain("method", methodWords(payment.method, locale)),
    plain("paidAt", `${desk.calendar.formatDateTime(payment.paidAt ?? payment.createdAt)} ${age}`),
    plain("provider", `${payment.provider} ${payment.id}`),
    ...(payment.systems ?? []).map(
      ({ system, state }): Fact => ({ label: system, payment: state, request: "", mark: "plain" }),
    ),
  ];
}

export function proposalFor(
  ticket: Ticket,
  payment: Payment,
  action: Proposal["action"],
  { chosen, failedMinor, account }: Pick<AskContext, "chosen" | "failedMinor" | "account">,
): Proposal {
  const left = refundableMinor(payment);
  const again = failedMinor === null ? null : Math.min(failedMinor, left);
  return {
    kind: "proposal",
    action,
    provider: payment.provider,
    account: payment.account,
    livemode: payment.livemode,
    paymentId: payment.id,
    method: payment.method,
    currency: payment.currency,
    proposedMinor:
      action === "void" ? payment.amountMinor : (again ?? proposedMinor(ticket, payment)),
    refundableMinor: action === "void" ? payment.amountMinor : left,
    capturedMinor: payment.capturedMinor,
    refundedMinor: payment.refundedMinor,
    status: payment.status,
    disputed: payment.disputed,
    ...(account === null ? {} : { accountDigest: account.digest }),
    chosen,
    payee: payeeOf(payment, action),
  };
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
  const shared = sharedFacts(
    { ...asked, email: asked.requesterEmail, name: asked.requesterName },
    payment,
  );
  const agreeing = sharedWords(shared, shop.locale) || sentence("nothing_shared", shop.locale);
  const facts = [
    ...factsOf(desk, asked, payment, shared),
    ...accountFacts(desk, context.account, payment),
  ];
  const amountMinor = proposal.proposedMinor;
  // The order that was paid: staff may have chosen another than the customer typed.
  const orders = payment.orderNumbers.length > 0 ? payment.orderNumbers : asked.orderNumbers;
  const example = Math.ceil(proposal.refundableMinor / 2);
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
      exampleFigure: bareFigure({ amountMinor: example, currency: payment.currency }),
      exampleAmount: formatMoney({ amountMinor: example, currency: payment.currency }),
      orderNumber: orders.join(", "),
      requester: requesterWords(asked),
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
      route: action === "payout" ? "bank" : refundRoute(payment.method),
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
  const shared = sharedFacts(
    { ...ticket, email: ticket.requesterEmail, name: ticket.requesterName },
    payment,
  );
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
        requester: requesterWords(asked),
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

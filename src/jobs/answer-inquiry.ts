// A customer asks where the money is. Staff get the true state, read from the provider just now, and
// an answer they only have to send. Nothing is written to the customer from here.

import { AccessError, TransientError } from "../domain/errors.ts";
import { draftAnswer } from "../domain/inquiry-answer.ts";
import { formatMoney } from "../domain/money.ts";
import type { ProviderRefund } from "../domain/payment.ts";
import { refundRoute } from "../domain/payment-words.ts";
import { type Refund, type Ticket, ticketReference } from "../domain/ticket.ts";
import { customerWords, ticketStatusWords } from "../domain/wording.ts";
import type { PaymentProvider } from "../ports.ts";
import type { WriteTx } from "../store-port.ts";
import { accountAskedWords } from "../ticket/account.ts";
import type { Desk } from "../ticket/desk.ts";
import { lines } from "../ticket/intake.ts";
import { queueStaffMail } from "../ticket/queue-mail.ts";
import { settleRefund } from "../ticket/settle.ts";
import { isFlooded } from "../ticket/staff-mail.ts";
import { HENKIN, note } from "../ticket/transition.ts";
import { DONE, defineJob, type RunnableJob } from "./job.ts";

export interface InquiryDeps {
  readonly desk: Desk;
  readonly providers: ReadonlyMap<string, PaymentProvider>;
  readonly readWords: (raw: Uint8Array) => Promise<readonly string[]>;
}

interface Input {
  readonly ticket: Ticket;
  readonly refund: Refund | null;
  readonly raw: Uint8Array;
}

interface Looked {
  /** Null where there is no refund, or the provider cannot be asked now. */
  readonly live: ProviderRefund | null;
  readonly words: readonly string[];
}

export function answerInquiry(deps: InquiryDeps): RunnableJob {
  return defineJob<Input, Looked>({
    async read(tx, job) {
      const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
      const message = await tx.messages.find(job.payload["messagePk"] ?? "");
      if (ticket === undefined || message === undefined) return null;
      const refunds = await tx.refunds.listByTicket(ticket.id);
      return { ticket, refund: refunds.at(-1) ?? null, raw: message.raw };
    },
    async act({ refund, raw }, _job, signal) {
      return { live: await lookUp(deps, refund, signal), words: await deps.readWords(raw) };
    },
    async commit(tx, job, { ticket, refund }, { live, words }) {
      const isOpen = refund !== null && refund.state !== "failed" && refund.state !== "canceled";
      if (isOpen && live !== null) await settleRefund(tx, deps.desk, ticket, refund, live);
      const now = (await tx.tickets.find(ticket.id)) ?? ticket;
      const occasion = job.payload["messagePk"] ?? "";
      const writtenBy = job.payload["from"] ?? "";
      await tellInquiry(tx, deps.desk, now, { refund, live, words, occasion, writtenBy });
      return DONE;
    },
  });
}

/** Staff hear of the customer also while the provider is away. */
async function lookUp(
  deps: InquiryDeps,
  refund: Refund | null,
  signal: AbortSignal,
): Promise<ProviderRefund | null> {
  // Of a transfer by hand no provider knows.
  if (refund?.providerRefundId == null || refund.action === "payout") return null;
  try {
    const provider = deps.providers.get(refund.provider);
    return (await provider?.retrieveRefund(refund.providerRefundId, signal)) ?? null;
  } catch (error) {
    if (error instanceof TransientError || error instanceof AccessError) return null;
    throw error;
  }
}

async function tellInquiry(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  about: Looked & {
    readonly refund: Refund | null;
    readonly writtenBy: string;
    readonly occasion: string;
  },
): Promise<void> {
  if (await isFlooded(tx, desk, ticket)) {
    await note(tx, desk, ticket, "mail_withheld", HENKIN, {
      mail: "status_inquiry",
      reason: "flood",
    });
    return;
  }
  const { refund, live, words } = about;
  const { locale, name } = desk.shop;
  const payment =
    refund === null ? undefined : await tx.payments.find(refund.provider, refund.paymentId);
  const reference = ticketReference(ticket.number);
  const customer = customerWords(ticket.requesterName, locale);
  const customerEmail = ticket.payerEmail ?? ticket.requesterEmail ?? "";
  const draft = draftAnswer(
    {
      ticket,
      refund: refund && {
        status: live?.status ?? null,
        amount: formatMoney(refund),
        date: live === null ? "" : desk.calendar.localDate(live.createdAt),
        route: refundRoute(payment?.method ?? ""),
        traceReference: live?.traceReference ?? null,
      },
    },
    locale,
  );
  await queueStaffMail(tx, desk, {
    name: "status_inquiry",
    ticket,
    occasion: about.occasion,
    variables: {
      reference,
      shopName: name,
      customerText: lines(words.join("\n")),
      status: ticketStatusWords(ticket.status, locale),
      refund: refund?.providerRefundId ?? "",
      refundStatus: live?.rawStatus ?? "",
      isLive: live !== null,
      traceReference: live?.traceReference ?? "",
      accountAsked: accountAskedWords(desk, live),
      customer,
      customerEmail,
      draft,
      writtenBy: about.writtenBy,
      answerLink:
        customerEmail === "" || draft.length === 0
          ? ""
          : answerLink(customerEmail, `Re: [${reference}]`, [customer, "", ...draft, "", name]),
    },
  });
}

function answerLink(to: string, subject: string, body: readonly string[]): string {
  return `mailto:${encodeURIComponent(to)}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body.join("\r\n"))}`;
}

// The JSON of `henkin export`: plain words and ISO times, for the person it is about.

import type { Locale } from "../domain/outgoing-mail.ts";
import type { PersonalRecord } from "../ticket/person.ts";

const iso = (at: number) => new Date(at).toISOString();

const REMARK: Readonly<Record<Locale, string>> = {
  ja: "このアドレスの方が書いたもの、このアドレスに送ったもの、このアドレスのお支払いに関するものだけを含みます。ほかの方のデータと、担当者の内部メモは含みません。",
  en: "Only what was written from or sent to this address, and what this address paid. Data of others and internal notes of staff are left out.",
};

export function exportOf(address: string, at: number, record: PersonalRecord, locale: Locale) {
  return {
    address,
    at: iso(at),
    remark: REMARK[locale],
    tickets: record.tickets.map((one) => ticketJson(address, one)),
    messages: record.messages.map(({ at: receivedAt, from, subject, raw }) => {
      return { receivedAt: iso(receivedAt), from, subject, raw: textOf(raw) };
    }),
    mails: record.mails.map(({ at: sentAt, name, raw }) => {
      return { at: iso(sentAt), name, to: address, raw: raw === null ? null : textOf(raw) };
    }),
    payments: record.payments.map(({ createdAt, paidAt, ...payment }) => {
      return {
        ...payment,
        createdAt: iso(createdAt),
        paidAt: paidAt === null ? null : iso(paidAt),
      };
    }),
  };
}

type TicketRecord = PersonalRecord["tickets"][number];

function ticketJson(address: string, { ticket, standing, asks, paid, history }: TicketRecord) {
  const { number, openedAt, updatedAt } = ticket;
  return {
    number,
    openedAt: iso(openedAt),
    updatedAt: iso(updatedAt),
    ...(asks
      ? {
          ...{ name: ticket.requesterName, kana: ticket.requesterKana },
          ...{ email: ticket.requesterEmail },
          ...{ requestedMinor: ticket.requestedMinor, intent: ticket.intent },
        }
      : {}),
    ...(paid === null ? {} : paidJson(address, ticket, standing, paid)),
    history: history.map(({ at, type }) => ({ at: iso(at), type })),
  };
}

function paidJson(
  address: string,
  { status, resolution, provider, paymentId }: TicketRecord["ticket"],
  standing: TicketRecord["standing"],
  { orderNumbers, refunds, approvals, account }: NonNullable<TicketRecord["paid"]>,
) {
  return {
    ...{ status, resolution, orderNumbers, payerEmail: address, provider, paymentId },
    keptUntil: standing.kind === "books" ? iso(standing.until) : null,
    bankAccount: account,
    refunds: refunds.map((refund) => ({
      ...{ id: refund.id, action: refund.action, state: refund.state },
      ...{ provider: refund.provider, providerRefundId: refund.providerRefundId },
      ...{ amountMinor: refund.amountMinor, currency: refund.currency, reason: refund.reason },
      at: iso(refund.keyStoredAt),
    })),
    approvals: approvals.map((approval) => ({
      ...{ at: iso(approval.at), amountMinor: approval.amountMinor, reason: approval.reason },
      customerNote: approval.customerNote,
    })),
  };
}

/** Mails in old charsets are no UTF-8: each byte is then one sign (latin1). */
function textOf(raw: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(raw);
  } catch {
    return Buffer.from(raw).toString("latin1");
  }
}

// The JSON of `henkin export`: plain words and ISO times, for the person it is about.

import type { PersonalRecord } from "../ticket/person.ts";

const iso = (at: number) => new Date(at).toISOString();

export function exportOf(address: string, at: number, record: PersonalRecord) {
  return {
    address,
    at: iso(at),
    tickets: record.tickets.map(ticketJson),
    messages: record.messages.map(({ at: receivedAt, from, subject, raw }) => {
      return { receivedAt: iso(receivedAt), from, subject, raw: textOf(raw) };
    }),
    mails: record.mails.map(({ at: sentAt, name, isTheirs, raw }) => {
      const to = isTheirs ? address : "the shop's staff";
      return { at: iso(sentAt), name, to, raw: raw === null ? null : textOf(raw) };
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

function ticketJson({
  ticket,
  standing,
  refunds,
  approvals,
  account,
  history,
}: PersonalRecord["tickets"][number]) {
  return {
    number: ticket.number,
    status: ticket.status,
    resolution: ticket.resolution,
    orderNumbers: ticket.orderNumbers,
    name: ticket.requesterName,
    kana: ticket.requesterKana,
    email: ticket.requesterEmail,
    payerEmail: ticket.payerEmail,
    requestedMinor: ticket.requestedMinor,
    intent: ticket.intent,
    provider: ticket.provider,
    paymentId: ticket.paymentId,
    openedAt: iso(ticket.openedAt),
    updatedAt: iso(ticket.updatedAt),
    keptUntil: standing.kind === "books" ? iso(standing.until) : null,
    bankAccount: account,
    refunds: refunds.map((refund) => ({
      ...{ id: refund.id, action: refund.action, state: refund.state },
      ...{ provider: refund.provider, providerRefundId: refund.providerRefundId },
      ...{ amountMinor: refund.amountMinor, currency: refund.currency, reason: refund.reason },
      ...{ instructionsEmail: refund.instructionsEmail, at: iso(refund.keyStoredAt) },
    })),
    approvals: approvals.map((approval) => ({
      ...{ at: iso(approval.at), amountMinor: approval.amountMinor, reason: approval.reason },
      ...{ reasonText: approval.reasonText, note: approval.note },
      customerNote: approval.customerNote,
    })),
    history: history.map(({ at, type }) => ({ at: iso(at), type })),
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

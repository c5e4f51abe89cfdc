// What happened to a ticket, in words: a sentence for every type of event that is recorded about one.
// The actor stands before it. Only the trail itself (--json) has every detail.

import type { TicketEvent } from "../domain/lifecycle.ts";
import { formatMoney } from "../domain/money.ts";
import type { AuditEvent } from "../domain/ticket.ts";

/** The recorded data, read without trust: an older version may have recorded less. */
interface Told {
  /** "" where there is none. */
  text(name: string): string;
  /** As text, with words in place of a code's underscores. */
  plain(name: string): string;
  /** " (…)", or "" where there is nothing to say. */
  aside(name: string): string;
  money(name?: string): string;
  day(name: string): string;
}

type Sentence = string | ((told: Told) => string);

const STATUS_CHANGES: Readonly<Record<TicketEvent, Sentence>> = {
  payment_matched: ({ text }) => `found the payment ${text("paymentId")} (${text("provider")})`,
  payment_unmatched: ({ text, plain }) => {
    if (text("reason") === "none") return "found no payment";
    if (text("reason") === "deposit_unknown") return "cannot know how much was received";
    return `is not sure of the payment: ${plain("reason")}`;
  },
  details_received: "took new facts from the customer's mail and looks again",
  candidate_chosen: "goes on with what was chosen or stated",
  approval_granted: ({ money }) => `completed the approval of ${money()}`,
  approval_denied: "declined the request",
  approval_stopped: "stopped the approved refund before it was made",
  proposal_changed: "found that the payment has changed; the approvers are asked anew",
  approval_requested: "had the approvers asked once more, after the failed refund",
  manual_refund_requested: "asked staff to give the money back by hand",
  refund_pending: ({ text, money, aside }) =>
    `${text("provider")} has taken the refund of ${money()}${aside("providerRefundId")}; it is under way`,
  refund_requires_action: ({ text, money, aside, day }) => {
    const until = day("accountUntil");
    const limit = until === "" ? "" : ` until ${until}`;
    return `${text("provider")} waits for the customer's bank details${limit}: refund of ${money()}${aside("providerRefundId")}`;
  },
  refund_succeeded: ({ text, money, aside }) =>
    text("status") === ""
      ? `${money()} was given back by hand${aside("reference")}`
      : `${text("provider")} says the refund of ${money()} succeeded${aside("providerRefundId")}`,
  refund_failed: ({ text, plain, aside }) => {
    if (text("code") === "ended_by_person")
      return "ended the stopped refund; nothing was paid by it";
    if (text("code") !== "") return `the refund was refused: ${plain("code")}`;
    if (text("status") === "") return "the transfer by hand was called off";
    return `${text("provider")} says the refund is ${plain("status")}${aside("providerRefundId")}`;
  },
  payment_voided: ({ text }) => `cancelled the payment ${text("paymentId")}; nothing is charged`,
  dry_run_ended: "ended here, because DRY_RUN is set; nothing is paid",
  ticket_closed: "closed the ticket",
};

const DECISIONS: Readonly<Record<string, Sentence>> = {
  approved: ({ money }) => `approved ${money()}`,
  approved_first: ({ money }) => `approved ${money()}; one more approver is needed`,
  approval_withdrawn: "took the approval back",
  rejected: ({ plain, aside }) => `declined${plain("reason") === "" ? "" : aside("reason")}`,
  held: ({ day }) => `put it off until ${day("until")}`,
  return_asked: ({ day }) => `waits for the goods until ${day("until")}; the customer was asked`,
  chosen: ({ text }) => `chose candidate ${text("choice")}: ${text("paymentId")}`,
  customer_asked: "had the customer asked for the order number",
  received: ({ money }) => `said that ${money()} was received`,
  stopped: "stopped the approved refund",
  payout_done: ({ aside }) => `gave the money back by hand${aside("reference")}`,
  payout_declined: "called the transfer by hand off",
};

const ENDS: Readonly<Record<string, string>> = {
  ask: "the approvers are asked anew",
  reject: "the request is declined",
  stop: "the request ends",
};

const NOTES: Readonly<Record<string, Sentence>> = {
  ticket_opened: "opened the ticket",
  opened_by_staff: "opened the ticket by mail",
  message_received: ({ plain, aside }) => `read a mail as ${plain("kind")}${aside("reason")}`,
  request_joined: "joined another mail about the same order to this ticket",
  customer_replied: ({ text }) =>
    `the customer answered${text("trusted") === "false" ? " (it is not proven who wrote)" : ""}`,
  answer_received: ({ aside }) => `answered${aside("sender")}`,
  approval_asked: ({ text, money }) => {
    const round = `(round ${text("round")})`;
    if (text("kind") === "candidates") {
      return `asked the approvers which of ${text("candidates")} payments it is ${round}`;
    }
    if (text("kind") === "deposit") return `asked the approvers how much was received ${round}`;
    const what = { void: "to cancel the payment of", payout: "to transfer back by hand" };
    const action = what[text("action") as keyof typeof what] ?? "to refund";
    const amount = money("proposedMinor") || "a part, without a figure";
    return `asked the approvers ${action} ${amount} ${round}`;
  },
  answer_before_restore: ({ plain }) =>
    `said “${plain("decision")}” before the database was restored; it does not count`,
  decision: (told) => {
    const words = DECISIONS[told.text("decision")];
    return words === undefined ? `decided: ${told.plain("decision")}` : inWords(words, told);
  },
  ignored: ({ plain }) => `took no notice of “${plain("event")}”: it came too late`,
  ticket_ended: ({ plain }) => `the ticket ended: ${plain("resolution")}`,
  refund_planned: ({ text, money }) => {
    if (text("action") === "payout") return `planned the transfer of ${money()} by hand`;
    const what = text("action") === "void" ? "the void" : "the refund";
    return `stored the key of ${what} of ${money()}, before ${text("provider")} is called`;
  },
  refund_outcome_unknown: ({ aside }) =>
    `does not know what became of the call${aside("code")}; looks before it repeats the same call`,
  refund_needs_person: ({ plain }) => `left the refund to a person: ${plain("reason")}`,
  refund_repeat_ordered: "ordered the same call once more, if the refund is absent",
  refund_end_ordered: ({ text }) =>
    `ended the stopped refund: once it is certain that it was not made, ${ENDS[text("follow")] ?? text("follow")}`,
  refund_waits: ({ plain }) => `lets the approved refund wait: ${plain("reason")}`,
  refund_status_unknown: ({ text }) => `met an unknown status of the refund: ${text("status")}`,
  refund_follow_ended: "watched the refund for as long as it can still fail",
  refund_adopted: ({ text, money, aside }) =>
    `found a refund of ${money()} that was made at ${text("provider")} without henkin${aside("providerRefundId")}`,
  refund_mismatch: ({ text, plain }) =>
    `found a difference to ${text("provider")}: ${plain("kind")}`,
  refund_mismatch_cleared: ({ text, plain }) =>
    `found no difference to ${text("provider")} any more: ${plain("kind")}`,
  mail_queued: ({ plain }) => `wrote the mail “${plain("mail")}”`,
  mail_sent: ({ plain }) => `sent the mail “${plain("mail")}”`,
  mail_found_sent: ({ plain }) => `found the mail “${plain("mail")}” among those sent`,
  mail_dropped: ({ plain }) => `did not send the mail “${plain("mail")}”: it was out of date`,
  mail_refused: ({ plain, aside }) => `could not send the mail “${plain("mail")}”${aside("code")}`,
  mail_uncertain: ({ plain }) => `does not know whether the mail “${plain("mail")}” has left`,
  mail_bounced: ({ plain, aside }) => `the mail “${plain("mail")}” came back${aside("status")}`,
  mail_withheld: ({ plain }) => `withheld the mail “${plain("mail")}”: ${plain("reason")}`,
  staff_told: ({ plain }) => `told staff: ${plain("reason")}`,
  account_asked: "asked the customer for the bank account",
  account_known_to_staff: "goes on without the customer's bank account: staff know it",
  account_received: "the customer gave the bank account",
  account_repeated: "the customer gave the same bank account again",
  account_unclear: "could not read the customer's bank account, and asked again",
  account_refused: ({ aside }) =>
    `took no bank account from a mail whose sender is not proven${aside("reason")}`,
  account_late: "took no bank account: it came too late",
  account_wiped: "wiped the customer's bank account",
  transfer_reported: ({ aside }) =>
    `reported a transfer that was not asked for at that time${aside("reference")}`,
  folder_mail_ignored: ({ plain }) =>
    `moved a mail into the folder to ${plain("verdict")} that asks for nothing`,
};

const SENTENCES: Readonly<Record<string, Sentence>> = { ...STATUS_CHANGES, ...NOTES };

/** A code with blanks for its underscores; the name of a setting stays as it is. */
export function plainCode(code: string): string {
  return code.replace(/(?<=[a-z])_(?=[a-z])/g, " ");
}

export function isWorded(type: string): boolean {
  return Object.hasOwn(SENTENCES, type);
}

/** What the actor did, or what happened. */
export function happened(
  { type, data }: Pick<AuditEvent, "type" | "data">,
  dayOf: (at: number) => string,
): string {
  const sentence = isWorded(type) ? SENTENCES[type] : undefined;
  const told = read(data, dayOf);
  const words = sentence === undefined ? plainCode(type) : inWords(sentence, told);
  const [from, to] = [told.text("from"), told.text("to")];
  return to === "" || from === to ? words : `${words} → ${to}`;
}

function inWords(sentence: Sentence, told: Told): string {
  return typeof sentence === "string" ? sentence : sentence(told);
}

function read(data: AuditEvent["data"], dayOf: (at: number) => string): Told {
  const text = (name: string) => {
    const value = data[name];
    return ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";
  };
  const plain = (name: string) => plainCode(text(name));
  return {
    text,
    plain,
    aside: (name) => (text(name) === "" ? "" : ` (${text(name)})`),
    money(name = "amountMinor") {
      const amountMinor = data[name];
      if (typeof amountMinor !== "number") return "";
      return formatMoney({ amountMinor, currency: text("currency") || "JPY" });
    },
    day(name) {
      const at = data[name];
      return typeof at === "number" ? dayOf(at) : "";
    },
  };
}

/** "kenji at the command line" */
export function actorWords(actor: string): string {
  if (actor.startsWith("cli:")) return `${actor.slice("cli:".length)} at the command line`;
  if (actor.startsWith("imap-folder:")) return `${actor.slice("imap-folder:".length)} by folder`;
  return actor;
}

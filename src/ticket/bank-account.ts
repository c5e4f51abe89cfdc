// The bank account of a customer to whom staff transfer money: asked from the address on the payment, taken
// from an authenticated answer of that address alone (rule 6), shown to the approvers before anything is
// paid, and forgotten once the transfer is reported.

import { checkApprover } from "../domain/approval/approver.ts";
import type { DkimSignature } from "../domain/approval/dkim.ts";
import { type AccountReading, type BankAccount, maskedNumber } from "../domain/bank-account.ts";
import { isOpen } from "../domain/lifecycle.ts";
import type { MailMessage } from "../domain/mail-message.ts";
import { formatMoney } from "../domain/money.ts";
import type { MailVariables } from "../domain/outgoing-mail.ts";
import { isGivenBackInScreen, type Payment } from "../domain/payment.ts";
import { fieldWords } from "../domain/payout-words.ts";
import type { Proposal, Ticket } from "../domain/ticket.ts";
import type { OutgoingMail, ReadTx, StoredAccount, WriteTx } from "../store-port.ts";
import { writeToCustomer } from "./customer-mail.ts";
import { approverRules, type Desk } from "./desk.ts";
import { findPlanned } from "./round.ts";
import { tellStaff } from "./staff-mail.ts";
import { HENKIN, note } from "./transition.ts";
import { isUnasked } from "./unasked.ts";

/** Days after the first mail. */
const ACCOUNT_REMINDER_DAYS = [3, 10, 30] as const;
/** After the last of them staff are reminded instead. */
const SILENT_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Who bears no address cannot be asked by us. */
export function needsAccount(payment: Payment): boolean {
  const isTransfer = payment.byHand === true && !isGivenBackInScreen(payment);
  return isTransfer && payment.payerEmail !== null;
}

export interface KnownAccount {
  readonly account: BankAccount;
  readonly digest: string;
}

/** Which payment, and who paid it: another's account is none. */
type Paid = Pick<Payment, "provider" | "id" | "payerEmail">;

export async function findAccount(
  tx: ReadTx,
  { vault }: Desk,
  ticket: Pick<Ticket, "id">,
  payment: Paid,
): Promise<KnownAccount | null> {
  const stored = await tx.bankAccounts.find(ticket.id);
  if (stored === undefined || !isOf(stored, payment)) return null;
  const text = vault.open(stored.sealed, sealedFor(ticket, stored));
  return text === null ? null : { account: JSON.parse(text) as BankAccount, digest: stored.digest };
}

/** A row that is given to another payer or payment cannot be opened. */
function sealedFor(
  ticket: Pick<Ticket, "id">,
  { provider, paymentId, payer }: Pick<StoredAccount, "provider" | "paymentId" | "payer">,
): string {
  return [ticket.id, provider, paymentId, payer].join("/");
}

function isOf({ provider, paymentId, payer }: StoredAccount, payment: Paid): boolean {
  return provider === payment.provider && paymentId === payment.id && payer === payment.payerEmail;
}

/** Events of mails that may hold an account, also of who is not the payer. */
const ACCOUNT_GIVEN = [
  ...["account_received", "account_repeated", "account_unclear", "account_late"],
  "account_refused",
];

const KNOWN_TO_STAFF = "account_known_to_staff";
const ASKED = "account_asked";

/** Of the ticket's present payment and payer alone: no address stands in the audit trail. */
function aboutPayer({ signer }: Desk, ticketId: string, { provider, id, payerEmail }: Paid) {
  return { payer: signer.derive("payer", ticketId, provider, id, payerEmail ?? "").slice(0, 16) };
}

async function isNoted(
  tx: ReadTx,
  desk: Desk,
  ticketId: string,
  noted: string,
  payment: Paid,
): Promise<boolean> {
  const { payer } = aboutPayer(desk, ticketId, payment);
  const events = await tx.events.listByTicket(ticketId);
  return events.some(({ type, data }) => type === noted && data["payer"] === payer);
}

/** The operator answers for the account, which henkin does not know. */
export async function leaveAccountToStaff(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  by: string,
): Promise<void> {
  await note(tx, desk, ticket, KNOWN_TO_STAFF, by, aboutPayer(desk, ticket.id, paidOf(ticket)));
  await tx.jobs.hasten("prepare_refund", desk.clock.now());
}

function paidOf({ provider, paymentId, payerEmail }: Ticket): Paid {
  return { provider: provider ?? "", id: paymentId ?? "", payerEmail };
}

/** Whether the account came, or staff know it. Else the customer is asked, once, and reminded. */
export async function hasAccount(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  { accountDigest }: Proposal,
): Promise<boolean> {
  const paid = paidOf(ticket);
  const isKnown = () => isNoted(tx, desk, ticket.id, KNOWN_TO_STAFF, paid);
  if (accountDigest !== undefined || (await isKnown())) return true;
  if (await isNoted(tx, desk, ticket.id, ASKED, paid)) return false;
  const about = aboutPayer(desk, ticket.id, paid);
  await askForAccount(tx, desk, ticket, about.payer, { isReminder: false, unclear: [] });
  await note(tx, desk, ticket, ASKED, HENKIN, about);
  await armReminder(tx, desk, ticket, 0);
  return false;
}

async function askForAccount(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  occasion: string,
  how: Pick<MailVariables["account_request"], "isReminder" | "unclear">,
): Promise<void> {
  const planned = await findPlanned(tx, ticket);
  await writeToCustomer(tx, desk, ticket, "account_request", occasion, {
    ...how,
    amount: planned === null ? "" : formatMoney(planned),
    isUnasked: await isUnasked(tx, ticket),
  });
}

async function armReminder(tx: WriteTx, desk: Desk, ticket: Ticket, index: number): Promise<void> {
  const [day, before = 0] = [ACCOUNT_REMINDER_DAYS[index], ACCOUNT_REMINDER_DAYS[index - 1]];
  const { payer } = aboutPayer(desk, ticket.id, paidOf(ticket));
  await tx.jobs.add({
    id: `remind_bank_account/${ticket.id}/${payer}/${index}`,
    kind: "remind_bank_account",
    lane: "local",
    ticketId: ticket.id,
    payload: { index: String(index), payer },
    dueAt: desk.clock.now() + (day === undefined ? SILENT_DAYS : day - before) * DAY_MS,
  });
}

/** Looks every day whether the ticket has ended, so that the account goes with it. */
async function watchEnd(tx: WriteTx, desk: Desk, ticket: Ticket, digest: string): Promise<void> {
  const { payer } = aboutPayer(desk, ticket.id, paidOf(ticket));
  await tx.jobs.add({
    id: `remind_bank_account/${ticket.id}/${digest.slice(0, 16)}`,
    kind: "remind_bank_account",
    lane: "local",
    ticketId: ticket.id,
    payload: { index: String(ACCOUNT_REMINDER_DAYS.length), payer },
    dueAt: desk.calendar.afterBusinessDays(desk.clock.now(), 1),
  });
}

/**
 * Reminds who has not given his account; after the last reminder staff hear of it, and again and again.
 * However the ticket ends, the account is gone the day after.
 *
 * @returns false while there is nothing to remind of, so that it is to be looked at again
 */
export async function remindBankAccount(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  { index, payer }: { readonly index: number; readonly payer: string },
): Promise<boolean> {
  const paid = paidOf(ticket);
  if (!isOpen(ticket.status)) {
    await wipeAccount(tx, desk, ticket);
    return true;
  }
  if (aboutPayer(desk, ticket.id, paid).payer !== payer) return false;
  const isKnown =
    (await findAccount(tx, desk, ticket, paid)) !== null ||
    (await isNoted(tx, desk, ticket.id, KNOWN_TO_STAFF, paid));
  if (isKnown || ticket.status !== "approved") return false;
  const day = ACCOUNT_REMINDER_DAYS[index];
  if (day !== undefined) {
    const how = { isReminder: true, unclear: [] };
    await askForAccount(tx, desk, ticket, `${payer}/day/${day}`, how);
  }
  if (index + 1 >= ACCOUNT_REMINDER_DAYS.length) {
    const values = [String(ticket.number)];
    await tellStaff(tx, desk, ticket, `account-silent/${index}`, "account_silent", values);
  }
  await armReminder(tx, desk, ticket, index + 1);
  return true;
}

interface AccountMail {
  readonly pk: string;
  readonly message: MailMessage;
  readonly signatures: readonly DkimSignature[];
  readonly account: AccountReading;
}

const CLARIFICATIONS_MAX = 2;

/**
 * Takes the account out of a customer's answer.
 *
 * @param answered the mail of ours that it answers
 * @returns false where this ticket asks for none, so that the answer is about something else
 */
export async function takeAccount(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  answered: OutgoingMail | undefined,
  { pk, message, signatures, account }: AccountMail,
): Promise<boolean> {
  const mails = await tx.mails.listByTicket(ticket.id);
  const payer = ticket.payerEmail;
  if (payer === null || !mails.some(({ name }) => name === "account_request")) return false;
  const rules = { ...approverRules(desk.shop), mode: "authenticated" as const };
  const sender = checkApprover(message, { ...rules, approvers: [payer], signatures });
  if (!sender.ok || answered?.to !== payer) {
    const from = sender.address ?? "";
    await note(tx, desk, ticket, "account_refused", HENKIN, { message: pk, reason: sender.reason });
    const values = [from, String(ticket.number)];
    await tellStaff(tx, desk, ticket, `account/${pk}`, "account_unverified", values);
    return true;
  }
  if (ticket.status !== "approved" && ticket.status !== "awaiting_approval") {
    await note(tx, desk, ticket, "account_late", HENKIN, { message: pk });
    await tellStaff(tx, desk, ticket, `account/${pk}`, "account_late", [String(ticket.number)]);
    return true;
  }
  if ("unclear" in account) {
    await note(tx, desk, ticket, "account_unclear", HENKIN, { message: pk });
    await askForClear(tx, desk, ticket, account.unclear, mails);
  } else await keepAccount(tx, desk, ticket, payer, { account: account.account, pk });
  return true;
}

async function askForClear(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  fields: readonly (keyof BankAccount)[],
  mails: readonly OutgoingMail[],
): Promise<void> {
  const asked = mails.filter(
    ({ variables }) => "unclear" in variables && variables.unclear.length > 0,
  );
  if (asked.length >= CLARIFICATIONS_MAX) {
    const occasion = `account-unclear/${asked.length}`;
    await tellStaff(tx, desk, ticket, occasion, "account_unclear", [String(ticket.number)]);
    return;
  }
  const unclear = fields.map((field) => fieldWords(field, desk.shop.locale));
  const occasion = `unclear/${asked.length + 1}`;
  await askForAccount(tx, desk, ticket, occasion, { isReminder: false, unclear });
}

async function keepAccount(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payer: string,
  { account, pk: messagePk }: { readonly account: BankAccount; readonly pk: string },
): Promise<void> {
  const text = JSON.stringify(account);
  const paid = { ...paidOf(ticket), payerEmail: payer };
  const about = [paid.provider, paid.id, payer];
  const digest = desk.signer.derive("bank-account", ticket.id, ...about, text);
  const before = await tx.bankAccounts.find(ticket.id);
  if (before?.digest === digest) {
    await note(tx, desk, ticket, "account_repeated", HENKIN, { message: messagePk });
    return;
  }
  const whose = { provider: paid.provider, paymentId: paid.id, payer };
  const stored = {
    ...whose,
    ...{ sealed: desk.vault.seal(text, sealedFor(ticket, whose)), digest, messagePk },
  };
  await tx.bankAccounts.save(ticket.id, stored, desk.clock.now());
  await note(tx, desk, ticket, "account_received", HENKIN, { message: messagePk, digest });
  await watchEnd(tx, desk, ticket, digest);
  // Whoever answers in another's name would otherwise stay unseen by him.
  await writeToCustomer(tx, desk, ticket, "account_received", digest, {
    bank: `${account.bank} ${account.branch} ${account.kind} ${maskedNumber(account)}`,
    holder: account.holder,
    isChanged: before !== undefined && isOf(before, paid),
  });
  if (ticket.status === "approved") {
    await tx.jobs.hasten("prepare_refund", desk.clock.now());
    return;
  }
  // What was asked of the approvers names another account.
  await tx.jobs.add({
    id: `match_payment/${ticket.id}/account/${digest.slice(0, 16)}`,
    kind: "match_payment",
    lane: "matching",
    ticketId: ticket.id,
    payload: {
      ...{ again: "1", account: "1" },
      ...{ provider: ticket.provider ?? "", paymentId: ticket.paymentId ?? "" },
    },
    dueAt: desk.clock.now(),
  });
}

/** The transfer is reported: nobody needs the account any more. */
export async function wipeAccount(tx: WriteTx, desk: Desk, ticket: Ticket): Promise<void> {
  const given = await listAccountMails(tx, ticket);
  if (given.length === 0) return;
  await tx.bankAccounts.remove(ticket.id);
  for (const pk of given) await tx.messages.blank(pk);
  const tasks = (await tx.mails.listByTicket(ticket.id)).filter(
    ({ name, round }) => name === "staff_task" && round !== null,
  );
  // Also what has not left: its transfer is over, so that it never will.
  for (const { id } of tasks) await tx.mails.blank(id);
  await note(tx, desk, ticket, "account_wiped", HENKIN, {});
}

/** Every mail in which the payer wrote of an account, also where another one was used in the end. */
async function listAccountMails(tx: ReadTx, ticket: Ticket): Promise<string[]> {
  const events = await tx.events.listByTicket(ticket.id);
  return events
    .filter(({ type }) => ACCOUNT_GIVEN.includes(type))
    .map(({ data }) => `${data["message"]}`);
}

// The bank account of a customer to whom staff transfer money: asked from the address on the payment, taken
// from an authenticated answer of that address alone (rule 6), shown to the approvers before anything is
// paid, and forgotten once the transfer is reported.

import { checkApprover } from "../domain/approval/approver.ts";
import type { DkimSignature } from "../domain/approval/dkim.ts";
import {
  type AccountReading,
  type BankAccount,
  compareHolder,
  maskedNumber,
} from "../domain/bank-account.ts";
import type { MailMessage } from "../domain/mail-message.ts";
import { formatMoney } from "../domain/money.ts";
import type { Fact, MailVariables } from "../domain/outgoing-mail.ts";
import type { Payment } from "../domain/payment.ts";
import { fieldWords } from "../domain/payout-words.ts";
import type { Proposal, Ticket } from "../domain/ticket.ts";
import { label, sentence } from "../domain/wording.ts";
import type { OutgoingMail, ReadTx, WriteTx } from "../store-port.ts";
import { writeToCustomer } from "./customer-mail.ts";
import { approverRules, type Desk } from "./desk.ts";
import { findPlanned } from "./round.ts";
import { tellStaff } from "./staff-mail.ts";
import { HENKIN, note } from "./transition.ts";
import { isUnasked } from "./unasked.ts";

/** Days after the first mail. */
export const ACCOUNT_REMINDER_DAYS = [3, 10, 30] as const;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Who bears no address cannot be asked by us. */
export function needsAccount({ byHand, payerEmail }: Payment): boolean {
  return byHand === true && payerEmail !== null;
}

export interface KnownAccount {
  readonly account: BankAccount;
  readonly digest: string;
}

export async function findAccount(
  tx: ReadTx,
  { vault }: Desk,
  ticket: Pick<Ticket, "id">,
): Promise<KnownAccount | null> {
  const stored = await tx.bankAccounts.find(ticket.id);
  const text = stored === undefined ? null : vault.open(stored.sealed, ticket.id);
  if (stored === undefined || text === null) return null;
  return { account: JSON.parse(text) as BankAccount, digest: stored.digest };
}

/** Events of mails that may hold an account of the payer's. */
const ACCOUNT_GIVEN = ["account_received", "account_repeated", "account_unclear", "account_late"];

const KNOWN_TO_STAFF = "account_known_to_staff";

/** Staff have asked for the account themselves, and henkin does not know it. */
export async function isKnownToStaff(tx: ReadTx, ticket: Pick<Ticket, "id">): Promise<boolean> {
  const events = await tx.events.listByTicket(ticket.id);
  return events.some(({ type }) => type === KNOWN_TO_STAFF);
}

export async function leaveAccountToStaff(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  by: string,
): Promise<void> {
  await note(tx, desk, ticket, KNOWN_TO_STAFF, by, {});
  await tx.jobs.hasten("prepare_refund", desk.clock.now());
}

/** Whether the account came, or staff know it. Else the customer is asked, once, and reminded. */
export async function hasAccount(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  { accountDigest }: Proposal,
): Promise<boolean> {
  if (accountDigest !== undefined || (await isKnownToStaff(tx, ticket))) return true;
  const mails = await tx.mails.listByTicket(ticket.id);
  if (!mails.some(({ name }) => name === "account_request")) {
    await askForAccount(tx, desk, ticket, "first", { isReminder: false, unclear: [] });
    await note(tx, desk, ticket, "account_asked", HENKIN, {});
    await armReminder(tx, desk, ticket, 0);
  }
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
  if (day === undefined) return;
  await tx.jobs.add({
    id: `remind_bank_account/${ticket.id}/${day}`,
    kind: "remind_bank_account",
    lane: "local",
    ticketId: ticket.id,
    payload: { index: String(index) },
    dueAt: desk.clock.now() + (day - before) * DAY_MS,
  });
}

/** The customer has not given his account; after the last reminder staff hear of it. */
export async function remindAccount(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  index: number,
): Promise<void> {
  if (ticket.status !== "approved" || (await tx.bankAccounts.find(ticket.id)) !== undefined) return;
  if (await isKnownToStaff(tx, ticket)) return;
  const day = ACCOUNT_REMINDER_DAYS[index];
  await askForAccount(tx, desk, ticket, `day/${day}`, { isReminder: true, unclear: [] });
  await armReminder(tx, desk, ticket, index + 1);
  if (index + 1 === ACCOUNT_REMINDER_DAYS.length) {
    await tellStaff(tx, desk, ticket, "account-silent", "account_silent", [String(ticket.number)]);
  }
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
  } else await keepAccount(tx, desk, ticket, account.account, pk);
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
  account: BankAccount,
  messagePk: string,
): Promise<void> {
  const text = JSON.stringify(account);
  const digest = desk.signer.derive("bank-account", ticket.id, text);
  const before = await tx.bankAccounts.find(ticket.id);
  if (before?.digest === digest) {
    await note(tx, desk, ticket, "account_repeated", HENKIN, { message: messagePk });
    return;
  }
  const sealed = desk.vault.seal(text, ticket.id);
  await tx.bankAccounts.save(ticket.id, { sealed, digest, messagePk }, desk.clock.now());
  await note(tx, desk, ticket, "account_received", HENKIN, { message: messagePk, digest });
  // Whoever answers in another's name would otherwise stay unseen by him.
  await writeToCustomer(tx, desk, ticket, "account_received", digest, {
    bank: `${account.bank} ${account.branch} ${account.kind} ${maskedNumber(account)}`,
    holder: account.holder,
    isChanged: before !== undefined,
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

/** What approvers see of the account: enough to compare it, too little to misuse a forwarded mail. */
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

/** The transfer is reported: nobody needs the account any more. */
export async function wipeAccount(tx: WriteTx, desk: Desk, ticket: Ticket): Promise<void> {
  const stored = await tx.bankAccounts.find(ticket.id);
  if (stored === undefined) return;
  await tx.bankAccounts.remove(ticket.id);
  for (const pk of await listAccountMails(tx, ticket)) await tx.messages.blank(pk);
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

// Erases personal data that nobody needs any more, by both clocks of retention.ts. In small steps: each
// is a transaction of its own, and one that is broken off is taken up by the next run.

import { namesPerson } from "../domain/names-person.ts";
import { deadlinesAt, type KeptTicket, standingOf } from "../domain/retention.ts";
import { ticketReference } from "../domain/ticket.ts";
import type { LooseMail, OldPayment, OldRow, PersonOf, WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";
import { erasedAddress } from "./queue-mail.ts";
import { note } from "./transition.ts";

export interface Erased {
  readonly tickets: number;
  readonly messages: number;
  readonly mails: number;
  readonly payments: number;
}

/** One transaction; a dry run gives them all in one that comes to nothing. */
export type Step = <Result>(work: (tx: WriteTx) => Promise<Result>) => Promise<Result>;

/** What needs no network and no mail: `Desk` has more. */
export type Keeper = Pick<Desk, "shop" | "clock" | "signer">;

const ROWS_AT_ONCE = 100;

/** Older versions left mails in clear. */
export async function sealOlder(step: Step): Promise<void> {
  while (await step((tx) => tx.personal.sealSome()));
}

export async function purgeOld(desk: Keeper, actor: string, step: Step): Promise<Erased> {
  const now = desk.clock.now();
  const { personal, other } = deadlinesAt(now, desk.shop.retention);
  const none: Erased = { tickets: 0, messages: 0, mails: 0, payments: 0 };
  const old = personal === null ? none : await purgePersonal(desk, personal, step);
  const others = await repeat(step, async (tx) => {
    const pks = await tx.personal.listOtherMessages(other, ROWS_AT_ONCE);
    for (const pk of pks) await tx.personal.eraseMessage(pk, now);
    return pks.length;
  });
  const erased = { ...old, messages: old.messages + others };
  if (Object.values(erased).some((count) => count > 0)) {
    await step((tx) => note(tx, desk, null, "personal_data_purged", actor, { ...erased }));
  }
  return erased;
}

async function purgePersonal(desk: Keeper, before: number, step: Step): Promise<Erased> {
  const now = desk.clock.now();
  const mayGo = (row: { readonly mayGo: boolean }) => row.mayGo;
  const tickets = await sweep<KeptTicket>(step, {
    list: (tx, after) => tx.personal.listEnded(before, after, ROWS_AT_ONCE),
    mayGo: (ticket) => standingOf(ticket, now, desk.shop.retention).kind === "free",
    erase: (tx, { id }) => tx.personal.eraseTicket(id, now),
  });
  const messages = await sweep<OldRow>(step, {
    list: (tx, after) => tx.personal.listOldMessages(before, after, ROWS_AT_ONCE),
    mayGo,
    erase: (tx, { id }) => tx.personal.eraseMessage(id, now),
  });
  const mails = await sweep<OldRow>(step, {
    list: (tx, after) => tx.personal.listOldMails(before, after, ROWS_AT_ONCE),
    mayGo,
    erase: (tx, { id }) => tx.personal.eraseMail(id, now, ""),
  });
  const payments = await sweep<OldPayment>(step, {
    list: (tx, after) => tx.personal.listOldPayments(before, after, ROWS_AT_ONCE),
    mayGo,
    erase: (tx, payment) => tx.personal.erasePayment(payment),
  });
  return { tickets, messages, mails, payments };
}

interface Sweep<Row> {
  /** The page after this row. */
  readonly list: (tx: WriteTx, after: Row | null) => Promise<Row[]>;
  readonly mayGo: (row: Row) => boolean;
  readonly erase: (tx: WriteTx, row: Row) => Promise<void>;
}

/** Past what is kept as well, which is most of it: each step looks at so many rows, and at no more. */
async function sweep<Row>(step: Step, { list, mayGo, erase }: Sweep<Row>): Promise<number> {
  let erased = 0;
  for (let last: Row | null = null; ; ) {
    const after: Row | null = last;
    const page = await step(async (tx) => {
      const rows = await list(tx, after);
      for (const row of rows.filter(mayGo)) await erase(tx, row);
      return rows;
    });
    erased += page.filter(mayGo).length;
    last = page.at(-1) ?? null;
    if (page.length < ROWS_AT_ONCE) return erased;
  }
}

async function repeat(step: Step, work: (tx: WriteTx) => Promise<number>): Promise<number> {
  for (let total = 0; ; ) {
    const count = await step(work);
    total += count;
    if (count < ROWS_AT_ONCE) return total;
  }
}

export interface Forgotten {
  readonly erased: Erased;
  /** Of no ticket, but they name the person. */
  readonly naming: readonly LooseMail[];
}

/** Now, whatever RETENTION_DAYS says. Of tickets that may be erased, and of mails of no ticket. */
export async function erasePerson(
  tx: WriteTx,
  desk: Keeper,
  actor: string,
  { address, free, names, keptNumbers }: Forgetting,
): Promise<Forgotten> {
  const now = desk.clock.now();
  for (const { id } of free) await tx.personal.eraseTicket(id, now);
  const person: PersonOf = { address, ticketIds: free.map(({ id }) => id) };
  const messages = await tx.personal.listMessagesOf(person);
  for (const pk of messages) await tx.personal.eraseMessage(pk, now);
  const references = free.map(({ number }) => ticketReference(number));
  const loose = await tx.personal.listLooseMails();
  const naming = loose.filter(({ words }) =>
    namesPerson(JSON.parse(words), { address, names, references }),
  );
  const ids = [...(await tx.personal.listMailsOf(person)), ...naming.map(({ id }) => id)];
  const mails = [...new Set(ids)];
  for (const id of mails) {
    const to = (await tx.mails.find(id))?.to ?? "";
    await tx.personal.eraseMail(id, now, erasedAddress(desk.signer, to));
  }
  const payments = await tx.personal.listPaymentsOf(address);
  for (const payment of payments) await tx.personal.erasePayment(payment);
  const erased = {
    ...{ tickets: free.length, messages: messages.length },
    ...{ mails: mails.length, payments: payments.length },
  };
  const about = { person: desk.signer.derive("address", address), kept: keptNumbers };
  await note(tx, desk, null, "person_forgotten", actor, { ...about, ...erased });
  return { erased, naming };
}

export interface Forgetting {
  readonly address: string;
  readonly free: readonly KeptTicket[];
  /** Under which a summary may name the person, beside the address. */
  readonly names: readonly string[];
  /** Tickets that the books need. */
  readonly keptNumbers: readonly number[];
}

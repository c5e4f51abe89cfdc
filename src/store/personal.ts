import { type Kysely, sql } from "kysely";
import type { TicketStatus } from "../domain/lifecycle.ts";
import type { KeptTicket } from "../domain/retention.ts";
import type { PersonalData } from "../store-port.ts";
import { eraser, REMINDERS } from "./erase.ts";
import {
  AT_WORK,
  isFinished,
  isReadOfNoKeptTicket,
  isSettledOfNoKeptTicket,
  oldPersonal,
} from "./old-personal.ts";
import type { Schema } from "./schema.ts";
import { sealSome } from "./seal-older.ts";
import type { Sealing } from "./sealing.ts";
import { ofPayments } from "./ticket-filter.ts";
import { unindexed } from "./unindexed.ts";

const ENDED: readonly TicketStatus[] = ["refunded", "rejected", "closed"];
const ENDED_BY_MONEY = ["refunded", "done_elsewhere"];
const IN_FLIGHT = ["planned", "unknown", "pending", "requires_action"];
const IDS_AT_ONCE = 500;

type TicketRow = Pick<
  Schema["ticket"],
  "id" | "number" | "status" | "resolution" | "updated_at" | "shop_id"
>;

export function personalTable(db: Kysely<Schema>, shopId: string, sealed: Sealing): PersonalData {
  const tickets = () =>
    db
      .selectFrom("ticket")
      .select(["shop_id", "id", "number", "status", "resolution", "updated_at"])
      .where("shop_id", "=", shopId)
      .where("purged_at", "is", null);
  const toKept = (rows: TicketRow[]) => Promise.all(rows.map((row) => keptTicket(db, row)));

  const allMessages = () =>
    db
      .selectFrom("message")
      .select("pk")
      .where("shop_id", "=", shopId)
      .where("purged_at", "is", null);
  const messages = () => allMessages().where(isReadOfNoKeptTicket);
  const allMails = () =>
    db
      .selectFrom("outgoing_mail")
      .select("id")
      .where("shop_id", "=", shopId)
      .where("purged_at", "is", null);
  const mails = () => allMails().where(isFinished);
  const allPayments = () =>
    db.selectFrom("payment").select(["provider", "id"]).where("shop_id", "=", shopId);
  const payments = () => allPayments().where(isSettledOfNoKeptTicket);

  return {
    async listEnded(before, after, limit) {
      let query = tickets().where("status", "in", ENDED).where("updated_at", "<", before);
      if (after !== null) {
        const { updatedAt, number } = after;
        // The second of them alone would begin with the oldest at every page.
        query = query
          .where("updated_at", ">=", updatedAt)
          .where((of) => of.or([of("updated_at", ">", updatedAt), of("number", ">", number)]));
      }
      return toKept(await query.orderBy("updated_at").orderBy("number").limit(limit).execute());
    },
    async listTicketsOf(address) {
      // Each by an index of its own, as SQLite uses none for an "or" of them.
      const ids = () =>
        db.selectFrom("ticket").select("ticket.id").where("ticket.shop_id", "=", shopId);
      const found = ids()
        .where("ticket.requester_email", "=", address)
        .unionAll(ids().where("ticket.payer_email", "=", address))
        .unionAll(ofPayments(db, shopId).where("payment.payer_email", "=", address));
      return toKept(
        await tickets().where("id", "in", found).orderBy(unindexed("number")).execute(),
      );
    },
    async listOtherMessages(before, limit) {
      const rows = await messages()
        .where("received_at", "<", before)
        // Literal, so that the index of those that are still there is used.
        .where(sql<boolean>`kind = ${sql.lit("other")}`)
        .orderBy("received_at")
        .limit(limit)
        .execute();
      return rows.map(({ pk }) => pk);
    },
    async listMessagesOf({ address, ticketIds }, { all } = { all: false }) {
      const from = all ? allMessages : messages;
      const found = await from().where("from_address", "=", address).execute();
      for (const ids of portions(ticketIds)) {
        found.push(...(await from().where("ticket_id", "in", ids).execute()));
        const opened = db
          .selectFrom("ticket")
          .select("opened_by")
          .where("shop_id", "=", shopId)
          .where("id", "in", ids);
        found.push(...(await from().where("pk", "in", opened).execute()));
      }
      return [...new Set(found.map(({ pk }) => pk))];
    },
    async listMailsOf({ address, ticketIds }, { all } = { all: false }) {
      const from = all ? allMails : mails;
      const found = await from().where("to_address", "=", address).execute();
      for (const ids of portions(ticketIds)) {
        found.push(...(await from().where("ticket_id", "in", ids).execute()));
      }
      return [...new Set(found.map(({ id }) => id))];
    },
    async listLooseMails() {
      const rows = await mails()
        .select(["name", "date_at", "variables"])
        .where("ticket_id", "is", null)
        .orderBy(unindexed("date_at"))
        .execute();
      return rows.map(({ id, name, date_at, variables }) => ({
        ...{ id, name, date: date_at },
        words: sealed.openText(variables, "outgoing_mail", "variables", id),
      }));
    },
    listPaymentsOf: (address, { all } = { all: false }) =>
      (all ? allPayments : payments)().where("payer_email", "=", address).execute(),
    async countQuarantinedOf(address) {
      const row = await db
        .selectFrom("message")
        .select((of) => of.fn.countAll<number>().as("count"))
        .where("shop_id", "=", shopId)
        .where("state", "=", sql.lit("quarantined"))
        .where("from_address", "=", address)
        .executeTakeFirst();
      return Number(row?.count ?? 0);
    },
    ...oldPersonal(db, shopId),
    ...eraser(db, shopId),
    sealSome: () => sealSome(db, shopId, sealed),
  };
}

function portions(ids: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) parts.push(ids.slice(at, at + IDS_AT_ONCE));
  return parts;
}

async function keptTicket(db: Kysely<Schema>, row: TicketRow): Promise<KeptTicket> {
  const { shop_id, id } = row;
  const refunds = await db
    .selectFrom("refund")
    .select(["state", "follow_until", "updated_at"])
    .where("shop_id", "=", shop_id)
    .where("ticket_id", "=", id)
    .execute();
  const paid = refunds.filter(({ state }) => state !== "refused");
  const others = await db
    .selectNoFrom((of) => [
      of
        .exists(
          of
            .selectFrom("provider_refund")
            .select("id")
            .where("shop_id", "=", shop_id)
            .where("ticket_id", "=", id),
        )
        .as("seen"),
      of
        .exists(
          of
            .selectFrom("job")
            .select("id")
            .where("shop_id", "=", shop_id)
            .where("ticket_id", "=", id)
            .where(
              "state",
              "in",
              AT_WORK.map((state) => sql.lit(state)),
            )
            .where((job) =>
              job.or([job("kind", "not in", REMINDERS), job("state", "=", sql.lit("running"))]),
            ),
        )
        .as("waits"),
      of
        .exists(
          of
            .selectFrom("mismatch")
            .select("subject")
            .where("shop_id", "=", shop_id)
            .where("ticket_id", "=", id)
            .where("cleared_at", "is", null),
        )
        .as("differs"),
      of
        .exists(
          of
            .selectFrom("bank_account")
            .select("digest")
            .where("shop_id", "=", shop_id)
            .where("ticket_id", "=", id),
        )
        .as("account"),
    ])
    .executeTakeFirstOrThrow();
  const isBookedEnd = row.resolution !== null && ENDED_BY_MONEY.includes(row.resolution);
  const isInFlight = refunds.some(({ state }) => IN_FLIGHT.includes(state));
  return {
    ...{ id, number: row.number, status: row.status as TicketStatus, updatedAt: row.updated_at },
    isBooked: paid.length > 0 || isBookedEnd || Boolean(others.seen),
    isUnderWay:
      isInFlight || Boolean(others.waits) || Boolean(others.differs) || Boolean(others.account),
    refundedAt: latest(paid.map(({ updated_at }) => updated_at)),
    followUntil: latest(paid.map(({ follow_until }) => follow_until)),
  };
}

function latest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}

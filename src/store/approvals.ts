import type { Kysely } from "kysely";
import type { RefundReason } from "../domain/payment.ts";
import type { ApprovalRequest, Question, Round } from "../domain/ticket.ts";
import type { Approvals } from "../store-port.ts";
import { MESSAGE_IDS_MAX } from "./mails.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";

function toRound(row: Schema["approval_round"]): Round {
  return {
    ticketId: row.ticket_id,
    round: row.round,
    question: JSON.parse(row.question) as Question,
    questionHash: row.question_hash,
    ticketVersion: row.ticket_version,
    state: row.state as Round["state"],
    holdUntil: row.hold_until,
    reminders: row.reminders,
    createdAt: row.created_at,
  };
}

function toRequest(row: Schema["approval_request"]): ApprovalRequest {
  return {
    ticketId: row.ticket_id,
    round: row.round,
    approver: row.approver,
    messageId: row.message_id,
    codeHash: row.code_hash,
    expiresAt: row.expires_at,
  };
}

const selectRound = prepared((db, shopId: string, ticketId: string, number: number) =>
  db
    .selectFrom("approval_round")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", ticketId)
    .where("round", "=", number),
);

const selectRequests = prepared((db, shopId: string, ticketId: string) =>
  db
    .selectFrom("approval_request")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", ticketId)
    .orderBy("round"),
);

const selectApprovals = prepared((db, shopId: string, ticketId: string, number: number) =>
  db
    .selectFrom("approval")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", ticketId)
    .where("round", "=", number)
    .orderBy("at"),
);

const insertRound = prepared((db, row: Schema["approval_round"]) =>
  db.insertInto("approval_round").values(row),
);

const insertRequest = prepared((db, row: Schema["approval_request"]) =>
  db.insertInto("approval_request").values(row),
);

const selectRequestByMessageId = prepared((db, shopId: string, messageId: string) =>
  db
    .selectFrom("approval_request")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("message_id", "=", messageId),
);

export function approvalsTable(db: Kysely<Schema>, shopId: string): Approvals {
  const requests = () =>
    db.selectFrom("approval_request").selectAll().where("shop_id", "=", shopId);
  const round = (ticketId: string, number: number) =>
    db
      .updateTable("approval_round")
      .where("shop_id", "=", shopId)
      .where("ticket_id", "=", ticketId)
      .where("round", "=", number);
  return {
    async insertRound(values, list) {
      await insertRound(db, {
        shop_id: shopId,
        ticket_id: values.ticketId,
        round: values.round,
        question: JSON.stringify(values.question),
        question_hash: values.questionHash,
        ticket_version: values.ticketVersion,
        state: "open",
        hold_until: null,
        reminders: 0,
        created_at: values.createdAt,
      });
      for (const request of list) {
        await insertRequest(db, {
          shop_id: shopId,
          ticket_id: request.ticketId,
          round: request.round,
          approver: request.approver,
          message_id: request.messageId,
          code_hash: request.codeHash,
          expires_at: request.expiresAt,
        });
      }
    },
    async findRound(ticketId, number) {
      const [row] = (await selectRound(db, shopId, ticketId, number)).rows;
      return row && toRound(row);
    },
    async listRequests(ticketId) {
      return (await selectRequests(db, shopId, ticketId)).rows.map(toRequest);
    },
    async findRequestByMessageId(messageIds) {
      let latest: Schema["approval_request"] | undefined;
      for (const messageId of messageIds.slice(0, MESSAGE_IDS_MAX)) {
        const [row] = (await selectRequestByMessageId(db, shopId, messageId)).rows;
        if (row !== undefined && row.round > (latest?.round ?? 0)) latest = row;
      }
      return latest && toRequest(latest);
    },
    async findRequestByCodeHash(codeHash) {
      const row = await requests().where("code_hash", "=", codeHash).executeTakeFirst();
      return row && toRequest(row);
    },
    async closeRound(ticketId, number, state) {
      const result = await round(ticketId, number)
        .set({ state })
        .where("state", "=", "open")
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },
    async hold(ticketId, number, until) {
      await round(ticketId, number).set({ hold_until: until }).execute();
    },
    async addReminder(ticketId, number) {
      await round(ticketId, number)
        .set((row) => ({ reminders: row("reminders", "+", 1) }))
        .execute();
    },
    async record(approval) {
      const values = {
        amount_minor: approval.amountMinor,
        reason: approval.reason,
        reason_text: approval.reasonText,
        note: approval.note,
        customer_note: approval.customerNote,
        message_pk: approval.messagePk,
        at: approval.at,
        with_code: approval.withCode ? 1 : 0,
      };
      await db
        .insertInto("approval")
        .values({
          shop_id: shopId,
          ticket_id: approval.ticketId,
          round: approval.round,
          approver: approval.approver,
          ...values,
        })
        .onConflict((conflict) =>
          conflict.columns(["shop_id", "ticket_id", "round", "approver"]).doUpdateSet(values),
        )
        .execute();
    },
    async withdraw(ticketId, number, approver) {
      const result = await db
        .deleteFrom("approval")
        .where("shop_id", "=", shopId)
        .where("ticket_id", "=", ticketId)
        .where("round", "=", number)
        .where("approver", "=", approver)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
    async listApprovals(ticketId, number) {
      const { rows } = await selectApprovals(db, shopId, ticketId, number);
      return rows.map((row) => ({
        ticketId: row.ticket_id,
        round: row.round,
        approver: row.approver,
        amountMinor: row.amount_minor,
        reason: row.reason as RefundReason,
        reasonText: row.reason_text,
        note: row.note,
        customerNote: row.customer_note,
        messagePk: row.message_pk,
        at: row.at,
        withCode: row.with_code === 1,
      }));
    },
  };
}

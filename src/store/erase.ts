// Takes the person out of rows, and leaves the rows: their identity keeps a mail from coming back, and
// the audit trail, which names them, holds.

import { type Kysely, sql } from "kysely";
import type { DepositQuestion, Proposal, Question } from "../domain/ticket.ts";
import type { PersonalData } from "../store-port.ts";
import type { Schema } from "./schema.ts";
import { BLANK_TEXT } from "./sealing.ts";

/** Jobs that come to nothing once the ticket has ended, weeks later. */
export const REMINDERS = ["remind_approvers", "chase_customer"] as const;

type Eraser = Pick<
  PersonalData,
  "eraseTicket" | "eraseMessage" | "eraseMail" | "erasePayment" | "passMessage" | "passMail"
>;

export function eraser(db: Kysely<Schema>, shopId: string): Eraser {
  return {
    async eraseTicket(id, at) {
      const requester = {
        ...{ requester_name: null, requester_name_key: null },
        ...{ requester_kana: null, requester_kana_key: null, requester_email: null },
      };
      await db
        .updateTable("ticket")
        .set({ ...requester, payer_email: null, purged_at: at })
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .execute();
      await eraseDecisions(db, shopId, id);
      await eraseTraces(db, shopId, id);
    },
    async eraseMessage(pk, at) {
      await db
        .updateTable("message")
        .set({
          ...{ raw: new Uint8Array(), from_address: "", subject: "", message_id: null },
          purged_at: at,
        })
        .where("shop_id", "=", shopId)
        .where("pk", "=", pk)
        .execute();
    },
    async eraseMail(id, at, to) {
      await db
        .updateTable("outgoing_mail")
        .set({
          ...{ variables: BLANK_TEXT, raw: null, to_address: to, in_reply_to: null, refs: "[]" },
          purged_at: at,
        })
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .execute();
    },
    async passMessage(pk, at) {
      await db
        .updateTable("message")
        .set({ purged_at: at })
        .where("shop_id", "=", shopId)
        .where("pk", "=", pk)
        .execute();
    },
    async passMail(id, at) {
      await db
        .updateTable("outgoing_mail")
        .set({ purged_at: at })
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .execute();
    },
    async erasePayment({ provider, id }) {
      await db
        .updateTable("payment")
        .set({
          ...{ payer_name: null, payer_name_key: null, payer_kana: null, payer_kana_key: null },
          ...{ payer_email: null, description: null },
        })
        .where("shop_id", "=", shopId)
        .where("provider", "=", provider)
        .where("id", "=", id)
        .execute();
    },
  };
}

/** What was asked of the approvers, and what they wrote. */
async function eraseDecisions(db: Kysely<Schema>, shopId: string, id: string): Promise<void> {
  const rounds = await db
    .selectFrom("approval_round")
    .select(["round", "question"])
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", id)
    .execute();
  for (const { round, question } of rounds) {
    const without = withoutPayer(JSON.parse(question) as Question);
    await db
      .updateTable("approval_round")
      .set({ question: JSON.stringify(without) })
      .where("shop_id", "=", shopId)
      .where("ticket_id", "=", id)
      .where("round", "=", round)
      .execute();
  }
  await db
    .updateTable("approval")
    .set({ note: null, reason_text: null, customer_note: null })
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", id)
    .execute();
}

function withoutPayer(question: Question): Question {
  if (question.kind === "candidates") return question;
  return question.kind === "proposal"
    ? ({ ...question, payee: null } satisfies Proposal)
    : ({ ...question, payerEmail: null } satisfies DepositQuestion);
}

async function eraseTraces(db: Kysely<Schema>, shopId: string, id: string): Promise<void> {
  await db
    .updateTable("refund")
    .set({ instructions_email: null, metadata: "{}" })
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", id)
    .execute();
  await db
    .updateTable("job")
    .set({ payload: "{}" })
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", id)
    // As the index of ended jobs by ticket has it.
    .where(sql<boolean>`state in ('done', 'parked')`)
    .execute();
  // They remind of what is over, and would hold what they remind of.
  await db
    .deleteFrom("job")
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", id)
    .where("state", "=", "pending")
    // As the index of open jobs by ticket has it.
    .where(sql<boolean>`state in ('pending', 'running')`)
    .where("kind", "in", REMINDERS)
    .execute();
  await db
    .deleteFrom("bank_account")
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", id)
    .execute();
}

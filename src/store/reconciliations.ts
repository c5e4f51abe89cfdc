// What the provider shows of its refunds, how far the nightly comparison has come, and what did not
// agree.

import type { Kysely } from "kysely";
import type { MismatchKind, SeenRefund } from "../domain/reconciliation.ts";
import type {
  Mismatches,
  ProviderRefunds,
  Reconciliation,
  Reconciliations,
  StoredMismatch,
} from "../store-port.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";

function toSeen(row: Schema["provider_refund"]): SeenRefund {
  return {
    provider: row.provider,
    id: row.id,
    paymentId: row.payment_id,
    amountMinor: row.amount_minor,
    currency: row.currency,
    status: row.status as SeenRefund["status"],
    statusAt: row.status_at,
    origin: row.origin as SeenRefund["origin"],
    refundId: row.refund_id,
    ticketId: row.ticket_id,
    createdAt: row.created_at,
    firstSeenAt: row.first_seen_at,
    adoptedAt: row.adopted_at,
    seenIn: row.seen_in,
  };
}

const selectSeenSince = prepared((db, shopId: string, provider: string, from: number) =>
  db
    .selectFrom("provider_refund")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider)
    .where("created_at", ">=", from)
    .orderBy("created_at")
    .orderBy("id"),
);

export function providerRefundsTable(db: Kysely<Schema>, shopId: string): ProviderRefunds {
  const refunds = () => db.selectFrom("provider_refund").selectAll().where("shop_id", "=", shopId);
  return {
    async find(provider, id) {
      const row = await refunds()
        .where("provider", "=", provider)
        .where("id", "=", id)
        .executeTakeFirst();
      return row && toSeen(row);
    },
    async save(refund) {
      const values = {
        payment_id: refund.paymentId,
        amount_minor: refund.amountMinor,
        currency: refund.currency,
        status: refund.status,
        status_at: refund.statusAt,
        origin: refund.origin,
        refund_id: refund.refundId,
        ticket_id: refund.ticketId,
        created_at: refund.createdAt,
        first_seen_at: refund.firstSeenAt,
        adopted_at: refund.adoptedAt,
        seen_in: refund.seenIn,
      };
      await db
        .insertInto("provider_refund")
        .values({ shop_id: shopId, provider: refund.provider, id: refund.id, ...values })
        .onConflict((conflict) =>
          conflict.columns(["shop_id", "provider", "id"]).doUpdateSet(values),
        )
        .execute();
    },
    async listSince(provider, from) {
      return (await selectSeenSince(db, shopId, provider, from)).rows.map(toSeen);
    },
    async listAdopted(from, to) {
      const rows = await refunds()
        .where("adopted_at", ">=", from)
        .where("adopted_at", "<", to)
        .orderBy("created_at")
        .orderBy("id")
        .execute();
      return rows.map(toSeen);
    },
  };
}

function toReconciliation(row: Schema["reconciliation"]): Reconciliation {
  return {
    provider: row.provider,
    createdFrom: row.created_from,
    page: row.page,
    state: row.state as Reconciliation["state"],
    startedAt: row.started_at,
    doneAt: row.done_at,
  };
}

const selectReconciliation = prepared((db, shopId: string, provider: string) =>
  db
    .selectFrom("reconciliation")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider),
);

const saveReconciliation = prepared(
  (
    db,
    key: Pick<Schema["reconciliation"], "shop_id" | "provider">,
    values: Omit<Schema["reconciliation"], "shop_id" | "provider">,
  ) =>
    db
      .insertInto("reconciliation")
      .values({ ...key, ...values })
      .onConflict((conflict) => conflict.columns(["shop_id", "provider"]).doUpdateSet(values)),
);

export function reconciliationsTable(db: Kysely<Schema>, shopId: string): Reconciliations {
  const all = () => db.selectFrom("reconciliation").selectAll().where("shop_id", "=", shopId);
  return {
    async find(provider) {
      const [row] = (await selectReconciliation(db, shopId, provider)).rows;
      return row && toReconciliation(row);
    },
    async list() {
      return (await all().orderBy("provider").execute()).map(toReconciliation);
    },
    async save({ provider, createdFrom, page, state, startedAt, doneAt }) {
      const values = {
        created_from: createdFrom,
        page,
        state,
        started_at: startedAt,
        done_at: doneAt,
      };
      await saveReconciliation(db, { shop_id: shopId, provider }, values);
    },
  };
}

function toMismatch(row: Schema["mismatch"]): StoredMismatch {
  return {
    provider: row.provider,
    kind: row.kind as MismatchKind,
    subject: row.subject,
    ticketId: row.ticket_id,
    values: JSON.parse(row.details) as string[],
    foundAt: row.found_at,
  };
}

export function mismatchesTable(db: Kysely<Schema>, shopId: string): Mismatches {
  const open = () =>
    db
      .selectFrom("mismatch")
      .selectAll()
      .where("shop_id", "=", shopId)
      .where("cleared_at", "is", null);
  return {
    async raise({ provider, kind, subject, ticketId, values, foundAt }) {
      const known = await open()
        .where("provider", "=", provider)
        .where("kind", "=", kind)
        .where("subject", "=", subject)
        .executeTakeFirst();
      const set = {
        ticket_id: ticketId,
        details: JSON.stringify(values),
        found_at: known?.found_at ?? foundAt,
        cleared_at: null,
      };
      await db
        .insertInto("mismatch")
        .values({ shop_id: shopId, provider, kind, subject, ...set })
        .onConflict((conflict) =>
          conflict.columns(["shop_id", "provider", "kind", "subject"]).doUpdateSet(set),
        )
        .execute();
      return known === undefined;
    },
    async clear({ provider, kind, subject }, at) {
      await db
        .updateTable("mismatch")
        .set({ cleared_at: at })
        .where("shop_id", "=", shopId)
        .where("provider", "=", provider)
        .where("kind", "=", kind)
        .where("subject", "=", subject)
        .execute();
    },
    async listOpen() {
      const rows = await open().orderBy("found_at").orderBy("kind").orderBy("subject").execute();
      return rows.map(toMismatch);
    },
  };
}

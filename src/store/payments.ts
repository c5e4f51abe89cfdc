import { type Kysely, sql } from "kysely";
import { type Payment, TRANSFERS } from "../domain/payment.ts";
import type { Payments } from "../store-port.ts";
import { inList } from "./in-list.ts";
import { ordersOf } from "./payment-orders.ts";
import { toPayment, toRow } from "./payment-row.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";
import { unindexed } from "./unindexed.ts";

function isSame(a: Payment, b: Payment): boolean {
  const isSameKana = (a.payerKana ?? null) === (b.payerKana ?? null);
  return (
    (Object.keys(a) as (keyof Payment)[]).every((key) => {
      if (key === "payerKana") return isSameKana;
      return key === "orderNumbers" ? a[key].join() === b[key].join() : a[key] === b[key];
    }) && isSameKana
  );
}

/**
 * With what is known already: a list says nothing of the sender, which an earlier look at the payment
 * itself may have; where a provider tells no time, a payment was made when it was first seen.
 */
function withKnown(payment: Payment, known: Payment | undefined): Payment {
  if (known === undefined) return payment;
  const createdAt = Math.min(payment.createdAt, known.createdAt);
  const { payerKana = known.payerKana } = payment;
  return { ...payment, createdAt, ...(payerKana !== undefined && { payerKana }) };
}

/** More than staff can look at. */
const LIST_LIMIT = 50;

/** Twice what is read live of a payer who pays every day: some may be of the order asked for. */
const PAYER_LIMIT = 24;

/** Amounts are compared among so many; an index of them would cost more at every payment. */
const UNREFERENCED_LIMIT = 2_000;

/** As it is typed, and in full-width signs; what LIKE would read as a wildcard finds nothing more. */
function writings(text: string): string[] {
  const plain = text.replace(/[%_]/g, "");
  const wide = plain.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));
  return plain === "" ? [] : [plain, wide];
}

/** Literal, so that their index is used without planning anew at every run. */
const UNSETTLED = ["authorized", "unpaid", "processing"].map((status) => sql.lit(status));

const selectPayment = prepared((db, shopId: string, provider: string, id: string) =>
  db
    .selectFrom("payment")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider)
    .where("id", "=", id),
);

/** In the order of the index: of a common name there are thousands. */
const latestOf = (column: "payer_email" | "payer_name_key" | "payer_kana_key") =>
  prepared((db, shopId: string, value: string) =>
    db
      .selectFrom("payment")
      .selectAll()
      .where("shop_id", "=", shopId)
      .where(column, "=", value)
      .orderBy("created_at", "desc")
      .limit(PAYER_LIMIT),
  );

const latestOfEmail = latestOf("payer_email");
const latestOfName = latestOf("payer_name_key");
const latestOfKana = latestOf("payer_kana_key");

const selectByOrders = prepared((db, shopId: string, orderNumbers: string) =>
  db
    .selectFrom("payment")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where((where) =>
      where(
        where.refTuple("provider", "id"),
        "in",
        where
          .selectFrom("payment_order")
          .select(["provider", "payment_id"])
          .where("shop_id", "=", shopId)
          .where("order_number", "in", inList(db, orderNumbers))
          .$asTuple("provider", "payment_id"),
      ),
    )
    .orderBy(unindexed("created_at"), "desc")
    .limit(LIST_LIMIT),
);

const upsertPayment = prepared((db, row: Schema["payment"]) =>
  db
    .insertInto("payment")
    .values(row)
    .onConflict((conflict) => conflict.columns(["shop_id", "provider", "id"]).doUpdateSet(row)),
);

const deleteOrders = prepared((db, shopId: string, provider: string, id: string) =>
  db
    .deleteFrom("payment_order")
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider)
    .where("payment_id", "=", id),
);

const insertOrder = prepared((db, row: Schema["payment_order"]) =>
  db.insertInto("payment_order").values(row),
);

const selectMany = prepared((db, shopId: string, provider: string, ids: string) =>
  db
    .selectFrom("payment")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider)
    .where("id", "in", inList(db, ids)),
);

const markFetched = prepared((db, shopId: string, provider: string, ids: string, at: number) =>
  db
    .updateTable("payment")
    .set({ fetched_at: at })
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider)
    .where("id", "in", inList(db, ids)),
);

function keyOf({ provider, id }: Pick<Payment, "provider" | "id">): string {
  return `${provider}/${id}`;
}

/** Of each provider, the ids, as the right side of an `in`. */
function idsOf(payments: readonly Pick<Payment, "provider" | "id">[]): [string, string][] {
  const providers = new Set(payments.map(({ provider }) => provider));
  return [...providers].map((provider) => [
    provider,
    JSON.stringify(payments.filter((one) => one.provider === provider).map(({ id }) => id)),
  ]);
}

const selectUnsettled = prepared(
  (db, shopId: string, provider: string, createdFrom: number, limit: number) =>
    db
      .selectFrom("payment")
      .select("id")
      .where("shop_id", "=", shopId)
      .where("provider", "=", provider)
      .where("status", "in", UNSETTLED)
      .where(unindexed<number>("created_at"), ">=", createdFrom)
      .orderBy("fetched_at")
      .limit(limit),
);

const selectSync = prepared((db, shopId: string, provider: string) =>
  db
    .selectFrom("payment_sync")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider),
);

type SyncKey = "shop_id" | "provider";

const upsertSync = prepared(
  (db, key: Pick<Schema["payment_sync"], SyncKey>, values: Omit<Schema["payment_sync"], SyncKey>) =>
    db
      .insertInto("payment_sync")
      .values({ ...key, ...values })
      .onConflict((conflict) => conflict.columns(["shop_id", "provider"]).doUpdateSet(values)),
);

export function paymentsTable(db: Kysely<Schema>, shopId: string): Payments {
  const payments = () => db.selectFrom("payment").selectAll().where("shop_id", "=", shopId);

  async function withOrders(rows: Schema["payment"][]): Promise<Payment[]> {
    const orders = await ordersOf(db, shopId, rows);
    return rows.map((row) => toPayment(row, orders(row)));
  }

  async function find(provider: string, id: string): Promise<Payment | undefined> {
    const { rows } = await selectPayment(db, shopId, provider, id);
    return (await withOrders(rows))[0];
  }

  /** By their keys: at each look most of the payments of the last minutes or days are known. */
  async function findAll(payments: readonly Payment[]): Promise<Map<string, Payment>> {
    const found = new Map<string, Payment>();
    for (const [provider, ids] of idsOf(payments)) {
      const { rows } = await selectMany(db, shopId, provider, ids);
      for (const payment of await withOrders(rows)) found.set(keyOf(payment), payment);
    }
    return found;
  }

  async function replace(payment: Payment, fetchedAt: number) {
    const row = toRow(shopId, payment, fetchedAt);
    const { provider, id } = payment;
    await upsertPayment(db, row);
    await deleteOrders(db, shopId, provider, id);
    for (const [position, order_number] of [...new Set(payment.orderNumbers)].entries()) {
      const order = { shop_id: shopId, order_number, provider, payment_id: id, position };
      await insertOrder(db, order);
    }
  }

  return {
    find,
    async upsert(list, fetchedAt) {
      const known = await findAll(list);
      const changed: Payment[] = [];
      const same: Payment[] = [];
      for (const payment of list) {
        const before = known.get(keyOf(payment));
        const next = withKnown(payment, before);
        if (before !== undefined && isSame(before, next)) {
          same.push(payment);
          continue;
        }
        await replace(next, fetchedAt);
        known.set(keyOf(payment), next);
        changed.push(payment);
      }
      for (const [provider, ids] of idsOf(same)) {
        await markFetched(db, shopId, provider, ids, fetchedAt);
      }
      return changed;
    },
    async listByOrderNumbers(orderNumbers) {
      if (orderNumbers.length === 0) return [];
      return withOrders(
        (await selectByOrders(db, shopId, JSON.stringify(orderNumbers.slice(0, 500)))).rows,
      );
    },
    async listByPayer({ email, nameKey: key, kanaKey: kana }) {
      const found = new Map<string, Schema["payment"]>();
      const add = (rows: Schema["payment"][]) => {
        for (const row of rows) found.set(keyOf(row), row);
      };
      if (email !== null) add((await latestOfEmail(db, shopId, email)).rows);
      if (key !== null) add((await latestOfName(db, shopId, key)).rows);
      if (kana != null) add((await latestOfKana(db, shopId, kana)).rows);
      return withOrders([...found.values()]);
    },
    async listByMemo(texts, from) {
      if (texts.length === 0) return [];
      const rows = await payments()
        .where("created_at", ">=", from)
        .where((of) =>
          of.or(
            texts
              .flatMap(writings)
              .flatMap((text) => [
                of("description", "like", `%${text}%`),
                of("payer_kana", "like", `%${text}%`),
                of("payer_name", "like", `%${text}%`),
              ]),
          ),
        )
        .orderBy("created_at")
        .limit(LIST_LIMIT)
        .execute();
      return withOrders(rows);
    },
    async listUnreferenced(from) {
      const rows = await payments()
        .where("created_at", ">=", from)
        .where((of) =>
          of.or([
            of("method", "in", TRANSFERS),
            of.not(
              of.exists(
                of
                  .selectFrom("payment_order")
                  .select("payment_order.payment_id")
                  .whereRef("payment_order.shop_id", "=", "payment.shop_id")
                  .whereRef("payment_order.provider", "=", "payment.provider")
                  .whereRef("payment_order.payment_id", "=", "payment.id"),
              ),
            ),
          ]),
        )
        .orderBy("created_at")
        .limit(UNREFERENCED_LIMIT)
        .execute();
      return withOrders(rows);
    },
    async countByProvider() {
      const rows = await db
        .selectFrom("payment")
        .select(["provider", (of) => of.fn.countAll<number>().as("count")])
        .where("shop_id", "=", shopId)
        .groupBy("provider")
        .execute();
      return new Map(rows.map(({ provider, count }) => [provider, count]));
    },
    async listUnsettled(provider, createdFrom, limit) {
      const { rows } = await selectUnsettled(db, shopId, provider, createdFrom, limit);
      return rows.map((row) => row.id);
    },
    async findSync(provider) {
      const [row] = (await selectSync(db, shopId, provider)).rows;
      return row && { page: row.page, complete: row.complete === 1, syncedAt: row.synced_at };
    },
    async saveSync(provider, sync) {
      const values = {
        page: sync.page,
        complete: sync.complete ? 1 : 0,
        synced_at: sync.syncedAt,
      };
      await upsertSync(db, { shop_id: shopId, provider }, values);
    },
  };
}

// The order numbers of payments: one by one where there are few, as most look-ups find, and many at once.

import type { Kysely } from "kysely";
import { inList } from "./in-list.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";

type Key = Pick<Schema["payment"], "provider" | "id">;

const FEW = 8;

const selectOrders = prepared((db, shopId: string, provider: string, paymentId: string) =>
  db
    .selectFrom("payment_order")
    .select("order_number")
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider)
    .where("payment_id", "=", paymentId)
    .orderBy("position"),
);

const selectOrdersOfMany = prepared((db, shopId: string, provider: string, paymentIds: string) =>
  db
    .selectFrom("payment_order")
    .select(["payment_id", "order_number"])
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider)
    .where("payment_id", "in", inList(db, paymentIds))
    .orderBy("position"),
);

/** Returns how to tell them of each of these payments. */
export async function ordersOf(
  db: Kysely<Schema>,
  shopId: string,
  payments: readonly Key[],
): Promise<(payment: Key) => string[]> {
  const orders = new Map<string, string[]>();
  const keyOf = (provider: string, id: string) => `${provider}/${id}`;
  const tell = ({ provider, id }: Key) => orders.get(keyOf(provider, id)) ?? [];
  if (payments.length <= FEW) {
    for (const { provider, id } of payments) {
      const { rows } = await selectOrders(db, shopId, provider, id);
      orders.set(
        keyOf(provider, id),
        rows.map(({ order_number }) => order_number),
      );
    }
    return tell;
  }
  for (const provider of new Set(payments.map((payment) => payment.provider))) {
    const ids = payments.filter((one) => one.provider === provider).map(({ id }) => id);
    const { rows } = await selectOrdersOfMany(db, shopId, provider, JSON.stringify(ids));
    for (const { payment_id, order_number } of rows) {
      const key = keyOf(provider, payment_id);
      orders.set(key, [...(orders.get(key) ?? []), order_number]);
    }
  }
  return tell;
}

// Who reads which mailbox. A lease runs out by the clock that the workers share, and each time it changes
// hands its token grows, so that whoever had it before can be told from whoever has it now.

import type { ExpressionBuilder, Kysely } from "kysely";
import type { MailboxLease, MailboxLeases } from "../fleet-port.ts";
import type { MailboxHold } from "../store-port.ts";
import { dialectOf, type Engine, explaining } from "./engine.ts";
import { inList } from "./in-list.ts";
import type { Schema } from "./schema.ts";

export function mailboxLeasesTable(
  db: Kysely<Schema>,
  engine: Pick<Engine, "now" | "explain">,
  own: () => number,
): MailboxLeases {
  const isServer = dialectOf(db) === "postgres";

  const guarded = explaining(engine);

  /** Among these, those that nobody else is just changing: who waited for them could meet another who waits. */
  const unlocked = (query: ExpressionBuilder<Schema, "mailbox_lease">) =>
    query
      .selectFrom("mailbox_lease as one")
      .select("one.shop_id")
      .$if(isServer, (select) => select.forUpdate().skipLocked());

  async function addRows(shopIds: readonly string[]): Promise<void> {
    const known = await db
      .selectFrom("mailbox_lease")
      .select("shop_id")
      .where("shop_id", "in", inList(db, JSON.stringify(shopIds)))
      .execute();
    const ids = new Set(known.map(({ shop_id: id }) => id));
    const missing = shopIds.filter((id) => !ids.has(id)).sort();
    for (let from = 0; from < missing.length; from += ROWS_AT_ONCE) {
      await db
        .insertInto("mailbox_lease")
        .values(
          missing
            .slice(from, from + ROWS_AT_ONCE)
            .map((shop_id) => ({ shop_id, owner: null, token: 0, until_at: 0 })),
        )
        .onConflict((conflict) => conflict.column("shop_id").doNothing())
        .execute();
    }
  }

  return {
    take: (run, shopIds, forMs) =>
      guarded(async () => {
        if (shopIds.length === 0) return [];
        await addRows(shopIds);
        const at = await engine.now(db, own);
        const rows = await db
          .updateTable("mailbox_lease")
          .set(({ eb }) => ({ owner: run, token: eb("token", "+", 1), until_at: at + forMs }))
          .where("shop_id", "in", (query) =>
            unlocked(query)
              .where("one.shop_id", "in", inList(db, JSON.stringify(shopIds)))
              .where(({ eb, or }) =>
                or([eb("one.owner", "is", null), eb("one.until_at", "<=", at)]),
              ),
          )
          .returning(["shop_id", "token"])
          .execute();
        return rows.map(toLease);
      }),
    renew: (run, forMs) =>
      guarded(async () => {
        const at = await engine.now(db, own);
        await db
          .updateTable("mailbox_lease")
          .set({ until_at: at + forMs })
          .where("shop_id", "in", (query) =>
            unlocked(query).where("one.owner", "=", run).where("one.until_at", ">", at),
          )
          .execute();
      }),
    giveBack: (run, leases) =>
      guarded(async () => {
        if (leases.length === 0) return;
        const at = await engine.now(db, own);
        const tokens = new Map(leases.map(({ shopId, token }) => [shopId, token]));
        const held = await db
          .selectFrom("mailbox_lease")
          .select(["shop_id", "token"])
          .where("owner", "=", run)
          .where("shop_id", "in", inList(db, JSON.stringify([...tokens.keys()])))
          .execute();
        // Only this run takes for itself, and it does not do so meanwhile.
        const ours = held.filter(({ shop_id: id, token }) => tokens.get(id) === token);
        await db
          .updateTable("mailbox_lease")
          .set({ owner: null, until_at: at })
          .where("owner", "=", run)
          .where("shop_id", "in", inList(db, JSON.stringify(ours.map(({ shop_id: id }) => id))))
          .execute();
      }),
    declare: (run, mailboxes) =>
      guarded(async () => {
        await db
          .insertInto("mailbox_reader")
          .values({ run, mailboxes })
          .onConflict((conflict) => conflict.column("run").doUpdateSet({ mailboxes }))
          .execute();
        await db
          .deleteFrom("mailbox_reader")
          .where("run", "<>", run)
          .where("run", "not in", (query) => query.selectFrom("worker").select("worker.run"))
          .execute();
      }),
    withdraw: (run) =>
      guarded(async () => {
        const at = await engine.now(db, own);
        await db
          .updateTable("mailbox_lease")
          .set({ owner: null, until_at: at })
          .where("owner", "=", run)
          .execute();
        await db.deleteFrom("mailbox_reader").where("run", "=", run).execute();
      }),
    survey: (withinMs) =>
      guarded(async () => {
        const at = await engine.now(db, own);
        const readers = await db
          .selectFrom("mailbox_reader as reader")
          .innerJoin("worker", "worker.run", "reader.run")
          .select(["reader.run", "reader.mailboxes"])
          .where("worker.seen_at", ">=", at - withinMs)
          .orderBy("reader.run")
          .execute();
        const leases = await db
          .selectFrom("mailbox_lease")
          .selectAll()
          .orderBy("shop_id")
          .execute();
        return {
          ...{ at, readers },
          leases: leases.map((row) => ({
            ...toLease(row),
            holder: row.owner !== null && row.until_at > at ? row.owner : null,
            untilAt: row.until_at,
          })),
        };
      }),
  };
}

const ROWS_AT_ONCE = 500;

function toLease(row: { readonly shop_id: string; readonly token: number }): MailboxLease {
  return { shopId: row.shop_id, token: row.token };
}

/** Of one shop, in a transaction that writes for it. */
export function mailboxHold(
  db: Kysely<Schema>,
  shopId: string,
  engine: Pick<Engine, "now">,
  own: () => number,
): MailboxHold {
  return {
    async holds({ run, token }) {
      const at = await engine.now(db, own);
      const row = await db
        .selectFrom("mailbox_lease")
        .select("token")
        .where("shop_id", "=", shopId)
        .where("owner", "=", run)
        .where("token", "=", token)
        .where("until_at", ">", at)
        // Until this transaction has ended nobody takes it, even where it runs out meanwhile.
        .$if(dialectOf(db) === "postgres", (select) => select.forShare())
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

// Who was asked to work off which lane. Asked in the transaction that makes a job due, so that neither is
// there without the other.

import { type Kysely, sql } from "kysely";
import { LANE_TURN, type LaneTurns, LIFE_LOCK, LIVE_MS } from "../fleet-port.ts";
import type { Engine } from "./engine.ts";
import type { Schema } from "./schema.ts";

/** Of a store whose database is worked off by several workers. */
export interface Sharing {
  /** The run that claims through this store. */
  readonly owner: string;
  /** Whether it asks for turns, or leaves its jobs to be found by whoever sweeps. */
  readonly asks: boolean;
  /** Of a provider's name: a digest of the account, the same for all shops that have it. */
  readonly accounts: ReadonlyMap<string, string>;
}

const PROVIDER = "provider:";

/** Lanes with the same key take turns. */
export function queueKeyOf(shopId: string, lane: string, accounts: Sharing["accounts"]): string {
  const account = lane.startsWith(PROVIDER) ? accounts.get(lane.slice(PROVIDER.length)) : undefined;
  return account === undefined ? `${shopId}/${lane}` : `account:${account}`;
}

/** Where one waits already nobody else is asked: it will see this transaction's jobs as well. */
async function askFor(db: Kysely<Schema>, shopId: string, lane: string, queueKey: string) {
  const { application, queue, version, workflow } = LANE_TURN;
  await sql`
    with turn as (
      insert into lane_turn (shop_id, lane, queue_key, asked, begun, asked_at)
      values (${shopId}, ${lane}, ${queueKey}, 1, 0,
        floor(extract(epoch from clock_timestamp()) * 1000)::bigint)
      on conflict (shop_id, lane) do update set
        asked = lane_turn.asked + 1, asked_at = excluded.asked_at, queue_key = excluded.queue_key
      where lane_turn.asked = lane_turn.begun
      returning asked
    )
    select dbos.enqueue_workflow(
      workflow_name => ${workflow}::text, queue_name => ${queue}::text,
      positional_args => array[to_json(${shopId}::text), to_json(${lane}::text), to_json(asked)],
      workflow_id => ${`${shopId}/${lane}/`}::text || asked, app_version => ${version}::text,
      queue_partition_key => ${queueKey}::text, application_name => ${application}::text)
    from turn`.execute(db);
}

/** What one transaction makes due. */
export interface Wanted {
  /** Of this lane. */
  lane(name: string): void;
  /** Of those that waited for a job of this ticket to end. */
  ticket(id: string): void;
}

/** `ask` is the last step of the transaction. */
export function wantTurns(
  db: Kysely<Schema>,
  shopId: string,
  { asks, accounts }: Sharing,
  now: () => number,
): Wanted & { ask(): Promise<void> } {
  const lanes = new Set<string>();
  const tickets = new Set<string>();

  async function listFreed(): Promise<string[]> {
    const rows = await db
      .selectFrom("job")
      .select("lane")
      .distinct()
      .where("shop_id", "=", shopId)
      .where("ticket_id", "in", [...tickets])
      .where("state", "=", sql.lit("pending"))
      .where("due_at", "<=", now())
      .execute();
    return rows.map(({ lane }) => lane);
  }

  return {
    lane: (name) => void lanes.add(name),
    ticket: (id) => void tickets.add(id),
    async ask() {
      if (!asks) return;
      if (tickets.size > 0) for (const lane of await listFreed()) lanes.add(lane);
      // In one order, though the shop's lock keeps others out anyway.
      for (const lane of [...lanes].sort()) {
        await askFor(db, shopId, lane, queueKeyOf(shopId, lane, accounts));
      }
    },
  };
}

/** From now on whatever becomes due in this lane needs another turn. */
export async function beginTurn(db: Kysely<Schema>, shopId: string, lane: string, number: number) {
  await db
    .updateTable("lane_turn")
    .set({ begun: number })
    .where("shop_id", "=", shopId)
    .where("lane", "=", lane)
    .where("begun", "<", number)
    .where("asked", ">=", number)
    .execute();
}

const RUNNING = sql.lit("running");
const PENDING = sql.lit("pending");

export function laneTurnsTable(
  db: Kysely<Schema>,
  engine: Pick<Engine, "now" | "explain">,
  own: () => number,
): LaneTurns {
  async function guarded<Result>(work: (now: number) => Promise<Result>): Promise<Result> {
    try {
      return await work(await engine.now(db, own));
    } catch (error) {
      throw engine.explain(error);
    }
  }
  return {
    listUnasked: (quietMs) =>
      guarded(async (now) => {
        const rows = await db
          .selectFrom("job")
          .leftJoin("lane_turn", (join) =>
            join
              .onRef("lane_turn.shop_id", "=", "job.shop_id")
              .onRef("lane_turn.lane", "=", "job.lane"),
          )
          .select(["job.shop_id", "job.lane"])
          .distinct()
          .where("job.state", "=", PENDING)
          .where("job.due_at", "<=", now)
          .where((where) =>
            where.or([
              where("lane_turn.asked", "is", null),
              where.and([
                where("lane_turn.asked", "=", where.ref("lane_turn.begun")),
                where("lane_turn.asked_at", "<=", now - quietMs),
              ]),
            ]),
          )
          .execute();
        return rows.map(({ shop_id: shopId, lane }) => ({ shopId, lane }));
      }),
    listOverdue: (patienceMs) =>
      guarded(async (now) => {
        const rows = await db
          .selectFrom("lane_turn")
          .select(["shop_id", "lane", "asked"])
          .whereRef("asked", ">", "begun")
          .where("asked_at", "<=", now - patienceMs)
          .execute();
        return rows.map(({ shop_id: shopId, lane, asked: number }) => ({ shopId, lane, number }));
      }),
    listOrphaned: () =>
      guarded(async (now) => {
        const rows = await db
          .selectFrom("job")
          .select("shop_id")
          .distinct()
          .where("state", "=", RUNNING)
          .where("lease_owner", "is not", null)
          .where("lease_owner", "not in", (where) =>
            where
              .selectFrom("worker")
              .select("run")
              .where("seen_at", ">=", now - LIVE_MS),
          )
          .execute();
        return rows.map(({ shop_id: shopId }) => shopId);
      }),
    bury: (silentMs, disconnectedMs) =>
      guarded(async (now) => {
        await sql`
          delete from worker where seen_at < ${now - silentMs}
          or (seen_at < ${now - disconnectedMs} and not exists (
            select 1 from pg_locks
            where locktype = 'advisory' and granted and classid = ${sql.lit(LIFE_LOCK)}
            and objid = (hashtext(worker.run)::bigint & 4294967295)::oid
            and database = (select oid from pg_database where datname = current_database())))
        `.execute(db);
      }),
  };
}

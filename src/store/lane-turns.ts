// Who was asked to work off which lane. Asked in the transaction that makes a job due, so that neither is
// there without the other.

import { type Kysely, sql } from "kysely";
import { LANE_TURN, type LaneTurn, type LaneTurns, LIFE_LOCK, LIVE_MS } from "../fleet-port.ts";
import { type Engine, explaining } from "./engine.ts";
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

/** Due jobs that are read one by one. */
const DUE_MAX = 2_000;

interface DueLane {
  readonly shop_id: string;
  readonly lane: string;
  readonly asked: number | null;
  readonly begun: number | null;
  readonly asked_at: number | null;
}

/** Of as many due jobs; mostly none is. */
async function listDue(db: Kysely<Schema>, now: number): Promise<DueLane[]> {
  return db
    .with("due", (one) =>
      one
        .selectFrom("job")
        .select(["shop_id", "lane"])
        .where("state", "=", PENDING)
        .where("due_at", "<=", now)
        .orderBy("due_at")
        .limit(DUE_MAX),
    )
    .selectFrom("due")
    .leftJoin("lane_turn", (join) =>
      join.onRef("lane_turn.shop_id", "=", "due.shop_id").onRef("lane_turn.lane", "=", "due.lane"),
    )
    .select(["due.shop_id", "due.lane", "asked", "begun", "asked_at"])
    .execute();
}

/** From lane to lane by the index of pending jobs, however many jobs each has. */
async function listDueLanes(db: Kysely<Schema>, now: number): Promise<DueLane[]> {
  const { rows } = await sql<DueLane>`
    with recursive lane as (
      (select shop_id, lane from job where state = ${PENDING} order by shop_id, lane limit 1)
      union all
      select next.shop_id, next.lane from lane cross join lateral (
        select shop_id, lane from job
        where state = ${PENDING} and (job.shop_id, job.lane) > (lane.shop_id, lane.lane)
        order by shop_id, lane limit 1) as next)
    select lane.shop_id, lane.lane, asked, begun, asked_at
    from lane left join lane_turn
      on lane_turn.shop_id = lane.shop_id and lane_turn.lane = lane.lane
    where (asked is null or asked = begun) and exists (
      select 1 from job where job.shop_id = lane.shop_id and job.lane = lane.lane
      and state = ${PENDING} and due_at <= ${now})
  `.execute(db);
  return rows;
}

export function laneTurnsTable(
  db: Kysely<Schema>,
  engine: Pick<Engine, "now" | "explain">,
  own: () => number,
): LaneTurns {
  const explained = explaining(engine);
  const guarded = <Result>(work: (now: number) => Promise<Result>) =>
    explained(async () => work(await engine.now(db, own)));
  return {
    listUnasked: (quietMs) =>
      guarded(async (now) => {
        const first = await listDue(db, now);
        // Where more is due than is read one by one, each lane is looked into once.
        const lanes = first.length < DUE_MAX ? first : await listDueLanes(db, now);
        const unasked = new Map<string, Pick<LaneTurn, "shopId" | "lane">>();
        for (const { shop_id: shopId, lane, asked, begun, asked_at: askedAt } of lanes) {
          const isQuiet = asked === null || (asked === begun && (askedAt ?? 0) <= now - quietMs);
          if (isQuiet) unasked.set(`${shopId}/${lane}`, { shopId, lane });
        }
        return [...unasked.values()];
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

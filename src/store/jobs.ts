// Every side effect and every timer is a row here. A row is taken under a lease token; whoever
// finishes it must still hold that token, else its result is thrown away.

import { type Kysely, sql } from "kysely";
import type { Job, JobKind, Jobs, LaneRoom } from "../store-port.ts";
import { beginTurn, type Wanted } from "./lane-turns.ts";
import { prepared } from "./prepared.ts";
import { countRunning, releaseDead } from "./running-jobs.ts";
import type { Schema } from "./schema.ts";

/** Where workers share the table; for one transaction. */
export interface JobSharing {
  /** The run that claims. */
  readonly owner: string;
  /** By the clock that all of them share. */
  readonly now: () => Promise<number>;
  readonly wanted: Wanted;
}

function toJob(row: Schema["job"]): Job {
  return {
    id: row.id,
    kind: row.kind as JobKind,
    lane: row.lane,
    ticketId: row.ticket_id,
    payload: JSON.parse(row.payload) as Record<string, string>,
    dueAt: row.due_at,
    attempt: row.attempt,
    starts: row.starts,
    leaseToken: row.lease_token,
  };
}

/** Literal, so that the indexes of jobs in these states are used without planning anew at every run. */
const PENDING = sql.lit("pending");
const RUNNING = sql.lit("running");
const PARKED = sql.lit("parked");

const insertNew = prepared((db, row: Schema["job"]) =>
  db
    .insertInto("job")
    .values(row)
    .onConflict((conflict) => conflict.columns(["shop_id", "id"]).doNothing()),
);

const insertOrArm = prepared((db, row: Schema["job"], dueAt: number) =>
  db
    .insertInto("job")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(["shop_id", "id"])
        .doUpdateSet({ due_at: dueAt, state: "pending", attempt: 0, backing_off: 0, done_at: null })
        // Whoever runs it holds the lease; taking it away would throw a result away.
        .where("job.state", "!=", "running"),
    ),
);

const updateRunning = prepared(
  (db, shopId: string, id: string, leaseToken: number, set: Partial<Schema["job"]>) =>
    db
      .updateTable("job")
      .set(set)
      .where("shop_id", "=", shopId)
      .where("id", "=", id)
      .where("state", "=", RUNNING)
      .where("lease_token", "=", leaseToken),
);

const selectRunning = prepared((db, shopId: string, id: string, leaseToken: number) =>
  db
    .selectFrom("job")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("id", "=", id)
    .where("state", "=", RUNNING)
    .where("lease_token", "=", leaseToken),
);

const updateAny = prepared((db, shopId: string, id: string, set: Partial<Schema["job"]>) =>
  db.updateTable("job").set(set).where("shop_id", "=", shopId).where("id", "=", id),
);

const selectDue = prepared((db, shopId: string, lane: string, at: number, limit: number) =>
  db
    .selectFrom("job")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("lane", "=", lane)
    .where("state", "=", PENDING)
    .where("due_at", "<=", at)
    // One job a ticket at a time, so that its mails and its refund keep their order.
    .where((where) =>
      where.or([
        where("ticket_id", "is", null),
        where.not(
          where.exists(
            where
              .selectFrom("job as other")
              .select("other.id")
              .whereRef("other.shop_id", "=", "job.shop_id")
              .whereRef("other.ticket_id", "=", "job.ticket_id")
              .where("other.state", "=", RUNNING)
              // As the index of jobs by ticket has it: without these words every job ever done is read.
              .where(sql<boolean>`other.state in ('pending', 'running')`),
          ),
        ),
      ]),
    )
    .orderBy("due_at")
    .orderBy("created_at")
    .limit(limit),
);

const selectDueKind = prepared((db, shopId: string, lane: string, kind: string, at: number) =>
  db
    .selectFrom("job")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("lane", "=", lane)
    .where("state", "=", PENDING)
    .where("due_at", "<=", at)
    .where("kind", "=", kind)
    .limit(1),
);

const selectRunningKind = prepared((db, shopId: string, kind: string) =>
  db
    .selectFrom("job")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("state", "=", RUNNING)
    .where("kind", "=", kind)
    .limit(1),
);

const hastenKind = prepared((db, shopId: string, kind: string, at: number) =>
  db
    .updateTable("job")
    .set({ due_at: at })
    .where("shop_id", "=", shopId)
    .where("kind", "=", kind)
    .where("state", "=", PENDING)
    .where("due_at", ">", at)
    .returning("lane"),
);

/** From lane to lane by the index: thousands of jobs may wait in each. */
const selectNextDue = prepared((db, shopId: string) => ({
  compile: () =>
    sql<{ lane: string; due_at: number }>`
      with recursive busy (lane) as (
        select min(lane) from job where shop_id = ${shopId} and state = ${PENDING}
        union all
        select (
          select min(lane) from job
          where shop_id = ${shopId} and state = ${PENDING} and lane > busy.lane
        ) from busy where busy.lane is not null
      )
      select lane, (
        select min(due_at) from job
        where shop_id = ${shopId} and state = ${PENDING} and lane = busy.lane
      ) as due_at
      from busy where lane is not null`.compile(db),
}));

const releaseRunning = prepared((db, shopId: string) =>
  db
    .updateTable("job")
    .set({ state: "pending" })
    .where("shop_id", "=", shopId)
    .where("state", "=", RUNNING),
);

/** Those of this kind that come first, or else the first ones alone. */
function firstOf(rows: Schema["job"][], limit: number, kind: JobKind): Schema["job"][] {
  const other = rows.findIndex((row) => row.kind !== kind);
  return other < 0 ? rows : rows.slice(0, Math.max(limit, other));
}

export function jobsTable(
  db: Kysely<Schema>,
  shopId: string,
  now: () => number,
  sharing?: JobSharing,
): Jobs {
  const wanted = sharing?.wanted;
  const free = sharing === undefined ? {} : { lease_owner: null };
  const wantIfDue = (lane: string, dueAt: number) => {
    if (wanted !== undefined && dueAt <= now()) wanted.lane(lane);
  };

  const newRow = (job: Parameters<Jobs["add"]>[0]): Schema["job"] => ({
    shop_id: shopId,
    id: job.id,
    kind: job.kind,
    lane: job.lane,
    ticket_id: job.ticketId,
    payload: JSON.stringify(job.payload),
    due_at: job.dueAt,
    state: "pending",
    attempt: 0,
    starts: 0,
    lease_token: 0,
    backing_off: 0,
    last_error: null,
    created_at: now(),
    done_at: null,
    lease_owner: null,
  });

  async function give(job: Job, set: Partial<Schema["job"]>): Promise<boolean> {
    const result = await updateRunning(db, shopId, job.id, job.leaseToken, { ...set, ...free });
    const isGiven = result.numAffectedRows === 1n;
    if (isGiven && job.ticketId !== null) wanted?.ticket(job.ticketId);
    if (isGiven && set.due_at !== undefined) wantIfDue(job.lane, set.due_at);
    return isGiven;
  }

  /** Others may have jobs of this lane at work. */
  async function roomLeft(room: LaneRoom): Promise<LaneRoom> {
    if (sharing === undefined) return room;
    return { ...room, limit: room.limit - (await countRunning(db, shopId, room.lane)) };
  }

  async function listClaimable(at: number, { lane, limit, together }: LaneRoom) {
    const { rows } = await selectDue(db, shopId, lane, at, together?.limit ?? limit);
    const tickets = rows.map((row) => row.ticket_id);
    const first = rows.filter(({ ticket_id: id }, at) => id === null || tickets.indexOf(id) === at);
    return together === undefined ? first : firstOf(first, limit, together.kind);
  }

  return {
    async add(job) {
      await insertNew(db, newRow(job));
      wantIfDue(job.lane, job.dueAt);
    },
    async arm(job) {
      await insertOrArm(db, newRow(job), job.dueAt);
      wantIfDue(job.lane, job.dueAt);
    },
    async isDue(lane, kind, at) {
      const isAtWork = (await selectRunningKind(db, shopId, kind)).rows.length > 0;
      return isAtWork || (await selectDueKind(db, shopId, lane, kind, at)).rows.length > 0;
    },
    async claim(own, lanes) {
      const claimed: Job[] = [];
      const at = (await sharing?.now()) ?? own;
      const holder = sharing === undefined ? {} : { lease_owner: sharing.owner };
      for (const asked of lanes) {
        const room = await roomLeft(asked);
        if (room.limit <= 0) continue;
        for (const row of await listClaimable(at, room)) {
          const lease = { starts: row.starts + 1, lease_token: row.lease_token + 1 };
          await updateAny(db, shopId, row.id, { state: "running", ...lease, ...holder });
          claimed.push(toJob({ ...row, ...lease }));
        }
      }
      return claimed;
    },
    async findHeld({ id, leaseToken }) {
      return (await selectRunning(db, shopId, id, leaseToken)).rows.length > 0;
    },
    finish: (job) => give(job, { state: "done", done_at: now(), last_error: null }),
    again: (job, dueAt) =>
      give(job, { state: "pending", due_at: dueAt, attempt: 0, backing_off: 0 }),
    retry: (job, dueAt, error) =>
      give(job, {
        state: "pending",
        due_at: dueAt,
        attempt: job.attempt + 1,
        backing_off: 1,
        last_error: error,
      }),
    park: (job, error) => give(job, { state: "parked", last_error: error, done_at: now() }),
    async releaseAll() {
      if (sharing === undefined) {
        return Number((await releaseRunning(db, shopId)).numAffectedRows);
      }
      const lanes = await releaseDead(db, shopId, await sharing.now());
      for (const lane of lanes) sharing.wanted.lane(lane);
      return lanes.length;
    },
    async ask(lane, lostTurn) {
      if (sharing === undefined) return;
      if (lostTurn !== undefined) await beginTurn(db, shopId, lane, lostTurn);
      sharing.wanted.lane(lane);
    },
    async begin(lane, turn) {
      if (sharing !== undefined) await beginTurn(db, shopId, lane, turn);
    },
    async hasten(kind, at) {
      const { rows } = await hastenKind(db, shopId, kind, at);
      for (const { lane } of rows) wanted?.lane(lane);
    },
    async hastenLane(lane, at) {
      wanted?.lane(lane);
      await db
        .updateTable("job")
        .set({ due_at: at, backing_off: 0 })
        .where("shop_id", "=", shopId)
        .where("lane", "=", lane)
        .where("state", "=", PENDING)
        .where("backing_off", "=", 1)
        .where("due_at", ">", at)
        .execute();
    },
    async remove(id) {
      await db
        .deleteFrom("job")
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .where("state", "=", PENDING)
        .execute();
    },
    async listNextDue() {
      const { rows } = await selectNextDue(db, shopId);
      return rows.map(({ lane, due_at: dueAt }) => ({ lane, dueAt }));
    },
    async listParked() {
      const rows = await db
        .selectFrom("job")
        .select(["id", "kind", "ticket_id", "last_error"])
        .where("shop_id", "=", shopId)
        .where("state", "=", PARKED)
        .orderBy("due_at")
        .execute();
      return rows.map((row) => ({
        id: row.id,
        kind: row.kind as JobKind,
        ticketId: row.ticket_id,
        error: row.last_error ?? "",
      }));
    },
  };
}

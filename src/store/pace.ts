// When an account that takes so many calls may be called again, by the clock that its callers share.

import type { Kysely } from "kysely";
import type { SharedPace } from "../ports.ts";
import { type Engine, explaining } from "./engine.ts";
import type { Schema } from "./schema.ts";

export function paceTable(
  db: Kysely<Schema>,
  engine: Pick<Engine, "now" | "explain">,
  own: () => number,
): SharedPace {
  /** Until when this process has it. */
  const taken = new Map<string, number>();

  const explained = explaining(engine);
  const guarded = <Result>(work: (now: number) => Promise<Result>) =>
    explained(async () => work(await engine.now(db, own)));

  return {
    take: (account, holdMs) =>
      guarded(async (now) => {
        const until = now + holdMs;
        const { numInsertedOrUpdatedRows } = await db
          .insertInto("pace")
          .values({ account, free_at: until })
          .onConflict((conflict) =>
            conflict
              .column("account")
              .doUpdateSet({ free_at: until })
              .where("pace.free_at", "<=", now),
          )
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows === 1n) {
          taken.set(account, until);
          return null;
        }
        const row = await db
          .selectFrom("pace")
          .select("free_at")
          .where("account", "=", account)
          .executeTakeFirst();
        return Math.max(1, (row?.free_at ?? now) - now);
      }),
    rest: (account, pauseMs) =>
      guarded(async (now) => {
        const until = taken.get(account);
        taken.delete(account);
        if (until === undefined) return;
        // Where it took longer than it may, another has it by now.
        await db
          .updateTable("pace")
          .set({ free_at: now + pauseMs })
          .where("account", "=", account)
          .where("free_at", "=", until)
          .execute();
      }),
  };
}

// What the workers have at this moment, for people to see.

import type { Kysely } from "kysely";
import type { Engine } from "./engine.ts";
import type { Schema } from "./schema.ts";

export interface JobAtWork {
  readonly run: string;
  readonly shopId: string;
  readonly kind: string;
}

export async function listJobsAtWork(
  db: Kysely<Schema>,
  { explain }: Pick<Engine, "explain">,
): Promise<JobAtWork[]> {
  try {
    const rows = await db
      .selectFrom("job")
      .select(["lease_owner", "shop_id", "kind"])
      .where("state", "=", "running")
      .where("lease_owner", "is not", null)
      .orderBy("shop_id")
      .orderBy("id")
      .execute();
    return rows.map(({ lease_owner: run, shop_id: shopId, kind }) => ({
      ...{ run: run ?? "", shopId, kind },
    }));
  } catch (error) {
    throw explain(error);
  }
}

// The names of a ticket as they are looked for: the same person writes 田中 太郎 and ﾀﾅｶ ﾀﾛｳ.

import type { Kysely } from "kysely";
import { nameKey } from "../domain/name.ts";
import type { Schema } from "./schema.ts";

export function requesterKeys(
  name: string | null,
  kana: string | null,
): Pick<Schema["ticket"], "requester_name_key" | "requester_kana_key"> {
  return { requester_name_key: nameKey(name ?? ""), requester_kana_key: nameKey(kana ?? "") };
}

const FILLED_AT_ONCE = 1_000;

/** The keys of the names that were there before they had any. */
export async function fillNameKeys(tx: Kysely<Schema>): Promise<void> {
  const shops = await tx.selectFrom("ticket").select("shop_id").distinct().execute();
  for (const { shop_id } of shops) {
    const tickets = tx.selectFrom("ticket").where("shop_id", "=", shop_id);
    for (let last: number | undefined = 0; last !== undefined; ) {
      const page: {
        number: number;
        requester_name: string | null;
        requester_kana: string | null;
      }[] = await tickets
        .select(["number", "requester_name", "requester_kana"])
        .where("number", ">", last)
        .orderBy("number")
        .limit(FILLED_AT_ONCE)
        .execute();
      for (const { number, requester_name, requester_kana } of page) {
        await tx
          .updateTable("ticket")
          .set(requesterKeys(requester_name, requester_kana))
          .where("shop_id", "=", shop_id)
          .where("number", "=", number)
          .execute();
      }
      last = page.at(-1)?.number;
    }
  }
}

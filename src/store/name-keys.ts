// The names of a ticket as they are looked for: the same person writes 田中 太郎 and ﾀﾅｶ ﾀﾛｳ.

import { nameKey } from "../domain/name.ts";
import type { Schema } from "./schema.ts";

export function requesterKeys(
  name: string | null,
  kana: string | null,
): Pick<Schema["ticket"], "requester_name_key" | "requester_kana_key"> {
  return { requester_name_key: nameKey(name ?? ""), requester_kana_key: nameKey(kana ?? "") };
}

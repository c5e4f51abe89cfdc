// The rows of a town that its judge wants.

import type { TownRows } from "./judge.ts";
import type { Town } from "./town.ts";

const QUERIES: Readonly<Record<keyof TownRows, string>> = {
  messages: `select shop_id, pk, trim(both '<>' from message_id) as message_id, state, ticket_id, (select count(*)::int
      from message_location as place
      where place.shop_id = message.shop_id and place.message_pk = message.pk) as places
    from message`,
  tickets: `select shop_id, id, number::int as number, status, resolution, payment_id, opened_by
    from ticket`,
  understood: `select shop_id, seq::int as seq, ticket_id, data::json ->> 'message' as pk from event
    where type = 'message_received' order by shop_id, seq`,
  brokenChains: `select shop_id, seq::int as seq from (
      select shop_id, seq, prev_hash, lag(hash) over trail as before, lag(seq) over trail as last
      from event window trail as (partition by shop_id order by seq)) as chained
    where seq <> coalesce(last, 0) + 1
      or prev_hash <> coalesce(before, repeat('0', 64))`,
  refunds: "select shop_id, payment_id, state from refund",
  unsent: `select shop_id, name, phase, trim(both '<>' from message_id) as message_id
    from outgoing_mail where phase <> 'accepted'`,
  undone: `select shop_id, kind, state from job
    where (state in ('running', 'parked') or state = 'pending' and ticket_id is not null
        and kind in ('process_message', 'match_payment', 'prepare_refund', 'call_refund'))
      and kind not in ('sync_payments', 'reconcile_refunds', 'purge')`,
};

export async function lookAt(town: Town): Promise<TownRows> {
  const found = Object.entries(QUERIES).map(async ([name, sql]) => [name, await town.rows(sql)]);
  return Object.fromEntries(await Promise.all(found)) as TownRows;
}

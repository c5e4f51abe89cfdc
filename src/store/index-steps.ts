// Steps 10 and 11 of the schema, as migrations.ts has the others: what keeps queries and counts as quick
// after ten years as on the first day.

export const TENTH = {
  version: 10,
  name: "what is found without a look at everything",
  statements: [
    "create index payment_created on payment (shop_id, created_at)",
    // Looked for every night; the rows of those that were erased stay.
    `create index message_other on message (shop_id, received_at)
      where kind = 'other' and purged_at is null`,
    "create index deposit_payment on deposit (shop_id, provider, payment_id)",
    `create index provider_refund_ticket on provider_refund (shop_id, ticket_id)
      where ticket_id is not null`,
    // Of a ticket that is erased, years later; those that wait or run have an index of their own.
    `create index job_ended on job (shop_id, ticket_id)
      where state in ('done', 'parked') and ticket_id is not null`,
    // What a worker that died held; looked for at every start.
    "create index job_running on job (shop_id) where state = 'running'",
  ],
} as const;

/** By which the newest of a payer come first, and with the key of the row, as step 6 has it. */
const payerIndex = (name: string, column: string) => [
  `drop index ${name}`,
  `create index ${name} on payment (shop_id, ${column}, created_at, provider, id)
    where ${column} is not null`,
];

const TALLY_KEY = "(shop_id, what, state, kind)";

/** One more row of this state and kind; `last` is when it came, where anybody asks. */
const countNew = (what: string, state: string, kind: string, last = "null") =>
  `insert into tally values (new.shop_id, '${what}', new.${state}, ${kind}, 1, ${last})
    on conflict ${TALLY_KEY} do update
    set count = count + 1, last_at = max(last_at, excluded.last_at);`;

const uncountOld = (what: string, state: string, kind: string) =>
  `update tally set count = count - 1 where shop_id = old.shop_id and what = '${what}'
    and state = old.${state} and kind = ${kind};`;

export const ELEVENTH = {
  version: 11,
  name: "the newest of a payer first, and counts without counting",
  statements: [
    ...payerIndex("payment_email", "payer_email"),
    ...payerIndex("payment_name", "payer_name_key"),
    ...payerIndex("payment_kana", "payer_kana_key"),
    // How many messages, tickets and refunds there are of each state. Triggers keep it, so that whoever
    // writes a row, and in whatever state, cannot forget it.
    `create table tally (
      shop_id text not null, what text not null, state text not null, kind text not null,
      count integer not null, last_at integer, primary key ${TALLY_KEY}) strict`,
    `insert into tally
      select shop_id, 'message', state, coalesce(kind, ''), count(*), max(received_at)
      from message group by shop_id, state, kind`,
    `insert into tally select shop_id, 'ticket', status, '', count(*), null
      from ticket group by shop_id, status`,
    `insert into tally select shop_id, 'refund', state, provider, count(*), null
      from refund group by shop_id, state, provider`,
    `create trigger message_counted_new after insert on message begin
      ${countNew("message", "state", "coalesce(new.kind, '')", "new.received_at")} end`,
    `create trigger message_counted_again after update of state, kind on message
      when old.state <> new.state or old.kind is not new.kind begin
      ${uncountOld("message", "state", "coalesce(old.kind, '')")}
      ${countNew("message", "state", "coalesce(new.kind, '')", "new.received_at")} end`,
    `create trigger ticket_counted_new after insert on ticket begin
      ${countNew("ticket", "status", "''")} end`,
    `create trigger ticket_counted_again after update of status on ticket
      when old.status <> new.status begin
      ${uncountOld("ticket", "status", "''")}
      ${countNew("ticket", "status", "''")} end`,
    `create trigger refund_counted_new after insert on refund begin
      ${countNew("refund", "state", "new.provider")} end`,
    `create trigger refund_counted_again after update of state on refund
      when old.state <> new.state begin
      ${uncountOld("refund", "state", "old.provider")}
      ${countNew("refund", "state", "new.provider")} end`,
    "drop index message_counted",
    "drop index refund_counted",
  ],
} as const;

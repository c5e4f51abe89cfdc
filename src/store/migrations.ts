// The schema, forward only. A step that was released is never edited: its digest is checked.
// Portable SQL: `strict` and the blob type are the only dialect words. Times are epoch
// milliseconds UTC, money is integer minor units beside its currency.

import type { Kysely } from "kysely";
import { THIRTEENTH } from "./fleet-step.ts";
import { ELEVENTH, TENTH } from "./index-steps.ts";
import { fillNameKeys } from "./name-keys.ts";
import { PERSONAL_STEP } from "./personal-step.ts";
import type { Schema } from "./schema.ts";
import { TWELFTH } from "./shop-step.ts";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
  /**
   * It only adds what the version before neither reads nor has to fill in, so that workers of that version may
   * go on beside it. Absent: they must have ended.
   */
  readonly beside?: true;
  /** What no portable statement can work out, in the same transaction. */
  readonly fill?: (tx: Kysely<Schema>) => Promise<void>;
}

const FIRST: Migration = {
  version: 1,
  name: "the refund desk",
  statements: [
    `create table message (
      shop_id text not null, pk text not null, message_id text, from_address text not null,
      subject text not null, received_at integer not null, size integer not null, raw blob not null,
      truncated integer not null, kind text, state text not null
        check (state in ('new', 'processed', 'quarantined')),
      reason text, ticket_id text, primary key (shop_id, pk)) strict`,
    "create index message_quarantined on message (shop_id, received_at) where state = 'quarantined'",
    `create table message_location (
      shop_id text not null, mailbox text not null, generation text not null, key text not null,
      message_pk text not null, primary key (shop_id, mailbox, generation, key)) strict`,
    `create table mailbox_cursor (
      shop_id text not null, mailbox text not null, generation text not null,
      last_key text not null, since_at integer, full_scan_at integer not null,
      primary key (shop_id, mailbox)) strict`,
    `create table ticket (
      shop_id text not null, id text not null, number integer not null, version integer not null,
      status text not null check (status in ('received', 'unmatched', 'awaiting_approval',
        'approved', 'awaiting_manual_refund', 'refund_pending', 'refund_requires_action',
        'refunded', 'refund_failed', 'rejected', 'closed')),
      resolution text, opened_by text not null, order_numbers text not null, requester_name text,
      requester_email text, requested_minor integer, intent text, provider text, payment_id text,
      payer_email text, round integer not null, opened_at integer not null,
      updated_at integer not null,
      primary key (shop_id, id), unique (shop_id, number)) strict`,
    "create index ticket_status on ticket (shop_id, status, number)",
    "create index ticket_opened on ticket (shop_id, opened_at)",
    "create index ticket_payment on ticket (shop_id, provider, payment_id)",
    "create index ticket_requester on ticket (shop_id, requester_email)",
    `create table ticket_order (
      shop_id text not null, order_number text not null, ticket_id text not null,
      primary key (shop_id, order_number, ticket_id)) strict`,
    `create table event (
      shop_id text not null, seq integer not null, ticket_id text, type text not null,
      actor text not null, at integer not null, data text not null, prev_hash text not null,
      hash text not null, primary key (shop_id, seq)) strict`,
    "create index event_ticket on event (shop_id, ticket_id, seq)",
    "create index event_at on event (shop_id, at)",
    `create trigger event_is_append_only_update before update on event
      begin select raise(abort, 'the audit trail is append-only'); end`,
    `create trigger event_is_append_only_delete before delete on event
      begin select raise(abort, 'the audit trail is append-only'); end`,
    `create table payment (
      shop_id text not null, provider text not null, id text not null, account text not null,
      livemode integer not null, currency text not null, amount_minor integer not null,
      captured_minor integer not null, refunded_minor integer not null, status text not null,
      method text not null, description text, order_numbers_from text, payer_name text,
      payer_name_key text, payer_email text, disputed integer not null,
      created_at integer not null, paid_at integer, fetched_at integer not null,
      primary key (shop_id, provider, id)) strict`,
    "create index payment_email on payment (shop_id, payer_email)",
    "create index payment_name on payment (shop_id, payer_name_key)",
    `create index payment_unsettled on payment (shop_id, provider, fetched_at)
      where status in ('authorized', 'unpaid', 'processing')`,
    `create table payment_order (
      shop_id text not null, order_number text not null, provider text not null,
      payment_id text not null, position integer not null,
      primary key (shop_id, order_number, provider, payment_id)) strict`,
    "create index payment_order_payment on payment_order (shop_id, provider, payment_id)",
    `create table payment_sync (
      shop_id text not null, provider text not null, page text, complete integer not null,
      synced_at integer not null, primary key (shop_id, provider)) strict`,
    `create table approval_round (
      shop_id text not null, ticket_id text not null, round integer not null,
      question text not null, question_hash text not null, ticket_version integer not null,
      state text not null check (state in ('open', 'decided', 'superseded')),
      hold_until integer, reminders integer not null, created_at integer not null,
      primary key (shop_id, ticket_id, round)) strict`,
    `create unique index approval_round_open on approval_round (shop_id, ticket_id)
      where state = 'open'`,
    `create table approval_request (
      shop_id text not null, ticket_id text not null, round integer not null,
      approver text not null, message_id text not null, code_hash text not null,
      expires_at integer not null,
      primary key (shop_id, ticket_id, round, approver),
      unique (message_id), unique (code_hash)) strict`,
    `create table approval (
      shop_id text not null, ticket_id text not null, round integer not null,
      approver text not null, amount_minor integer not null check (amount_minor > 0),
      reason text not null, reason_text text, note text, customer_note text, message_pk text,
      at integer not null, primary key (shop_id, ticket_id, round, approver)) strict`,
    `create table refund (
      shop_id text not null, id text not null, ticket_id text not null, round integer not null,
      action text not null check (action in ('refund', 'void')), provider text not null,
      account text not null, payment_id text not null,
      amount_minor integer not null check (amount_minor > 0), currency text not null,
      reason text not null, metadata text not null, idempotency_key text not null,
      state text not null check (state in ('planned', 'unknown', 'refused', 'voided', 'pending',
        'requires_action', 'succeeded', 'failed', 'canceled')),
      provider_refund_id text, failure_reason text, stored_errors integer not null,
      needs_person integer not null, key_stored_at integer not null, follow_until integer,
      updated_at integer not null,
      primary key (shop_id, id), unique (idempotency_key),
      unique (shop_id, ticket_id, round)) strict`,
    // Rule 3: at most one refund in flight a payment, whatever the code above believes.
    `create unique index refund_in_flight on refund (shop_id, provider, payment_id)
      where state in ('planned', 'unknown')`,
    `create unique index refund_provider_id on refund (shop_id, provider, provider_refund_id)
      where provider_refund_id is not null`,
    "create index refund_payment on refund (shop_id, provider, payment_id)",
    "create index refund_key_stored on refund (shop_id, key_stored_at)",
    `create table job (
      shop_id text not null, id text not null, kind text not null, lane text not null,
      ticket_id text, payload text not null, due_at integer not null,
      state text not null check (state in ('pending', 'running', 'parked', 'done')),
      attempt integer not null, starts integer not null, lease_token integer not null,
      backing_off integer not null, last_error text, created_at integer not null,
      done_at integer, primary key (shop_id, id)) strict`,
    "create index job_due on job (shop_id, lane, due_at) where state = 'pending'",
    "create index job_ticket on job (shop_id, ticket_id) where state in ('pending', 'running')",
    "create index job_parked on job (shop_id) where state = 'parked'",
    `create table outgoing_mail (
      shop_id text not null, id text not null, ticket_id text, name text not null,
      variables text not null, locale text not null, to_address text not null,
      message_id text not null, in_reply_to text, refs text not null, date_at integer not null,
      round integer, raw blob, phase text not null check (phase in ('queued', 'composed', 'data',
        'accepted', 'refused', 'dropped')),
      phase_at integer not null,
      primary key (shop_id, id), unique (message_id)) strict`,
    "create index outgoing_mail_ticket on outgoing_mail (shop_id, ticket_id)",
    "create index outgoing_mail_to on outgoing_mail (shop_id, to_address, date_at)",
    `create table summary_run (
      shop_id text not null, local_date text not null, covers_from integer not null,
      covers_to integer not null, created_at integer not null,
      primary key (shop_id, local_date)) strict`,
    `create table lane (
      shop_id text not null, name text not null,
      state text not null check (state in ('ok', 'failing', 'paused')), code text, message text,
      since integer not null, retry_at integer not null, failures integer not null,
      primary key (shop_id, name)) strict`,
    `create table switch (
      shop_id text not null, name text not null, value text not null,
      primary key (shop_id, name)) strict`,
  ],
};

const SECOND: Migration = {
  version: 2,
  name: "the provider's refunds beside ours",
  statements: [
    // As the provider last showed it. status_at: since when it shows this status; refund_id: the
    // attempt of ours that made it; adopted_at: made elsewhere, and told of; seen_in: the comparison
    // that saw it last.
    `create table provider_refund (
      shop_id text not null, provider text not null, id text not null, payment_id text not null,
      amount_minor integer not null, currency text not null, status text not null,
      status_at integer not null, origin text not null
        check (origin in ('henkin', 'unrecorded', 'elsewhere', 'earlier')),
      refund_id text, ticket_id text,
      created_at integer not null, first_seen_at integer not null, adopted_at integer,
      seen_in integer not null, primary key (shop_id, provider, id)) strict`,
    "create index provider_refund_created on provider_refund (shop_id, provider, created_at)",
    `create index provider_refund_adopted on provider_refund (shop_id, adopted_at)
      where adopted_at is not null`,
    `create table reconciliation (
      shop_id text not null, provider text not null, created_from integer not null, page text,
      state text not null check (state in ('listing', 'listed', 'done')),
      started_at integer not null, done_at integer, primary key (shop_id, provider)) strict`,
    `create table mismatch (
      shop_id text not null, provider text not null, kind text not null, subject text not null,
      ticket_id text, details text not null, found_at integer not null, cleared_at integer,
      primary key (shop_id, provider, kind, subject)) strict`,
    "create index mismatch_open on mismatch (shop_id, found_at) where cleared_at is null",
  ],
};

const THIRD: Migration = {
  version: 3,
  name: "refunds by hand",
  statements: [
    // A check cannot be changed in place.
    `create table refund_with_payouts (
      shop_id text not null, id text not null, ticket_id text not null, round integer not null,
      action text not null check (action in ('refund', 'void', 'payout')), provider text not null,
      account text not null, payment_id text not null,
      amount_minor integer not null check (amount_minor > 0), currency text not null,
      reason text not null, metadata text not null, idempotency_key text not null,
      state text not null check (state in ('planned', 'unknown', 'refused', 'voided', 'pending',
        'requires_action', 'succeeded', 'failed', 'canceled')),
      provider_refund_id text, failure_reason text, stored_errors integer not null,
      needs_person integer not null, key_stored_at integer not null, follow_until integer,
      updated_at integer not null,
      primary key (shop_id, id), unique (idempotency_key),
      unique (shop_id, ticket_id, round)) strict`,
    `insert into refund_with_payouts (shop_id, id, ticket_id, round, action, provider, account,
        payment_id, amount_minor, currency, reason, metadata, idempotency_key, state,
        provider_refund_id, failure_reason, stored_errors, needs_person, key_stored_at,
        follow_until, updated_at)
      select shop_id, id, ticket_id, round, action, provider, account, payment_id, amount_minor,
        currency, reason, metadata, idempotency_key, state, provider_refund_id, failure_reason,
        stored_errors, needs_person, key_stored_at, follow_until, updated_at from refund`,
    "drop table refund",
    "alter table refund_with_payouts rename to refund",
    // Rule 3: at most one refund in flight a payment, whatever the code above believes. A transfer
    // that staff are asked for is one.
    `create unique index refund_in_flight on refund (shop_id, provider, payment_id)
      where state in ('planned', 'unknown')`,
    // A bank's reference may come twice.
    `create unique index refund_provider_id on refund (shop_id, provider, provider_refund_id)
      where provider_refund_id is not null and action <> 'payout'`,
    "create index refund_payment on refund (shop_id, provider, payment_id)",
    "create index refund_key_stored on refund (shop_id, key_stored_at)",
  ],
};

const FOURTH: Migration = {
  version: 4,
  name: "refunds that wait for an account",
  statements: [
    "alter table refund add column instructions_email text",
    "alter table refund add column account_asked_at integer",
    "alter table refund add column account_until integer",
    "alter table payment add column payer_kana text",
    "alter table payment add column payer_kana_key text",
    "create index payment_kana on payment (shop_id, payer_kana_key)",
  ],
};

const FIFTH: Migration = {
  version: 5,
  name: "deposits and bank accounts",
  statements: [
    "alter table ticket add column requester_kana text",
    `create table deposit (
      shop_id text not null, ticket_id text not null, provider text not null,
      payment_id text not null, amount_minor integer not null check (amount_minor >= 0),
      stated_by text not null, stated_at integer not null,
      primary key (shop_id, ticket_id, provider, payment_id)) strict`,
    // Until the transfer is reported.
    `create table bank_account (
      shop_id text not null, ticket_id text not null, sealed text not null, digest text not null,
      provider text not null, payment_id text not null, payer text not null,
      message_pk text not null, received_at integer not null,
      primary key (shop_id, ticket_id)) strict`,
    "alter table approval add column with_code integer not null default 0",
  ],
};

const SIXTH: Migration = {
  version: 6,
  name: "what is looked for in past years",
  statements: [
    "alter table ticket add column requester_name_key text",
    "alter table ticket add column requester_kana_key text",
    "create index ticket_name on ticket (shop_id, requester_name_key, requester_kana_key, id)",
    "create index ticket_requested on ticket (shop_id, requested_minor)",
    "create index refund_amount on refund (shop_id, amount_minor)",
    "create index payment_amount on payment (shop_id, amount_minor)",
    // With the key of the row, so that a part of a name is looked for in the index alone.
    "drop index payment_name",
    "create index payment_name on payment (shop_id, payer_name_key, provider, id)",
    "drop index payment_kana",
    "create index payment_kana on payment (shop_id, payer_kana_key, provider, id)",
    "drop index ticket_requester",
    "create index ticket_requester on ticket (shop_id, requester_email, id)",
    "drop index payment_email",
    "create index payment_email on payment (shop_id, payer_email, provider, id)",
    // Of each kind what happened in a time; nobody asks for all kinds.
    "create index event_type on event (shop_id, type, at)",
    "drop index event_at",
  ],
  fill: fillNameKeys,
};

const SEVENTH: Migration = {
  version: 7,
  name: "consent to use the mailbox",
  statements: [
    // One account, which reads and sends. expires_at: where the server told, or is known to forget it.
    `create table mail_grant (
      shop_id text not null, sealed text not null, granted_at integer not null,
      renewed_at integer not null, expires_at integer, moves integer not null,
      primary key (shop_id)) strict`,
  ],
};

const NINTH: Migration = {
  version: 9,
  name: "what is counted for whoever watches",
  statements: [
    // Raw mails and the parameters of refunds lie in the rows themselves: counting must not read those.
    "create index message_counted on message (shop_id, state, kind, received_at)",
    "create index refund_counted on refund (shop_id, provider, state)",
  ],
};

/** Ascending. */
export const MIGRATIONS: readonly Migration[] = [
  ...[FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH],
  SEVENTH,
  PERSONAL_STEP,
  ...[NINTH, TENTH, ELEVENTH, TWELFTH, THIRTEENTH],
];

// Step 13 of the schema, as migrations.ts has the others. Times are of the database's clock where it is a
// server: the workers' own differ.

export const THIRTEENTH = {
  version: 13,
  name: "many workers on one database",
  statements: [
    // One start of one worker; the same name started again is another.
    `create table worker (
      run text not null, name text not null, version text not null, started_at integer not null,
      seen_at integer not null, primary key (run)) strict`,
    // Of a running job: the run that has it. Null where one worker is alone.
    "alter table job add column lease_owner text",
    `create index job_leased on job (lease_owner)
      where state = 'running' and lease_owner is not null`,
    // Of all shops: what the sweeper looks for every second.
    "create index job_pending on job (due_at) where state = 'pending'",
    // How often somebody was asked to work off a lane, and the last of these that was begun.
    `create table lane_turn (
      shop_id text not null, lane text not null, queue_key text not null, asked integer not null,
      begun integer not null, asked_at integer not null, primary key (shop_id, lane)) strict`,
    // Who reads the mailbox; a token for each time it has changed hands.
    `create table mailbox_lease (
      shop_id text not null, owner text, token integer not null, until_at integer not null,
      primary key (shop_id)) strict`,
    "create index mailbox_lease_owner on mailbox_lease (owner) where owner is not null",
    // How many mailboxes a run would read: it may be opening its shops still.
    `create table mailbox_reader (
      run text not null, mailboxes integer not null, primary key (run)) strict`,
    // When an account that takes so many calls a second may be called again.
    `create table pace (
      account text not null, free_at integer not null, primary key (account)) strict`,
  ],
} as const;

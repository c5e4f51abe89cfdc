// The steps of migrations.ts in PostgreSQL's words.

/** A trigger in SQLite is one statement; in PostgreSQL it is a function and what calls it. */
const TRIGGER =
  /^create trigger (?<name>\w+) (?<time>before|after) (?<event>insert|delete|update(?: of [\w, ]+)?) on (?<table>\w+)\s*(?:when (?<when>.*?)\s)?begin\s(?<body>.*)\send$/su;

const ABORT = /^\s*select raise\(abort, '(?<message>[^']*)'\);$/u;

/**
 * All text is compared by its bytes, as SQLite does, whatever the database's language: pages of a list go
 * on where the last one ended.
 */
export function inPostgres(statement: string): string[] {
  const trigger = TRIGGER.exec(statement.trim())?.groups;
  if (trigger !== undefined) return triggerStatements(trigger);
  if (!/^(?:create table|alter table)/.test(statement)) return [statement];
  return [
    statement
      .replace(/\) strict$/, ")")
      .replace(/\binteger\b/g, "bigint")
      .replace(/\bblob\b/g, "bytea")
      .replace(/\b(\w+) text\b/g, '$1 text collate "C"'),
  ];
}

function triggerStatements(trigger: Record<string, string | undefined>): string[] {
  const { name = "", time, event, table, when, body = "" } = trigger;
  const abort = ABORT.exec(body)?.groups?.["message"];
  const block =
    abort === undefined ? `${inTriggers(body)} return null;` : `raise exception '${abort}';`;
  const condition = when === undefined ? "" : `when (${inTriggers(when)})`;
  return [
    `create function ${name}() returns trigger language plpgsql as $$ begin ${block} end $$`,
    `create trigger ${name} ${time} ${event} on ${table}
      for each row ${condition} execute function ${name}()`,
  ];
}

/** SQLite's `is not` between values, its `max` of two, and a column of the row that is there already. */
function inTriggers(text: string): string {
  return text
    .replace(/(\S+) is not (old|new)\./g, "$1 is distinct from $2.")
    .replace(/\bmax\(/g, "greatest(")
    .replace(/count = count \+ 1/g, "count = tally.count + 1")
    .replace(/greatest\(last_at,/g, "greatest(tally.last_at,");
}

/** What SQLite has no words for: nobody may change the audit trail, the one who owns it included. */
export const CLOSED_TRAIL: readonly string[] = [
  "revoke update, delete, truncate on event from current_user, public",
  `create trigger event_is_append_only_truncate before truncate on event
    execute function event_is_append_only_delete()`,
];

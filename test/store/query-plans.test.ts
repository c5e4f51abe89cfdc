// No statement of the program walks through a table that grows: in ten years a shop has a million
// tickets, and what took no time in a test would keep a refund waiting.

import SqliteDatabase from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tablesOf } from "../../src/store/connection.ts";
import { migrate } from "../../src/store/migrate.ts";
import { openStore } from "../../src/store/store.ts";
import { play } from "../simulate/history.ts";
import { planOf, recordStatements } from "../support/explain.ts";
import { askEverything } from "./every-query.ts";

/** Their statements differ by what is played: lists of other lengths, and little else. */
const HISTORIES = 30;

/** There are a few of each shop, provider or mailbox, of each state, and one of each day. */
const SMALL = [
  ...["lane", "switch", "mailbox_cursor", "payment_sync", "reconciliation", "mail_grant"],
  ...[
    "schema_migration",
    "sqlite_schema",
    "summary_run",
    "tally",
    "shop",
    "mailbox_lease",
    "worker",
  ],
];

/** Partial indexes of what is not over yet. */
const INDEXES_OF_OPEN = [
  ...["job_due", "job_ticket", "job_parked", "job_running", "message_quarantined", "mismatch_open"],
];

const NAMES = "a part of a name is in no order: an index alone is read, at the command line";

/** What walks all the same, or seems to, and why it may. */
const MAY: readonly (readonly [statement: RegExp, why: string])[] = [
  [/^select max\("number"\)/, "the last entry of its index"],
  [
    /^select \* from "ticket" where "shop_id" = \?(?: and "number" > \?)? order by "number" limit/,
    "ends at its limit",
  ],
  [
    /^select "seq", "hash" from "event" .* order by "seq" desc limit/,
    "the last entry of its index",
  ],
  [/ instr\(/, NAMES],
  [/^select "provider", count\(\*\) .* from "payment"/, "doctor, and a start without any provider"],
  [/^select "quoted_head"/, "audit verify reads the whole trail, and one of these a day"],
  [/^delete from "\w+"$/, "the database is emptied between two histories"],
  [/"sqlite_master"/, "the database is emptied between two histories"],
];

function isWalk(step: string): boolean {
  const [, how, table = "", index = "", terms] =
    /^(SCAN|SEARCH) (\w+)(?:.* INDEX (\w+))?(?:.*\((.*)\))?/.exec(step) ?? [];
  if (how === undefined || SMALL.includes(table)) return false;
  if (/^SCAN (CONSTANT ROW|\d+-ROW VALUES CLAUSE|json_each VIRTUAL TABLE)/.test(step)) return false;
  // An index made for one run is made of all rows; and the rows of a shop are all there are.
  const isOfShop =
    (terms === "shop_id=?" || terms === "shop_id=? AND number>?") &&
    !INDEXES_OF_OPEN.includes(index);
  return how === "SCAN" || step.includes("AUTOMATIC") || isOfShop;
}

const file = new SqliteDatabase(":memory:");
const walksIn = (sql: string) => planOf(file, sql).filter(isWalk);

beforeAll(() => migrate(tablesOf(file), 0));
afterAll(() => file.close());

const open = () => openStore({ path: ":memory:", shopId: "shop", now: () => 0 });

/** Each once; not those that make and update the schema, which must look at everything. */
async function statementsOfTheProgram(): Promise<string[]> {
  const ofSchema = recordStatements();
  await (await open()).close();
  ofSchema.stop();
  const { seen, stop } = recordStatements();
  try {
    const store = await open();
    // Twice, as some is asked only where there is something already.
    await store.write(askEverything);
    await store.write(askEverything);
    await store.verifyAudit();
    await store.findAuditHash(1);
    await store.close();
    for (let seed = 1; seed <= HISTORIES; seed += 1) await play(seed);
  } finally {
    stop();
  }
  return [...seen].filter(
    (sql) => /^(with|select|insert|update|delete)\b/.test(sql) && !ofSchema.seen.has(sql),
  );
}

it("no statement walks through a growing table", { timeout: 120_000 }, async () => {
  const statements = await statementsOfTheProgram();
  expect(statements.length).toBeGreaterThan(150);
  const walking = statements.filter((sql) => walksIn(sql).length > 0);
  const unexplained = walking.filter((sql) => !MAY.some(([words]) => words.test(sql)));
  expect(unexplained.map((sql) => [sql, ...planOf(file, sql)])).toEqual([]);
  // An excuse that nothing needs any more would let the next one pass.
  const needless = MAY.filter(([words]) => !walking.some((sql) => words.test(sql)));
  expect(needless).toEqual([]);
});

it.each([
  ["no index", "select * from ticket where resolution = ?"],
  ["no index but the shop's", "select * from refund where shop_id = ? and action = ?"],
  ["an order", "select * from ticket where shop_id = ? and payer_email = ? order by number"],
  [
    "a column that the index has later",
    "delete from ticket_order where shop_id = ? and ticket_id = ?",
  ],
  ["an index alone", "select count(*) from event where type = ?"],
  ["a table in a subquery", "select 1 where exists (select 1 from job where payload = ?)"],
  [
    "a join without an index",
    "select 1 from ticket join approval on approval.note = ticket.intent where ticket.id = ?",
  ],
])("a walk by %s is told", (_what, sql) => {
  expect(walksIn(sql)).not.toEqual([]);
});

it.each([
  "select * from ticket where shop_id = ? and payer_email = ?",
  "select id from job where shop_id = ? and state = 'pending'",
  "select * from event where shop_id = ? and seq > ? order by seq",
  "insert into lane (shop_id, name) values (?, ?)",
])("no walk is told of %s", (sql) => {
  expect(walksIn(sql)).toEqual([]);
});

// From a file to a server: nothing is lost, nothing comes twice, and two desks never work side by side.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AccessError, PermanentError } from "../../src/domain/errors.ts";
import { giveUpMove, moveRows, planMove } from "../../src/store/move.ts";
import { openStore } from "../../src/store/store.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";
import { askEverything } from "./every-query.ts";
import { aNewMessage, aNewTicket } from "./store-bench.ts";

const never = new AbortController().signal;
const MAILS = 45;

describe.skipIf(!postgresInstalled())("a move to PostgreSQL", () => {
  let postgres: Postgres;
  let directory: string;
  let path: string;
  let url: string;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "henkin-move-"));
    path = join(directory, "henkin.db");
    url = await postgres.createDatabase();
    const store = await open(path);
    await store.write(askEverything);
    await store.write(async (tx) => {
      for (let at = 0; at < MAILS; at += 1) {
        await tx.messages.insert(aNewMessage({ pk: `v1:${at}`, raw: Buffer.from([0, at, 255]) }));
        await tx.events.append({ ticketId: null, type: "e", actor: "henkin", at, data: { at } });
      }
      await tx.messages.markQuarantined("v1:1", "test");
    });
    await store.close();
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const open = (at: string) => openStore({ path: at, shopId: "shop", now: () => 0 });
  const route = () => ({ path, url, now: 0 });
  const move = (tell: (count: number) => void = () => undefined, stop = never) =>
    moveRows(route(), tell, stop);
  /** Every row of every table, as text. */
  async function allOf(at: string): Promise<Record<string, string[]>> {
    const tables = Object.keys(
      await planMove({ ...route(), url: await postgres.createDatabase() }),
    );
    const entries = tables.map(async (table) => {
      const rows =
        at === url
          ? await postgres.execute(url, `select * from "${table}"`)
          : (new SqliteDatabase(path, { readonly: true })
              .prepare(
                `select * from "${table}" where ${table === "switch" ? "name <> 'moved_to'" : "true"}`,
              )
              .all() as Record<string, unknown>[]);
      return [table, rows.map(inText).sort()] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }
  const inText = (row: Record<string, unknown>) =>
    JSON.stringify(
      Object.entries(row)
        .map(([name, value]) => [
          name,
          Buffer.isBuffer(value) ? value.toString("hex") : value === null ? null : String(value),
        ])
        .sort(),
    );

  it("brings every row, and the audit trail holds", async () => {
    await move();
    expect(await allOf(url)).toEqual(await allOf(path));
    const [from, to] = [new SqliteDatabase(path, { readonly: true }), await open(url)];
    const head = from.prepare("select hash from event order by seq desc").pluck().get();
    from.close();
    expect(await to.verifyAudit()).toMatchObject({ problem: null, head });
    await to.write((tx) => tx.tickets.insert(aNewTicket({ id: "new", openedBy: "new" })));
    await to.close();
  });

  it("goes on where it was interrupted", async () => {
    const stopping = new AbortController();
    let first = 0;
    const stopped = move((count) => {
      first += count;
      stopping.abort();
    }, stopping.signal);
    await expect(stopped).rejects.toMatchObject({ code: "move_stopped" });
    expect(first).toBeGreaterThan(0);
    let told = 0;
    const total = await move((count) => {
      told += count;
    });
    expect(told).toBe(total);
    expect(await allOf(url)).toEqual(await allOf(path));
  });

  it("only plans where it is only to plan", async () => {
    const plan = await planMove(route());
    expect(plan).toMatchObject({ message: expect.any(Number), event: expect.any(Number) });
    expect(plan["message"]).toBeGreaterThanOrEqual(MAILS);
    expect(await postgres.execute(url, "select count(*)::int as n from message")).toEqual([
      { n: 0 },
    ]);
    await (await open(path)).close();
  });

  it("closes the file to every desk from its beginning on, until it is given up", async () => {
    const stopping = new AbortController();
    stopping.abort();
    await move(undefined, stopping.signal).catch(() => undefined);
    const refusal = await open(path).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(AccessError);
    expect(refusal).toMatchObject({ code: "database_moved" });
    giveUpMove(path);
    await (await open(path)).close();
  });

  it("goes into no database that holds something else", async () => {
    const other = await open(url);
    await other.write((tx) => tx.switches.set("a", "1"));
    await other.close();
    await expect(move()).rejects.toMatchObject({ code: "move_not_empty" });
    await (await open(path)).close();
  });

  it.each([
    ["a row that is missing", "delete from ticket_order"],
    ["a count that is wrong", "update tally set count = count + 1"],
    [
      "a changed end of the audit trail",
      "alter table event disable trigger all; update event set actor = 'x' where seq = (select max(seq) from event)",
    ],
  ])("tells %s", async (_what, statement) => {
    const total = Object.values(await planMove(route())).reduce((sum, count) => sum + count, 0);
    const stopping = new AbortController();
    let told = 0;
    const stopped = move((count) => {
      told += count;
      // The mark that it is moved is a row more.
      if (told > total) stopping.abort();
    }, stopping.signal);
    await expect(stopped).rejects.toMatchObject({ code: "move_stopped" });
    await postgres.execute(url, statement);
    const failure = await move().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure).toMatchObject({ code: "move_differs" });
  });
});

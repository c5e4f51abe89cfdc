import { type CompiledQuery, type Kysely, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import type { Schema } from "../../src/store/schema.ts";
import { openStore } from "../../src/store/store.ts";
import { conditionsOf } from "../../src/store/ticket-filter.ts";
import type { TicketFilter, WriteTx } from "../../src/store-port.ts";
import { aPayment } from "../support/memory-provider.ts";
import { aNewRefund, aNewTicket, useStore } from "./store-bench.ts";

const at = (day: string) => Date.parse(`${day}T12:00:00+09:00`);

/** R-1 of 2021, refunded in 2022; R-2 of 2023, whose payer has another name; R-3 of 2024. */
async function fill(tx: WriteTx): Promise<void> {
  const payment = { provider: "memory", paymentId: "pi_679" };
  const first = await tx.tickets.insert(
    aNewTicket({ openedAt: at("2021-03-01"), requesterName: "髙橋 ｹﾝｼﾞ" }),
  );
  await tx.tickets.update(first, { provider: "memory", paymentId: "pi_1" });
  await tx.refunds.insert(aNewRefund({ paymentId: "pi_1", amountMinor: 1_800 }));
  await tx.events.append({
    ticketId: first.id,
    type: "refund_succeeded",
    actor: "henkin",
    at: at("2022-01-05"),
    data: {},
  });
  const second = await tx.tickets.insert(
    aNewTicket({
      ...{ id: "ticket-2", openedAt: at("2023-06-01") },
      ...{ requesterName: "山田 花子", requesterKana: "ヤマダ ハナコ" },
    }),
  );
  await tx.tickets.update(second, payment);
  await tx.payments.upsert(
    [
      aPayment({ id: "pi_1", amountMinor: 2_000, capturedMinor: 2_000, payerName: null }),
      aPayment({ amountMinor: 5_400, payerName: "ＹＡＭＡＤＡ　株式会社", payerKana: "ｼﾖｳｼﾞ ﾊﾅｺ" }),
    ],
    at("2023-06-01"),
  );
  await tx.tickets.insert(
    aNewTicket({ id: "ticket-3", openedAt: at("2024-01-01"), requestedMinor: 980 }),
  );
}

describe("a ticket of past years", () => {
  const bench = useStore("in memory");
  beforeEach(() => bench().write(fill));

  it.each<[string, TicketFilter, number[]]>([
    ["the day it was opened", { from: at("2021-01-01"), before: at("2021-12-31") }, [1]],
    ["the day it was refunded", { from: at("2022-01-01"), before: at("2022-12-31") }, [1]],
    ["an open end", { from: at("2023-01-01") }, [2, 3]],
    ["an open beginning", { before: at("2022-01-01") }, [1]],
    ["the amount given back", { amountMinor: 1_800 }, [1]],
    ["the amount paid", { amountMinor: 2_000 }, [1]],
    ["the amount asked for", { amountMinor: 980 }, [3]],
    ["a part of the name in another kana", { name: "けんじ" }, [1]],
    ["a name with 様 and blanks", { name: "山田　花子 様" }, [2]],
    ["the reading of the name", { name: "はなこ" }, [2]],
    ["the payer's name in plain letters", { name: "Yamada" }, [2]],
    ["the payer's reading, as no bank writes it", { name: "しょうじ" }, [2]],
    ["name and year together", { name: "田", from: at("2024-01-01") }, [3]],
    ["a title alone, which is nobody's name", { name: "様" }, []],
  ])("is found by %s", async (_what, filter, numbers) => {
    const rows = await bench().store.read((tx) => tx.tickets.list(filter));
    expect(rows.map(({ ticket }) => ticket.number)).toEqual(numbers);
  });
});

describe("a customer", () => {
  const bench = useStore("in memory");
  beforeEach(() =>
    bench().write(async (tx) => {
      const requester = {
        requesterName: "shop_taro 100%\\",
        requesterEmail: "Hanako_Y@mail.example",
      };
      const ticket = await tx.tickets.insert(aNewTicket(requester));
      await tx.tickets.update(ticket, { provider: "memory", paymentId: "pi_1" });
      const payer = { payerName: "a_b%c", payerEmail: "Ken.S@pay.example" };
      await tx.payments.upsert([aPayment({ id: "pi_1", ...payer })], at("2023-06-01"));
    }),
  );

  it.each([
    ["a name with a sign of patterns", "shop_taro", [1]],
    ["a per cent sign", "100%", [1]],
    ["a backslash", "%\\", [1]],
    ["a payer's name with such signs", "a_b%c", [1]],
    ["a part of the address", "hanako_y@", [1]],
    ["the payer's address, however written", "KEN.S@Pay", [1]],
    ["its signs, not by others in their place", "shop-taro", []],
    ["what it says, not as a pattern", "a%c", []],
  ])("is looked for by %s", async (_what, name, numbers) => {
    const rows = await bench().store.read((tx) => tx.tickets.list({ name }));
    expect(rows.map(({ ticket }) => ticket.number)).toEqual(numbers);
  });
});

describe("a database of an earlier version", () => {
  const bench = useStore("in a file");

  it("finds its tickets by name as well", async () => {
    await bench().write(fill);
    await bench().store.close();
    await bench().tamper(
      "drop index ticket_name",
      "drop index ticket_requested",
      "drop index refund_amount",
      "drop index payment_amount",
      "drop index event_type",
      "create index event_at on event (shop_id, at)",
      "alter table ticket drop column requester_name_key",
      "alter table ticket drop column requester_kana_key",
      "delete from schema_migration where version = 6",
    );
    const { path, clock } = bench();
    const again = await openStore({ path, shopId: "shop", now: clock.now });
    const names = await again.read(async (tx) => [
      ...(await tx.tickets.list({ name: "けんじ" })),
      ...(await tx.tickets.list({ name: "ヤマダ" })),
    ]);
    await again.close();
    expect(names.map(({ ticket }) => ticket.number)).toEqual([1, 2]);
  });
});

describe("with a million tickets", () => {
  let db: Kysely<Schema>;
  beforeEach(async () => {
    db = await openDatabase(":memory:", 0);
  });
  afterEach(() => db.destroy());

  async function planOf(query: CompiledQuery): Promise<string[]> {
    const { rows } = await db.executeQuery({
      ...query,
      sql: `explain query plan ${query.sql}`,
    });
    return rows.map((row) => (row as { detail: string }).detail);
  }

  it.each<[string, TicketFilter, RegExp]>([
    ["day", { from: 1, before: 2 }, /INDEX (?:ticket_opened|event_type) .*AND (?:opened_at|at)>/],
    [
      "amount",
      { amountMinor: 1 },
      /INDEX (?:ticket_requested|refund_amount|payment_amount) .*(?:requested_minor|amount_minor)=/,
    ],
    // A part of a name can only be looked for in all of them, but without their rows.
    [
      "name",
      { name: "田中" },
      /COVERING INDEX (?:ticket_name|ticket_requester|payment_(?:name|kana|email)) /,
    ],
  ])("a %s is looked for in indexes alone", async (_what, filter, index) => {
    const queries = conditionsOf(db, "shop", filter).flat();
    expect(queries.length).toBeGreaterThan(2);
    for (const query of queries) {
      const [first, ...others] = await planOf(query.compile());
      expect(first).toMatch(index);
      for (const other of others) expect(other).toMatch(/INDEX ticket_payment .*payment_id=/);
    }
  });

  it("what happened in a time is read by its type and time", async () => {
    const query = sql<{ detail: string }>`select * from event
      where shop_id = 'shop' and type = 'x' and at >= 1 and at < 2 order by at, seq`;
    const [first] = await planOf(query.compile(db));
    expect(first).toContain("event_type (shop_id=? AND type=? AND at>? AND at<?)");
  });
});

// What a server brings that a file does not: others on the same tables, and a connection that ends.

import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AccessError, StorageError, TransientError } from "../../src/domain/errors.ts";
import { migrate } from "../../src/store/migrate.ts";
import { connectPostgres, openPostgres, postgresEngine } from "../../src/store/postgres.ts";
import { type OpenStore, openStore, storeOn } from "../../src/store/store.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { askEverything } from "./every-query.ts";
import { aNewMessage, aNewTicket } from "./store-bench.ts";

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error) => error,
  );

describe.skipIf(!postgresInstalled())("PostgreSQL", () => {
  let postgres: Postgres;
  let url: string;
  const stores: OpenStore[] = [];
  const open = async (shopId = "shop", at = url) => {
    const store = await openStore({ path: at, shopId, now: () => 0 });
    stores.push(store);
    return store;
  };
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    url = await postgres.createDatabase();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });

  it("understands every statement that the store can make", async () => {
    const store = await open();
    await store.write(askEverything);
    await store.write(askEverything);
    await store.verifyAudit();
    await store.findAuditHash(1);
    await store.scrub();
  });

  it("is brought up to date once where several start in the same moment", async () => {
    const [one, other] = await Promise.all([open(), open(), open()]);
    await one?.write((tx) => tx.tickets.insert(aNewTicket()));
    expect(await other?.read((tx) => tx.tickets.find("ticket-1"))).toMatchObject({ number: 1 });
  });

  it("of an older version is refused by whoever may not update it", async () => {
    const { db } = await connectPostgres(url);
    await migrate(db, 0, 1);
    await db.destroy();
    const refusal = await failureOf(openPostgres(url, 0, { mayUpdate: false }));
    expect(refusal).toBeInstanceOf(AccessError);
    expect(refusal).toMatchObject({ code: "database_waits" });
  });

  it("lets one write for a shop at a time, whoever asks", async () => {
    const both = [await open(), await open()];
    const append = (store: OpenStore, at: number) =>
      store.write(async (tx) => {
        await tx.events.append({ ticketId: null, type: `e${at}`, actor: "henkin", at, data: {} });
        await tx.tickets.insert(aNewTicket({ id: `t${at}`, openedBy: `m${at}` }));
      });
    await Promise.all(Array.from({ length: 40 }, (_, at) => append(both[at % 2] as OpenStore, at)));
    const [one, other] = both as [OpenStore, OpenStore];
    expect(await one.verifyAudit()).toMatchObject({ rows: 40, problem: null });
    const tickets = await other.read((tx) => tx.tickets.list({}));
    expect(new Set(tickets.map(({ ticket }) => ticket.number)).size).toBe(40);
  });

  it("lets no shop wait for another's transaction", async () => {
    const [one, other] = [await open("one"), await open("other")];
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const long = one.write(async (tx) => {
      await tx.switches.set("stop", "on");
      await ended;
    });
    await other.write((tx) => tx.switches.set("stop", "off"));
    end();
    await long;
    expect(await one.read((tx) => tx.switches.find("stop"))).toBe("on");
    expect(await other.read((tx) => tx.switches.find("stop"))).toBe("off");
  });

  it("keeps a text that has U+0000 in it", async () => {
    const store = await open();
    await store.write((tx) => tx.messages.insert(aNewMessage({ subject: "返\0金" })));
    const kept = await store.read((tx) => tx.messages.find("v1:abc"));
    expect(kept?.subject).toBe("返\uFFFD金");
  });

  it("sorts by bytes where the database's language sorts otherwise", async () => {
    expect(await postgres.execute(url, "select 'a' < 'B' as by_language")).toEqual([
      { by_language: true },
    ]);
    const store = await open();
    await store.write(async (tx) => {
      const lane = { state: "ok", code: null, message: null, since: 0, retryAt: 0, failures: 0 };
      for (const name of ["a", "B"]) await tx.lanes.save({ ...lane, name, state: "ok" });
    });
    const lanes = await store.read((tx) => tx.lanes.list());
    expect(lanes.map(({ name }) => name)).toEqual(["B", "a"]);
  });

  it.each(["update event set actor = 'x'", "delete from event", "truncate event"])(
    "closes the audit trail to its owner, too: %s",
    async (statement) => {
      const store = await open();
      const event = { ticketId: null, type: "e", actor: "henkin", at: 0, data: {} };
      await store.write((tx) => tx.events.append(event));
      const owner = new pg.Client({ connectionString: url });
      await owner.connect();
      await expect(owner.query(statement)).rejects.toThrow("permission denied for table event");
      await owner.query("grant update, delete, truncate on event to current_user");
      await expect(owner.query(statement)).rejects.toThrow("the audit trail is append-only");
      await owner.end();
    },
  );

  it("that is killed and started again takes nothing back, and is waited for", async () => {
    const store = await open();
    await store.write((tx) => tx.switches.set("a", "1"));
    const idle = store.read((tx) => tx.switches.find("a"));
    await idle;
    const unfinished = store.write(async (tx) => {
      await tx.switches.set("a", "2");
      await postgres.restart("immediate");
      await tx.switches.set("b", "2");
    });
    const failure = await failureOf(unfinished);
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure).toMatchObject({ code: "database_away" });
    expect(await store.read((tx) => tx.switches.find("a"))).toBe("1");
    await store.write((tx) => tx.switches.set("b", "1"));
  });

  it("that nobody can reach says where it should be, and not by which password", async () => {
    const failure = (await failureOf(
      openPostgres("postgres://henkin:s3cret@127.0.0.1:1/desk", 0),
    )) as Error;
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure.message).toContain("postgres://127.0.0.1:1/desk");
    expect(failure.message).not.toContain("s3cret");
  });

  it("that refuses the password is a matter for a person", async () => {
    const wrong = url.replace("s3cret", "wrong");
    expect(await failureOf(openPostgres(wrong, 0))).toBeInstanceOf(StorageError);
  });

  describe("behind a line that is cut", () => {
    let proxy: TcpProxy;
    beforeEach(async () => {
      proxy = await startTcpProxy({ targetPort: postgres.port });
    });
    afterEach(() => proxy.close());
    const through = () => url.replace(`:${postgres.port}/`, `:${proxy.port}/`);

    it("is asked over a new connection, the cut one's answer never heard", async () => {
      const store = await open("shop", through());
      const failure = await failureOf(
        store.write(async (tx) => {
          await tx.switches.set("a", "1");
          await proxy.setMode("reset");
          await tx.switches.set("b", "1");
        }),
      );
      expect(failure).toMatchObject({ code: "database_away" });
      await proxy.setMode("pass");
      expect(await store.read((tx) => tx.switches.find("a"))).toBeUndefined();
    });

    it("may have committed what nobody confirmed", async () => {
      await (await open()).close();
      const store = await open("shop", through());
      proxy.swallow(/COMMIT/, "to-client");
      const failure = await failureOf(store.write((tx) => tx.switches.set("a", "1")));
      expect(failure).toMatchObject({ code: "database_away" });
      expect(await store.read((tx) => tx.switches.find("a"))).toBe("1");
    });

    it("is not waited for when it never answers again", async () => {
      await (await open()).close();
      const { db } = await connectPostgres(through(), { connectionsMax: 1, queryMs: 300 });
      const options = { path: url, shopId: "shop", now: () => 0 };
      const store = storeOn(db, options, postgresEngine(url));
      stores.push(store);
      const failure = await failureOf(
        store.write(async (tx) => {
          await tx.switches.set("a", "1");
          await proxy.setMode("black-hole");
          await tx.switches.set("b", "1");
        }),
      );
      expect(failure).toMatchObject({ code: "database_away" });
      await proxy.setMode("pass");
      expect(await store.read((tx) => tx.switches.find("b"))).toBeUndefined();
    });
  });

  it("frees a shop whose writer fell silent in the middle", async () => {
    const { db, pool } = await connectPostgres(url);
    const { rows } = await pool.query("show idle_in_transaction_session_timeout");
    expect(rows).toEqual([{ idle_in_transaction_session_timeout: "15s" }]);
    await db.destroy();
  });
});

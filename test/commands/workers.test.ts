import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { mailboxLeasesTable } from "../../src/store/mailbox-leases.ts";
import { openTables } from "../../src/store/store.ts";
import { workersTable } from "../../src/store/workers.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";
import { openOffice, SHOP_FILE } from "../support/shops.ts";

describe("henkin workers", () => {
  it("says of a file that one worker alone uses it", async () => {
    const office = openOffice();
    await office.run(`shop add bakery --file ${office.json("f.json", SHOP_FILE)}`);
    expect(await office.run("workers")).toEqual([
      "The database is a file: one worker alone uses it, and reads every mailbox.",
    ]);
    expect(await office.run("workers --json")).toEqual(['{"isShared":false}']);
    office.close();
  });

  describe.skipIf(!postgresInstalled())("on a server", () => {
    let postgres: Postgres;
    beforeAll(async () => {
      postgres = await startPostgres();
    });
    afterAll(() => postgres.stop());

    it("tells who lives, what each has, and what nobody reads", async () => {
      const path = await postgres.createDatabase();
      const key = Buffer.alloc(32, 7).toString("base64");
      const office = openOffice({ DATABASE_URL: path, DATA_KEY: key });
      for (const id of ["bakery", "cellar"]) {
        const INBOX_URL = `imaps://${id}:x@mail.bakery.example/INBOX`;
        await office.run(
          `shop add ${id} --file ${office.json("f.json", { ...SHOP_FILE, INBOX_URL })}`,
        );
      }
      expect(await office.run("workers")).toEqual([
        "No worker lives on this database: `henkin run`.",
        "Read by nobody: 2 (bakery, cellar)",
      ]);
      const { db, engine } = await openTables({ path, now: systemClock.now });
      await workersTable(db, engine, systemClock.now).beat({
        run: "r1",
        name: "w1",
        version: "9.9",
      });
      await mailboxLeasesTable(db, engine, systemClock.now).take("r1", ["bakery"], 60_000);
      await db.destroy();
      const [header, row, unread] = await office.run("workers");
      expect(header).toMatch(/^worker +version +since +seen +mailboxes +jobs$/);
      expect(row).toMatch(/^w1 +9\.9 +\d{4}-.*Z +\d+ s ago +1 +0$/);
      expect(unread).toBe("Read by nobody: 1 (cellar)");
      expect(await office.run("workers --verbose")).toContain("w1 reads: bakery");
      const [worker, last] = (await office.run("workers --json")).map((line) => JSON.parse(line));
      expect(worker).toMatchObject({ worker: "w1", mailboxes: ["bakery"], jobs: [] });
      expect(last).toEqual({ unread: ["cellar"] });
      office.close();
    });
  });
});

// Several workers on one PostgreSQL server: as an agency runs them, and as their machines fail.

import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FakeStripe } from "../support/fake-stripe.ts";
import { contactForm } from "../support/mails.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";
import { farOff } from "../support/summary-time.ts";
import { runCommand, startWorker, stopAll, type Worker } from "../support/worker.ts";
import { PATIENCE_MS, TIMEOUT_MS } from "./rig.ts";

const IDS = ["bakery", "cellar", "dairy", "florist", "grocer", "joiner"] as const;
const API_KEY = "sk_test_fleet";

const orderOf = (id: string) => String(601 + IDS.indexOf(id as (typeof IDS)[number]));
const customer = (id: string) => ({ name: `田中${id}`, email: `taro@${id}-customer.example.jp` });

describe.skipIf(!postgresInstalled())("several workers", { timeout: TIMEOUT_MS }, () => {
  let postgres: Postgres;
  let stripe: FakeStripe;
  let api: Awaited<ReturnType<FakeStripe["start"]>>;
  let directory: string;
  let env: Record<string, string>;
  let rows: pg.Pool;

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  beforeEach(async () => {
    stripe = new FakeStripe({ apiKeys: [API_KEY] });
    api = await stripe.start();
    directory = await mkdtemp(join(tmpdir(), "henkin-fleet-"));
    const DATABASE_URL = await postgres.createDatabase();
    rows = new pg.Pool({ connectionString: DATABASE_URL, max: 1 });
    // The server is killed under it.
    rows.on("error", () => {});
    env = { LOG_LEVEL: "debug", DATABASE_URL, DATA_KEY: Buffer.alloc(32, 7).toString("base64") };
    for (const id of IDS) {
      await mkdir(join(directory, id, "in", "new"), { recursive: true });
      const { name: payerName, email: payerEmail } = customer(id);
      const description = `注文 ${orderOf(id)}`;
      stripe.addPayment({ id: `pi_${id}`, amount: 2467, description, payerName, payerEmail });
    }
    await writeFile(join(directory, "shops.json"), JSON.stringify(IDS.map(shopOf)));
    expect(await henkin("shop", "import", "shops.json")).toMatchObject({ code: 0, stderr: "" });
  });
  afterEach(async () => {
    await stopAll();
    await rows.end();
    await api.close();
    await rm(directory, { recursive: true });
  });

  const shopOf = (id: string) => ({
    ...{ id, SHOP_NAME: id, SHOP_EMAIL: `shop@${id}.example.jp` },
    ...{ STAFF_EMAILS: `staff@${id}.example.jp`, MANAGER_EMAILS: `boss@${id}.example.jp` },
    ...{ INBOX_URL: `maildir:${id}/in`, OUTBOX_URL: `maildir:${id}/out` },
    ...{ STRIPE_API_KEY: API_KEY, STRIPE_API_BASE: `http://127.0.0.1:${api.port}` },
    ...{ INBOX_SINCE: "all", POLL_SECONDS: 1, SUMMARY_AT: farOff(), DNS_SERVERS: "127.0.0.1:9" },
  });

  const henkin = (...args: string[]) =>
    runCommand(args, { cwd: directory, env, timeoutMs: PATIENCE_MS });

  const launch = (name: string, settings: Record<string, string> = {}): Worker =>
    startWorker({ cwd: directory, env: { ...env, WORKER_ID: name, ...settings } });

  async function start(name: string): Promise<Worker> {
    const worker = launch(name);
    await worker.waitForLog(({ msg }) => msg === "henkin is at work", PATIENCE_MS);
    return worker;
  }

  async function until<Found>(
    what: string,
    look: () => Promise<Found | null | false>,
  ): Promise<Found> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== null && found !== false) return found;
      if (performance.now() > end) throw new Error(`it does not come to be that ${what}`);
      await pause(100);
    }
  }

  async function ask<Row extends object>(sql: string): Promise<Row[]> {
    // For a moment nobody answers.
    const found = await rows.query<Row>(sql).catch(() => null);
    return found?.rows ?? [];
  }

  /** How many mailboxes each worker reads, most first. */
  async function mailboxes(): Promise<number[]> {
    const found = await ask<{ count: number }>(
      `select count(*)::int as count from mailbox_lease
       where owner is not null and until_at > extract(epoch from clock_timestamp()) * 1000
       group by owner order by 1 desc`,
    );
    return found.map(({ count }) => count);
  }

  async function receiveForms(ids: readonly string[] = IDS): Promise<void> {
    for (const id of ids) {
      const form = contactForm({ ...customer(id), orderNumber: orderOf(id) });
      await writeFile(join(directory, id, "in", "new", "form"), form);
    }
  }

  const allAre = (status: string) =>
    until(`every ticket is ${status}`, async () => {
      const found = await ask<{ shop_id: string; status: string }>(
        "select shop_id, status from ticket order by shop_id",
      );
      return found.length === IDS.length && found.every((ticket) => ticket.status === status);
    });

  async function approveAll(): Promise<void> {
    for (const id of IDS) {
      expect(await henkin("--shop", id, "approve", "1")).toMatchObject({ code: 0 });
    }
  }

  /** One refund of each payment, and one answer to each customer. */
  async function expectOneEach(): Promise<void> {
    const refunded = stripe.refunds.map((refund) => refund.payment_intent).sort();
    expect(refunded).toEqual(IDS.map((id) => `pi_${id}`));
    for (const id of IDS) {
      const { email } = customer(id);
      const answers = async () =>
        ask(`select 1 from outgoing_mail where shop_id = '${id}' and to_address = '${email}'
          and phase = 'accepted'`);
      await until(`the customer of ${id} knows`, async () => (await answers()).length === 1);
      const sent = await readdir(join(directory, id, "out", "new"));
      expect(sent.length).toBeGreaterThan(0);
      expect(await henkin("audit", "verify", "--shop", id)).toMatchObject({ code: 0 });
    }
  }

  test("share the mailboxes, and each request is refunded once", async () => {
    await Promise.all([start("one"), start("two")]);
    await until("each reads three", async () => String(await mailboxes()) === "3,3");
    await receiveForms();
    await allAre("awaiting_approval");
    await approveAll();
    await allAre("refunded");
    await expectOneEach();
    const { rows: ran } = await rows.query("select count(distinct run)::int as runs from worker");
    expect(ran).toEqual([{ runs: 2 }]);
    // They have one account at Stripe, and so one queue for what is asked there; their mails have one each.
    const keys = await ask<{ lane: string; keys: number }>(
      `select lane, count(distinct queue_key)::int as keys from lane_turn
       where lane in ('provider:stripe', 'smtp') group by lane order by lane`,
    );
    expect(keys).toEqual([
      { lane: "provider:stripe", keys: 1 },
      { lane: "smtp", keys: IDS.length },
    ]);
  });

  test("take over from one that dies or falls silent, and make room for one that comes", async () => {
    const one = await start("one");
    const two = await start("two");
    await until("each reads three", async () => String(await mailboxes()) === "3,3");
    await receiveForms();
    await allAre("awaiting_approval");
    one.kill("SIGKILL");
    await one.exited;
    await approveAll();
    await allAre("refunded");
    await until("the other reads all", async () => String(await mailboxes()) === "6");
    await expectOneEach();

    two.kill("SIGSTOP");
    await start("three");
    await until("the new one reads all", async () => String(await mailboxes()) === "6");
    two.kill("SIGCONT");
    await until("they share again", async () => String(await mailboxes()) === "3,3");
    two.kill();
    expect(await two.exited).toEqual({ code: 0, signal: null });
    await until("the mailboxes are given back", async () => String(await mailboxes()) === "6");
  });

  test("go on by themselves when PostgreSQL was killed", async () => {
    await Promise.all([start("one"), start("two")]);
    await receiveForms();
    await allAre("awaiting_approval");
    await postgres.restart("immediate");
    await until("it answers", async () => (await ask("select 1")).length === 1);
    for (const id of IDS) {
      await until(`${id} is approved`, async () => {
        const { code } = await henkin("--shop", id, "approve", "1");
        return code === 0;
      });
    }
    await allAre("refunded");
    await expectOneEach();
  });

  test("forget which turns there were an hour later", async () => {
    const ended = () =>
      ask<{ id: string }>(
        "select workflow_uuid as id from dbos.workflow_status where status = 'SUCCESS'",
      );
    const first = await start("one");
    await receiveForms();
    await allAre("awaiting_approval");
    const before = new Set((await ended()).map(({ id }) => id));
    expect(before.size).toBeGreaterThan(IDS.length);
    first.kill();
    await first.exited;
    const HOUR_MS = 60 * 60_000;
    for (const column of ["created_at", "updated_at"]) {
      await rows.query(`update dbos.workflow_status set ${column} = ${column} - ${2 * HOUR_MS}`);
    }
    await start("one");
    await until("the old ones are gone", async () =>
      (await ended()).every(({ id }) => !before.has(id)),
    );
  });

  test("bear a name each, and keep out whoever needs the database alone", async () => {
    const first = await start("one");
    expect(await henkinNamed("one", "run")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Another worker named one"),
    });
    for (const command of [["run", "--once"], ["rekey"]]) {
      expect(await henkin(...command)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Another henkin worker is running"),
      });
    }
    first.kill();
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(await henkin("run", "--once")).toMatchObject({ code: 0 });
  });

  test("are replaced one by one without a pause", async () => {
    let [one, two] = await Promise.all([start("one"), start("two")]);
    await receiveForms(IDS.slice(0, 2));
    one.kill();
    expect(await one.exited).toMatchObject({ code: 0 });
    await receiveForms(IDS.slice(2, 4));
    one = await start("one");
    two.kill();
    expect(await two.exited).toMatchObject({ code: 0 });
    await receiveForms(IDS.slice(4));
    two = await start("two");
    await allAre("awaiting_approval");
    await approveAll();
    await allAre("refunded");
    await expectOneEach();
  });

  const henkinNamed = (name: string, ...args: string[]) =>
    runCommand(args, {
      cwd: directory,
      env: { ...env, WORKER_ID: name },
      timeoutMs: PATIENCE_MS,
    });
});

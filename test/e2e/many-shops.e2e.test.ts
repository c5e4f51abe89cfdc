// Two shops of rows, and what is wrong with one of them, in one worker: as an agency runs them.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contactForm } from "../support/mails.ts";
import { openShopDatabase, type ShopDatabase } from "../support/shop-database.ts";
import { farOff } from "../support/summary-time.ts";
import { runCommand, startWorker, stopAll, type Worker } from "../support/worker.ts";
import { PATIENCE_MS, TIMEOUT_MS } from "./rig.ts";

const IDS = ["bakery", "cellar"] as const;
/** Where nobody listens. */
const BROKEN = "imap://u:p@127.0.0.1:9/INBOX";
/** One time for all: another would be a change of the shop. */
const SUMMARY_AT = farOff();

let directory: string;
let database: ShopDatabase;
let env: Record<string, string>;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "henkin-many-"));
  database = await openShopDatabase(join(directory, "henkin.db"), "sqlite:henkin.db");
  env = { LOG_LEVEL: "info", HEALTH_PORT: "0", ...database.settings };
  for (const id of IDS) {
    await mkdir(join(directory, id, "in", "new"), { recursive: true });
    await writeFile(join(directory, id, "payments.json"), JSON.stringify([payment(id)]));
  }
});
afterEach(async () => {
  await stopAll();
  await database.close();
  await rm(directory, { recursive: true });
});

const customer = (id: string) => ({ name: "田中太郎", email: `taro@${id}-customer.example.jp` });
const orderOf = (id: string) => (id === "bakery" ? "679" : "702");

function payment(id: string) {
  const { name: payerName, email: payerEmail } = customer(id);
  const facts = { currency: "jpy", status: "succeeded", method: "card", payerName, payerEmail };
  return { id: `p_${id}`, amount: 2467, description: `注文 ${orderOf(id)}`, ...facts };
}

const shopOf = (id: string, change: object = {}) => ({
  ...{ id, SHOP_NAME: id, SHOP_EMAIL: `shop@${id}.example.jp` },
  ...{ STAFF_EMAILS: `staff@${id}.example.jp`, MANAGER_EMAILS: `boss@${id}.example.jp` },
  ...{ INBOX_URL: `maildir:${id}/in`, OUTBOX_URL: `maildir:${id}/out` },
  ...{ SANDBOX_PAYMENTS: `${id}/payments.json`, INBOX_SINCE: "all", POLL_SECONDS: 1 },
  ...{ SUMMARY_AT, DNS_SERVERS: "127.0.0.1:9", ...change },
});

const henkin = (...args: string[]) =>
  runCommand(args, { cwd: directory, env: env, timeoutMs: PATIENCE_MS });

async function importShops(...shops: object[]): Promise<string> {
  await writeFile(join(directory, "shops.json"), JSON.stringify(shops));
  const { code, stdout, stderr } = await henkin("shop", "import", "shops.json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

async function ask(id: string): Promise<void> {
  const form = contactForm({ ...customer(id), orderNumber: orderOf(id) });
  await writeFile(join(directory, id, "in", "new", "form"), form);
}

const tickets = async (id: string) => (await henkin("tickets", "--json", "--shop", id)).json;

async function until<Found>(look: () => Promise<Found | null | false>): Promise<Found> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error("it does not come to be");
    await pause(200);
  }
}

const ticketIs = (id: string, status: string) =>
  until(async () => (await tickets(id)).find((ticket) => ticket["status"] === status) ?? null);

async function sentBy(id: string): Promise<string[]> {
  const folder = join(directory, id, "out", "new");
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
}

async function pageOf(worker: Worker, path: string): Promise<string> {
  const told = await worker.waitForLog(
    ({ msg }) => msg === "health is shown on 127.0.0.1",
    PATIENCE_MS,
  );
  return (await fetch(`http://127.0.0.1:${told["port"]}${path}`)).text();
}

const fromShop = (worker: Worker, id: string) =>
  worker.stderr.filter((line) => line["shop"] === id);

describe("many shops in one worker", { timeout: TIMEOUT_MS }, () => {
  test("one refunds while the mailbox of the other is broken, and is mended", async () => {
    await importShops(shopOf("bakery"), shopOf("cellar", { INBOX_URL: BROKEN }));
    for (const id of IDS) await ask(id);
    const worker = startWorker({ cwd: directory, env: env });

    await ticketIs("bakery", "awaiting_approval");
    expect(await henkin("--shop", "bakery", "approve", "1")).toMatchObject({ code: 0 });
    await ticketIs("bakery", "refunded");
    expect(await tickets("cellar")).toEqual([]);
    expect(await sentBy("cellar")).toEqual([]);
    const told = await worker.waitForLog((line) => line["lane"] === "inbox", PATIENCE_MS);
    expect(told).toMatchObject({ shop: "cellar", level: 40 });
    const ready = JSON.parse(await pageOf(worker, "/readyz"));
    expect(ready).toMatchObject({
      ready: false,
      checks: { "cellar/inbox": { ok: false }, "bakery/inbox": { ok: true } },
    });
    expect(await pageOf(worker, "/metrics")).toContain(
      'henkin_tickets{shop="bakery",status="refunded"} 1',
    );

    expect(await importShops(shopOf("bakery"), shopOf("cellar"))).toBe(
      "changed: 1 (cellar)\nleft: 1 (bakery)\n",
    );
    await ticketIs("cellar", "awaiting_approval");
    expect((await tickets("cellar")).map(({ orderNumbers }) => orderNumbers)).toEqual([["702"]]);
    expect((await tickets("bakery")).map(({ orderNumbers }) => orderNumbers)).toEqual([["679"]]);
    for (const id of IDS) {
      const sent = await sentBy(id);
      expect(sent.length).toBeGreaterThan(0);
      const strangers = sent.filter((mail) => !mail.includes(`${id}.example.jp`));
      expect(strangers).toEqual([]);
    }
    expect(await henkin("tickets")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("bakery, cellar"),
    });
    const state = JSON.parse(
      await readFile(join(directory, "bakery", "payments.json.state.json"), "utf8"),
    );
    expect(state.refunds.map(({ amount }: { amount: number }) => amount)).toEqual([2467]);
    worker.kill();
    expect(await worker.exited).toMatchObject({ code: 0 });
    // Of the process, or of a shop, and never of none where a shop was at work.
    const nameless = worker.stderr.filter(
      (line) => line["lane"] !== undefined && line["shop"] === undefined,
    );
    expect(nameless).toEqual([]);
    expect(fromShop(worker, "cellar").length).toBeGreaterThan(0);
  });

  test("a shop that cannot be opened is told and tried again, and follows what is said of it", async () => {
    await importShops(shopOf("bakery"), shopOf("cellar", { TEMPLATES_DIR: "no-such-folder" }));
    await ask("bakery");
    const worker = startWorker({ cwd: directory, env: env });
    const told = await worker.waitForLog(
      ({ msg }) => String(msg).includes("tried again"),
      PATIENCE_MS,
    );
    expect(told).toMatchObject({ shop: "cellar", code: "bad_configuration", level: 50 });
    await ticketIs("bakery", "awaiting_approval");

    await importShops(shopOf("cellar"));
    await ask("cellar");
    await ticketIs("cellar", "awaiting_approval");

    await henkin("shop", "pause", "bakery");
    await until(async () => !(await pageOf(worker, "/readyz")).includes("bakery/"));
    expect(await henkin("--shop=bakery", "reject", "1")).toMatchObject({ code: 0 });
    const before = (await sentBy("bakery")).length;
    await henkin("shop", "resume", "bakery");
    await until(async () => (await sentBy("bakery")).length > before);

    expect(await henkin("shop", "remove", "cellar")).toMatchObject({ code: 0 });
    await until(async () => !(await pageOf(worker, "/readyz")).includes("cellar/"));
    expect(await tickets("cellar")).toHaveLength(1);
    worker.kill();
    expect(await worker.exited).toMatchObject({ code: 0 });
  });

  test("run --once works all of them off, and fails where one cannot be read", async () => {
    await importShops(shopOf("bakery"), shopOf("cellar", { INBOX_URL: BROKEN }));
    await ask("bakery");
    expect(await henkin("run", "--once")).toMatchObject({ code: 1 });
    expect(await tickets("bakery")).toHaveLength(1);
    await importShops(shopOf("cellar"));
    expect(await henkin("run", "--once")).toMatchObject({ code: 0 });
  });

  test("the shop of .env runs beside them, and its log names it", async () => {
    await importShops(shopOf("cellar"));
    const { id: _id, ...settings } = shopOf("bakery");
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    await writeFile(join(directory, ".env"), lines.join("\n"));
    for (const id of IDS) await ask(id);
    const worker = startWorker({ cwd: directory, env: env });
    await ticketIs("shop", "awaiting_approval");
    await ticketIs("cellar", "awaiting_approval");
    expect(await pageOf(worker, "/metrics")).toContain('shop="shop"');
    // Without --shop a command is about it, as before there were others.
    expect((await henkin("tickets", "--json")).json).toMatchObject([{ orderNumbers: ["679"] }]);
    worker.kill();
    await worker.exited;
  });
});

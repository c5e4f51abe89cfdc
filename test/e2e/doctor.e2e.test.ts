// Doctor through the built command: what it says of a whole shop, well and ill, that it changes
// nothing, and the mail it sends to itself.

import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { ImapFlow } from "imapflow";
import { describe, expect } from "vitest";
import { type DkimKey, type DnsServer, dkimKey, signed, startDns } from "../support/dns.ts";
import { dovecotInstalled } from "../support/dovecot.ts";
import { AUTHSERV_ID, contactForm, directMail, dmarcPass } from "../support/mails.ts";
import { ON_POSTGRES } from "../support/shop-database.ts";
import { runCommand } from "../support/worker.ts";
import { PATIENCE_MS, type Rig, test as rigged, STAFF, TIMEOUT_MS } from "./rig.ts";

const SHOP = "shop@shop.example.jp";
const DOMAIN = "shop.example.jp";

interface Told {
  readonly level: string;
  readonly check: string;
  readonly message: string;
  readonly mend: string | null;
}

const test = rigged.extend<{ dns: DnsServer; key: DkimKey }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads here what a fixture needs.
  dns: async ({}, use) => {
    const dns = await startDns();
    await use(dns);
    await dns.close();
  },
  key: async ({ dns }, use) => {
    const key = dkimKey({ domain: DOMAIN, selector: "mail2026" });
    dns.answers.set(DOMAIN, { txt: ["v=spf1 ip4:198.51.100.7 -all"], mx: [`mx.${DOMAIN}`] });
    dns.answers.set(`_dmarc.${DOMAIN}`, "v=DMARC1; p=reject");
    dns.answers.set(key.name, key.record);
    await use(key);
  },
});

async function examine(rig: Rig, settings: Record<string, string>, ...args: string[]) {
  const { code, json, stdout, stderr } = await runCommand(["doctor", "--json", ...args], {
    cwd: rig.directory,
    env: { ...rig.env, ...settings },
    timeoutMs: 3 * PATIENCE_MS,
  });
  expect(json).toHaveLength(stdout.trim().split("\n").length);
  const told = json as unknown as Told[];
  for (const { level, mend } of told)
    expect([level, mend !== null]).toEqual([level, level !== "ok"]);
  return { code, told, stderr, of: (check: string) => told.find((one) => one.check === check) };
}

/** What the server knows of every mail: flags and, of the folder, its last change. */
async function stateOf(rig: Rig) {
  const client = new ImapFlow({
    ...{ host: "127.0.0.1", port: rig.dovecot.port, secure: false, logger: false },
    auth: { user: rig.dovecot.user, pass: rig.dovecot.password },
  });
  await client.connect();
  try {
    const { highestModseq } = await client.mailboxOpen("INBOX", { readOnly: true });
    const rows = await client.fetchAll("1:*", { uid: true, flags: true });
    return { highestModseq, mails: rows.map(({ uid, flags }) => [uid, ...(flags ?? [])]) };
  } finally {
    await client.logout();
  }
}

/** Returns the settings under which it is found broken: a server that is away, or what is no database any more. */
async function breakDatabase(rig: Rig): Promise<Record<string, string>> {
  if (ON_POSTGRES) return { DATABASE_URL: "postgres://henkin@127.0.0.1:9/henkin" };
  const file = new SqliteDatabase(rig.database);
  file.pragma("wal_checkpoint(truncate)");
  file.close();
  await writeFile(rig.database, "this was a database once".repeat(1_000));
  return {};
}

/** As a host does that signs what it sends and stamps what it receives. */
function deliverToItself(rig: Rig, key: DkimKey): () => void {
  let taken = rig.smtp.mails.length;
  const timer = setInterval(async () => {
    const [mail] = rig.smtp.mails.slice(taken);
    if (mail === undefined) return;
    taken += 1;
    const raw = await signed(Buffer.from(mail.raw), key, { at: new Date() });
    const stamp = `Authentication-Results: ${dmarcPass(DOMAIN)}\r\n`;
    await rig.dovecot.append(Buffer.concat([Buffer.from(stamp), raw]));
  }, 50);
  return () => clearInterval(timer);
}

describe.skipIf(!dovecotInstalled())("henkin doctor", { timeout: 3 * TIMEOUT_MS }, () => {
  test("is content with a healthy shop, and changes nothing in it", async ({ rig, dns, key }) => {
    rig.addPayment();
    for (let index = 0; index < 6; index += 1) {
      const domain = `customer${index}.example.com`;
      const from = `taro@${domain}`;
      await rig.dovecot.append(directMail({ from, authenticationResults: dmarcPass(domain) }));
    }
    const from = `店員 <${STAFF}>`;
    const mail = directMail({ from, to: SHOP, authenticationResults: dmarcPass(DOMAIN) });
    await rig.dovecot.append(await signed(mail, key, { at: new Date() }), { flags: ["\\Flagged"] });
    const before = await stateOf(rig);

    const { code, told, of, stderr } = await examine(rig, { DNS_SERVERS: dns.address });
    expect(told.filter(({ level }) => level !== "ok")).toEqual([]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(told.map(({ check }) => check)).toEqual([
      ...(ON_POSTGRES
        ? ["settings", "files", "templates", "database", "audit"]
        : ["settings", "files", "templates", "disk", "database"]),
      ...["inbox", "smtp"],
      ...["SPF", "DKIM", "DMARC", "MX"],
      ...["key", "payment intents", "charges", "refunds", "events", "disputes"],
      ...["refund permission", "void permission", "customers", "balance", "account", "clock"],
      "approval by mail",
    ]);
    expect(of("inbox")?.message).toMatch(/7 mails, UIDVALIDITY \d+, IDLE, CONDSTORE/);
    expect(of("DKIM")?.message).toContain(key.name);
    expect(of("approval by mail")?.message).toContain("7 of the newest 7 mails");

    expect(await stateOf(rig)).toEqual(before);
    expect(rig.smtp.mails).toEqual([]);
    expect(rig.stripe.requests.some(({ effect }) => effect)).toBe(false);
  });

  test("tells every fault beside the others", async ({ rig, dns }) => {
    await rig.start().then(async (worker) => {
      worker.kill();
      await worker.exited;
    });
    const broken = await breakDatabase(rig);
    await writeFile(join(rig.directory, ".env"), "LOCALE=ja\n");
    await chmod(join(rig.directory, ".env"), 0o644);
    await rig.dovecot.setPassword("changed");
    rig.smtp.behave("refuse-rcpt-5xx");
    rig.stripe.forbidden = ["POST /v1/refunds", "POST /v1/payment_intents"];
    dns.answers.set(DOMAIN, { txt: ["v=spf1 -all", "v=spf1 ~all"] });
    dns.answers.set(`_dmarc.${DOMAIN}`, "v=DMARC1; p=reject");
    const settings = { ...broken, DNS_SERVERS: dns.address, DRY_RUN: "" };
    const { code, of } = await examine(rig, settings);
    expect(code).toBe(1);
    expect(of("files")).toMatchObject({
      level: "warn",
      mend: expect.stringMatching(/^chmod 600 /),
    });
    // Of a server nothing is to be seen but that it does not answer.
    expect(of("integrity")?.level).toBe(ON_POSTGRES ? undefined : "fail");
    expect(of("database")).toMatchObject({ level: "fail" });
    expect(of("inbox")).toMatchObject({
      level: "fail",
      mend: expect.stringContaining("INBOX_URL"),
    });
    expect(of("smtp")).toMatchObject({
      level: "fail",
      mend: expect.stringContaining("SHOP_EMAIL"),
    });
    expect(of("SPF")).toMatchObject({ level: "fail", mend: expect.stringContaining("one TXT") });
    expect(of("DMARC")).toMatchObject({ level: "fail", mend: expect.stringContaining("DKIM") });
    expect(of("MX")).toMatchObject({ level: "warn", mend: expect.stringContaining(SHOP) });
    expect(of("refund permission")).toMatchObject({ level: "fail" });
    expect(of("void permission")).toMatchObject({ level: "warn" });
    expect(of("approval by mail")).toMatchObject({ level: "ok" });

    const dry = await examine(rig, { ...settings, DRY_RUN: "1" });
    expect(dry.of("refund permission")).toMatchObject({ level: "warn" });
  });

  test("says which way of approval fits a server that stamps its name", async ({ rig }) => {
    for (let index = 0; index < 5; index += 1) {
      const domain = `customer${index}.example.com`;
      const verdict = { authenticationResults: dmarcPass(domain) };
      await rig.dovecot.append(directMail({ from: `taro@${domain}`, ...verdict }));
    }
    const found = await examine(rig, { AUTHSERV_IDS: "" });
    expect(found.of("approval by mail")).toMatchObject({
      level: "warn",
      mend: expect.stringContaining(`Set AUTHSERV_IDS=${AUTHSERV_ID}. Verify first`),
    });
    expect(found.of("SPF")).toBeUndefined();
    expect(found.of("DNS")).toMatchObject({
      level: "warn",
      mend: expect.stringContaining("DNS_SERVERS"),
    });
    const other = await examine(rig, { AUTHSERV_IDS: "mx.elsewhere.example" });
    expect(other.of("approval by mail")).toMatchObject({ level: "warn" });
  });

  test("sends itself a mail with --probe, which the worker leaves alone", async ({
    rig,
    dns,
    key,
  }) => {
    const end = deliverToItself(rig, key);
    try {
      await rig.dovecot.append(contactForm({ orderNumber: "1" }));
      const { told, of } = await examine(rig, { DNS_SERVERS: dns.address }, "--probe");
      const probe = told.filter(({ check }) => check === "probe");
      expect(probe).toMatchObject([
        { level: "ok", message: expect.stringContaining(`from ${SHOP} to itself`) },
        { level: "ok", message: expect.stringMatching(/came back after \d+ s/) },
      ]);
      expect(of("probe verdict")).toMatchObject({
        level: "ok",
        message: `${AUTHSERV_ID} says dkim=pass spf=pass dmarc=pass, which AUTHSERV_IDS counts`,
      });
      expect(of("probe DKIM")).toMatchObject({ level: "ok" });
      expect(of("mail server's clock")).toMatchObject({ level: "ok" });
    } finally {
      end();
    }
    expect(rig.smtp.mails.map(({ envelope }) => envelope)).toEqual([{ from: SHOP, to: [SHOP] }]);
    expect(await rig.dovecot.list()).toHaveLength(2);

    await rig.start();
    await rig.row<{ n: number }>(
      "select count(*) as n from message where state = 'processed'",
      ({ n }) => n === 2,
    );
    const kinds = rig.rows<{ kind: string }>("select kind from message order by kind");
    expect(kinds).toEqual([{ kind: "own" }, { kind: "refund_request" }]);
    expect(rig.rows("select number from ticket")).toEqual([{ number: 1 }]);
  });
});

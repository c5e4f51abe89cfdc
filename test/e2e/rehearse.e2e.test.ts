// `henkin rehearse` on a past that a script has played: it reports the script's figures, and neither
// the mailbox nor the provider nor the folder it runs in shows that it was there.

import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ImapFlow } from "imapflow";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Dovecot, dovecotInstalled, startDovecot } from "../support/dovecot.ts";
import { type ReceivedMail, type Smtp, startSmtpTester } from "../support/smtp.ts";
import { type CommandResult, runCommand, startWorker } from "../support/worker.ts";
import { API_KEY, type PastShop, playPast } from "./past-shop.ts";

const TIMEOUT_MS = 120_000;

let past: PastShop;
let smtp: Smtp;
let closeStripe: () => Promise<void>;
let env: Record<string, string>;
let cwd: string;

beforeAll(async () => {
  past = await playPast(Date.now());
  const api = await past.stripe.start();
  closeStripe = api.close;
  smtp = await startSmtpTester();
  env = {
    OUTBOX_URL: smtp.url,
    SHOP_EMAIL: "shop@shop.example.jp",
    STAFF_EMAILS: "sato@shop.example.jp",
    MANAGER_EMAILS: "manager@shop.example.jp",
    STRIPE_API_KEY: API_KEY,
    STRIPE_API_BASE: api.url,
    DATABASE_URL: "sqlite:henkin.db",
    // Mails of before the first start are what a rehearsal is about.
    INBOX_SINCE: new Date().toISOString(),
  };
}, TIMEOUT_MS);

afterAll(async () => {
  await Promise.all([closeStripe(), smtp.close()]);
});

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "henkin-rehearse-"));
});

afterEach(() => rm(cwd, { recursive: true }));

const since = () => new Date(past.since).toISOString();

function rehearse(settings: Record<string, string>, ...args: string[]): Promise<CommandResult> {
  const all = { ...env, ...settings };
  return runCommand(["rehearse", "--since", since(), ...args], {
    cwd,
    env: all,
    timeoutMs: TIMEOUT_MS,
  });
}

async function fillMaildir(): Promise<string> {
  const dir = join(cwd, "inbox");
  for (const folder of ["tmp", "new", "cur"]) await mkdir(join(dir, folder), { recursive: true });
  for (const [n, { at, raw }] of past.mails.entries()) {
    // As people leave it: some read, some not, some flagged.
    const name = `${String(n).padStart(4, "0")}.shop`;
    const path =
      n % 3 === 0
        ? join(dir, "new", name)
        : join(dir, "cur", `${name}:2,${n % 3 === 1 ? "S" : "FS"}`);
    await writeFile(path, raw);
    await utimes(path, at / 1_000, at / 1_000);
  }
  return dir;
}

/** Every file with its bytes and its time. */
async function imageOf(dir: string): Promise<Record<string, string>> {
  const image: Record<string, string> = {};
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) image[path] = "folder";
    else image[path] = `${(await stat(path)).mtimeMs} ${(await readFile(path)).toString("base64")}`;
  }
  return image;
}

const countOf = (what: (one: PastShop["requests"][number]) => boolean) =>
  past.requests.filter(what).length;

function expectTrueFigures({ json }: CommandResult): void {
  const seen = json
    .filter(({ type }) => type === "request")
    .map((one) => ({
      order: (one["orderNumbers"] as string[]).join(),
      sender: one["sender"],
      would: one["would"],
      verdict: one["verdict"],
      furtherMails: one["furtherMails"],
    }));
  expect(seen).toEqual(past.requests);
  const orphans = json
    .filter(({ type }) => type === "refund_without_request")
    .map(({ paymentId }) => paymentId);
  expect(orphans.sort()).toEqual([...past.orphans].sort());
  const totals = json.at(-1) ?? {};
  const verdicts = totals["verdicts"] as Record<string, number>;
  for (const verdict of Object.keys(verdicts)) {
    expect([verdict, verdicts[verdict]]).toEqual([
      verdict,
      countOf((one) => one.verdict === verdict),
    ]);
  }
  expect(totals).toMatchObject({
    type: "totals",
    requests: 200,
    toApprove: countOf(({ would }) => would === "ask"),
    uncovered: countOf(({ verdict }) => verdict === "asked_not_refunded"),
    toChoose: countOf(({ would }) => would === "choose"),
    customerAsked: countOf(({ would }) => would === "ask_customer"),
    closed: countOf(({ would }) => would === "close"),
    leftToPerson: 0,
    refundsMade: past.refunds,
    refundsWithoutRequest: past.orphans.length,
    mails: {
      read: past.mails.length,
      repeated: 0,
      unreadable: 0,
      byKind: { refund_request: past.mails.length - past.noise },
    },
  });
}

function expectNothingDone(mails: readonly ReceivedMail[]): void {
  expect(past.stripe.requests.filter(({ method }) => method !== "GET")).toEqual([]);
  expect(past.stripe.refunds).toHaveLength(past.refunds);
  expect(mails).toEqual([]);
}

describe("henkin rehearse", { timeout: TIMEOUT_MS }, () => {
  test("finds the true figures in a Maildir and leaves no trace", async () => {
    await fillMaildir();
    // The shop's own database would not even open.
    await writeFile(join(cwd, "henkin.db"), "no database");
    const before = await imageOf(cwd);
    const result = await rehearse({ INBOX_URL: "maildir:inbox" }, "--json");
    expect(result.code).toBe(0);
    // On a slow machine it says how far it has come.
    expect(result.stderr).toMatch(/^(?:(?:mails|stripe): \d+(?: of \d+)?\n)*$/);
    expectNothingDone(smtp.mails);
    expect(await imageOf(cwd)).toEqual(before);
    expectTrueFigures(result);
  });

  test("tells a person the figures and what does not agree", async () => {
    await fillMaildir();
    const { code, stdout } = await rehearse({ INBOX_URL: "maildir:inbox" });
    expect(code).toBe(0);
    expect(stdout).toMatch(/届いたメール +263\n/);
    expect(stdout).toMatch(/返金の依頼への henkin の対応 +200\n/);
    expect(stdout).toMatch(/・決済も金額も一致 +85 +42\.5%\n/);
    expect(stdout).toMatch(/・★別の決済が返金された +8 +4\.0%\n/);
    expect(stdout).toContain(
      "特定した決済のうち返金された 108 件中、決済も金額も一致: 85 件(78.7%)",
    );
    const unpaid = past.requests.filter(({ verdict }) => verdict === "asked_not_refunded");
    expect(stdout).toContain(
      `この割合は、返金と比較できない提案 ${unpaid.length} 件を含みません(返金されていない: ${unpaid.length} 件、`,
    );
    // Those of the refunds, and each proposal that staff never paid.
    expect(stdout).toContain(`食い違い ${23 + unpaid.length} 件`);
    for (const { sender, order } of unpaid) {
      const listed = stdout.split("\n").find((one) => one.includes(` ${sender} `));
      expect(listed).toMatch(new RegExp(`を?依頼: pi_${order} `));
    }
    const dangerous = past.requests.find(({ verdict }) => verdict === "other_payment");
    const line = stdout.split("\n").find((one) => one.includes(` ${dangerous?.sender} `));
    expect(line).toMatch(
      new RegExp(`承認を依頼: pi_${dangerous?.order} ¥[\\d,]+ +pi_${dangerous?.order}b ¥[\\d,]+$`),
    );
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(
      "メールの送信、返金、データの変更は一切行っていません。",
    );
  });

  test("looks only at the mails of the days named", async () => {
    await fillMaildir();
    const until = past.since + 30 * 24 * 60 * 60 * 1_000;
    const args = ["--until", new Date(until).toISOString(), "--json"];
    const { json } = await rehearse({ INBOX_URL: "maildir:inbox" }, ...args);
    const wanted = past.mails.filter(({ at }) => at < until);
    expect(json.at(-1)).toMatchObject({ mails: { read: wanted.length } });
    const english = { INBOX_URL: "maildir:inbox", LOCALE: "en" };
    const { stdout } = await rehearse(english, ...args.slice(0, 2));
    expect(stdout).toMatch(new RegExp(`^Mails received +${wanted.length}\n`, "m"));
    expect(stdout).toMatch(/^Of \d+ matched payments that were refunded, \d+ agree/m);
    expect(stdout).toMatch(/\nNothing was sent, paid or changed\.\n$/);
    // What staff did afterwards about the last of them counts all the same.
    const seen = json.filter(({ type }) => type === "request").map(({ verdict }) => verdict);
    expect(seen).toEqual(past.requests.slice(0, seen.length).map(({ verdict }) => verdict));
  });

  test("makes no mailbox where there is none, and says so", async () => {
    const { code, stdout, stderr } = await rehearse({ INBOX_URL: "maildir:inbox" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("The Maildir cannot be used (ENOENT)");
    expect(await readdir(cwd)).toEqual([]);
  });

  test("stops at once when it is told to, without a report", async () => {
    await fillMaildir();
    const args = ["rehearse", "--since", since()];
    const child = startWorker({ args, cwd, env: { ...env, INBOX_URL: "maildir:inbox" } });
    // Told before it is done, whatever it is at.
    for (const count = past.stripe.requests.length; past.stripe.requests.length === count; ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGINT");
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stdout).toEqual([]);
    expect(child.stderr.map(({ raw }) => raw)).toEqual([
      "Stopped. Nothing was sent, paid or changed.",
    ]);
  });

  test("asks for a day it can read, and for the settings it uses", async () => {
    const bare = await runCommand(["rehearse"], { cwd, env, timeoutMs: TIMEOUT_MS });
    expect(bare).toMatchObject({ code: 2, stdout: "" });
    const odd = ["rehearse", "--since", "last week"];
    expect((await runCommand(odd, { cwd, env: { ...env, INBOX_URL: "maildir:inbox" } })).code).toBe(
      2,
    );
    const unset = await rehearse({});
    expect(unset.code).toBe(78);
    expect(unset.stderr).toContain("INBOX_URL: is required");
    expect(unset.stderr).not.toContain("SHOP_NAME");
    const withoutProvider = { ...env, INBOX_URL: "maildir:inbox", STRIPE_API_KEY: "" };
    expect(await rehearse(withoutProvider)).toMatchObject({
      ...{ code: 1, stdout: "" },
      stderr: expect.stringMatching(/^henkin: A rehearsal needs .*\n→ Put STRIPE_API_KEY or /),
    });
  });
});

describe.skipIf(!dovecotInstalled())("henkin rehearse on IMAP", { timeout: TIMEOUT_MS }, () => {
  let dovecot: Dovecot;

  beforeAll(async () => {
    dovecot = await startDovecot();
    await asClient(async (client) => {
      for (const [n, { at, raw }] of past.mails.entries()) {
        const flags = [[], ["\\Seen"], ["\\Flagged", "Handled"]][n % 3] ?? [];
        await client.append("INBOX", raw, flags, new Date(at));
      }
    });
  }, TIMEOUT_MS);
  afterAll(() => dovecot.stop());

  async function asClient<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
    const { port, user, password: pass } = dovecot;
    const options = { secure: false, logger: false, disableAutoIdle: true } as const;
    const client = new ImapFlow({ host: "127.0.0.1", port, auth: { user, pass }, ...options });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  }

  /** What any other program sees of the mailbox, its modification sequence included. */
  const look = () =>
    asClient(async (client) => {
      const wanted = { messages: true, recent: true, unseen: true, uidNext: true } as const;
      const status = await client.status("INBOX", { ...wanted, highestModseq: true });
      const { exists } = await client.mailboxOpen("INBOX", { readOnly: true });
      const query = { uid: true, flags: true, internalDate: true, source: true } as const;
      const rows = await client.fetchAll("1:*", query);
      const mails = rows.map(({ uid, flags, internalDate, source, modseq }) => ({
        ...{ uid, internalDate, modseq },
        flags: [...(flags ?? [])].sort(),
        source: source?.toString("base64"),
      }));
      return { status, exists, mails };
    });

  test("finds the true figures and leaves every flag as it was", async () => {
    const before = await look();
    expect(before.exists).toBe(past.mails.length);
    expect(before.mails[0]?.modseq).toBeDefined();
    const result = await rehearse({ INBOX_URL: dovecot.url }, "--json");
    expect(result.code).toBe(0);
    // On a slow machine it says how far it has come.
    expect(result.stderr).toMatch(/^(?:(?:mails|stripe): \d+(?: of \d+)?\n)*$/);
    expect(await look()).toEqual(before);
    expect(await readdir(cwd)).toEqual([]);
    expectNothingDone(smtp.mails);
    expectTrueFigures(result);
  });
});

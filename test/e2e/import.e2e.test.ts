// A shop with another processor: its payments come from a CSV file, and everything but the transfer
// itself is henkin's. On Maildir, with the built command and no provider's key at all.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { simpleParser } from "mailparser";
import { describe, expect, test as plain } from "vitest";
import { type ContactFormOptions, contactForm, staffReply } from "../support/mails.ts";
import { runCommand, startWorker } from "../support/worker.ts";
import { CUSTOMER, PATIENCE_MS, SHOP_SETTINGS, STAFF, TIMEOUT_MS } from "./rig.ts";

const ENV = { ...SHOP_SETTINGS, INBOX_URL: "maildir:inbox", OUTBOX_URL: "maildir:outbox" };

const FILE = `取引ID,注文番号,支払金額,状態,返金済み額,購入者名,メールアドレス,入金日
T-679,679,"¥2,467",入金済み,,田中太郎,${CUSTOMER},2026/11/1 12:34
T-701,701,"５，４００円",未入金,,鈴木一郎,suzuki@example.com,
`;

interface Sent {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly raw: string;
}

async function openShop() {
  const directory = await mkdtemp(join(tmpdir(), "henkin-import-"));
  await mkdir(join(directory, "inbox", "new"), { recursive: true });
  let delivered = 0;
  const seen = new Set<string>();
  const henkin = (...args: string[]) =>
    runCommand(args, { cwd: directory, env: ENV, timeoutMs: PATIENCE_MS });
  async function deliver(...raws: readonly Buffer[]): Promise<Sent[]> {
    for (const raw of raws) {
      delivered += 1;
      await writeFile(join(directory, "inbox", "new", `mail-${delivered}`), raw);
    }
    return shop.work();
  }
  const shop = {
    directory,
    henkin,
    /** Puts a file there and imports it. */
    async imports(text: string | Buffer, ...options: string[]) {
      await writeFile(join(directory, "payments.csv"), text);
      return henkin("import", "payments.csv", ...options);
    },
    /** The worker does all that is due; returns the mails it has sent. */
    async work(): Promise<Sent[]> {
      const { code, stderr } = await henkin("run", "--once");
      expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
      const outbox = join(directory, "outbox", "new");
      const names = (await readdir(outbox).catch(() => [])).filter((name) => !seen.has(name));
      for (const name of names) seen.add(name);
      return Promise.all(
        names.map(async (name) => {
          const raw = await readFile(join(outbox, name), "utf8");
          const { subject = "", text = "", to } = await simpleParser(raw);
          return { subject, text, raw, to: [to].flat()[0]?.text ?? "" };
        }),
      );
    },
    form: (form: ContactFormOptions = {}) => deliver(contactForm({ orderNumber: "679", ...form })),
    forms: (orders: readonly string[]) =>
      deliver(...orders.map((orderNumber) => contactForm({ orderNumber }))),
    answer: async (request: Sent | undefined, text: string) =>
      deliver(await staffReply({ request: request?.raw ?? "", from: `店員 <${STAFF}>`, text })),
    rows(sql: string): unknown[] {
      const file = new SqliteDatabase(join(directory, "data", "henkin.db"), { readonly: true });
      try {
        return file.prepare(sql).all();
      } finally {
        file.close();
      }
    },
    async ticket() {
      return (await henkin("ticket", "1", "--json")).json[0];
    },
  };
  return shop;
}

type Shop = Awaited<ReturnType<typeof openShop>>;

const test = plain.extend<{ shop: Shop }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads here what a fixture needs.
  shop: async ({}, use) => {
    const shop = await openShop();
    await use(shop);
    await rm(shop.directory, { recursive: true, force: true });
  },
});

const summaryOf = ({ json }: Awaited<ReturnType<Shop["henkin"]>>) => json.at(-1);

describe.concurrent("henkin import", { timeout: TIMEOUT_MS }, () => {
  test("writes nothing, not even a database, without --apply", async ({ shop }) => {
    const { code, stdout } = await shop.imports(FILE);
    expect(code).toBe(0);
    expect(stdout).toContain("2 to be added, 0 to be changed, 0 unchanged.");
    expect(stdout).toContain("--apply makes one");
    expect(await readdir(shop.directory)).not.toContain("data");
    expect((await shop.henkin("run", "--once")).code).toBe(78);
  });

  test("writes all with --apply, and the second time nothing new", async ({ shop }) => {
    const added = { type: "summary", added: 2, changed: 0, unchanged: 0, applied: true };
    expect(summaryOf(await shop.imports(FILE, "--apply", "--json"))).toMatchObject(added);
    const again = { added: 0, changed: 0, unchanged: 2, errors: 0, applied: true };
    expect(summaryOf(await shop.imports(FILE, "--apply", "--json"))).toMatchObject(again);
    const later = FILE.replace("未入金", "入金済み");
    const { json } = await shop.imports(later, "--json");
    expect(json.find(({ id }) => id === "T-701")).toMatchObject({
      type: "changed",
      line: 3,
      status: "paid",
      fields: ["status", "capturedMinor", "description"],
    });
    expect(summaryOf(await shop.imports(FILE, "--json"))).toMatchObject({ unchanged: 2 });
  });

  test("writes no line where one is wrong, and names line and column", async ({ shop }) => {
    await shop.imports(FILE, "--apply");
    const wrong = `${FILE.replace("2,467", "2,468")}T-702,702,-5,入金済み,,,,\n`;
    const { code, stdout } = await shop.imports(wrong, "--apply");
    expect(code).toBe(1);
    expect(stdout).toContain("line 4, 支払金額:");
    expect(stdout).toContain("nothing is written");
    const again = await shop.imports(FILE, "--json");
    expect(summaryOf(again)).toMatchObject({ added: 0, changed: 0, unchanged: 2 });
  });

  test("reads what Excel saves in Japan, and steers no terminal with it", async ({ shop }) => {
    // 注文番号,金額,取引ID and the sequence that clears a terminal, in Shift_JIS.
    const header = Buffer.from("928d95b694d48d862c8be08a7a2c8ee688f849442c1b5b324a", "hex");
    const { code, stdout } = await shop.imports(
      Buffer.concat([header, Buffer.from("\r\n679,\\2467,=1+1,\x1b[31m\r\n")]),
    );
    expect(code).toBe(0);
    expect(stdout).toContain("Shift_JIS");
    expect(stdout).toContain("=1+1");
    expect(stdout).toContain("¥2,467");
    expect(stdout).not.toContain("\x1b");
  });

  test("says by the exit code what kind of failure it is", async ({ shop }) => {
    expect(await shop.henkin("import")).toMatchObject({ code: 2 });
    const missing = await shop.henkin("import", "missing.csv");
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("missing.csv");
    const env = { ...ENV, TIMEZONE: "Mars/Olympus" };
    const options = { cwd: shop.directory, env, timeoutMs: PATIENCE_MS };
    expect(await runCommand(["import", "missing.csv"], options)).toMatchObject({ code: 78 });
  });

  test("is in the audit trail and in doctor, and in no comparison", async ({ shop }) => {
    await shop.imports(FILE, "--apply");
    await shop.work();
    const { json } = await shop.henkin("audit", "verify", "--json");
    expect(json).toMatchObject([{ ok: true }]);
    const [event] = shop.rows("select actor, data from event where type = 'payments_imported'");
    expect(event).toMatchObject({
      actor: `cli:${userInfo().username}`,
      data: expect.stringMatching(/"added":2.*"file":"[0-9a-f]{64}"/),
    });
    const doctor = await shop.henkin("doctor");
    expect(doctor.stdout).toMatch(/ok {4}imported payments: 2 payments, last imported at \d{4}-/);
    // Nothing that would look at a provider that is none.
    const idle = "select id from job where kind in ('sync_payments', 'reconcile_refunds')";
    expect(shop.rows(idle)).toEqual([]);
    const summary = await shop.henkin("summary");
    expect(summary.code).toBe(0);
    expect(summary.stdout).not.toContain("manual");
  });
});

describe.concurrent("a refund of an imported payment", { timeout: TIMEOUT_MS }, () => {
  test("counts what was given back, also after a later file", async ({ shop }) => {
    await shop.imports(FILE, "--apply");
    const [request] = await shop.form();
    const [task] = await shop.answer(request, "OK 1000");
    await shop.answer(task, "完了 20261121-01");
    const later = FILE.replace("2026/11/1 12:34", "2026/11/1 12:35");
    expect(summaryOf(await shop.imports(later, "--apply", "--json"))).toMatchObject({ changed: 1 });
    const [again] = await shop.form({ message: "残りも返金してください。" });
    expect(again?.text).toMatch(/返金可能額: ¥1,467/);

    const twice = FILE.replace("入金済み,,", "入金済み,1000,");
    const { json } = await shop.imports(twice, "--json");
    expect(json.filter(({ type }) => type === "warning")).toMatchObject([
      { line: 2, message: expect.stringContaining("by a transfer that henkin asked for") },
    ]);
  });

  test("is asked for anew where the file has changed since", async ({ shop }) => {
    await shop.imports(FILE, "--apply");
    const [request] = await shop.form();
    await shop.imports(FILE.replace("入金済み,,", "入金済み,467,"), "--apply");
    const [anew] = await shop.answer(request, "OK");
    expect(anew?.text).toContain("¥2,000");
    expect(await shop.ticket()).toMatchObject({ status: "awaiting_approval" });
  });

  test("waits for the payment to be imported, and is then asked for", async ({ shop }) => {
    await shop.imports(FILE.replace("T-679,679", "T-678,678"), "--apply");
    await shop.form();
    expect(await shop.ticket()).toMatchObject({ status: "unmatched" });
    await shop.imports(FILE.split("\n").slice(0, 2).join("\n"), "--apply");
    const letters = await shop.work();
    expect(letters.filter(({ to }) => to.includes(STAFF))).toHaveLength(1);
    expect(await shop.ticket()).toMatchObject({ status: "awaiting_approval" });
  });

  test("is asked for by a worker at work as soon as it is imported", async ({ shop }) => {
    await shop.imports(FILE.replace("T-679,679", "T-678,678"), "--apply");
    await shop.form();
    const worker = startWorker({ cwd: shop.directory, env: ENV });
    try {
      await worker.waitForLog(({ msg }) => msg === "henkin is at work", PATIENCE_MS);
      expect((await shop.imports(FILE, "--apply")).code).toBe(0);
      const asked = async () => (await shop.ticket())?.["status"];
      await expect.poll(asked, { timeout: PATIENCE_MS }).toBe("awaiting_approval");
    } finally {
      worker.kill();
      await worker.exited;
    }
  });

  test("that is not paid by the file is proposed for what staff say came in", async ({ shop }) => {
    await shop.imports(FILE.replace("入金済み", "未入金"), "--apply");
    const [question] = await shop.form();
    const [again, ...others] = await shop.answer(question, "OK");
    expect(others).toEqual([]);
    expect(again?.text).toContain("「入金 2500」");
    expect(await shop.ticket()).toMatchObject({ status: "unmatched" });
    const [request] = await shop.answer(question, "入金 2000");
    expect(request?.text).toContain("■ ¥2,000 を返金してよいですか？");
    expect(await shop.ticket()).toMatchObject({ status: "awaiting_approval" });
  });

  test("stops in front of a person, who says what came in, where the file tells no payment", async ({
    shop,
  }) => {
    const lines = [
      ["681", "未入金", ""],
      ["682", "キャンセル", ""],
      ["683", "返金済み", ""],
      ["684", "入金済み", "2467"],
    ] as const;
    const rows = lines.map(([order, status, refunded]) =>
      [`T-${order}`, order, "2467", status, refunded, "田中太郎", CUSTOMER, ""].join(),
    );
    const [head] = FILE.split("\n");
    await shop.imports([head, ...rows, ""].join("\n"), "--apply");
    const letters = await shop.forms(lines.map(([order]) => order));
    expect(letters.map(({ to }) => to)).toEqual(lines.map(() => STAFF));
    for (const [order, status] of lines) {
      const letter = letters.find(({ text }) => text.includes(`注文: ${order}（`));
      expect(letter?.text).toContain("■ 入金された金額");
      expect(letter?.text).toContain(`CSV: ${status}`);
    }
    const waiting = lines.map(() => ({ status: "unmatched", resolution: null }));
    expect((await shop.henkin("tickets", "--json")).json).toMatchObject(waiting);
  });
});

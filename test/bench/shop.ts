// A shop on loopback without anything in between: a real Dovecot, a mail server that only accepts, a
// Stripe, and the built henkin as its operator starts it.

import { renameSync } from "node:fs";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import SqliteDatabase from "better-sqlite3";
import { ImapFlow } from "imapflow";
import { API_KEY, SHOP_SETTINGS } from "../e2e/rig.ts";
import { type Dovecot, startDovecot } from "../support/dovecot.ts";
import { FakeStripe } from "../support/fake-stripe.ts";
import { forgetPlanted } from "../support/log-guard.ts";
import { runCommand, startWorker, type Worker } from "../support/worker.ts";
import type { FormMail } from "./corpus.ts";
import { startSink } from "./sink.ts";

/** No figure of a stage is waited for longer. */
const PATIENCE_MS = 30 * 60_000;
const LOOK_MS = 100;
/** A busy shop is paid 72 times a day; people ask for their money hours or weeks later. */
const PAID_EVERY_MS = 20 * 60_000;

export type Shop = Awaited<ReturnType<typeof startShop>>;

export async function startShop() {
  const stripe = new FakeStripe({ apiKeys: [API_KEY] });
  const [dovecot, sink, api] = await Promise.all([startDovecot(), startSink(), stripe.start()]);
  // Its first look makes the folders, as the user it reads with.
  await (await imapClient(dovecot)).logout();
  const ended: (() => Promise<unknown>)[] = [];

  let paidAt = Date.now();
  /** The payment that a mail is about, at Stripe. */
  function addPayment({ order, name, email }: FormMail): void {
    paidAt -= PAID_EVERY_MS;
    const payer = { payerName: name, payerEmail: email };
    const about = { amount: 2467, description: `注文 ${order}`, createdAt: paidAt };
    stripe.addPayment({ id: `pi_${order}`, ...about, ...payer });
  }

  /** A fresh installation, which knows nothing of the mails yet. */
  async function install(settings: Record<string, string> = {}) {
    const directory = await mkdtemp(join(tmpdir(), "henkin-bench-"));
    const env = {
      ...SHOP_SETTINGS,
      ...{ LOG_LEVEL: "info", POLL_SECONDS: "60" },
      ...{ REFUND_MAX_PER_HOUR: "1000000", REFUND_MAX_PER_DAY: "1000000" },
      ...{ INBOX_URL: dovecot.url, OUTBOX_URL: sink.url },
      ...{ STRIPE_API_KEY: API_KEY, STRIPE_API_BASE: api.url },
      ...settings,
    };
    const installation = createInstallation(directory, env);
    ended.push(installation.stop);
    return installation;
  }

  return {
    dovecot,
    sink,
    stripe,
    /** Where Stripe is. */
    api: api.url,
    install,
    addPayment,
    async stop(): Promise<void> {
      for (const stop of ended) await stop();
      await Promise.all([dovecot.stop(), sink.close(), api.close()]);
    },
  };
}

export type Installation = ReturnType<typeof createInstallation>;

function createInstallation(directory: string, env: Record<string, string>) {
  const workers: Worker[] = [];
  let reader: SqliteDatabase.Database | undefined;

  /** Read over a connection of our own; undefined while there is no database yet. */
  function one(sql: string): Record<string, number> | undefined {
    try {
      reader ??= new SqliteDatabase(join(directory, "data", "henkin.db"), {
        readonly: true,
        fileMustExist: true,
      });
      return reader.prepare(sql).get() as Record<string, number> | undefined;
    } catch {
      return undefined;
    }
  }

  function closeReader(): void {
    reader?.close();
    reader = undefined;
  }

  return {
    directory,
    env,
    /** The process is there; what it does comes later. */
    launch(): Worker {
      const worker = startWorker({ cwd: directory, env });
      workers.push(worker);
      return worker;
    },
    /** At work. */
    async start(): Promise<Worker> {
      const worker = this.launch();
      await worker.waitForLog(({ msg }) => msg === "henkin is at work", PATIENCE_MS);
      return worker;
    },
    /** At work, and every payment is known. */
    async startSynced(): Promise<Worker> {
      const worker = await this.start();
      await this.untilCount("select count(*) from payment_sync where complete = 1", 1);
      return worker;
    },
    async end(worker: Worker): Promise<void> {
      worker.kill();
      await worker.exited;
    },
    /** A command, to its end. */
    henkin: (args: string[], path?: string) =>
      runCommand(args, { cwd: directory, env, ...(path !== undefined && { path }) }),
    /** The first row, all of whose columns are counts. */
    count(sql: string): number {
      return Object.values(one(sql) ?? {})[0] ?? 0;
    },
    rows<Row>(sql: string): Row[] {
      const file = new SqliteDatabase(join(directory, "data", "henkin.db"), { readonly: true });
      try {
        return file.prepare(sql).all() as Row[];
      } finally {
        file.close();
      }
    },
    /** Rarely enough to cost the worker nothing; `sql` is answered by an index. */
    async untilCount(sql: string, least: number): Promise<void> {
      const start = performance.now();
      while (this.count(sql) < least) {
        if (workers.at(-1)?.stderr.some(({ level = 0 }) => level >= 50)) throw this.failure(sql);
        if (performance.now() - start > PATIENCE_MS) throw this.failure(sql);
        await pause(LOOK_MS);
      }
    },
    failure(what: string): Error {
      const log = workers.at(-1)?.stderr.slice(-20) ?? [];
      return new Error(`${what}: ${this.count(what)}\n${log.map(({ raw }) => raw).join("\n")}`);
    },
    async stop(): Promise<void> {
      closeReader();
      for (const worker of workers) worker.kill("SIGKILL");
      await Promise.all(workers.map(({ exited }) => exited));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Lays mails into the Maildir of a Dovecot that is running: APPEND takes minutes for so many. */
export async function fillMailbox(
  { mailDir }: Dovecot,
  count: number,
  rawOf: (number: number) => Buffer,
): Promise<void> {
  const receivedAt = Math.floor(Date.now() / 1_000) - count;
  const names: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const raw = rawOf(number);
    // As Dovecot stores it; with both sizes in the name it need not read a mail to know them.
    const stored = Buffer.from(raw.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
    const at = receivedAt + number;
    const name = `${at}.M${number}P1.bench,S=${stored.length},W=${raw.length}`;
    const file = join(mailDir, "tmp", name);
    await writeFile(file, stored);
    await utimes(file, at, at);
    names.push(name);
    // Else each line of a log is searched for the text of each of them.
    if (number % 1_000 === 0) forgetPlanted();
  }
  forgetPlanted();
  // All at once, as after an outage.
  for (const name of names)
    renameSync(join(mailDir, "tmp", name), join(mailDir, "cur", `${name}:2,`));
}

/** A bare client at the open INBOX. */
export async function imapClient({ port, user, password }: Dovecot): Promise<ImapFlow> {
  const options = { host: "127.0.0.1", port, secure: false, logger: false } as const;
  const auth = { user, pass: password };
  const client = new ImapFlow({ ...options, auth, disableAutoIdle: true });
  await client.connect();
  await client.mailboxOpen("INBOX", { readOnly: true });
  return client;
}

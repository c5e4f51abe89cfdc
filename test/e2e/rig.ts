// A whole shop on loopback for tests of crashes and outages: a real Dovecot, an SMTP server and a
// Stripe behind networks that fail on command, and henkin as a child process between them. Tests
// look at what it left: mails, requests, and rows, read over a connection of their own.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test as plain } from "vitest";
import { sealing } from "../../src/store/sealing.ts";
import { createMailVault } from "../../src/vault.ts";
import { startDovecot } from "../support/dovecot.ts";
import { FakeStripe } from "../support/fake-stripe.ts";
import type { PaymentSeed } from "../support/fake-stripe-rules.ts";
import {
  AUTHSERV_ID,
  type ContactFormOptions,
  contactForm,
  type ReplyOptions,
  staffReply,
} from "../support/mails.ts";
import { openShopDatabase } from "../support/shop-database.ts";
import { type ReceivedMail, startScriptedSmtp } from "../support/smtp.ts";
import { farOff } from "../support/summary-time.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { runCommand, startWorker, type Worker } from "../support/worker.ts";

export const STAFF = "staff@shop.example.jp";
export const MANAGER = "manager@shop.example.jp";
export const CUSTOMER = "taro@customer.example.jp";
export const API_KEY = "sk_test_henkin";

/** How long something may take that does happen: a busy machine is no failure. */
export const PATIENCE_MS = 60_000;
/** For tests that wait for a few such things. */
export const TIMEOUT_MS = 3 * PATIENCE_MS;
/** How long henkin leaves a mail alone whose fate is unknown. */
export const UNCERTAIN_WAIT_MS = 15 * 60_000;

/** Where nobody answers: no test asks the DNS of the world. */
const NO_DNS = "127.0.0.1:9";

const WARN = 40;

/** The settings that do not name a server. */
export const SHOP_SETTINGS: Readonly<Record<string, string>> = {
  SHOP_NAME: "渋谷商店",
  SHOP_EMAIL: "shop@shop.example.jp",
  STAFF_EMAILS: STAFF,
  MANAGER_EMAILS: MANAGER,
  AUTHSERV_IDS: AUTHSERV_ID,
  DNS_SERVERS: NO_DNS,
  INBOX_SINCE: "all",
  POLL_SECONDS: "1",
  LOG_LEVEL: "debug",
  SUMMARY_AT: farOff(),
};

/** A shop on files alone, without a network. */
export const FILE_SETTINGS: Readonly<Record<string, string>> = {
  ...SHOP_SETTINGS,
  INBOX_URL: "maildir:inbox",
  OUTBOX_URL: "maildir:outbox",
  SANDBOX_PAYMENTS: "payments.json",
};

export type Rig = Awaited<ReturnType<typeof startRig>>;

/** A test with a shop of its own, so that several may run at once. */
export const test = plain.extend<{ rig: Rig }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads here what a fixture needs.
  rig: async ({}, use) => {
    const rig = await startRig();
    try {
      await use(rig);
    } finally {
      await rig.stop();
    }
  },
});

/** `poorImap`: settings that take something away from Dovecot. */
export async function startRig({ poorImap = "" } = {}) {
  const stripe = new FakeStripe({ apiKeys: [API_KEY] });
  const [dovecot, smtp, api, directory] = await Promise.all([
    startDovecot({ poor: poorImap }),
    startScriptedSmtp(),
    stripe.start(),
    mkdtemp(join(tmpdir(), "henkin-e2e-")),
  ]);
  /** What lies between henkin and each server. */
  const networks = {
    imap: await startTcpProxy({ targetPort: dovecot.port }),
    smtp: await startTcpProxy({ targetPort: smtp.port }),
    stripe: await startTcpProxy({ targetPort: api.port }),
  };
  const database = join(directory, "data", "henkin.db");
  const tables = await openShopDatabase(database, "sqlite:data/henkin.db");
  const workers: Worker[] = [];
  const env: Record<string, string> = {
    ...SHOP_SETTINGS,
    ...tables.settings,
    INBOX_URL: dovecot.url.replace(`:${dovecot.port}/`, `:${networks.imap.port}/`),
    OUTBOX_URL: smtp.url.replace(`:${smtp.port}`, `:${networks.smtp.port}`),
    STRIPE_API_KEY: API_KEY,
    STRIPE_API_BASE: `http://127.0.0.1:${networks.stripe.port}`,
  };

  /** henkin as started, whatever becomes of it. */
  function launch(settings: Record<string, string> = {}): Worker {
    const worker = startWorker({ cwd: directory, env: { ...env, ...settings } });
    workers.push(worker);
    return worker;
  }

  const { rows } = tables;

  /** Rows and counters have no event to wait for, so they are looked at again and again. */
  async function until<Seen>(
    look: () => Seen | undefined | false | Promise<Seen | undefined | false>,
    describe: () => string = () => "",
  ): Promise<Seen> {
    for (const start = performance.now(); performance.now() < start + PATIENCE_MS; ) {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      await pause(20);
    }
    const log = workers.at(-1)?.stderr.slice(-30) ?? [];
    const lines = log.map(({ raw }) => raw).join("\n");
    throw new Error(`not within ${PATIENCE_MS} ms: ${describe()}\n${lines}`);
  }

  /** The first row, once it is there and fulfils the condition. */
  function row<Row = Record<string, string | number | null>>(
    sql: string,
    accept: (row: Row) => boolean = () => true,
  ): Promise<Row> {
    let last: Row | undefined;
    const look = async () => {
      [last] = await tables.find<Row>(sql);
      return last !== undefined && accept(last) && last;
    };
    return until(look, () => `${sql}\nlast seen: ${JSON.stringify(last)}`);
  }

  return {
    dovecot,
    smtp,
    stripe,
    networks,
    /** henkin's working directory. */
    directory,
    database,
    change: tables.change,
    dataKey: tables.dataKey,
    /** henkin's settings. */
    env,
    launch,
    rows,
    row,
    until,

    /** henkin at work. */
    async start(settings: Record<string, string> = {}): Promise<Worker> {
      const worker = launch(settings);
      await worker.waitForLog(({ msg }) => msg === "henkin is at work", PATIENCE_MS);
      return worker;
    },

    henkin: (...args: string[]) =>
      runCommand(args, { cwd: directory, env, timeoutMs: PATIENCE_MS }),

    /** A payment at Stripe, by default the one the customer's form is about. */
    addPayment(seed: Partial<PaymentSeed> = {}): void {
      const payer = { payerName: "田中太郎", payerEmail: CUSTOMER };
      stripe.addPayment({
        id: "pi_679",
        amount: 2467,
        description: "注文 679",
        ...payer,
        ...seed,
      });
    },

    async receiveForm(form: ContactFormOptions = {}): Promise<void> {
      await dovecot.append(contactForm({ orderNumber: "679", ...form }));
    },

    /** The request to staff about an order. */
    request: (orderNumber = "679", timeoutMs = PATIENCE_MS): Promise<ReceivedMail> =>
      smtp.waitForMail(
        ({ envelope, text }) => envelope.to.includes(STAFF) && text.includes(orderNumber),
        timeoutMs,
      ),

    async answer({ raw }: ReceivedMail, text: string, reply: Partial<ReplyOptions> = {}) {
      const from = `店員 <${STAFF}>`;
      await dovecot.append(await staffReply({ request: raw, from, text, ...reply }));
    },

    /** Mails to the customer, in order, repeats included. */
    customerMails: (): ReceivedMail[] =>
      smtp.mails.filter(({ envelope }) => envelope.to.includes(CUSTOMER)),

    ticketIs: (status: string) =>
      row<{ status: string }>(
        "select status from ticket where number = 1",
        (ticket) => ticket.status === status,
      ),

    /** Ends everything, and leaves nothing behind. */
    async stop(): Promise<void> {
      for (const worker of workers) worker.kill("SIGKILL");
      await Promise.all(workers.map(({ exited }) => exited));
      await Promise.all(Object.values(networks).map((network) => network.close()));
      await Promise.all([dovecot.stop(), smtp.close(), api.close(), tables.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface MailRow {
  phase: string;
  phase_at: number;
  message_id: string;
}

export const CUSTOMER_MAIL = `select phase, phase_at, message_id from outgoing_mail
  where to_address = '${CUSTOMER}'`;

/** Up to the request, with nothing more to be sent. */
export async function untilRequest(rig: Rig): Promise<ReceivedMail> {
  await rig.receiveForm();
  const request = await rig.request();
  await rig.row<MailRow>(
    "select phase from outgoing_mail where name = 'approval_request'",
    ({ phase }) => phase === "accepted",
  );
  return request;
}

/** From the request on, until everything is told. */
export async function untilRefunded(rig: Rig): Promise<void> {
  await rig.answer(await rig.request(), "OK");
  await untilTold(rig);
}

/** The refund is made, and the customer knows. */
export async function untilTold(rig: Rig): Promise<void> {
  await rig.ticketIs("refunded");
  await rig.row<MailRow>(CUSTOMER_MAIL, ({ phase }) => phase === "accepted");
}

/** Mails that wait have waited so much longer; for when no worker runs. */
export function letTimePass(place: { change(sql: string): void }, ms: number): void {
  place.change(`update outgoing_mail set phase_at = phase_at - ${ms}`);
  place.change(`update job set due_at = due_at - ${ms} where kind = 'send_mail'`);
}

/** Ends it without a word, as a power cut or the kernel does. */
export async function crash(worker: Worker): Promise<void> {
  worker.kill("SIGKILL");
  expect(await worker.exited).toEqual({ code: null, signal: "SIGKILL" });
}

export function warnings(worker: Worker, lane: string): string[] {
  return worker.stderr
    .filter((line) => line.level === WARN && line["lane"] === lane)
    .map(({ msg }) => msg ?? "");
}

/** Each mail went out once. */
export function expectNoRepeat(rig: Rig): void {
  const ids = rig.smtp.mails.map(({ messageId }) => messageId);
  expect(ids).toEqual([...new Set(ids)]);
}

/** What must hold at the end of every story with one approved order. */
export async function expectOneRefund(rig: Rig): Promise<void> {
  const calls = rig.stripe.requestsTo("POST", "/v1/refunds");
  expect(calls.filter(({ effect }) => effect)).toHaveLength(1);
  expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  expect(rig.stripe.refunds).toMatchObject([{ amount: 2467, payment_intent: "pi_679" }]);

  const letters = new Map(rig.customerMails().map(({ messageId, raw }) => [messageId, raw]));
  expect(letters.size).toBe(1);
  for (const { messageId, raw } of rig.customerMails()) expect(raw).toBe(letters.get(messageId));

  await expectNoMailLost(rig);
  const tickets = rig.rows("select number, status, resolution from ticket");
  expect(tickets).toEqual([{ number: 1, status: "refunded", resolution: "refunded" }]);
  expect((await rig.henkin("audit", "verify")).code).toBe(0);
}

export async function expectNoMailLost(rig: Rig): Promise<void> {
  const query = "select pk, raw, state from message";
  const received = rig.rows<{ pk: string; raw: Buffer; state: string }>(query);
  const sealed = sealing(() => createMailVault(rig.dataKey()), "shop");
  const stored = received
    .map(({ pk, raw }) => Buffer.from(sealed.open(raw, "message", "raw", pk)).toString("latin1"))
    .sort();
  const inMailbox = (await rig.dovecot.list()).map((raw) => raw.toString("latin1"));
  expect(stored).toEqual([...new Set(inMailbox)].sort());
  expect(received.filter(({ state }) => state !== "processed")).toEqual([]);
}

// A whole shop for end-to-end tests: a real Dovecot, an SMTP server, Stripe's API on loopback and
// henkin as a child process between them. Tests play customers, staff and the operator.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { type Dovecot, startDovecot } from "../support/dovecot.ts";
import { FakeStripe } from "../support/fake-stripe.ts";
import type { PaymentSeed } from "../support/fake-stripe-rules.ts";
import {
  AUTHSERV_ID,
  type ContactFormOptions,
  contactForm,
  type ReplyOptions,
  staffReply,
} from "../support/mails.ts";
import { openShopDatabase, type ShopDatabase } from "../support/shop-database.ts";
import { type ReceivedMail, type Smtp, startSmtpTester } from "../support/smtp.ts";
import { farOff } from "../support/summary-time.ts";
import { type CommandResult, runCommand, startWorker, type Worker } from "../support/worker.ts";

export const SHOP = "shop@shop.example.jp";
export const SATO = "sato@shop.example.jp";
export const SUZUKI = "suzuki@shop.example.jp";
export const MANAGER = "manager@shop.example.jp";

/** Of what `henkin tickets --json` and `henkin ticket N --json` print. */
export interface TicketLine {
  readonly number: number;
  readonly status: string;
  readonly resolution: string | null;
  readonly orderNumbers: readonly string[];
}

export interface TicketEvent {
  readonly at: string;
  readonly type: string;
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Shop {
  readonly stripe: FakeStripe;
  readonly smtp: Smtp;
  readonly worker: Worker;
  /** henkin's working directory. */
  readonly directory: string;
  readonly database: string;
  /** Changes rows behind henkin's back. */
  change(sql: string): void;
  /** A mail arrives; returns when all that follows from it for its tickets has happened. */
  deliver(raw: Buffer): Promise<void>;
  /** Returns when no job at all is due or at work. */
  settled(): Promise<void>;
  /** The customer of that order asks for the refund by form; returns the approvers' mails. */
  ask(order: string, form?: ContactFormOptions): Promise<Asked>;
  /** The recipient of that mail answers it as Gmail does. */
  answer(mail: ReceivedMail, text: string, how?: Partial<ReplyOptions>): Promise<void>;
  /** Mails to that address, oldest first; only those about that ticket where one is given. */
  mailsTo(address: string, ticket?: number): ReceivedMail[];
  /** The next mail to that address that fits, and all that belongs to it. */
  waitForMailTo(address: string, text: string, timeoutMs?: number): Promise<ReceivedMail>;
  /** What changed something at Stripe, of one order or of all: "refund pi_679 2467". */
  moves(order?: string): string[];
  henkin(...args: string[]): Promise<CommandResult>;
  ticket(number: number): Promise<TicketLine & { readonly history: readonly TicketEvent[] }>;
  tickets(): Promise<TicketLine[]>;
  /** Of one ticket, as its row has it: no command is started for it. */
  status(number: number): string;
  /** Ends the worker as an operator does. */
  stop(): Promise<void>;
  /** Ends it without a word, as a power cut does. */
  die(): Promise<void>;
  start(settings?: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}

export interface Asked {
  readonly number: number;
  /** One to each approver. */
  readonly requests: readonly [ReceivedMail, ReceivedMail];
}

/** The customer of an order, in the form as at Stripe; no two share a name or an address. */
export const customerOf = (order: string) => `taro.${order}@customer.example.jp`;
export const nameOf = (order: string) =>
  `田中${[...order].map((digit) => "零一二三四五六七八九"[Number(digit)]).join("")}`;

/** That customer asks for the refund by the shop's form. */
export function formOf(order: string, form: ContactFormOptions = {}): Buffer {
  return contactForm({
    orderNumber: order,
    name: nameOf(order),
    email: customerOf(order),
    ...form,
  });
}

/** Stripe's payment of an order of 2,467 yen, described as shop systems do. */
export function payment(order: string, seed: Partial<PaymentSeed> = {}): PaymentSeed {
  return {
    id: `pi_${order}`,
    amount: 2467,
    description: `渋谷商店 - 注文 ${order}`,
    payerName: nameOf(order).replace("田中", "田中 "),
    payerEmail: customerOf(order),
    ...seed,
  };
}

export async function openShop({
  settings = {},
  payments = [],
  openSmtp = startSmtpTester,
}: {
  settings?: Record<string, string>;
  payments?: readonly PaymentSeed[];
  openSmtp?: () => Promise<Smtp>;
} = {}): Promise<Shop> {
  const [inbox, smtp, cwd] = await Promise.all([
    startDovecot(),
    openSmtp(),
    mkdtemp(join(tmpdir(), "henkin-shop-")),
  ]);
  const database = await openShopDatabase(join(cwd, "henkin.db"), "sqlite:henkin.db");
  const stripe = new FakeStripe();
  const api = await stripe.start();
  for (const seed of payments) stripe.addPayment(seed);
  const env = {
    INBOX_URL: inbox.url,
    OUTBOX_URL: smtp.url,
    INBOX_SINCE: "all",
    // So long that every mail that arrives in a test's time was announced by IDLE.
    POLL_SECONDS: "60",
    SHOP_NAME: "渋谷商店",
    SHOP_EMAIL: SHOP,
    STAFF_EMAILS: `${SATO}, ${SUZUKI}`,
    MANAGER_EMAILS: MANAGER,
    AUTHSERV_IDS: AUTHSERV_ID,
    // Where nobody answers: no test asks the DNS of the world.
    DNS_SERVERS: "127.0.0.1:9",
    STRIPE_API_KEY: "sk_test_henkin",
    STRIPE_API_BASE: api.url,
    REFUND_RECHECK_SECONDS: "1",
    ...database.settings,
    SUMMARY_AT: farOff(),
    ...settings,
  };
  const shop = new RunningShop({ inbox, smtp, stripe, cwd, env, database, closeStripe: api.close });
  await shop.start().catch(async (error: unknown) => {
    await shop.close();
    throw error;
  });
  return shop;
}

interface Parts {
  readonly inbox: Dovecot;
  readonly smtp: Smtp;
  readonly stripe: FakeStripe;
  readonly database: ShopDatabase;
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly closeStripe: () => Promise<void>;
}

/** For a machine that does much else at the same time, and for a worker that dies and is started again meanwhile. */
const PATIENCE_MS = 60_000;

/** A moment later, too; also what failed for a moment, on a busy machine, and is tried again within seconds. */
const busyAt = (now: string) => `(job.state = 'running' or (job.state = 'pending'
  and due_at <= ${now} + 50 + case backing_off when 1 then 10000 else 0 end))`;

class RunningShop implements Shop {
  readonly smtp: Smtp;
  readonly stripe: FakeStripe;
  readonly #parts: Parts;
  readonly #busy: string;
  #worker: Worker | undefined;
  #settings: Record<string, string> = {};

  constructor(parts: Parts) {
    this.smtp = parts.smtp;
    this.stripe = parts.stripe;
    this.#parts = parts;
    this.#busy = busyAt(parts.database.now);
  }

  get worker(): Worker {
    if (this.#worker === undefined) throw new Error("no worker was started");
    return this.#worker;
  }

  get directory(): string {
    return this.#parts.cwd;
  }

  get database(): string {
    return join(this.directory, "henkin.db");
  }

  change(sql: string): void {
    this.#parts.database.change(sql);
  }

  async start(settings: Record<string, string> = {}): Promise<void> {
    this.#settings = settings;
    const { cwd, env } = this.#parts;
    this.#worker = startWorker({ cwd, env: { ...env, ...settings } });
    await this.worker.waitForLog(({ msg }) => msg === "henkin is at work", PATIENCE_MS);
    await this.settled();
  }

  async stop(): Promise<void> {
    this.worker.kill();
    expect(await this.worker.exited).toEqual({ code: 0, signal: null });
  }

  async die(): Promise<void> {
    this.worker.kill("SIGKILL");
    expect(await this.worker.exited).toEqual({ code: null, signal: "SIGKILL" });
  }

  async close(): Promise<void> {
    this.#worker?.kill("SIGKILL");
    await this.#worker?.exited;
    const { inbox, smtp, closeStripe, cwd, database } = this.#parts;
    await Promise.all([inbox.stop(), smtp.close(), closeStripe(), database.close()]);
    await rm(cwd, { recursive: true, force: true });
  }

  async deliver(raw: Buffer): Promise<void> {
    const { uid } = await this.#parts.inbox.append(raw);
    await this.#until(
      `select 1 from message_location
       join message on message.pk = message_pk and state <> 'new'
       where key = :uid and not exists (
         select 1 from job where ${this.#busy} and (
           ticket_id = message.ticket_id
           or ticket_id in (select id from ticket where opened_by = message.pk)))`,
      { uid: String(uid) },
    );
  }

  async ask(order: string, form: ContactFormOptions = {}): Promise<Asked> {
    const known = new Set(this.smtp.mails);
    await this.deliver(formOf(order, form));
    const customer = new RegExp(`お客様: ${form.name ?? nameOf(order)}\\s`);
    const news = [SATO, SUZUKI].flatMap((address) =>
      this.mailsTo(address).filter((mail) => !known.has(mail) && customer.test(mail.text)),
    );
    const [first, second, ...more] = news;
    if (first === undefined || second === undefined || more.length > 0) {
      throw new Error(`expected one mail to each approver: ${news.map(({ subject }) => subject)}`);
    }
    return { number: Number(/\[R-(\d+)\]/.exec(first.subject)?.[1]), requests: [first, second] };
  }

  async answer(mail: ReceivedMail, text: string, how: Partial<ReplyOptions> = {}): Promise<void> {
    const from = `担当者 <${mail.envelope.to[0]}>`;
    await this.deliver(await staffReply({ request: mail.raw, from, text, ...how }));
  }

  mailsTo(address: string, ticket?: number): ReceivedMail[] {
    return this.smtp.mails.filter(
      ({ envelope, subject }) =>
        envelope.to.includes(address) &&
        (ticket === undefined || subject.includes(`[R-${ticket}]`)),
    );
  }

  async waitForMailTo(address: string, text: string, timeoutMs?: number): Promise<ReceivedMail> {
    const mail = await this.smtp.waitForMail(
      ({ envelope, subject, text: body }) =>
        envelope.to.includes(address) && (subject.includes(text) || body.includes(text)),
      timeoutMs ?? PATIENCE_MS,
    );
    await this.#until(
      `select 1 where not exists (select 1 from job where ${this.#busy} and ticket_id =
         (select ticket_id from outgoing_mail where message_id = :id))`,
      { id: mail.messageId.slice(1, -1) },
    );
    return mail;
  }

  moves(order?: string): string[] {
    return this.stripe.requests
      .filter(({ effect }) => effect)
      .map(({ path, params }) =>
        path === "/v1/refunds"
          ? `refund ${params["payment_intent"] ?? params["charge"]} ${params["amount"]}`
          : `${path.split("/").at(-1)} ${path.split("/").at(-2)}`,
      )
      .filter((move) => order === undefined || move.split(" ")[1]?.endsWith(`_${order}`));
  }

  henkin(...args: string[]): Promise<CommandResult> {
    const { cwd, env } = this.#parts;
    return runCommand(args, { cwd, env: { ...env, ...this.#settings } });
  }

  async ticket(number: number) {
    const { json } = await this.henkin("ticket", String(number), "--json");
    return json[0] as unknown as Awaited<ReturnType<Shop["ticket"]>>;
  }

  async tickets(): Promise<TicketLine[]> {
    const { json } = await this.henkin("tickets", "--json");
    return json as unknown as TicketLine[];
  }

  status(number: number): string {
    const [row] = this.#parts.database.rows<{ status: string }>(
      "select status from ticket where number = :number",
      { number },
    );
    return row?.status ?? "";
  }

  settled(): Promise<void> {
    return this.#until(
      `select 1 where exists (select 1 from payment_sync where complete = 1)
       and not exists (select 1 from job where ${this.#busy})`,
    );
  }

  /** Looks into henkin's database until the query has an answer. */
  async #until(query: string, values: Record<string, string> = {}): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    const { database } = this.#parts;
    while ((await database.find(query, values)).length === 0) {
      if (Date.now() > deadline) {
        const log = this.worker.stderr.slice(-20).map(({ raw }) => raw);
        throw new Error(`the worker does not come to rest:\n${log.join("\n")}`);
      }
      await pause(5);
    }
  }
}

// A shop whose year passes as fast as the machine can: the worker as it runs in earnest, on a database
// in a file, among a mailbox, a mail server, a provider and people that are made up.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { createCalendar } from "../../src/calendar.ts";
import { buildCore } from "../../src/core.ts";
import { TransientError } from "../../src/domain/errors.ts";
import type { FetchedMessage, Inbox, Log, MailTransport } from "../../src/ports.ts";
import { createSigner } from "../../src/signer.ts";
import { openStore } from "../../src/store/store.ts";
import type { Desk } from "../../src/ticket/desk.ts";
import { createVault } from "../../src/vault.ts";
import {
  aForm,
  anAnswer,
  aReader,
  composer,
  quoting,
  rawOf,
  type Sent,
} from "../jobs/recorded-mail.ts";
import { type Random, seeded } from "../simulate/random.ts";
import { DATA_KEY, MANAGER, SHOP, TANAKA } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, FakeClock, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, MemoryProvider } from "../support/memory-provider.ts";
import type { MessageParts } from "../support/message.ts";

/** In memory where the system has such a folder: no disk is tested here. */
const FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const STEP_PAUSE_MS = 2;
/** The worker's two loops rest: nothing is left to be done before the clock moves. */
const RESTING = 2;
const QUIET_TURNS = 4;
const KEPT_MS = 100 * DAY;
const NAMES = ["田中太郎", "山田花子", "佐藤次郎", "鈴木一郎", "高橋美咲"];
const ANSWERS = [
  "OK",
  "OK",
  "OK",
  "OK です",
  "承認",
  "OK 1000",
  "NG",
  "保留",
  "はい、お願いします",
];
/** What is late is answered in the end; a few never are, and are reminded of for ever. */
const DELAYS_MS = [HOUR, 2 * HOUR, 6 * HOUR, DAY, 5 * DAY, 10 * DAY];

type Part = "inbox" | "smtp" | "provider";

export class ShopYear {
  readonly clock = new FakeClock();
  received = 0;
  sent = 0;
  readonly #random: Random;
  readonly #provider = new MemoryProvider(this.clock);
  readonly #stop = new AbortController();
  readonly #folder = mkdtempSync(join(FOLDER, "henkin-year-"));
  readonly #path = join(this.#folder, "henkin.db");
  /** The shop empties its mailbox of what is old. */
  #mails: { readonly uid: number; readonly raw: Uint8Array; readonly receivedAt: number }[] = [];
  #answers: { readonly at: number; readonly parts: MessageParts }[] = [];
  #payments: { readonly id: string; readonly at: number }[] = [];
  #away: { readonly part: Part; readonly until: number } | null = null;
  #orders = 1_000;
  #running: Promise<void> = Promise.resolve();
  #close: () => Promise<void> = async () => undefined;

  constructor(seed: number) {
    this.#random = seeded(seed);
    for (const method of ["listPayments", "retrievePayment", "listRefunds"] as const) {
      this.#provider.on[method] = async () => this.#need("provider");
    }
  }

  async open(): Promise<void> {
    const { clock } = this;
    const store = await openStore({ path: this.#path, shopId: "shop", now: clock.now });
    const recheckMs = 4 * HOUR;
    const shop = {
      ...SHOP,
      staff: [TANAKA],
      managers: [MANAGER],
      recheckMs,
      refundsPerHourMax: 99,
    };
    const calendar = { timeZone: "Asia/Tokyo", summaryAt: "21:00" };
    const desk: Desk = {
      shop,
      signer: createSigner(DATA_KEY),
      vault: createVault(DATA_KEY),
      calendar: createCalendar({ ...calendar, closed: { weekdays: [], dates: [] } }),
      clock,
    };
    const core = await buildCore({
      ...{ desk, store, composer, log: SILENT, folders: [], sent: null, since: "all" },
      installation: { sign: null, follow: async () => undefined },
      providers: new Map([[this.#provider.name, this.#provider]]),
      inbox: this.#inbox(),
      transport: this.#transport(),
      reader: aReader({ ...shop, shop: shop.email, answersFrom: "shop" }),
      verifier: { verify: async () => [] },
      random: () => this.#random.next(),
      pollMs: MINUTE,
    });
    this.#running = core.run(this.#stop.signal);
    this.#close = store.close;
    await this.settle();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#close();
    rmSync(this.#folder, { recursive: true });
  }

  /** Until the worker has nothing left to do at this moment. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      await new Promise((resolve) => setImmediate(resolve));
      // A job that pauses between its steps.
      if (this.clock.sleepers > RESTING) this.clock.advance(STEP_PAUSE_MS);
      quiet = this.clock.sleepers === RESTING ? quiet + 1 : 0;
    }
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.settle();
  }

  /** What people do in an hour, at `perDay` requests a day; now and then something is away. */
  act(perDay: number): void {
    const random = this.#random;
    const share = perDay / 24;
    if (random.chance(share)) this.#ask();
    if (random.chance(share / 2)) this.#write();
    const now = this.clock.now();
    for (const { parts } of this.#answers.filter(({ at }) => at <= now)) this.#deliver(parts);
    this.#answers = this.#answers.filter(({ at }) => at > now);
    if (random.chance(1 / 240)) {
      const part = random.pick(["inbox", "smtp", "provider"] as const);
      this.#away = { part, until: now + random.pick([HOUR, 3 * HOUR, DAY]) };
    }
    this.#forget(now);
  }

  /** Rows and kilobytes of each table, largest first. */
  tables(): { name: string; rows: number; kb: number }[] {
    const file = new SqliteDatabase(this.#path, { readonly: true });
    try {
      const names = file
        .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
        .pluck()
        .all() as string[];
      const page = file.pragma("page_size", { simple: true }) as number;
      const pages = file.prepare(
        `select count(*) from dbstat where name in
          (select name from sqlite_schema where tbl_name = ?)`,
      );
      return names
        .map((name) => ({
          name,
          rows: file.prepare(`select count(*) from ${name}`).pluck().get() as number,
          kb: ((pages.pluck().get(name) as number) * page) / 1_024,
        }))
        .sort((a, b) => b.kb - a.kb);
    } finally {
      file.close();
    }
  }

  #need(part: Part): void {
    if (this.#away?.part !== part || this.#away.until <= this.clock.now()) return;
    throw aFailure(TransientError, `${part}_away`, "The connection broke.");
  }

  #deliver(parts: MessageParts): void {
    this.received += 1;
    const messageId = `mail-${this.received}@mail.example`;
    const raw = rawOf({ ...parts, messageId });
    this.#mails.push({ uid: this.received, raw, receivedAt: this.clock.now() });
  }

  #ask(): void {
    const random = this.#random;
    this.#orders += 1;
    const order = String(this.#orders);
    const name = random.pick(NAMES);
    const email = `customer${order}@mail.example`;
    const id = `pi_${order}`;
    const at = this.clock.now();
    this.#provider.put(
      aPayment({
        ...{ id, orderNumbers: [order], description: `見本商店 - 注文 ${order}`, createdAt: at },
        ...{ payerName: name, payerEmail: email, paidAt: at },
        method: random.chance(0.1) ? "konbini" : "card",
      }),
    );
    this.#payments.push({ id, at });
    const asked = random.chance(0.1) ? "" : order;
    this.#deliver(aForm({ order: asked, name, email }));
  }

  #write(): void {
    const words = ["送料はいくらですか。", "返金はいつになりますか？", "ありがとうございました。"];
    this.#deliver({
      from: "somebody@mail.example",
      subject: "お問い合わせ",
      text: this.#random.pick(words),
    });
  }

  /** What the world around has no need of any more; else its memory would be taken for the worker's. */
  #forget(now: number): void {
    this.#mails = this.#mails.filter(({ receivedAt }) => receivedAt > now - 40 * DAY);
    for (const { id } of this.#payments.filter(({ at }) => at <= now - KEPT_MS)) {
      this.#provider.remove(id);
    }
    this.#payments = this.#payments.filter(({ at }) => at > now - KEPT_MS);
    this.#provider.calls.length = 0;
    this.#provider.creations.length = 0;
    for (const refund of this.#provider.refunds) {
      const isWaiting = refund.status === "requires_action" && refund.createdAt < now - 3 * DAY;
      if (isWaiting) this.#provider.settle(refund.id, "succeeded");
    }
  }

  #take({ name, to, variables, messageId, draft }: Sent): void {
    this.sent += 1;
    if (!["approval_request", "candidates", "reminder"].includes(name) || to !== TANAKA) return;
    // Nobody answers a few of them, until a reminder comes.
    if (this.#random.chance(name === "reminder" ? 0.7 : 0.2)) return;
    const text = name === "candidates" ? "0" : this.#random.pick(ANSWERS);
    const request = { name, to, variables, messageId, draft };
    const at = this.clock.now() + this.#random.pick(DELAYS_MS);
    this.#answers.push({ at, parts: anAnswer(request, quoting(text, request)) });
  }

  #transport(): MailTransport {
    return {
      send: async ({ to, messageId, raw }, beforeData) => {
        this.#need("smtp");
        await beforeData();
        const draft = JSON.parse(Buffer.from(raw).toString()) as Sent["draft"];
        this.#take({ name: draft.name, to, messageId, variables: { ...draft.variables }, draft });
      },
      verify: async () => undefined,
      close: async () => undefined,
    };
  }

  #inbox(): Inbox {
    const found = (key: string): FetchedMessage[] =>
      this.#mails
        .filter(({ uid }) => String(uid) === key)
        .map(({ raw, receivedAt }) => ({
          location: { generation: "1", key },
          ...{ raw, receivedAt, size: raw.byteLength, truncated: false },
        }));
    return {
      mailbox: "year",
      defaultSince: "all",
      hasOrder: true,
      list: async ({ cursor, full, since }) => {
        this.#need("inbox");
        const after = full || cursor === null ? 0 : Number(cursor.lastKey);
        const keys = this.#mails
          .filter(({ uid, receivedAt }) => uid > after && receivedAt >= (since ?? 0))
          .map(({ uid }) => String(uid));
        return { generation: "1", keys, lastKey: String(this.received) };
      },
      async *fetch(keys) {
        for (const key of keys) yield* found(key);
      },
      wait: (ms, signal) => this.clock.sleep(ms, signal),
      close: async () => undefined,
    };
  }
}

const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
};

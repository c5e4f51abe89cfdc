// The world around the worker: clock, provider, mailbox, mail server and database, and the people who
// write, answer and act behind our back. It keeps its own books, from which properties.ts judges.

import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCalendar } from "../../src/calendar.ts";
import type { MailReading, ShopAddresses } from "../../src/domain/mail-reading.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { type Refund, ticketReference } from "../../src/domain/ticket.ts";
import type { Calendar, MailReader, RefundRequest, VoidRequest } from "../../src/ports.ts";
import { createSigner } from "../../src/signer.ts";
import { type OpenStore, openStore, storeOn } from "../../src/store/store.ts";
import type { Job, WriteTx } from "../../src/store-port.ts";
import { type Desk, type ShopSettings, STOP_SWITCH } from "../../src/ticket/desk.ts";
import { createVault } from "../../src/vault.ts";
import { aReader } from "../jobs/recorded-mail.ts";
import { DATA_KEY, SHOP } from "../support/desk.ts";
import { FakeClock, HOUR, MINUTE } from "../support/fake-clock.ts";
import { MemoryProvider } from "../support/memory-provider.ts";
import { Crew } from "./crew.ts";
import { Coverage, type FateOptions, Fates } from "./fates.ts";
import { Mailbox, Postman } from "./mailbox.ts";
import { emptyMemory, memory as memoryOf } from "./memory-database.ts";
import { Process } from "./process.ts";
import type { Random } from "./random.ts";

/** Time that passes at once for whoever sleeps. */
class SimulatedClock extends FakeClock {
  override sleep = async (ms: number, _signal: AbortSignal): Promise<void> =>
    this.advance(Math.max(0, ms));
}

/** What a pure function of numbers said before. */
function remembering<Args extends number[], Result>(of: (...args: Args) => Result) {
  const known = new Map<string, Result>();
  return (...args: Args): Result => {
    const key = args.join();
    const before = known.get(key);
    if (before !== undefined) return before;
    const result = of(...args);
    if (known.size > 10_000) known.clear();
    known.set(key, result);
    return result;
  };
}

const TOKYO = createCalendar({
  timeZone: "Asia/Tokyo",
  summaryAt: "21:00",
  closed: { weekdays: [], dates: [] },
});
/** Thousands of histories ask for the same days. */
const CALENDAR: Calendar = {
  ...TOKYO,
  localDate: remembering(TOKYO.localDate),
  nextSummaryAt: remembering(TOKYO.nextSummaryAt),
  afterBusinessDays: remembering(TOKYO.afterBusinessDays),
};

/** The same few mails in thousands of histories are read once. */
const READINGS = new Map<string, Promise<MailReading>>();
const READINGS_MAX = 5_000;

function rememberingReader(shop: ShopAddresses): MailReader {
  const reader = aReader(shop);
  const about = JSON.stringify(shop);
  return {
    read(raw) {
      const key = about + Buffer.from(raw).toString();
      const known = READINGS.get(key);
      if (known !== undefined) return known;
      if (READINGS.size >= READINGS_MAX) READINGS.clear();
      const reading = reader.read(raw);
      READINGS.set(key, reading);
      return reading;
    },
    close: async () => undefined,
  };
}

export interface WorldOptions {
  readonly random: Random;
  readonly payments: readonly Payment[];
  readonly shop: Partial<ShopSettings>;
  readonly faults: FateOptions;
  /** On a file, which can be backed up, restored and copied; else in memory. */
  readonly onFile: boolean;
  /** On one database in memory. */
  readonly isCrew: boolean;
}

/** A worker's database, and what came before it. */
export interface Installation {
  store: OpenStore;
  readonly path: string;
}

export interface Creation {
  readonly request: RefundRequest;
  readonly at: number;
}

/** States of a refund that may still be paid. */
const OPEN: readonly Refund["state"][] = ["planned", "unknown", "pending", "requires_action"];
const FILES = ["", "-wal"] as const;
/** In memory where the system has such a folder: power cuts are the crash loop's matter. */
const FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export class World {
  readonly random: Random;
  readonly clock = new SimulatedClock();
  readonly provider = new MemoryProvider(this.clock);
  readonly mailbox = new Mailbox(this.clock);
  readonly postman = new Postman();
  readonly coverage = new Coverage();
  readonly fates: Fates;
  readonly desk: Desk;
  readonly reader: MailReader;
  readonly installations: Installation[] = [];
  /** Every createRefund as it left a worker. */
  readonly creations: Creation[] = [];
  /** What was seen to be wrong on the way. */
  readonly broken: string[] = [];
  readonly logged: string[] = [];
  deaths = 0;
  /** By how much the clock was set back in all: so much later is what was due. */
  setBackMs = 0;
  /** An older database has taken the place of a newer one. */
  isRestored = false;
  /** Acts just before a call that is on its way; set by whoever plays the people. */
  meanwhile: (paymentId: string | null) => void = () => undefined;
  readonly #late: (() => Promise<unknown>)[] = [];
  readonly #statuses = new Map<string, string>();
  /** Ticket, round and payment → the key of the refund, whichever installation called it. */
  readonly #keys = new Map<string, string>();
  readonly #folder: string | null;
  #copies = 0;
  #crew: Crew | null = null;

  private constructor({ random, payments, shop, faults, onFile }: WorldOptions) {
    this.random = random;
    this.fates = new Fates(random, faults);
    this.provider.keysKeptMs = 24 * HOUR;
    for (const payment of payments) this.provider.put(payment);
    this.desk = {
      shop: { ...SHOP, ...shop },
      signer: createSigner(DATA_KEY),
      vault: createVault(DATA_KEY),
      calendar: CALENDAR,
      clock: this.clock,
    };
    const { email, staff, managers, formFrom } = this.desk.shop;
    this.reader = rememberingReader({
      shop: email,
      staff,
      managers,
      formFrom,
      answersFrom: "shop",
    });
    this.#folder = onFile ? mkdtempSync(join(FOLDER, "henkin-simulate-")) : null;
  }

  static async make(options: WorldOptions): Promise<World> {
    const world = new World(options);
    await world.#install(world.#folder === null ? ":memory:" : join(world.#folder, "0.db"));
    if (options.isCrew) world.#crew = new Crew(world, await memoryOf());
    return world;
  }

  /** How often one of two workers stood still while the other went on. */
  get pauses(): number {
    return this.#crew?.pauses ?? 0;
  }

  async close(): Promise<void> {
    for (const { store } of this.installations) await store.close();
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true });
  }

  get first(): Installation {
    const [first] = this.installations;
    if (first === undefined) throw new Error("nothing is installed");
    return first;
  }

  async #install(path: string): Promise<void> {
    this.installations.push({ path, store: await this.#open(path) });
  }

  async #open(path: string): Promise<OpenStore> {
    const options = { path, shopId: "shop", now: this.clock.now };
    if (path !== ":memory:") return openStore(options);
    return { ...storeOn(await emptyMemory(), options), close: async () => undefined };
  }

  /** Every installation works until nothing is due or it dies. */
  async work(): Promise<void> {
    if (this.#crew !== null) return this.#crew.work();
    await Promise.all(
      this.installations.map(async (installation) => {
        if (await new Process(this, installation.store).work()) return;
        this.deaths += 1;
        await this.#reopen(installation);
      }),
    );
  }

  /** As a process that is started after another's death finds it. */
  async #reopen(installation: Installation): Promise<void> {
    if (installation.path === ":memory:") return;
    await installation.store.close();
    installation.store = await this.#open(installation.path);
  }

  /** Copies the database of a worker that does not run; returns how to bring it back. */
  backUp(): (() => Promise<void>) | null {
    const folder = this.#folder;
    if (folder === null) return null;
    const { path } = this.first;
    this.#copies += 1;
    const copy = join(folder, `backup-${this.#copies}`);
    for (const end of FILES) if (existsSync(path + end)) copyFileSync(path + end, copy + end);
    return async () => {
      const { first } = this;
      await first.store.close();
      for (const end of FILES) {
        rmSync(path + end, { force: true });
        if (existsSync(copy + end)) copyFileSync(copy + end, path + end);
      }
      rmSync(`${path}-shm`, { force: true });
      first.store = await this.#open(path);
      this.isRestored = true;
    };
  }

  /** A second installation on the same mailbox and provider, with the first one's database and key. */
  async copyInstallation(): Promise<void> {
    const folder = this.#folder;
    if (folder === null || this.installations.length > 1) return;
    const { path } = this.first;
    const copy = join(folder, "1.db");
    for (const end of FILES) if (existsSync(path + end)) copyFileSync(path + end, copy + end);
    await this.#install(copy);
  }

  later(effect: () => Promise<unknown>): void {
    this.#late.push(effect);
  }

  /** What was under way arrives: minutes later at most, so before the clock moves further. */
  async arrive(): Promise<void> {
    for (const effect of this.#late.splice(0)) await effect().catch(() => undefined);
  }

  /** Time passes for everybody. */
  async pass(ms: number): Promise<void> {
    if (ms > 10 * MINUTE) await this.arrive();
    if (ms < 0) this.setBackMs -= ms;
    this.clock.advance(ms);
  }

  paymentOfRefund(id: string): string {
    return this.provider.refunds.find((refund) => refund.id === id)?.paymentId ?? "";
  }

  statusOfPayment(paymentId: string): string {
    return this.#statuses.get(paymentId) ?? "-";
  }

  statusOfMail(raw: Uint8Array): string {
    const { variables } = JSON.parse(Buffer.from(raw).toString()) as {
      variables: { reference?: string };
    };
    return this.#statuses.get(variables.reference ?? "") ?? "-";
  }

  #remember(ticket: { number: number; status: string; paymentId: string | null }): void {
    this.#statuses.set(ticketReference(ticket.number), ticket.status);
    if (ticket.paymentId !== null) this.#statuses.set(ticket.paymentId, ticket.status);
  }

  /** The transaction with an eye on which job ends in it and which ticket it is about. */
  watch(tx: WriteTx): { tx: WriteTx; job: () => string; status: () => string } {
    let kind = "-";
    let status = "-";
    const { jobs, tickets, refunds } = tx;
    const ends =
      <Rest extends unknown[]>(end: (job: Job, ...rest: Rest) => Promise<boolean>) =>
      (job: Job, ...rest: Rest) => {
        kind = job.kind;
        return end(job, ...rest);
      };
    return {
      tx: {
        ...tx,
        jobs: {
          ...jobs,
          finish: ends(jobs.finish),
          again: ends(jobs.again),
          retry: ends(jobs.retry),
          park: ends(jobs.park),
        },
        refunds: {
          ...refunds,
          insert: async (refund) => {
            if (refund.action === "payout") await this.#observePayout(tx, refund);
            return refunds.insert(refund);
          },
        },
        tickets: {
          ...tickets,
          update: async (ticket, change) => {
            const next = await tickets.update(ticket, change);
            status = ticket.status;
            if (next !== undefined) this.#remember(next);
            return next;
          },
          find: async (id) => {
            const ticket = await tickets.find(id);
            if (ticket !== undefined) status = ticket.status;
            return ticket;
          },
        },
      },
      job: () => kind,
      status: () => status,
    };
  }

  /** Rules 1 to 3 at the very moment of the call. */
  async observeCreate(process: Process, request: RefundRequest): Promise<void> {
    const { paymentId, idempotencyKey: key, amountMinor, metadata } = request;
    this.creations.push({ request, at: this.clock.now() });
    const ours = await process.store.read((tx) => tx.refunds.listByPayment("memory", paymentId));
    const row = ours.find(({ id }) => id === metadata["henkin_refund"]);
    const isOpen = ({ state }: Refund) => state === "planned" || state === "unknown";
    if (ours.some((other) => other !== row && isOpen(other))) {
      this.broken.push(`rule 3: ${key} is called while another refund of ${paymentId} is open`);
    }
    if (row?.idempotencyKey !== key || row.amountMinor !== amountMinor) {
      this.broken.push(`a refund is called whose key and amount are not committed: ${key}`);
    }
    const approval = `${row?.ticketId}/${row?.round} of ${paymentId}`;
    const first = this.#keys.get(approval) ?? key;
    if (first !== key) this.broken.push(`rule 2: ${approval} is refunded under two keys`);
    this.#keys.set(approval, first);
    await this.#observeStop(process);
  }

  /** Rule 3 for transfers by hand, when staff are about to be asked for one. */
  async #observePayout(
    tx: WriteTx,
    { provider, paymentId }: Pick<Refund, "provider" | "paymentId">,
  ) {
    const others = await tx.refunds.listByPayment(provider, paymentId);
    const open = others.filter(({ state }) => OPEN.includes(state));
    if (open.length > 0) {
      this.broken.push(`rule 3: a transfer by hand beside a refund of ${paymentId} that is open`);
    }
  }

  async observeVoid(process: Process, _request: VoidRequest): Promise<void> {
    await this.#observeStop(process);
  }

  async #observeStop({ store }: Process): Promise<void> {
    const isStopped = (await store.read((tx) => tx.switches.find(STOP_SWITCH))) === "on";
    if (isStopped) this.broken.push("the provider is written to while the stop switch is on");
    if (this.desk.shop.dryRun) this.broken.push("the provider is written to in a dry run");
  }
}

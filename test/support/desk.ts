// The real desk without a network: real store, steps and jobs; time, mail and money are
// in memory.

import { createCalendar } from "../../src/calendar.ts";
import { jobsOf } from "../../src/core.ts";
import type { MailName } from "../../src/domain/outgoing-mail.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { rememberFirstStart } from "../../src/jobs/first-start.ts";
import { keepLanes } from "../../src/jobs/lanes.ts";
import { runJob } from "../../src/jobs/run-job.ts";
import { armSync } from "../../src/jobs/sync-payments.ts";
import type {
  Log,
  MailComposer,
  PaymentProvider,
  SentFolder,
  SignatureVerifier,
} from "../../src/ports.ts";
import { createSigner } from "../../src/signer.ts";
import { type OpenStore, openStore } from "../../src/store/store.ts";
import type { Job, JobKind } from "../../src/store-port.ts";
import type { Desk, ShopSettings } from "../../src/ticket/desk.ts";
import { createMailVault, createVault } from "../../src/vault.ts";
import {
  aForm,
  anAnswer,
  aReader,
  composer,
  quoting,
  RecordingTransport,
  rawOf,
  type Sent,
  type Wish,
} from "../jobs/recorded-mail.ts";
import { DAY, FakeClock, MINUTE } from "./fake-clock.ts";
import { aPayment, MemoryProvider } from "./memory-provider.ts";
import type { MessageParts } from "./message.ts";

export const [TANAKA, SATO] = ["tanaka@shop.example", "sato@shop.example"] as const;
export const MANAGER = "manager@shop.example";
/** The lane of the memory provider's jobs. */
export const PROVIDER = "provider:memory";
export const DATA_KEY = Buffer.alloc(32, 7);

export const SHOP: ShopSettings = {
  name: "見本商店",
  email: "shop@shop.example",
  staff: [TANAKA, SATO],
  managers: [MANAGER],
  formFrom: ["form@forms.example"],
  locale: "en",
  orderUrl: null,
  acknowledge: false,
  invoiceIssuer: null,
  authservIds: ["mx.shop.example"],
  approvalAuth: "authenticated",
  tokenMaxMinor: 10_000,
  secondApprovalFromMinor: null,
  coolingMs: 0,
  remindDays: 1,
  expiresMs: 14 * DAY,
  refundsPerHourMax: 20,
  refundsPerDayMax: 100,
  refundMinorPerDayMax: null,
  dryRun: false,
  recheckMs: 900_000,
  retention: { personalDays: null, booksYears: 7 },
};

const NO_SIGNATURES: SignatureVerifier = { verify: async () => [] };

/** One message at a time, as in the worker. */
const LANES = { local: 1, matching: 4, smtp: 4 };

const ROUNDS_MAX = 200;

/** Mails that an approver answers. */
const REQUESTS: readonly MailName[] = ["approval_request", "candidates", "deposit_question"];

export interface DeskOptions {
  readonly shop?: Partial<ShopSettings>;
  readonly payments?: readonly Payment[];
  /** Beside the one in memory. */
  readonly providers?: readonly PaymentProvider[];
  readonly clock?: FakeClock;
  readonly path?: string;
  /** Of another desk: the same shop with other settings, or started again. */
  readonly on?: {
    readonly clock: FakeClock;
    readonly provider: MemoryProvider;
    readonly transport: RecordingTransport;
    readonly store: OpenStore;
  };
  readonly verifier?: SignatureVerifier;
  readonly composer?: MailComposer;
  readonly sent?: SentFolder;
  readonly timeZone?: string;
  readonly summaryAt?: string;
}

export type TestDesk = Awaited<ReturnType<typeof openDesk>>;

/** Close it in afterEach. */
export async function openDesk(options: DeskOptions = {}) {
  const { on } = options;
  const clock = on?.clock ?? options.clock ?? new FakeClock();
  const provider = on?.provider ?? new MemoryProvider(clock);
  if (on === undefined) for (const one of options.payments ?? [aPayment()]) provider.put(one);
  const transport = on?.transport ?? new RecordingTransport();
  const path = options.path ?? ":memory:";
  // A file is read by the commands, too, which seal what they write.
  const vault = () => createMailVault(DATA_KEY);
  const store = on?.store ?? (await openStore({ path, shopId: "shop", now: clock.now, vault }));
  const desk: Desk = {
    shop: { ...SHOP, ...options.shop },
    signer: createSigner(DATA_KEY),
    vault: createVault(DATA_KEY),
    calendar: createCalendar({
      timeZone: options.timeZone ?? "Asia/Tokyo",
      summaryAt: options.summaryAt ?? "21:00",
      closed: { weekdays: [], dates: [] },
    }),
    clock,
  };
  const logged: { readonly level: string; readonly message: string; readonly fields: object }[] =
    [];
  const at = (level: string) => (fields: object, message: string) => {
    logged.push({ level, message, fields });
  };
  const log: Log = { info: at("info"), warn: at("warn"), error: at("error"), debug: at("debug") };
  const all = [provider, ...(options.providers ?? [])];
  const providers = new Map(all.map((one) => [one.name, one]));
  const lanesOf = Object.fromEntries(all.map(({ name }) => [`provider:${name}`, 4]));
  const { shop } = desk;
  const reader = aReader({ ...shop, shop: shop.email, answersFrom: "shop" });
  const jobs = jobsOf({
    ...{ desk, store, providers, reader, transport, log },
    composer: options.composer ?? composer,
    verifier: options.verifier ?? NO_SIGNATURES,
    sent: options.sent ?? null,
  });
  const never = new AbortController().signal;
  const start = async () => {
    const lanes = await keepLanes({ store, clock, log, random: () => 1 });
    const runner = { store, desk, clock, log, lanes, random: () => 1, jobs };
    return { lanes, run: (job: Job) => runJob(runner, job, never) };
  };
  await store.write(async (tx) => {
    await rememberFirstStart(tx, clock.now());
    for (const { name } of all) await armSync(tx, name, clock.now());
  });
  let messages = 0;

  const self = {
    clock,
    provider,
    transport,
    store,
    desk,
    reader,
    log,
    logged,
    jobs,
    close: () => store.close(),
    /** Runs every due job, except those of the lanes named. */
    async work(without: readonly string[] = []): Promise<void> {
      const { lanes, run } = await start();
      for (let rounds = 0, due: Job[] = []; ; rounds += 1) {
        // Far more than any test has: a job that comes back at once would let it hang.
        if (rounds === ROUNDS_MAX) throw new Error("the jobs come to no end");
        const closed = new Set([...without, ...lanes.waiting(clock.now())]);
        const free = Object.entries({ ...LANES, ...lanesOf }).filter(([lane]) => !closed.has(lane));
        const limits = free.map(([lane, limit]) => ({ lane, limit }));
        due = await store.write((tx) => tx.jobs.claim(clock.now(), limits));
        if (due.length === 0) return;
        await Promise.all(due.map(run));
      }
    },
    /** As a new process on the same database, which frees what a dead one held. */
    async restart(): Promise<void> {
      await store.write((tx) => tx.jobs.releaseAll());
      await self.work();
    },
    async advance(ms: number): Promise<void> {
      clock.advance(ms);
      await self.work();
    },
    /** Takes one due job of the lane without running it. */
    async claim(lane: string): Promise<Job | undefined> {
      return (await store.write((tx) => tx.jobs.claim(clock.now(), [{ lane, limit: 1 }])))[0];
    },
    /** Claims and runs one due job of the lane; returns its kind. */
    async next(lane: string): Promise<JobKind | null> {
      const job = await self.claim(lane);
      if (job === undefined) return null;
      const { run } = await start();
      await run(job);
      return job.kind;
    },
    /** A message of the inbox, as receive-mail stores it. */
    async receive(parts: MessageParts): Promise<string> {
      messages += 1;
      const messageId = parts.messageId ?? `received-${messages}@mail.example`;
      const raw = rawOf({ ...parts, messageId });
      const { message } = await reader.read(raw);
      const pk = message.identity;
      await store.write(async (tx) => {
        await tx.messages.insert({
          pk,
          messageId,
          fromAddress: message.from[0]?.address ?? "",
          subject: message.subject,
          receivedAt: clock.now(),
          size: raw.byteLength,
          raw,
          truncated: false,
          quarantineReason: null,
        });
        await tx.jobs.add({
          id: `process_message/${pk}`,
          kind: "process_message",
          lane: "local",
          ticketId: null,
          payload: { messagePk: pk },
          dueAt: clock.now(),
        });
      });
      return pk;
    },
    mails: (name: MailName, to?: string) =>
      transport.accepted.filter(
        (mail) => mail.name === name && (to === undefined || mail.to === to),
      ),
    /** The newest of these mails to this address. */
    mail(name: MailName, to: string): Sent {
      const mail = self.mails(name, to).at(-1);
      if (mail === undefined) throw new Error(`no ${name} to ${to}`);
      return mail;
    },
    /** A customer asks, and everything that follows by itself happens. */
    async ask(wish: Wish = {}): Promise<void> {
      await self.receive(aForm(wish));
      await self.work();
    },
    /**
     * Answers the newest request to this approver; what follows is for work() to do. Quotes its code, as
     * mail programs do, where nothing else is said of the answer.
     */
    async reply(text: string, by: string = TANAKA, parts?: MessageParts): Promise<void> {
      const asked = transport.accepted
        .filter((mail) => mail.to === by)
        .filter(({ name }) => REQUESTS.includes(name));
      const request = asked.at(-1);
      if (request === undefined) throw new Error(`${by} was not asked`);
      const whole = parts === undefined ? quoting(text, request) : text;
      await self.receive(anAnswer(request, whole, parts));
      await self.work([PROVIDER]);
    },
    async ticket(number = 1) {
      const ticket = await store.read((tx) => tx.tickets.findByNumber(number));
      if (ticket === undefined) throw new Error(`no ticket R-${number}`);
      return ticket;
    },
    async round(number = 1) {
      const { id, round } = await self.ticket(number);
      const found = await store.read((tx) => tx.approvals.findRound(id, round));
      if (found === undefined) throw new Error(`R-${number} has no round ${round}`);
      return found;
    },
    async refunds(number = 1) {
      const { id } = await self.ticket(number);
      return store.read((tx) => tx.refunds.listByTicket(id));
    },
    /** The newest of the first ticket. */
    async theRefund() {
      const refund = (await self.refunds()).at(-1);
      if (refund === undefined) throw new Error("no refund is planned");
      return refund;
    },
    /** The data of the first ticket's events of this type. */
    async noted(type: string): Promise<unknown[]> {
      return (await self.events()).filter((event) => event.type === type).map(({ data }) => data);
    },
    async events(number = 1) {
      const { id } = await self.ticket(number);
      return store.read((tx) => tx.events.listByTicket(id));
    },
  };
  return self;
}

/** Asked and answered; the job that looks once more has not run yet. */
export async function openApproved(options: DeskOptions = {}, answer = "OK"): Promise<TestDesk> {
  const desk = await openDesk(options);
  await desk.ask();
  desk.clock.advance(MINUTE);
  await desk.reply(answer);
  return desk;
}

/** Approved and planned; the provider was not called yet. */
export async function openPlanned(options: DeskOptions = {}, answer = "OK"): Promise<TestDesk> {
  const desk = await openApproved(options, answer);
  const kind = await desk.next(PROVIDER);
  if (kind !== "prepare_refund") throw new Error(`${kind} ran instead of the plan`);
  return desk;
}

// The worker without its adapters: app.ts gives it real servers, a simulation gives it imagined ones,
// and what happens between them is the same.

import { createDispatcher } from "./dispatch/in-process.ts";
import type { DispatcherOf } from "./dispatch-port.ts";
import type { ReadInTurn } from "./fleet-port.ts";
import { answerInquiry } from "./jobs/answer-inquiry.ts";
import { callRefund } from "./jobs/call-refund.ts";
import { callVoid } from "./jobs/call-void.ts";
import { checkRefund } from "./jobs/check-refund.ts";
import { rememberFirstStart } from "./jobs/first-start.ts";
import { rememberChanges } from "./jobs/heard-changes.ts";
import { keepLanes } from "./jobs/lanes.ts";
import { matchPayment } from "./jobs/match-payment.ts";
import { createMayPay, type MayPayDeps } from "./jobs/may-pay.ts";
import { prepareRefund } from "./jobs/prepare-refund.ts";
import { processMessage } from "./jobs/process-message.ts";
import { armPurge, PURGE_LANE, purgeJob } from "./jobs/purge.ts";
import type { DecisionFolder } from "./jobs/read-folders.ts";
import { armReconciliation, reconcileRefunds } from "./jobs/reconcile-refunds.ts";
import { remindAccount } from "./jobs/remind-account.ts";
import { remindPayout } from "./jobs/remind-payout.ts";
import { runInOrder } from "./jobs/run-job.ts";
import { sendMail } from "./jobs/send-mail.ts";
import { findNextPeriod, summarizeDay } from "./jobs/summarize-day.ts";
import { armSync, syncPayments } from "./jobs/sync-payments.ts";
import { askPayout, chaseCustomer, remindApprovers, remindOfBankAccount } from "./jobs/timers.ts";
import type {
  Inbox,
  Log,
  MailComposer,
  MailReader,
  MailTransport,
  PaymentProvider,
  Pulse,
  SentFolder,
  SignatureVerifier,
} from "./ports.ts";
import { createPulse } from "./pulse.ts";
import type { Store } from "./store-port.ts";
import { findAccountPayer } from "./ticket/account-payer.ts";
import type { Desk } from "./ticket/desk.ts";
import { lines } from "./ticket/intake.ts";
import { beginPaused } from "./ticket/paused-start.ts";
import { runOnce, runWorker } from "./worker.ts";

/** All that the worker needs from outside. */
export interface Outside {
  readonly desk: Desk;
  readonly store: Store;
  readonly installation: {
    /** What speaks for a copied or restored database; null where nothing does. */
    readonly sign: string | null;
    /** From now on the database is this installation's own. */
    follow(): Promise<void>;
  };
  readonly providers: ReadonlyMap<string, PaymentProvider>;
  readonly inbox: Inbox;
  readonly folders: readonly DecisionFolder[];
  readonly transport: MailTransport;
  /** SENT_MAILBOX; null where it is unset. */
  readonly sent: SentFolder | null;
  readonly composer: MailComposer;
  readonly reader: MailReader;
  readonly verifier: SignatureVerifier;
  readonly log: Log;
  /** 0 ≤ n < 1 */
  readonly random: () => number;
  /** INBOX_SINCE: epoch ms, "all", or null where it is unset. */
  readonly since: number | "all" | null;
  readonly pollMs: number;
  readonly isCurrent?: MayPayDeps["isCurrent"];
  /** Where workers share a database; absent: this one is alone. */
  readonly shared?: {
    readonly dispatcherOf: DispatcherOf;
    readonly readInTurn: ReadInTurn;
  };
}

export interface Core {
  readonly run: (stop: AbortSignal) => Promise<void>;
  readonly runOnce: (stop: AbortSignal) => Promise<void>;
  readonly pulse: Pulse;
}

/** What an interrupted worker understands again, and how long others wait for the database. */
const MAILS_TOGETHER = 50;
/**
 * Each asks for a payment and for its refunds. Where an answer takes a third of a second, eight ask each
 * endpoint 24 times a second; at Stripe 25 are allowed (docs.stripe.com/rate-limits).
 */
const MATCHES_AT_ONCE = 8;
/** Refunds at a provider of which nobody says how often it may be asked. */
const FEW = 4;

/** Frees what a dead worker held, and plans the jobs that are always there. */
export async function buildCore(outside: Outside): Promise<Core> {
  const { desk, store, providers, reader, log, random } = outside;
  const { clock } = desk;
  const lanes = await keepLanes({ store, clock, log, random });
  const pulse = createPulse(clock);
  const jobs = jobsOf(outside);
  const runner = { store, desk, clock, log, lanes, random, jobs };
  const { shared } = outside;
  const dispatcherOf: DispatcherOf = shared?.dispatcherOf ?? createDispatcher;
  const dispatcher = dispatcherOf({
    store,
    clock,
    pulse,
    lanes,
    limits: {
      // One at a time, or together as one: mails of one customer are understood in the order they came.
      local: 1,
      matching: MATCHES_AT_ONCE,
      smtp: 4,
      [PURGE_LANE]: 1,
      ...Object.fromEntries(
        [...providers.values()].map(({ name, capabilities: { atOnce = FEW } }) => [
          `provider:${name}`,
          atOnce,
        ]),
      ),
    },
    together: { local: { kind: "process_message", limit: MAILS_TOGETHER } },
    run: (jobs, signal) => runInOrder(runner, jobs, signal),
  });
  const { inbox, folders, since, pollMs } = outside;
  const worker = {
    ...{ store, desk, clock, log, lanes, dispatcher, pulse, reader },
    ...{ inbox, folders, since, pollMs },
    readInTurn: shared?.readInTurn ?? null,
  };
  await prepareStore(outside);
  return {
    run: (stop) => runWorker(worker, stop),
    runOnce: (stop) => runOnce(worker, stop),
    pulse,
  };
}

type Used =
  | "desk"
  | "store"
  | "providers"
  | "reader"
  | "verifier"
  | "transport"
  | "sent"
  | "composer"
  | "log";

/** Every kind of job, ready to run. */
export function jobsOf(outside: Pick<Outside, Used> & Pick<Partial<Outside>, "isCurrent">) {
  const { desk, store, providers, reader, verifier, transport, sent, composer, log } = outside;
  const mayPay = createMayPay(outside);
  /** The customer's own words of a mail, for staff to read. */
  const readWords = async (raw: Uint8Array) => lines((await reader.read(raw)).fields.messageText);
  const heard = rememberChanges();
  const core = { desk, clock: desk.clock, providers, readWords, mayPay, heard };
  return {
    process_message: processMessage({
      ...{ ...core, reader, verifier },
      findMessage: (pk) => store.read((tx) => tx.messages.find(pk)),
      findAccountPayer: (message) => store.read((tx) => findAccountPayer(tx, message)),
    }),
    answer_inquiry: answerInquiry(core),
    match_payment: matchPayment(core),
    prepare_refund: prepareRefund(core),
    call_refund: callRefund(core),
    call_void: callVoid(core),
    check_refund: checkRefund(core),
    send_mail: sendMail({ ...core, store, transport, composer, sent }),
    sync_payments: syncPayments({ ...core, log }),
    reconcile_refunds: reconcileRefunds(core),
    remind_approvers: remindApprovers(desk),
    ask_payout: askPayout(desk),
    remind_payout: remindPayout(core),
    remind_bank_account: remindOfBankAccount(desk),
    remind_account: remindAccount(core),
    chase_customer: chaseCustomer(desk),
    summarize_day: summarizeDay(desk),
    purge: purgeJob(desk),
  };
}

async function prepareStore({ store, desk, providers, installation, log }: Outside): Promise<void> {
  const now = desk.clock.now();
  await store.write(async (tx) => {
    await beginPaused(tx, desk, log, installation.sign);
    await tx.jobs.releaseAll();
    await rememberFirstStart(tx, now);
    for (const { name, capabilities } of providers.values()) {
      if (capabilities.imported !== true) await armSync(tx, name, now);
      // Where nothing is given back there are no refunds to compare.
      if (!capabilities.manual) await armReconciliation(tx, desk, name);
    }
    const { to } = await findNextPeriod(tx, desk);
    await tx.jobs.arm({
      id: "summarize_day",
      kind: "summarize_day",
      lane: "local",
      ticketId: null,
      payload: {},
      dueAt: to,
    });
    await armPurge(tx, now);
  });
  // Only now: had it died before, the next start would have to see the same.
  await installation.follow();
}

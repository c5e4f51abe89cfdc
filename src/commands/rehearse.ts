// How henkin would have done on the mails of the past: the report a shop reads before it trusts the
// worker. It reads the mailbox and the providers, and writes nowhere: its store is in memory, its key
// is forgotten, and the shop's own database is opened for nothing but the consent of MAIL_OAUTH, so that a
// worker may run beside it.

import { newDataKey, systemClock } from "../clock.ts";
import { type Config, loadConfig } from "../config.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import { createLog } from "../logger.ts";
import { MAIL_ACCESS_SETTINGS, openAccessTokens } from "../mail-access.ts";
import { buildInbox } from "../mail-servers.ts";
import { buildCalendar } from "../open-desk.ts";
import { buildStore } from "../open-store.ts";
import type { LocalTime } from "../ports.ts";
import { buildProviders } from "../providers.ts";
import { type History, onlyReads, readHistory } from "../rehearsal/past-provider.ts";
import { createSetClock, rehearse as play, type Rehearsal } from "../rehearsal/rehearse.ts";
import { createSigner } from "../signer.ts";
import { openStore } from "../store/store.ts";
import type { ShopSettings } from "../ticket/desk.ts";
import { createVault } from "../vault.ts";
import { type CommandContext, EXIT, type Run, readArgs } from "./command.ts";
import { openReader } from "./open-reader.ts";
import { type Progress, progress } from "./progress.ts";
import { jsonLines, type ReportFrame, wordLines } from "./rehearse-report.ts";
import { startOf } from "./tickets.ts";

const SETTINGS = [
  ...MAIL_ACCESS_SETTINGS,
  "SHOP_EMAIL",
  "STAFF_EMAILS",
  "MANAGER_EMAILS",
  "FORM_FROM",
  "CLOSED_DAYS",
  "APPROVAL_EXPIRES_DAYS",
  "STRIPE_API_KEY",
  "STRIPE_API_BASE",
  "SMARTPAY_SECRET_KEY",
  "SMARTPAY_API_BASE",
  "EPSILON_CONTRACT_CODE",
  "EPSILON_API_BASE",
  "MAKESHOP_SHOP_ID",
  "MAKESHOP_TOKEN",
  "MAKESHOP_API_BASE",
  "SANDBOX_PAYMENTS",
  "TIMEZONE",
  "SUMMARY_AT",
  "LOCALE",
] as const;

type RehearsalConfig = Config<(typeof SETTINGS)[number]>;

const DAY_MS = 24 * 60 * 60 * 1_000;

export const rehearse: Run = async (args, context) => {
  const options = {
    since: { type: "string" },
    until: { type: "string" },
    json: { type: "boolean" },
  } as const;
  const { values } = readArgs(args, options, { least: 0, most: 0 });
  if (values.since === undefined) {
    throw new UsageError("since_missing");
  }
  const { env, directory } = context;
  // A shop that lives on imports may leave the keys out: it gets an answer of its own below.
  const config = loadConfig(SETTINGS, env, directory, { needsProvider: false });
  const calendar = buildCalendar(config);
  const since = momentOf(values.since, calendar, 0);
  const now = systemClock.now();
  const until = Math.min(now, values.until ? momentOf(values.until, calendar, DAY_MS) : now);
  if (since >= until) throw new UsageError("bad_period");
  try {
    const { rehearsal, histories } = await rehearseWith(config, context, { since, until });
    const told = histories.map(({ source }) => source);
    const frame: ReportFrame = {
      ...{ since, until, calendar, locale: config.LOCALE, screen: context.screen },
      untold: told.filter(({ capabilities }) => capabilities.manual).map(({ name }) => name),
      unreadableRefunds: histories.reduce((sum, { unreadable }) => sum + unreadable, 0),
    };
    const lines = values.json ? jsonLines(rehearsal, frame) : wordLines(rehearsal, frame);
    for (const line of lines) context.print(line);
    return EXIT.done;
  } catch (error) {
    if (!context.stop.aborted) throw error;
    process.stderr.write("Stopped. Nothing was sent, paid or changed.\n");
    return EXIT.done;
  }
};

/** "2026-09-01", or a time with its zone. */
function momentOf(text: string, localTime: LocalTime, afterDay: number): number {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return startOf(text, localTime) + afterDay;
  const at = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:?\d{2})$/.test(text) || Number.isNaN(at)) {
    throw new UsageError("bad_moment", { text });
  }
  return at;
}

interface Period {
  readonly since: number;
  readonly until: number;
}

async function rehearseWith(
  config: RehearsalConfig,
  { directory, stop }: CommandContext,
  { since, until }: Period,
): Promise<{ readonly rehearsal: Rehearsal; readonly histories: readonly History[] }> {
  // A poison mail or a strange payment is counted in the report, and needs no log.
  const log = createLog("silent");
  const histories: History[] = [];
  const providers = await buildProviders(config, directory, { log });
  if (providers.size === 0) throw new PermanentError("rehearsal_without_history");
  for (const provider of providers.values()) {
    const bar = progress(provider.name, null);
    try {
      const onRead = (count: number) => bar.advance(count);
      histories.push(await readHistory(onlyReads(provider, systemClock), since, stop, onRead));
    } finally {
      bar.end();
    }
  }
  const clock = createSetClock(since);
  const dataKey = newDataKey();
  const store = await openStore({ path: ":memory:", shopId: "shop", now: clock.now });
  const tokens = openAccessTokens(config, directory, log, () =>
    buildStore(config, directory, { mayUpdate: false }),
  );
  const inbox = buildInbox(config.INBOX_URL, directory, log, { readOnly: true, tokens });
  const reader = openReader(config, "shop");
  let bar: Progress | null = null;
  const onMail = (total: number) => {
    bar ??= progress("mails", total);
    bar.advance();
  };
  try {
    const desk = {
      shop: shopOf(config),
      signer: createSigner(dataKey),
      vault: createVault(dataKey),
      calendar: buildCalendar(config),
      clock,
    };
    const deps = { store, desk, inbox, reader, histories, since, until, onMail };
    return { rehearsal: await play(deps, stop), histories };
  } finally {
    (bar as Progress | null)?.end();
    await reader.close();
    await inbox.close();
    await tokens?.close();
    await store.close();
  }
}

/** What the shop would set beside this changes mails and payments, of which there are none. */
function shopOf(config: RehearsalConfig): ShopSettings {
  return {
    name: "",
    email: config.SHOP_EMAIL,
    staff: [...new Set(config.STAFF_EMAILS)],
    managers: [...new Set(config.MANAGER_EMAILS)],
    formFrom: config.FORM_FROM ?? [],
    locale: config.LOCALE,
    orderUrl: null,
    acknowledge: false,
    invoiceIssuer: null,
    authservIds: [],
    approvalAuth: "authenticated",
    tokenMaxMinor: 0,
    secondApprovalFromMinor: null,
    coolingMs: 0,
    remindDays: 1,
    expiresMs: config.APPROVAL_EXPIRES_DAYS * DAY_MS,
    refundsPerHourMax: 0,
    refundsPerDayMax: 0,
    refundMinorPerDayMax: null,
    // A customer who is asked is told from one whom a person looks at.
    dryRun: false,
    recheckMs: DAY_MS,
    retention: { personalDays: null, booksYears: 7 },
  };
}

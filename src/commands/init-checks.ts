// Whether an answer given to `henkin init` works: a login at both mail servers, and a look at the
// payment provider. Nothing is sent and nothing is changed.

import { systemClock } from "../clock.ts";
import { loadConfig, type SettingName } from "../config.ts";
import { AppError } from "../domain/errors.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import { createLog } from "../logger.ts";
import { buildInbox, buildTransport } from "../mail-servers.ts";
import type { Finding } from "../ports.ts";
import { buildProviders } from "../providers.ts";
import { findMailHost, type MailServers, withLogin } from "../setup/mail-hosts.ts";
import { type Answers, KEY_SETTINGS, serversOf } from "../setup/questions.ts";
import { WORDS } from "../setup/words.ts";
import type { CommandContext } from "./command.ts";

const PATIENCE_MS = 30_000;

/** Servers in the place of the real ones stay in the environment and come into no file. */
const BASES = ["STRIPE_API_BASE", "SMARTPAY_API_BASE", "EPSILON_API_BASE"] as const;
const PROVIDER_SETTINGS = [
  ...BASES,
  ...Object.values(KEY_SETTINGS),
  "MAKESHOP_SHOP_ID",
  "MAKESHOP_TOKEN",
  "MAKESHOP_API_BASE",
  "SANDBOX_PAYMENTS",
] as const satisfies readonly SettingName[];

export interface Outcome {
  /** What does not work, each followed by its mend. Empty: all is well. */
  readonly faults: readonly string[];
  /** Said, and no obstacle. */
  readonly remarks: readonly string[];
  /** No server has answered: what was typed for it is not at fault, but for its name. */
  readonly isUnreachable?: boolean;
}

export interface MailOutcome extends Outcome {
  /** The outgoing server that took the login. */
  readonly outbox: string | null;
}

/** @param user null: the login is the address */
export async function checkMail(
  answers: Partial<Answers>,
  user: string | null,
  locale: Locale,
  { directory, stop }: CommandContext,
): Promise<MailOutcome> {
  const servers = serversOf(answers) as MailServers;
  const login = (server: string) =>
    withLogin(server, user ?? answers.email ?? "", answers.password ?? "");
  const told = (way: "inbox" | "outbox", error: AppError, server: string): MailOutcome => ({
    faults: [
      `${WORDS[locale].what[way]}: ${wordsOf(error, server, locale)}\n→ ${mendOf(error, answers, locale)}`,
    ],
    remarks: [],
    outbox: null,
    isUnreachable: kindOf(error) === "connection",
  });
  const refusedInbox = await tryInbox(`${login(servers.inbox)}/INBOX`, directory, stop);
  if (refusedInbox !== null) return told("inbox", refusedInbox, servers.inbox);
  let refused: AppError | null = null;
  for (const outbox of servers.outboxes) {
    const error = await tryOutbox(login(outbox), directory, stop);
    if (error === null) return { faults: [], remarks: [], outbox };
    refused = error;
    // It knows the login, so that another port of it would not say otherwise.
    if (kindOf(error) === "login") break;
  }
  return told("outbox", refused as AppError, servers.outboxes[0] ?? "");
}

async function tryInbox(url: string, directory: string, stop: AbortSignal) {
  const inbox = buildInbox(url, directory, createLog("silent"));
  try {
    const since = systemClock.now();
    await inbox.list({ cursor: null, full: false, since, signal: deadline(stop) });
    return null;
  } catch (error) {
    return appErrorOf(error);
  } finally {
    await inbox.close();
  }
}

async function tryOutbox(url: string, directory: string, stop: AbortSignal) {
  const transport = buildTransport(url, directory, createLog("silent"));
  try {
    await transport.verify(deadline(stop));
    return null;
  } catch (error) {
    return appErrorOf(error);
  } finally {
    await transport.close();
  }
}

function deadline(stop: AbortSignal): AbortSignal {
  return AbortSignal.any([stop, AbortSignal.timeout(PATIENCE_MS)]);
}

function appErrorOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

function kindOf({ entry }: AppError): "login" | "tls" | "connection" | null {
  if (entry.endsWith("_auth_failed")) return "login";
  if (entry.endsWith("_tls")) return "tls";
  return /_(?:connection|timeout)$/.test(entry) ? "connection" : null;
}

/** As Node.js, imapflow and nodemailer name it. */
const UNKNOWN = /\b(?:ENOTFOUND|EAI_AGAIN|EDNS)\b/;
const SILENT =
  /\b(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|ETIMEOUT|ECONNECTION)\b/;

function wordsOf(error: AppError, server: string, locale: Locale): string {
  const { unknown, silent } = WORDS[locale].unreachable;
  const host = server.replace(/^\w+:\/\//, "");
  if (UNKNOWN.test(error.message)) return unknown(host);
  const isSilent = error.entry.endsWith("_timeout") || SILENT.test(error.message);
  return isSilent ? silent(host) : error.inWords(locale);
}

function mendOf(error: AppError, { host }: Partial<Answers>, locale: Locale): string {
  const kind = kindOf(error);
  if (kind === null) return error.mend;
  const mend = WORDS[locale].mends[kind];
  const note = findMailHost(host ?? "")?.loginNote?.[locale];
  return note === undefined ? mend : [mend, note].join(locale === "ja" ? "" : " ");
}

export async function checkKey(
  { provider, key }: Partial<Answers>,
  { env, directory, stop }: CommandContext,
): Promise<Outcome> {
  if (provider === undefined || provider === "later") return { faults: [], remarks: [] };
  const bases = Object.fromEntries(BASES.map((name) => [name, env[name]]));
  const settings = { ...bases, [KEY_SETTINGS[provider]]: key };
  const config = loadConfig(PROVIDER_SETTINGS, settings, directory);
  const findings: Finding[] = [];
  for (const one of (await buildProviders(config, directory)).values()) {
    try {
      findings.push(...(await one.diagnose(deadline(stop))));
    } catch (error) {
      const { message, mend } = appErrorOf(error);
      findings.push({ level: "fail", check: one.name, message, mend });
    }
  }
  const inWords = ({ check, message, mend }: Finding) =>
    `${check}: ${message}${mend === null ? "" : `\n→ ${mend}`}`;
  return {
    faults: findings.filter(({ level }) => level === "fail").map(inWords),
    remarks: findings.filter(({ level }) => level === "warn").map(inWords),
  };
}

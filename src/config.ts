// The settings. Every problem is found before anything starts, and each names its setting.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { ConfigError } from "./domain/errors.ts";
import { ENV_SHOP, SHOP_ID, SHOP_ID_PROBLEM } from "./domain/shop-id.ts";
import type { Environment } from "./environment.ts";
import { parseServerUrl } from "./mail/server-url.ts";
import {
  address,
  addresses,
  closedDays,
  databaseUrl,
  dataKey,
  decisionFolder,
  dnsServers,
  flag,
  httpAddress,
  httpFolder,
  invoiceNumber,
  list,
  mailUrl,
  matching,
  needsToken,
  oauthIssuer,
  origin,
  passwordProblem,
  rejectionFolderOf,
  serverUrl,
  since,
  timeZone,
  wholeNumber,
} from "./setting-types.ts";

const SETTINGS = {
  INBOX_URL: mailUrl("imap"),
  OUTBOX_URL: mailUrl("smtp"),
  INBOX_SINCE: since.optional(),
  MAIL_OAUTH: oauthIssuer.optional(),
  OAUTH_CLIENT_ID: z.string().optional(),
  OAUTH_CLIENT_SECRET: z.string().optional(),
  OAUTH_TENANT: matching(/^[\w.-]+$/, "must be a domain, an ID or a word").optional(),
  POLL_SECONDS: wholeNumber(1, 86_400).default(60),
  SHOP_NAME: z.string().min(1),
  SHOP_EMAIL: address,
  STAFF_EMAILS: addresses,
  MANAGER_EMAILS: addresses,
  FORM_FROM: addresses.optional(),
  ORDER_URL: z.url("is not a URL").optional(),
  CLOSED_DAYS: closedDays.default({ weekdays: [], dates: [] }),
  ACKNOWLEDGE: flag.default(false),
  INVOICE_NUMBER: invoiceNumber.optional(),
  INVOICE_TAX_RATE: z.enum(["10", "8"], "must be 10 or 8").default("10"),
  TEMPLATES_DIR: z.string().optional(),
  AUTHSERV_IDS: z
    .string()
    .transform((text) => list(text.toLowerCase()))
    .default([]),
  APPROVAL_FOLDER: decisionFolder.optional(),
  SENT_MAILBOX: matching(/[^/.]$/, "must be a folder's name").optional(),
  DNS_SERVERS: dnsServers.optional(),
  APPROVAL_AUTH: z
    .enum(["authenticated", "token"], 'must be "authenticated" or "token"')
    .default("authenticated"),
  TOKEN_MAX_AMOUNT: wholeNumber(1, 999_999_999).default(10_000),
  SECOND_APPROVAL_FROM: wholeNumber(1, 999_999_999).optional(),
  APPROVAL_COOLING_MINUTES: wholeNumber(0, 10_080).default(0),
  APPROVAL_REMIND_DAYS: wholeNumber(1, 60).default(1),
  APPROVAL_EXPIRES_DAYS: wholeNumber(1, 365).default(14),
  REFUND_MAX_PER_HOUR: wholeNumber(1, 1_000_000).default(20),
  REFUND_MAX_PER_DAY: wholeNumber(1, 1_000_000).default(100),
  REFUND_MAX_AMOUNT_PER_DAY: wholeNumber(1, 999_999_999).optional(),
  DRY_RUN: flag.default(false),
  STRIPE_API_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_\w+$/, "must be a secret or restricted key (sk_… or rk_…)")
    .optional(),
  STRIPE_API_BASE: origin.optional(),
  SMARTPAY_SECRET_KEY: matching(
    /^sk_(test|live)_\w+$/,
    "must be a secret key (sk_live_… or sk_test_…)",
  ).optional(),
  SMARTPAY_API_BASE: origin.optional(),
  EPSILON_CONTRACT_CODE: z
    .string()
    .regex(/^[0-9A-Za-z]{1,32}$/, "must be the contract code (契約コード), digits and letters")
    .optional(),
  EPSILON_API_BASE: httpFolder.default("https://secure.epsilon.jp/cgi-bin/order/"),
  MAKESHOP_SHOP_ID: matching(/^[\w.-]+$/, "must be the shop's ID at makeshop").optional(),
  MAKESHOP_TOKEN: matching(/^[\w.-]+$/, "must be the order API's 認証コード").optional(),
  MAKESHOP_API_BASE: origin.default("https://www.makeshop.jp"),
  SANDBOX_PAYMENTS: z.string().optional(),
  DATABASE_URL: databaseUrl.default("data/henkin.db"),
  DATA_KEY: dataKey.optional(),
  NEW_DATA_KEY: dataKey.optional(),
  NEW_DATABASE_URL: serverUrl.optional(),
  HENKIN_SHOP: matching(SHOP_ID, SHOP_ID_PROBLEM).default(ENV_SHOP),
  TIMEZONE: timeZone.default("Asia/Tokyo"),
  SUMMARY_AT: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 21:00")
    .default("21:00"),
  LOCALE: z.enum(["ja", "en"], 'must be "ja" or "en"').default("ja"),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  REFUND_RECHECK_SECONDS: wholeNumber(1, 86_400).default(900),
  RETENTION_DAYS: wholeNumber(1, 36_500).optional(),
  BOOKS_YEARS: wholeNumber(1, 100).default(7),
  HEALTH_PORT: wholeNumber(0, 65_535).optional(),
  HEARTBEAT_URL: httpAddress.optional(),
  WORKER_ID: matching(
    /^[\w.-]{1,63}$/,
    "must be letters, digits, dots, hyphens and underscores, 63 at most",
  ).optional(),
  IDLE_PER_HOST: wholeNumber(0, 100_000).default(1_000),
  WORKER_TURNS: wholeNumber(1, 1_000).default(64),
} as const;

export type SettingName = keyof typeof SETTINGS;

type Settings = { [Name in SettingName]: z.output<(typeof SETTINGS)[Name]> };

/** What each setting is, for the commands that use it; the rest of the file is not looked at. */
export type Config<Name extends SettingName = SettingName> = Pick<Settings, Name>;

/** Settings whose value may stand in a file named by NAME_FILE, as containers hand out secrets. */
const SECRETS: readonly string[] = [
  "INBOX_URL",
  "OUTBOX_URL",
  "STRIPE_API_KEY",
  "SMARTPAY_SECRET_KEY",
  "MAKESHOP_TOKEN",
  "OAUTH_CLIENT_SECRET",
  "DATA_KEY",
  "NEW_DATA_KEY",
  // A server's has a password in it.
  "DATABASE_URL",
  "NEW_DATABASE_URL",
  // Whoever knows the address can say that the worker lives.
  "HEARTBEAT_URL",
];

export const isSecret = (name: string): boolean => SECRETS.includes(name);

/** Any of these is enough. */
const PROVIDERS = [
  "STRIPE_API_KEY",
  "SMARTPAY_SECRET_KEY",
  "EPSILON_CONTRACT_CODE",
  "SANDBOX_PAYMENTS",
] as const;

const MAIL_URLS = [
  ["INBOX_URL", "imap"],
  ["OUTBOX_URL", "smtp"],
] as const;

/** Setting → one it is of no use without. */
const NEEDS: readonly (readonly [SettingName, SettingName])[] = [
  ["MAKESHOP_SHOP_ID", "MAKESHOP_TOKEN"],
  ["MAKESHOP_TOKEN", "MAKESHOP_SHOP_ID"],
  // makeshop tells of orders; the money is at Epsilon.
  ["MAKESHOP_SHOP_ID", "EPSILON_CONTRACT_CODE"],
  ["MAIL_OAUTH", "OAUTH_CLIENT_ID"],
];

function rawValue(name: string, env: Environment, directory: string, problems: string[]) {
  const value = env[name]?.trim() || undefined;
  const path = SECRETS.includes(name) ? env[`${name}_FILE`]?.trim() || undefined : undefined;
  if (path === undefined) return value;
  if (value !== undefined) {
    problems.push(`${name}: set it or ${name}_FILE, not both`);
    return undefined;
  }
  try {
    return readFileSync(resolve(directory, path), "utf8").trim() || undefined;
  } catch {
    problems.push(`${name}_FILE: ${path} cannot be read`);
    return undefined;
  }
}

/** Parses the named settings. Throws ConfigError with every problem at once. */
export function loadConfig<Name extends SettingName>(
  names: readonly Name[],
  env: Environment,
  directory: string,
  { needsProvider = names.some((name) => name === "STRIPE_API_KEY") } = {},
): Config<Name> {
  const { values, problems, missing } = parseSettings(names, env, directory);
  const isSet = (name: SettingName) => values[name] !== undefined;
  const isBroken = (name: SettingName) => problems.some((problem) => problem.startsWith(name));
  if (needsProvider && !PROVIDERS.some((name) => isSet(name) || isBroken(name))) {
    missing.push(
      "STRIPE_API_KEY: is required (or SMARTPAY_SECRET_KEY or EPSILON_CONTRACT_CODE; or SANDBOX_PAYMENTS, to try henkin; or payments from a file, see henkin import --help)",
    );
  }
  for (const [name, need] of NEEDS) {
    const isWanted = isSet(name) && names.includes(need as Name);
    if (isWanted && !isSet(need) && !isBroken(need)) problems.push(`${name}: needs ${need} too`);
  }
  problems.push(...folderProblems(values), ...loginProblems(values));
  if (values["APPROVAL_AUTH"] === "token" && isSet("SECOND_APPROVAL_FROM")) {
    problems.push(
      "SECOND_APPROVAL_FROM: two approvers cannot be told apart with APPROVAL_AUTH=token",
    );
  }
  if (problems.length + missing.length > 0) throw new ConfigError([...missing, ...problems]);
  return values as Config<Name>;
}

/** A request must not approve itself by arriving in the mailbox, or by being filed as sent mail. */
function folderProblems(values: Partial<Record<SettingName, unknown>>): string[] {
  const { APPROVAL_FOLDER: folder, INBOX_URL: inbox, SENT_MAILBOX: sent } = values;
  if (typeof inbox !== "string") return [];
  if (inbox.startsWith("maildir:")) {
    return (["APPROVAL_FOLDER", "SENT_MAILBOX"] as const)
      .filter((name) => typeof values[name] === "string")
      .map((name) => `${name}: needs an IMAP mailbox in INBOX_URL`);
  }
  if (typeof folder !== "string") return [];
  const folders = [folder, rejectionFolderOf(folder)].map(plainName);
  return [
    ...(folders.includes(plainName(parseServerUrl(inbox, "imap").path))
      ? ["APPROVAL_FOLDER: is the mailbox of INBOX_URL; choose another"]
      : []),
    ...(typeof sent === "string" && folders.includes(plainName(sent))
      ? ["APPROVAL_FOLDER: is SENT_MAILBOX, or the folder for rejections is; choose another"]
      : []),
  ];
}

/** Servers may put all folders below INBOX, and their clients leave that out. */
const plainName = (folder: string) => folder.toLowerCase().replace(/^inbox[./]/, "");

/** A mail server's URL without a password is of use only where OAuth proves the user. */
function loginProblems(values: Partial<Record<SettingName, unknown>>): string[] {
  const { MAIL_OAUTH: issuer, OAUTH_TENANT: tenant } = values;
  const urls = MAIL_URLS.flatMap(([name, scheme]) => {
    const url = values[name];
    return typeof url === "string" && needsToken(url, scheme) ? [{ name, scheme, url }] : [];
  });
  if (issuer === undefined) {
    return urls.map(({ name, scheme }) => `${name}: ${passwordProblem(scheme)}`);
  }
  const users = new Set(urls.map(({ url, scheme }) => parseServerUrl(url, scheme).user));
  return [
    ...(users.size > 1
      ? ["OUTBOX_URL: names another user than INBOX_URL; one consent is for one user"]
      : []),
    ...(tenant !== undefined && issuer !== "microsoft"
      ? ["OAUTH_TENANT: is for MAIL_OAUTH=microsoft only"]
      : []),
  ];
}

/** The same for commands that can do without: what is not set is simply absent. */
export function loadOptionalConfig<Name extends SettingName>(
  names: readonly Name[],
  env: Environment,
  directory: string,
): Partial<Config<Name>> {
  const { values, problems } = parseSettings(names, env, directory);
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Partial<Config<Name>>;
}

/** Node.js obeys it in every TLS connection that does not say otherwise. */
const UNVERIFIED = "NODE_TLS_REJECT_UNAUTHORIZED";
const NETWORKED: readonly SettingName[] = ["INBOX_URL", "OUTBOX_URL", "STRIPE_API_KEY"];

function parseSettings(names: readonly SettingName[], env: Environment, directory: string) {
  const values: Partial<Record<SettingName, unknown>> = {};
  const problems: string[] = [];
  const missing: string[] = [];
  if (env[UNVERIFIED] === "0" && names.some((name) => NETWORKED.includes(name))) {
    problems.push(
      `${UNVERIFIED}: would let anybody pass for your mail server and for Stripe; remove it. For an authority of your own set NODE_EXTRA_CA_CERTS`,
    );
  }
  for (const name of names) {
    const before = problems.length;
    const raw = rawValue(name, env, directory, problems);
    if (problems.length > before) continue;
    const result = SETTINGS[name].safeParse(raw);
    if (result.success) values[name] = result.data;
    else if (raw === undefined) missing.push(`${name}: is required`);
    else problems.push(`${name}: ${result.error.issues[0]?.message ?? "is not valid"}`);
  }
  return { values, problems, missing };
}

export const ALL_SETTINGS = Object.keys(SETTINGS) as SettingName[];

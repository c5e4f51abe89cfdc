// Looks at everything the worker needs, and says the mend beside each fault.

import { loadWorkerConfig } from "../app.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { requireDataKey } from "../data-key.ts";
import { databaseLocation } from "../database-location.ts";
import { approvalFinding, lookAtSenders, type Seen } from "../doctor/approvals.ts";
import { type Check, runChecks } from "../doctor/checks.ts";
import { checkFile, checkStore } from "../doctor/database.ts";
import { checkCopies, checkDisk, checkFiles, shopFiles } from "../doctor/files.ts";
import { ok, warn } from "../doctor/finding.ts";
import {
  checkFolder,
  checkSentFolder,
  checkSmtp,
  inboxFinding,
  mailClockFindings,
} from "../doctor/mailbox.ts";
import { awaitProbe, type ProbeMeans, sendProbe } from "../doctor/probe.ts";
import { checkProvider } from "../doctor/providers.ts";
import { checkSenderDomain } from "../doctor/sender-domain.ts";
import { AppError, ConfigError } from "../domain/errors.ts";
import { createLog } from "../logger.ts";
import { createTurn } from "../mail/imap-waiting.ts";
import type { MailboxSurvey } from "../mail/mailbox-survey.ts";
import { readMessage } from "../mail/message-reader.ts";
import { grantFindings, openAccessTokens } from "../mail-access.ts";
import {
  buildFolders,
  buildInbox,
  buildSenderLookup,
  buildSentFolder,
  buildSurvey,
  buildTransport,
  buildVerifier,
  isMaildir,
} from "../mail-servers.ts";
import { buildStore, openStoreToLook } from "../open-store.ts";
import { buildTemplates } from "../open-templates.ts";
import type { AccessTokens, Finding, Signer } from "../ports.ts";
import { buildManualProvider, buildProviders } from "../providers.ts";
import { ensureShopKey } from "../shop-key.ts";
import { createSigner } from "../signer.ts";
import { checkDatabaseFolder } from "../store/database.ts";
import { findBackupAge } from "../store/last-backup.ts";
import { databaseExists, isFile, placeOf } from "../store/location.ts";
import { EXIT, type Run, readArgs } from "./command.ts";

const CHECK_TIMEOUT_MS = 30_000;
const PROBE_MS = 2 * 60_000;
/** The newest mails tell what the server writes on what it receives. */
const SURVEYED_MAILS = 50;

export const doctor: Run = async (args, { env, directory, print, stop }) => {
  const flags = { probe: { type: "boolean" }, json: { type: "boolean" } } as const;
  const { values } = readArgs(args, flags, { least: 0, most: 0 });
  const config = await loadWorkerConfig(env, directory);
  const openStore = () => buildStore(config, directory);
  const tokens = openAccessTokens(config, directory, QUIET, openStore);
  const shop: Patient = { config, directory, tokens };
  let failed = false;
  const tell = (finding: Finding) => {
    failed ||= finding.level === "fail";
    print(values.json ? JSON.stringify(finding) : inWords(finding));
  };
  const around = { clock: systemClock, stop, timeoutMs: CHECK_TIMEOUT_MS, tell };
  try {
    // First what waits for nobody: it would hold up the answers of servers.
    await runChecks(localChecks(shop), around);
    await runChecks(await remoteChecks(shop), around);
    if (values.probe) {
      for (const check of await probeChecks(shop)) await runChecks([check], around);
    }
  } finally {
    await tokens?.close();
  }
  return failed ? EXIT.failed : EXIT.done;
};

function inWords({ level, check, message, mend }: Finding): string {
  const mark = { ok: "ok  ", warn: "WARN", fail: "FAIL" }[level];
  return `${mark}  ${check}: ${message}${mend === null ? "" : `\n      → ${mend}`}`;
}

interface Patient {
  readonly config: Config;
  readonly directory: string;
  /** Null where no mailbox is opened by OAuth. */
  readonly tokens: AccessTokens | null;
}

const QUIET = createLog("silent");

function localChecks({ config, directory }: Patient): Check[] {
  const path = databaseLocation(config, directory);
  return [
    { name: "settings", run: async () => [ok("settings", "all are there and can be read")] },
    {
      name: "files",
      run: async () => checkFiles(shopFiles(directory, isFile(path) ? path : null)),
    },
    { name: "templates", run: async () => checkTemplates(config, directory) },
    ...(isFile(path) ? [{ name: "disk", run: async () => checkDisk(path) }] : []),
    ...(isFile(path) && databaseExists(path)
      ? [
          { name: "copies", run: async () => checkCopies(path, systemClock.now()) },
          { name: "integrity", run: async () => checkFile(path, systemClock) },
        ]
      : []),
    { name: "database", run: () => checkDatabase(config, directory) },
    { name: "imported payments", run: (signal) => checkImports(config, directory, signal) },
  ];
}

async function remoteChecks(shop: Patient): Promise<Check[]> {
  const { config, directory, tokens } = shop;
  const sent = buildSentFolder(config, QUIET, tokens);
  const survey = surveyOf(shop);
  // One look at a time: beside the worker's there may be room for one connection only.
  const takeTurn = createTurn();
  return [
    {
      name: "inbox",
      run: async (signal) => {
        const found = await takeTurn(() => survey(signal));
        const finding = inboxFinding(found, config.POLL_SECONDS);
        return [finding, ...mailClockFindings(found, systemClock.now())];
      },
    },
    ...buildFolders(config, QUIET, { tokens }).map((folder) => ({
      name: `folder to ${folder.verdict}`,
      run: (signal: AbortSignal) => takeTurn(() => checkFolder(folder, signal)),
    })),
    ...(sent === null
      ? []
      : [
          {
            name: "sent mailbox",
            run: (signal: AbortSignal) =>
              takeTurn(() => checkSentFolder(sent, config.SENT_MAILBOX ?? "", signal)),
          },
        ]),
    {
      name: "smtp",
      run: (signal) => {
        const transport = buildTransport(config.OUTBOX_URL, directory, QUIET, tokens);
        return checkSmtp(transport, config.SHOP_EMAIL, signal);
      },
    },
    { name: "sender domain", run: (signal) => checkDomain(config, survey, signal) },
    ...[...(await buildProviders(config, directory)).values()].map((provider) => ({
      name: provider.name,
      run: (signal: AbortSignal) => checkProvider(provider, config.DRY_RUN, signal),
    })),
    {
      name: "approval by mail",
      run: (signal) => takeTurn(() => checkApprovals(shop, survey, signal)),
    },
  ];
}

type Survey = (signal: AbortSignal) => Promise<MailboxSurvey>;

/** One look for all who ask: some hosts allow only a few connections. */
function surveyOf({ config, directory, tokens }: Patient): Survey {
  let survey: Promise<MailboxSurvey> | null = null;
  return (signal) => {
    survey ??= buildSurvey(config.INBOX_URL, directory, {
      newest: SURVEYED_MAILS,
      log: QUIET,
      tokens,
      signal,
    });
    return survey;
  };
}

/** What is wrong with the mailbox is told of the mailbox. */
async function mailsOf(survey: Survey, signal: AbortSignal): Promise<MailboxSurvey["mails"]> {
  try {
    return (await survey(signal)).mails;
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}

function checkTemplates(config: Config, directory: string): Finding[] {
  try {
    buildTemplates(config, directory);
    return [ok("templates", "every mail renders in both languages")];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const mend = "Correct the file in TEMPLATES_DIR.";
    return error.problems.map((message) => ({ level: "fail", check: "templates", message, mend }));
  }
}

async function checkDatabase(config: Config, directory: string): Promise<Finding[]> {
  const path = databaseLocation(config, directory);
  if (!databaseExists(path)) {
    checkDatabaseFolder(path);
    return [ok("database", `${config.DATABASE_URL} will be made at the first start`)];
  }
  requireDataKey(config.DATA_KEY, path);
  const store = await buildStore(config, directory);
  try {
    return [
      ...(await checkStore(store, placeOf(config.DATABASE_URL))),
      // A server's backups are made by ways of its own.
      ...(isFile(path) ? [await store.read((tx) => findBackupAge(tx, systemClock.now()))] : []),
      ...(await grantFindings(config, directory, store, systemClock.now())),
    ];
  } finally {
    await store.close();
  }
}

/** What is wrong with the database is told of the database. */
async function checkImports(config: Config, directory: string, signal: AbortSignal) {
  if (!databaseExists(databaseLocation(config, directory))) return [];
  try {
    const store = await buildStore(config, directory);
    try {
      return await buildManualProvider(store).diagnose(signal);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}

async function checkDomain(config: Config, survey: Survey, signal: AbortSignal) {
  // For trials: nothing is sent.
  if (isMaildir(config.OUTBOX_URL)) return [];
  return checkSenderDomain({
    sender: config.SHOP_EMAIL,
    outboxHost: publicHost(config.OUTBOX_URL),
    inboxHost: publicHost(config.INBOX_URL),
    mails: await mailsOf(survey, signal),
    lookUp: buildSenderLookup(config),
  });
}

/** Null for a folder and for this machine itself, whose addresses nobody else sees. */
function publicHost(url: string): string | null {
  if (isMaildir(url)) return null;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "").toLowerCase();
  return /^(?:localhost|127\..*|::1)$/.test(host) ? null : host;
}

const NOTHING_SEEN: Seen = { mails: 0, senders: 0, servers: [], signed: [], unsigned: [] };

async function checkApprovals(
  { config, directory, tokens }: Patient,
  survey: Survey,
  signal: AbortSignal,
) {
  const settings = {
    approvers: config.STAFF_EMAILS,
    shopEmail: config.SHOP_EMAIL,
    authservIds: config.AUTHSERV_IDS,
    mode: config.APPROVAL_AUTH,
    tokenMaxMinor: config.TOKEN_MAX_AMOUNT,
    folder: config.APPROVAL_FOLDER,
    isImap: !isMaildir(config.INBOX_URL),
  };
  const mails = await mailsOf(survey, signal);
  const inbox = buildInbox(config.INBOX_URL, directory, QUIET, { tokens });
  const rawOf = async (key: string) => {
    for await (const { raw, truncated } of inbox.fetch([key], signal))
      return truncated ? null : raw;
    return null;
  };
  try {
    const seen = await lookAtSenders(mails, settings, { verifier: buildVerifier(config), rawOf });
    return [approvalFinding(settings, seen)];
  } catch (error) {
    if (error instanceof AppError) return [approvalFinding(settings, NOTHING_SEEN)];
    throw error;
  } finally {
    await inbox.close();
  }
}

async function signerOf(config: Config, directory: string): Promise<Signer> {
  const { store } = await openStoreToLook(config, directory);
  try {
    return createSigner(await ensureShopKey(config, directory, store));
  } finally {
    await store.close();
  }
}

async function probeChecks({ config, directory, tokens }: Patient): Promise<Check[]> {
  const { OUTBOX_URL, INBOX_URL, SHOP_EMAIL: address } = config;
  if (isMaildir(OUTBOX_URL) && OUTBOX_URL !== INBOX_URL) {
    const message = "OUTBOX_URL is a folder: no mail goes out, and none comes back";
    const mend = "Set OUTBOX_URL to a mail server to try the way of a mail.";
    return [{ name: "probe", run: async () => [warn("probe", message, mend)] }];
  }
  const means: ProbeMeans = {
    address,
    authservIds: config.AUTHSERV_IDS,
    inbox: buildInbox(INBOX_URL, directory, QUIET, { tokens }),
    transport: buildTransport(OUTBOX_URL, directory, QUIET, tokens),
    signer: await signerOf(config, directory),
    verifier: buildVerifier(config),
    readMessage,
    clock: systemClock,
    patienceMs: PROBE_MS,
  };
  let probe: Awaited<ReturnType<typeof sendProbe>> | null = null;
  return [
    {
      name: "probe",
      run: async (signal) => {
        probe = await sendProbe(means, signal);
        const within = `${PROBE_MS / 60_000} minutes`;
        return [ok("probe", `a mail from ${address} to itself is on its way; it has ${within}`)];
      },
    },
    {
      name: "probe",
      timeoutMs: PROBE_MS + CHECK_TIMEOUT_MS,
      run: async (signal) => {
        try {
          return probe === null ? [] : await awaitProbe(probe, means, signal);
        } finally {
          await Promise.all([means.inbox.close(), means.transport.close()]);
        }
      },
    },
  ];
}

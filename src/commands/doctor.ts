// Looks at everything the worker needs, and says the mend beside each fault.

import { resolve } from "node:path";
import {
  buildFolders,
  buildInbox,
  buildSentFolder,
  buildStore,
  buildTemplates,
  buildTransport,
  loadWorkerConfig,
} from "../app.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { mendOf } from "../domain/error-table.ts";
import { AppError, ConfigError } from "../domain/errors.ts";
import { createLog } from "../logger.ts";
import { grantFindings, openAccessTokens } from "../mail-access.ts";
import type { AccessTokens, Finding } from "../ports.ts";
import { buildManualProvider, buildProviders } from "../providers.ts";
import { checkDatabaseFolder, databaseExists } from "../store/database.ts";
import { STOP_SWITCH } from "../ticket/desk.ts";
import { findPause } from "../ticket/guard-rails.ts";
import { pauseWords } from "../ticket/paused-start.ts";
import { type Command, EXIT, readArgs } from "./command.ts";

const CHECK_TIMEOUT_MS = 30_000;

export const doctor: Command = {
  name: "doctor",
  usage: "[--json]",
  summary: "check settings, mailbox, SMTP, provider, database",
  details:
    "A line for each thing, with the mend below where something is wrong. Exit code 1 on FAIL.",
  options: { "--json": "one JSON object a line: level, check, message, mend" },
  examples: ["henkin doctor", "henkin doctor --json"],
  async run(args, { env, directory, print, stop }) {
    const { values } = readArgs(args, { json: { type: "boolean" } }, { least: 0, most: 0 });
    const config = await loadWorkerConfig(env, directory);
    const tokens = openAccessTokens(config, directory, createLog("silent"), () =>
      buildStore(config, directory),
    );
    const checks = [
      () => checkTemplates(config, directory),
      () => checkDatabase(config, directory),
      () => checkInbox(config, directory, stop, tokens),
      () => checkFolders(config, stop, tokens),
      () => checkSentFolder(config, stop, tokens),
      () => checkSmtp(config, directory, stop, tokens),
      () => checkProviders(config, directory, stop),
      () => checkImports(config, directory, stop),
      () => checkApprovals(config),
    ];
    let failed = false;
    try {
      for (const check of checks) {
        for (const finding of await check()) {
          failed ||= finding.level === "fail";
          print(values.json ? JSON.stringify(finding) : inWords(finding));
        }
      }
    } finally {
      await tokens?.close();
    }
    return failed ? EXIT.failed : EXIT.done;
  },
};

function inWords({ level, check, message, mend }: Finding): string {
  const mark = { ok: "ok  ", warn: "WARN", fail: "FAIL" }[level];
  return `${mark}  ${check}: ${message}${mend === null ? "" : `\n      → ${mend}`}`;
}

const ok = (check: string, message: string): Finding => ({
  level: "ok",
  check,
  message,
  mend: null,
});

/** @param hint what the table cannot know: which of several settings it is about */
function fault(check: string, error: unknown, hint = ""): Finding {
  if (!(error instanceof AppError)) throw error;
  return { level: "fail", check, message: error.message, mend: `${hint}${error.mend}` };
}

function deadline(stop: AbortSignal): AbortSignal {
  return AbortSignal.any([stop, AbortSignal.timeout(CHECK_TIMEOUT_MS)]);
}

async function checkTemplates(config: Config, directory: string): Promise<Finding[]> {
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
  const path = resolve(directory, config.DATABASE_URL);
  try {
    if (!databaseExists(path)) {
      checkDatabaseFolder(path);
      return [ok("database", `${config.DATABASE_URL} will be made at the first start`)];
    }
    const store = await buildStore(config, directory);
    try {
      const audit = await store.verifyAudit();
      const lanes = await store.read((tx) => tx.lanes.list());
      const parked = await store.read((tx) => tx.jobs.listParked());
      const pause = await store.read(findPause);
      const stopped = await store.read((tx) => tx.switches.find(STOP_SWITCH));
      return [
        ok("database", `${config.DATABASE_URL} opens`),
        audit.problem === null
          ? ok("audit", `${audit.rows} events, the chain holds`)
          : {
              level: "fail",
              check: "audit",
              message: audit.problem,
              mend: "Someone changed the database; compare with a backup before any refund.",
            },
        ...(await grantFindings(config, directory, store, systemClock.now())),
        ...lanes
          .filter(({ state }) => state !== "ok")
          .map(({ name, state, code, message, since }): Finding => {
            const goesOn = "The worker goes on by itself once this is mended.";
            const mend = mendOf(code ?? "") ?? goesOn;
            const text = `${state} since ${new Date(since).toISOString()}: ${message ?? ""}`;
            return { level: "warn", check: `worker: ${name}`, message: text, mend };
          }),
        ...parked.map((job): Finding => {
          const mend = mendOf(job.error) ?? "See the log and `henkin ticket N`.";
          return { level: "warn", check: `job ${job.kind}`, message: job.error, mend };
        }),
        ...(pause === null
          ? []
          : [
              {
                level: "fail" as const,
                check: "paused start",
                message: `nothing is paid: ${pauseWords(pause, "en")}`,
                mend: "Make sure no other henkin works with this data; henkin resume --i-am-the-only-one",
              },
            ]),
        ...(stopped === "on"
          ? [
              {
                level: "warn" as const,
                check: "stop switch",
                message: "refunds are stopped",
                mend: "henkin resume",
              },
            ]
          : []),
      ];
    } finally {
      await store.close();
    }
  } catch (error) {
    return [fault("database", error)];
  }
}

type Tokens = AccessTokens | null;

async function checkInbox(config: Config, directory: string, stop: AbortSignal, tokens: Tokens) {
  const inbox = buildInbox(config.INBOX_URL, directory, createLog("silent"), { tokens });
  try {
    const since = systemClock.now();
    await inbox.list({ cursor: null, full: false, since, signal: deadline(stop) });
    return [ok("inbox", `${inbox.mailbox} can be read`)];
  } catch (error) {
    return [fault("inbox", error)];
  } finally {
    await inbox.close();
  }
}

/** Opening them makes them, so that staff find them in their mail program. */
async function checkFolders(config: Config, stop: AbortSignal, tokens: Tokens): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { inbox, verdict } of buildFolders(config, createLog("silent"), tokens)) {
    const check = `folder to ${verdict}`;
    try {
      await inbox.list({ cursor: null, full: false, since: 0, signal: deadline(stop) });
      findings.push(ok(check, `${inbox.mailbox} can be read`));
    } catch (error) {
      const hint = "Check APPROVAL_FOLDER, or make the folder by hand. ";
      findings.push(fault(check, error, hint));
    } finally {
      await inbox.close();
    }
  }
  return findings;
}

async function checkSentFolder(
  config: Config,
  stop: AbortSignal,
  tokens: Tokens,
): Promise<Finding[]> {
  const folder = buildSentFolder(config, createLog("silent"), tokens);
  if (folder === null) return [];
  const check = "sent mailbox";
  try {
    await folder.holds("henkin.doctor@invalid", deadline(stop));
    return [ok(check, `${config.SENT_MAILBOX} can be read`)];
  } catch (error) {
    return [fault(check, error, "Check SENT_MAILBOX, the folder's name. ")];
  }
}

async function checkSmtp(config: Config, directory: string, stop: AbortSignal, tokens: Tokens) {
  const transport = buildTransport(config.OUTBOX_URL, directory, createLog("silent"), tokens);
  try {
    await transport.verify(deadline(stop));
    return [ok("smtp", "mail can be handed over")];
  } catch (error) {
    return [fault("smtp", error)];
  } finally {
    await transport.close();
  }
}

async function checkProviders(config: Config, directory: string, stop: AbortSignal) {
  const findings: Finding[] = [];
  for (const provider of buildProviders(config, directory).values()) {
    try {
      findings.push(...(await provider.diagnose(deadline(stop))));
    } catch (error) {
      findings.push(fault(provider.name, error));
    }
  }
  return findings;
}

/** What is wrong with the database is told of the database. */
async function checkImports(config: Config, directory: string, stop: AbortSignal) {
  if (!databaseExists(resolve(directory, config.DATABASE_URL))) return [];
  try {
    const store = await buildStore(config, directory);
    try {
      return await buildManualProvider(store).diagnose(deadline(stop));
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}

async function checkApprovals(config: Config): Promise<Finding[]> {
  const check = "approval by mail";
  if (config.APPROVAL_AUTH === "token") {
    const message = `senders are not authenticated (APPROVAL_AUTH=token, up to ${config.TOKEN_MAX_AMOUNT})`;
    const mend = "Name your mail server in AUTHSERV_IDS and unset APPROVAL_AUTH.";
    return [{ level: "warn", check, message, mend }];
  }
  if (config.AUTHSERV_IDS.length > 0) {
    const message = `trusts dmarc verdicts of ${config.AUTHSERV_IDS.join(", ")}, else DKIM signatures`;
    return [ok(check, message)];
  }
  const message =
    "AUTHSERV_IDS is not set: only answers that their sender's domain has signed count";
  const mend =
    "Set it to the first word of Authentication-Results in a mail you received. Where neither that " +
    "nor a DKIM signature is there, use APPROVAL_FOLDER or `henkin approve N`.";
  return [{ level: "warn", check, message, mend }];
}

// The consent that lets henkin open the mailbox without its password. A browser is needed once, on any
// machine; what is kept of it is the refresh token, sealed.

import { createInterface } from "node:readline/promises";
import { systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { ConfigError, PermanentError, UsageError } from "../domain/errors.ts";
import { createLog } from "../logger.ts";
import { MAIL_ACCESS_SETTINGS, type MailAccess, mailAccess } from "../mail-access.ts";
import { createAccessTokens, locked } from "../oauth/access-tokens.ts";
import type { Tokens } from "../oauth/client.ts";
import { type Answer, listenForAnswer } from "../oauth/loopback.ts";
import { buildStore } from "../open-store.ts";
import { type CommandContext, EXIT, operator, type Run, readArgs } from "./command.ts";

const PATIENCE_MS = 15 * 60_000;
/** With --paste nothing listens; the page that cannot be shown has the answer in its address. */
const PASTE_PORT = 47_821;

export const authorize: Run = async (args, context) => {
  const options = { port: { type: "string" }, paste: { type: "boolean" } } as const;
  const { values } = readArgs(args, options, { least: 0, most: 0 });
  const port = readPort(values.port);
  const names = [...MAIL_ACCESS_SETTINGS, "OUTBOX_URL"] as const;
  const config = loadConfig(names, context.env, context.directory);
  if (config.MAIL_OAUTH === undefined) throw new ConfigError(["MAIL_OAUTH: is required"]);
  const store = await buildStore(config, context.directory);
  try {
    const access = await mailAccess(config, context.directory, store);
    if (access === null) {
      const problem = "is not used, for INBOX_URL and OUTBOX_URL have passwords; take them out";
      throw new ConfigError([`MAIL_OAUTH: ${problem}`]);
    }
    await (values.paste ? byPaste(access, port, context) : byLoopback(access, port, context));
  } finally {
    await store.close();
  }
  context.print("henkin may use the mailbox. Next: henkin doctor");
  return EXIT.done;
};

function readPort(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new UsageError("bad_port", { text });
  return port;
}

async function byLoopback(
  access: MailAccess,
  port: number | null,
  context: CommandContext,
): Promise<void> {
  const { print, stop } = context;
  const loopback = await listenForAnswer(access.provider.loopback, port ?? 0);
  try {
    const question = await access.client.ask(loopback.redirectUri, access.user);
    print(`Open this address in a browser and give consent as ${access.user}:`);
    print(question.url);
    print(`Waiting for the browser on ${loopback.redirectUri} …`);
    const patience = AbortSignal.any([stop, AbortSignal.timeout(PATIENCE_MS)]);
    const answer = await loopback.answer(question.state, patience);
    if (answer === null) throw new PermanentError("oauth_no_answer");
    await telling(answer, async () =>
      conclude(access, await access.client.redeem(question, answer.url), context),
    );
  } finally {
    await loopback.close();
  }
}

/** Whoever gave the consent may not see the terminal. */
async function telling(answer: Answer, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await answer.tell("It did not work; henkin's terminal says why. You may close this window.");
    throw error;
  }
  await answer.tell("Done: henkin may use the mailbox. You may close this window.");
}

async function byPaste(
  access: MailAccess,
  port: number | null,
  context: CommandContext,
): Promise<void> {
  const { print, stop } = context;
  const redirectUri = `http://${access.provider.loopback}:${port ?? PASTE_PORT}/`;
  const question = await access.client.ask(redirectUri, access.user);
  print(`Open this address in a browser and give consent as ${access.user}:`);
  print(question.url);
  print(`The browser then cannot open a page at ${redirectUri}. Paste that page's address here:`);
  const answer = await readAddress(AbortSignal.any([stop, AbortSignal.timeout(PATIENCE_MS)]));
  if (answer.searchParams.get("state") !== question.state) {
    throw new PermanentError("oauth_wrong_state");
  }
  const url = new URL(answer.search, redirectUri);
  await conclude(access, await access.client.redeem(question, url), context);
}

/** Without a prompt of its own: what it would show again is a secret for some minutes. */
async function readAddress(signal: AbortSignal): Promise<URL> {
  const lines = createInterface({ input: process.stdin, signal });
  try {
    for await (const line of lines) {
      if (URL.canParse(line.trim())) return new URL(line.trim());
    }
  } finally {
    lines.close();
  }
  throw new PermanentError("oauth_no_answer");
}

/** Keeps the consent if it is of the right account, and tries it as the worker will. */
async function conclude(access: MailAccess, tokens: Tokens, context: CommandContext) {
  const { accounts, refreshToken, refreshLifeMs } = tokens;
  if (accounts.length > 0 && !accounts.includes(access.user.toLowerCase())) {
    context.print(`The consent is of ${accounts[0]}, the settings name ${access.user}.`);
    throw new PermanentError("oauth_wrong_account");
  }
  if (refreshToken === null) throw new PermanentError("oauth_no_refresh_token");
  const { provider } = access;
  const lock = { tryLock: access.tryLock, clock: systemClock };
  await locked(lock, () =>
    access.grants.begin(refreshToken, refreshLifeMs, (tx) =>
      tx.events.append({
        ticketId: null,
        type: "mailbox_authorized",
        actor: operator(),
        at: systemClock.now(),
        data: { provider: provider.name },
      }),
    ),
  );
  const trial = createAccessTokens({ ...access, clock: systemClock, log: createLog("silent") });
  await trial.take(context.stop);
}

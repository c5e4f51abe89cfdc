// Asks what henkin has to know, tries each answer at once, and writes .env.

import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { parseEnv } from "node:util";
import { systemClock } from "../clock.ts";
import { ALL_SETTINGS, loadConfig } from "../config.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import type { Environment } from "../environment.ts";
import { findMailHost } from "../setup/mail-hosts.ts";
import {
  type Answers,
  type Inferred,
  KEY_SETTINGS,
  PROVIDERS,
  type Provider,
  sectionsOf,
} from "../setup/questions.ts";
import { settingsExist, settingsText, writeSettings } from "../setup/settings-file.ts";
import { WORDS } from "../setup/words.ts";
import { type CommandContext, EXIT, type Run, readArgs } from "./command.ts";
import { gather, tidied } from "./init-answers.ts";
import { createInterview, type Interview } from "./init-interview.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

const OPTIONS = {
  host: { type: "string" },
  servers: { type: "string" },
  email: { type: "string" },
  user: { type: "string" },
  "password-file": { type: "string" },
  "oauth-client-id": { type: "string" },
  "oauth-client-secret-file": { type: "string" },
  "shop-name": { type: "string" },
  staff: { type: "string" },
  managers: { type: "string" },
  "stripe-key-file": { type: "string" },
  "smartpay-key-file": { type: "string" },
  "epsilon-contract-code": { type: "string" },
  "no-provider": { type: "boolean" },
  live: { type: "boolean" },
  locale: { type: "string" },
  "no-check": { type: "boolean" },
  force: { type: "boolean" },
  yes: { type: "boolean", short: "y" },
} as const;

type Values = ReturnType<typeof readOptions>["values"];
const readOptions = (args: string[]) => readArgs(args, OPTIONS, { least: 0, most: 0 });

export const init: Run = async (args, context) => {
  const { values } = readOptions(args);
  const locale = readLocale(values.locale, context.env);
  const isTerminal = process.stdin.isTTY === true && (context.screen?.columns ?? null) !== null;
  const interview =
    isTerminal && values.yes !== true ? createInterview(locale, context.stop) : null;
  interview?.begin();
  const mayReplace = await decideReplacing(values, context, interview);
  const given = readGiven(values, context);
  const inferred: Inferred = {
    ...(values.user !== undefined && { user: values.user }),
    ...(values.managers !== undefined && { managers: tidied("staff", values.managers) }),
    live: values.live === true,
  };
  const isTried = values["no-check"] !== true;
  const gathering = { context, locale, interview, inferred, isTried };
  const { answers, outbox } = await gather(given, gathering);
  const sections = sectionsOf(answers, inferred, outbox);
  const needsProvider = answers.provider !== "later";
  const env = parseEnv(settingsText(sections)) as Environment;
  // The last guard: what is written is what the worker will take.
  loadConfig(ALL_SETTINGS, env, context.directory, { needsProvider });
  const replacing = mayReplace ? new Date(systemClock.now()) : null;
  const kept = writeSettings(context.directory, settingsText(sections), replacing);
  const lines = lastWords(answers, inferred, { kept, caller: callerOf(context.env) }, locale);
  for (const line of lines) context.print(line);
  return EXIT.done;
};

function readLocale(option: string | undefined, env: Environment): Locale {
  // In the order of POSIX.
  const text = option ?? (env["LC_ALL"] || env["LC_MESSAGES"] || env["LANG"] || "");
  if (option !== undefined && option !== "ja" && option !== "en") {
    throw new UsageError("setup_answer_bad", { what: "--locale", why: "ja or en" });
  }
  return text.startsWith("ja") ? "ja" : "en";
}

/** Whether a file that is there gives way; throws where it does not. */
async function decideReplacing(
  { force }: Values,
  { directory }: CommandContext,
  interview: Interview | null,
): Promise<boolean> {
  if (!settingsExist(directory) || force === true) return force === true;
  if (interview === null) throw new PermanentError("settings_exist");
  if (await interview.mayReplace()) return true;
  throw new PermanentError("setup_ended");
}

/** What the options and the environment answer. */
function readGiven(values: Values, { env, directory }: CommandContext): Partial<Answers> {
  const secret = (option: string, file: string | undefined, name: string) =>
    file === undefined ? env[name] || undefined : readSecret(option, file, directory);
  const keys: Readonly<Record<Exclude<Provider, "later">, string | undefined>> = {
    stripe: secret("--stripe-key-file", values["stripe-key-file"], KEY_SETTINGS.stripe),
    smartpay: secret("--smartpay-key-file", values["smartpay-key-file"], KEY_SETTINGS.smartpay),
    epsilon: values["epsilon-contract-code"] ?? (env[KEY_SETTINGS.epsilon] || undefined),
  };
  const provider = values["no-provider"]
    ? "later"
    : PROVIDERS.find((id) => id !== "later" && keys[id] !== undefined);
  const given = {
    host: values.host,
    servers: values.servers,
    email: values.email,
    password: secret("--password-file", values["password-file"], "MAIL_PASSWORD"),
    clientId: values["oauth-client-id"],
    clientSecret: secret(
      "--oauth-client-secret-file",
      values["oauth-client-secret-file"],
      "OAUTH_CLIENT_SECRET",
    ),
    shopName: values["shop-name"],
    staff: values.staff,
    provider,
    key: provider === undefined || provider === "later" ? undefined : keys[provider],
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const STDIN = 0;

function readSecret(option: string, file: string, directory: string): string {
  try {
    const text = readFileSync(file === "-" ? STDIN : resolve(directory, file), "utf8");
    return text.replace(/\r?\n$/, "");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new UsageError("setup_answer_bad", { what: option, why });
  }
}

function lastWords(
  answers: Partial<Answers>,
  { live = false }: Inferred,
  { kept, caller }: { readonly kept: string | null; readonly caller: string },
  locale: Locale,
): string[] {
  const words = WORDS[locale];
  const since = new Date(systemClock.now() - 30 * DAY_MS).toISOString().slice(0, 10);
  const next = words.next({
    usesOauth: findMailHost(answers.host ?? "")?.oauth != null,
    provider: answers.provider ?? "later",
    live,
    since,
  });
  return [words.written(kept), "", ...next.map((line) => `  ${caller}${line}`)];
}

/** In a container henkin is a command by itself; npx starts one of that name, too, and says so. */
function callerOf(env: Environment): string {
  const isCommand = basename(process.argv[1] ?? "") === "henkin";
  return isCommand && env["npm_command"] === undefined ? "" : "npx ";
}

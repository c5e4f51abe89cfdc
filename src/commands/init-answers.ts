// The way from nothing to all answers of `henkin init`: what is given counts, what is missing is asked,
// and each is tried as soon as it can be.

import { loadOptionalConfig, type SettingName } from "../config.ts";
import { ConfigError, PermanentError, UsageError } from "../domain/errors.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import { findMailHost, readServers } from "../setup/mail-hosts.ts";
import {
  type Answers,
  type Inferred,
  KEY_SETTINGS,
  nextQuestion,
  PROVIDERS,
  proposalFor,
  type Question,
} from "../setup/questions.ts";
import { quoted } from "../setup/settings-file.ts";
import { WORDS } from "../setup/words.ts";
import type { CommandContext } from "./command.ts";
import { checkKey, checkMail, type Outcome } from "./init-checks.ts";
import type { Interview } from "./init-interview.ts";

/** Which option answers a question where nobody can be asked. */
const OPTION: Readonly<Record<Question, string>> = {
  host: "--host",
  servers: "--servers",
  email: "--email",
  password: "--password-file",
  clientId: "--oauth-client-id",
  clientSecret: "--oauth-client-secret-file",
  shopName: "--shop-name",
  staff: "--staff",
  provider: "--stripe-key-file, --smartpay-key-file, --epsilon-contract-code or --no-provider",
  key: "the provider's key",
};

const STAND_IN: Partial<Answers> = { host: "gmail", provider: "later" };

export interface Gathering {
  readonly context: CommandContext;
  readonly locale: Locale;
  /** Null: nobody can be asked. */
  readonly interview: Interview | null;
  readonly inferred: Inferred;
  readonly isTried: boolean;
}

export interface Gathered {
  readonly answers: Partial<Answers>;
  /** The outgoing server that took the login, where it was tried. */
  readonly outbox: string | null;
}

export async function gather(given: Partial<Answers>, gathering: Gathering): Promise<Gathered> {
  const { interview, context } = gathering;
  let answers = checkedAnswers(given, gathering);
  if (interview === null) answers = completed(answers);
  const trials = gathering.isTried ? [mailTrial(gathering), keyTrial(gathering)] : [];
  let outbox: string | null = null;
  for (;;) {
    const trial = trials.find((one) => one.isDue(answers));
    if (trial !== undefined) {
      const outcome = await trial.run(answers);
      outbox = outcome.outbox ?? outbox;
      answers = await trial.settle(outcome, answers);
      continue;
    }
    const question = nextQuestion(answers);
    if (question === null || interview === null) return { answers, outbox };
    const isFit = (answer: string) => fits(question, answer, answers, context.directory);
    const answer = await interview.ask(question, answers, isFit);
    answers = { ...answers, [question]: tidied(question, answer) };
  }
}

/** Each given answer as it is meant; throws where one cannot be right. */
function checkedAnswers(
  given: Partial<Answers>,
  { context, locale, inferred: { managers } }: Gathering,
): Partial<Answers> {
  const expectToFit = (question: Question, answer: string, option = OPTION[question]) => {
    if (fits(question, answer, given, context.directory)) return;
    const why = WORDS[locale].wrong[question].replace(/[.。]$/, "");
    throw new UsageError("setup_answer_bad", { what: option, why });
  };
  if (managers !== undefined) expectToFit("staff", managers, "--managers");
  const answers = Object.entries(given).map(([name, answer]) => {
    const question = name as Question;
    expectToFit(question, answer);
    return [question, tidied(question, answer)] as const;
  });
  return Object.fromEntries(answers);
}

/** With what is proposed in the place of what is missing; throws where nothing is proposed. */
function completed(given: Partial<Answers>): Partial<Answers> {
  let answers = given;
  const missing: string[] = [];
  for (;;) {
    const question = nextQuestion(answers);
    if (question === null) break;
    const proposal = proposalFor(question, answers);
    if (proposal === null) missing.push(OPTION[question]);
    // So that what else is missing comes to light.
    answers = { ...answers, [question]: proposal ?? STAND_IN[question] ?? "" };
  }
  if (missing.length === 0) return answers;
  throw new UsageError("setup_answer_missing", { what: missing.join("; ") });
}

/** Without what an input method or a screen has added. */
export function tidied(question: Question, answer: string): string {
  switch (question) {
    case "password":
      // Google shows its app passwords in four groups.
      return /^[a-z]{4}(?: [a-z]{4}){3}$/.test(answer) ? answer.replaceAll(" ", "") : answer;
    case "shopName":
      return answer.replace(/\s+/g, " ").trim();
    case "email":
    case "servers":
    case "staff":
      return answer.normalize("NFKC").replaceAll("、", ",").trim().toLowerCase();
    default:
      return answer.trim();
  }
}

function fits(
  question: Question,
  answer: string,
  { provider }: Partial<Answers>,
  directory: string,
): boolean {
  const text = tidied(question, answer);
  const isSetting = (name: SettingName) => text !== "" && isAccepted(name, text, directory);
  switch (question) {
    case "host":
      return findMailHost(text) !== undefined;
    case "servers":
      return readServers(text) !== null;
    case "provider":
      return PROVIDERS.some((id) => id === text);
    case "email":
      return isSetting("SHOP_EMAIL");
    case "staff":
      return isSetting("STAFF_EMAILS");
    case "key":
      return provider !== undefined && provider !== "later" && isSetting(KEY_SETTINGS[provider]);
    default:
      return text !== "" && (question === "password" || quoted(text) !== null);
  }
}

function isAccepted(name: SettingName, text: string, directory: string): boolean {
  try {
    loadOptionalConfig([name], { [name]: text }, directory);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

interface Trial {
  /** Whether all is known that it needs, and has changed since it was tried. */
  isDue(answers: Partial<Answers>): boolean;
  run(answers: Partial<Answers>): Promise<Outcome & { readonly outbox?: string | null }>;
  /** The answers, without one that is to be given anew. */
  settle(outcome: Outcome, answers: Partial<Answers>): Promise<Partial<Answers>>;
}

function mailTrial(gathering: Gathering): Trial {
  const { inferred, locale, context } = gathering;
  return createTrial(gathering, "mail", {
    questions: (answers) => {
      const host = findMailHost(answers.host ?? "");
      if (host === undefined || host.oauth !== null) return null;
      return ["password", "email", ...(host.servers === null ? (["servers"] as const) : [])];
    },
    run: (answers) => checkMail(answers, inferred.user ?? null, locale, context),
  });
}

function keyTrial(gathering: Gathering): Trial {
  return createTrial(gathering, "key", {
    questions: ({ provider }) => (provider === "later" ? null : ["key", "provider"]),
    run: (answers) => checkKey(answers, gathering.context),
  });
}

function createTrial(
  { interview, locale }: Gathering,
  what: "mail" | "key",
  {
    questions,
    run,
  }: Pick<Trial, "run"> & {
    /** Those that it is about; null: there is nothing to be tried. */
    readonly questions: (answers: Partial<Answers>) => readonly Question[] | null;
  },
): Trial {
  const words = WORDS[locale];
  let isDone = false;
  return {
    isDue(answers) {
      const about = questions(answers);
      return !isDone && about !== null && about.every((one) => answers[one] !== undefined);
    },
    run(answers) {
      interview?.say("step", words.checking[what]);
      return run(answers);
    },
    async settle({ faults, remarks, isUnreachable = false }, answers) {
      isDone = true;
      if (interview === null) {
        if (faults.length === 0) return answers;
        throw new PermanentError("setup_check_failed", { problems: faults.join("\n") });
      }
      for (const fault of faults) interview.say("error", fault);
      for (const remark of remarks) interview.say("warn", remark);
      if (faults.length === 0) {
        interview.say("success", words.works[what]);
        return answers;
      }
      const about = questions(answers) ?? [];
      const next = await interview.afterFailure(isUnreachable ? serverFirst(about) : about);
      isDone = next === "keep";
      return without(next, answers);
    },
  };
}

/** No other password mends a server that does not answer. */
function serverFirst(questions: readonly Question[]): (Question | "again")[] {
  const isServer = (question: Question) => question === "servers";
  const others = questions.filter((question) => !isServer(question));
  return [...questions.filter(isServer), "again", ...others];
}

function without(
  question: Question | "again" | "keep",
  answers: Partial<Answers>,
): Partial<Answers> {
  // Each provider has a key of its own.
  const dropped: readonly string[] = question === "provider" ? ["provider", "key"] : [question];
  const left = Object.entries(answers).filter(([name]) => !dropped.includes(name));
  return Object.fromEntries(left);
}

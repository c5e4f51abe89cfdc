// The questions of `henkin init` on a terminal.

import {
  type CANCEL_SYMBOL,
  confirm,
  intro,
  isCancel,
  log,
  password,
  select,
  text,
} from "@clack/prompts";
import { PermanentError } from "../domain/errors.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import { findMailHost, MAIL_HOSTS } from "../setup/mail-hosts.ts";
import {
  type Answers,
  PROVIDERS,
  proposalFor,
  type Question,
  SECRET_QUESTIONS,
} from "../setup/questions.ts";
import { WORDS } from "../setup/words.ts";
import { harmless } from "./screen.ts";

export interface Interview {
  begin(): void;
  /** An answer that `isFit` accepts. */
  ask(
    question: Question,
    answers: Partial<Answers>,
    isFit: (answer: string) => boolean,
  ): Promise<string>;
  mayReplace(): Promise<boolean>;
  /** What to do about an answer that does not work. */
  afterFailure(choices: readonly (Question | "again")[]): Promise<Question | "again" | "keep">;
  say(how: "step" | "success" | "warn" | "error", line: string): void;
}

export function createInterview(locale: Locale, signal: AbortSignal): Interview {
  const words = WORDS[locale];
  // They are in English.
  const showInstructions = locale === "en";

  function answered<T>(answer: T | typeof CANCEL_SYMBOL): T {
    if (isCancel(answer)) throw new PermanentError("setup_ended");
    return answer as T;
  }

  async function choose<T extends string>(
    message: string,
    choices: readonly (readonly [T, string])[],
  ) {
    const options = choices.map(([value, label]) => ({ value: value as string, label }));
    return answered(await select({ message, options, showInstructions, signal })) as T;
  }

  return {
    begin: () => intro(words.begin),
    async ask(question, answers, isFit) {
      const message = words.ask(question, findMailHost(answers.host ?? ""), answers.provider);
      if (question === "host") {
        return choose(
          message,
          MAIL_HOSTS.map((host) => [host.id, host[locale]] as const),
        );
      }
      if (question === "provider") {
        return choose(
          message,
          PROVIDERS.map((id) => [id, words.providers[id]] as const),
        );
      }
      const proposal = proposalFor(question, answers) ?? undefined;
      const validate = (answer: string | undefined) =>
        isFit(answer || (proposal ?? "")) ? undefined : words.wrong[question];
      const prompt = { message, validate, signal };
      return SECRET_QUESTIONS.includes(question)
        ? answered(await password(prompt))
        : answered(
            await text({
              ...prompt,
              ...(proposal && { placeholder: proposal, defaultValue: proposal }),
            }),
          );
    },
    async mayReplace() {
      return answered(await confirm({ message: words.replace, initialValue: false, signal }));
    },
    afterFailure: (choices) =>
      choose<Question | "again" | "keep">(words.onFailure, [
        ...choices.map(
          (choice) =>
            [
              choice,
              choice === "again" ? words.tryAgain : (words.again[choice] ?? choice),
            ] as const,
        ),
        ["keep", words.keep],
      ]),
    say: (how, line) => log[how](harmless(line)),
  };
}

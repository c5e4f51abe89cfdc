// What `henkin init` has to know, and the settings that follow from it. At most eight questions: what
// can be inferred is not asked, and what most shops leave alone stays in .env.example.

import { findMailHost, type MailServers, readServers, withLogin } from "./mail-hosts.ts";

export const PROVIDERS = ["stripe", "smartpay", "epsilon", "later"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Where the provider's key goes; "later" has none yet. */
export const KEY_SETTINGS = {
  stripe: "STRIPE_API_KEY",
  smartpay: "SMARTPAY_SECRET_KEY",
  epsilon: "EPSILON_CONTRACT_CODE",
} as const satisfies Partial<Record<Provider, string>>;

export interface Answers {
  /** Of the table of hosts. */
  readonly host: string;
  readonly servers: string;
  readonly email: string;
  readonly password: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly shopName: string;
  readonly staff: string;
  readonly provider: Provider;
  readonly key: string;
}

export type Question = keyof Answers;

/** Known without a question. */
export interface Inferred {
  /** Where the login is not by the address. */
  readonly user?: string;
  readonly managers?: string;
  readonly live?: boolean;
}

export const SECRET_QUESTIONS: readonly Question[] = ["password", "clientSecret", "key"];

/** The one to be asked next, or null where everything is known. */
export function nextQuestion(answers: Partial<Answers>): Question | null {
  return questionsFor(answers).find((question) => answers[question] === undefined) ?? null;
}

function questionsFor({ host: id = "", provider }: Partial<Answers>): readonly Question[] {
  const host = findMailHost(id);
  if (host === undefined) return ["host"];
  const login: Readonly<Record<"none" | "google" | "microsoft", readonly Question[]>> = {
    none: ["password"],
    // Google gives its clients a secret also where they cannot keep one; Microsoft does not.
    google: ["clientId", "clientSecret"],
    microsoft: ["clientId"],
  };
  return [
    ...(host.servers === null ? (["servers"] as const) : []),
    "email",
    ...login[host.oauth ?? "none"],
    "shopName",
    "staff",
    "provider",
    ...(provider === "later" ? [] : (["key"] as const)),
  ];
}

/** What is proposed: one address may do everything in a small shop. */
export function proposalFor(question: Question, answers: Partial<Answers>): string | null {
  return question === "staff" ? (answers.email ?? null) : null;
}

export function serversOf({ host, servers }: Partial<Answers>): MailServers | null {
  return findMailHost(host ?? "")?.servers ?? readServers(servers ?? "");
}

export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Settings that belong together, below a comment. */
export interface Section {
  readonly comment: string;
  readonly settings: readonly Setting[];
}

/** @param outbox the server that answered; else the first that is known */
export function sectionsOf(
  answers: Partial<Answers>,
  { user = answers.email ?? "", managers, live = false }: Inferred,
  outbox: string | null = null,
): Section[] {
  const servers = serversOf(answers);
  const host = findMailHost(answers.host ?? "");
  const password = host?.oauth == null ? (answers.password ?? "") : null;
  const first = (answers.staff ?? "").split(/[,\s]+/)[0] ?? "";
  return [
    {
      comment: "The mailbox that is read, and the server that sends.",
      settings: [
        ...named("INBOX_URL", servers && `${withLogin(servers.inbox, user, password)}/INBOX`),
        ...named(
          "OUTBOX_URL",
          servers && withLogin(outbox ?? servers.outboxes[0] ?? "", user, password),
        ),
        ...named("MAIL_OAUTH", host?.oauth),
        ...named("OAUTH_CLIENT_ID", answers.clientId),
        ...named("OAUTH_CLIENT_SECRET", answers.clientSecret),
        // A directory of Microsoft is known by any of its domains.
        ...named("OAUTH_TENANT", host?.oauth === "microsoft" ? answers.email?.split("@")[1] : null),
      ],
    },
    {
      comment: "The shop, who approves refunds, and who gets the nightly summary.",
      settings: [
        ...named("SHOP_NAME", answers.shopName),
        ...named("SHOP_EMAIL", answers.email),
        ...named("STAFF_EMAILS", answers.staff),
        ...named("MANAGER_EMAILS", managers ?? first),
      ],
    },
    {
      comment: "The mail server whose word on an approver's answer counts.",
      settings: named("AUTHSERV_IDS", host?.authservId),
    },
    {
      comment: "The payment provider. Others may stand beside it.",
      settings:
        answers.provider === undefined || answers.provider === "later"
          ? []
          : named(KEY_SETTINGS[answers.provider], answers.key),
    },
    {
      comment: "A trial: nothing is paid, and no customer gets a mail. Remove this line to begin.",
      settings: named("DRY_RUN", live ? null : "1"),
    },
  ].filter(({ settings }) => settings.length > 0);
}

function named(name: string, value: string | null | undefined): Setting[] {
  return value == null || value === "" ? [] : [{ name, value }];
}

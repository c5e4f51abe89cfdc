import { type CommandGroup, later } from "./command.ts";

export const TRY: CommandGroup = {
  title: "Try it",
  commands: [
    {
      name: "demo",
      usage: "",
      summary: "the whole job on sample mails, without settings or network",
      examples: ["henkin demo"],
      run: later(async () => (await import("./demo.ts")).demo),
    },
    {
      name: "parse",
      usage: "[--json] [--explain] FILE…",
      summary: "what intake reads in raw mails",
      details:
        "Needs no settings. SHOP_EMAIL, STAFF_EMAILS, MANAGER_EMAILS and FORM_FROM help if they are set.",
      options: {
        "--json": "one JSON object a line for each file",
        "--explain": "also where each value was found, and why the mail is of its kind",
      },
      examples: ["henkin parse mail.eml", "henkin parse --json --explain first.eml second.eml"],
      run: later(async () => (await import("./parse.ts")).parse),
    },
    {
      name: "decide",
      usage: "[--json] [--request FILE] FILE…",
      summary: "what a staff answer (raw mail) would decide",
      details: [
        "Decides and pays nothing. `decision` is what henkin would act on, `words` what the text alone says,",
        "`sender` whether it is known who wrote, by STAFF_EMAILS and AUTHSERV_IDS.",
      ].join("\n"),
      options: {
        "--json": "one JSON object a line for each file",
        "--request FILE": "our request's own raw mail: also check that the answer belongs to it",
      },
      examples: [
        "henkin decide answer.eml",
        "henkin decide --json --request request.eml answer.eml",
      ],
      run: later(async () => (await import("./decide.ts")).decide),
    },
    {
      name: "preview",
      usage: "[DIR]",
      summary: "every mail in both languages, as files and a page to look at",
      details: [
        'Writes into DIR ("preview" where none is named): a new or empty folder, or one that an earlier',
        "preview has made, which is renewed. Needs no settings; with TEMPLATES_DIR it shows the shop's own",
        "templates, and LOCALE says which language stands first.",
      ].join("\n"),
      examples: ["henkin preview", "henkin preview /tmp/mails"],
      run: later(async () => (await import("./preview.ts")).preview),
    },
    {
      name: "rehearse",
      usage: "--since D [--until D] [--json]",
      summary: "what henkin would have asked about past mails, and how far real refunds agree",
      details: [
        "Reads the mails in INBOX_URL and what the providers know, plays each mail at the time it came,",
        "and compares what henkin would have asked with the refunds that were really made afterwards.",
        "Nothing is sent, paid or changed, no mail is marked as read, and the worker's database is not",
        "touched, but for a consent (OAuth) that the mail server renews. A key with Read permissions is",
        "enough; the worker may run at the same time.",
        "",
        "When a mail came is what the mailbox says (INTERNALDATE; in a Maildir the time of the file).",
        "What nobody tells: since when a payment is disputed or cancelled, transfers that staff made by",
        "hand, refunds of GMO Epsilon, and payments from files (import). Mails that staff moved to other",
        "folders are not seen.",
      ].join("\n"),
      options: {
        "--since D": "mails from then on: a day in TIMEZONE, or an ISO time (needed)",
        "--until D": "mails before then, a day included; now where it is not given",
        "--json": "one object a request, one a refund without a request, the totals last",
      },
      examples: ["henkin rehearse --since 2026-09-01", "henkin rehearse --since 2026-09-01 --json"],
      run: later(async () => (await import("./rehearse.ts")).rehearse),
    },
  ],
};

import { columnNames } from "../domain/imported-payments/columns.ts";
import { MAIL_HOSTS } from "../setup/mail-hosts.ts";
import { type CommandGroup, later } from "./command.ts";

function importDetails(): string {
  const rows = columnNames().map(({ column, others }) => `  ${column}: ${others.join(", ")}`);
  return [
    "Reads payments of a processor that henkin has no connection to, so that refunds of them are",
    "matched, approved and followed as all others; staff give the money back by hand.",
    "Without --apply nothing is written: what would change and every fault is printed.",
    "With --apply all lines are written, or none where one has a fault.",
    "",
    "The first line names the columns, in any order; id, order and amount are needed:",
    ...rows,
    "",
    "UTF-8 or Shift_JIS; comma, semicolon or tab. The same id again updates the payment; one that",
    "is missing in a later file stays. status: paid, unpaid, canceled, refunded, 入金済み, 未入金,",
    "キャンセル, 返金済み; only what is paid is proposed for a refund. method: コンビニ, 銀行振込,",
    "ネットバンク and ペイジー are given back by a bank transfer, クレジットカード and whatever else it",
    "says in the processor's own screen. refunded: what was given back without henkin. Dates without",
    "a zone are in TIMEZONE; currency is JPY where none is named.",
  ].join("\n");
}

export const OPERATE: CommandGroup = {
  title: "Operate",
  commands: [
    {
      name: "init",
      isOfAllShops: true,
      usage: "[--host ID] [--yes]",
      summary: "ask what henkin has to know, try each answer, and write .env",
      details:
        "At most eight questions. Every answer is tried at once: a login at both mail servers, a look at\n" +
        "the payment provider (a mailbox with OAuth by `henkin authorize`). Nothing is saved before the end. What an option answers is not asked.\n" +
        "Without a terminal, or with --yes, nothing is asked: the options answer all. No secret is an\n" +
        "option: it comes from a file, from stdin (FILE is -), or from the environment (MAIL_PASSWORD,\n" +
        "OAUTH_CLIENT_SECRET, STRIPE_API_KEY, SMARTPAY_SECRET_KEY, EPSILON_CONTRACT_CODE).",
      options: {
        "--host ID": `where the mail is: ${MAIL_HOSTS.map(({ id }) => id).join(", ")}`,
        '--servers "IN [OUT]"': "names of the mail servers, where the host does not tell them",
        "--email ADDRESS": "the shop's address",
        "--user NAME": "login at the mail servers, where it is not the address",
        "--password-file FILE": "the mailbox's password",
        "--oauth-client-id ID": "of google-oauth and microsoft365",
        "--oauth-client-secret-file FILE": "of google-oauth",
        "--shop-name NAME": "as it stands in every mail",
        "--staff LIST": "who approves; else the shop's address",
        "--managers LIST": "who gets the summary; else the first approver",
        "--stripe-key-file FILE": "Stripe's restricted or secret key",
        "--smartpay-key-file FILE": "Smartpay's secret key",
        "--epsilon-contract-code CODE": "GMO Epsilon's contract code",
        "--no-provider": "a provider later, or payments from files",
        "--live": "no trial: without DRY_RUN=1",
        "--locale ja|en": "language of the questions; else the system's",
        "--no-check": "try no answer",
        "--force": "replace .env; the older one is kept beside it",
        "-y, --yes": "ask nothing, also on a terminal",
      },
      examples: [
        "henkin init",
        "henkin init --locale ja --host sakura",
        'henkin init --yes --host xserver --servers sv1234.xserver.jp --email info@shop.example.jp --password-file password.txt --shop-name "Sample Shop" --stripe-key-file key.txt',
      ],
      run: later(async () => (await import("./init.ts")).init),
    },
    {
      name: "migrate",
      isOfAllShops: true,
      usage: "sqlite-to-postgres [--dry-run | --give-up]",
      summary: "move the database from its file to a PostgreSQL server, for many workers",
      details: [
        "NEW_DATABASE_URL names the server and an empty database there. The worker must be stopped. Every row is copied, rows and",
        "audit trails are compared; what was interrupted is gone on with by the same command. The file stays",
        "as it is, and is refused from the beginning of the move on.",
      ].join("\n"),
      options: {
        "--dry-run": "say what would be moved, and move nothing",
        "--give-up": "go back to the file, before any worker has run on the server",
      },
      examples: ["henkin migrate sqlite-to-postgres --dry-run"],
      run: later(async () => (await import("./migrate.ts")).migrate),
    },
    {
      name: "authorize",
      usage: "[--port N] [--paste]",
      summary: "consent to use the mailbox by OAuth, in a browser (MAIL_OAUTH)",
      details: [
        "Prints an address to open in a browser, waits there for the consent of the mailbox's user, and",
        "keeps what it gets sealed in the database. A worker that runs goes on by itself.",
      ].join("\n"),
      options: {
        "--port N":
          "listen on this port of this machine: from another, ssh -L N:127.0.0.1:N SERVER first",
        "--paste": "listen nowhere: afterwards type in the address that the browser could not open",
      },
      examples: [
        "henkin authorize",
        "henkin authorize --port 8765         # after: ssh -L 8765:127.0.0.1:8765 server",
        "henkin authorize --paste",
      ],
      run: later(async () => (await import("./authorize.ts")).authorize),
    },
    {
      name: "doctor",
      usage: "[--probe] [--json]",
      summary: "check settings, mailbox, SMTP, provider, database",
      details:
        "A line for each thing, with the mend below where something is wrong. Exit code 1 on FAIL. It " +
        "touches no mail and no payment; a missing APPROVAL_FOLDER is made. `--probe` sends one mail.",
      options: {
        "--probe":
          "also send a mail from SHOP_EMAIL to SHOP_EMAIL, wait up to two minutes until it is in the inbox, and tell " +
          "what the servers wrote on it; the worker leaves it alone",
        "--json": "one JSON object a line: level, check, message, mend",
      },
      examples: [
        "henkin doctor",
        "henkin doctor --probe   # does a mail come back?",
        "henkin doctor --json",
      ],
      run: later(async () => (await import("./doctor.ts")).doctor),
    },
    {
      name: "service",
      isOfAllShops: true,
      usage: "[--user NAME] [--several] | --kubernetes [--replicas N] [--image NAME]",
      summary: "print a hardened systemd unit for this installation",
      details:
        "For the folder in which it is called, with its .env. The worker may write to the database's folder\n" +
        "alone (and to Maildir folders), and sees no more of the system than it needs. Where the database is on\n" +
        "a server, --several and --kubernetes print what keeps several workers running.",
      options: {
        "--user NAME": "the system user to run as; else you, or henkin where you are root",
        "--several": "a template, henkin@.service, for several workers on this machine",
        "--kubernetes": "an example for a cluster; looks at no settings of this folder",
        "--replicas N": "how many workers the cluster runs; else 2",
        "--image NAME":
          "the container image, as its registry names it; else henkin and this version",
      },
      examples: [
        "henkin service --user henkin",
        "henkin service > henkin.service     # then to /etc/systemd/system/henkin.service",
        "henkin service --several > henkin@.service",
        "henkin service --kubernetes --replicas 3 --image registry.example/henkin:1 > henkin.yaml",
      ],
      run: later(async () => (await import("./service.ts")).service),
    },
    {
      name: "run",
      isOfAllShops: true,
      usage: "[--once]",
      summary: "the worker; --once works off what is due and exits",
      options: {
        "--once": "work until nothing is due any more, then exit; no other worker may run",
      },
      examples: [
        "henkin run",
        "henkin run --once",
        "henkin run 2>> henkin.log           # the log is on stderr, one JSON object a line",
      ],
      run: later(async () => (await import("./run.ts")).run),
    },
    {
      name: "stop",
      usage: "",
      summary: "block every refund and void; nothing else",
      details:
        "Within a second; a call already on its way ends. Mail, approvals and reminders go on.",
      examples: ["henkin stop"],
      run: later(async () => (await import("./operations.ts")).stop),
    },
    {
      name: "resume",
      usage: "[--i-am-the-only-one]",
      summary: "let refunds go on; the option after a start that may be of a copy",
      options: {
        "--i-am-the-only-one":
          "no other henkin works with a copy of this data: end a paused start, but lift no stop",
      },
      examples: ["henkin resume", "henkin resume --i-am-the-only-one"],
      run: later(async () => (await import("./operations.ts")).resume),
    },
    {
      name: "import",
      usage: "FILE.csv [--apply] [--json]",
      summary: "payments of another processor, from a file; without --apply nothing is written",
      details: importDetails(),
      options: {
        "--apply": "write all lines; without it nothing is written",
        "--json": "one JSON object a line, and a summary as the last",
      },
      examples: [
        "henkin import payments.csv          # what it would do, and every fault",
        "henkin import payments.csv --apply",
      ],
      run: later(async () => (await import("./import.ts")).importPayments),
    },
    {
      name: "audit",
      usage: 'verify [--head "N HASH"]',
      summary: "recompute the hash chain of the audit trail; --head: as a summary quotes it",
      details:
        "Its end is also compared with what the kept summaries quote. Exit code 1 where it is broken.",
      options: {
        '--head "N HASH"': "also compare with the checksum in a summary that you have received",
        "--json": "one JSON object: ok, events, head, problem",
      },
      examples: ["henkin audit verify", `henkin audit verify --head "120 ${"3f9a".repeat(16)}"`],
      run: later(async () => (await import("./operations.ts")).audit),
    },
    {
      name: "backup",
      isOfAllShops: true,
      usage: "FILE [--force] | FOLDER [--keep N] | --verify FILE",
      summary: "copy database and key into one verified file; the worker may run",
      details:
        "In a folder the file is named after the time (UTC). It is there whole or not at all. Whoever has it " +
        "can read the shop's mails; only where DATA_KEY is a setting, the key is not in it.",
      options: {
        "--force": "replace FILE",
        "--keep N": "then delete all but the newest N backups in FOLDER",
        "--verify": "check a backup from end to end, and write nothing",
      },
      examples: [
        "henkin backup /mnt/backup/henkin.db",
        "henkin backup /mnt/backup --keep 14   # every night, from cron or a timer",
        "henkin backup --verify /mnt/backup/henkin.db",
      ],
      run: later(async () => (await import("./backup.ts")).backup),
    },
    {
      name: "restore",
      isOfAllShops: true,
      usage: "FILE",
      summary: "put a backup in the place of the database; the worker must not run",
      details:
        "The backup is verified first, and the database that was there is kept beside it. The next start of the " +
        "worker pays nothing before `henkin resume --i-am-the-only-one`.",
      examples: ["henkin restore /mnt/backup/henkin-20261121-180000.db"],
      run: later(async () => (await import("./restore.ts")).restore),
    },
  ],
};

import { TICKET_STATUSES } from "../domain/lifecycle.ts";
import { type CommandGroup, later } from "./command.ts";

export const WATCH: CommandGroup = {
  title: "Watch",
  commands: [
    {
      name: "tickets",
      usage: "[--status S] [--from D --to D] [--amount A] [--name N] [--json]",
      summary: "the tickets, also of past years",
      details:
        "Several options together narrow it down; 1,000 tickets are shown at most, oldest first.",
      options: {
        "--status S": `one of ${TICKET_STATUSES.join(", ")}`,
        "--from D": "opened, or its refund ended, on this day or later: YYYY-MM-DD in TIMEZONE",
        "--to D": "the same, on this day or earlier",
        "--amount A": "asked for, paid or given back: 2467, 2,467 or ¥2467",
        "--name N": "whose customer's or payer's name or address has this in it, in any writing",
        "--json": "one JSON object a line for each ticket",
      },
      examples: [
        "henkin tickets",
        "henkin tickets --status awaiting_approval",
        "henkin tickets --from 2026-04-01 --to 2027-03-31 --amount 2467",
        "henkin tickets --name 田中 --json",
      ],
      run: later(async () => (await import("./tickets.ts")).tickets),
    },
    {
      name: "ticket",
      usage: "N [--mails] [--json]",
      summary: "one ticket: what happened, its mails, and whom it waits for",
      details: "Times are those of TIMEZONE. Retention may have blanked the texts of old mails.",
      options: {
        "--mails": "with the text of every mail that came or went",
        "--json": "one JSON object, with the audit trail as `history`",
      },
      examples: ["henkin ticket 12", "henkin ticket R-12 --mails", "henkin ticket 12 --json"],
      run: later(async () => (await import("./ticket.ts")).ticket),
    },
    {
      name: "summary",
      usage: "[--date YYYY-MM-DD] [--send | --html FILE | --csv FILE]",
      summary: "the nightly mail, again or ahead",
      details:
        "Without a day: what tonight's mail would say by now. Without another option: printed here.",
      options: {
        "--date YYYY-MM-DD": "of that day in TIMEZONE, up to SUMMARY_AT",
        "--send": "the worker mails it to MANAGER_EMAILS, once more",
        "--html FILE": "write it as a page for the browser",
        "--csv FILE": "write the refunds of that night for the accountant",
      },
      examples: [
        "henkin summary",
        "henkin summary --date 2026-11-21 --html summary.html",
        "henkin summary --date 2026-11-21 --csv refunds.csv",
      ],
      run: later(async () => (await import("./summary.ts")).summary),
    },
    {
      name: "quarantine",
      usage: "[retry ID|drop ID] [--json]",
      summary: "messages that could not be read; retry: read one again; drop: it is dealt with",
      details:
        "They lie in the mailbox as well. Deal with them by hand, or try again after an update.",
      options: { "--json": "one JSON object a line: id, at, from, subject, size, reason" },
      examples: [
        "henkin quarantine",
        "henkin quarantine retry 3f9a0c1b77de",
        "henkin quarantine drop 3f9a0c1b77de",
      ],
      run: later(async () => (await import("./quarantine.ts")).quarantine),
    },
  ],
};

import { type CommandGroup, later } from "./command.ts";

export const PERSONAL_DATA: CommandGroup = {
  title: "Answer for personal data",
  commands: [
    {
      name: "purge",
      usage: "[--dry-run] [--json]",
      summary: "erase personal data that nobody needs any more, as every night",
      details:
        "By RETENTION_DAYS and BOOKS_YEARS. Open tickets, refunds that are looked after and quarantined mails stay.",
      options: {
        "--dry-run": "only say how much it would be",
        "--json": "one JSON object: tickets, messages, mails, payments",
      },
      examples: ["henkin purge --dry-run", "henkin purge"],
      run: later(async () => (await import("./purge.ts")).purge),
    },
    {
      name: "export",
      usage: "ADDRESS [--output FILE.json]",
      summary: "everything that is kept of one person, as JSON",
      details:
        "What was written from or sent to the address, and what it paid: who asks need not be who paid. Notes and mails of staff are left out. An existing file is replaced.",
      options: { "--output FILE.json": "write it to a file of mode 600 instead of printing it" },
      examples: [
        "henkin export taro@customer.example",
        "henkin export taro@customer.example --output taro.json",
      ],
      run: later(async () => (await import("./person.ts")).exportPerson),
    },
    {
      name: "forget",
      usage: "ADDRESS [--dry-run] [--yes]",
      summary: "erase what is kept of one person, as far as the books allow",
      details:
        "Says what must be kept, until when and why. Refuses while a ticket of the person is open. Cannot be undone.",
      options: {
        "--dry-run": "only say what would be erased and what would be kept",
        "--yes": "erase it",
      },
      examples: [
        "henkin forget taro@customer.example --dry-run",
        "henkin forget taro@customer.example --yes",
      ],
      run: later(async () => (await import("./person.ts")).forget),
    },
  ],
};

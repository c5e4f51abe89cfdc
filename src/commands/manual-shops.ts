import { type CommandGroup, later } from "./command.ts";

const SHOP_DETAILS = [
  "One database holds many shops, and each worker runs all that are active. A shop's settings are a JSON",
  "object with the names of .env.example, checked by the same rules and kept sealed with DATA_KEY; those of the",
  "whole process (DATABASE_URL, DATA_KEY, LOG_LEVEL, HEALTH_PORT, HEARTBEAT_URL, WORKER_ID,",
  "WORKER_TURNS, IDLE_PER_HOST) stay in .env.",
  "",
  "add ID       a new shop, its settings from --file or from stdin",
  "import FILE  an array of objects, each with an id: new ones are added, known ones get these settings,",
  "             the others stay; all of it, or nothing where one has a fault",
  "list         all shops",
  "show ID      its settings, without secrets",
  "pause ID     nothing is read, sent or paid for it any more; `resume` lets it go on",
  "remove ID    wipes its settings; its tickets and audit trail stay. Not while a refund of it is open",
  "",
  "A worker that runs follows within seconds. Every other command works on one shop: --shop ID, before or",
  "after its name, or HENKIN_SHOP in the environment.",
].join("\n");

export const SHOPS: CommandGroup = {
  title: "Run many shops",
  commands: [
    {
      name: "shop",
      usage: "add ID | import FILE.json | list | show ID | pause ID | resume ID | remove ID",
      summary: "the shops of this database beside the one of .env",
      details: SHOP_DETAILS,
      options: {
        "--file FILE.json": "of add: the settings; else they come from stdin",
        "--no-provider": "of add and import: no payment provider is set, payments come from files",
        "--json": "of list and show: one JSON object a line",
      },
      examples: [
        "henkin shop add bakery --file bakery.json",
        "henkin shop import shops.json",
        "henkin shop list",
        "henkin shop show bakery",
      ],
      isOfAllShops: true,
      run: later(async () => (await import("./shop.ts")).shop),
    },
    {
      name: "workers",
      usage: "[--verbose] [--json]",
      summary: "the workers that share this database, and what each has",
      details: [
        "Those that live, since when, how many mailboxes each reads and how many jobs it runs, and the shops whose",
        "mailbox nobody reads. Only a database on a server is shared.",
      ].join("\n"),
      options: {
        "--verbose": "which mailboxes and jobs, too",
        "--json": "one JSON object a line; the last names the shops whose mailbox nobody reads",
      },
      examples: ["henkin workers", "henkin workers --verbose"],
      isOfAllShops: true,
      run: later(async () => (await import("./workers.ts")).workers),
    },
    {
      name: "rekey",
      usage: "",
      summary: "replace DATA_KEY by a new key; no worker may run",
      details: [
        "The new key comes from NEW_DATA_KEY or NEW_DATA_KEY_FILE. Where the key lies in a file beside the",
        "database, it is made anew and put there. Idempotency keys and Message-IDs stay what they were, and",
        "what was sealed before still opens. Backups from before need the old key.",
      ].join("\n"),
      examples: ["henkin rekey"],
      isOfAllShops: true,
      run: later(async () => (await import("./rekey.ts")).rekey),
    },
  ],
};

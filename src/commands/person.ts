// What is kept of one person: handed out, or erased.

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { buildDesk, DESK_SETTINGS, openExistingStore } from "../app.ts";
import { loadConfig } from "../config.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import { FORGET_WORDS } from "../domain/forget-words.ts";
import { ticketReference } from "../domain/ticket.ts";
import { tryOut } from "../jobs/purge.ts";
import type { OpenStore } from "../store/store.ts";
import type { WriteTx } from "../store-port.ts";
import { type Desk, ownAddresses } from "../ticket/desk.ts";
import { findTicketsOf, type PersonsTicket, planForgetting, recordOf } from "../ticket/person.ts";
import { type Erased, erasePerson } from "../ticket/purge.ts";
import { type Command, type CommandContext, EXIT, operator, readArgs } from "./command.ts";
import { exportOf } from "./export-content.ts";
import { countsOf } from "./purge.ts";

/** As tickets and mails keep it. */
function readAddress(text: string | undefined): string {
  const address = (text ?? "").normalize("NFKC").trim().toLowerCase();
  if (!/^[^\s@<>]+@[^\s@<>]+$/.test(address)) throw new UsageError("bad_address");
  return address;
}

async function withStore<Result>(
  { env, directory }: CommandContext,
  work: (store: OpenStore, desk: Desk) => Promise<Result>,
): Promise<Result> {
  const config = loadConfig(DESK_SETTINGS, env, directory);
  const store = await openExistingStore(config, directory, { needsKey: true });
  try {
    return await work(store, buildDesk(config, directory));
  } finally {
    await store.close();
  }
}

export const exportPerson: Command = {
  name: "export",
  usage: "ADDRESS [--output FILE.json]",
  summary: "everything that is kept of one person, as JSON",
  details:
    "By the address of a ticket, its payment or a mail. Staff's mails about the person are listed without their text.",
  options: { "--output FILE.json": "write it to a file of mode 600 instead of printing it" },
  examples: [
    "henkin export taro@customer.example",
    "henkin export taro@customer.example --output taro.json",
  ],
  async run(args, context) {
    const options = { output: { type: "string" } } as const;
    const { values, positionals } = readArgs(args, options, { least: 1, most: 1 });
    const address = readAddress(positionals[0]);
    const json = await withStore(context, async (store, desk) => {
      const record = await store.read((tx) => recordOf(tx, desk, address));
      return JSON.stringify(exportOf(address, desk.clock.now(), record), null, 2);
    });
    const { output } = values;
    if (output === undefined) {
      context.print(json);
      return EXIT.done;
    }
    try {
      writeFileSync(resolve(context.directory, output), `${json}\n`, { mode: 0o600 });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new PermanentError("export_unwritable", { path: output, why }, { cause });
    }
    context.print(`Written to ${output}`);
    return EXIT.done;
  },
};

export const forget: Command = {
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
  async run(args, context) {
    const options = { "dry-run": { type: "boolean" }, yes: { type: "boolean" } } as const;
    const { values, positionals } = readArgs(args, options, { least: 1, most: 1 });
    const address = readAddress(positionals[0]);
    const isDry = values["dry-run"] === true || values.yes !== true;
    await withStore(context, async (store, desk) => {
      if (isOwn(desk, address)) throw new PermanentError("forget_staff");
      const work = (tx: WriteTx) => forgetIn(tx, desk, address);
      const outcome = isDry ? await tryOut(store, (step) => step(work)) : await store.write(work);
      if (!isDry) await store.scrub();
      for (const line of linesOf(desk, outcome, isDry)) context.print(line);
    });
    if (values["dry-run"] !== true && values.yes !== true) {
      throw new UsageError("forget_unconfirmed");
    }
    return EXIT.done;
  },
};

function isOwn({ shop }: Desk, address: string): boolean {
  return [...ownAddresses(shop), ...shop.formFrom].includes(address);
}

interface Forgotten {
  readonly erased: Erased;
  readonly tickets: readonly PersonsTicket[];
  readonly quarantined: number;
}

async function forgetIn(tx: WriteTx, desk: Desk, address: string): Promise<Forgotten> {
  const tickets = await findTicketsOf(tx, desk, address);
  const plan = planForgetting(address, tickets);
  if (plan === null) {
    const open = tickets.filter(({ standing }) => standing.kind === "open");
    const named = open.map(
      ({ ticket: { number, status } }) => `${ticketReference(number)} (${status})`,
    );
    throw new PermanentError("forget_open", { tickets: named.join(", ") });
  }
  const erased = await erasePerson(tx, desk, operator(), plan);
  return { erased, tickets, quarantined: await tx.personal.countQuarantinedOf(address) };
}

function linesOf(desk: Desk, { erased, tickets, quarantined }: Forgotten, isDry: boolean) {
  const words = FORGET_WORDS[desk.shop.locale];
  const kept = tickets.flatMap(({ ticket, standing }) =>
    standing.kind === "books"
      ? [
          words.kept(
            ticketReference(ticket.number),
            desk.calendar.localDate(standing.until),
            desk.shop.retention.booksYears,
          ),
        ]
      : [],
  );
  return [
    `${isDry ? "Would be erased" : "Erased"}: the personal data of ${countsOf(erased)}.`,
    ...kept,
    ...(quarantined > 0 ? [words.quarantined(quarantined)] : []),
    words.outOfReach,
  ];
}

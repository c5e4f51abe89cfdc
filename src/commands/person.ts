// What is kept of one person: handed out, or erased.

import { renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { loadConfig } from "../config.ts";
import { AppError, PermanentError, UsageError } from "../domain/errors.ts";
import { FORGET_WORDS } from "../domain/forget-words.ts";
import { ticketReference } from "../domain/ticket.ts";
import { tryOut } from "../jobs/purge.ts";
import { readRawMail } from "../mail/mail-reader.ts";
import { DESK_SETTINGS, openDesk } from "../open-desk.ts";
import { openExistingStore } from "../open-store.ts";
import type { OpenStore } from "../store/store.ts";
import type { WriteTx } from "../store-port.ts";
import { type Desk, ownAddresses } from "../ticket/desk.ts";
import {
  findTicketsOf,
  type PersonsTicket,
  planForgetting,
  recordOf,
  type WriterOf,
} from "../ticket/person.ts";
import { erasePerson, type Forgotten } from "../ticket/purge.ts";
import { type CommandContext, EXIT, operator, type Run, readArgs } from "./command.ts";
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
    return await work(store, await openDesk(config, directory, store));
  } finally {
    await store.close();
  }
}

export const exportPerson: Run = async (args, context) => {
  const options = { output: { type: "string" } } as const;
  const { values, positionals } = readArgs(args, options, { least: 1, most: 1 });
  const address = readAddress(positionals[0]);
  const json = await withStore(context, async (store, desk) => {
    const { shop, clock } = desk;
    const writerOf = writers(desk);
    const record = await store.read((tx) => recordOf(tx, desk, address, writerOf));
    return JSON.stringify(exportOf(address, clock.now(), record, shop.locale), null, 2);
  });
  const { output } = values;
  if (output === undefined) {
    context.print(json);
    return EXIT.done;
  }
  writeOutput(resolve(context.directory, output), output, `${json}\n`);
  context.print(`Written to ${output}`);
  return EXIT.done;
};

/** A file that was there keeps its mode, so a new one takes its place. */
function writeOutput(path: string, shown: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
    renameSync(draft, path);
  } catch (cause) {
    const isOthers = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    if (!isOthers) rmSync(draft, { force: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PermanentError("export_unwritable", { path: shown, why }, { cause });
  }
}

/** Of the shop's own form it is the customer whose address the form gives. */
function writers({ shop }: Desk): WriterOf {
  const addresses = {
    ...{ shop: shop.email, staff: shop.staff, managers: shop.managers },
    ...{ formFrom: shop.formFrom, answersFrom: "shop" as const },
  };
  return async (raw, from) => {
    try {
      return (await readRawMail(raw, addresses)).writtenBy;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return isOwn({ shop }, from) ? null : from;
    }
  };
}

export const forget: Run = async (args, context) => {
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
};

function isOwn({ shop }: Pick<Desk, "shop">, address: string): boolean {
  return [...ownAddresses(shop), ...shop.formFrom].includes(address);
}

interface Outcome extends Forgotten {
  readonly tickets: readonly PersonsTicket[];
  readonly quarantined: number;
}

async function forgetIn(tx: WriteTx, desk: Desk, address: string): Promise<Outcome> {
  const tickets = await findTicketsOf(tx, desk, address);
  const plan = planForgetting(address, tickets);
  if (plan === null) {
    const open = tickets.filter(({ standing }) => standing.kind === "open");
    const named = open.map(
      ({ ticket: { number, status } }) => `${ticketReference(number)} (${status})`,
    );
    throw new PermanentError("forget_open", { tickets: named.join(", ") });
  }
  const forgotten = await erasePerson(tx, desk, operator(), plan);
  return { ...forgotten, tickets, quarantined: await tx.personal.countQuarantinedOf(address) };
}

function linesOf(desk: Desk, { erased, naming, tickets, quarantined }: Outcome, isDry: boolean) {
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
    ...(naming.length > 0 ? [namingLine(desk, naming, isDry)] : []),
    ...kept,
    ...(quarantined > 0 ? [words.quarantined(quarantined)] : []),
    words.outOfReach,
  ];
}

function namingLine({ calendar }: Desk, naming: Forgotten["naming"], isDry: boolean): string {
  const shown = naming.map(({ name, date }) => `${name} of ${calendar.localDate(date)}`);
  return `${isDry ? "Would be blanked" : "Blanked"}, as they name the person: ${naming.length} mails (${shown.join(", ")}).`;
}

// `npm run chaos`: the whole ordeal, or with --quick the small one.

import { expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { postgresInstalled } from "../support/postgres.ts";
import { type ChaosOptions, DOSE, FULL, runChaos } from "./chaos.ts";

type Given = Readonly<Record<string, string | boolean | undefined>>;

const HOUR_MS = 3_600_000;
const BREACHES_SHOWN = 200;
const given: Given = JSON.parse(process.env["CHAOS"] ?? "{}");

function optionsOf(base: ChaosOptions): ChaosOptions {
  const whole = (name: string, otherwise: number): number => {
    const value = Number(given[name] ?? otherwise);
    if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} is a whole number`);
    return value;
  };
  const { ordeal } = base;
  return {
    ...base,
    workers: whole("workers", base.workers),
    shops: whole("shops", base.shops),
    requests: whole("requests", base.requests),
    seed: whole("seed", Date.now() % 1_000_000),
    mail: given["mail"] === "imap" || given["mail"] === "maildir" ? given["mail"] : base.mail,
    feedMs: whole("feed-seconds", base.feedMs / 1_000) * 1_000,
    patienceMs: whole("patience-seconds", base.patienceMs / 1_000) * 1_000,
    ordeal: {
      ...ordeal,
      kills: whole("kills", ordeal.kills),
      pauses: whole("pauses", ordeal.pauses),
      cuts: whole("cuts", ordeal.cuts),
      terms: whole("terms", ordeal.terms),
      databaseRestarts: whole("database-restarts", ordeal.databaseRestarts),
    },
    tell: (line) => void process.stdout.write(`${line}\n`),
  };
}

test("a town in trouble comes through", { timeout: HOUR_MS }, async () => {
  const options = optionsOf(given["quick"] === true ? DOSE : FULL);
  expect(postgresInstalled()).toBe(true);
  if (options.mail === "imap") expect(dovecotInstalled()).toBe(true);
  const { figures, breaches } = await runChaos(options);
  for (const [name, value] of Object.entries(figures)) options.tell?.(`${name}: ${value}`);
  options.tell?.(breaches.length === 0 ? "no breach" : `${breaches.length} breaches:`);
  for (const breach of breaches.slice(0, BREACHES_SHOWN)) options.tell?.(`  ${breach}`);
  expect(breaches).toHaveLength(0);
});

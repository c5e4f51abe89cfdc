// How long henkin takes from the start of its process, and how large it is then.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { formMail } from "./corpus.ts";
import { figuresOf } from "./process-figures.ts";
import type { Figures } from "./report.ts";
import { fillMailbox, startShop } from "./shop.ts";

const TICKETS = 50;
const OPEN = "select count(*) from ticket where status = 'awaiting_approval'";
const SETTLE_MS = 5_000;

export async function measureStart(runs: number, figures: Figures): Promise<void> {
  if (!dovecotInstalled()) return;
  const shop = await startShop();
  try {
    for (let number = 0; number < TICKETS; number += 1) shop.addPayment(formMail(number));
    await fillMailbox(shop.dovecot, TICKETS, (number) => formMail(number).raw);
    const installation = await shop.install();
    const first = await installation.startSynced();
    await installation.untilCount(OPEN, TICKETS);
    await installation.end(first);
    const bare = "start: node alone";
    const empty = join(installation.directory, "empty.mjs");
    await writeFile(empty, "");
    for (let run = 0; run < runs; run += 1) {
      const timed = async (name: string, args: string[], path?: string) => {
        const start = performance.now();
        const { code } = await installation.henkin(args, path);
        expect(code).toBe(0);
        const beside = path === undefined ? bare : undefined;
        figures.add(name, performance.now() - start, "ms", beside);
      };
      await timed(bare, [], empty);
      await timed("start: --help", ["--help"]);
      await timed("start: tickets", ["tickets"]);
      await timed("start: summary", ["summary"]);
      const start = performance.now();
      const worker = await installation.start();
      figures.add("start: run, until it is at work", performance.now() - start, "ms", bare);
      await pause(SETTLE_MS);
      figures.add("start: RSS after it", figuresOf(worker.pid).rssMb, "MB");
      await installation.end(worker);
    }
  } finally {
    await shop.stop();
  }
}

// What a worker costs that has nothing to do, with IDLE on.

import { setTimeout as pause } from "node:timers/promises";
import { dovecotInstalled } from "../support/dovecot.ts";
import { formMail } from "./corpus.ts";
import { figuresOf } from "./process-figures.ts";
import type { Figures } from "./report.ts";
import { startShop } from "./shop.ts";

/** What is done once after a start. */
const SETTLE_MS = 15_000;
const MINUTE_MS = 60_000;

export async function measureIdle(minutes: number, figures: Figures): Promise<void> {
  if (!dovecotInstalled()) return;
  const shop = await startShop();
  try {
    shop.addPayment(formMail(0));
    const { pid } = await (await shop.install()).startSynced();
    await pause(SETTLE_MS);
    const before = figuresOf(pid);
    await pause(minutes * MINUTE_MS);
    const after = figuresOf(pid);
    const seconds = minutes * 60;
    const cpu = ((after.cpuS - before.cpuS) / seconds) * 100;
    const name = `idle for ${minutes} min`;
    figures.add(`${name}: CPU`, cpu, "% of a core");
    figures.add(`${name}: wake-ups`, (after.wakeUps - before.wakeUps) / seconds, "a second");
    figures.add(`${name}: RSS`, after.rssMb, "MB");
  } finally {
    await shop.stop();
  }
}

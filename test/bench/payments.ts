// The first reading of a shop's payments, and looks into what it leaves behind.

import { join } from "node:path";
import { expect } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { API_KEY } from "../e2e/rig.ts";
import { dovecotInstalled } from "../support/dovecot.ts";
import { formMail } from "./corpus.ts";
import { figuresOf } from "./process-figures.ts";
import type { Figures } from "./report.ts";
import { startShop } from "./shop.ts";

const COMPLETE = "select count(*) from payment_sync where complete = 1";
const PAYMENTS = "select count(*) from payment";
const LOOKS = 1_000;

export async function measurePayments(count: number, figures: Figures): Promise<void> {
  if (!dovecotInstalled()) return;
  const shop = await startShop();
  try {
    for (let number = 0; number < count; number += 1) shop.addPayment(formMail(number));
    const bare = "payments: listing alone, by fetch";
    let start = performance.now();
    expect(await listAll(shop.api)).toBe(count);
    figures.add(bare, count / ((performance.now() - start) / 1_000), "payments/s");
    const installation = await shop.install();
    const worker = await installation.start();
    start = performance.now();
    await installation.untilCount(COMPLETE, 1);
    const seconds = (performance.now() - start) / 1_000;
    expect(installation.count(PAYMENTS)).toBe(count);
    figures.add("payments: first reading", count / seconds, "payments/s", bare);
    figures.add("payments: RSS after it", figuresOf(worker.pid).rssMb, "MB");
    await installation.end(worker);
    await lookUp(join(installation.directory, "data", "henkin.db"), count, figures);
  } finally {
    await shop.stop();
  }
}

async function listAll(url: string): Promise<number> {
  const headers = { Authorization: `Bearer ${API_KEY}` };
  let count = 0;
  for (let after = ""; ; ) {
    const answer = await fetch(`${url}/v1/payment_intents?limit=100${after}`, { headers });
    const page = (await answer.json()) as { data: { id: string }[]; has_more: boolean };
    count += page.data.length;
    if (!page.has_more) return count;
    after = `&starting_after=${page.data.at(-1)?.id}`;
  }
}

async function lookUp(path: string, count: number, figures: Figures): Promise<void> {
  const store = await openStore({ path, shopId: "shop", now: Date.now });
  const byOrder: number[] = [];
  const byPayer: number[] = [];
  const timed = async (delays: number[], look: () => Promise<unknown[]>) => {
    const start = performance.now();
    expect((await look()).length).toBeGreaterThan(0);
    delays.push(performance.now() - start);
  };
  try {
    for (let look = 0; look < LOOKS; look += 1) {
      const { order, email } = formMail((look * 7_919) % count);
      await timed(byOrder, () => store.read((tx) => tx.payments.listByOrderNumbers([order])));
      await timed(byPayer, () =>
        store.read((tx) => tx.payments.listByPayer({ email, nameKey: null })),
      );
    }
  } finally {
    await store.close();
  }
  figures.addDelays(`payments: look-up by order among ${count}`, byOrder);
  figures.addDelays(`payments: look-up by payer among ${count}`, byPayer);
}

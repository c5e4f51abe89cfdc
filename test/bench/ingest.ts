// From mails in a mailbox to tickets in the database, beside a bare download of the same mails.

import { expect } from "vitest";
import { type Dovecot, dovecotInstalled } from "../support/dovecot.ts";
import { formMail } from "./corpus.ts";
import { figuresOf } from "./process-figures.ts";
import { BARE, type Figures, median } from "./report.ts";
import { fillMailbox, type Installation, imapClient, type Shop, startShop } from "./shop.ts";

const SAMPLE_MS = 100;

export interface IngestOptions {
  readonly mails: number;
  readonly runs: number;
  readonly figures: Figures;
}

export async function measureIngest({ mails, runs, figures }: IngestOptions): Promise<void> {
  if (!dovecotInstalled()) return;
  const shop = await startShop();
  try {
    await fillMailbox(shop.dovecot, mails, (number) => formMail(number).raw);
    // The first reading of so many files is the disk's and Dovecot's index's.
    await download(shop.dovecot);
    for (let run = 0; run < runs; run += 1) {
      const start = performance.now();
      const { count, bytes } = await download(shop.dovecot);
      const seconds = (performance.now() - start) / 1_000;
      expect(count).toBe(mails);
      figures.add(BARE, count / seconds, "mails/s");
      figures.add("bare download: volume", bytes / seconds / 1_048_576, "MB/s");
      await ingest(shop, mails, figures);
    }
  } finally {
    await shop.stop();
  }
}

async function download(dovecot: Dovecot): Promise<{ count: number; bytes: number }> {
  const client = await imapClient(dovecot);
  let [count, bytes] = [0, 0];
  for await (const { source } of client.fetch("1:*", { source: true }, { uid: true })) {
    count += 1;
    bytes += source?.length ?? 0;
  }
  await client.logout();
  return { count, bytes };
}

async function ingest(shop: Shop, mails: number, figures: Figures): Promise<void> {
  // Nothing is matched before the payments have been listed, so that only reading is measured.
  shop.stripe.fail({ how: "hang-before-effect", times: Number.POSITIVE_INFINITY });
  const installation = await shop.install();
  const start = performance.now();
  const worker = installation.launch();
  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(figuresOf(worker.pid).rssMb), SAMPLE_MS);
  try {
    await installation.untilCount("select max(number) from ticket where shop_id = 'shop'", mails);
  } finally {
    clearInterval(sampling);
  }
  const seconds = (performance.now() - start) / 1_000;
  const { peakRssMb, cpuS } = figuresOf(worker.pid);
  expectIngested(installation, mails);
  figures.add("ingest: rate from the start of the process", mails / seconds, "mails/s", BARE);
  figures.add("ingest: CPU of a mail", (cpuS / mails) * 1_000, "ms");
  figures.add("ingest: cores used", cpuS / seconds, "");
  figures.add("ingest: peak RSS", peakRssMb, "MB");
  figures.add("ingest: median RSS", median(samples), "MB");
  await installation.stop();
  shop.stripe.clearFaults();
  shop.stripe.release();
}

/** Everything that a mail leads to is there, and nothing twice. */
function expectIngested({ rows }: Installation, mails: number): void {
  const counts = (sql: string) =>
    Object.fromEntries(
      rows<{ what: string; count: number }>(sql).map((row) => [row.what, row.count]),
    );
  const messages = "select kind || ' ' || state as what, count(*) as count from message group by 1";
  expect(counts(messages)).toEqual({ "refund_request processed": mails });
  const tables = ["message_location", "ticket", "ticket_order"];
  const each = tables.map((table) => `select '${table}' as what, count(*) as count from ${table}`);
  expect(counts(each.join(" union all "))).toEqual(
    Object.fromEntries(tables.map((table) => [table, mails])),
  );
  expect(
    counts(
      "select type as what, count(*) as count from event where ticket_id is not null group by 1",
    ),
  ).toEqual({
    ticket_opened: mails,
    message_received: mails,
  });
  const jobs = "select kind as what, count(*) as count from job where state <> 'done'";
  const ofMails = "kind in ('process_message', 'match_payment')";
  expect(counts(`${jobs} and ${ofMails} group by 1`)).toEqual({ match_payment: mails });
}

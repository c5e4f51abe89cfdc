// From requests in the mailbox to approval requests in the approvers', with the payments known.

import { expect } from "vitest";
import { STAFF } from "../e2e/rig.ts";
import { dovecotInstalled } from "../support/dovecot.ts";
import { formMail } from "./corpus.ts";
import { figuresOf } from "./process-figures.ts";
import type { Figures } from "./report.ts";
import { fillMailbox, startShop } from "./shop.ts";

const SENT =
  "select count(*) from outgoing_mail where name = 'approval_request' and phase = 'accepted'";
const WAITING = "select count(*) from ticket where status = 'awaiting_approval'";

export async function measureBacklog(requests: number, figures: Figures): Promise<void> {
  if (!dovecotInstalled()) return;
  const shop = await startShop();
  try {
    for (let number = 0; number < requests; number += 1) shop.addPayment(formMail(number));
    const installation = await shop.install();
    await installation.end(await installation.startSynced());
    await fillMailbox(shop.dovecot, requests, (number) => formMail(number).raw);
    const start = performance.now();
    const worker = installation.launch();
    await installation.untilCount(SENT, requests);
    const seconds = (performance.now() - start) / 1_000;
    const { peakRssMb, cpuS } = figuresOf(worker.pid);
    expect(installation.count(WAITING)).toBe(requests);
    const asked = shop.sink.mails.filter(({ to }) => to.includes(STAFF));
    expect(
      new Set(asked.map(({ raw }) => /^Message-ID:\s*(\S+)/im.exec(raw.toString())?.[1])).size,
    ).toBe(requests);
    expect(shop.sink.mails).toHaveLength(requests);
    figures.add("backlog: rate from the start of the process", requests / seconds, "tickets/s");
    figures.add("backlog: CPU of a ticket", (cpuS / requests) * 1_000, "ms");
    figures.add("backlog: cores used", cpuS / seconds, "");
    figures.add("backlog: peak RSS", peakRssMb, "MB");
  } finally {
    await shop.stop();
  }
}

// How long a person waits: from the delivery of a mail to the answer that it causes, beside what the
// mail server itself holds its notice back in IDLE.

import { setTimeout as pause } from "node:timers/promises";
import type { ImapFlow } from "imapflow";
import { simpleParser } from "mailparser";
import { expect } from "vitest";
import { STAFF } from "../e2e/rig.ts";
import { dovecotInstalled } from "../support/dovecot.ts";
import { staffReply } from "../support/mails.ts";
import { type FormMail, formMail, otherMail } from "./corpus.ts";
import type { Figures } from "./report.ts";
import { fillMailbox, type Installation, imapClient, type Shop, startShop } from "./shop.ts";
import type { Accepted } from "./sink.ts";

const PATIENCE_MS = 10 * 60_000;
/** Between two requests while others are being read. */
const PACE_MS = 200;
const PROVIDER_MS = 300;
const SMTP_MS = 100;
/** How long an IDLE connection takes to be one, after a command. */
const SETTLE_MS = 100;

/** One after the other, on a worker with nothing else to do. */
export async function measureLatency(probes: number, figures: Figures): Promise<void> {
  await atDesk(probes, (desk, orders) => oneByOne(desk, orders, figures));
}

/** Many at once, with servers that take their time. */
export async function measureBurst(orders: number, figures: Figures): Promise<void> {
  await atDesk(orders, (desk, forms) => atOnce(desk, forms, figures));
}

/** While so many other mails are being read. */
export async function measureBusy(probes: number, mails: number, figures: Figures): Promise<void> {
  await atDesk(probes, async (desk, orders, installation) => {
    await whileReading(desk, orders, mails, figures);
    await installation.untilCount(OTHERS, mails);
  });
}

const OTHERS = "select count(*) from message where kind = 'other' and state = 'processed'";
const REFUNDED = "select count(*) from ticket where status = 'refunded'";

async function atDesk(
  count: number,
  work: (desk: Desk, orders: readonly FormMail[], installation: Installation) => Promise<void>,
): Promise<void> {
  if (!dovecotInstalled()) return;
  const shop = await startShop();
  const clients = await Promise.all([imapClient(shop.dovecot), imapClient(shop.dovecot)]);
  try {
    const orders = Array.from({ length: count }, (_, number) => formMail(number));
    for (const order of orders) shop.addPayment(order);
    const installation = await shop.install();
    await installation.startSynced();
    await work(createDesk(shop, ...clients), orders, installation);
    expect(shop.stripe.refunds).toHaveLength(count);
    await installation.untilCount(REFUNDED, count);
  } finally {
    for (const client of clients) client.close();
    await shop.stop();
  }
}

type Desk = ReturnType<typeof createDesk>;

/** `hand` delivers, `watcher` sees what IDLE tells when, and we see what henkin sends. */
function createDesk({ sink, stripe, dovecot }: Shop, hand: ImapFlow, watcher: ImapFlow) {
  const expected = new Map<string, (mail: Accepted) => void>();
  let notice: (at: number) => void = () => {};
  watcher.on("exists", () => notice(performance.now()));
  sink.onMail(async (mail) => {
    const keys = mail.to.includes(STAFF) ? await numbersIn(mail) : mail.to;
    for (const key of keys) expected.get(key)?.(mail);
  });

  /** The mail with that number in it, or for that address. */
  function arrival(key: string): Promise<Accepted> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`nothing came about ${key}`));
      const timer = setTimeout(late, PATIENCE_MS);
      expected.set(key, (mail) => {
        clearTimeout(timer);
        expected.delete(key);
        resolve(mail);
      });
    });
  }

  /** Delivers a mail; how long until its answer was accepted. */
  async function delay(raw: Buffer, key: string): Promise<{ mail: Accepted; ms: number }> {
    const arriving = arrival(key);
    const start = performance.now();
    await hand.append("INBOX", raw);
    const mail = await arriving;
    return { mail, ms: mail.at - start };
  }

  return {
    dovecot,
    /** Each answer of the provider, and each mail handed over, takes so long from now on. */
    slow(providerMs: number, smtpMs: number): void {
      sink.delayMs = smtpMs;
      stripe.clearFaults();
      if (providerMs > 0) stripe.fail({ delayMs: providerMs, times: Number.POSITIVE_INFINITY });
    },
    ask: ({ raw, order }: FormMail) => delay(raw, order),
    approve: async ({ email }: FormMail, request: Buffer) =>
      delay(await staffReply({ request, from: `店員 <${STAFF}>`, text: "OK" }), email),
    /** From now on a bare client waits in IDLE: when it hears of the next mail. */
    async nextNotice(): Promise<{ heard: Promise<number> }> {
      const heard = new Promise<number>((resolve) => {
        notice = resolve;
      });
      // It ends with the next command only.
      watcher.idle().catch(() => undefined);
      await pause(SETTLE_MS);
      return { heard };
    },
  };
}

async function numbersIn({ raw }: Accepted): Promise<string[]> {
  const { text = "" } = await simpleParser(raw);
  return text.match(/(?<!\d)\d{6}(?!\d)/g) ?? [];
}

async function oneByOne(desk: Desk, orders: readonly FormMail[], figures: Figures): Promise<void> {
  const idle: number[] = [];
  const requests: number[] = [];
  const refunds: number[] = [];
  for (const order of orders) {
    const first = await desk.nextNotice();
    let start = performance.now();
    const { mail, ms } = await desk.ask(order);
    requests.push(ms);
    idle.push((await first.heard) - start);
    const second = await desk.nextNotice();
    start = performance.now();
    refunds.push((await desk.approve(order, mail.raw)).ms);
    idle.push((await second.heard) - start);
  }
  const own = "latency: IDLE of a bare imapflow";
  figures.addDelays(own, idle);
  figures.addDelays("latency: request accepted", requests, own);
  figures.addDelays("latency: OK, refunded and told", refunds, own);
}

async function atOnce(desk: Desk, orders: readonly FormMail[], figures: Figures): Promise<void> {
  desk.slow(PROVIDER_MS, SMTP_MS);
  const asked = await Promise.all(orders.map((order) => desk.ask(order)));
  const name = `${orders.length} at once, provider ${PROVIDER_MS} ms, SMTP ${SMTP_MS} ms`;
  figures.addDelays(
    `burst: request, ${name}`,
    asked.map(({ ms }) => ms),
  );
  const told = await Promise.all(
    orders.map((order, at) => desk.approve(order, asked[at]?.mail.raw ?? Buffer.alloc(0))),
  );
  figures.addDelays(
    `burst: OK, ${name}`,
    told.map(({ ms }) => ms),
  );
  desk.slow(0, 0);
}

async function whileReading(
  desk: Desk,
  orders: readonly FormMail[],
  mails: number,
  figures: Figures,
): Promise<void> {
  await fillMailbox(desk.dovecot, mails, otherMail);
  const requests: number[] = [];
  const refunds: number[] = [];
  const play = async (order: FormMail) => {
    const { mail, ms } = await desk.ask(order);
    requests.push(ms);
    refunds.push((await desk.approve(order, mail.raw)).ms);
  };
  const playing: Promise<void>[] = [];
  for (const order of orders) {
    playing.push(play(order));
    await pause(PACE_MS);
  }
  await Promise.all(playing);
  figures.addDelays(`busy: request accepted while ${mails} mails are read`, requests);
  figures.addDelays(`busy: OK, refunded and told while ${mails} mails are read`, refunds);
}

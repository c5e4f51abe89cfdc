// A shop's busy half hour, with a real Dovecot, a mail server and a Stripe on loopback: customers ask,
// staff answer OK, others write about other things, and the worker must not grow.

import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { API_KEY, type Rig, STAFF, test } from "../e2e/rig.ts";
import { directMail } from "../support/mails.ts";
import { median, type Size, sizeOf } from "./worker-memory.ts";

const MINUTES = Number(process.env["SOAK_MINUTES"] ?? 30);
const MAILS = Number(process.env["SOAK_MAILS"] ?? 5_000);
const MINUTE_MS = 60_000;
/** Of ten mails: four requests, as many answers, and two about other things. */
const REQUESTS = 4;
const OTHERS = 2;
/** By then everything that is made once has been made. */
const WARM_AFTER = Math.min(500, Math.floor(MAILS / 3));
const GROWTH = 1.2;
const HANDLES_SLACK = 5;
const SAMPLES = 60;
/** Moments that are judged together. */
const WINDOW = 8;

interface Sample extends Size {
  readonly at: number;
  readonly mails: number;
  readonly tickets: number;
}

const customerOf = (order: number) => `customer${order}@customer.example.jp`;

class Soak {
  readonly samples: Sample[] = [];
  delivered = 0;
  orders = 0;
  readonly #rig: Rig;
  readonly #metrics: string;
  readonly #pid: number;
  readonly #start = performance.now();
  #answered = 0;

  constructor(rig: Rig, pid: number, metrics: string) {
    this.#rig = rig;
    this.#pid = pid;
    this.#metrics = metrics;
  }

  get seconds(): number {
    return (performance.now() - this.#start) / 1_000;
  }

  async ask(): Promise<void> {
    const { stripe } = this.#rig;
    this.orders += 1;
    const order = String(10_000 + this.orders);
    const email = customerOf(this.orders);
    stripe.addPayment({
      ...{ id: `pi_${order}`, amount: 2467, description: `注文 ${order}` },
      ...{ payerName: "田中太郎", payerEmail: email },
    });
    await this.#rig.receiveForm({ orderNumber: order, email });
    this.delivered += 1;
  }

  async write(): Promise<void> {
    const text = "お世話になっております。\n\n送料はいくらですか。\n\n山田花子\n";
    const question = { from: "hanako@other.example.jp", subject: "送料について", text };
    await this.#rig.dovecot.append(directMail(question));
    this.delivered += 1;
  }

  /** Staff answer every request that has arrived. */
  async answer(): Promise<void> {
    const { mails } = this.#rig.smtp;
    for (; this.#answered < mails.length; this.#answered += 1) {
      const mail = mails[this.#answered];
      const isRequest = mail?.envelope.to.includes(STAFF) && mail.subject.includes("承認依頼");
      if (mail === undefined || !isRequest) continue;
      await this.#rig.answer(mail, "OK");
      this.delivered += 1;
    }
  }

  count(sql: string): number {
    return this.#rig.rows<{ count: number }>(`select count(*) as count from ${sql}`)[0]?.count ?? 0;
  }

  async sample(): Promise<void> {
    const size = await sizeOf(this.#pid, this.#metrics);
    const mails = this.count("message where state = 'processed'");
    const sample = { ...size, at: this.seconds, mails, tickets: this.count("ticket") };
    this.samples.push(sample);
    const { at, tickets, rssMb, heapMb, handles } = sample;
    const cells = [at.toFixed(0), mails, tickets, rssMb.toFixed(1), heapMb.toFixed(1), handles];
    process.stdout.write(`${cells.map((cell) => String(cell).padStart(9)).join("")}\n`);
  }
}

async function play(soak: Soak): Promise<void> {
  const pauseMs = (MINUTES * MINUTE_MS) / MAILS;
  const every = (MINUTES * 60) / SAMPLES;
  while (soak.delivered < MAILS) {
    for (let turn = 0; turn < REQUESTS + OTHERS && soak.delivered < MAILS; turn += 1) {
      await (turn < REQUESTS ? soak.ask() : soak.write());
      await soak.answer();
      const ahead = soak.delivered * pauseMs - soak.seconds * 1_000;
      if (ahead > 0) await pause(ahead);
      if (soak.seconds >= soak.samples.length * every) await soak.sample();
    }
  }
}

/** Everything asked is answered and paid; what arrives now is more than was meant, and is welcome. */
async function finish(soak: Soak): Promise<void> {
  const end = performance.now() + 10 * MINUTE_MS;
  const isOver = () =>
    soak.count("refund where state = 'succeeded'") >= soak.orders &&
    soak.count("job where lane = 'smtp' and state in ('pending', 'running')") === 0;
  while (!isOver() && performance.now() < end) {
    await soak.answer();
    await pause(500);
  }
  for (let last = 0; last < WINDOW; last += 1) {
    await soak.sample();
    await pause(1_000);
  }
}

test("the worker does not grow", { timeout: (MINUTES + 20) * MINUTE_MS }, async ({ rig }) => {
  const worker = await rig.start({
    ...{ HEALTH_PORT: "0", LOG_LEVEL: "info", POLL_SECONDS: "60", STRIPE_API_KEY: API_KEY },
    ...{ REFUND_MAX_PER_HOUR: "100000", REFUND_MAX_PER_DAY: "100000" },
  });
  const { port } = await worker.waitForLog(({ msg }) => msg === "health is shown on 127.0.0.1");
  const soak = new Soak(rig, worker.pid, `http://127.0.0.1:${port}/metrics`);
  const head = ["seconds", "mails", "tickets", "RSS MB", "heap MB", "handles"];
  process.stdout.write(`${head.map((cell) => cell.padStart(9)).join("")}\n`);
  await soak.sample();
  await play(soak);
  await finish(soak);

  const told = rig.smtp.mails.filter(({ subject }) => subject.includes("返金の手続きが完了"));
  expect(told).toHaveLength(soak.orders);
  expect(rig.stripe.refunds).toHaveLength(soak.orders);
  expect(worker.stderr.filter(({ level = 0 }) => level >= 40).map(({ raw }) => raw)).toEqual([]);

  const warm = soak.samples.filter(({ mails }) => mails >= WARM_AFTER);
  const [first, last] = [warm.slice(0, WINDOW), warm.slice(-WINDOW)];
  const rss = (samples: readonly Sample[]) => median(samples.map(({ rssMb }) => rssMb));
  process.stdout.write(
    `RSS after ${WARM_AFTER} mails ${rss(first).toFixed(1)} MB, at the end ${rss(last).toFixed(1)} MB\n`,
  );
  for (let at = 0; at + WINDOW <= warm.length; at += 1) {
    expect(rss(warm.slice(at, at + WINDOW))).toBeLessThanOrEqual(rss(first) * GROWTH);
  }
  const handles = (samples: readonly Sample[]) => median(samples.map((sample) => sample.handles));
  expect(handles(last)).toBeLessThanOrEqual(handles(first) + HANDLES_SLACK);
});

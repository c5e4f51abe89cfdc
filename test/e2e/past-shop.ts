// Three months of a shop that works by hand, as a script plays them: 200 requests for a refund among
// other mail, the payments, and the refunds that staff made in the Dashboard. What a rehearsal has to
// find out stands in the script; nothing of it is worked out by henkin.

import { FakeStripe } from "../support/fake-stripe.ts";
import type { PaymentSeed } from "../support/fake-stripe-rules.ts";
import { contactForm, directMail, staffReply } from "../support/mails.ts";

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;
export const API_KEY = "sk_test_henkin";
const SATO = "sato@shop.example.jp";

export interface PastMail {
  readonly at: number;
  readonly raw: Buffer;
}

/** One request, and what is true of it. */
export interface PastRequest {
  readonly order: string;
  readonly sender: string;
  readonly verdict: string;
  readonly would: string;
  readonly furtherMails: number;
}

export interface PastShop {
  readonly since: number;
  readonly stripe: FakeStripe;
  /** In the order in which they came. */
  readonly mails: readonly PastMail[];
  readonly requests: readonly PastRequest[];
  readonly noise: number;
  readonly refunds: number;
  /** Payments whose refund no mail asked for, as far as anybody can tell. */
  readonly orphans: readonly string[];
}

interface Story {
  readonly count: number;
  readonly would: string;
  readonly verdict: string;
  /** Nothing ties its refund to the request. */
  readonly isOrphaned?: boolean;
  /** What happened, beside the form that arrived at `at`. */
  readonly tell: (one: Scene) => void;
}

interface Scene {
  readonly order: string;
  readonly at: number;
  readonly amount: number;
  pay(seed?: Partial<PaymentSeed>): string;
  refund(paymentId: string, amount: number, at: number): void;
  ask(form?: {
    order?: string;
    email?: string;
    name?: string;
    message?: string;
    at?: number;
  }): void;
}

const digits = (order: string) => [...order].map((d) => "零一二三四五六七八九"[Number(d)]).join("");
const nameOf = (order: string) => `田中${digits(order)}`;
const emailOf = (order: string) => `taro.${order}@customer.example.jp`;
/** No other order is near it. */
const wrongNumber = (order: string) => `9${order}7`;

const STORIES: readonly Story[] = [
  {
    ...{ count: 60, would: "ask", verdict: "agrees" },
    tell: ({ amount, at, pay, ask, refund }) => {
      ask();
      refund(pay(), amount, at + 30 * HOUR_MS);
    },
  },
  {
    ...{ count: 10, would: "ask", verdict: "agrees" },
    tell: ({ at, pay, ask, refund }) => {
      ask({ message: "届いた商品の一部に不具合があったため、500円の返金をお願いします。" });
      refund(pay(), 500, at + 30 * HOUR_MS);
    },
  },
  {
    ...{ count: 15, would: "ask", verdict: "other_amount" },
    tell: ({ amount, at, pay, ask, refund }) => {
      ask();
      refund(pay(), amount - 300, at + 30 * HOUR_MS);
    },
  },
  {
    ...{ count: 8, would: "ask", verdict: "other_payment" },
    tell: ({ order, amount, at, pay, ask, refund }) => {
      ask();
      pay();
      const other = pay({ id: `pi_${order}b`, description: `注文 ${wrongNumber(order)}` });
      refund(other, amount, at + 30 * HOUR_MS);
    },
  },
  {
    ...{ count: 30, would: "ask", verdict: "asked_not_refunded" },
    tell: ({ pay, ask }) => {
      ask();
      pay();
    },
  },
  {
    ...{ count: 12, would: "close", verdict: "rightly_closed" },
    tell: ({ amount, at, pay, ask, refund }) => {
      ask();
      refund(pay(), amount, at - 20 * HOUR_MS);
    },
  },
  {
    ...{ count: 15, would: "ask", verdict: "agrees" },
    tell: ({ amount, at, pay, ask, refund }) => {
      ask();
      const message = "先日の件、まだお返事がありません。注文をキャンセルし、返金をお願いします。";
      ask({ at: at + 20 * HOUR_MS, message });
      refund(pay(), amount, at + 30 * HOUR_MS);
    },
  },
  {
    ...{ count: 15, would: "choose", verdict: "listed" },
    tell: ({ order, amount, at, pay, ask, refund }) => {
      ask({ order: wrongNumber(order) });
      refund(pay(), amount, at + 30 * HOUR_MS);
    },
  },
  {
    ...{ count: 10, would: "choose", verdict: "listed" },
    tell: ({ order, amount, at, pay, ask, refund }) => {
      ask();
      const payer = { payerName: `木村 ${digits(order)}`, payerEmail: `${order}@home.example.jp` };
      refund(pay(payer), amount, at + 30 * HOUR_MS);
    },
  },
  {
    ...{ count: 10, would: "ask_customer", verdict: "not_refunded" },
    tell: ({ order, ask }) => ask({ order: wrongNumber(order) }),
  },
  {
    // The number was wrong, and so were name and address: nothing but a person's eye leads there.
    ...{ count: 5, would: "ask_customer", verdict: "not_refunded", isOrphaned: true },
    tell: ({ order, amount, at, pay, ask, refund }) => {
      ask({ order: wrongNumber(order) });
      const payer = { payerName: `林 ${digits(order)}`, payerEmail: `${order}@lin.example.jp` };
      refund(pay(payer), amount, at + 30 * HOUR_MS);
    },
  },
  {
    ...{ count: 5, would: "ask", verdict: "asked_not_refunded" },
    tell: ({ pay, ask }) => {
      ask();
      pay({ status: "requires_capture" });
    },
  },
  {
    ...{ count: 5, would: "close", verdict: "rightly_closed" },
    tell: ({ pay, ask }) => {
      ask();
      pay({ status: "canceled" });
    },
  },
];

/** Told of by no mail at all. */
const ORPHANS = 7;
/** Of each kind of other mail. */
const NOISE_OF_EACH = 12;

const NOISE = [
  (n: number) =>
    directMail({
      from: `通販通信 <news${n}@news.example.com>`,
      subject: `今週のおすすめ商品 第${n}号`,
      text: `新作が入荷しました。今だけ送料無料です。\n配信停止はこちら https://news.example.com/${n}\n`,
      headers: { "List-Unsubscribe": "<https://news.example.com/stop>", Precedence: "bulk" },
    }),
  (n: number) =>
    directMail({
      from: `山本${digits(String(n))} <yamamoto.${n}@customer.example.jp>`,
      subject: "商品について",
      text: `お世話になっております。\nこの商品の色は何色ありますか。サイズも教えてください。(${n})\n`,
    }),
  (n: number) =>
    directMail({
      from: `x${n} <x${n}@spam.example.net>`,
      subject: "asdf qwer",
      text: `zxcv ${n} lorem ipsum dolor sit amet\n`,
    }),
];

/** Ends before `now`. */
export async function playPast(now: number): Promise<PastShop> {
  const since = now - 85 * DAY_MS;
  let clock = since;
  const stripe = new FakeStripe({ apiKeys: [API_KEY], now: () => clock });
  const mails: PastMail[] = [];
  const requests: PastRequest[] = [];
  const orphans: string[] = [];
  const refunds: { paymentId: string; amount: number; at: number }[] = [];
  // Stories alternate, so that each kind is spread over the whole time.
  const plan = STORIES.flatMap((story) =>
    Array.from({ length: story.count }, (_, n) => ({ story, place: (n + 0.5) / story.count })),
  ).sort((a, b) => a.place - b.place);
  for (const [n, { story }] of plan.entries()) {
    const order = String(20_000 + n * 37);
    const at = since + DAY_MS + Math.floor((n * 78 * DAY_MS) / plan.length);
    const amount = 1_500 + n * 13;
    let asked = 0;
    let sender = "";
    let written = order;
    story.tell({
      ...{ order, at, amount },
      pay(seed = {}) {
        const id = `pi_${order}`;
        const payer = {
          payerName: nameOf(order).replace("田中", "田中 "),
          payerEmail: emailOf(order),
        };
        const createdAt = at - 3 * DAY_MS;
        const description = `渋谷商店 - 注文 ${order}`;
        return stripe.addPayment({ id, amount, createdAt, description, ...payer, ...seed }).id;
      },
      refund: (paymentId, cents, when) => refunds.push({ paymentId, amount: cents, at: when }),
      ask({ order: number = order, email = emailOf(order), name = nameOf(order), ...form } = {}) {
        asked += 1;
        sender = email;
        written = number;
        const when = form.at ?? at;
        const { message } = form;
        const words = message === undefined ? {} : { message };
        const raw = contactForm({
          orderNumber: number,
          email,
          name,
          date: new Date(when),
          ...words,
        });
        mails.push({ at: when, raw });
      },
    });
    const { would, verdict, isOrphaned = false } = story;
    if (isOrphaned) orphans.push(`pi_${order}`);
    requests.push({ order: written, sender, would, verdict, furtherMails: asked - 1 });
  }
  for (let n = 0; n < ORPHANS; n += 1) {
    const order = String(70_000 + n * 41);
    const at = since + (10 + n * 9) * DAY_MS;
    const payer = {
      payerName: `森 ${digits(order)}`,
      payerEmail: `mori.${order}@customer.example.jp`,
    };
    const seed = { amount: 4_000 + n, createdAt: at - DAY_MS, description: `注文 ${order}` };
    orphans.push(stripe.addPayment({ id: `pi_${order}`, ...seed, ...payer }).id);
    refunds.push({ paymentId: `pi_${order}`, amount: 4_000 + n, at });
  }
  for (const { paymentId, amount, at } of refunds.sort((a, b) => a.at - b.at)) {
    clock = at;
    stripe.addRefund(paymentId, amount);
  }
  clock = now;
  const noise = await makeNoise(since, mails);
  mails.push(...noise);
  mails.sort((a, b) => a.at - b.at);
  return { since, stripe, mails, requests, noise: noise.length, refunds: refunds.length, orphans };
}

async function makeNoise(since: number, mails: readonly PastMail[]): Promise<PastMail[]> {
  const noise: PastMail[] = [];
  for (let n = 0; n < NOISE_OF_EACH; n += 1) {
    for (const [kind, make] of NOISE.entries()) {
      noise.push({ at: since + (2 + n * 6) * DAY_MS + kind * HOUR_MS, raw: make(n) });
    }
    // Staff answer customers from the shop's mailbox, and copies lie in it.
    const request = mails[n * 11]?.raw ?? "";
    const raw = await staffReply({ request, from: `担当者 <${SATO}>`, text: "確認いたします。" });
    noise.push({ at: since + (2 + n * 6) * DAY_MS + 9 * HOUR_MS, raw });
  }
  return noise;
}

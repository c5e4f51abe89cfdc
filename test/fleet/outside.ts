// All that is outside of henkin, in a process of its own so that it never waits for the tests or they for
// it: the provider's accounts, the letterboxes, the customers who write and the staff who say OK.

import { hash } from "node:crypto";
import { chownSync, mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { QUESTION_HEADER } from "../../src/domain/approval/question-header.ts";
import { type Accepted, startSink } from "../bench/sink.ts";
import { seeded } from "../simulate/random.ts";
import type { FakeStripe } from "../support/fake-stripe.ts";
import type {
  Delivered,
  Letter,
  Manners,
  Order,
  Outside,
  OutsideReport,
  Refunded,
  ShopFacts,
} from "./facts.ts";
import { fieldOf, formOf, okTo } from "./letters.ts";
import { type StripeTown, startStripeTown } from "./stripe-town.ts";

/** A busy shop is paid 72 times a day; people ask for their money hours later. */
const PAID_EVERY_MS = 20 * 60_000;

export async function openOutside(mailUid: number | null): Promise<Outside> {
  const [sink, stripe] = await Promise.all([startSink(), startStripeTown()]);
  const shops = new Map<string, ShopFacts>();
  const orders = new Map<string, Order>();
  const customers = new Set<string>();
  const delivered: Delivered[] = [];
  const letters: Letter[] = [];
  const answered = new Set<string>();
  const told = new Set<string>();
  /** Questions that came while staff were not answering. */
  const unanswered: { raw: string; to: string; domain: string }[] = [];
  let asked = 0;
  let manners: Manners = { providerMs: 0, smtpMs: 0, staffMs: null };
  let random = seeded(0);
  let lastAt = 0;

  /** In order, at times that differ: a mailbox without numbers is read by them. */
  function deliver(
    shop: ShopFacts,
    order: string | null,
    write: (id: string, at: number) => Buffer,
  ) {
    const at = Math.max(Date.now(), lastAt + 1);
    lastAt = at;
    const messageId = `m${delivered.length}@town.example.jp`;
    const raw = write(messageId, at);
    const file = `${Math.floor(at / 1_000)}.M${at % 1_000}P${delivered.length}.town`;
    const draft = join(shop.maildir, "tmp", file);
    writeFileSync(draft, raw);
    utimesSync(draft, at / 1_000, at / 1_000);
    if (mailUid !== null) chownSync(draft, mailUid, mailUid);
    delivered.push({ shop: shop.id, messageId, file, order, at });
    renameSync(draft, join(shop.maildir, "new", file));
  }

  function answer({ raw, to, domain }: { raw: string; to: string; domain: string }): void {
    if (manners.staffMs === null) {
      unanswered.push({ raw, to, domain });
      return;
    }
    const [least, most] = manners.staffMs;
    const shop = [...shops.values()].find((one) => one.domain === domain);
    if (shop === undefined) return;
    setTimeout(
      () => deliver(shop, null, (id, at) => okTo(raw, to, id, at)),
      least + random.below(Math.max(1, most - least)),
    );
  }

  sink.onMail(async ({ to: [to = ""], raw, at }: Accepted) => {
    const text = raw.toString("latin1");
    const messageId = bare(fieldOf(text, "message-id"));
    const domain = messageId.replace(/^.*@/, "");
    const isQuestion = fieldOf(text, QUESTION_HEADER) !== "";
    const digest = hash("sha256", raw, "hex");
    letters.push({ domain, to, messageId, digest, isQuestion, at: performance.timeOrigin + at });
    if (customers.has(to)) told.add(to);
    if (!isQuestion || answered.has(messageId)) return;
    answered.add(messageId);
    answer({ raw: text, to, domain });
  });

  return {
    async open(newShops, newOrders, seed) {
      random = seeded(seed);
      for (const shop of newShops) {
        shops.set(shop.id, shop);
        for (const part of ["tmp", "new", "cur"]) makeFolder(join(shop.maildir, part), mailUid);
        if (mailUid !== null) chownSync(shop.maildir, mailUid, mailUid);
        const account = stripe.account(shop.apiKey);
        account.balance = { available: 1_000_000_000, pending: 0 };
      }
      let paidAt = Date.now();
      for (const order of newOrders) {
        paidAt -= PAID_EVERY_MS / newShops.length;
        orders.set(order.number, order);
        customers.add(order.email);
        const key = shops.get(order.shop)?.apiKey ?? "";
        stripe.account(key).addPayment({
          ...{ id: order.payment, amount: order.amount, description: `注文 ${order.number}` },
          ...{ payerName: order.name, payerEmail: order.email, createdAt: Math.floor(paidAt) },
        });
      }
      return { stripeUrl: stripe.url, smtpUrl: sink.url };
    },
    async behave(next) {
      manners = next;
      sink.delayMs = next.smtpMs;
      for (const { apiKey } of shops.values()) {
        const account = stripe.account(apiKey);
        account.clearFaults();
        const delayMs = next.providerMs;
        if (delayMs > 0) account.fail({ delayMs, times: Number.POSITIVE_INFINITY });
      }
      if (next.staffMs !== null) for (const question of unanswered.splice(0)) answer(question);
    },
    async ask(numbers) {
      for (const number of numbers) {
        const order = orders.get(number);
        const shop = shops.get(order?.shop ?? "");
        if (order === undefined || shop === undefined) throw new Error(`no order ${number}`);
        deliver(shop, number, (id, at) => formOf(order, shop.domain, id, at));
        asked += 1;
      }
    },
    async progress() {
      const refunds = [...shops.values()].map(
        ({ apiKey }) => stripe.account(apiKey).refunds.length,
      );
      const refunded = refunds.reduce((sum, count) => sum + count, 0);
      return { asked, questions: answered.size, refunded, told: told.size };
    },
    async missing(messageIds) {
      const here = new Set(letters.map(({ messageId }) => messageId));
      return messageIds.filter((id) => !here.has(id));
    },
    report: async () => ({ delivered, letters, ...accountsOf(stripe, [...shops.values()]) }),
  };
}

const bare = (messageId: string) => messageId.replace(/^<|>$/g, "");

function makeFolder(path: string, uid: number | null): void {
  mkdirSync(path, { recursive: true });
  if (uid !== null) chownSync(path, uid, uid);
}

type OfProvider = Pick<OutsideReport, "refunded" | "misaddressed" | "mostAtOnce" | "calls">;

const STRANGE: readonly (number | null)[] = [401, 403, 404];

function accountsOf(stripe: StripeTown, shops: readonly ShopFacts[]): OfProvider {
  const accounts = shops.map(({ id, apiKey }) => ({ id, account: stripe.account(apiKey) }));
  const strange = accounts.flatMap(({ id, account }) =>
    account.requests
      .filter(({ status }) => STRANGE.includes(status))
      .map(({ method, path, status }) => `${id}: ${method} ${path} → ${status}`),
  );
  const unknown = stripe.unknown.map(({ method, path }) => `no account: ${method} ${path}`);
  return {
    refunded: accounts.flatMap(({ id, account }) => refundsOf(id, account)),
    misaddressed: [...strange, ...unknown],
    mostAtOnce: stripe.mostAtOnce,
    calls: accounts.reduce((sum, { account }) => sum + account.requests.length, 0),
  };
}

function refundsOf(shop: string, { requests, refunds }: FakeStripe): Refunded[] {
  const made = requests.filter(({ effect, path }) => effect && path === "/v1/refunds");
  const times = new Map(
    made.map(({ params, receivedAt }) => [String(params["payment_intent"]), receivedAt]),
  );
  return refunds.map(({ payment_intent: intent, amount, status }) => {
    const payment = typeof intent === "string" ? intent : (intent?.id ?? "");
    return { shop, payment, amount, status: status ?? "", at: times.get(payment) ?? null };
  });
}

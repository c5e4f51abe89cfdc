// One history: a seed decides what is played, what breaks and when; then peace comes, and everything
// must have come to a good end.

import type { ShopSettings } from "../../src/ticket/desk.ts";
import { MANAGER, SATO, TANAKA } from "../support/desk.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment } from "../support/memory-provider.ts";
import type { Fate, FateOptions } from "./fates.ts";
import { emailOf, NAMES, ORDERS, People, paymentOf } from "./people.ts";
import { checkEnd, checkMoment, countTraces } from "./properties.ts";
import { type Random, seeded } from "./random.ts";
import { playScenario } from "./scenarios.ts";
import { World } from "./world.ts";

export interface Told {
  readonly seed: number;
  /** What was wrong, and at which move; empty where nothing was. */
  readonly wrong: readonly string[];
  readonly deaths: number;
  /** How often one of two workers stood still while the other went on. */
  readonly pauses: number;
  readonly refunds: number;
  readonly mails: number;
  readonly transfers: number;
  readonly coverage: ReadonlyMap<string, number>;
}

/** Where refunds and mails have died: each is struck hard in its share of the histories. */
const FOCUSES: readonly (readonly [string, Fate])[] = [
  ["provider.createRefund", "fails before"],
  ["provider.createRefund", "hangs before"],
  ["provider.createRefund", "fails after"],
  ["provider.createRefund", "hangs after"],
  ["provider.createRefund", "late"],
  ["provider.createRefund", "meanwhile"],
  ["provider.createRefund", "meanwhile"],
  ["provider.createRefund", "dies after"],
  ["provider.listRefunds", "fails before"],
  ["provider.retrievePayment", "meanwhile"],
  ["provider.cancelPayment", "fails after"],
  ["provider.cancelPayment", "meanwhile"],
  ["smtp.data", "fails after"],
  ["smtp.data", "dies after"],
  ["commit", "dies before"],
  ["commit", "dies after"],
];

function faultsOf(random: Random): FateOptions {
  const rate = random.pick([0, 0.01, 0.03, 0.1]);
  const [step, fate] = random.pick(FOCUSES);
  const focus = random.chance(0.7) ? { step, fate, rate: random.pick([0.3, 0.7]) } : null;
  return { rate, focus: step === "commit" && focus !== null ? { ...focus, rate: 0.05 } : focus };
}

/** Small shops in most histories: thousands of short ones find more than a few long ones. */
function shopOf(random: Random): Partial<ShopSettings> {
  const isBusy = random.chance(0.2);
  return {
    staff: isBusy ? [TANAKA, SATO] : [TANAKA],
    managers: isBusy ? [MANAGER] : [],
    remindDays: isBusy ? 1 : 30,
    recheckMs: isBusy ? HOUR : DAY,
    dryRun: random.chance(0.04),
    secondApprovalFromMinor: isBusy && random.chance(0.4) ? 1_000 : null,
    coolingMs: random.chance(0.1) ? 10 * MINUTE : 0,
    refundsPerHourMax: random.chance(0.1) ? 1 : 20,
  };
}

function paymentsOf(random: Random) {
  return ORDERS.map((order, at) => {
    const isVoidable = random.chance(0.15);
    const isLate = random.chance(0.15);
    const captured = isVoidable
      ? { status: "authorized" as const, capturedMinor: 0, paidAt: null }
      : {};
    return aPayment({
      id: paymentOf(at),
      // Some shops write the order's number on the payment later.
      orderNumbers: isLate ? [] : [order],
      orderNumbersFrom: isLate ? null : "description",
      payerName: NAMES[at] ?? "",
      payerEmail: emailOf(at),
      method: random.chance(0.2) ? "konbini" : "card",
      ...captured,
    });
  });
}

/** Long enough for every wait of the worker's own: back-off, looks for a refund, balances. */
const PEACE_MS = [HOUR, DAY + HOUR] as const;

/** People answer, banks settle, time goes on: nothing fails any more. */
async function peace(world: World, people: People): Promise<void> {
  world.fates.quiet = true;
  world.mailbox.release();
  await world.arrive();
  world.provider.calm();
  for (const { store } of world.installations) {
    await store.write((tx) => tx.switches.set("stop", "off"));
  }
  world.clock.advance(world.setBackMs);
  for (const ms of PEACE_MS) {
    world.clock.advance(ms);
    await world.work();
    const isOpen = settleEverything(people);
    // A day has shown the worker what the bank did before.
    if (ms > DAY && !isOpen && !(await isAnyApproved(world))) return;
  }
  await world.work();
  people.settleAll();
  // An outcome that is asked for again and again is left to a person after some days.
  for (let days = 0; days < 7; days += 1) {
    world.clock.advance(DAY + MINUTE);
    await world.work();
    if (!(await isAnyApproved(world))) return;
  }
}

/** False where nobody had anything left to do. */
function settleEverything(people: People): boolean {
  const isSettled = people.settleAll();
  const isAnswered = people.answerAll(({ name }) => (name === "candidates" ? "0" : "OK"));
  const isSent = people.finishTransfers();
  return isSettled || isAnswered || isSent;
}

async function isAnyApproved(world: World): Promise<boolean> {
  const approved = await Promise.all(
    world.installations.map(({ store }) =>
      store.read((tx) => tx.tickets.list({ status: "approved" })),
    ),
  );
  return approved.flat().length > 0;
}

type Note = (when: string, found: readonly string[]) => boolean;

/** People act, and the worker works between, until something is wrong. */
async function trouble(world: World, people: People, note: Note): Promise<void> {
  const { random } = world;
  if (random.chance(0.35)) await playScenario(world, people);
  else people.ask(0, 0);
  if (random.chance(0.15)) people.ask(1, 1);
  // Two customers may mean one payment.
  if (random.chance(0.25)) people.ask(null, 0);
  // Some shops answer everything at once; in the others answers are moves like the rest.
  const isPrompt = random.chance(0.35);
  const moves = 2 + random.below(5);
  for (let at = 0; at < moves; at += 1) {
    await people.move();
    if (isPrompt) people.answerAll(({ name }) => people.wordsFor(name));
    // Now and then it is down for as long as the next move takes.
    if (random.chance(0.7)) await world.work();
    if (note(`move ${at}`, await checkMoment(world, people))) break;
  }
}

async function judge(world: World, people: People, note: Note): Promise<void> {
  await peace(world, people);
  if (world.installations.length > 1) {
    // A night shows each what the other did last.
    world.clock.advance(DAY + MINUTE);
    await world.work();
  }
  note("in peace", await checkMoment(world, people));
  note("at the end", await checkEnd(world, people));
  if (world.random.chance(0.75)) return;
  const before = await countTraces(world);
  await world.work();
  if ((await countTraces(world)) !== before) note("at the end", ["P7: a restart does something"]);
}

export async function play(seed: number): Promise<Told> {
  const random = seeded(seed);
  const [payments, shop, faults] = [paymentsOf(random), shopOf(random), faultsOf(random)];
  const onFile = random.chance(0.15);
  const isCrew = !onFile && random.chance(0.3);
  const world = await World.make({ random, payments, shop, faults, onFile, isCrew });
  const wrong: string[] = [];
  const note: Note = (when, found) => {
    wrong.push(...found.map((what) => `${when}: ${what}`));
    return wrong.length > 0;
  };
  try {
    const people = new People(world);
    await trouble(world, people, note);
    if (wrong.length === 0) await judge(world, people, note);
    return {
      seed,
      wrong,
      deaths: world.deaths,
      pauses: world.pauses,
      refunds: world.provider.refunds.length,
      mails: world.postman.accepted.length,
      transfers: people.transfers.size,
      coverage: world.coverage.counts,
    };
  } finally {
    await world.close();
  }
}

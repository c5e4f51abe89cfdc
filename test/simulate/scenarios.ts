// Situations that chance alone brings about too seldom. The faults go on meanwhile, so that each may
// end otherwise than it was meant to.

import { refundableMinor } from "../../src/domain/payment.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { ORDERS, type People, paymentOf } from "./people.ts";
import type { World } from "./world.ts";

/** Time passes, the worker works, and approvers answer all that is open with these words. */
async function turn(world: World, people: People, ms: number, words: string): Promise<void> {
  await world.pass(ms);
  await world.work();
  people.answerAll(({ name }) => (name === "candidates" ? "1" : words));
  await world.work();
}

/** A bank sends one refund back while another of the same payment is still under way. */
async function failBesidePending(world: World, people: People): Promise<void> {
  const { provider } = world;
  provider.nextStatus = "pending";
  people.ask(0, 0);
  await turn(world, people, MINUTE, "OK 1000");
  people.ask(null, 0);
  await turn(world, people, MINUTE, "OK 700");
  await turn(world, people, MINUTE, "OK 700");
  await failFirst(world, people);
}

/** While staff are asked to transfer what a bank sent back, another asks for the same payment. */
async function askBesideTransfer(world: World, people: People): Promise<void> {
  people.ask(0, 0);
  await turn(world, people, MINUTE, "OK 1000");
  await failFirst(world, people);
  people.ask(null, 0);
  await turn(world, people, MINUTE, "OK 700");
  await turn(world, people, MINUTE, "OK 700");
}

/** The bank sends back what was refunded first, and approvers say OK to what follows. */
async function failFirst(world: World, people: People): Promise<void> {
  const { provider } = world;
  const [first] = provider.refunds;
  if (first !== undefined) provider.settle(first.id, "failed");
  await turn(world, people, DAY + HOUR, "OK 1000");
  await turn(world, people, 20 * MINUTE, "OK 1000");
}

/** Two tickets on one payment, both approved in part, while no refund gets through to the provider. */
async function rival(world: World, people: People): Promise<void> {
  world.provider.fail("createRefund", ...Array.from({ length: 6 }, () => "before" as const));
  people.ask(0, 0);
  people.ask(null, 0);
  await turn(world, people, MINUTE, "OK 1000");
  await turn(world, people, MINUTE, "OK 700");
  await turn(world, people, MINUTE, "OK 700");
}

/** Somebody refunds all of it in the Dashboard while our own call is on its way. */
async function refundMeanwhile(world: World, people: People): Promise<void> {
  const { provider } = world;
  provider.on.createRefund = async () => {
    const payment = provider.payment(paymentOf(0));
    const left = refundableMinor(payment);
    if (left > 0) provider.refundByHand(payment.id, left, "succeeded");
  };
  people.ask(0, 0);
  await turn(world, people, MINUTE, "OK 1000");
  delete provider.on.createRefund;
}

/** The refund is made, nobody is told, and the worker is down until its key is forgotten. */
async function fallSilent(world: World, people: People): Promise<void> {
  world.provider.fail("createRefund", "after");
  people.ask(0, 0);
  await turn(world, people, MINUTE, "OK 1000");
  await world.pass(world.random.pick([25 * HOUR, 3 * DAY]));
}

/** The refund is made, and then a database from before it takes the place of the newer one. */
async function restoreApproved(world: World, people: People): Promise<void> {
  people.ask(0, 0);
  await world.work();
  people.answerAll(() => "OK 1000");
  const bringBack = world.backUp();
  await world.work();
  await bringBack?.();
}

/** Two installations find the same approval. */
async function copyApproved(world: World, people: People): Promise<void> {
  people.ask(0, 0);
  await world.work();
  people.answerAll(() => "OK 1000");
  await world.copyInstallation();
}

const SCENARIOS = [
  failBesidePending,
  askBesideTransfer,
  rival,
  refundMeanwhile,
  fallSilent,
  restoreApproved,
  copyApproved,
] as const;

/** One of them, at random; in most the faults begin only where it has led to. */
export async function playScenario(world: World, people: People): Promise<void> {
  const { random, fates, provider } = world;
  const { amountMinor, createdAt } = provider.payment(paymentOf(0));
  const paid = { status: "paid", capturedMinor: amountMinor, paidAt: createdAt } as const;
  provider.change(paymentOf(0), {
    ...paid,
    orderNumbers: [ORDERS[0]],
    orderNumbersFrom: "description",
  });
  fates.quiet = random.chance(0.6);
  await random.pick(SCENARIOS)(world, people);
  fates.quiet = false;
}

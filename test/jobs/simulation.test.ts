// Customers, approvers, the bank, the network and the power company do what they like, in any order.
// Whatever happens, the money rules hold after every step.

import fc from "fast-check";
import { expect, it } from "vitest";
import { OutcomeUnknownError, PermanentError, TransientError } from "../../src/domain/errors.ts";
import type { ProviderRefund } from "../../src/domain/payment.ts";
import { openDesk, PROVIDER, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment } from "../support/memory-provider.ts";
import { anAnswer } from "./recorded-mail.ts";

/** A small dose; thousands with SIMULATION_RUNS. */
const RUNS = Number(process.env["SIMULATION_RUNS"] ?? 25);
const ORDERS = ["679", "680"] as const;
const NAMES = ["田中太郎", "山田花子"] as const;
const FAULTS = {
  before: "before",
  after: "after",
  busy: new TransientError("rate_limited", "Later."),
  refused: new PermanentError("charge_disputed", "No."),
  stored: new OutcomeUnknownError("stored_server_error", "Replayed."),
} as const;

const below = (max: number) => fc.nat({ max: max - 1 });
const order = below(2);
const weighted = <Move>(weight: number, arbitrary: fc.Arbitrary<Move>) => ({ weight, arbitrary });
const action = fc.oneof(
  weighted(3, fc.record({ do: fc.constant("ask" as const), order, name: order })),
  weighted(
    8,
    fc.record({
      do: fc.constant("answer" as const),
      by: below(2),
      text: fc.constantFrom("OK", "OK", "OK", "OK 1000", "OK 1000", "NG", "STOP", "1", "0", "はい"),
      /** Of the requests that were mailed, the newest is 0. */
      back: fc.constantFrom(0, 0, 0, 1, 2),
      /** Whether what follows from it at the provider waits for the next step. */
      waits: fc.boolean(),
    }),
  ),
  weighted(
    3,
    fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(MINUTE, MINUTE, HOUR, 6 * HOUR, 2 * DAY, 2 * DAY),
    }),
  ),
  weighted(
    5,
    fc.record({
      do: fc.constant("break" as const),
      method: fc.constantFrom(
        "createRefund",
        "createRefund",
        "createRefund",
        "listRefunds",
        "retrievePayment",
      ),
      fault: fc.constantFrom<keyof typeof FAULTS>(
        "after",
        "after",
        "after",
        "before",
        "busy",
        "refused",
        "stored",
      ),
    }),
  ),
  weighted(1, fc.record({ do: fc.constant("by hand" as const), order })),
  weighted(1, fc.record({ do: fc.constant("dispute" as const), order, open: fc.boolean() })),
  weighted(
    2,
    fc.record({
      do: fc.constant("bank" as const),
      refund: below(4),
      status: fc.constantFrom<ProviderRefund["status"]>(
        "failed",
        "succeeded",
        "pending",
        "unknown",
      ),
    }),
  ),
  weighted(
    1,
    fc.record({
      do: fc.constant("next status" as const),
      status: fc.constantFrom<ProviderRefund["status"]>("pending", "requires_action", "succeeded"),
    }),
  ),
  weighted(1, fc.record({ do: fc.constant("switch" as const), on: fc.boolean() })),
  weighted(
    3,
    fc.record({
      do: fc.constant("power cut" as const),
      lane: fc.constantFrom("local", PROVIDER, PROVIDER, "smtp"),
    }),
  ),
  weighted(
    2,
    fc.record({
      do: fc.constant("listings lag" as const),
      ms: fc.constantFrom(0, 10 * MINUTE),
    }),
  ),
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

const idOf = (order: number) => `pi_${ORDERS[order]}`;

type Moves = {
  [Name in Action["do"]]: (desk: TestDesk, move: Extract<Action, { do: Name }>) => unknown;
};

const MOVES: Moves = {
  ask: (desk, { order, name }) =>
    desk.ask({
      order: ORDERS[order] ?? "",
      name: NAMES[name] ?? "",
      email: `${name}@mail.example`,
    }),
  async answer(desk, { by, text, back, waits }) {
    const to = by === 0 ? TANAKA : SATO;
    const asked = desk.transport.accepted.filter(
      (mail) => mail.to === to && ["approval_request", "candidates"].includes(mail.name),
    );
    const request = asked.at(-1 - back);
    if (request !== undefined) await desk.receive(anAnswer(request, text));
    await desk.work(waits ? [PROVIDER] : []);
  },
  pass(desk, { ms }) {
    // Stripe keeps a key for a day at least.
    if (ms >= 2 * DAY) desk.provider.forgetKeys();
    return desk.advance(ms);
  },
  break({ provider }, { method, fault }) {
    provider.fail(method, method === "createRefund" ? FAULTS[fault] : FAULTS.busy);
  },
  async "by hand"({ provider }, { order }) {
    const payment = await provider.retrievePayment(idOf(order)).catch(() => null);
    const left = payment === null ? 0 : payment.capturedMinor - payment.refundedMinor;
    if (left >= 100) provider.refundByHand(idOf(order), 100, "succeeded");
  },
  dispute({ provider }, { order, open }) {
    provider.change(idOf(order), { disputed: open });
  },
  bank({ provider }, { refund: at, status }) {
    const refund = provider.refunds[at];
    if (refund !== undefined && isAlive(refund)) provider.settle(refund.id, status);
  },
  "next status"({ provider }, { status }) {
    provider.nextStatus = status;
  },
  switch: (desk, { on }) => desk.store.write((tx) => tx.switches.set("stop", on ? "on" : "off")),
  async "power cut"(desk, { lane }) {
    const job = await desk.claim(lane);
    if (job === undefined) return;
    const dying = { ...desk.store, write: () => Promise.reject(new Error("power cut")) };
    await desk.jobs[job.kind](dying, job, new AbortController().signal).catch(() => undefined);
    await desk.restart();
  },
  "listings lag"({ provider }, { ms }) {
    provider.listDelayMs = ms;
  },
};

async function play(desk: TestDesk, move: Action): Promise<void> {
  const make = MOVES[move.do] as (desk: TestDesk, move: Action) => unknown;
  await make(desk, move);
}

const isAlive = ({ status }: ProviderRefund) => status !== "failed" && status !== "canceled";

/** What must never be, whatever was played. */
async function check(desk: TestDesk): Promise<void> {
  const { refunds } = desk.provider;
  const ours = refunds.filter(({ metadata }) => metadata["henkin_digest"] !== undefined);
  for (const order of ORDERS) {
    const alive = refunds.filter((one) => one.paymentId === `pi_${order}` && isAlive(one));
    expect(alive.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBeLessThanOrEqual(2467);
  }
  const digests = ours.map(({ metadata }) => metadata["henkin_digest"]);
  expect(new Set(digests).size).toBe(digests.length);

  const tickets = await desk.store.read((tx) => tx.tickets.list({}));
  for (const { ticket } of tickets) {
    const events = await desk.events(ticket.number);
    const granted = events.filter(({ type }) => type === "approval_granted");
    const paid = ours.filter(({ metadata }) => metadata["henkin_ticket"] === String(ticket.number));
    expect(paid.length).toBeLessThanOrEqual(granted.length);
    for (const { amountMinor } of paid) {
      expect(granted.map(({ data }) => data["amountMinor"])).toContain(amountMinor);
    }
    const isRejected = ticket.status === "rejected";
    expect([ticket.number, isRejected && paid.some(isAlive)]).toEqual([ticket.number, false]);
    const succeeded = events.filter(({ type }) => type === "refund_succeeded").length;
    const told = desk
      .mails("refunded")
      .filter(({ variables }) => variables["reference"] === `R-${ticket.number}`);
    expect(told.length).toBeLessThanOrEqual(succeeded);
  }
  const inFlight = (await Promise.all(tickets.map(({ ticket }) => desk.refunds(ticket.number))))
    .flat()
    .filter(({ state }) => state === "planned" || state === "unknown");
  expect(new Set(inFlight.map(({ paymentId }) => paymentId)).size).toBe(inFlight.length);
  expect(
    desk.logged.filter(({ level, message }) => level === "error" && /unexpected/.test(message)),
  ).toEqual([]);
  expect((await desk.store.verifyAudit()).problem).toBeNull();
}

it("never pays more, twice, or without an approval", { timeout: 600_000 }, async () => {
  let paid = 0;
  const game = fc.array(action, { minLength: 10, maxLength: 40, size: "max" });
  await fc.assert(
    fc.asyncProperty(game, async (moves) => {
      const desk = await openDesk({
        payments: ORDERS.map((order, at) =>
          aPayment({
            id: `pi_${order}`,
            orderNumbers: [order],
            payerName: NAMES[at] ?? "",
            payerEmail: `${at}@mail.example`,
          }),
        ),
      });
      try {
        for (const order of ORDERS) {
          const at = ORDERS.indexOf(order);
          await desk.ask({ order, name: NAMES[at] ?? "", email: `${at}@mail.example` });
        }
        for (const move of moves) {
          await play(desk, move);
          await check(desk);
        }
        paid += desk.provider.creations.length;
      } finally {
        await desk.close();
      }
    }),
    { numRuns: RUNS },
  );
  // Else it proves nothing.
  expect(paid).toBeGreaterThan(RUNS / 10);
});

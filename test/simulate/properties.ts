// What must hold after every history, whatever was played: P1 to P7 below, and the rules that protect
// money. Each returns what is wrong, in words.

import type { ProviderRefund } from "../../src/domain/payment.ts";
import type { SeenRefund } from "../../src/domain/reconciliation.ts";
import type { Approval, Refund, Ticket } from "../../src/domain/ticket.ts";
import type { OpenStore } from "../../src/store/store.ts";
import type { StoredMessage } from "../../src/store-port.ts";
import { MINUTE } from "../support/fake-clock.ts";
import { ORDERS, type People, paymentOf } from "./people.ts";
import type { World } from "./world.ts";

const isAlive = ({ status }: ProviderRefund) => status !== "failed" && status !== "canceled";

/** One database, read whole. */
interface Books {
  readonly tickets: readonly Ticket[];
  readonly refunds: readonly Refund[];
  /** The provider's own, as the nightly comparison has seen them. */
  readonly seen: readonly SeenRefund[];
  readonly approvals: readonly Approval[];
  /** Message-ID of a request → its ticket and round. */
  readonly rounds: ReadonlyMap<string, string>;
}

function readBooks(store: OpenStore): Promise<Books> {
  return store.read(async (tx) => {
    const tickets = (await tx.tickets.list({})).map(({ ticket }) => ticket);
    const refunds: Refund[] = [];
    const approvals: Approval[] = [];
    const rounds = new Map<string, string>();
    for (const { id, round } of tickets) {
      refunds.push(...(await tx.refunds.listByTicket(id)));
      for (let at = 1; at <= round; at += 1) {
        approvals.push(...(await tx.approvals.listApprovals(id, at)));
      }
      for (const request of await tx.approvals.listRequests(id)) {
        rounds.set(request.messageId, `${id}/${request.round}`);
      }
    }
    const seen = await tx.providerRefunds.listSince("memory", 0);
    return { tickets, refunds, seen, approvals, rounds };
  });
}

/** P1: what lives of all refunds of a payment is never more than what was captured. */
function overpaid({ provider }: World): string[] {
  return ORDERS.flatMap((_order, at) => {
    const { id, capturedMinor } = provider.payment(paymentOf(at));
    const alive = provider.refunds.filter((one) => one.paymentId === id && isAlive(one));
    const sum = alive.reduce((total, { amountMinor }) => total + amountMinor, 0);
    return sum > capturedMinor ? [`P1: ${sum} of ${capturedMinor} of ${id} were given back`] : [];
  });
}

/**
 * The same with what staff transferred, whom no provider checks: what we made and asked for stays
 * within the payment. A database that was set back, or stands twice, does not know of a transfer.
 */
function overpaidByHand({ provider, isRestored, installations }: World, people: People): string[] {
  if (isRestored || installations.length > 1) return [];
  return ORDERS.flatMap((_order, at) => {
    const { id, capturedMinor } = provider.payment(paymentOf(at));
    const sent = [...people.transfers.values()].filter(({ paymentId }) => paymentId === id);
    const made = provider.refunds.filter(
      (one) => one.paymentId === id && isAlive(one) && one.metadata["henkin_refund"] !== undefined,
    );
    const sum = [...sent, ...made].reduce((total, { amountMinor }) => total + amountMinor, 0);
    const isOver = sent.length > 0 && sum > capturedMinor;
    return isOver
      ? [`P1: ${sum} of ${capturedMinor} of ${id} were given back, partly by hand`]
      : [];
  });
}

/** Rule 3, and the cursor's promise that everything up to it is ours. */
async function unsound({ installations, mailbox }: World): Promise<string[]> {
  const found = installations.map(({ store }) =>
    store.read(async (tx) => {
      const wrong: string[] = [];
      for (const order of ORDERS.keys()) {
        const refunds = await tx.refunds.listByPayment("memory", paymentOf(order));
        const open = refunds.filter(({ state }) => state === "planned" || state === "unknown");
        if (open.length > 1) wrong.push(`rule 3: two refunds of ${paymentOf(order)} in flight`);
      }
      const cursor = await tx.messages.findCursor(mailbox.name);
      if (cursor?.generation !== mailbox.generation) return wrong;
      const { keys } = mailbox.list(null);
      const below = keys.filter((key) => Number(key) <= Number(cursor.lastKey));
      const known = await tx.messages.listKnownKeys(mailbox.name, cursor.generation, below);
      const isWhole = below.every((key) => known.has(key));
      return isWhole ? wrong : [...wrong, "the cursor is beyond mails that are not stored"];
    }),
  );
  return (await Promise.all(found)).flat();
}

/** After every move. */
export async function checkMoment(world: World, people: People): Promise<string[]> {
  const { broken } = world;
  const overpaidAtAll = [...overpaid(world), ...overpaidByHand(world, people)];
  return [...broken.splice(0), ...overpaidAtAll, ...(await unsound(world))];
}

/** Round → the amounts that its approvers wrote; null for a plain OK. */
function approvedRounds(people: People, books: readonly Books[]): Map<string, Set<number | null>> {
  const approved = new Map<string, Set<number | null>>();
  for (const { request, text } of people.answered) {
    const said = /^(?:OK|承認)(?: (\d+))?$/.exec(text);
    const round = books.map(({ rounds }) => rounds.get(request.messageId)).find(Boolean);
    if (said === null || round === undefined) continue;
    const amounts = approved.get(round) ?? new Set();
    approved.set(round, amounts.add(said[1] === undefined ? null : Number(said[1])));
  }
  return approved;
}

/** P2, from the provider's books and what approvers wrote: each refund has its own approval. */
function unapproved(world: World, people: People, books: readonly Books[]): string[] {
  const approved = approvedRounds(people, books);
  const rows = new Map(books.flatMap(({ refunds }) => refunds).map((row) => [row.id, row]));
  // Of two copies the one that the provider has refused holds another amount; one that was set back
  // and then told another amount leaves the refund of its first life to a person.
  const isBooked = (own: string, amountMinor: number) =>
    books.some(({ refunds }) =>
      refunds.some(
        (one) =>
          one.id === own &&
          (one.amountMinor === amountMinor || (world.isRestored && one.needsPerson)),
      ),
    );
  const used = new Set<string>();
  const byHand = [...rows.values()].filter(({ action }) => action === "payout");
  const unapprovedByHand = byHand.flatMap(({ id, ticketId, round, amountMinor }) => {
    const amounts = approved.get(`${ticketId}/${round}`) ?? new Set();
    const isStated = amounts.has(amountMinor) || amounts.has(null);
    return isStated ? [] : [`P2: nobody approved the transfer ${id} of ${amountMinor}`];
  });
  const unapprovedAtProvider = world.provider.refunds.flatMap(({ id, metadata, amountMinor }) => {
    const own = metadata["henkin_refund"];
    if (own === undefined) return [];
    const row = rows.get(own);
    // A database restored to before it does not know it any more; its payment's remainder tells.
    if (row === undefined) return world.isRestored ? [] : [`P2: refund ${id} is in no books`];
    const round = `${row.ticketId}/${row.round}`;
    const amounts = approved.get(round) ?? new Set();
    const isStated = amounts.has(amountMinor) || amounts.has(null);
    const wrong = [
      ...(isStated ? [] : [`P2: nobody approved refund ${id} of ${amountMinor}`]),
      ...(used.has(round) ? [`P2: two refunds for one approval (${round})`] : []),
      ...(isBooked(own, amountMinor) ? [] : [`P2: refund ${id} is not ${row.amountMinor}`]),
    ];
    used.add(round);
    return wrong;
  });
  return [...unapprovedByHand, ...unapprovedAtProvider];
}

/** Rule 2, from the provider's log alone: one refund, one key, one set of parameters. */
function rekeyed({ creations, provider, installations }: World): string[] {
  const wrong: string[] = [];
  const keys = new Map<string, string>();
  const asked = new Map<string, string>();
  for (const { request } of creations) {
    const { idempotencyKey, ...parameters } = request;
    const id = request.metadata["henkin_refund"] ?? "none";
    if ((keys.get(id) ?? idempotencyKey) !== idempotencyKey) wrong.push(`two keys for ${id}`);
    keys.set(id, idempotencyKey);
    const said = JSON.stringify(parameters);
    // Two copies may read two answers in another order; the provider takes the first amount alone.
    const isOther = installations.length === 1 && (asked.get(idempotencyKey) ?? said) !== said;
    if (isOther) wrong.push("other parameters under a key");
    asked.set(idempotencyKey, said);
  }
  const made = provider.refunds.map(({ metadata }) => metadata["henkin_refund"]);
  const ours = made.filter((id) => id !== undefined);
  if (new Set(ours).size < ours.length) wrong.push("one refund was made twice");
  return wrong;
}

/** Rule 9: whom we told of his money has it on its way. */
function untrue(world: World, people: People, books: readonly Books[]): string[] {
  const tickets = books.flatMap((book) => book.tickets);
  const { refunds } = world.provider;
  // Two installations may give the same ticket two numbers, and the provider keeps one of them.
  const isAbout = (number: number, { metadata, paymentId }: ProviderRefund) =>
    world.installations.length === 1
      ? metadata["henkin_ticket"] === String(number)
      : tickets.some((one) => one.number === number && one.paymentId === paymentId);
  return world.postman.accepted.flatMap(({ name, variables }) => {
    const number = Number(String(variables["reference"] ?? "").slice(2));
    const ticket = tickets.find((one) => one.number === number);
    if (ticket === undefined) return [];
    if (name === "refunded") {
      const isMade = refunds.some((refund) => isAbout(number, refund));
      const isSent = [...people.transfers.values()].some(
        ({ reference }) => reference === variables["reference"],
      );
      const has = variables["method"] === "bank transfer" ? isSent : isMade;
      return has ? [] : [`rule 9: R-${number} was told "refunded" without a refund`];
    }
    return [];
  });
}

/** One-shot: the first valid decision wins. */
function overdecided(world: World, books: readonly Books[]): string[] {
  if (world.desk.shop.secondApprovalFromMinor !== null) return [];
  return books.flatMap(({ approvals }) => {
    const rounds = approvals.map(({ ticketId, round }) => `${ticketId}/${round}`);
    return new Set(rounds).size < rounds.length ? ["two approvals count for one round"] : [];
  });
}

/** P3: every mail is ours, and every request has its ticket or lies before a person. */
async function lost(world: World, people: People): Promise<string[]> {
  const problemOf = (message: StoredMessage | undefined, isRequest: boolean): string | null => {
    if (message === undefined) return "is lost";
    if (message.state === "new") return "was never understood";
    return isRequest && message.ticketId === null ? "asks for a refund and has no ticket" : null;
  };
  const found = world.installations.map(({ store }) =>
    store.read(async (tx) => {
      const wrong: string[] = [];
      for (const messageId of world.mailbox.delivered.keys()) {
        const message = await tx.messages.find(`identity of ${messageId}`);
        const problem = problemOf(message, people.asked.has(messageId));
        if (problem !== null) wrong.push(`P3: ${messageId} ${problem}`);
      }
      return wrong;
    }),
  );
  return (await Promise.all(found)).flat();
}

/** P4: in peace every ticket comes to its end, or waits where a person sees it. */
function forgotten({ tickets, refunds, seen }: Books, { provider }: World): string[] {
  // Also another ticket's: nothing more is paid of a payment until it is known what became of that.
  // So it is while staff have not said whether they made a transfer.
  const doubtful = refunds.filter(
    ({ needsPerson, state, action }) =>
      (needsPerson && state === "unknown") || (action === "payout" && state === "planned"),
  );
  const ended = tickets.flatMap(({ id, number, status, paymentId }) => {
    const own = refunds.filter(({ ticketId }) => ticketId === id);
    const waits = doubtful.some((refund) => refund.paymentId === paymentId);
    const isForgotten = status === "received" || (status === "approved" && !waits);
    const others = own.flatMap(({ providerRefundId, state, needsPerson }) => {
      const real = provider.refunds.find((one) => one.id === providerRefundId);
      return real === undefined || real.status === state || needsPerson
        ? []
        : [`${state}, not ${real.status}`];
    });
    const isPaid = status === "rejected" && own.some(({ state }) => state === "succeeded");
    return [
      ...(isPaid ? [`R-${number} is rejected, and refunded`] : []),
      ...(isForgotten ? [`P4: R-${number} is ${status} and forgotten`] : []),
      ...others.map((other) => `P4: a refund of R-${number} is held for ${other}`),
    ];
  });
  const known = new Set(refunds.map(({ providerRefundId }) => providerRefundId));
  // Refused here, then made by another installation under the same mark: the night tells of it.
  const isTold = ({ id, metadata }: ProviderRefund) =>
    refunds.some((own) => own.id === metadata["henkin_refund"] && own.state === "refused") &&
    seen.some((one) => one.id === id);
  const lost = provider.refunds
    .filter(({ metadata }) => refunds.some(({ id }) => id === metadata["henkin_refund"]))
    .filter((refund) => !known.has(refund.id) && !isTold(refund))
    .map(({ id }) => `P4: refund ${id} was never found again`);
  return [...ended, ...lost];
}

const UNCERTAIN_WAIT_MS = 15 * MINUTE;

/** P5: repeats of a mail are the same bytes, and a doubtful one waits before it is repeated. */
function misposted(world: World): string[] {
  // An older database freezes a mail anew, with another date.
  if (world.isRestored || world.installations.length > 1) return [];
  const wrong: string[] = [];
  const before = new Map<string, (typeof world.postman.handOvers)[number]>();
  for (const handOver of world.postman.handOvers) {
    const { messageId, raw, at } = handOver;
    const last = before.get(messageId);
    before.set(messageId, handOver);
    if (last === undefined) continue;
    if (last.raw !== raw) wrong.push(`P5: ${messageId} was sent in two versions`);
    const wasRefused = last.isTold && !last.isAccepted;
    const waited = at - last.at;
    // Also what was accepted is in doubt for a worker that died before it could say so.
    if (!wasRefused && waited >= 0 && waited < UNCERTAIN_WAIT_MS) {
      wrong.push(`P5: ${messageId} was sent again ${waited} ms after a doubt`);
    }
  }
  return wrong;
}

/** Once everything has come to rest. */
export async function checkEnd(world: World, people: People): Promise<string[]> {
  const books = await Promise.all(world.installations.map(({ store }) => readBooks(store)));
  const wrong = [
    ...unapproved(world, people, books),
    ...rekeyed(world),
    ...untrue(world, people, books),
    ...overdecided(world, books),
    ...(await lost(world, people)),
    ...books.flatMap((book) => forgotten(book, world)),
    ...misposted(world),
    ...world.logged.filter((line) => /unexpected/.test(line)),
  ];
  for (const { store } of world.installations) {
    const { problem } = await store.verifyAudit();
    if (problem !== null) wrong.push(`P6: ${problem}`);
  }
  return wrong;
}

/** P7: what a restart would change. */
export async function countTraces(world: World): Promise<string> {
  const heads = await Promise.all(
    world.installations.map(({ store }) => store.read((tx) => tx.events.findHead())),
  );
  const { accepted, handOvers } = world.postman;
  return JSON.stringify([heads, accepted.length, handOvers.length, world.creations.length]);
}

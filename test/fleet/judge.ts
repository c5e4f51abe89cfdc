// Whether a town came through: from what the provider, the letterboxes and the mailboxes have seen, and
// from the rows. No word of henkin's own about itself counts here.

import type { Delivered, Letter, Order, OutsideReport, Refunded, ShopFacts } from "./facts.ts";

/** Rows of all shops. */
export interface TownRows {
  readonly messages: readonly {
    readonly shop_id: string;
    readonly pk: string;
    readonly message_id: string | null;
    readonly state: string;
    readonly ticket_id: string | null;
    /** Where it lies in the mailbox, each place. */
    readonly places: number;
  }[];
  readonly tickets: readonly {
    readonly shop_id: string;
    readonly id: string;
    readonly number: number;
    readonly status: string;
    readonly resolution: string | null;
    readonly payment_id: string | null;
    readonly opened_by: string;
  }[];
  /** That a mail was understood; ascending by shop and seq. */
  readonly understood: readonly {
    readonly shop_id: string;
    readonly seq: number;
    readonly ticket_id: string | null;
    readonly pk: string;
  }[];
  /** Events whose number or hash does not go on from the one before. */
  readonly brokenChains: readonly { readonly shop_id: string; readonly seq: number }[];
  readonly refunds: readonly {
    readonly shop_id: string;
    readonly payment_id: string;
    readonly state: string;
  }[];
  /** Of mails that are not recorded as accepted, and of jobs that are not done though due. */
  readonly unsent: readonly {
    readonly shop_id: string;
    readonly name: string;
    readonly phase: string;
    readonly message_id: string;
  }[];
  readonly undone: readonly {
    readonly shop_id: string;
    readonly kind: string;
    readonly state: string;
  }[];
}

export interface Seen {
  readonly shops: readonly ShopFacts[];
  /** Those whose customer has written. */
  readonly orders: readonly Order[];
  readonly report: OutsideReport;
  readonly rows: TownRows;
  /** Shop → Message-IDs in the order of the mailbox. */
  readonly arrivals: ReadonlyMap<string, readonly string[]>;
  /** Refunds that may be made at once in one account. */
  readonly atOnceMax: number;
}

export interface Verdict {
  /** What must never be, each in words. */
  readonly breaches: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

export function judge(seen: Seen): Verdict {
  const { report, rows } = seen;
  const arrived = new Set(report.letters.map(({ messageId }) => messageId));
  // A mail whose fate henkin could not record is left alone for a while; what counts is that it came.
  const unsent = rows.unsent.filter(
    ({ phase, message_id }) => phase !== "data" || !arrived.has(message_id),
  );
  const chains = rows.brokenChains.map(
    ({ shop_id: shop, seq }) => `${shop}: the audit trail breaks at event ${seq}`,
  );
  const breaches = [
    ...judgeRefunds(seen),
    ...judgeMails(seen),
    ...judgeTickets(seen),
    ...judgeOrder(seen),
    ...judgeLetters(seen),
    ...chains,
    ...unsent.map(({ shop_id, name, phase }) => `${shop_id}: a mail ${name} is ${phase}`),
    ...rows.undone.map(({ shop_id, kind, state }) => `${shop_id}: a job ${kind} is ${state}`),
    ...report.misaddressed.map(
      (call) => `a call with a strange key or about a strange thing: ${call}`,
    ),
  ];
  if (report.mostAtOnce > seen.atOnceMax) {
    breaches.push(`${report.mostAtOnce} refunds at once in one account, of ${seen.atOnceMax}`);
  }
  const { letters, delivered, refunded, calls, mostAtOnce } = report;
  const ids = new Set(letters.map(({ messageId, to }) => `${messageId} ${to}`));
  return {
    breaches,
    figures: {
      orders: seen.orders.length,
      "mails delivered": delivered.length,
      "refunds at the provider": refunded.length,
      "calls of the provider": calls,
      "most refunds at once in an account": mostAtOnce,
      "mails sent": letters.length,
      "mails sent again, the same": letters.length - ids.size,
      "questions beyond one an order":
        new Set(letters.filter(({ isQuestion }) => isQuestion).map(({ messageId }) => messageId))
          .size - seen.orders.length,
      "mails that came, their fate not recorded": rows.unsent.length - unsent.length,
      tickets: rows.tickets.length,
    },
  };
}

function groups<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) {
    const group = found.get(keyOf(item));
    if (group === undefined) found.set(keyOf(item), [item]);
    else group.push(item);
  }
  return found;
}

/** Each order once, in full, in its own shop's account; and nothing else. */
function judgeRefunds({ orders, report, rows }: Seen): string[] {
  const byPayment = groups(report.refunded, ({ payment }) => payment);
  const rowsOf = groups(rows.refunds, ({ shop_id: shop, payment_id: id }) => `${shop} ${id}`);
  const known = new Set(orders.map(({ payment }) => payment));
  const strange = report.refunded.filter(({ payment }) => !known.has(payment));
  return [
    ...strange.map(({ shop, payment }) => `${shop}: ${payment} is refunded, and nobody has asked`),
    ...orders.flatMap((order) => {
      const name = `${order.shop}: order ${order.number}`;
      const made = byPayment.get(order.payment) ?? [];
      if (made.length === 0) return [`${name} is not refunded`];
      if (made.length > 1) return [`${name} is refunded ${made.length} times`];
      const succeeded = (rowsOf.get(`${order.shop} ${order.payment}`) ?? []).filter(
        ({ state }) => state === "succeeded",
      ).length;
      return [
        ...problemsOf(made[0] as Refunded, order).map((problem) => `${name} ${problem}`),
        ...(succeeded === 1 ? [] : [`${name} has ${succeeded} succeeded refunds in the database`]),
      ];
    }),
  ];
}

function problemsOf({ shop, amount, status }: Refunded, order: Order): string[] {
  return [
    ...(shop === order.shop ? [] : [`is refunded in the account of ${shop}`]),
    ...(amount === order.amount ? [] : [`is refunded with ${amount} instead of ${order.amount}`]),
    ...(status === "succeeded" ? [] : [`has a refund that is ${status}`]),
  ];
}

type MessageRow = TownRows["messages"][number];

/** Each mail that was delivered is one row, at one place, and understood once, in one ticket. */
function judgeMails({ report, rows }: Seen): string[] {
  const stored = groups(rows.messages, ({ shop_id, message_id }) => `${shop_id} ${message_id}`);
  const understood = groups(rows.understood, ({ shop_id, pk }) => `${shop_id} ${pk}`);
  const wrong = report.delivered.flatMap(({ shop, messageId }) => {
    const found = stored.get(`${shop} ${messageId}`) ?? [];
    const [message] = found;
    const problems =
      message === undefined || found.length > 1
        ? [`is stored ${found.length} times`]
        : problemsOfMail(message, understood.get(`${shop} ${message.pk}`) ?? []);
    return problems.map((problem) => `${shop}: mail ${messageId} ${problem}`);
  });
  const all = report.delivered.length;
  if (rows.messages.length > all) wrong.push(`${rows.messages.length} mails are stored of ${all}`);
  return wrong;
}

function problemsOfMail(message: MessageRow, events: TownRows["understood"]): string[] {
  const { state, places, ticket_id: ticket } = message;
  const tickets = new Set([ticket, ...events.map(({ ticket_id }) => ticket_id)]);
  return [
    ...(state === "processed" ? [] : [`is ${state}`]),
    ...(places === 1 ? [] : [`lies at ${places} places`]),
    ...(events.length === 1 ? [] : [`was understood ${events.length} times`]),
    ...(tickets.size === 1 && ticket !== null
      ? []
      : [`is of the tickets ${[...tickets].join(", ")}`]),
  ];
}

/** One for each order, and at its end. */
function judgeTickets({ orders, rows }: Seen): string[] {
  const tickets = groups(rows.tickets, ({ shop_id, payment_id }) => `${shop_id} ${payment_id}`);
  const wrong = orders.flatMap(({ shop, number, payment }) => {
    const found = tickets.get(`${shop} ${payment}`) ?? [];
    const name = `${shop}: order ${number}`;
    if (found.length !== 1) return [`${name} has ${found.length} tickets`];
    const [{ status, resolution } = { status: "", resolution: "" }] = found;
    return status === "refunded" && resolution === "refunded"
      ? []
      : [`${name} has a ticket that is ${status}, ${resolution}`];
  });
  const strange = rows.tickets.length - orders.length;
  if (strange > 0) wrong.push(`there are ${strange} tickets more than orders`);
  return wrong;
}

/**
 * Of each shop the mails are understood in the order in which they lie in its mailbox, so that its tickets
 * have their numbers in the order of the requests. What is asked comes before what is paid, and that before
 * what the customer is told.
 */
function judgeOrder(seen: Seen): string[] {
  const { rows, arrivals, report } = seen;
  const messages = new Map(rows.messages.map((row) => [`${row.shop_id} ${row.pk}`, row]));
  const understood = groups(rows.understood, ({ shop_id }) => shop_id);
  const wrong: string[] = [];
  for (const [shop, ids] of arrivals) {
    const place = new Map(ids.map((id, at) => [id, at]));
    const handled = (understood.get(shop) ?? []).map(
      ({ pk }) => messages.get(`${shop} ${pk}`)?.message_id ?? "",
    );
    for (const [at, id] of handled.entries()) {
      const before = handled[at - 1];
      if (before === undefined) continue;
      if ((place.get(before) ?? -1) > (place.get(id) ?? -1)) {
        wrong.push(`${shop}: mail ${before} was understood before ${id}, which lay before it`);
      }
    }
    wrong.push(...judgeNumbers(shop, seen, place));
  }
  return [...wrong, ...judgeTimes(seen.orders, report)];
}

function judgeNumbers(shop: string, { rows }: Seen, place: ReadonlyMap<string, number>): string[] {
  const openers = new Map(rows.messages.map(({ pk, message_id: id }) => [pk, id ?? ""]));
  const placed = rows.tickets
    .filter(({ shop_id }) => shop_id === shop)
    .sort((one, other) => one.number - other.number)
    .map(({ number, opened_by: by }) => ({ number, at: place.get(openers.get(by) ?? "") ?? -1 }));
  return placed.flatMap(({ number, at }, index) => {
    const next = placed[index + 1];
    if (number !== index + 1) return [`${shop}: ticket ${number} is the one in place ${index + 1}`];
    return next !== undefined && next.at < at
      ? [`${shop}: ticket ${next.number} is of an earlier mail than ticket ${number}`]
      : [];
  });
}

function judgeTimes(orders: readonly Order[], { refunded, letters }: OutsideReport): string[] {
  const paidAt = new Map(refunded.map(({ payment, at }) => [payment, at]));
  const toldAt = groups(letters, ({ to }) => to);
  return orders.flatMap(({ shop, number, payment, email }) => {
    const paid = paidAt.get(payment) ?? null;
    const early = (toldAt.get(email) ?? []).filter(({ at }) => paid !== null && at < paid);
    return early.map(() => `${shop}: the customer of ${number} was told before the refund`);
  });
}

/** A customer gets one answer; should it come twice, it is the same to the byte. From the own shop alone. */
function judgeLetters({ orders, report, shops }: Seen): string[] {
  const byCustomer = groups(report.letters, ({ to }) => to);
  const domains = new Map(shops.map(({ id, domain }) => [id, domain]));
  const wrong = orders.flatMap(({ shop, number, email }) => {
    const got = byCustomer.get(email) ?? [];
    const name = `${shop}: the customer of ${number}`;
    if (got.length === 0) return [`${name} was told nothing`];
    return [
      ...(distinct(got, "messageId") > 1
        ? [`${name} got ${distinct(got, "messageId")} mails`]
        : []),
      ...(got.every(({ domain }) => domain === domains.get(shop))
        ? []
        : [`${name} got another shop's`]),
    ];
  });
  for (const [id, letters] of groups(report.letters, ({ messageId }) => messageId)) {
    const contents = distinct(letters, "digest");
    if (contents > 1) wrong.push(`mail ${id} went out with ${contents} contents`);
  }
  return wrong;
}

const distinct = (letters: readonly Letter[], field: "messageId" | "digest") =>
  new Set(letters.map((letter) => letter[field])).size;

/** As the files of a mailbox lie: by its list, or, where it has none, as they were delivered. */
export function arrivalsOf(
  delivered: readonly Delivered[],
  lists: ReadonlyMap<string, readonly string[] | null>,
): Map<string, string[]> {
  const ids = new Map(delivered.map(({ file, messageId }) => [file, messageId]));
  return new Map(
    [...groups(delivered, ({ shop }) => shop)].map(([shop, mails]) => {
      const list = lists.get(shop) ?? null;
      const files = list ?? mails.map(({ file }) => file);
      return [shop, files.flatMap((file) => ids.get(file) ?? [])];
    }),
  );
}

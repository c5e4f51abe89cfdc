// The judge of a town finds what must never be: each breach is planted in a town where all is well.

import { describe, expect, it } from "vitest";
import type { OutsideReport } from "./facts.ts";
import { arrivalsOf, judge, type Seen, type TownRows } from "./judge.ts";

const ORDER = {
  shop: "a",
  number: "1001",
  payment: "pi_1",
  amount: 500,
  name: "田中",
  email: "t@c.jp",
};
const OTHER = { ...ORDER, number: "1002", payment: "pi_2", amount: 700, email: "s@c.jp" };
const letter = (messageId: string, to: string, at: number, isQuestion = false) => ({
  ...{ domain: "a.jp", to, messageId, digest: `of ${messageId}`, isQuestion, at },
});
const mail = (id: string, order: string | null, at: number) => ({
  ...{ shop: "a", messageId: id, file: `file ${id}`, order, at },
});

const REPORT: OutsideReport = {
  delivered: [
    mail("form1", "1001", 1),
    mail("form2", "1002", 2),
    mail("ok1", null, 5),
    mail("ok2", null, 6),
  ],
  letters: [
    letter("q1", "staff@a.jp", 3, true),
    letter("q2", "staff@a.jp", 4, true),
    letter("told1", "t@c.jp", 9),
    letter("told2", "s@c.jp", 10),
  ],
  refunded: [
    { shop: "a", payment: "pi_1", amount: 500, status: "succeeded", at: 7 },
    { shop: "a", payment: "pi_2", amount: 700, status: "succeeded", at: 8 },
  ],
  misaddressed: [],
  mostAtOnce: 2,
  calls: 10,
};

const message = (id: string, ticket: string) => ({
  ...{
    shop_id: "a",
    pk: `pk ${id}`,
    message_id: id,
    state: "processed",
    ticket_id: ticket,
    places: 1,
  },
});
const understood = (id: string, seq: number, ticket: string) => ({
  ...{ shop_id: "a", seq, ticket_id: ticket, pk: `pk ${id}` },
});
const ticket = (number: number, payment: string, opener: string) => ({
  ...{ shop_id: "a", id: `t${number}`, number, status: "refunded", resolution: "refunded" },
  ...{ payment_id: payment, opened_by: `pk ${opener}` },
});
const ROWS: TownRows = {
  messages: [
    message("form1", "t1"),
    message("form2", "t2"),
    message("ok1", "t1"),
    message("ok2", "t2"),
  ],
  tickets: [ticket(1, "pi_1", "form1"), ticket(2, "pi_2", "form2")],
  understood: [
    understood("form1", 1, "t1"),
    understood("form2", 3, "t2"),
    understood("ok1", 5, "t1"),
    understood("ok2", 7, "t2"),
  ],
  brokenChains: [],
  refunds: [
    { shop_id: "a", payment_id: "pi_1", state: "succeeded" },
    { shop_id: "a", payment_id: "pi_2", state: "succeeded" },
  ],
  unsent: [],
  undone: [],
};

function seen(report: Partial<OutsideReport> = {}, rows: Partial<TownRows> = {}): Seen {
  const all = { ...REPORT, ...report };
  return {
    shops: [{ id: "a", domain: "a.jp", apiKey: "k", maildir: "m" }],
    ...{ orders: [ORDER, OTHER], report: all, rows: { ...ROWS, ...rows }, atOnceMax: 10 },
    arrivals: arrivalsOf(all.delivered, new Map()),
  };
}

const [first, second] = REPORT.refunded;
const told = REPORT.letters.filter(({ to }) => to === ORDER.email);
const without = <Item>(items: readonly Item[], at: number) => items.filter((_item, n) => n !== at);
const changed = <Item>(items: readonly Item[], at: number, change: Partial<Item>) =>
  items.map((item, n) => (n === at ? { ...item, ...change } : item));

const PLANTED: readonly (readonly [string, Seen, RegExp])[] = [
  [
    "a second refund",
    seen({ refunded: [...REPORT.refunded, ...REPORT.refunded.slice(0, 1)] }),
    /2 times/,
  ],
  ["a refund that is missing", seen({ refunded: without(REPORT.refunded, 0) }), /is not refunded/],
  [
    "another amount",
    seen({ refunded: changed(REPORT.refunded, 0, { amount: 5 }) }),
    /with 5 instead/,
  ],
  [
    "another account",
    seen({ refunded: changed(REPORT.refunded, 1, { shop: "b" }) }),
    /account of b/,
  ],
  [
    "a refund for nobody",
    seen({ refunded: [first, second, { ...first, payment: "pi_9" }] as OutsideReport["refunded"] }),
    /nobody has asked/,
  ],
  ["a mail that is lost", seen({}, { messages: without(ROWS.messages, 2) }), /stored 0 times/],
  [
    "a mail stored twice",
    seen({}, { messages: [...ROWS.messages, message("ok1", "t1")] }),
    /2 times/,
  ],
  [
    "a mail at two places",
    seen({}, { messages: changed(ROWS.messages, 0, { places: 2 }) }),
    /2 places/,
  ],
  [
    "a mail understood twice",
    seen({}, { understood: [...ROWS.understood, understood("ok2", 9, "t2")] }),
    /understood 2 times/,
  ],
  [
    "a mail of no ticket",
    seen({}, { messages: changed(ROWS.messages, 3, { ticket_id: null }) }),
    /tickets/,
  ],
  [
    "a second ticket",
    seen({}, { tickets: [...ROWS.tickets, ticket(3, "pi_1", "ok1")] }),
    /2 tickets/,
  ],
  [
    "a ticket that is not at its end",
    seen({}, { tickets: changed(ROWS.tickets, 0, { status: "refund_pending" }) }),
    /refund_pending/,
  ],
  [
    "mails understood out of order",
    seen({}, { understood: [...ROWS.understood.slice(1, 2), ...without(ROWS.understood, 1)] }),
    /which lay before it/,
  ],
  [
    "ticket numbers out of order",
    seen({}, { tickets: [ticket(1, "pi_1", "form2"), ticket(2, "pi_2", "form1")] }),
    /of an earlier mail/,
  ],
  [
    "a number left out",
    seen({}, { tickets: changed(ROWS.tickets, 1, { number: 3 }) }),
    /in place 2/,
  ],
  [
    "a customer told too early",
    seen({ letters: changed(REPORT.letters, 2, { at: 6 }) }),
    /before the refund/,
  ],
  ["a customer told nothing", seen({ letters: without(REPORT.letters, 3) }), /told nothing/],
  [
    "two answers to a customer",
    seen({ letters: [...REPORT.letters, letter("told3", "t@c.jp", 11)] }),
    /got 2 mails/,
  ],
  [
    "an answer with another content",
    seen({ letters: [...REPORT.letters, ...told.map((one) => ({ ...one, digest: "other" }))] }),
    /2 contents/,
  ],
  [
    "another shop's letter",
    seen({ letters: changed(REPORT.letters, 2, { domain: "b.jp" }) }),
    /another shop/,
  ],
  ["a broken trail", seen({}, { brokenChains: [{ shop_id: "a", seq: 4 }] }), /breaks at event 4/],
  [
    "an unsent mail",
    seen({}, { unsent: [{ shop_id: "a", name: "refunded", phase: "data", message_id: "lost" }] }),
    /is data/,
  ],
  [
    "a job left",
    seen({}, { undone: [{ shop_id: "a", kind: "send_mail", state: "running" }] }),
    /is running/,
  ],
  ["a strange call", seen({ misaddressed: ["a: GET /v1/x → 404"] }), /strange/],
  ["too many refunds at once", seen({ mostAtOnce: 11 }), /11 refunds at once/],
];

describe("the judge of a town", () => {
  it("finds nothing where all is well", () => {
    const { breaches, figures } = judge(seen());
    expect(breaches).toEqual([]);
    expect(figures).toMatchObject({ orders: 2, "mails sent again, the same": 0, tickets: 2 });
  });

  it("allows the same mail twice", () => {
    const { breaches, figures } = judge(seen({ letters: [...REPORT.letters, ...told] }));
    expect({ breaches, again: figures["mails sent again, the same"] }).toEqual({
      breaches: [],
      again: 1,
    });
  });

  it("lets pass that a mail which came is not recorded yet", () => {
    const unsent = [{ shop_id: "a", name: "refunded", phase: "data", message_id: "told1" }];
    expect(judge(seen({}, { unsent })).breaches).toEqual([]);
  });

  it.each(PLANTED)("finds %s", (_name, planted, words) => {
    expect(judge(planted).breaches.join("\n")).toMatch(words);
  });

  it("knows the order of a mailbox by its own list", () => {
    const lists = new Map([["a", ["file ok1", "file form1"]]]);
    expect(arrivalsOf(REPORT.delivered, lists).get("a")).toEqual(["ok1", "form1"]);
  });
});

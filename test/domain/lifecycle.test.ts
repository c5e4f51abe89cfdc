// The table is finite, so it is exhausted rather than sampled: every pair of a status and what may
// become of the money is walked through.

import { describe, expect, it } from "vitest";
import {
  isOpen,
  LIFECYCLE,
  nextStatus,
  TICKET_EVENTS,
  TICKET_STATUSES,
  type TicketEvent,
  type TicketStatus,
} from "../../src/domain/lifecycle.ts";

type Table = typeof LIFECYCLE;

/** still: nobody has approved. granted: approved, no call yet. moves: it may have left, or has. */
type Money = "still" | "granted" | "moves";

interface Place {
  readonly status: TicketStatus;
  readonly money: Money;
  /** Whether an approval was ever granted on the way here. */
  readonly approved: boolean;
}

/** Events of the provider, or of whoever transfers by hand. */
const CALLED: readonly TicketEvent[] = [
  "refund_pending",
  "refund_requires_action",
  "refund_succeeded",
];
/** These take an approval back; the steps let them happen only before the key is stored. */
const BEFORE_THE_CALL: readonly TicketEvent[] = [
  "approval_stopped",
  "proposal_changed",
  "payment_unmatched",
  "payment_voided",
  "dry_run_ended",
];

function follow(table: Table, from: TicketStatus, event: TicketEvent): TicketStatus | null {
  return table.find(([froms, name]) => name === event && froms.includes(from))?.[2] ?? null;
}

function moneyAfter(money: Money, event: TicketEvent): Money {
  if (event === "approval_granted") return "granted";
  if (event === "refund_failed") return "still";
  if (CALLED.includes(event) || event === "manual_refund_requested") return "moves";
  return BEFORE_THE_CALL.includes(event) && money === "granted" ? "still" : money;
}

/** What is wrong with one step; null where nothing is. */
function faultOf(from: Place, event: TicketEvent, to: TicketStatus): string | null {
  const step = `${from.status} (money ${from.money}) --${event}--> ${to}`;
  if (CALLED.includes(event) && !from.approved) return `a refund nobody approved: ${step}`;
  if (event === "approval_granted" && from.money !== "still") return `a second refund: ${step}`;
  const isEnd = to === "rejected" || to === "closed";
  const isTakenBack = from.money === "granted" && BEFORE_THE_CALL.includes(event);
  if (isEnd && from.money !== "still" && !isTakenBack) return `ends while money may move: ${step}`;
  if (event === "approval_granted" && to !== "approved") return `not approved: ${step}`;
  return null;
}

function walk(table: Table): { places: Place[]; faults: string[] } {
  const start: Place = { status: "received", money: "still", approved: false };
  const seen = new Map([[JSON.stringify(start), start]]);
  const faults: string[] = [];
  for (const from of seen.values()) {
    for (const event of TICKET_EVENTS) {
      const status = follow(table, from.status, event);
      if (status === null) continue;
      const fault = faultOf(from, event, status);
      if (fault !== null) faults.push(fault);
      const approved = from.approved || event === "approval_granted";
      const to: Place = { status, money: moneyAfter(from.money, event), approved };
      seen.set(JSON.stringify(to), to);
    }
  }
  return { places: [...seen.values()], faults };
}

function faultsOf(table: Table): string[] {
  const { places, faults } = walk(table);
  const reached = new Set(places.map(({ status }) => status));
  const lost = TICKET_STATUSES.filter((status) => !reached.has(status));
  const leaving = (["rejected", "closed"] as const).flatMap((status) =>
    TICKET_EVENTS.filter((event) => follow(table, status, event) !== null),
  );
  return [
    ...faults,
    ...lost.map((status) => `${status} is never reached`),
    ...leaving.map((event) => `a ticket that has ended goes on by ${event}`),
  ];
}

const without = (event: TicketEvent, from?: TicketStatus): Table =>
  LIFECYCLE.flatMap((row) => {
    if (row[1] !== event) return [row];
    if (from === undefined) return [];
    return [[row[0].filter((status) => status !== from), row[1], row[2]] as const];
  });

describe("the life of a ticket", () => {
  it("lets no step of any path endanger money", () => {
    expect(walk(LIFECYCLE).faults).toEqual([]);
  });

  it("reaches every status", () => {
    const reached = new Set(walk(LIFECYCLE).places.map(({ status }) => status));
    expect([...reached].sort()).toEqual([...TICKET_STATUSES].sort());
  });

  it.each(["rejected", "closed"] as const)("lets nothing lead out of %s", (status) => {
    expect(TICKET_EVENTS.filter((event) => nextStatus(status, event) !== null)).toEqual([]);
  });

  it("lets a refund that succeeded only fail or wait for the customer", () => {
    const events = TICKET_EVENTS.filter((event) => nextStatus("refunded", event) !== null);
    expect(events).toEqual(["refund_requires_action", "refund_failed"]);
  });

  it("has money in flight only behind an approval", () => {
    const inFlight = walk(LIFECYCLE).places.filter(({ money }) => money !== "still");
    expect(inFlight.filter(({ approved }) => !approved)).toEqual([]);
    expect(new Set(inFlight.map(({ status }) => status))).toEqual(
      new Set([
        "approved",
        "awaiting_manual_refund",
        "refund_pending",
        "refund_requires_action",
        "refunded",
      ]),
    );
  });

  it("follows its table in every pair, and ignores every pair that is not there", () => {
    for (const status of TICKET_STATUSES) {
      for (const event of TICKET_EVENTS) {
        expect([status, event, nextStatus(status, event)]).toEqual([
          status,
          event,
          follow(LIFECYCLE, status, event),
        ]);
      }
    }
  });

  it.each<[TicketStatus, Partial<Record<TicketEvent, TicketStatus>>]>([
    [
      "received",
      {
        payment_matched: "awaiting_approval",
        payment_unmatched: "unmatched",
        ticket_closed: "closed",
      },
    ],
    [
      "unmatched",
      {
        payment_matched: "awaiting_approval",
        payment_unmatched: "unmatched",
        details_received: "received",
        candidate_chosen: "received",
        approval_denied: "rejected",
        ticket_closed: "closed",
      },
    ],
    [
      "awaiting_approval",
      {
        proposal_changed: "awaiting_approval",
        payment_unmatched: "unmatched",
        approval_granted: "approved",
        approval_denied: "rejected",
        ticket_closed: "closed",
      },
    ],
    [
      "approved",
      {
        approval_stopped: "rejected",
        proposal_changed: "awaiting_approval",
        payment_unmatched: "unmatched",
        manual_refund_requested: "awaiting_manual_refund",
        payment_voided: "closed",
        dry_run_ended: "closed",
        refund_pending: "refund_pending",
        refund_requires_action: "refund_requires_action",
        refund_succeeded: "refunded",
        refund_failed: "refund_failed",
      },
    ],
    ["awaiting_manual_refund", { refund_succeeded: "refunded", refund_failed: "refund_failed" }],
    [
      "refund_pending",
      {
        refund_pending: "refund_pending",
        refund_requires_action: "refund_requires_action",
        refund_succeeded: "refunded",
        refund_failed: "refund_failed",
      },
    ],
    [
      "refund_requires_action",
      {
        refund_pending: "refund_pending",
        refund_requires_action: "refund_requires_action",
        refund_succeeded: "refunded",
        refund_failed: "refund_failed",
      },
    ],
    [
      "refunded",
      { refund_failed: "refund_failed", refund_requires_action: "refund_requires_action" },
    ],
    [
      "refund_failed",
      {
        approval_requested: "awaiting_approval",
        manual_refund_requested: "awaiting_manual_refund",
        ticket_closed: "closed",
      },
    ],
    ["rejected", {}],
    ["closed", {}],
  ])("lets a ticket that is %s go on by these events alone", (status, steps) => {
    const known = TICKET_EVENTS.map((event) => [event, nextStatus(status, event)] as const);
    expect(Object.fromEntries(known.filter(([, to]) => to !== null))).toEqual(steps);
  });

  it("lists each pair once", () => {
    const pairs = LIFECYCLE.flatMap(([froms, event]) => froms.map((from) => `${from} ${event}`));
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it.each(TICKET_STATUSES)("%s is open unless it is an end", (status) => {
    expect(isOpen(status)).toBe(!["refunded", "rejected", "closed"].includes(status));
  });
});

describe("the walk itself", () => {
  it.each<[string, Table, string]>([
    [
      "a second approval while the first refund is pending",
      [...LIFECYCLE, [["refund_pending"], "proposal_changed", "awaiting_approval"]],
      "a second refund",
    ],
    [
      "a refund without an approval",
      [...LIFECYCLE, [["awaiting_approval"], "refund_succeeded", "refunded"]],
      "a refund nobody approved",
    ],
    [
      "a ticket closed while its refund is pending",
      [...LIFECYCLE, [["refund_pending"], "ticket_closed", "closed"]],
      "ends while money may move",
    ],
    [
      "a refunded ticket that is rejected",
      [...LIFECYCLE, [["refunded"], "approval_denied", "rejected"]],
      "ends while money may move",
    ],
    [
      "a refunded ticket that is asked about again",
      [...LIFECYCLE, [["refunded"], "approval_requested", "awaiting_approval"]],
      "a second refund",
    ],
    [
      "a transfer by hand beside a pending refund that is then closed as a dry run",
      [...LIFECYCLE, [["awaiting_manual_refund"], "dry_run_ended", "closed"]],
      "ends while money may move",
    ],
    [
      "a closed ticket that lives again",
      [...LIFECYCLE, [["closed"], "details_received", "received"]],
      "a ticket that has ended goes on",
    ],
    ["no transfer by hand", without("manual_refund_requested"), "is never reached"],
    ["no approval at all", without("approval_granted"), "is never reached"],
  ])("finds %s", (_name, table, fault) => {
    expect(faultsOf(table).join("\n")).toContain(fault);
  });

  it("finds nothing in the real table", () => {
    expect(faultsOf(LIFECYCLE)).toEqual([]);
  });
});

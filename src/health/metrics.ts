// The figures as Prometheus reads them. Labels are names of our own (classes, statuses, kinds of jobs,
// lanes): never an address, a name, an order or an amount.

import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { TICKET_STATUSES } from "../domain/lifecycle.ts";
import type { Pulse } from "../ports.ts";
import type { Sight } from "./sight.ts";

const LANE_STATES = ["ok", "failing", "paused"] as const;
const HALTS = ["stop_switch", "paused_start"] as const;
const SMTP_LANE = "smtp";

const seconds = (ms: number) => ms / 1_000;

export interface SeenShop {
  /** Null where there is only that of .env: its figures have no label for it. */
  readonly shop: string | null;
  readonly sight: Sight;
  readonly pulse: Pulse;
}

export interface Metrics {
  readonly contentType: string;
  render(shops: readonly SeenShop[]): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauges = createGauges(registry);
  return {
    contentType: registry.contentType,
    render(shops) {
      // What is gone must not be shown with the figure it had.
      for (const gauge of Object.values(gauges)) gauge.reset();
      for (const { shop, sight, pulse } of shops) {
        const of: OfShop = shop === null ? {} : { shop };
        setMail(gauges, sight, of);
        setMoney(gauges, sight, of);
        setWork(gauges, sight, of);
        gauges.inboxRead.set(of, seconds(pulse.lastBeat("inbox") ?? 0));
      }
      return registry.metrics();
    },
  };
}

type OfShop = Partial<Record<"shop", string>>;

function createGauges(registry: Registry) {
  const gauge = (name: string, help: string, ...labels: string[]) => {
    const labelNames = [...labels, "shop"];
    return new Gauge({ name: `henkin_${name}`, help, labelNames, registers: [registry] });
  };
  return {
    mails: gauge("mails", "Mails read, by class", "class"),
    unread: gauge("mails_unread", "Mails stored and not read yet"),
    quarantined: gauge("mails_quarantined", "Mails that could not be read, put aside"),
    lastMail: gauge("last_mail_received_timestamp_seconds", "When the newest mail was received"),
    inboxRead: gauge("inbox_read_timestamp_seconds", "When the inbox was last read to its end"),
    tickets: gauge("tickets", "Tickets by status", "status"),
    oldest: gauge("oldest_waiting_seconds", "Age of the oldest ticket that is not closed"),
    refunds: gauge("refunds", "Refunds by provider and status", "provider", "status"),
    halted: gauge("halted", "1 while nothing may be paid, by reason", "reason"),
    lastSync: gauge(
      "last_sync_timestamp_seconds",
      "When the provider's list of payments was last read",
      "provider",
    ),
    outbox: gauge("outbox_mails", "Mails not sent yet"),
    outboxAge: gauge("outbox_oldest_seconds", "Age of the oldest mail not sent yet"),
    jobs: gauge("jobs_due", "Jobs that are due or at work, by kind", "kind"),
    parked: gauge("jobs_parked", "Jobs put before a person, by kind", "kind"),
    lanes: gauge("lane", "1 for the state the lane is in", "lane", "state"),
  };
}

type Gauges = ReturnType<typeof createGauges>;

function setMail(gauges: Gauges, { figures }: Sight, of: OfShop): void {
  gauges.unread.set(of, 0);
  gauges.quarantined.set(of, 0);
  for (const { state, kind, count } of figures.messages) {
    if (state === "processed") gauges.mails.inc({ ...of, class: kind ?? "other" }, count);
    else (state === "new" ? gauges.unread : gauges.quarantined).inc(of, count);
  }
  const last = Math.max(0, ...figures.messages.map(({ lastAt }) => lastAt));
  gauges.lastMail.set(of, seconds(last));
}

function setMoney(gauges: Gauges, { at, halt, figures }: Sight, of: OfShop): void {
  for (const status of TICKET_STATUSES) gauges.tickets.set({ ...of, status }, 0);
  for (const { status, count } of figures.tickets) gauges.tickets.set({ ...of, status }, count);
  const { oldestOpenTicketAt: oldest } = figures;
  gauges.oldest.set(of, oldest === null ? 0 : seconds(Math.max(0, at - oldest)));
  for (const { provider, state, count } of figures.refunds) {
    gauges.refunds.set({ ...of, provider, status: state }, count);
  }
  for (const reason of HALTS) gauges.halted.set({ ...of, reason }, halt === reason ? 1 : 0);
  for (const { provider, syncedAt } of figures.syncs) {
    gauges.lastSync.set({ ...of, provider }, seconds(syncedAt));
  }
}

function setWork(gauges: Gauges, { at, lanes, figures }: Sight, of: OfShop): void {
  for (const { kind, due } of figures.jobs) gauges.jobs.inc({ ...of, kind }, due);
  for (const { kind, count } of figures.parked) gauges.parked.set({ ...of, kind }, count);
  const outbox = figures.jobs.filter(({ lane }) => lane === SMTP_LANE);
  gauges.outbox.set(
    of,
    outbox.reduce((sum, { count }) => sum + count, 0),
  );
  const ages = outbox.map(({ oldestAt }) => Math.max(0, at - oldestAt));
  gauges.outboxAge.set(of, seconds(Math.max(0, ...ages)));
  for (const [lane, known] of lanes) {
    for (const state of LANE_STATES) {
      gauges.lanes.set({ ...of, lane, state }, (known?.state ?? "ok") === state ? 1 : 0);
    }
  }
}

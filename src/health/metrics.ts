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

export interface Metrics {
  readonly contentType: string;
  render(sight: Sight, pulse: Pulse): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauges = createGauges(registry);
  return {
    contentType: registry.contentType,
    render(sight, pulse) {
      // What is gone must not be shown with the figure it had.
      for (const gauge of Object.values(gauges)) gauge.reset();
      setMail(gauges, sight);
      setMoney(gauges, sight);
      setWork(gauges, sight);
      const read = pulse.lastBeat("inbox");
      if (read !== null) gauges.inboxRead.set(seconds(read));
      return registry.metrics();
    },
  };
}

function createGauges(registry: Registry) {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `henkin_${name}`, help, labelNames, registers: [registry] });
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

function setMail(gauges: Gauges, { figures }: Sight): void {
  for (const { state, kind, count } of figures.messages) {
    if (state === "processed") gauges.mails.inc({ class: kind ?? "other" }, count);
    else (state === "new" ? gauges.unread : gauges.quarantined).inc(count);
  }
  if (figures.messages.length === 0) return;
  gauges.lastMail.set(seconds(Math.max(...figures.messages.map(({ lastAt }) => lastAt))));
}

function setMoney(gauges: Gauges, { at, halt, figures }: Sight): void {
  for (const status of TICKET_STATUSES) gauges.tickets.set({ status }, 0);
  for (const { status, count } of figures.tickets) gauges.tickets.set({ status }, count);
  const { oldestOpenTicketAt: oldest } = figures;
  gauges.oldest.set(oldest === null ? 0 : seconds(Math.max(0, at - oldest)));
  for (const { provider, state, count } of figures.refunds) {
    gauges.refunds.set({ provider, status: state }, count);
  }
  for (const reason of HALTS) gauges.halted.set({ reason }, halt === reason ? 1 : 0);
  for (const { provider, syncedAt } of figures.syncs) {
    gauges.lastSync.set({ provider }, seconds(syncedAt));
  }
}

function setWork(gauges: Gauges, { at, lanes, figures }: Sight): void {
  for (const { kind, due } of figures.jobs) gauges.jobs.inc({ kind }, due);
  for (const { kind, count } of figures.parked) gauges.parked.set({ kind }, count);
  const outbox = figures.jobs.filter(({ lane }) => lane === SMTP_LANE);
  gauges.outbox.set(outbox.reduce((sum, { count }) => sum + count, 0));
  const ages = outbox.map(({ oldestAt }) => Math.max(0, at - oldestAt));
  gauges.outboxAge.set(seconds(Math.max(0, ...ages)));
  for (const [lane, known] of lanes) {
    for (const state of LANE_STATES) {
      gauges.lanes.set({ lane, state }, (known?.state ?? "ok") === state ? 1 : 0);
    }
  }
}

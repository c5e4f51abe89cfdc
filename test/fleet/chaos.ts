// A town in trouble: customers write for a while, and meanwhile workers die, stand still, lose the database,
// and the database itself dies. Afterwards all must be finished soon, and right.

import { setTimeout as pause } from "node:timers/promises";
import { type Crew, startCrew } from "./crew.ts";
import { drawFaults, type Fault, type Ordeal } from "./faults.ts";
import { arrivalsOf, judge, type Verdict } from "./judge.ts";
import { lookAt } from "./look.ts";
import { startTown, type Town } from "./town.ts";

export interface ChaosOptions {
  readonly workers: number;
  readonly shops: number;
  readonly requests: number;
  readonly seed: number;
  readonly mail: "imap" | "maildir";
  /** Over which the requests arrive, and the trouble comes. */
  readonly feedMs: number;
  readonly ordeal: Ordeal;
  /** From the last trouble on. */
  readonly patienceMs: number;
  /** In so many shops henkin itself verifies its audit trail, besides. */
  readonly verified: number;
  readonly tell?: (line: string) => void;
}

export interface Report extends Verdict {
  readonly faults: readonly Fault[];
}

/** As the issue asks for it. */
export const FULL: ChaosOptions = {
  ...{ workers: 4, shops: 200, requests: 2_000, seed: 1, mail: "imap", feedMs: 180_000 },
  ordeal: {
    ...{ kills: 8, pauses: 4, pauseMs: 40_000, cuts: 1, cutMs: 60_000, terms: 1 },
    databaseRestarts: 2,
  },
  ...{ patienceMs: 120_000, verified: 10 },
};

/** For every day. */
export const DOSE: ChaosOptions = {
  ...{ workers: 2, shops: 6, requests: 30, seed: 1, mail: "maildir", feedMs: 10_000 },
  ordeal: {
    ...{ kills: 1, pauses: 1, pauseMs: 4_000, cuts: 0, cutMs: 0, terms: 0 },
    databaseRestarts: 1,
  },
  ...{ patienceMs: 120_000, verified: 2 },
};

/** Of Stripe, as its adapter says. */
const AT_ONCE_MAX = 10;
const LOOK_MS = 500;
const TELL_EVERY_MS = 10_000;
const STAFF_MS = [200, 2_000] as const;

export async function runChaos(options: ChaosOptions): Promise<Report> {
  const { tell = () => {} } = options;
  const { shops, requests: orders, seed, mail } = options;
  // As often as allowed: whoever is not told of a mail finds it soon.
  const shopSettings = { POLL_SECONDS: mail === "imap" ? "10" : "2" };
  const town = await startTown({ shops, orders, seed, mail, shopSettings });
  let crew: Crew | undefined;
  try {
    await town.outside.behave({ providerMs: 50, smtpMs: 20, staffMs: STAFF_MS });
    crew = await startCrew(town, options.workers);
    const faults = drawFaults(options.ordeal, options.workers, options.feedMs, seed);
    tell(`${shops} shops, ${options.workers} workers, seed ${seed}`);
    const startedAt = performance.now();
    await Promise.all([
      feed(town, options),
      ...faults.map((fault) => suffer(town, crew as Crew, fault, startedAt, tell)),
    ]);
    const lastAt = performance.now();
    tell(`the last trouble is over, ${Math.round((lastAt - startedAt) / 1_000)} s after the start`);
    const isDone = await untilDone(town, options, lastAt);
    const seconds = (performance.now() - lastAt) / 1_000;
    const idlers = await crew.idlers();
    const cpuS = Object.entries(crew.cpuS()).map(([id, used]) => [
      `CPU of ${id} since its start, s`,
      used,
    ]);
    const verdict = await judgeTown(town);
    const breaches = [
      ...(isDone ? [] : [`not finished ${seconds.toFixed(0)} s after the last trouble`]),
      ...idlers.map((id) => `${id} is not at work`),
      ...verdict.breaches,
      ...(await verifyTrails(town, options.verified)),
      ...endsOf(await crew.stop()),
    ];
    for (const line of crew.complaints()) tell(line);
    for (const end of crew.ownEnds) tell(`ended by itself: ${end}`);
    const figures = {
      ...verdict.figures,
      "seconds from the last trouble to the end": Number(seconds.toFixed(1)),
      ...Object.fromEntries(cpuS),
      "starts of workers": crew.starts,
      "workers that ended by themselves": crew.ownEnds.length,
    };
    return { breaches, figures, faults };
  } finally {
    await crew?.stop();
    await town.stop();
  }
}

/** Evenly, a few at a time: each shop gets one after the other. */
async function feed({ orders, outside }: Town, { feedMs }: ChaosOptions): Promise<void> {
  const start = performance.now();
  for (let sent = 0; sent < orders.length; await pause(LOOK_MS / 2)) {
    const due = Math.ceil(Math.min(1, (performance.now() - start) / feedMs) * orders.length);
    await outside.ask(orders.slice(sent, due).map(({ number }) => number));
    sent = due;
  }
}

async function suffer(
  { postgres }: Town,
  crew: Crew,
  fault: Fault,
  startedAt: number,
  tell: (line: string) => void,
): Promise<void> {
  await pause(Math.max(0, startedAt + fault.at - performance.now()));
  const who = fault.kind === "database" ? "" : ` of w${fault.worker + 1}`;
  tell(`${(fault.at / 1_000).toFixed(1)} s: ${fault.kind}${who}, ${fault.lastMs} ms`);
  if (fault.kind === "database") await postgres.restart("immediate");
  else if (fault.kind === "kill") await crew.kill(fault.worker, fault.lastMs);
  else if (fault.kind === "pause") await crew.pause(fault.worker, fault.lastMs);
  else if (fault.kind === "cut") await crew.cut(fault.worker, fault.lastMs);
  else await crew.term(fault.worker);
}

const OPEN = `select (select count(*) from ticket where status <> 'refunded')
  + (select count(*) from message where state <> 'processed')
  + (select count(*) from outgoing_mail where phase not in ('accepted', 'data')) as open,
  (select count(*) from message) as mails`;

/** Mails that may have gone out: henkin leaves them alone for a while. Whether they came is known outside. */
const OF_UNKNOWN_FATE = `select trim(both '<>' from message_id) as id from outgoing_mail
  where phase = 'data'`;

/** False where it takes longer than it may. */
async function untilDone(town: Town, options: ChaosOptions, from: number): Promise<boolean> {
  const { requests, patienceMs, tell = () => {} } = options;
  let toldAt = 0;
  for (;;) {
    const { told, refunded, questions } = await town.outside.progress();
    const [row] = await town.rows<{ open: number; mails: number }>(OPEN);
    const uncertain = await town.rows<{ id: string }>(OF_UNKNOWN_FATE);
    const missing = await town.outside.missing(uncertain.map(({ id }) => id));
    const isDone = told >= requests && Number(row?.open) === 0 && missing.length === 0;
    // With the answers of staff, each of which is a mail.
    if (isDone && Number(row?.mails) >= 2 * requests) return true;
    const now = performance.now();
    if (now - from > patienceMs) return false;
    if (now - toldAt > TELL_EVERY_MS) {
      toldAt = now;
      tell(`questions ${questions}, refunded ${refunded}, told ${told}, open rows ${row?.open}`);
    }
    await pause(LOOK_MS);
  }
}

/** What was seen outside, and the rows, as they are now. */
export async function judgeTown(town: Town): Promise<Verdict> {
  const { shops, orders, outside } = town;
  const [report, rows] = await Promise.all([outside.report(), lookAt(town)]);
  const lists = new Map<string, string[] | null>();
  for (const shop of shops) lists.set(shop.id, await town.orderInMailbox(shop));
  const arrivals = arrivalsOf(report.delivered, lists);
  const asked = new Set(report.delivered.map(({ order }) => order));
  const those = orders.filter(({ number }) => asked.has(number));
  return judge({ shops, orders: those, report, rows, arrivals, atOnceMax: AT_ONCE_MAX });
}

async function verifyTrails(town: Town, count: number): Promise<string[]> {
  const wrong: string[] = [];
  const step = Math.max(1, Math.floor(town.shops.length / Math.max(1, count)));
  for (const { id } of town.shops.filter((_shop, at) => at % step === 0).slice(0, count)) {
    const { code, stdout, stderr } = await town.henkin("audit", "verify", "--shop", id);
    if (code !== 0) wrong.push(`${id}: audit verify ends with ${code}: ${stdout}${stderr}`);
  }
  return wrong;
}

function endsOf(exits: readonly { code: number | null }[]): string[] {
  return exits.flatMap(({ code }, at) =>
    code === 0 ? [] : [`w${at + 1} ends with ${code} when it is told to stop`],
  );
}

// How the mailboxes are shared out: each worker computes its own part from what all of them see, and changes
// as little as it can.

import type { LeaseSurvey } from "../fleet-port.ts";

export interface ShareQuestion {
  readonly run: string;
  /** Those that have a reader waiting here, or reading. */
  readonly wanted: ReadonlySet<string>;
  /** Of those, what this run has and is not giving back; the first can be spared first. */
  readonly held: readonly string[];
  /** What nobody has taken for a while, though it was free: whoever can takes it, whatever his part. */
  readonly orphans: ReadonlySet<string>;
  /** What it has taken for that reason, and does not give back. */
  readonly kept: ReadonlySet<string>;
  readonly survey: LeaseSurvey;
}

export interface Share {
  readonly take: readonly string[];
  readonly give: readonly string[];
  /** Wanted here, and nobody's. */
  readonly free: readonly string[];
  /** This run has what it is to have. */
  readonly isSettled: boolean;
}

/** What is under way from one worker to another is read by nobody: never more than one in eight at once. */
const PARTS = 8;
const LEAST_AT_ONCE = 8;

export function planShare(question: ShareQuestion): Share {
  const { run, wanted, held, kept, orphans, survey } = question;
  const ours = new Set(held);
  const others = survey.leases.filter(
    ({ shopId, holder }) => holder !== null && holder !== run && !ours.has(shopId),
  );
  const taken = new Set([...ours, ...others.map(({ shopId }) => shopId)]);
  const free = [...wanted].filter((id) => !taken.has(id));
  const total = taken.size + free.length;
  const holders = others.map(({ holder }) => holder ?? "");
  const part = partOf(question, holders, total);
  const lost = free.filter((id) => orphans.has(id));
  if (held.length <= part) {
    const mine = inOrderOf(run, free).slice(0, part - held.length);
    const take = [...new Set([...mine, ...lost])];
    return { free, take, give: [], isSettled: held.length === part };
  }
  const spare = held.filter((id) => !kept.has(id));
  // What is taken back is not given away in the same breath.
  const atOnce = lost.length > 0 ? 0 : Math.max(LEAST_AT_ONCE, Math.ceil(total / PARTS));
  const count = Math.max(0, Math.min(held.length - part, atOnce - free.length));
  return { free, take: lost, give: spare.slice(0, count), isSettled: spare.length === 0 };
}

interface Worker {
  readonly run: string;
  /** It cannot read more than these. */
  readonly most: number;
  readonly has: number;
}

/** How many this run is to have: nobody more than one above another, but for whoever cannot read so many. */
function partOf(
  { run, wanted, held, survey }: ShareQuestion,
  holders: readonly string[],
  total: number,
): number {
  const has = new Map<string, number>();
  for (const holder of holders) has.set(holder, (has.get(holder) ?? 0) + 1);
  const workers: Worker[] = [
    { run, most: wanted.size, has: held.length },
    ...survey.readers
      .filter((reader) => reader.run !== run)
      .map((reader) => ({
        run: reader.run,
        most: reader.mailboxes,
        has: has.get(reader.run) ?? 0,
      })),
  ];
  return parts(workers, total).get(run) ?? 0;
}

export function parts(workers: readonly Worker[], total: number): ReadonlyMap<string, number> {
  const result = new Map<string, number>();
  let rest = total;
  let sharers = [...workers].sort((one, other) => one.most - other.most);
  while (sharers.length > 0) {
    const [least] = sharers;
    if (least === undefined || least.most > Math.floor(rest / sharers.length)) break;
    result.set(least.run, least.most);
    rest -= least.most;
    sharers = sharers.slice(1);
  }
  // Who has the most keeps one more, so that nothing moves that need not.
  const ranked = sharers.sort(
    (one, other) => other.has - one.has || (one.run < other.run ? -1 : 1),
  );
  const extra = sharers.length === 0 ? 0 : rest % sharers.length;
  ranked.forEach(({ run }, at) => {
    result.set(run, Math.floor(rest / sharers.length) + (at < extra ? 1 : 0));
  });
  return result;
}

/** Another order for each run: two that take at the same time seldom reach for the same. */
function inOrderOf(run: string, ids: readonly string[]): string[] {
  const keyed = ids.map((id) => ({ id, key: mix(`${run}/${id}`) }));
  return keyed.sort((one, other) => one.key - other.key).map(({ id }) => id);
}

/** FNV-1a */
function mix(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

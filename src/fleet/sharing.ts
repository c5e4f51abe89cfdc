// The rounds in which a worker shares the mailboxes with the others. Every few seconds it renews what it has,
// looks at who else is there, and takes or gives back what makes the parts even.

import { AppError, StorageError } from "../domain/errors.ts";
import {
  type LeaseSurvey,
  LIVE_MS,
  MAILBOX_LEASE_MS,
  type MailboxLease,
  type MailboxLeases,
} from "../fleet-port.ts";
import type { Log } from "../ports.ts";
import type { GivingBack } from "./giving-back.ts";
import type { Place } from "./place.ts";
import { planShare } from "./share.ts";

export interface SharingDeps {
  readonly leases: MailboxLeases;
  readonly run: string;
  readonly monotonic: () => number;
  readonly log: Log;
  readonly places: ReadonlyMap<string, Place>;
  readonly givingBack: GivingBack;
}

export interface Sharing {
  /** A reader has come or gone. */
  changed(): void;
  /** Returns how long to wait for the next one, ms. Throws StorageError. */
  round(): Promise<number>;
}

const ROUND_MS = 2_500;
/** While mailboxes are under way. */
const QUICK_ROUND_MS = 1_000;
/** A lease counts as lost so long before it can be another's. */
const MARGIN_MS = 3_000;
/** While shops are being opened one after the other, the others are told of it now and then. */
const QUIET_MS = 3_000;
const TELL_MS = 10_000;
const ORPHAN_MS = 8_000;
const KEEP_MS = 5 * 60_000;

const untilFrom = (sentAt: number) => sentAt + MAILBOX_LEASE_MS - MARGIN_MS;

export function createSharing(deps: SharingDeps): Sharing {
  const { leases, run, monotonic, log, places } = deps;
  const tell = createTelling(deps);
  const orphanage = createOrphanage(monotonic);

  /** Returns whether there is nothing more to do. */
  async function share(survey: LeaseSurvey): Promise<boolean> {
    const ready = [...places.values()].filter((place) => !place.isEnding);
    const held = ready
      .filter(({ token }) => token !== null)
      .sort((one, other) => other.since - one.since);
    const { take, give, free, isSettled } = planShare({
      ...{ run, survey, orphans: orphanage.orphans(), kept: orphanage.kept() },
      wanted: new Set(ready.map(({ shopId }) => shopId)),
      held: held.map(({ shopId }) => shopId),
    });
    orphanage.seeFree(free);
    for (const id of give) places.get(id)?.lose();
    await begin(take);
    return isSettled && give.length === 0;
  }

  async function begin(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const sentAt = monotonic();
    const taken = await leases.take(run, ids, MAILBOX_LEASE_MS);
    const unwanted: MailboxLease[] = [];
    for (const lease of taken) {
      const { shopId, token } = lease;
      orphanage.take(shopId);
      const isBegun = places.get(shopId)?.begin(token, untilFrom(sentAt), sentAt) ?? false;
      if (!isBegun) unwanted.push(lease);
    }
    if (taken.length > 0) log.debug({ mailboxes: taken.length }, "mailboxes were taken over");
    await deps.givingBack.add(unwanted);
  }

  return {
    changed: tell.changed,
    async round() {
      try {
        await deps.givingBack.flush();
        const survey = await renew(deps);
        await tell.others();
        return (await share(survey)) ? ROUND_MS : QUICK_ROUND_MS;
      } catch (error) {
        if (error instanceof StorageError || !(error instanceof AppError)) throw error;
        log.debug({ code: error.code }, "the mailboxes could not be shared");
        return QUICK_ROUND_MS;
      }
    },
  };
}

async function renew({ leases, run, monotonic, places, givingBack }: SharingDeps) {
  await leases.renew(run, MAILBOX_LEASE_MS);
  const sentAt = monotonic();
  const survey = await leases.survey(LIVE_MS);
  const rows = new Map(survey.leases.map((row) => [row.shopId, row]));
  for (const [shopId, place] of places) {
    if (place.token === null) continue;
    const row = rows.get(shopId);
    if (row?.holder !== run || row.token !== place.token) place.lose();
    // The database was asked for its time after ours.
    else place.renewed(row.token, sentAt + (row.untilAt - survey.at) - MARGIN_MS);
  }
  // Of a reader that has gone while it was being taken. What is being ended is given back at its end.
  const isStray = ({ shopId, holder, token }: LeaseSurvey["leases"][number]) => {
    const place = places.get(shopId);
    return holder === run && place?.token !== token && place?.isEnding !== true;
  };
  await givingBack.add(survey.leases.filter(isStray));
  return survey;
}

/** The others make room for what a worker would read, which is not all at once where it is just opening. */
function createTelling({ leases, run, monotonic, places }: SharingDeps) {
  let told = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  let changedAt = monotonic();
  return {
    changed(): void {
      changedAt = monotonic();
    },
    async others(): Promise<void> {
      const now = monotonic();
      const mailboxes = places.size;
      if (told === mailboxes) return;
      if (now - changedAt < QUIET_MS && now - toldAt < TELL_MS) return;
      await leases.declare(run, mailboxes);
      told = mailboxes;
      toldAt = now;
    },
  };
}

/** What is free for long though others are to have it: they cannot read it, and whoever has taken it keeps it. */
function createOrphanage(monotonic: () => number) {
  const freeSince = new Map<string, number>();
  const keptUntil = new Map<string, number>();
  const isOrphan = (id: string) => monotonic() - (freeSince.get(id) ?? monotonic()) >= ORPHAN_MS;
  return {
    orphans: (): ReadonlySet<string> => new Set([...freeSince.keys()].filter(isOrphan)),
    kept(): ReadonlySet<string> {
      for (const [id, until] of keptUntil) if (until <= monotonic()) keptUntil.delete(id);
      return new Set(keptUntil.keys());
    },
    seeFree(ids: readonly string[]): void {
      const free = new Set(ids);
      for (const id of freeSince.keys()) if (!free.has(id)) freeSince.delete(id);
      for (const id of ids) if (!freeSince.has(id)) freeSince.set(id, monotonic());
    },
    take(id: string): void {
      if (isOrphan(id)) keptUntil.set(id, monotonic() + KEEP_MS);
    },
  };
}

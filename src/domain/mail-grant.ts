// How long a consent to use the mailbox holds, and when people must hear of its end.

const DAY_MS = 24 * 60 * 60 * 1_000;
const WARN_MS = 14 * DAY_MS;
/** Clocks and whole seconds; a server that extends at each use adds more. */
const NOISE_MS = 60_000;

export interface GrantLife {
  readonly grantedAt: number;
  /** When it was last used for a token. */
  readonly renewedAt: number;
  /** As the server told; null where it told nothing. */
  readonly expiresAt: number | null;
  /** Whether each use moves that end. */
  readonly moves: boolean;
}

export function newGrant(now: number, lifeMs: number | null): GrantLife {
  const expiresAt = lifeMs === null ? null : now + lifeMs;
  return { grantedAt: now, renewedAt: now, expiresAt, moves: false };
}

/** After one more use. @param lifeMs what the server now says is left; null where it says nothing */
export function renewed(life: GrantLife, now: number, lifeMs: number | null): GrantLife {
  const expiresAt = lifeMs === null ? life.expiresAt : now + lifeMs;
  const isLater = (expiresAt ?? 0) > (life.expiresAt ?? Number.POSITIVE_INFINITY) + NOISE_MS;
  return { ...life, renewedAt: now, expiresAt, moves: life.moves || isLater };
}

/**
 * When it ends unless somebody consents anew, or null where nobody knows.
 *
 * @param idleMs how long the provider keeps one that nobody uses; null where that is not known
 */
export function endOf({ expiresAt, renewedAt }: GrantLife, idleMs: number | null): number | null {
  const ends = [expiresAt, idleMs === null ? null : renewedAt + idleMs];
  const known = ends.filter((end) => end !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/**
 * Whether it ends within two weeks. One that is short, and that each use extends, is at its end only
 * where half of its time has passed without any.
 */
export function endsSoon(life: GrantLife, now: number, idleMs: number | null): boolean {
  const end = endOf(life, idleMs);
  if (end === null) return false;
  const limit = life.moves ? Math.min(WARN_MS, (end - life.renewedAt) / 2) : WARN_MS;
  return end - now < limit;
}

/** A consent of a setup that was given up is nobody's concern. */
export function isInUse({ renewedAt }: GrantLife, now: number): boolean {
  return now - renewedAt < 7 * DAY_MS;
}

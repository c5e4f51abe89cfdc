// Access tokens, fetched when they are needed and kept in memory for as long as they are good. IMAP,
// its folders and SMTP ask at the same time, and commands run beside the worker; a server that changes
// the refresh token at each use may take a second use of the same one for theft. So there is one
// fetch at a time, in this process and on this database.

import { AccessError, TransientError } from "../domain/errors.ts";
import type { AccessTokens, Clock, Log } from "../ports.ts";
import type { OauthClient } from "./client.ts";
import type { Grant, GrantKeeper } from "./grant-keeper.ts";

export interface AccessTokenDeps {
  readonly client: Pick<OauthClient, "refresh">;
  readonly grants: Pick<GrantKeeper, "find" | "renew">;
  /** Taken around each fetch; null while another process has it. */
  readonly tryLock: () => Promise<(() => void) | null>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Kept {
  readonly token: string;
  readonly until: number;
}

/** Before its end, so that a login that takes a while is not refused. */
const MARGIN_MS = 2 * 60_000;
const LOCK_LOOK_MS = 100;
/** A process that fetches has two calls with their own time-outs. */
const LOCK_PATIENCE_MS = 30_000;
const SAVES_MAX = 3;

export interface OpenAccessTokens extends AccessTokens {
  /** Waits for a fetch under way: a refresh token that has just been changed must be kept. */
  close(): Promise<void>;
}

export function createAccessTokens(deps: AccessTokenDeps): OpenAccessTokens {
  let kept: Kept | null = null;
  let fetching: Promise<Kept> | null = null;

  async function fetch(): Promise<Kept> {
    try {
      kept = await locked(deps, () => renew(deps));
      return kept;
    } finally {
      fetching = null;
    }
  }

  return {
    async take(signal, refused) {
      if (kept !== null && kept.token !== refused && deps.clock.now() < kept.until) {
        return kept.token;
      }
      fetching ??= fetch();
      return (await unlessAborted(signal, fetching)).token;
    },
    async close() {
      await fetching?.catch(() => undefined);
    },
  };
}

/** The token that comes back may be used: what it needs for the next one is on the disk. */
async function renew({ client, grants, clock, log }: AccessTokenDeps): Promise<Kept> {
  const grant = await grants.find();
  if (grant === null) throw new AccessError("oauth_not_authorized");
  const { accessToken, lifeMs, refreshToken, refreshLifeMs } = await client.refresh(
    grant.refreshToken,
  );
  const until = clock.now() + Math.max(lifeMs - MARGIN_MS, lifeMs / 2);
  await save(grants, grant, refreshToken, refreshLifeMs);
  log.debug({ minutes: Math.round(lifeMs / 60_000) }, "a new access token for the mailbox");
  return { token: accessToken, until };
}

/** Tenaciously: where the server has changed the token, the one on the disk may be dead. */
async function save(
  grants: AccessTokenDeps["grants"],
  grant: Grant,
  refreshToken: string | null,
  lifeMs: number | null,
): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await grants.renew(grant, refreshToken, lifeMs);
    } catch (error) {
      if (!(error instanceof TransientError) || tried === SAVES_MAX) throw error;
    }
  }
}

export async function locked<T>(
  { tryLock, clock }: Pick<AccessTokenDeps, "tryLock" | "clock">,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout(LOCK_PATIENCE_MS);
  let unlock = await tryLock();
  while (unlock === null) {
    if (deadline.aborted) throw new TransientError("oauth_unreachable", { why: "locked" });
    await clock.sleep(LOCK_LOOK_MS, deadline);
    unlock = await tryLock();
  }
  try {
    return await work();
  } finally {
    unlock();
  }
}

/** Others may wait for the same token: one that leaves does not stop it. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(new TransientError("oauth_aborted"));
  });
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

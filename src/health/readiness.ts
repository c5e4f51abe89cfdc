// Whether everything works, and which part does not: what /readyz answers.

import { AppError } from "../domain/errors.ts";
import type { Lane } from "../store-port.ts";
import { isAlive, type Sight, type Watched, type WatchedShops } from "./sight.ts";

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, Check>>;
}

/** Codes and times only: what a server said may name people. */
interface Check {
  readonly ok: boolean;
  readonly state?: string;
  readonly code?: string | null;
  readonly since?: string;
  readonly at?: string | null;
}

const timeOf = (at: number) => new Date(at).toISOString();

function ofLane(lane: Lane | null): Check {
  if (lane === null || lane.state === "ok") return { ok: true };
  return { ok: false, state: lane.state, code: lane.code, since: timeOf(lane.since) };
}

function proofOfLife(watched: Watched): Check {
  const beat = watched.pulse.lastBeat("inbox");
  return { ok: isAlive(watched), at: beat === null ? null : timeOf(beat) };
}

type See = (watched: Watched) => Promise<Sight>;

/** Where there are several shops, each check is named after its shop: "bakery/inbox". */
export async function readReadiness(shops: WatchedShops, see: See): Promise<Readiness> {
  const checks: Record<string, Check> = {};
  for (const { shop, watched } of shops()) {
    const found =
      "fault" in watched
        ? { settings: { ok: false, code: watched.fault } }
        : await checksOf(watched, see);
    for (const [name, check] of Object.entries(found)) {
      checks[shop === null ? name : `${shop}/${name}`] = check;
    }
  }
  return { ready: Object.values(checks).every(({ ok }) => ok), checks };
}

async function checksOf(watched: Watched, see: See): Promise<Record<string, Check>> {
  const life = { proof_of_life: proofOfLife(watched) };
  try {
    const { lanes, halt } = await see(watched);
    return {
      ...Object.fromEntries([...lanes].map(([name, lane]) => [name, ofLane(lane)])),
      database: { ok: true },
      ...life,
      refunds: halt === null ? { ok: true } : { ok: false, state: halt },
    };
  } catch (error) {
    const code = error instanceof AppError ? error.code : "unexpected";
    return { database: { ok: false, code }, ...life };
  }
}

// The database: whether it is sound, whether its story holds, and what stands in it that waits for a
// person.

import { mendOf } from "../domain/error-table.ts";
import { StorageError } from "../domain/errors.ts";
import type { Clock, Finding } from "../ports.ts";
import { checkIntegrity } from "../store/integrity.ts";
import type { OpenStore } from "../store/store.ts";
import { STOP_SWITCH } from "../ticket/desk.ts";
import { findPause } from "../ticket/guard-rails.ts";
import { pauseWords } from "../ticket/paused-start.ts";
import { fail, fault, ok, warn } from "./finding.ts";

const INTEGRITY_MS = 15_000;

export function checkFile(path: string, clock: Clock): Finding[] {
  const check = "integrity";
  const until = clock.now() + INTEGRITY_MS;
  try {
    const { problems, left } = checkIntegrity(path, { isLate: () => clock.now() > until });
    if (problems.length > 0) return [broken(check, problems.join("; "))];
    if (left.length === 0) return [ok(check, "SQLite finds no fault in the file")];
    const message = `no fault found, but too large to look at ${left.join(", ")}`;
    const mend = "Have SQLite look at a copy of the file: sqlite3 COPY 'pragma integrity_check'.";
    return [warn(check, message, mend)];
  } catch (error) {
    if (error instanceof StorageError) return [broken(check, error.message)];
    return [fault(check, error)];
  }
}

function broken(check: string, message: string): Finding {
  const mend =
    "Stop the worker, copy the file away as it is, and restore the newest backup that is sound; " +
    "then look at the disk.";
  return fail(check, message, mend);
}

export async function checkStore(store: OpenStore, name: string): Promise<Finding[]> {
  return [
    ok("database", `${name} opens`),
    await auditFinding(store),
    ...(await laneFindings(store)),
    ...(await parkedFindings(store)),
    ...(await switchFindings(store)),
  ];
}

async function auditFinding(store: OpenStore): Promise<Finding> {
  const { problem, rows } = await store.verifyAudit();
  if (problem === null) return ok("audit", `${rows} events, the chain holds`);
  const mend = "Someone changed the database; compare with a backup before any refund.";
  return fail("audit", problem, mend);
}

async function laneFindings(store: OpenStore): Promise<Finding[]> {
  const lanes = await store.read((tx) => tx.lanes.list());
  const troubled = lanes.filter(({ state }) => state !== "ok");
  return troubled.map(({ name, state, code, message, since }) => {
    const mend = mendOf(code ?? "") ?? "The worker goes on by itself once this is mended.";
    const text = `${state} since ${new Date(since).toISOString()}: ${message ?? ""}`;
    return warn(`worker: ${name}`, text, mend);
  });
}

async function parkedFindings(store: OpenStore): Promise<Finding[]> {
  const parked = await store.read((tx) => tx.jobs.listParked());
  return parked.map(({ kind, error }) =>
    warn(`job ${kind}`, error, mendOf(error) ?? "See the log and `henkin ticket N`."),
  );
}

async function switchFindings(store: OpenStore): Promise<Finding[]> {
  const pause = await store.read(findPause);
  const stopped = await store.read((tx) => tx.switches.find(STOP_SWITCH));
  const findings: Finding[] = [];
  if (pause !== null) {
    const message = `nothing is paid: ${pauseWords(pause, "en")}`;
    const mend =
      "Make sure no other henkin works with this data; henkin resume --i-am-the-only-one";
    findings.push(fail("paused start", message, mend));
  }
  if (stopped === "on") {
    findings.push(warn("stop switch", "refunds are stopped", "henkin resume"));
  }
  return findings;
}

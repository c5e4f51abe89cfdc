// PostgreSQL's failures (postgresql.org/docs/current/errcodes-appendix.html) by what the caller may do.

import { StorageError, TransientError } from "../domain/errors.ts";

/** Connection exceptions, and a server that goes down or comes up. */
const LOST = /^(?:08|57P0[1-5]$)/;
/** Too many connections, a deadlock, a lock or a statement that took too long, a cut-off transaction. */
const BUSY = /^(?:53300|40001|40P01|55P03|57014|25P0[34])$/;
/** Full disks, broken pages, a server that only reads. */
const UNUSABLE = /^(?:53|58|XX|25006|28|3D|42501)/;
/** pg's own, which carry no code. */
const CUT = /connection (?:terminated|ended|error)|not queryable|timeout|client was closed/i;

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Nothing more can be asked over it. */
export function hasLostConnection(error: Error): boolean {
  const code = codeOf(error);
  if (code === undefined) return CUT.test(error.message);
  return LOST.test(code) || "syscall" in error || code === "25P03";
}

/** As `Engine.explain` has it. */
export function postgresError(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = codeOf(error);
  if (hasLostConnection(error)) {
    return new TransientError("database_away", { path, why: error.message }, { cause: error });
  }
  if (code === undefined || !("severity" in error)) return error;
  if (BUSY.test(code)) return new TransientError("database_busy", { path }, { cause: error });
  if (UNUSABLE.test(code)) {
    const details = { path, why: `${code}: ${error.message}` };
    return new StorageError("database_unusable", details, { cause: error, foreignCode: code });
  }
  return error;
}

// What a server says, as pg brings it, and what the worker makes of it.

import { describe, expect, test } from "vitest";
import { StorageError, TransientError } from "../../src/domain/errors.ts";
import { hasLostConnection, postgresError } from "../../src/store/postgres-errors.ts";

const PLACE = "postgres://db.internal/henkin";

const said = (code: string, message: string) =>
  Object.assign(new Error(message), { code, severity: "ERROR" });

describe("a server", () => {
  test.each([
    ["whose disk is full", "53100", "could not extend file: No space left on device"],
    ["whose file cannot be read", "58030", "could not read block 1: Input/output error"],
    ["with a broken page", "XX001", "invalid page in block 1"],
    ["that only reads", "25006", "cannot execute INSERT in a read-only transaction"],
  ])("%s ends the worker, and is told with its own words", (_what, code, message) => {
    const error = postgresError(said(code, message), PLACE) as StorageError;
    expect(error).toBeInstanceOf(StorageError);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  test.each([
    ["goes down", "57P01", "database_away"],
    ["comes up", "57P03", "database_away"],
    ["has no connection left", "53300", "database_busy"],
    ["meets a deadlock", "40P01", "database_busy"],
  ])("that %s is asked again", (_what, code, ours) => {
    const error = postgresError(said(code, "FATAL"), PLACE);
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: ours });
  });

  test("that closed the connection answers nothing more over it", () => {
    expect(hasLostConnection(said("57P01", "terminating connection"))).toBe(true);
    expect(hasLostConnection(new Error("Connection terminated unexpectedly"))).toBe(true);
    expect(hasLostConnection(said("53100", "No space left on device"))).toBe(false);
  });
});

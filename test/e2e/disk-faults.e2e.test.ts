// A disk that fails now and then, by libfiu's failure points (Debian: fiu-utils): a sync or a write
// of the database fails with the error of a worn-out or a full disk. The worker stops at once and
// says why; on a disk that works it goes on where it stood. LD_PRELOAD and FIU_ENABLE are what
// `fiu-run -x -c …` sets before it becomes its program.

import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect } from "vitest";
import {
  expectEachCustomerTold,
  expectPaidAsApproved,
  expectSoundDatabase,
  expectTickets,
} from "../crash/accounts.ts";
import { leaveInPeace } from "../crash/ordeal.ts";
import { createPeople, type People } from "../crash/people.ts";
import { chanceOf } from "../crash/random.ts";
import { dovecotInstalled } from "../support/dovecot.ts";
import { type Rig, TIMEOUT_MS, test } from "./rig.ts";

const PRELOADED = ["fiu_run_preload.so", "fiu_posix_preload.so"].map(
  (name) => `/usr/lib/fiu/${name}`,
);
const canInject = PRELOADED.every((path) => existsSync(path));
if (!canInject) {
  process.stderr.write("SKIPPED: no libfiu to make a disk fail (apt install fiu-utils)\n");
}

const [EIO, ENOSPC] = [5, 28];
const SEED = Number(process.env["CRASH_SEED"] ?? Date.now() % 1_000_000);
const ORDERS = 3;
const STARTS_MAX = 15;
/** So many failures must have been met, or the test has shown nothing. */
const STOPS = 2;
const LIFE_MS = 5_000;

/** What fails, its errno, how often, and what SQLite calls it (sqlite.org/rescode.html). */
const FAULTS = [
  ["a sync", "posix/io/sync/fsync", EIO, 0.05, /SQLITE_IOERR_|cannot be made/],
  // The shared index of the log has an error of its own for it.
  ["a write to a full disk", "posix/io/rw/pwrite", ENOSPC, 0.01, /SQLITE_(?:FULL|IOERR_SHM)/],
  ["a write", "posix/io/rw/pwrite", EIO, 0.01, /SQLITE_IOERR_/],
] as const;

/** Whether this life ended by a failure of the disk; it ends in no other way but as told. */
async function isStopped(
  rig: Rig,
  people: People,
  settings: Record<string, string>,
  code: RegExp,
): Promise<boolean> {
  const worker = rig.launch(settings);
  const timer = setTimeout(() => worker.kill(), LIFE_MS);
  while ((await Promise.race([worker.exited, pause(200)])) === undefined) await people.answer();
  clearTimeout(timer);
  const { code: exit, signal } = await worker.exited;
  // SIGTERM meets a worker that is not up yet, on a slow machine.
  expect([null, "SIGTERM"]).toContain(signal);
  if (exit === 0 || signal !== null) return false;
  // Its last words are not JSON; the log may go on behind them, when it is told to stop meanwhile.
  const said = worker.stderr
    .map(({ raw }) => raw)
    .filter((raw) => !raw.startsWith("{"))
    .slice(-2)
    .join("\n");
  expect(exit, said).toBe(1);
  expect(said).toContain("Check free space");
  expect(said).toMatch(code);
  expect(worker.stderr.map(({ raw }) => raw).join("\n")).not.toContain("    at ");
  return true;
}

describe.skipIf(!dovecotInstalled() || !canInject)(
  "a disk on which now and then",
  { timeout: 2 * TIMEOUT_MS },
  () => {
    for (const [what, point, errno, probability, code] of FAULTS) {
      test(`${what} fails stops the worker, and nothing is lost or paid twice`, async ({ rig }) => {
        process.stdout.write(`${what} fails: seed ${SEED}\n`);
        const people = createPeople(rig, chanceOf(SEED), ORDERS);
        const fault = `enable_random name=${point},probability=${probability},failinfo=${errno}`;
        const settings = { LD_PRELOAD: PRELOADED.join(" "), FIU_ENABLE: fault };
        let stops = 0;
        for (let start = 1; start <= STARTS_MAX && stops < STOPS; start++) {
          await people.ask();
          if (await isStopped(rig, people, settings, code)) stops += 1;
        }
        expect(stops).toBe(STOPS);

        while (await people.ask());
        await leaveInPeace(rig, people);
        expectPaidAsApproved(rig, people);
        expectEachCustomerTold(rig, people.asked);
        await expectTickets(rig, people.asked, ["refunded/refunded"]);
        await expectSoundDatabase(rig);
      });
    }
  },
);

// Rule 2: a server error that the provider replays is a person's decision, and so is a key that was
// used otherwise. The decision is given at the command line, on the file the worker uses.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { approve } from "../../src/commands/decisions.ts";
import { OutcomeUnknownError, PermanentError } from "../../src/domain/errors.ts";
import { openDesk, PROVIDER, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, FakeClock, HOUR, MINUTE } from "../support/fake-clock.ts";
import { typed } from "../support/operator.ts";

let directory: string;
let desk: TestDesk;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "henkin-person-"));
  // The command line has the system's clock, so the desk's starts there.
  const clock = new FakeClock(Date.now());
  desk = await openDesk({ path: join(directory, "henkin.db"), clock });
});
afterEach(async () => {
  await desk.close();
  rmSync(directory, { recursive: true });
});

const stored = () => aFailure(OutcomeUnknownError, "stored_server_error", "Replayed: 500.");

async function callWith(...faults: Error[]): Promise<void> {
  await desk.ask();
  desk.clock.advance(MINUTE);
  await desk.reply("OK");
  desk.provider.fail("createRefund", ...faults);
  await desk.work();
  for (let minute = 0; minute < 10; minute += 1) await desk.advance(MINUTE);
}

const approveAtTheCommandLine = () => typed(approve, directory);

const asked = () =>
  desk
    .mails("staff_task", TANAKA)
    .map(({ variables }) => String(variables["reason"]))
    .filter((reason) => reason.includes("henkin approve 1"));

describe("five stored server errors", () => {
  it("stop in front of a person, who is told how to go on", async () => {
    await callWith(...Array.from({ length: 5 }, stored));
    await desk.advance(DAY);
    expect(desk.provider.creations).toHaveLength(5);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", needsPerson: true });
    expect((await desk.ticket()).status).toBe("approved");
    expect(asked()).toHaveLength(1);
  });

  it("are no four", async () => {
    await callWith(...Array.from({ length: 4 }, stored));
    expect(desk.provider.creations).toHaveLength(5);
    expect((await desk.ticket()).status).toBe("refunded");
    expect(asked()).toEqual([]);
  });

  it("are no errors that are not replayed: those are repeated until the key is old", async () => {
    const lost = () => aFailure(OutcomeUnknownError, "server_error", "500.");
    await callWith(...Array.from({ length: 6 }, lost));
    expect(desk.provider.creations.length).toBeGreaterThan(6);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("keep looking: a refund that shows after all is taken", async () => {
    await callWith(...Array.from({ length: 5 }, stored));
    const refund = await desk.theRefund();
    await desk.provider.createRefund(refund, new AbortController().signal);
    await desk.advance(6 * HOUR);
    expect(await desk.theRefund()).toMatchObject({ state: "succeeded", needsPerson: false });
    expect((await desk.ticket()).status).toBe("refunded");
    expect(desk.provider.refunds).toHaveLength(1);
  });

  it("are released by `henkin approve`, which repeats the same call", async () => {
    await callWith(...Array.from({ length: 5 }, stored));
    expect(await approveAtTheCommandLine()).toMatch(/repeats the same call/);
    await desk.work();
    expect(desk.provider.creations).toHaveLength(6);
    expect(new Set(desk.provider.creations.map((call) => JSON.stringify(call))).size).toBe(1);
    expect((await desk.ticket()).status).toBe("refunded");
    const ordered = (await desk.events()).find(({ type }) => type === "refund_repeat_ordered");
    expect(ordered?.actor).toMatch(/^cli:/);
  });

  it("ask again after another five", async () => {
    await callWith(...Array.from({ length: 5 }, stored));
    desk.provider.fail("createRefund", ...Array.from({ length: 5 }, stored));
    await approveAtTheCommandLine();
    await desk.work();
    for (let minute = 0; minute < 10; minute += 1) await desk.advance(MINUTE);
    expect(desk.provider.creations).toHaveLength(10);
    expect((await desk.theRefund()).needsPerson).toBe(true);
    expect(asked()).toHaveLength(2);
  });
});

describe("a key that was used with other parameters", () => {
  it("goes to a person at once", async () => {
    await callWith(aFailure(OutcomeUnknownError, "idempotency_mismatch", "Other parameters."));
    expect(desk.provider.creations).toHaveLength(1);
    expect((await desk.theRefund()).needsPerson).toBe(true);
    expect(asked()).toHaveLength(1);
  });
});

describe("`henkin approve` elsewhere", () => {
  it("does not repeat a call that needs no person", async () => {
    await desk.ask();
    await desk.reply("OK");
    await desk.next(PROVIDER);
    await expect(approveAtTheCommandLine()).rejects.toThrow(/approved already/);
  });

  it("approves what is asked, in the operator's name", async () => {
    await desk.ask();
    expect(await approveAtTheCommandLine()).toMatch(/the worker carries it out/);
    await desk.advance(MINUTE);
    expect((await desk.ticket()).status).toBe("refunded");
    expect(desk.mail("decision_made", TANAKA).variables["by"]).toMatch(/^cli:/);
  });

  it("asks the approvers anew after a refusal, and their answer pays once", async () => {
    await callWith(aFailure(PermanentError, "insufficient_funds", "Too little."));
    expect((await desk.ticket()).status).toBe("refund_failed");
    expect(await approveAtTheCommandLine()).toMatch(/asked anew/);
    await desk.advance(MINUTE);
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    desk.clock.advance(MINUTE);
    await desk.reply("OK");
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
    const keys = desk.provider.creations.map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size).toBe(2);
    expect(desk.provider.refunds).toHaveLength(1);
  });
});

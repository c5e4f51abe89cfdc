// Messages put aside: seen, tried again, and never in the way of the next one.

import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { type Rig, TIMEOUT_MS, test } from "./rig.ts";

const HUGE_HEADER = `From: a@example.jp\r\nSubject: odd\r\nX-Long: ${"x".repeat(2 * 1024 * 1024)}\r\n\r\nhello\r\n`;

interface Listed {
  readonly id: string;
  readonly from: string;
  readonly subject: string;
  readonly reason: string;
  readonly size: number;
}

async function listed(rig: Rig): Promise<Listed[]> {
  return (await rig.henkin("quarantine", "--json")).json as unknown as Listed[];
}

const states = (rig: Rig) => rig.rows<{ state: string }>("select state from message");

describe.skipIf(!dovecotInstalled())("henkin quarantine", { timeout: TIMEOUT_MS }, () => {
  test("lists what was put aside, with the reason", async ({ rig }) => {
    await rig.dovecot.append(HUGE_HEADER);
    await rig.start();
    await rig.until(() => states(rig).length === 1);
    expect(await listed(rig)).toEqual([
      expect.objectContaining({
        id: expect.stringMatching(/^[0-9a-f]{12}$/),
        reason: "header_too_large",
        size: HUGE_HEADER.length,
      }),
    ]);
    expect((await rig.henkin("quarantine")).stdout).toContain("header_too_large");
  });

  test("retry reads again what can be read by now", async ({ rig }) => {
    const worker = await rig.start();
    await rig.dovecot.append(HUGE_HEADER);
    await rig.receiveForm();
    await rig.until(() => states(rig).length === 2);
    worker.kill();
    await worker.exited;
    // As an older henkin, which could not read it, would have left the form's mail.
    rig.change(
      "update message set state = 'quarantined', reason = 'old' where coalesce(reason, '') <> 'header_too_large'",
    );
    const old = (await listed(rig)).find(({ reason }) => reason === "old");
    await rig.start();
    expect((await rig.henkin("quarantine", "retry", old?.id ?? "")).code).toBe(0);
    await rig.until(() => states(rig).some(({ state }) => state === "processed"));
    expect((await listed(rig)).map(({ reason }) => reason)).toEqual(["header_too_large"]);
  });

  test("retry of what still cannot be read puts it aside again", async ({ rig }) => {
    await rig.dovecot.append(HUGE_HEADER);
    await rig.start();
    await rig.until(() => states(rig).length === 1);
    const [message] = await listed(rig);
    expect((await rig.henkin("quarantine", "retry", message?.id ?? "")).code).toBe(0);
    await rig.until(() => states(rig)[0]?.state === "quarantined");
    expect(await listed(rig)).toEqual([expect.objectContaining({ reason: "header_too_large" })]);
  });

  test("drop of what a person has dealt with takes it off the list, for good", async ({ rig }) => {
    await rig.dovecot.append(HUGE_HEADER);
    await rig.start();
    await rig.until(() => states(rig).length === 1);
    const [message] = await listed(rig);
    expect((await rig.henkin("quarantine", "drop", message?.id ?? "")).code).toBe(0);
    expect(await listed(rig)).toEqual([]);
    expect(rig.rows("select state, kind, reason from message")).toEqual([
      { state: "processed", kind: "other", reason: "dropped" },
    ]);
    expect((await rig.henkin("quarantine", "drop", message?.id ?? "")).code).toBe(1);
  });

  test("says what is wrong with an id", async ({ rig }) => {
    await rig.start();
    expect(await rig.henkin("quarantine", "retry", "0123456789ab")).toMatchObject({ code: 1 });
    expect(await rig.henkin("quarantine", "retry", "x")).toMatchObject({ code: 2 });
    expect(await rig.henkin("quarantine", "delete")).toMatchObject({ code: 2 });
  });
});

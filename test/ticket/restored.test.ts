// Rule 1 after the database was set back to an older copy: what approved before may have lost against a
// decision that the copy does not know, so it is asked anew. Refusals still count.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { beginPaused } from "../../src/ticket/paused-start.ts";
import { findRestoredAt, rememberRestore } from "../../src/ticket/restored.ts";
import { anAnswer, quoting } from "../jobs/recorded-mail.ts";
import {
  openApproved,
  openDesk,
  openPlanned,
  PROVIDER,
  SATO,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { MINUTE } from "../support/fake-clock.ts";
import { aPayment } from "../support/memory-provider.ts";

let desk: TestDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

async function reopen(opened: Promise<TestDesk>): Promise<void> {
  await desk.close();
  desk = await opened;
}

async function setBack(): Promise<void> {
  desk.clock.advance(MINUTE);
  await desk.store.write((tx) => rememberRestore(tx, desk.clock.now()));
  desk.clock.advance(MINUTE);
}

/** An answer that lay in the mailbox before, and is read now. */
async function readAgain(text: string, by: string = TANAKA): Promise<void> {
  const now = desk.clock.now();
  desk.clock.set(now - 3 * MINUTE);
  const [request] = desk.transport.accepted.filter(
    ({ name, to }) => to === by && (name === "approval_request" || name === "candidates"),
  );
  if (request === undefined) throw new Error(`${by} was not asked`);
  await desk.receive(anAnswer(request, quoting(text, request)));
  desk.clock.set(now);
  await desk.work();
}

const changes = (to: string = TANAKA) => desk.mail("approval_request", to).variables["changes"];
const explained = () =>
  desk.mails("ambiguous_answer", TANAKA).map(({ variables }) => String(variables["reason"]));
const WHY = [expect.stringContaining("was restored from a backup")];

describe("an approval from before the restore", () => {
  it("pays nothing and is asked anew, which every approver reads; the next one pays", async () => {
    await desk.ask();
    await setBack();
    await readAgain("OK");
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    expect(desk.provider.creations).toEqual([]);
    expect([changes(), changes(SATO)]).toEqual([WHY, WHY]);
    expect(explained()).toEqual([]);
    expect(await desk.noted("answer_before_restore")).toMatchObject([
      { decision: "approve", round: 1 },
    ]);

    desk.clock.advance(MINUTE);
    await desk.reply("OK");
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("is asked anew once, and then only explained, also to the second request", async () => {
    await desk.ask();
    await setBack();
    await readAgain("OK");
    // The code of a round is derived, and may have been known before.
    const second = desk.mail("approval_request", TANAKA);
    const now = desk.clock.now();
    desk.clock.set(now - 3 * MINUTE);
    await desk.receive(anAnswer(second, quoting("OK", second)));
    desk.clock.set(now);
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    expect(explained()).toEqual([expect.stringContaining("older than the restore")]);
    expect(desk.provider.creations).toEqual([]);
  });

  it("that chooses a candidate chooses nothing", async () => {
    const others = ["a@customer.example", "b@customer.example"].map((payerEmail, index) =>
      aPayment({ id: `pi_${index}`, payerEmail, payerName: null }),
    );
    await reopen(openDesk({ payments: others }));
    await desk.ask();
    expect((await desk.ticket()).status).toBe("unmatched");
    await setBack();
    await readAgain("1");
    expect(await desk.ticket()).toMatchObject({ status: "unmatched", round: 2 });
    expect(explained()).toEqual([expect.stringContaining("older than the restore")]);

    desk.clock.advance(MINUTE);
    await desk.reply("1");
    await desk.work();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });

  it.each([
    ["NG", "rejected"],
    ["保留", "awaiting_approval"],
  ])("is none where it says %s, which counts", async (text, status) => {
    await desk.ask();
    await setBack();
    await readAgain(text);
    expect(await desk.ticket()).toMatchObject({ status, round: 1 });
    expect(await desk.noted("decision")).toHaveLength(1);
  });
});

describe("what the copy itself holds", () => {
  it("as approved, and not carried out, is asked anew", async () => {
    await reopen(openApproved());
    await setBack();
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    expect(changes()).toEqual(WHY);
    expect([desk.provider.creations, await desk.refunds()]).toEqual([[], []]);
  });

  it("as the first of two approvals does not complete the second", async () => {
    await reopen(openDesk({ shop: { secondApprovalFromMinor: 1 } }));
    await desk.ask();
    await desk.reply("OK");
    await setBack();
    desk.clock.advance(MINUTE);
    await desk.reply("OK", SATO);
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    expect(desk.provider.creations).toEqual([]);
  });

  it("with a stored key goes on under it", async () => {
    await reopen(openPlanned());
    const { idempotencyKey } = await desk.theRefund();
    await setBack();
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
    expect(await desk.theRefund()).toMatchObject({ idempotencyKey });
  });

  it("is still stopped by a STOP from before", async () => {
    await reopen(openApproved());
    await setBack();
    const now = desk.clock.now();
    desk.clock.set(now - 3 * MINUTE);
    await desk.reply("STOP", SATO);
    desk.clock.set(now);
    await desk.work([PROVIDER]);
    expect((await desk.ticket()).status).toBe("rejected");
  });
});

describe("the moment", () => {
  const start = async (sign: string | null) => {
    desk.clock.advance(MINUTE);
    await desk.store.write((tx) => beginPaused(tx, desk.desk, desk.log, sign));
    return desk.store.read(findRestoredAt);
  };

  it("is kept of each start on what may be a copy; restore has kept its own", async () => {
    expect([await start(null), await start("restored")]).toEqual([null, null]);
    expect(await start("older_database")).toBe(desk.clock.now());
    expect(await start("other_place")).toBe(desk.clock.now());
    expect(await start("older_database")).toBe(desk.clock.now());
    const first = desk.clock.now();
    expect(await start(null)).toBe(first);
    expect(await start("older_database")).toBe(first + 2 * MINUTE);
  });
});

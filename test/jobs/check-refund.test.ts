// Rule 9: what the provider's word about a refund means, now and weeks later.

import { afterEach, describe, expect, it } from "vitest";
import type { ProviderRefund } from "../../src/domain/payment.ts";
import { checkRefundAt } from "../../src/ticket/settle.ts";
import { openDesk, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

/** Paid back once, with this answer of the provider. */
async function refunded(status: ProviderRefund["status"], method = "card"): Promise<void> {
  desk = await openDesk({ payments: [aPayment({ method })] });
  desk.provider.nextStatus = status;
  await desk.ask();
  await desk.reply("OK");
  await desk.work();
}

const toTaro = () =>
  desk.transport.accepted.filter(({ to }) => to === TARO).map(({ name }) => name);
const tasks = () => desk.mails("staff_task", TANAKA).map(({ variables }) => variables["reason"]);

describe("the provider's first word", () => {
  it.each<[ProviderRefund["status"], string, string[]]>([
    ["succeeded", "refunded", ["refunded"]],
    ["pending", "refund_pending", ["refund_started"]],
    ["requires_action", "refund_requires_action", ["refund_needs_details"]],
    ["failed", "refund_failed", ["refund_failed"]],
    ["canceled", "refund_failed", ["refund_failed"]],
    ["unknown", "approved", []],
  ])("%s makes the ticket %s and tells the customer %j", async (status, ticket, mails) => {
    await refunded(status);
    expect((await desk.ticket()).status).toBe(ticket);
    expect(toTaro()).toEqual(mails);
    expect(toTaro().includes("refunded")).toBe(status === "succeeded");
  });

  it.each<ProviderRefund["status"]>(["failed", "canceled", "unknown"])(
    "%s is put before staff",
    async (status) => {
      await refunded(status);
      expect(tasks()).toHaveLength(1);
    },
  );

  it("names a status nobody knows, and asks again a day later", async () => {
    await refunded("unknown");
    expect(tasks()[0]).toContain("a_new_word");
    desk.provider.settle("re_1", "succeeded");
    await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("refunded");
    expect(toTaro()).toEqual(["refunded"]);
  });

  it("that nobody knew and turns out to be pending moves the ticket, too", async () => {
    await refunded("unknown");
    desk.provider.settle("re_1", "pending");
    await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("refund_pending");
    expect(toTaro()).toEqual(["refund_started"]);
  });
});

describe("a refund that is not final", () => {
  it.each<[ProviderRefund["status"], ProviderRefund["status"], string, string]>([
    ["pending", "succeeded", "refunded", "refunded"],
    ["pending", "failed", "refund_failed", "refund_failed"],
    ["pending", "canceled", "refund_failed", "refund_failed"],
    ["pending", "requires_action", "refund_requires_action", "refund_needs_details"],
    ["requires_action", "pending", "refund_pending", "refund_started"],
    ["requires_action", "succeeded", "refunded", "refunded"],
    ["requires_action", "canceled", "refund_failed", "refund_failed"],
  ])("goes from %s to %s: the ticket is %s", async (first, then, status, mail) => {
    await refunded(first, "konbini");
    await desk.advance(15 * MINUTE);
    const before = toTaro().length;
    desk.provider.settle("re_1", then);
    await desk.advance(15 * MINUTE);
    expect((await desk.ticket()).status).toBe(status);
    expect(toTaro().slice(before)).toEqual([mail]);
  });

  it("is read again for weeks, and told once", async () => {
    await refunded("pending");
    for (let days = 0; days < 60; days += 1) await desk.advance(DAY);
    expect(toTaro()).toEqual(["refund_started"]);
    desk.provider.settle("re_1", "succeeded");
    await desk.advance(HOUR);
    expect(toTaro()).toEqual(["refund_started", "refunded"]);
  });

  it("stays as it is while the provider does not show it", async () => {
    await refunded("pending");
    const [lost] = desk.provider.refunds.splice(0);
    await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("refund_pending");
    if (lost !== undefined) desk.provider.refunds.push(lost);
    desk.provider.settle("re_1", "succeeded");
    await desk.advance(2 * DAY);
    expect((await desk.ticket()).status).toBe("refunded");
  });
});

describe("a refund that the provider does not show any more", () => {
  it("is put before a person once, changes nothing, and is not looked for without end", async () => {
    await refunded("pending");
    desk.provider.refunds.splice(0);
    await desk.advance(HOUR);
    expect(tasks()).toEqual([]);
    for (let days = 0; days < 91; days += 1) await desk.advance(DAY);
    expect(tasks()).toEqual([expect.stringMatching(/does not show refund re_1/)]);
    expect((await desk.ticket()).status).toBe("refund_pending");
    expect(toTaro()).toEqual(["refund_started"]);
    expect(desk.provider.creations).toHaveLength(1);
    const looks = () => desk.provider.calls.filter((call) => call === "retrieveRefund").length;
    const before = looks();
    for (let days = 0; days < 3; days += 1) await desk.advance(DAY);
    expect(looks()).toBe(before);
    expect((await desk.events()).map(({ type }) => type)).toContain("refund_follow_ended");
  });

  it("is nobody's alarm where its payment is not shown either", async () => {
    await refunded("pending");
    desk.provider.refunds.splice(0);
    desk.provider.remove("pi_679");
    for (let days = 0; days < 3; days += 1) await desk.advance(DAY);
    expect(tasks()).toEqual([]);
  });
});

describe("a refund whose status nobody knows", () => {
  it("is told of once, however often it is read", async () => {
    await refunded("unknown");
    for (let days = 0; days < 5; days += 1) await desk.advance(DAY);
    expect(tasks()).toHaveLength(1);
    const events = (await desk.events()).map(({ type }) => type);
    expect(events.filter((type) => type === "refund_status_unknown")).toHaveLength(1);
  });

  it("keeps the one that was known, and blocks no other refund of its payment", async () => {
    await refunded("pending");
    desk.provider.settle("re_1", "unknown");
    await desk.advance(HOUR);
    expect((await desk.refunds())[0]?.state).toBe("pending");
    expect(tasks()).toHaveLength(1);
    desk.provider.settle("re_1", "succeeded");
    await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("refunded");
    expect(toTaro()).toEqual(["refund_started", "refunded"]);
  });
});

describe("a refund that succeeded", () => {
  it("can fail weeks later: the ticket is open again and both sides hear of it", async () => {
    await refunded("succeeded");
    for (let days = 0; days < 30; days += 1) await desk.advance(DAY);
    expect(await desk.ticket()).toMatchObject({ status: "refunded", resolution: "refunded" });
    desk.provider.settle("re_1", "failed", "lost_or_stolen_card");
    await desk.advance(DAY);
    expect(await desk.ticket()).toMatchObject({ status: "refund_failed", resolution: null });
    expect(toTaro()).toEqual(["refunded", "refund_failed"]);
    expect(tasks()[0]).toMatch(/¥2,467 failed: lost_or_stolen_card/);
    expect((await desk.refunds())[0]).toMatchObject({
      state: "failed",
      failureReason: "lost_or_stolen_card",
    });
  });

  it("can wait for the customer again", async () => {
    await refunded("succeeded", "konbini");
    desk.provider.settle("re_1", "requires_action");
    await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("refund_requires_action");
    expect(toTaro()).toEqual(["refunded", "refund_needs_details"]);
  });

  it("again after it had come back is told again, and followed again", async () => {
    await refunded("succeeded", "konbini");
    for (let days = 0; days < 40; days += 1) await desk.advance(DAY);
    desk.provider.settle("re_1", "requires_action");
    await desk.advance(DAY);
    desk.provider.settle("re_1", "succeeded");
    await desk.advance(HOUR);
    expect(toTaro()).toEqual(["refunded", "refund_needs_details", "refunded"]);
    for (let days = 0; days < 30; days += 1) await desk.advance(DAY);
    desk.provider.settle("re_1", "failed");
    await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("refund_failed");
    expect(toTaro().at(-1)).toBe("refund_failed");
  });

  it("is read by one job alone, whoever asks for a look", async () => {
    await refunded("pending");
    const [refund] = await desk.refunds();
    if (refund === undefined) throw new Error("no refund");
    const looks = () => desk.provider.calls.filter((call) => call === "retrieveRefund").length;
    for (let times = 0; times < 3; times += 1) {
      await desk.store.write((tx) => checkRefundAt(tx, refund, desk.clock.now()));
      await desk.work();
    }
    const before = looks();
    await desk.advance(15 * MINUTE);
    expect(looks()).toBe(before + 1);
  });

  it("is followed for 45 days and no longer", async () => {
    await refunded("succeeded");
    for (let days = 0; days < 44; days += 1) await desk.advance(DAY);
    const due = async () =>
      desk.store.write((tx) =>
        tx.jobs.claim(desk.clock.now() + 30 * DAY, [{ lane: "provider:memory", limit: 50 }]),
      );
    expect((await due()).map(({ kind }) => kind)).toContain("check_refund");
    await desk.store.write((tx) => tx.jobs.releaseAll());
    for (let days = 0; days < 3; days += 1) await desk.advance(DAY);
    expect((await due()).map(({ kind }) => kind)).not.toContain("check_refund");
  });

  it("that failed is not looked at again", async () => {
    await refunded("failed");
    for (let days = 0; days < 3; days += 1) await desk.advance(DAY);
    expect(desk.provider.calls).not.toContain("retrieveRefund");
    expect(toTaro()).toEqual(["refund_failed"]);
  });
});

describe("what the customer reads", () => {
  it("goes to the address on the payment, not to one that only the form claims", async () => {
    desk = await openDesk();
    await desk.ask({ email: "other@mail.example" });
    await desk.reply("OK");
    await desk.work();
    expect(desk.mails("refunded").map(({ to }) => to)).toEqual([TARO]);
    expect(desk.mail("approval_request", TANAKA).variables["customerEmail"]).toBe(TARO);
  });

  it("goes to the form's address where the payment bears none, and the request says so", async () => {
    desk = await openDesk({ payments: [aPayment({ payerEmail: null })] });
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    expect(desk.mails("refunded").map(({ to }) => to)).toEqual([TARO]);
    const warnings = desk.mail("approval_request", TANAKA).variables["warnings"] as string[];
    expect(warnings.join()).toMatch(/bears no e-mail/);
  });

  it.each([
    ["card", "card"],
    ["konbini", "bank"],
  ])("says how the money goes back: %s by %s", async (method, route) => {
    await refunded("succeeded", method);
    expect(desk.mail("refunded", TARO).variables).toMatchObject({
      amount: "¥2,467",
      paidAmount: "¥2,467",
      isPartial: false,
      route,
      date: "2026-11-09",
    });
  });

  it("names the day until which bank details are waited for", async () => {
    await refunded("requires_action", "konbini");
    expect(desk.mail("refund_needs_details", TARO).variables["deadline"]).toBe("2026-12-24");
  });
});

// Rules 1 and 7: which answers by mail decide, and what happens to all the others.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anAnswer, type Sent } from "../jobs/recorded-mail.ts";
import { type DeskOptions, openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";
import type { MessageParts } from "../support/message.ts";

let desk: TestDesk;
let request: Sent;

async function open(options: DeskOptions = {}): Promise<void> {
  desk = await openDesk(options);
  await desk.ask();
  request = desk.mail("approval_request", TANAKA);
}
beforeEach(() => open());
afterEach(() => desk.close());

async function reopen(options: DeskOptions): Promise<void> {
  await desk.close();
  await open(options);
}

async function answer(text: string, parts: MessageParts = {}): Promise<void> {
  await desk.receive(anAnswer(request, text, parts));
  await desk.work();
}

async function expectNothingDone(): Promise<void> {
  expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 1 });
  expect((await desk.round()).state).toBe("open");
  expect(desk.provider.creations).toEqual([]);
}

const explanations = (to: string = TANAKA) =>
  desk.mails("ambiguous_answer", to).map(({ variables }) => String(variables["reason"]));

describe("a clear answer of an authenticated approver in the thread", () => {
  it.each(["OK", "承認します。", "OK 2467", "ＯＫ", "ok!", "承認\n\nよろしくお願いします。"])(
    "approves: %s",
    async (text) => {
      await answer(text);
      expect((await desk.ticket()).status).toBe("refunded");
      expect(desk.provider.creations).toHaveLength(1);
      expect(explanations()).toEqual([]);
    },
  );

  it("is recorded with who said it, in which mail, to which question", async () => {
    await answer("OK 2000\nメモ: 着払い");
    const { id } = await desk.ticket();
    const [approval] = await desk.store.read((tx) => tx.approvals.listApprovals(id, 1));
    expect(approval).toMatchObject({
      approver: TANAKA,
      amountMinor: 2000,
      note: "着払い",
      messagePk: expect.stringContaining("identity of"),
    });
    const decision = (await desk.events()).find(({ type }) => type === "decision");
    expect(decision).toMatchObject({ actor: TANAKA, data: { decision: "approved", round: 1 } });
  });

  it("rejects, with a polite text for the customer", async () => {
    await answer("NG 期限超過");
    expect(await desk.ticket()).toMatchObject({ status: "rejected", resolution: "rejected" });
    expect(desk.mail("rejected", TARO).variables).toMatchObject({ isExpired: true, note: "" });
    expect(desk.mails("decision_made", SATO)).toHaveLength(1);
    expect(desk.mails("decision_made", TANAKA)).toEqual([]);
    expect(desk.provider.creations).toEqual([]);
  });
});

describe("what is not clearly an approval", () => {
  it.each([
    "はい",
    "了解",
    "👍",
    "OK?",
    "OKだと思います",
    "OKではない",
    "OK 679",
    "OK 2468",
    "OK 0",
    "OK 1000 OK 2000",
    "1",
    "在庫を確認してからOKにします",
    "",
    "OK\n\nあ、やっぱり待ってください",
  ])("does nothing and is explained once: %j", async (text) => {
    await answer(text);
    await expectNothingDone();
    expect(explanations()).toHaveLength(1);
    await answer(text);
    expect(explanations()).toHaveLength(1);
  });
});

describe("an answer whose sender is not certain", () => {
  const by = (results: string): MessageParts => ({
    headers: { From: TANAKA, "Authentication-Results": results },
  });

  it.each<[string, MessageParts]>([
    ["nothing says who sent it", { headers: { From: TANAKA } }],
    ["SPF alone passes", by("mx.shop.example; spf=pass smtp.mailfrom=shop.example")],
    ["DMARC fails", by("mx.shop.example; dmarc=fail header.from=shop.example")],
    ["DMARC passes for another domain", by("mx.shop.example; dmarc=pass header.from=evil.example")],
    ["somebody else's server says so", by("mx.evil.example; dmarc=pass header.from=shop.example")],
  ])("decides nothing where %s; the real approver is told", async (_name, parts) => {
    await answer("OK", parts);
    await expectNothingDone();
    expect(explanations()).toEqual([expect.stringMatching(/could not be authenticated/)]);
    expect(explanations(SATO)).toEqual([]);
  });

  it.each<[string, MessageParts]>([
    ["an out-of-office reply", { headers: { From: TANAKA, "Auto-Submitted": "auto-replied" } }],
    ["a mailing list", { headers: { From: TANAKA, Precedence: "bulk" } }],
  ])("is %s: nothing happens, and nobody is answered", async (_name, parts) => {
    await answer("OK", parts);
    await expectNothingDone();
    expect(explanations()).toEqual([]);
  });

  it("comes from a stranger: the approvers hear of it, the stranger nothing", async () => {
    const stranger = "evil@mail.example";
    await answer("OK", {
      from: stranger,
      headers: {
        From: stranger,
        "Authentication-Results": "mx.shop.example; dmarc=pass header.from=mail.example",
      },
    });
    await expectNothingDone();
    expect(desk.mail("staff_task", SATO).variables["reason"]).toContain(stranger);
    expect(desk.transport.accepted.filter(({ to }) => to === stranger)).toEqual([]);
  });

  it("comes from the customer: it decides nothing", async () => {
    await answer("OK", {
      from: TARO,
      headers: {
        From: TARO,
        "Authentication-Results": "mx.shop.example; dmarc=pass header.from=mail.example",
      },
    });
    await expectNothingDone();
  });

  it("comes from a manager who is no approver: it decides nothing", async () => {
    const manager = "manager@shop.example";
    await answer("OK", {
      from: manager,
      headers: { ...anAnswer(request, "").headers, From: manager },
    });
    await expectNothingDone();
  });
});

describe("an answer that may belong elsewhere", () => {
  it.each<[string, () => MessageParts]>([
    ["only the ticket number", () => ({ inReplyTo: [] })],
    ["another ticket in its subject", () => ({ subject: "Re: [R-1] [R-2]" })],
    ["a guessed Message-ID", () => ({ inReplyTo: ["henkin.0000@shop.example"] })],
    [
      "the request to another approver",
      () => ({ inReplyTo: [desk.mail("approval_request", SATO).messageId] }),
    ],
  ])("shows %s: it decides nothing", async (_name, parts) => {
    await answer("OK", parts());
    await expectNothingDone();
  });

  it("shows the one-time code, in the text or in the quote: it counts", async () => {
    await answer(`OK\nコード: ${request.variables["code"]}`, { inReplyTo: [] });
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("shows the code of another approver: it decides nothing", async () => {
    const other = desk.mail("approval_request", SATO).variables["code"];
    await answer(`OK\nコード: ${other}`, { inReplyTo: [] });
    await expectNothingDone();
    expect(explanations()).toHaveLength(1);
  });

  it("is to a later request that a restored database has lost: it decides nothing", async () => {
    const lost = request.messageId.replace(/[0-9a-f]{40}/, "0".repeat(40));
    const references = [request.messageId, lost];
    await answer("OK", { inReplyTo: [lost], references });
    await expectNothingDone();
    expect(explanations()).toHaveLength(1);
    // Some programs name the mail that is answered only there.
    await answer("OK 2000", { inReplyTo: [], references });
    await expectNothingDone();
  });

  it("is to an outdated request: it decides nothing and says so", async () => {
    const { id } = await desk.ticket();
    await desk.store.write((tx) =>
      tx.jobs.add({
        id: "match_payment/again",
        kind: "match_payment",
        lane: "matching",
        ticketId: id,
        payload: { reissue: "1", provider: "memory", paymentId: "pi_679" },
        dueAt: desk.clock.now(),
      }),
    );
    await desk.work();
    expect((await desk.ticket()).round).toBe(2);
    await answer("OK");
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    expect(explanations()).toEqual([expect.stringMatching(/outdated request/)]);
    expect(desk.provider.creations).toEqual([]);
  });

  it("comes after the decision: the first one stands", async () => {
    await answer("NG");
    await desk.receive(anAnswer(desk.mail("approval_request", SATO), "OK"));
    await desk.work();
    expect((await desk.ticket()).status).toBe("rejected");
    expect(explanations(SATO)).toEqual([expect.stringMatching(/decided already/)]);
    expect(desk.provider.creations).toEqual([]);
  });
});

describe("without sender authentication", () => {
  const bare: MessageParts = { headers: { From: TANAKA } };

  it("small card refunds are taken by mail", async () => {
    await reopen({ shop: { approvalAuth: "token", tokenMaxMinor: 2467 } });
    await answer("OK", bare);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it.each<[string, DeskOptions]>([
    ["a larger one", { shop: { approvalAuth: "token", tokenMaxMinor: 2466 } }],
    [
      "one that goes to a bank account",
      { shop: { approvalAuth: "token" }, payments: [aPayment({ method: "konbini" })] },
    ],
  ])("%s is not", async (_name, options) => {
    await reopen(options);
    await answer("OK", bare);
    await expectNothingDone();
    expect(explanations()).toEqual([expect.stringMatching(/Without sender authentication/)]);
  });
});

describe("the requester and the payer", () => {
  it.each<[string, () => Promise<void>]>([
    [
      "who asked",
      async () => {
        desk = await openDesk();
        await desk.ask({ email: TANAKA });
      },
    ],
    [
      "who paid",
      async () => {
        desk = await openDesk({ payments: [aPayment({ payerEmail: TANAKA })] });
        await desk.ask();
      },
    ],
  ])("do not approve their own: %s", async (_name, ask) => {
    await desk.close();
    await ask();
    request = desk.mail("approval_request", TANAKA);
    await answer("OK");
    await expectNothingDone();
    expect(explanations()).toEqual([expect.stringMatching(/another approver must decide/)]);
    await desk.receive(anAnswer(desk.mail("approval_request", SATO), "OK"));
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
  });
});

describe("STOP", () => {
  const stopBySato = () => desk.receive(anAnswer(desk.mail("approval_request", SATO), "STOP"));

  it("is not heard where nothing waits", async () => {
    await answer("STOP");
    await expectNothingDone();
  });

  it("tells everybody; each was told until when it is heard", async () => {
    await reopen({ shop: { coolingMs: 30 * MINUTE } });
    await answer("OK");
    for (const to of [TANAKA, SATO]) {
      expect(desk.mail("decision_made", to).variables["stopUntil"]).toBe("2026-11-09 10:30");
    }
    desk.clock.advance(MINUTE);
    await stopBySato();
    await desk.work();
    await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("rejected");
    expect(desk.provider.creations).toEqual([]);
    expect(desk.mail("decision_made", TANAKA).variables["decision"]).toMatch(/stopped/);
  });

  it("that is read only when the refund is due stops it, or comes too late: never both", async () => {
    await reopen({ shop: { coolingMs: 30 * MINUTE } });
    await answer("OK");
    await stopBySato();
    await desk.advance(DAY);
    const isStopped = (await desk.ticket()).status === "rejected";
    expect(desk.provider.refunds).toHaveLength(isStopped ? 0 : 1);
  });
});

// Rules 1 and 7 where a request is moved into a folder of its mailbox: only a request of ours, as we
// sent it, about what is asked now, decides; and it decides once.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  decideByFolder,
  explainFolder,
  type FolderVerdict,
} from "../../src/ticket/folder-decision.ts";
import { ownHeaderValue } from "../../src/ticket/own-mail.ts";
import { anAnswer, type Sent } from "../jobs/recorded-mail.ts";
import { type DeskOptions, openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";
import { aMessage, type MessageParts } from "../support/message.ts";

const BY_TANAKA = `imap-folder:${TANAKA}`;

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

/** The mail as it lies in the folder; `parts` is what somebody changed about it. */
async function found(verdict: FolderVerdict, mail: Sent, parts: MessageParts = {}): Promise<void> {
  desk.clock.advance(MINUTE);
  const message = aMessage({
    from: "shop@shop.example",
    to: mail.to,
    subject: `[${mail.variables["reference"]}]`,
    messageId: mail.messageId,
    headers: { ...mail.draft.headers },
    ...parts,
  });
  await desk.store.write(async (tx) => {
    const undecided = await decideByFolder(tx, desk.desk, message, verdict);
    if (undecided !== null) await explainFolder(tx, desk.desk, undecided);
  });
}

async function move(verdict: FolderVerdict, mail = request, parts: MessageParts = {}) {
  await found(verdict, mail, parts);
  await desk.work();
}

async function answer(text: string, mail: Sent): Promise<void> {
  desk.clock.advance(MINUTE);
  await desk.receive(anAnswer(mail, text));
  await desk.work();
}

/** The same question in a new round. */
async function askAgain(): Promise<void> {
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
}

const status = async () => (await desk.ticket()).status;
const approvals = async () => {
  const { id, round } = await desk.ticket();
  return desk.store.read((tx) => tx.approvals.listApprovals(id, round));
};
const explanations = (to: string = TANAKA) =>
  desk.mails("ambiguous_answer", to).map(({ variables }) => String(variables["reason"]));

async function expectNothingDecided(): Promise<void> {
  expect((await desk.round()).state).toBe("open");
  expect(await approvals()).toEqual([]);
  expect(desk.provider.creations).toEqual([]);
}

describe("a request in the folder for approvals", () => {
  it("pays the proposed amount, and everybody else hears of it", async () => {
    await move("approve");
    expect(await status()).toBe("refunded");
    expect(desk.provider.creations).toMatchObject([{ paymentId: "pi_679", amountMinor: 2467 }]);
    expect(desk.mails("refunded", TARO)).toHaveLength(1);
    expect(desk.mail("decision_made", SATO).variables["by"]).toBe(BY_TANAKA);
    expect(explanations()).toEqual([]);
  });

  it("is recorded as a move of the request to that address", async () => {
    await move("approve");
    expect(await approvals()).toMatchObject([
      { approver: BY_TANAKA, amountMinor: 2467, reason: "requested_by_customer", messagePk: null },
    ]);
    const events = await desk.events();
    expect(events.find(({ type }) => type === "decision")).toMatchObject({
      actor: BY_TANAKA,
      data: { decision: "approved", round: 1 },
    });
    expect(events.find(({ type }) => type === "approval_granted")?.actor).toBe(BY_TANAKA);
  });

  it("pays once, however many copies of it lie there", async () => {
    await move("approve");
    await move("approve");
    await move("approve", desk.mail("approval_request", SATO));
    expect(desk.provider.creations).toHaveLength(1);
    expect(explanations()).toEqual([expect.stringMatching(/decided already/)]);
    expect(explanations(SATO)).toEqual([expect.stringMatching(/decided already/)]);
  });
});

describe("a request in the folder for rejections", () => {
  it("rejects, and the customer is told politely", async () => {
    await move("reject");
    expect(await desk.ticket()).toMatchObject({ status: "rejected", resolution: "rejected" });
    expect(desk.mail("rejected", TARO).variables).toMatchObject({ isExpired: false, note: "" });
    expect(desk.provider.creations).toEqual([]);
  });

  it("rejects candidates as well", async () => {
    await desk.ask({ order: "678", name: "山田花子" });
    await move("reject", desk.mail("candidates", TANAKA));
    expect((await desk.ticket(2)).status).toBe("rejected");
    expect(await status()).toBe("awaiting_approval");
  });

  it("stays rejected when it is moved on into the other folder", async () => {
    await move("reject");
    await move("approve");
    expect(await status()).toBe("rejected");
    expect(explanations()).toEqual([expect.stringMatching(/decided already/)]);
    expect(desk.provider.creations).toEqual([]);
  });
});

describe("a request that asks something else than may be approved", () => {
  it("of an older round decides nothing; its approver is told, the newest one counts", async () => {
    await askAgain();
    await move("approve");
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    expect(explanations()).toEqual([expect.stringMatching(/outdated request/)]);
    expect(explanations(SATO)).toEqual([]);
    await move("reject");
    await expectNothingDecided();
    await move("approve", desk.mail("approval_request", TANAKA));
    expect(await status()).toBe("refunded");
  });

  it("that listed candidates before one was chosen decides nothing, and says so", async () => {
    await desk.close();
    desk = await openDesk();
    await desk.ask({ order: "678" });
    await desk.reply("1");
    for (const verdict of ["approve", "reject"] as const) {
      await move(verdict, desk.mail("candidates", SATO));
      await expectNothingDecided();
    }
    expect(explanations(SATO)).toEqual([expect.stringMatching(/outdated request/)]);
  });

  it("of a ticket that was decided by mail decides nothing; its approver is told", async () => {
    await desk.reply("NG", SATO);
    await desk.work();
    await move("approve");
    expect(await status()).toBe("rejected");
    expect(explanations()).toEqual([expect.stringMatching(/decided already/)]);
    expect(desk.provider.creations).toEqual([]);
  });

  it("of a ticket that the customer took back pays nothing", async () => {
    await desk.receive({ from: TARO, text: "注文番号 679 のキャンセルは取り下げます。" });
    await desk.work();
    await move("approve");
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "withdrawn" });
    expect(desk.provider.creations).toEqual([]);
  });

  it("that lists candidates approves none; its approver is told", async () => {
    await desk.close();
    desk = await openDesk();
    await desk.ask({ order: "678" });
    await move("approve", desk.mail("candidates", TANAKA));
    expect(await status()).toBe("unmatched");
    await expectNothingDecided();
    expect(explanations()).toEqual([expect.stringMatching(/Choose a candidate/)]);
  });

  it("that proposes no amount approves none; its approver is told", async () => {
    await desk.close();
    desk = await openDesk();
    await desk.ask({ text: "一部返金をお願いします。" });
    await move("approve", desk.mail("approval_request", TANAKA));
    await expectNothingDecided();
    expect(explanations()).toEqual([expect.stringMatching(/No amount is proposed/)]);
  });

  it.each<[string, DeskOptions, { email?: string }]>([
    ["the payer", { payments: [aPayment({ payerEmail: TANAKA })] }, {}],
    ["the requester", {}, { email: TANAKA }],
  ])("of %s pays nothing to him; another's request does", async (_who, options, wish) => {
    await desk.close();
    desk = await openDesk(options);
    await desk.ask(wish);
    await move("approve", desk.mail("approval_request", TANAKA));
    await expectNothingDecided();
    expect(explanations()).toEqual([expect.stringMatching(/another approver must decide/)]);
    await move("approve", desk.mail("approval_request", SATO));
    expect(await status()).toBe("refunded");
  });
});

describe("a mail that is no request of ours", () => {
  const signed = (messageId: string) => ({
    "X-Henkin": ownHeaderValue(desk.desk.signer, messageId),
  });

  it.each<[string, () => MessageParts]>([
    ["bears our Message-ID, but no mark", () => ({ headers: {} })],
    [
      "bears a mark somebody made up",
      () => ({ headers: { "X-Henkin": `${request.messageId} ${"0".repeat(40)}` } }),
    ],
    [
      "bears the mark of another request",
      () => ({ headers: signed(desk.mail("approval_request", SATO).messageId) }),
    ],
    ["bears our mark under another Message-ID", () => ({ messageId: "forged@mail.example" })],
    [
      "is signed by us, but asks nothing",
      () => ({ messageId: "x@shop.example", headers: signed("x@shop.example") }),
    ],
    [
      "only answers a request",
      () => ({ messageId: "a@x.example", inReplyTo: [request.messageId] }),
    ],
  ])("decides nothing, and nobody is told: it %s", async (_what, parts) => {
    const before = await desk.store.read((tx) => tx.events.findHead());
    const mails = desk.transport.attempts.length;
    for (const verdict of ["approve", "reject"] as const) await move(verdict, request, parts());
    await expectNothingDecided();
    expect(await status()).toBe("awaiting_approval");
    expect(desk.transport.attempts).toHaveLength(mails);
    const after = await desk.store.read((tx) => tx.events.findHead());
    expect((after?.seq ?? 0) - (before?.seq ?? 0)).toBe(2);
  });
});

describe("what is no request to somebody who may decide", () => {
  it("decides nothing: a reminder, whose reader learns what would", async () => {
    await desk.advance(4 * DAY);
    await move("approve", desk.mail("reminder", TANAKA));
    await expectNothingDecided();
    expect(desk.mail("staff_task", TANAKA).variables["reason"]).toMatch(/approval request itself/);
  });

  it("decides nothing: the request of an approver who was taken off the list", async () => {
    const later = await openDesk({ on: desk, shop: { staff: [SATO] } });
    const message = aMessage({
      messageId: request.messageId,
      headers: { ...request.draft.headers },
    });
    await desk.store.write((tx) => decideByFolder(tx, later.desk, message, "reject"));
    await expectNothingDecided();
  });
});

describe("a request moved to 返金却下 after its approval", () => {
  it("stops the refund while it can be stopped, as NG does", async () => {
    await reopen({ shop: { coolingMs: 30 * MINUTE } });
    await answer("OK", request);
    await move("reject", desk.mail("approval_request", SATO));
    await desk.advance(DAY);
    expect(await status()).toBe("rejected");
    expect(desk.provider.creations).toEqual([]);
  });
});

describe("where two must agree", () => {
  beforeEach(() => reopen({ shop: { secondApprovalFromMinor: 2000 } }));

  const other = () => desk.mail("approval_request", SATO);

  it.each<[string, () => Promise<void>]>([
    ["the same request twice", () => move("approve")],
    ["the requests to two approvers", () => move("approve", other())],
    ["a request, and an answer of the same address", () => answer("OK", request)],
  ])("one move is not enough, nor are %s", async (_what, second) => {
    await move("approve");
    expect(await status()).toBe("awaiting_approval");
    await second();
    expect(await status()).toBe("awaiting_approval");
    expect((await desk.round()).state).toBe("open");
    expect(desk.provider.creations).toEqual([]);
  });

  it("an answer and then a move of the same address are not enough", async () => {
    await answer("OK", request);
    await move("approve");
    expect(await status()).toBe("awaiting_approval");
    expect(desk.provider.creations).toEqual([]);
  });

  it.each<[string, () => Promise<void>]>([
    ["and then another approver's answer", () => move("approve").then(() => answer("OK", other()))],
    ["after another approver's answer", () => answer("OK", other()).then(() => move("approve"))],
  ])("a move %s are not two: it proves no second person", async (_what, both) => {
    await both();
    expect(await status()).toBe("awaiting_approval");
    expect(desk.provider.creations).toEqual([]);
  });

  it("a move and an answer with another amount are not two", async () => {
    await move("approve");
    await answer("OK 2400", other());
    expect(await status()).toBe("awaiting_approval");
    expect(desk.provider.creations).toEqual([]);
  });
});

describe("a shop whose mail server vouches for nobody", () => {
  it.each<[string, DeskOptions]>([
    ["above the limit of answers by mail", { shop: { tokenMaxMinor: 1 } }],
    ["to a bank account", { payments: [aPayment({ method: "konbini" })] }],
  ])("may move a request %s", async (_what, options) => {
    await reopen({ ...options, shop: { ...options.shop, approvalAuth: "token" } });
    await answer("OK", request);
    await expectNothingDecided();
    await move("approve");
    expect(desk.provider.creations).toHaveLength(1);
  });
});

describe("before the money moves", () => {
  it("an approver who was taken off the list counts no more: it is asked anew", async () => {
    await found("approve", request);
    expect(await status()).toBe("approved");
    const later = await openDesk({ on: desk, shop: { staff: [SATO] } });
    await later.work();
    expect(desk.provider.creations).toEqual([]);
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    expect(desk.mail("approval_request", SATO).variables["changes"]).toEqual([
      expect.stringContaining(TANAKA),
    ]);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
  });
});

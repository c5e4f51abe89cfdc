// Who writes while a backlog is being read: what goes ahead of it, and what must not.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lookAhead } from "../../src/jobs/receive-ahead.ts";
import { type ReceiveDeps, receiveMail } from "../../src/jobs/receive-mail.ts";
import { SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import type { MessageParts } from "../support/message.ts";
import type { NumberedInbox } from "./numbered-inbox.ts";
import { openReceiving } from "./receiving.ts";
import { aForm, anAnswer, rawOf, type Wish } from "./recorded-mail.ts";

const BACKLOG = 300;
const HANAKO = "hanako@mail.example";
const never = new AbortController().signal;

let desk: TestDesk;
let inbox: NumberedInbox;
let deps: ReceiveDeps;
beforeEach(async () => {
  ({ desk, inbox, deps } = await openReceiving());
});
afterEach(() => desk.close());

const taros: Wish = {};
const hanakos: Wish = { order: "700", name: "山田花子", email: HANAKO };
const TAKEN_BACK = "キャンセルは取り下げます。";

/** Returns the number it has in the mailbox. */
function deliver(parts: MessageParts, messageId: string): number {
  return Number(inbox.put(rawOf({ messageId, ...parts }), desk.clock.now()));
}

type Meanwhile = () => unknown;

/** Reads a backlog, a hundredth of a second each; `meanwhile` happens before the mails of these numbers. */
async function readBacklog(
  meanwhile: Readonly<Record<number, Meanwhile>>,
  backlog: Readonly<Record<number, MessageParts>> = {},
): Promise<number> {
  for (let at = 1; at <= BACKLOG; at += 1) {
    deliver(backlog[at] ?? { text: "送料はいくらですか。" }, `backlog-${at}`);
  }
  const first = Number(inbox.put(rawOf({ messageId: "last" }), desk.clock.now())) - BACKLOG;
  const fetch = inbox.fetch.bind(inbox);
  inbox.fetch = async function* (keys) {
    for await (const message of fetch(keys)) {
      const at = Number(message.location.key) - first + 1;
      if (at <= BACKLOG) desk.clock.advance(10);
      await meanwhile[at]?.();
      yield message;
    }
  };
  return receiveMail(deps, never);
}

const find = (messageId: string) =>
  desk.store.read((tx) => tx.messages.find(`identity of ${messageId}`));
const isStored = async (messageId: string) => (await find(messageId)) !== undefined;

describe("a request that arrives while a backlog is being read", () => {
  it("is understood before the rest of it, and so is the answer of an approver", async () => {
    const seen: Record<string, unknown> = {};
    const stored = await readBacklog({
      60: () => deliver(aForm(taros), "request"),
      150: async () => {
        await desk.work();
        seen["status"] = (await desk.ticket()).status;
        deliver(anAnswer(desk.mail("approval_request", TANAKA), "OK"), "answer");
      },
      250: async () => {
        await desk.work();
        seen["refunds"] = desk.provider.refunds.length;
        seen["last"] = await isStored(`backlog-${BACKLOG}`);
      },
    });
    expect(seen).toEqual({ status: "awaiting_approval", refunds: 1, last: false });
    expect(stored).toBe(BACKLOG + 3);
    await desk.work();
    expect(desk.provider.refunds).toHaveLength(1);
    expect(await receiveMail(deps, never)).toBe(0);
  });

  it("is looked for at a glance, and every five seconds in a mailbox that is opened anew", async () => {
    await readBacklog({ 250: () => desk.clock.advance(5_000) });
    const [first, ...ahead] = inbox.asked;
    expect(first?.glance).toBeUndefined();
    expect(ahead.map(({ glance }) => glance)).toEqual([true, true, false]);
  });

  it.each([
    ["1", 1],
    ["2", 0],
  ])("fetched from the mailbox's generation %s, goes ahead %i times", async (generation, times) => {
    const from = { generation: "1", lastKey: "0" };
    const ahead = lookAhead(deps, from, null, never);
    deliver(aForm(taros), "request");
    const fetch = inbox.fetch.bind(inbox);
    inbox.fetch = async function* (keys) {
      for await (const message of fetch(keys)) {
        yield { ...message, location: { ...message.location, generation } };
      }
    };
    desk.clock.advance(300);
    expect(await ahead.look()).toBe(times);
    expect([await isStored("request"), ahead.hasSeen()]).toEqual([times === 1, true]);
  });

  it("is there after a break, once, and so is all that it passed", async () => {
    inbox.breaksAfter = 260;
    const reading = readBacklog({ 60: () => deliver(aForm(taros), "request") });
    await expect(reading).rejects.toThrow("Gone.");
    expect([await isStored("request"), await isStored(`backlog-${BACKLOG}`)]).toEqual([
      true,
      false,
    ]);
    inbox.breaksAfter = Number.POSITIVE_INFINITY;
    await receiveMail(deps, never);
    for (let at = 1; at <= BACKLOG; at += 1) expect(await isStored(`backlog-${at}`)).toBe(true);
    expect((await desk.ticket()).openedBy).toBe("identity of request");
    expect(await desk.store.read((tx) => tx.tickets.list({}))).toHaveLength(1);
  });

  it("is not ended by the customer's withdrawal of an earlier one, which it passed", async () => {
    await readBacklog(
      {
        60: () => deliver(aForm(taros), "request"),
        150: () => desk.work(),
        250: () => desk.work(),
      },
      { 280: aForm({ ...taros, text: TAKEN_BACK }) },
    );
    await desk.work();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.mails("staff_task", TANAKA)).toHaveLength(1);
  });

  it.each<[string, Meanwhile, MessageParts]>([
    ["its customer has an open ticket", () => desk.ask(taros), aForm(taros)],
    ["it takes one back", () => undefined, aForm({ ...taros, text: TAKEN_BACK })],
    [
      "its customer has written in between, and that waits",
      () => deliver(aForm({ ...taros, text: TAKEN_BACK }), "before"),
      aForm(taros),
    ],
    [
      "an approver has opened a ticket in between, and that waits",
      () => deliver({ from: TANAKA, to: "shop@shop.example", text: "返金 679" }, "before"),
      aForm(taros),
    ],
  ])("waits for its turn where %s", async (_why, before, parts) => {
    let early = true;
    await readBacklog({
      50: before,
      60: () => deliver(parts, "late"),
      290: async () => {
        early = await isStored("late");
      },
    });
    expect([early, await isStored("late")]).toEqual([false, true]);
  });
});

describe("an answer that arrives while a backlog is being read", () => {
  const early = async (
    parts: () => MessageParts,
    also: Readonly<Record<number, Meanwhile>> = {},
  ) => {
    let isEarly = false;
    await readBacklog({
      ...also,
      200: () => deliver(parts(), "answer"),
      290: async () => {
        isEarly = await isStored("answer");
      },
    });
    expect(await isStored("answer")).toBe(true);
    return isEarly;
  };
  const requestTo = (to: string) => desk.mail("approval_request", to);

  it("waits where the ticket is older: in the backlog its customer may have taken it back", async () => {
    await desk.ask(taros);
    expect(await early(() => anAnswer(requestTo(TANAKA), "OK"))).toBe(false);
  });

  it("waits where the customer has written after the request, and that waits", async () => {
    const also = {
      60: () => deliver(aForm(taros), "request"),
      150: async () => {
        await desk.work();
        deliver(aForm({ ...taros, text: TAKEN_BACK }), "withdrawal");
      },
      250: () => desk.work(),
    };
    expect(await early(() => anAnswer(requestTo(SATO), "OK"), also)).toBe(false);
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "withdrawn" });
    expect(desk.provider.refunds).toEqual([]);
  });

  it("does not wait for another customer's mail that does", async () => {
    const also = {
      60: () => {
        deliver(aForm(taros), "request");
        deliver(aForm({ ...hanakos, text: TAKEN_BACK }), "withdrawal");
      },
      150: () => desk.work(),
    };
    expect(await early(() => anAnswer(requestTo(TANAKA), "OK"), also)).toBe(true);
  });

  it("waits where it names no ticket that is known", async () => {
    const parts = { from: TANAKA, to: "shop@shop.example", subject: "Re: [R-99]", text: "OK" };
    expect(await early(() => parts)).toBe(false);
  });
});

describe("a mailbox without an order", () => {
  it("is read as it was listed", async () => {
    Object.assign(inbox, { hasOrder: false });
    let early = true;
    await readBacklog({
      60: () => deliver(aForm(taros), "request"),
      290: async () => {
        early = await isStored("request");
      },
    });
    expect(early).toBe(false);
    expect(await receiveMail(deps, never)).toBe(1);
  });
});

it("a form's mails share an address, and are not one person's for that", async () => {
  await desk.ask(taros);
  let early = false;
  await readBacklog({
    50: () => deliver(aForm(taros), "waits"),
    60: () => deliver(aForm(hanakos), "request"),
    290: async () => {
      early = await isStored("request");
    },
  });
  expect(early).toBe(true);
});

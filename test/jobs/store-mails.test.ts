// What is stored is understood in the same commit, unless something has to happen before.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StorageError, TransientError } from "../../src/domain/errors.ts";
import { readOne, type StoringDeps, storeMails } from "../../src/jobs/store-mails.ts";
import type { Store } from "../../src/store-port.ts";
import { SATO, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import type { MessageParts } from "../support/message.ts";
import { openReceiving } from "./receiving.ts";
import { aForm, rawOf } from "./recorded-mail.ts";

let desk: TestDesk;
let deps: StoringDeps;
beforeEach(async () => {
  ({ desk, deps } = await openReceiving());
});
afterEach(() => desk.close());

let key = 0;

async function store(
  mails: Readonly<Record<string, MessageParts>>,
  change: Partial<StoringDeps> = {},
  to: Store = desk.store,
) {
  const readable = Object.entries(mails).map(([messageId, parts]) => {
    key += 1;
    const raw = rawOf({ messageId, ...parts });
    const location = { generation: "1", key: String(key) };
    const receivedAt = desk.clock.now();
    return readOne(desk.reader, {
      raw,
      location,
      receivedAt,
      size: raw.byteLength,
      truncated: false,
    });
  });
  const read = await Promise.all(readable);
  return storeMails(to, { ...deps, ...change }, async () => read);
}

const stateOf = async (messageId: string) =>
  (await desk.store.read((tx) => tx.messages.find(`identity of ${messageId}`)))?.state;
const statesOf = (...messageIds: string[]) => Promise.all(messageIds.map(stateOf));
const orders = async () =>
  (await desk.store.read((tx) => tx.tickets.list({})))
    .map(({ ticket }) => ticket)
    .sort((a, b) => a.number - b.number)
    .flatMap(({ orderNumbers }) => orderNumbers);

/** An approver's, of which no mail server of ours has said whose it is. */
const UNSAID: MessageParts = { from: SATO, subject: "Re:", text: "OK", headers: { From: SATO } };

describe("a mail", () => {
  it("opens its ticket in the commit that stores it", async () => {
    let commits = 0;
    desk.store.onWrite(() => {
      commits += 1;
    });
    expect(await store({ one: aForm({ order: "701" }), two: aForm({ order: "702" }) })).toBe(2);
    expect(commits).toBe(1);
    expect(await orders()).toEqual(["701", "702"]);
    expect(await statesOf("one", "two")).toEqual(["processed", "processed"]);
  });

  it("waits where a signature may decide something, and so do those that came behind it", async () => {
    await store({ one: aForm({ order: "701" }), unsaid: UNSAID, two: aForm({ order: "702" }) });
    await store({ three: aForm({ order: "703" }) });
    expect(await statesOf("one", "unsaid", "two", "three")).toEqual([
      "processed",
      "new",
      "new",
      "new",
    ]);
    await desk.work();
    expect(await orders()).toEqual(["701", "702", "703"]);
    expect(await statesOf("unsaid", "two", "three")).toEqual(Array(3).fill("processed"));
    await store({ four: aForm({ order: "704" }) });
    expect(await stateOf("four")).toBe("processed");
  });

  it("waits for one that is being understood", async () => {
    await store({ unsaid: UNSAID });
    await desk.claim("local");
    await store({ one: aForm({ order: "701" }) });
    expect(await stateOf("one")).toBe("new");
  });

  it.each([
    ["a bug", new TypeError("a bug")],
    ["what may pass by itself", aFailure(TransientError, "ticket_changed", "Changed.")],
  ])("that cannot be understood keeps none of the others from it: %s", async (_name, failure) => {
    const { signer } = desk.desk;
    const failing = {
      ...signer,
      derive: (...parts: Parameters<typeof signer.derive>) => {
        if (parts.includes("identity of bad")) throw failure;
        return signer.derive(...parts);
      },
    };
    const broken = { desk: { ...desk.desk, signer: failing } };
    const mails = {
      one: aForm({ order: "701" }),
      bad: aForm({ order: "702" }),
      two: aForm({ order: "703" }),
    };
    expect(await store(mails, broken)).toBe(3);
    expect(await statesOf("one", "bad", "two")).toEqual(["new", "new", "new"]);
    expect(await orders()).toEqual([]);
    await desk.work();
    expect(await orders()).toEqual(["701", "702", "703"]);
  });
});

it.each([
  aFailure(StorageError, "database_unusable", "Full."),
  aFailure(TransientError, "database_busy", "Busy."),
])("nothing is stored a second way where the database refuses: $code", async (refusal) => {
  let asked = 0;
  const refusing: Store = {
    ...desk.store,
    write: () => {
      asked += 1;
      return Promise.reject(refusal);
    },
  };
  await expect(store({ one: aForm() }, {}, refusing)).rejects.toBe(refusal);
  expect(asked).toBe(1);
});

// One odd mail or payment of the past does not keep the report of all others from a shop.

import { afterEach, describe, expect, it } from "vitest";
import { createCalendar } from "../../src/calendar.ts";
import {
  AccessError,
  PermanentError,
  StorageError,
  TransientError,
} from "../../src/domain/errors.ts";
import type { Inbox, MailReader, PaymentProvider } from "../../src/ports.ts";
import { onlyReads, readHistory } from "../../src/rehearsal/past-provider.ts";
import { createSetClock, rehearse } from "../../src/rehearsal/rehearse.ts";
import { createSigner } from "../../src/signer.ts";
import { type OpenStore, openStore } from "../../src/store/store.ts";
import { createVault } from "../../src/vault.ts";
import { aForm, aReader, rawOf } from "../jobs/recorded-mail.ts";
import { DATA_KEY, SHOP } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, FakeClock, HOUR } from "../support/fake-clock.ts";
import { aPayment, MemoryProvider } from "../support/memory-provider.ts";

let store: OpenStore | undefined;
afterEach(() => store?.close());

const ORDERS = ["679", "680", "681"];
const ODD = "680";
const ODD_PAYMENT = `pi_${ODD}`;
const emailOf = (order: string) => `c${order}@mail.example`;

interface Faults {
  /** Thrown for the mail about the odd order. */
  readonly reading?: unknown;
  /** Called before the odd mail is read. */
  readonly onReading?: () => void;
  /** Thrown once it has been read, when it is looked at. */
  readonly meaning?: unknown;
  /** Thrown for its payment, whenever it is asked for. */
  readonly payment?: unknown;
  readonly signal?: AbortSignal;
}

/** Three requests, one a day; each payment is there when its mail comes. */
async function played(faults: Faults) {
  const { reading, onReading, meaning, payment } = faults;
  const { signal = new AbortController().signal } = faults;
  const clock = new FakeClock();
  const since = clock.now();
  const until = since + 10 * DAY;
  const memory = new MemoryProvider(clock);
  for (const [n, order] of ORDERS.entries()) {
    const [id, createdAt] = [`pi_${order}`, since + n * DAY + HOUR];
    const payer = { payerName: `田中${n}`, payerEmail: null };
    memory.put(aPayment({ ...payer, id, orderNumbers: [order], createdAt, paidAt: createdAt }));
  }
  let asked = 0;
  const retrievePayment: PaymentProvider["retrievePayment"] = async (id) => {
    if (id !== ODD_PAYMENT || payment === undefined) {
      return { ...memory.payment(id), payerEmail: emailOf(id.slice(3)) };
    }
    asked += 1;
    throw payment;
  };
  const { name, capabilities } = memory;
  const provider = {
    ...{ name, capabilities, retrievePayment, account: memory.account },
    listPayments: async () => ({
      payments: ORDERS.map((order) => memory.payment(`pi_${order}`)),
      next: null,
    }),
    listAllRefunds: async () => ({ refunds: [], next: null }),
    searchPayments: async () => [],
  } as unknown as PaymentProvider;
  const mails = ORDERS.map((order, n) => {
    const form = aForm({ order, name: `田中${n}`, email: emailOf(order) });
    const raw = rawOf({ ...form, messageId: `<m${order}@forms.example>` });
    return { raw, receivedAt: since + n * DAY + 2 * HOUR, size: raw.length, truncated: false };
  });
  const inbox = {
    list: async () => ({ keys: ORDERS }),
    async *fetch() {
      yield* mails;
    },
  } as unknown as Inbox;
  const plain = aReader({ ...SHOP, shop: SHOP.email, answersFrom: "shop" });
  const reader: MailReader = {
    ...plain,
    async read(raw) {
      if (!Buffer.from(raw).includes(`<m${ODD}@`)) return plain.read(raw);
      onReading?.();
      if (reading !== undefined) throw reading;
      const read = await plain.read(raw);
      if (meaning === undefined) return read;
      return {
        ...read,
        get classification(): never {
          throw meaning;
        },
      };
    },
  };
  const setClock = createSetClock(since);
  const opened = await openStore({ path: ":memory:", shopId: "shop", now: setClock.now });
  store = opened;
  const desk = {
    ...{ shop: SHOP, signer: createSigner(DATA_KEY), vault: createVault(DATA_KEY) },
    calendar: createCalendar({
      ...{ timeZone: "Asia/Tokyo", summaryAt: "21:00" },
      closed: { weekdays: [], dates: [] },
    }),
    clock: setClock,
  };
  const source = onlyReads(provider, { sleep: async () => undefined });
  const histories = [await readHistory(source, since, signal, () => {})];
  const deps = { ...{ store: opened, desk, inbox, reader, histories }, since, until };
  const run = async () => {
    const { mails: counted, judgement } = await rehearse({ ...deps, onMail: () => {} }, signal);
    const would = judgement.judged.map(({ request }) => [
      request.wish.orderNumbers.join(),
      request.would.does,
    ]);
    return { counted, would };
  };
  return { run, asked: () => asked };
}

describe("a rehearsal", () => {
  it("proposes each payment where nothing is odd", async () => {
    const { counted, would } = await (await played({})).run();
    expect(would).toEqual(ORDERS.map((order) => [order, "ask"]));
    expect(counted).toMatchObject({ read: 3, unreadable: 0 });
  });

  it.each([
    ["a bug", new TypeError("odd")],
    ["a refusal", aFailure(PermanentError, "unreadable_message", "No message.")],
  ])("counts a mail that cannot be read for %s, and goes on", async (_why, reading) => {
    const { counted, would } = await (await played({ reading })).run();
    expect(would).toEqual([
      ["679", "ask"],
      ["681", "ask"],
    ]);
    expect(counted).toMatchObject({ read: 3, unreadable: 1 });
  });

  it("counts a mail that no step can work with among the unreadable, and goes on", async () => {
    const { counted, would } = await (await played({ meaning: new TypeError("odd") })).run();
    expect(would.map(([order]) => order)).toEqual(["679", "681"]);
    expect(counted).toMatchObject({ read: 3, unreadable: 1, byKind: { refund_request: 2 } });
  });

  it.each([
    ["by a bug", new TypeError("odd")],
    ["for good", aFailure(PermanentError, "provider_refused", "No.")],
  ])("leaves to a person a payment that fails %s, and goes on", async (_why, payment) => {
    const { counted, would } = await (await played({ payment })).run();
    expect(would.map(([order]) => order)).toEqual(ORDERS);
    expect(would.filter(([order]) => order !== ODD).map(([, does]) => does)).toEqual([
      "ask",
      "ask",
    ]);
    // Nothing is proposed that could not be seen.
    expect(would.find(([order]) => order === ODD)?.[1]).not.toBe("ask");
    expect(counted).toMatchObject({ read: 3, unreadable: 0 });
  });

  it("ends with the provider's words where it cannot be reached after four tries", async () => {
    const payment = aFailure(TransientError, "provider_down", "Nobody is there.");
    const { run, asked } = await played({ payment });
    await expect(run()).rejects.toBe(payment);
    expect(asked()).toBe(4);
  });

  it.each([
    ["refuses access", aFailure(AccessError, "access", "No key.")],
    ["cannot store", aFailure(StorageError, "disk_full", "Full.")],
  ])("ends where what it works with %s", async (_what, failure) => {
    await expect((await played({ payment: failure })).run()).rejects.toBe(failure);
    await expect((await played({ reading: failure })).run()).rejects.toBe(failure);
  });

  it("ends when it is told to, and counts nothing against the mail in hand", async () => {
    const stop = new AbortController();
    const cut = new TypeError("cut off");
    const onReading = () => stop.abort();
    const { run } = await played({ signal: stop.signal, onReading, reading: cut });
    await expect(run()).rejects.toBe(cut);
  });
});

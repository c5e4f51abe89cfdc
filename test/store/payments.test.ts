import { describe, expect, it } from "vitest";
import { kanaKey, nameKey } from "../../src/domain/name.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { paymentsTable } from "../../src/store/payments.ts";
import { explain } from "../support/explain.ts";
import { aPayment } from "../support/memory-provider.ts";
import { PLACES, useStore } from "./store-bench.ts";

describe.each(PLACES)("the index of payments %s", (place) => {
  const bench = useStore(place);
  const put = (...payments: Payment[]) =>
    bench().write((tx) => tx.payments.upsert(payments, bench().clock.now()));
  const idsOf = async (list: Promise<readonly Payment[]>) => (await list).map(({ id }) => id);

  it("keeps a payment as it is", async () => {
    const full = aPayment({ orderNumbers: ["679", "A-1"], paidAt: null, livemode: false });
    const bare = aPayment({
      id: "pi_2",
      description: null,
      orderNumbers: [],
      orderNumbersFrom: null,
      payerName: null,
      payerEmail: null,
      disputed: true,
    });
    await put(full, bare);
    const found = await bench().store.read(async (tx) => [
      await tx.payments.find("memory", "pi_679"),
      await tx.payments.find("memory", "pi_2"),
      await tx.payments.find("stripe", "pi_2"),
    ]);
    expect(found).toEqual([full, bare, undefined]);
  });

  it.each<[string, Partial<Payment>, boolean]>([
    ["nothing", {}, false],
    ["its description", { description: "other" }, true],
    ["its order numbers", { orderNumbers: ["679", "680"] }, true],
    ["a refund", { refundedMinor: 1 }, true],
    ["a dispute", { disputed: true }, true],
  ])("tells that %s changed", async (_name, change, isNew) => {
    expect(await put(aPayment())).toHaveLength(1);
    expect(await put(aPayment(change))).toHaveLength(isNew ? 1 : 0);
  });

  it("tells among many of several providers which are new or changed", async () => {
    const known = ["memory", "other"].flatMap((provider) =>
      Array.from({ length: 20 }, (_, at) => aPayment({ provider, id: `pi_${at}` })),
    );
    await put(...known);
    const changed = aPayment({ provider: "other", id: "pi_7", refundedMinor: 67 });
    const fresh = aPayment({ provider: "other", id: "pi_new" });
    expect(await put(...known, changed, fresh)).toEqual([changed, fresh]);
    const find = (id: string) => bench().store.read((tx) => tx.payments.find("other", id));
    expect(await find("pi_7")).toEqual(changed);
    expect(await find("pi_new")).toEqual(fresh);
  });

  it("keeps of one that is listed twice what it was told last", async () => {
    const first = aPayment({ refundedMinor: 67 });
    await put(aPayment());
    expect(await put(first, aPayment())).toEqual([first, aPayment()]);
    expect(await bench().store.read((tx) => tx.payments.find("memory", "pi_679"))).toEqual(
      aPayment(),
    );
  });

  it("finds by order number in whole, each payment once, the newest first", async () => {
    await put(
      aPayment({ id: "old", createdAt: 1, orderNumbers: ["679", "680"] }),
      aPayment({ id: "new", createdAt: 2 }),
      aPayment({ id: "longer", orderNumbers: ["1679"] }),
    );
    const find = (...numbers: string[]) =>
      idsOf(bench().store.read((tx) => tx.payments.listByOrderNumbers(numbers)));
    expect(await find("679", "680")).toEqual(["new", "old"]);
    expect(await find("67")).toEqual([]);
    expect(await find()).toEqual([]);
  });

  it("tells the order numbers of many payments, each in the payment's own order", async () => {
    const payments = Array.from({ length: 600 }, (_, at) =>
      aPayment({
        ...{ id: `pi_${at % 300}`, provider: at < 300 ? "memory" : "other", createdAt: 1_000 - at },
        orderNumbers: at % 3 === 0 ? [] : [`Z${at}`, `A${at}`].slice(0, at % 3),
        method: "bank_transfer",
      }),
    );
    await put(...payments);
    const listed = await bench().store.read((tx) => tx.payments.listUnreferenced(0));
    expect(listed).toEqual(payments.toReversed());
  });

  it("forgets an order number that the payment bears no more", async () => {
    await put(aPayment());
    await put(aPayment({ orderNumbers: ["700"] }));
    const find = (number: string) =>
      idsOf(bench().store.read((tx) => tx.payments.listByOrderNumbers([number])));
    expect(await find("679")).toEqual([]);
    expect(await find("700")).toEqual(["pi_679"]);
  });

  it("finds by e-mail or by name, however it is written", async () => {
    await put(
      aPayment({ id: "email", payerName: null }),
      aPayment({ id: "name", payerName: "ﾀﾅｶ ﾀﾛｳ", payerEmail: null }),
      aPayment({ id: "other", payerName: "山田 花子", payerEmail: "hanako@mail.example" }),
    );
    const find = (payer: { email: string | null; nameKey: string | null }) =>
      idsOf(bench().store.read((tx) => tx.payments.listByPayer(payer)));
    expect(await find({ email: "taro@mail.example", nameKey: "たなかたろう" })).toEqual([
      "email",
      "name",
    ]);
    expect(await find({ email: null, nameKey: null })).toEqual([]);
  });

  it("finds the newest two dozen of a payer, by each of his names", async () => {
    const many = Array.from({ length: 60 }, (_, at) =>
      aPayment({
        id: `pi_${at}`,
        createdAt: 1_000 + (at % 2 === 0 ? at : -at),
        payerKana: "ﾀﾅｶ ﾀﾛｳ",
      }),
    );
    await put(...many);
    const newest = [...many].sort((a, b) => b.createdAt - a.createdAt).slice(0, 24);
    const none = { email: null, nameKey: null };
    const [payer] = many;
    for (const by of [
      { ...none, email: payer?.payerEmail ?? "" },
      { ...none, nameKey: nameKey(payer?.payerName ?? "") },
      { ...none, kanaKey: kanaKey("ﾀﾅｶ ﾀﾛｳ") },
    ]) {
      const found = await idsOf(bench().store.read((tx) => tx.payments.listByPayer(by)));
      expect(found).toEqual(newest.map(({ id }) => id));
    }
  });

  it("finds by what stands in the description or the payer's names, in full-width digits too", async () => {
    const plain = { description: null, payerName: null };
    await put(
      aPayment({ id: "description", ...plain, description: "Re: 678" }),
      aPayment({ id: "wide", ...plain, description: "注文６７８" }),
      aPayment({ id: "name", ...plain, payerName: "678 田中" }),
      aPayment({ id: "kana", ...plain, payerKana: "678ﾀﾅｶ" }),
      aPayment({ id: "other", ...plain, description: "6 7 8" }),
      aPayment({ id: "early", ...plain, description: "678", createdAt: 1 }),
    );
    const find = (...texts: string[]) =>
      idsOf(bench().store.read((tx) => tx.payments.listByMemo(texts, 2)));
    expect((await find("678")).sort()).toEqual(["description", "kana", "name", "wide"]);
    expect(await find("%", "_")).toEqual([]);
    expect(await find()).toEqual([]);
  });

  it("lists transfers, and what bears no order number", async () => {
    await put(
      aPayment({ id: "transfer", method: "bank_transfer", createdAt: 3 }),
      aPayment({ id: "numberless", orderNumbers: [], createdAt: 2 }),
      aPayment({ id: "card", createdAt: 4 }),
      aPayment({ id: "early", orderNumbers: [], createdAt: 1 }),
    );
    expect(await idsOf(bench().store.read((tx) => tx.payments.listUnreferenced(2)))).toEqual([
      ...["numberless", "transfer"],
    ]);
  });

  it("lists what may still change, the least recently read first", async () => {
    const { store, clock } = bench();
    await put(aPayment({ id: "b", status: "unpaid" }), aPayment({ id: "paid" }));
    clock.advance(1);
    await put(aPayment({ id: "a", status: "authorized" }));
    await put(aPayment({ id: "old", status: "processing", createdAt: 1 }));
    const list = (from: number, limit: number) =>
      store.read((tx) => tx.payments.listUnsettled("memory", from, limit));
    expect(await list(2, 10)).toEqual(["b", "a"]);
    expect(await list(2, 1)).toEqual(["b"]);
    clock.advance(1);
    await put(aPayment({ id: "b", status: "unpaid" }));
    expect(await list(2, 10)).toEqual(["a", "b"]);
  });

  it("remembers how far each provider was read", async () => {
    const { store, write } = bench();
    const sync = { page: "100", complete: false, syncedAt: 5 };
    await write((tx) => tx.payments.saveSync("memory", sync));
    expect(await store.read((tx) => tx.payments.findSync("memory"))).toEqual(sync);
    const done = { page: null, complete: true, syncedAt: 6 };
    await write((tx) => tx.payments.saveSync("memory", done));
    expect(await store.read((tx) => tx.payments.findSync("memory"))).toEqual(done);
    expect(await store.read((tx) => tx.payments.findSync("stripe"))).toBeUndefined();
  });
});

describe("with a million payments", () => {
  it("the newest of a payer are read in the order of an index, and no others", async () => {
    const plans = await explain((db) =>
      paymentsTable(db, "shop").listByPayer({ email: "a", nameKey: "b", kanaKey: "c" }),
    );
    const steps = plans.flatMap((plan) => plan.steps);
    expect(steps).toEqual(
      [
        ["email", "payer_email"],
        ["name", "payer_name_key"],
        ["kana", "payer_kana_key"],
      ].map(([index, column]) =>
        expect.stringContaining(`INDEX payment_${index} (shop_id=? AND ${column}=?)`),
      ),
    );
  });
});

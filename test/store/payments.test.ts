import { describe, expect, it } from "vitest";
import type { Payment } from "../../src/domain/payment.ts";
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

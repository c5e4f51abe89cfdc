import { describe, expect, it } from "vitest";
import { aNewMessage, PLACES, useStore } from "./store-bench.ts";

describe.each(PLACES)("messages %s", (place) => {
  const bench = useStore(place);

  it("are stored once for each identity", async () => {
    const { write, store } = bench();
    expect(await write((tx) => tx.messages.insert(aNewMessage()))).toBe(true);
    const again = aNewMessage({ subject: "other", raw: Buffer.from("other") });
    expect(await write((tx) => tx.messages.insert(again))).toBe(false);
    const stored = await store.read((tx) => tx.messages.find("v1:abc"));
    expect(stored).toMatchObject({ subject: "返金", state: "new", truncated: false, kind: null });
    expect(Buffer.from(stored?.raw ?? [])).toEqual(Buffer.from([1, 0, 255]));
  });

  it("with one Message-ID and two contents are two", async () => {
    const { write } = bench();
    await write((tx) => tx.messages.insert(aNewMessage()));
    expect(await write((tx) => tx.messages.insert(aNewMessage({ pk: "v1:def" })))).toBe(true);
  });

  it("remember where they lie, in each mailbox and generation apart", async () => {
    const { write, store } = bench();
    await write(async (tx) => {
      await tx.messages.insertLocation("a", { generation: "7", key: "1" }, "v1:abc");
      await tx.messages.insertLocation("a", { generation: "7", key: "1" }, "v1:abc");
      await tx.messages.insertLocation("a", { generation: "8", key: "2" }, "v1:abc");
      await tx.messages.insertLocation("b", { generation: "7", key: "3" }, "v1:abc");
    });
    const known = (mailbox: string, generation: string) =>
      store.read((tx) => tx.messages.listKnownKeys(mailbox, generation, ["1", "2", "3", "4"]));
    expect([...(await known("a", "7"))]).toEqual(["1"]);
    expect([...(await known("a", "8"))]).toEqual(["2"]);
    expect([...(await known("b", "7"))]).toEqual(["3"]);
    expect([...(await known("c", "7"))]).toEqual([]);
  });

  it("are looked up by more keys than one statement takes", async () => {
    const { write, store } = bench();
    const keys = Array.from({ length: 40_000 }, (_, at) => String(at));
    await write((tx) =>
      tx.messages.insertLocation("a", { generation: "7", key: "39999" }, "v1:abc"),
    );
    const known = await store.read((tx) => tx.messages.listKnownKeys("a", "7", keys));
    expect([...known]).toEqual(["39999"]);
  });

  it("are processed, with their kind and ticket", async () => {
    const { write, store } = bench();
    await write((tx) => tx.messages.insert(aNewMessage()));
    await write((tx) =>
      tx.messages.markProcessed("v1:abc", { kind: "other", ticketId: "t", reason: "r" }),
    );
    expect(await store.read((tx) => tx.messages.find("v1:abc"))).toMatchObject({
      state: "processed",
      kind: "other",
      ticketId: "t",
      reason: "r",
    });
  });

  it("are put aside with the reason, oldest first", async () => {
    const { write, store } = bench();
    await write(async (tx) => {
      await tx.messages.insert(aNewMessage({ pk: "late", receivedAt: 3 }));
      await tx.messages.insert(aNewMessage({ pk: "good", receivedAt: 2 }));
      const reason = { quarantineReason: "too_large", truncated: true };
      await tx.messages.insert(aNewMessage({ pk: "early", receivedAt: 1, ...reason }));
      await tx.messages.markQuarantined("late", "unreadable_message");
    });
    const aside = await store.read((tx) => tx.messages.listQuarantined());
    expect(aside.map(({ pk, reason, subject }) => [pk, reason, subject])).toEqual([
      ["early", "too_large", "返金"],
      ["late", "unreadable_message", "返金"],
    ]);
    expect(await store.read((tx) => tx.messages.find("early"))).toMatchObject({ truncated: true });
  });

  it("leave a cursor for each mailbox", async () => {
    const { write, store } = bench();
    const cursor = { generation: "7", lastKey: "12", sinceAt: null, fullScanAt: 5 };
    await write((tx) => tx.messages.saveCursor("a", { ...cursor, lastKey: "11" }));
    await write((tx) => tx.messages.saveCursor("a", cursor));
    expect(await store.read((tx) => tx.messages.findCursor("a"))).toEqual(cursor);
    expect(await store.read((tx) => tx.messages.findCursor("b"))).toBeUndefined();
  });
});

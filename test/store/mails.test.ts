import { describe, expect, it } from "vitest";
import { aNewMail, PLACES, UNIQUE, useStore } from "./store-bench.ts";

describe.each(PLACES)("outgoing mails %s", (place) => {
  const bench = useStore(place);
  const insert = (change: Parameters<typeof aNewMail>[0] = {}) =>
    bench().write((tx) => tx.mails.insert(aNewMail(change)));
  const find = (id = "mail-1") => bench().store.read((tx) => tx.mails.find(id));

  it("are queued once for each id", async () => {
    expect(await insert()).toBe(true);
    expect(await insert({ to: "other@shop.example" })).toBe(false);
    expect(await find()).toEqual({ ...aNewMail(), raw: null, phase: "queued", phaseAt: 1_000 });
  });

  it("never share a Message-ID", async () => {
    await insert();
    await expect(insert({ id: "mail-2" })).rejects.toThrow(UNIQUE);
  });

  it("keep their bytes, and the moment of each phase", async () => {
    const { write } = bench();
    await insert();
    await write((tx) => tx.mails.freeze("mail-1", Buffer.from([0, 255]), "data", 7));
    expect(await find()).toMatchObject({ phase: "data", phaseAt: 7 });
    await write((tx) => tx.mails.setPhase("mail-1", "composed", 8));
    const mail = await find();
    expect(mail).toMatchObject({ phase: "composed", phaseAt: 8 });
    expect(Buffer.from(mail?.raw ?? [])).toEqual(Buffer.from([0, 255]));
  });

  it("are found by Message-ID and by ticket, in the order of their dates", async () => {
    const { store } = bench();
    await insert({ id: "late", messageId: "late", date: 2 });
    await insert({ id: "early", messageId: "early", date: 1 });
    await insert({ id: "none", messageId: "none", ticketId: null });
    await store.read(async ({ mails }) => {
      const list = await mails.listByTicket("ticket-1");
      expect(list.map(({ id }) => id)).toEqual(["early", "late"]);
      expect((await mails.findByMessageId(["x", "late"]))?.id).toBe("late");
      expect(await mails.findByMessageId([])).toBeUndefined();
      expect(await mails.findByMessageId(["x"])).toBeUndefined();
    });
  });

  it("are counted for each address from a moment on", async () => {
    const { store } = bench();
    await insert({ id: "a", messageId: "a", date: 10 });
    await insert({ id: "b", messageId: "b", date: 20 });
    await insert({ id: "c", messageId: "c", date: 20, to: "other@shop.example" });
    const count = (since: number) =>
      store.read((tx) => tx.mails.countTo("tanaka@shop.example", since));
    expect([await count(10), await count(11), await count(21)]).toEqual([2, 1, 0]);
  });
});

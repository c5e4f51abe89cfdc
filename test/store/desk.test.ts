import { describe, expect, it } from "vitest";
import type { Lane } from "../../src/store-port.ts";
import { PLACES, useStore } from "./store-bench.ts";

describe.each(PLACES)("the worker's own rows %s", (place) => {
  const bench = useStore(place);

  it("keep each lane once", async () => {
    const { write, store } = bench();
    const lane: Lane = {
      name: "smtp",
      state: "failing",
      code: "unreachable",
      message: "no route",
      since: 1,
      retryAt: 2,
      failures: 3,
    };
    await write((tx) => tx.lanes.save({ ...lane, failures: 2 }));
    await write((tx) => tx.lanes.save(lane));
    await write((tx) => tx.lanes.save({ ...lane, name: "inbox" }));
    expect(await store.read((tx) => tx.lanes.find("smtp"))).toEqual(lane);
    expect(await store.read((tx) => tx.lanes.find("local"))).toBeUndefined();
    const all = await store.read((tx) => tx.lanes.list());
    expect(all.map(({ name }) => name)).toEqual(["inbox", "smtp"]);
  });

  it("keep switches", async () => {
    const { write, store } = bench();
    expect(await store.read((tx) => tx.switches.find("stop"))).toBeUndefined();
    await write((tx) => tx.switches.set("stop", "on"));
    await write((tx) => tx.switches.set("stop", "off"));
    expect(await store.read((tx) => tx.switches.find("stop"))).toBe("off");
  });

  it("keep one summary for each local day", async () => {
    const { write, store } = bench();
    const run = { date: "2026-11-09", coversFrom: 0, coversTo: 10, at: 11 };
    expect(await store.read((tx) => tx.summaries.findLast())).toBeUndefined();
    expect(await write((tx) => tx.summaries.insert(run))).toBe(true);
    expect(await write((tx) => tx.summaries.insert({ ...run, coversTo: 99 }))).toBe(false);
    await write((tx) => tx.summaries.insert({ ...run, date: "2026-11-08", coversTo: 5 }));
    expect(await store.read((tx) => tx.summaries.findLast())).toEqual({
      date: "2026-11-09",
      coversTo: 10,
    });
  });

  it("remember what the summary of a day covered", async () => {
    const { write, store } = bench();
    await write((tx) =>
      tx.summaries.insert({ date: "2026-11-09", coversFrom: 3, coversTo: 10, at: 11 }),
    );
    const find = (date: string) => store.read((tx) => tx.summaries.find(date));
    expect(await find("2026-11-09")).toEqual({ coversFrom: 3, coversTo: 10 });
    expect(await find("2026-11-10")).toBeUndefined();
  });

  it("list what happened from a moment on and before another, in its order", async () => {
    const { write, store } = bench();
    const event = (type: string, at: number, kind: string) =>
      write((tx) =>
        tx.events.append({ ticketId: "ticket-1", type, actor: "henkin", at, data: { kind } }),
      );
    await event("message_received", 9, "too early");
    await event("message_received", 19, "last");
    await event("message_received", 10, "first");
    await event("ticket_opened", 12, "another type");
    await event("message_received", 20, "too late");
    const events = await store.read((tx) => tx.summaries.listEvents("message_received", 10, 20));
    expect(events.map(({ at, data }) => [at, data["kind"]])).toEqual([
      [10, "first"],
      [19, "last"],
    ]);
    expect(events[0]).toMatchObject({ ticketId: "ticket-1", actor: "henkin" });
  });
});

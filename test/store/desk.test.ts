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

  it("count what happened from a moment on and before another", async () => {
    const { write, store } = bench();
    const event = (type: string, at: number, data: Record<string, unknown>) =>
      write((tx) => tx.events.append({ ticketId: null, type, actor: "henkin", at, data }));
    const paid = { provider: "memory", currency: "JPY", amountMinor: 100 };
    await event("message_received", 9, { kind: "other" });
    await event("message_received", 10, { kind: "refund_request" });
    await event("message_received", 19, { kind: "refund_request" });
    await event("message_received", 20, { kind: "refund_request" });
    await event("ticket_opened", 10, {});
    await event("decision", 11, { decision: "approved" });
    await event("decision", 12, { decision: "rejected" });
    await event("ticket_ended", 13, { resolution: "refunded" });
    await event("refund_succeeded", 13, paid);
    await event("refund_succeeded", 14, { ...paid, amountMinor: 50 });
    await event("refund_succeeded", 15, { ...paid, currency: "USD" });
    expect(await store.read((tx) => tx.summaries.findFigures(10, 20))).toEqual({
      received: { refund_request: 2 },
      opened: 1,
      decided: { approved: 1, rejected: 1 },
      closed: { refunded: 1 },
      paidOut: [
        { provider: "memory", currency: "JPY", count: 2, amountMinor: 150 },
        { provider: "memory", currency: "USD", count: 1, amountMinor: 100 },
      ],
    });
  });
});

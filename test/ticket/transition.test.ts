import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransientError } from "../../src/domain/errors.ts";
import type { Ticket } from "../../src/domain/ticket.ts";
import { type Happening, HENKIN, happen, note } from "../../src/ticket/transition.ts";
import { aNewTicket } from "../store/store-bench.ts";
import { openDesk, type TestDesk } from "../support/desk.ts";

let desk: TestDesk;
let ticket: Ticket;
beforeEach(async () => {
  desk = await openDesk();
  ticket = await desk.store.write((tx) => tx.tickets.insert(aNewTicket()));
});
afterEach(() => desk.close());

const apply = (happening: Happening, of: Ticket = ticket) =>
  desk.store.write((tx) => happen(tx, desk.desk, of, happening));
const trail = async () => (await desk.events()).map(({ type, data }) => ({ type, ...data }));

describe("an event", () => {
  it("changes the status by the table, with its audit event in the same commit", async () => {
    const change = { provider: "memory", paymentId: "pi_679" };
    const next = await apply({
      event: "payment_matched",
      actor: "henkin",
      data: { paymentId: "pi_679" },
      change,
    });
    expect(next).toMatchObject({ status: "awaiting_approval", version: 2, ...change });
    expect(await desk.ticket()).toEqual(next);
    expect(await trail()).toEqual([
      { type: "payment_matched", paymentId: "pi_679", from: "received", to: "awaiting_approval" },
    ]);
  });

  it("that the table does not list is ignored and recorded", async () => {
    expect(await apply({ event: "refund_succeeded", actor: "henkin" })).toBeNull();
    expect(await desk.ticket()).toEqual(ticket);
    expect(await trail()).toEqual([
      { type: "ignored", event: "refund_succeeded", status: "received" },
    ]);
  });

  it("that ends a ticket says how, and one that opens it again takes that back", async () => {
    const closed = await apply({
      event: "ticket_closed",
      actor: "henkin",
      resolution: "nothing_paid",
    });
    expect(closed).toMatchObject({ status: "closed", resolution: "nothing_paid" });
    expect(await trail()).toContainEqual({ type: "ticket_ended", resolution: "nothing_paid" });
  });

  it("on a ticket that somebody changed meanwhile is tried again, and nothing is left of it", async () => {
    await apply({ event: "payment_unmatched", actor: "henkin" });
    const before = await trail();
    const late = apply({ event: "payment_matched", actor: "henkin" }, ticket);
    await expect(late).rejects.toBeInstanceOf(TransientError);
    await expect(late).rejects.toMatchObject({
      code: "ticket_changed",
      message: expect.stringContaining("R-1 "),
    });
    expect(await trail()).toEqual(before);
    expect((await desk.ticket()).status).toBe("unmatched");
  });

  it("names who made it", async () => {
    await desk.store.write((tx) => note(tx, desk.desk, ticket, "decision", "cli:operator", {}));
    const [event] = await desk.events();
    expect(event).toMatchObject({ actor: "cli:operator", at: desk.clock.now() });
  });

  it("that nobody made is henkin's", async () => {
    await desk.store.write((tx) => note(tx, desk.desk, ticket, "mail_queued", HENKIN, {}));
    expect((await desk.events())[0]).toMatchObject({ actor: "henkin" });
  });

  it("may be about no ticket", async () => {
    const head = async () => (await desk.store.read((tx) => tx.events.findHead()))?.seq ?? 0;
    const before = await head();
    await desk.store.write((tx) => note(tx, desk.desk, null, "staff_told", HENKIN, {}));
    expect(await head()).toBe(before + 1);
    expect(await desk.events()).toEqual([]);
  });
});

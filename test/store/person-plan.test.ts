import { expect, it } from "vitest";
import { personalTable } from "../../src/store/personal.ts";
import type { Sealing } from "../../src/store/sealing.ts";
import { explain } from "../support/explain.ts";

it("one person is found without a look at everybody's tickets, mails and payments", async () => {
  const plans = await explain(async (db) => {
    const personal = personalTable(db, "shop", {} as Sealing);
    const address = "taro@customer.example";
    await personal.listTicketsOf(address);
    await personal.listMessagesOf({ address, ticketIds: [] }, { all: true });
    await personal.listMailsOf({ address, ticketIds: [] }, { all: true });
    await personal.listPaymentsOf(address, { all: true });
  });
  const steps = plans.map((plan) => plan.steps.filter((step) => /^SEARCH|^SCAN/.test(step)));
  const by = (...indexes: string[]) => indexes.map((index) => expect.stringContaining(index));
  expect(steps).toEqual([
    expect.arrayContaining(
      by(
        "ticket_requester (shop_id=? AND requester_email=?)",
        "ticket_payer (shop_id=? AND payer_email=?)",
        "payment_email (shop_id=? AND payer_email=?)",
        "ticket_payment (shop_id=? AND provider=? AND payment_id=?)",
      ),
    ),
    by("message_sender (shop_id=? AND from_address=?)"),
    by("outgoing_mail_to (shop_id=? AND to_address=?)"),
    by("payment_email (shop_id=? AND payer_email=?)"),
  ]);
  expect(steps.flat().filter((step) => step.startsWith("SCAN"))).toEqual([]);
});

import { parse } from "csv-parse/sync";
import { simpleParser } from "mailparser";
import { afterEach, describe, expect, it } from "vitest";
import { newGrant } from "../../src/domain/mail-grant.ts";
import type { Locale } from "../../src/domain/outgoing-mail.ts";
import type { SummaryVariables } from "../../src/domain/summary-mail.ts";
import { summarizeNight } from "../../src/jobs/summarize-night.ts";
import { createMailComposer } from "../../src/mail/composer.ts";
import { loadTemplates } from "../../src/mail/templates.ts";
import type { MailDraft } from "../../src/ports.ts";
import {
  type DeskOptions,
  MANAGER,
  openDesk,
  PROVIDER,
  SATO,
  SHOP,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { DAY, FakeClock, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment } from "../support/memory-provider.ts";
import { anAnswer } from "./recorded-mail.ts";

const templates = loadTemplates("templates", null);
const START = Date.parse("2026-11-20T21:00:00+09:00");

let desk: TestDesk;
afterEach(() => desk.close());

async function open(options: DeskOptions = {}): Promise<void> {
  desk = await openDesk({ clock: new FakeClock(START), ...options });
}

/** The night so far, or the one that began and ended at these times. */
function night(
  { from = START, to = desk.clock.now() } = {},
  reader: string | null = null,
): Promise<SummaryVariables> {
  const date = desk.desk.calendar.localDate(to);
  return desk.store.read((tx) => summarizeNight(tx, desk.desk, { from, to, date }, reader));
}

const happen = (type: string, at: number, data: Record<string, unknown>) =>
  desk.store.write((tx) => tx.events.append({ ticketId: null, type, actor: "henkin", at, data }));

const paid = (at: number, amountMinor: number, data: Record<string, unknown> = {}) =>
  happen("refund_succeeded", at, {
    ...{ refund: `refund of ${at}`, provider: "stripe", providerRefundId: `re_${at}` },
    ...{ amountMinor, currency: "JPY", status: "succeeded" },
    ...data,
  });

const figure = (of: SummaryVariables, label: string) =>
  of.figures.find((one) => one.label === label);

const refund = async () => {
  await desk.ask();
  desk.clock.advance(MINUTE);
  await desk.reply("OK");
  await desk.work();
  desk.clock.advance(MINUTE);
};

describe("the night beside the days before it", () => {
  it("shows the average of fourteen days, quiet ones included", async () => {
    await open();
    await desk.store.write((tx) => tx.switches.set("first_started_at", "0"));
    for (const days of [1, 1, 2, 14]) {
      await happen("message_received", START - days * DAY + HOUR, { kind: "refund_request" });
    }
    await happen("message_received", START - 15 * DAY + HOUR, { kind: "refund_request" });
    await happen("message_received", START + HOUR, { kind: "refund_request" });
    await paid(START - DAY, 1_400);
    await paid(START + HOUR, 500);
    desk.clock.advance(DAY);
    const shown = await night();
    expect(shown.averageDays).toBe(14);
    expect(figure(shown, "Refund requests")).toMatchObject({ value: "1", average: "0.3" });
    expect(figure(shown, "Amount paid back")).toMatchObject({ value: "¥500", average: "¥100" });
    expect(shown.days).toHaveLength(15);
    expect(shown.days[0]).toMatchObject({ day: "11/07", requests: 1, amount: "¥0" });
    expect(shown.days.at(-2)).toMatchObject({ day: "11/20", requests: 2, amount: "¥1,400" });
    expect(shown.days.at(-1)).toMatchObject({ day: "11/21", requests: 1, amount: "¥500" });
  });

  it("compares with the days since the first start alone, and at first with none", async () => {
    await open();
    await desk.store.write((tx) => tx.switches.set("first_started_at", String(START + HOUR)));
    desk.clock.advance(DAY);
    expect(await night()).toMatchObject({ averageDays: 0 });
    expect(figure(await night(), "Refund requests")?.average).toBe("");
    await happen("message_received", START + 30 * HOUR, { kind: "refund_request" });
    desk.clock.advance(2 * DAY);
    const third = await night({ from: START + 2 * DAY });
    expect(third.averageDays).toBe(1);
    expect(figure(third, "Refund requests")).toMatchObject({ value: "0", average: "1.0" });
  });

  it("makes no sum of two currencies", async () => {
    await open();
    await paid(START + 1, 500);
    await paid(START + 2, 700);
    await paid(START + 3, 9_900, { currency: "USD" });
    desk.clock.advance(DAY);
    const shown = await night();
    expect(shown).toMatchObject({ currency: "JPY" });
    expect(figure(shown, "Amount paid back")?.value).toBe("¥1,200");
    expect(shown.paidOut).toEqual([
      { provider: "Stripe", count: 2, amount: "¥1,200" },
      { provider: "Stripe", count: 1, amount: "$99.00" },
    ]);
  });
});

describe("the money of a night", () => {
  it("agrees with the accountant's rows to the yen, what came back and what others paid included", async () => {
    await open();
    await paid(START + 1, 2_467);
    await paid(START + 2, 33);
    await paid(START + 3, 10_001, {
      ...{ provider: "manual", providerRefundId: undefined, reference: "20261121-01" },
    });
    await happen("refund_failed", START + 4, {
      ...{ refund: "of last week", provider: "stripe", providerRefundId: "re_old" },
      ...{ amountMinor: 1_980, currency: "JPY", status: "failed", from: "refunded" },
    });
    await happen("refund_pending", START + 5, {
      ...{ refund: "on its way", provider: "smartpay", providerRefundId: "re_2" },
      ...{ amountMinor: 7_777, currency: "JPY", status: "pending" },
    });
    await happen("refund_failed", START + 6, { refund: "refused", code: "card_declined" });
    desk.clock.advance(DAY);
    const { ledger, paidOut, cameBack } = await night();
    expect(paidOut).toEqual([
      { provider: "Stripe", count: 2, amount: "¥2,500" },
      { provider: "by hand", count: 1, amount: "¥10,001" },
    ]);
    expect(cameBack).toEqual([{ provider: "Stripe", count: 1, amount: "¥1,980" }]);
    const sum = (provider: string) =>
      ledger
        .filter((row) => row.provider === provider)
        .reduce((total, { paidOut: yen }) => total + Number(yen), 0);
    expect(sum("Stripe")).toBe(2_500 - 1_980);
    expect(sum("by hand")).toBe(10_001);
    expect(sum("Smartpay")).toBe(0);
    expect(ledger.map(({ refund, state }) => [refund, state])).toEqual([
      [`re_${START + 1}`, "refunded"],
      [`re_${START + 2}`, "refunded"],
      ["20261121-01", "refunded"],
      ["re_old", "came back after it was refunded"],
      ["re_2", "pending"],
    ]);
  });

  it("names ticket, order and payer of each refund", async () => {
    await open();
    await refund();
    expect((await night()).ledger).toEqual([
      {
        date: "2026-11-20 21:01",
        ticket: "R-1",
        order: "679",
        counterparty: "田中 太郎",
        amount: "2467",
        currency: "JPY",
        provider: "memory",
        refund: (await desk.theRefund()).providerRefundId,
        state: "refunded",
        paidOut: "2467",
      },
    ]);
  });

  it("names the order that was paid, where staff chose another than the customer typed", async () => {
    await open();
    await desk.ask({ order: "678" });
    await desk.reply("1");
    await desk.work();
    desk.clock.advance(MINUTE);
    await desk.reply("OK");
    await desk.work();
    desk.clock.advance(MINUTE);
    expect((await night()).ledger).toMatchObject([{ order: "679", amount: "2467" }]);
  });

  it("is that of its own night also long after, when it says how old the rest is", async () => {
    await open();
    await refund();
    const first = await night();
    desk.clock.advance(9 * DAY);
    await paid(desk.clock.now() - HOUR, 5_000);
    const again = await night({ from: START, to: START + HOUR });
    expect(again.ledger).toEqual(first.ledger);
    expect(again.paidOut).toEqual(first.paidOut);
    expect(again.figures).toEqual(first.figures);
    expect(first.asOf).toBe("");
    expect(again.asOf).toBe("2026-11-29 21:02");
  });
});

describe("the limits", () => {
  it("show what is used of them, and which is near", async () => {
    await open({ shop: { refundsPerHourMax: 1, refundMinorPerDayMax: 50_000 } });
    await refund();
    expect((await night()).guardRails).toEqual([
      { label: "Refunds, last hour", used: "1", limit: "1", isNear: true },
      { label: "Refunds, last 24 hours", used: "1", limit: "100", isNear: false },
      { label: "Amount, last 24 hours", used: "¥2,467", limit: "¥50,000", isNear: false },
    ]);
    desk.clock.advance(2 * HOUR);
    expect((await night()).guardRails[0]).toMatchObject({ used: "0", isNear: false });
    desk.clock.advance(DAY);
    expect((await night()).guardRails[2]).toMatchObject({ used: "¥0" });
  });

  it("show no limit where there is none", async () => {
    await open();
    expect((await night()).guardRails[2]).toMatchObject({ used: "¥0", limit: "", isNear: false });
  });
});

describe("what waits", () => {
  const links = ({ waiting, manual, failures }: SummaryVariables) =>
    [...waiting, ...manual, ...failures].map(({ askLink }) => askLink);

  it("has a letter to the approvers, never to the shop's own inbox or to its reader", async () => {
    await open({ shop: { staff: [TANAKA, SATO, SHOP.email] } });
    await desk.ask();
    const [link = ""] = links(await night({}, TANAKA));
    const url = new URL(link);
    expect(decodeURIComponent(url.pathname)).toBe(SATO);
    expect(url.searchParams.get("subject")).toBe("Please look at R-1");
    expect(links(await night({}, MANAGER))[0]).toContain(encodeURIComponent(TANAKA));
  });

  it("has no letter where nobody else could be asked", async () => {
    await open({ shop: { staff: [SHOP.email, TANAKA] } });
    await desk.ask();
    expect(links(await night({}, TANAKA))).toEqual([""]);
  });

  it("gives nobody what could approve: no one-time code, and no subject of an answer", async () => {
    await open({ shop: { managers: [TANAKA] } });
    await desk.ask();
    const shown = await night({}, TANAKA);
    expect(shown).toMatchObject({ isApprover: true, needsAction: 1 });
    const code = String(desk.mail("approval_request", TANAKA).variables["code"]);
    expect(code).toMatch(/^[0-9A-F]{10}$/);
    expect(JSON.stringify(shown)).not.toContain(code);
    for (const link of links(shown))
      expect(decodeURIComponent(link)).not.toMatch(/\[R-|OK|approve/);
  });

  it("is no approval where a manager answers the summary itself", async () => {
    await open({ shop: { managers: [TANAKA] } });
    await desk.ask();
    await desk.store.write((tx) =>
      tx.jobs.arm({
        ...{ id: "summarize_day", kind: "summarize_day", lane: "local", ticketId: null },
        ...{ payload: {}, dueAt: desk.clock.now() },
      }),
    );
    await desk.advance(DAY);
    const summary = desk.mail("summary", TANAKA);
    for (const subject of ["Re: Action needed: 1", "Re: Action needed: 1 [R-1]"]) {
      await desk.receive(anAnswer(summary, "OK", { subject }));
      await desk.work();
    }
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(await desk.refunds()).toEqual([]);
  });

  it("is counted by its age, the approved that are the worker's left without a letter", async () => {
    await open();
    await desk.ask();
    desk.clock.advance(4 * DAY);
    expect((await night()).ages).toEqual([{ label: "3–6 days", count: 1 }]);
    await desk.reply("OK");
    await desk.work([PROVIDER]);
    expect(await night()).toMatchObject({ needsAction: 0, waiting: [{ askLink: "" }] });
  });

  it("is listed up to thirty, and the rest counted", async () => {
    await open({ payments: [] });
    await desk.store.write(async (tx) => {
      for (let n = 1; n <= 33; n += 1) {
        await tx.tickets.insert({
          ...{ id: `t${n}`, openedBy: "m", orderNumbers: [], requesterName: null },
          ...{ requesterKana: null, requesterEmail: null, requestedMinor: null, intent: null },
          openedAt: START + n,
        });
      }
    });
    const { waiting, moreWaiting, needsAction } = await night();
    expect([waiting.length, waiting[0]?.number, moreWaiting, needsAction]).toEqual([30, 1, 3, 33]);
  });
});

describe("as it is read", () => {
  it.each<Locale>(["ja", "en"])(
    "a night without anything is calm and complete in %s",
    async (locale) => {
      await open({ payments: [], shop: { locale, name: "Sample" } });
      desk.clock.advance(DAY);
      const variables = { ...(await night()), auditHead: "1 0" };
      const { subject, text } = templates.render("summary", locale, variables);
      await expect(`${subject}\n\n${text}`).toMatchFileSnapshot(
        `../fixtures/summary/quiet-${locale}.txt`,
      );
    },
  );

  it("bears the accountant's file, the same bytes each time", async () => {
    await open({ payments: [aPayment({ payerName: "=1+1, 田中" })], shop: { locale: "ja" } });
    await refund();
    const variables = await night();
    const composer = createMailComposer({ templates });
    const draft: MailDraft<"summary"> = {
      ...{ name: "summary", variables, locale: "ja", messageId: "henkin.1@shop.example" },
      ...{ date: START, from: { name: "", address: SHOP.email }, to: MANAGER },
      ...{ inReplyTo: null, references: [], headers: {} },
    };
    const bytes = await composer.compose(draft);
    expect(Buffer.from(await composer.compose(draft)).equals(bytes)).toBe(true);
    const { attachments } = await simpleParser(Buffer.from(bytes));
    expect(attachments).toHaveLength(1);
    const [file] = attachments;
    expect(file).toMatchObject({
      filename: "henkin-2026-11-20.csv",
      contentType: "text/csv",
      contentDisposition: "attachment",
    });
    expect(file?.content.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const rows: string[][] = parse(file?.content ?? "", { bom: true });
    expect(rows).toHaveLength(2);
    expect(rows[1]?.slice(1, 5)).toEqual(["R-1", "679", "'=1+1, 田中", "2467"]);
  });
});

describe("a consent to use the mailbox that ends", () => {
  const consent = (lifeDays: number) =>
    desk.store.write((tx) =>
      tx.mailGrants.save({ sealed: "x", ...newGrant(desk.clock.now(), lifeDays * DAY) }),
    );

  it.each<[Locale, string]>([
    ["en", "ends on 2026-11-30"],
    ["ja", "2026-11-30 に失効します"],
  ])("stands two weeks before among what somebody has to mend (%s)", async (locale, words) => {
    await open({ shop: { ...SHOP, locale } });
    await consent(10);
    const { lanes, needsAction } = await night();
    expect([lanes, needsAction]).toEqual([[expect.stringContaining(words)], 1]);
  });

  it("is not named before, nor where nobody uses it any more", async () => {
    await open();
    await consent(20);
    expect((await night()).lanes).toEqual([]);
    desk.clock.advance(8 * DAY);
    expect((await night()).lanes).toEqual([]);
  });
});

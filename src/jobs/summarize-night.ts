// Everything the nightly mail says. What happened is of its period, also long after; what waits is as
// it stands now, for no history of it is kept, and the mail then says so.

import { endsSoon, isInUse } from "../domain/mail-grant.ts";
import { formatMoney } from "../domain/money.ts";
import type { SummaryVariables } from "../domain/summary-mail.ts";
import { sentence } from "../domain/wording.ts";
import type { ReadTx } from "../store-port.ts";
import { type Desk, STOP_SWITCH } from "../ticket/desk.ts";
import { comparedVariables } from "./summarize-comparison.ts";
import { figuresOfNight } from "./summarize-figures.ts";
import { LISTED_MAX, waitingVariables } from "./summarize-waiting.ts";

/** What one summary covers. */
export interface Night {
  /** Epoch ms; from here on and before `to`. */
  readonly from: number;
  readonly to: number;
  /** The local day it is named after. */
  readonly date: string;
}

/** A summary that is made this much after its hour says when it was made. */
const LATE_MS = 60 * 60 * 1_000;
const HOUR_MS = 60 * 60 * 1_000;

/** @param reader the manager who gets it; null at the command line */
export async function summarizeNight(
  tx: ReadTx,
  desk: Desk,
  night: Night,
  reader: string | null,
): Promise<SummaryVariables> {
  const { from, to, date } = night;
  const { calendar, shop } = desk;
  const now = desk.clock.now();
  const quarantined = await tx.messages.listQuarantined();
  const standing = await standingStill(tx, desk);
  const waiting = await waitingVariables(tx, desk, reader);
  const compared = await comparedVariables(tx, desk, night);
  const figures = await figuresOfNight(tx, desk, night);
  const stopped = (await tx.switches.find(STOP_SWITCH)) === "on";
  const head = await tx.events.findHead();
  return {
    shopName: shop.name,
    date,
    period: `${calendar.formatDateTime(from)} – ${calendar.formatDateTime(to)}`,
    asOf: now - to > LATE_MS ? calendar.formatDateTime(now) : "",
    needsAction: [
      ...[compared.needsAction, waiting.needsAction, quarantined.length, standing.length],
      ...[figures.undelivered, stopped ? 1 : 0],
    ].reduce((total, count) => total + count, 0),
    isApprover: reader !== null && shop.staff.includes(reader),
    ...figures,
    ...compared.variables,
    ...waiting.variables,
    quarantined: quarantined.slice(0, LISTED_MAX).map(({ fromAddress, subject, reason }) => ({
      from: fromAddress,
      subject,
      reason: reason ?? "",
    })),
    moreQuarantined: Math.max(0, quarantined.length - LISTED_MAX),
    guardRails: await guardRails(tx, desk),
    lanes: standing,
    stopped,
    auditHead: head === undefined ? "" : `${head.seq} ${head.hash}`,
  };
}

/** What does not go on by itself. */
async function standingStill(tx: ReadTx, desk: Desk): Promise<string[]> {
  const lanes = (await tx.lanes.list()).filter(({ state }) => state !== "ok");
  // A mail that could not be read is listed as such.
  const parked = (await tx.jobs.listParked()).filter(({ kind }) => kind !== "process_message");
  return [
    ...lanes.map(({ name, message }) => `${name}: ${message ?? ""}`),
    ...parked.map(({ kind, error }) => `${kind}: ${error}`),
    ...(await endingGrant(tx, desk)),
  ];
}

/** Before the mailbox is shut to us, for this mail would then not arrive either. */
async function endingGrant(tx: ReadTx, { shop, calendar, clock }: Desk): Promise<string[]> {
  const now = clock.now();
  const grant = await tx.mailGrants.find();
  // In use, none ends for want of use.
  if (grant === undefined || !isInUse(grant, now) || !endsSoon(grant, now, null)) return [];
  const day = calendar.localDate(grant.expiresAt ?? now);
  return [sentence("grant_ends", shop.locale, day)];
}

const RAILS = {
  ja: { hour: "直近1時間の返金", day: "直近24時間の返金", amount: "直近24時間の返金額" },
  en: {
    hour: "Refunds, last hour",
    day: "Refunds, last 24 hours",
    amount: "Amount, last 24 hours",
  },
};

/** Counted as before each refund (obstacles.ts). */
async function guardRails(tx: ReadTx, desk: Desk): Promise<SummaryVariables["guardRails"]> {
  const { refundsPerHourMax, refundsPerDayMax, refundMinorPerDayMax, locale } = desk.shop;
  const now = desk.clock.now();
  const hour = await tx.refunds.countSince(now - HOUR_MS);
  const day = await tx.refunds.countSince(now - 24 * HOUR_MS);
  const words = RAILS[locale];
  const count = (used: number) => (locale === "ja" ? `${used}件` : String(used));
  const yen = (amountMinor: number) => formatMoney({ amountMinor, currency: "JPY" });
  return [
    railOf(words.hour, hour.count, refundsPerHourMax, count),
    railOf(words.day, day.count, refundsPerDayMax, count),
    railOf(words.amount, day.amountMinor, refundMinorPerDayMax, yen),
  ];
}

const NEAR = 0.8;

function railOf(
  label: string,
  used: number,
  limit: number | null,
  words: (value: number) => string,
): SummaryVariables["guardRails"][number] {
  return {
    label,
    used: words(used),
    limit: limit === null ? "" : words(limit),
    isNear: limit !== null && used >= limit * NEAR,
  };
}

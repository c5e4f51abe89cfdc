import { describe, expect, it } from "vitest";
import { type CalendarSettings, createCalendar } from "../src/calendar.ts";

const OPEN = { weekdays: [], dates: [] };

function calendar(settings: Partial<CalendarSettings> = {}) {
  return createCalendar({ timeZone: "Asia/Tokyo", summaryAt: "21:00", closed: OPEN, ...settings });
}

const tokyo = calendar();
const at = (iso: string) => Date.parse(iso);
const iso = (time: number) => new Date(time).toISOString();

describe("a local day", () => {
  it.each([
    ["Asia/Tokyo", "2026-11-08T14:59:59Z", "2026-11-08", "2026-11-08 23:59"],
    ["Asia/Tokyo", "2026-11-08T15:00:00Z", "2026-11-09", "2026-11-09 00:00"],
    ["UTC", "2026-11-08T15:00:00Z", "2026-11-08", "2026-11-08 15:00"],
    ["America/Los_Angeles", "2026-03-08T06:59:00Z", "2026-03-07", "2026-03-07 22:59"],
    ["America/New_York", "2026-03-08T06:59:00Z", "2026-03-08", "2026-03-08 01:59"],
    // An hour that summer time leaves out.
    ["America/New_York", "2026-03-08T07:00:00Z", "2026-03-08", "2026-03-08 03:00"],
    ["America/New_York", "2026-11-01T05:30:00Z", "2026-11-01", "2026-11-01 01:30"],
    ["America/New_York", "2026-11-01T06:30:00Z", "2026-11-01", "2026-11-01 01:30"],
    ["Asia/Kathmandu", "2026-11-08T18:15:00Z", "2026-11-09", "2026-11-09 00:00"],
  ])("in %s at %s is %s", (timeZone, time, day, text) => {
    const { localDate, formatDateTime } = calendar({ timeZone });
    expect(localDate(at(time))).toBe(day);
    expect(formatDateTime(at(time))).toBe(text);
  });
});

describe("the next summary", () => {
  it.each([
    ["later today", "2026-11-09T10:00:00+09:00", "2026-11-09T21:00:00+09:00"],
    ["tomorrow, at the minute itself", "2026-11-09T21:00:00+09:00", "2026-11-10T21:00:00+09:00"],
    ["at once, a millisecond before", "2026-11-09T20:59:59.999+09:00", "2026-11-09T21:00:00+09:00"],
    ["over the turn of the year", "2026-12-31T22:00:00+09:00", "2027-01-01T21:00:00+09:00"],
  ])("is %s", (_name, now, next) => {
    expect(iso(tokyo.nextSummaryAt(at(now)))).toBe(iso(at(next)));
  });

  it("keeps its local hour when the clocks change", () => {
    const { nextSummaryAt } = calendar({ timeZone: "America/New_York" });
    const spring = nextSummaryAt(at("2026-03-07T22:00:00-05:00"));
    expect(iso(spring)).toBe("2026-03-09T01:00:00.000Z");
    const autumn = nextSummaryAt(at("2026-10-31T22:00:00-04:00"));
    expect(iso(autumn)).toBe("2026-11-02T02:00:00.000Z");
  });

  it.each([
    ["an hour that is skipped once", "02:30", "2026-03-01T12:00:00-05:00"],
    ["an hour that comes twice", "01:30", "2026-10-25T12:00:00-04:00"],
    ["midnight", "00:00", "2026-10-25T12:00:00-04:00"],
    ["the last minute", "23:59", "2026-03-01T12:00:00-05:00"],
  ])("comes once each local day, at %s", (_name, summaryAt, from) => {
    const { nextSummaryAt, localDate } = calendar({ timeZone: "America/New_York", summaryAt });
    const days: string[] = [];
    for (let time = at(from); days.length < 14; ) {
      time = nextSummaryAt(time);
      days.push(localDate(time));
    }
    const first = at(`${days[0]}T12:00:00Z`);
    const every = days.map((_day, after) => iso(first + after * 86_400_000).slice(0, 10));
    expect(days).toEqual(every);
  });
});

describe("business days", () => {
  it.each([
    ["none", "2026-11-09T10:00:00+09:00", 0, "2026-11-09"],
    ["the next day", "2026-11-09T10:00:00+09:00", 1, "2026-11-10"],
    ["over a weekend", "2026-11-13T10:00:00+09:00", 1, "2026-11-16"],
    ["from a Saturday", "2026-11-14T10:00:00+09:00", 1, "2026-11-16"],
    ["over Labour Thanksgiving (Monday 23 November)", "2026-11-20T10:00:00+09:00", 1, "2026-11-24"],
    ["over Golden Week", "2026-05-01T10:00:00+09:00", 1, "2026-05-07"],
    ["over New Year's Day", "2026-12-31T10:00:00+09:00", 1, "2027-01-04"],
    ["three of them", "2026-11-12T10:00:00+09:00", 3, "2026-11-17"],
    ["in the shop's zone, not in UTC", "2026-11-13T23:30:00+09:00", 1, "2026-11-16"],
  ])("%s", (_name, from, days, day) => {
    expect(tokyo.localDate(tokyo.afterBusinessDays(at(from), days))).toBe(day);
  });

  it("skip what CLOSED_DAYS names", () => {
    const closed = { weekdays: [3], dates: ["2026-11-12"] };
    const { afterBusinessDays, localDate } = calendar({ closed });
    // Tuesday; Wednesdays are closed, and so is this Thursday.
    const from = at("2026-11-10T10:00:00+09:00");
    expect([1, 2, 3].map((days) => localDate(afterBusinessDays(from, days)))).toEqual([
      "2026-11-13",
      "2026-11-16",
      "2026-11-17",
    ]);
  });

  it("never lie before the moment they are counted from", () => {
    const from = at("2026-11-09T10:00:00+09:00");
    expect(tokyo.afterBusinessDays(from, 1)).toBeGreaterThan(from);
  });
});

describe("a month and day", () => {
  it.each([
    ["later this month", "2026-11-09T15:50:00+09:00", 11, 20, "2026-11-20"],
    ["tomorrow", "2026-11-09T15:50:00+09:00", 11, 10, "2026-11-10"],
    ["tomorrow, late in the evening", "2026-11-09T23:50:00+09:00", 11, 10, "2026-11-10"],
    ["today: next year", "2026-11-09T15:50:00+09:00", 11, 9, "2027-11-09"],
    ["past: next year", "2026-11-09T15:50:00+09:00", 1, 5, "2027-01-05"],
    ["a leap day that comes", "2027-12-01T15:50:00+09:00", 2, 29, "2028-02-29"],
  ])("is %s", (_name, from, month, day, date) => {
    const found = tokyo.nextMonthDay(at(from), month, day);
    expect(found === null ? null : tokyo.localDate(found)).toBe(date);
  });

  it.each([
    [13, 1],
    [2, 30],
    [0, 1],
    [11, 0],
    [2, 29],
  ])("%i/%i is none in the next year", (month, day) => {
    expect(tokyo.nextMonthDay(at("2026-03-01T12:00:00+09:00"), month, day)).toBeNull();
  });

  it.each(["00:10", "15:50"])("means its noon, asked at %s", (time) => {
    const found = tokyo.nextMonthDay(at(`2026-11-09T${time}:00+09:00`), 11, 20);
    expect(found === null ? null : iso(found)).toBe(iso(at("2026-11-20T12:00:00+09:00")));
  });
});

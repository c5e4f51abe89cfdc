import { describe, expect, it } from "vitest";
import { createCalendar } from "../../src/calendar.ts";
import {
  average,
  COMPARED_DAYS,
  countedSpans,
  lengths,
  spansBefore,
  within,
} from "../../src/domain/night-figures.ts";
import { DAY, HOUR } from "../support/fake-clock.ts";

const calendarIn = (timeZone: string) =>
  createCalendar({ timeZone, summaryAt: "21:00", closed: { weekdays: [], dates: [] } });
const tokyo = calendarIn("Asia/Tokyo");
const at = (time: string) => Date.parse(`${time}:00+09:00`);

describe("the days a night is compared with", () => {
  it("are the fourteen before it, without a gap", () => {
    const spans = spansBefore(at("2026-11-20T21:00"), tokyo.nextSummaryAt, DAY);
    expect(spans).toHaveLength(COMPARED_DAYS);
    expect(spans[0]).toEqual({ from: at("2026-11-06T21:00"), to: at("2026-11-07T21:00") });
    expect(spans.at(-1)?.to).toBe(at("2026-11-20T21:00"));
    for (const [index, { from }] of spans.slice(1).entries()) expect(from).toBe(spans[index]?.to);
  });

  it("reach up to a night that begins at another hour", () => {
    const spans = spansBefore(at("2026-11-20T18:00"), tokyo.nextSummaryAt, DAY);
    expect(spans).toHaveLength(COMPARED_DAYS);
    expect(spans.at(-1)).toEqual({ from: at("2026-11-19T21:00"), to: at("2026-11-20T18:00") });
  });

  it.each(["2026-03-14T21:00:00-04:00", "2026-11-05T21:00:00-05:00"])(
    "are local days where one has 23 or 25 hours: before %s",
    (night) => {
      const spans = spansBefore(
        Date.parse(night),
        calendarIn("America/New_York").nextSummaryAt,
        DAY,
      );
      expect(spans).toHaveLength(COMPARED_DAYS);
      const hours = spans.map(({ from, to }) => (to - from) / HOUR);
      expect(hours.filter((count) => count !== 24)).toHaveLength(1);
    },
  );

  it("count from the first start on, whole days alone", () => {
    const spans = spansBefore(at("2026-11-20T21:00"), tokyo.nextSummaryAt, DAY);
    expect(countedSpans(spans, at("2026-11-18T10:00"))).toEqual(spans.slice(-2));
    expect(countedSpans(spans, at("2026-11-20T10:00"))).toEqual([]);
    expect(countedSpans(spans, at("2020-01-01T00:00"))).toEqual(spans);
  });
});

describe("figures", () => {
  it("have an average, days without anything included, and none without a day", () => {
    expect(average([4, 0, 0, 2])).toBe(1.5);
    expect(average([])).toBeNull();
  });

  it("belong to the day they begin, not to the one they end", () => {
    const items = [{ at: 9 }, { at: 10 }, { at: 19 }, { at: 20 }];
    expect(within(items, { from: 10, to: 20 })).toEqual([{ at: 10 }, { at: 19 }]);
  });

  it("have bars as long as they are large; what is little can still be seen", () => {
    expect(lengths([0, 1, 50, 100], 8)).toEqual([0, 1, 4, 8]);
    expect(lengths([1, 10_000], 8)).toEqual([1, 8]);
    expect(lengths([0, 0], 8)).toEqual([0, 0]);
    expect(lengths([], 8)).toEqual([]);
  });
});

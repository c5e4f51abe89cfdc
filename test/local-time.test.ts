import fc from "fast-check";
import { expect, it } from "vitest";
import { createLocalTime } from "../src/local-time.ts";

const AT = Date.parse("2026-03-08T06:59:00Z");

it.each([
  ["Asia/Tokyo", "2026-03-08", "2026-03-08 15:59"],
  ["America/New_York", "2026-03-08", "2026-03-08 01:59"],
  ["America/Los_Angeles", "2026-03-07", "2026-03-07 22:59"],
  ["UTC", "2026-03-08", "2026-03-08 06:59"],
])("an instant is told in %s", (zone, date, dateTime) => {
  const { localDate, formatDateTime } = createLocalTime(zone);
  expect([localDate(AT), formatDateTime(AT)]).toEqual([date, dateTime]);
});

it("an hour that summer time leaves out is not told", () => {
  expect(createLocalTime("America/New_York").formatDateTime(AT + 60_000)).toBe("2026-03-08 03:00");
});

it("Tokyo's time is what Intl says it is, from 1952 on", () => {
  const { localDate, formatDateTime } = createLocalTime("Asia/Tokyo");
  const intl = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Asia/Tokyo",
    dateStyle: "short",
    timeStyle: "short",
  });
  const instants = fc.integer({ min: Date.UTC(1952, 0, 1), max: Date.UTC(2200, 0, 1) });
  fc.assert(
    fc.property(instants, (at) => {
      expect(formatDateTime(at)).toBe(intl.format(at));
      expect(localDate(at)).toBe(intl.format(at).slice(0, 10));
    }),
    { numRuns: 2_000 },
  );
});

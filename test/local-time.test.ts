// Days and hours in other zones: calendar.test.ts.

import fc from "fast-check";
import { expect, it } from "vitest";
import { createLocalTime } from "../src/local-time.ts";

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

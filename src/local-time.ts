// Instants in the shop's time zone. Each format is made when it is first needed: it takes as long as a look
// into the database.

import type { LocalTime } from "./ports.ts";

export function createLocalTime(timeZone: string): LocalTime {
  // The Swedish format is ISO 8601's.
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("sv-SE", { timeZone, ...options });
  let date: Intl.DateTimeFormat | undefined;
  let dateTime: Intl.DateTimeFormat | undefined;
  return {
    localDate(at) {
      date ??= format({ dateStyle: "short" });
      return date.format(at);
    },
    formatDateTime(at) {
      dateTime ??= format({ dateStyle: "short", timeStyle: "short" });
      return dateTime.format(at);
    },
  };
}

// Instants in the shop's time zone. Intl needs as long to be ready as twenty looks into the database, so it is
// asked only when it must be.

import type { LocalTime } from "./ports.ts";

const HOUR_MS = 60 * 60 * 1_000;

/** Hours ahead of UTC, in zones whose clocks have not been moved since 1951 (IANA tz database, Rule Japan). */
const STEADY_ZONES: Readonly<Partial<Record<string, number>>> = { "Asia/Tokyo": 9 };

export function createLocalTime(timeZone: string): LocalTime {
  const hours = STEADY_ZONES[timeZone];
  return hours === undefined ? movingTime(timeZone) : steadyTime(hours);
}

function steadyTime(hours: number): LocalTime {
  const local = (at: number) => new Date(at + hours * HOUR_MS).toISOString();
  return {
    localDate: (at) => local(at).slice(0, "2026-11-23".length),
    formatDateTime: (at) => local(at).slice(0, "2026-11-23T21:00".length).replace("T", " "),
  };
}

function movingTime(timeZone: string): LocalTime {
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

// Days in the shop's time zone, summer time and Japanese holidays included.

import holidays from "@holiday-jp/holiday_jp";
import { Cron } from "croner";
import { createLocalTime } from "./local-time.ts";
import type { Calendar } from "./ports.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const HOUR_MS = 60 * 60 * 1_000;

export interface CalendarSettings {
  /** IANA name. */
  readonly timeZone: string;
  /** "21:00" */
  readonly summaryAt: string;
  /** Weekday numbers (0 Sunday) and dates on which nobody works. */
  readonly closed: { readonly weekdays: readonly number[]; readonly dates: readonly string[] };
}

export function createCalendar({ timeZone, summaryAt, closed }: CalendarSettings): Calendar {
  const [hour, minute] = summaryAt.split(":").map(Number);
  // Made when it is first needed: it takes as long as a look into the database.
  let daily: Cron | undefined;
  const { localDate, formatDateTime } = createLocalTime(timeZone);

  function isBusinessDay(day: string): boolean {
    const weekday = new Date(`${day}T12:00:00Z`).getUTCDay();
    if (weekday === 0 || weekday === 6 || closed.weekdays.includes(weekday)) return false;
    return !closed.dates.includes(day) && !holidays.isHoliday(day);
  }

  return {
    localDate,
    formatDateTime,
    nextSummaryAt(at) {
      daily ??= new Cron(`0 ${minute} ${hour} * * *`, { timezone: timeZone, paused: true });
      const next = daily.nextRun(new Date(at));
      if (next === null) throw new RangeError(`no ${summaryAt} in ${timeZone} after ${at}`);
      return next.getTime();
    },
    afterBusinessDays(at, days) {
      let when = at;
      for (let left = days; left > 0; ) {
        when += DAY_MS;
        if (isBusinessDay(localDate(when))) left -= 1;
      }
      return when;
    },
    nextMonthDay(at, month, day) {
      const wanted = `-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
      // A year and a bit covers every date but 29 February.
      const firstHour = at - (at % HOUR_MS) + HOUR_MS;
      for (let hours = 0; hours < 367 * 24; hours += 1) {
        const when = firstHour + hours * HOUR_MS;
        const local = formatDateTime(when);
        if (local.slice(4).startsWith(`${wanted} 12:`) && localDate(when) !== localDate(at)) {
          return when;
        }
      }
      return null;
    },
  };
}

// Dates as people and shop systems write them, in the shop's time zone.

const DAY_MS = 24 * 60 * 60 * 1_000;

const CLOCK = "(?:[T ]{1,3}(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:\\.\\d{1,9})?)?)?";
const ZONE = " ?(Z|[+-]\\d{2}:?\\d{2})?";
const NUMERIC = new RegExp(
  `^(\\d{4})([-/.])(\\d{1,2})\\2(\\d{1,2})(?:\\([日月火水木金土]\\))?${CLOCK}${ZONE}$`,
);
const JAPANESE =
  /^(\d{4})年 ?(\d{1,2})月 ?(\d{1,2})日(?:\([日月火水木金土]\))? ?(?:(\d{1,2})(?::|時)(\d{2})分?(?::?(\d{2})秒?)?)?$/;

interface Written {
  /** Year, month from 1, day, hour, minute, second. */
  readonly parts: readonly number[];
  /** "Z", "+09:00"; undefined where none stands there. */
  readonly zone: string | undefined;
}

function partsOf(text: string): Written | null {
  const numeric = NUMERIC.exec(text);
  if (numeric !== null) {
    const [, year, , month, day, hour, minute, second, zone] = numeric;
    return {
      parts: [year, month, day, hour, minute, second].map((part) => Number(part ?? 0)),
      zone,
    };
  }
  const japanese = JAPANESE.exec(text);
  if (japanese === null) return null;
  return { parts: japanese.slice(1, 7).map((part) => Number(part ?? 0)), zone: undefined };
}

/** As if it were UTC; null where there is no such day or time. */
function asUtc(parts: readonly number[]): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(at);
  const same = [
    back.getUTCFullYear() === year,
    back.getUTCMonth() === month - 1,
    back.getUTCDate() === day,
    back.getUTCHours() === hour,
    back.getUTCMinutes() === minute,
    back.getUTCSeconds() === second,
  ];
  return same.every((part) => part) ? at : null;
}

function zoneMs(zone: string): number {
  if (zone === "Z") return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/**
 * Reads "2026-11-01", "2026/11/1 12:34", "2026年11月1日" as epoch ms, in the given zone (IANA name)
 * where it names none itself. The function returns null where the text is no such date.
 */
export function timeReader(timeZone: string): (text: string) => number | null {
  // The Swedish format is ISO 8601's.
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  const local = (at: number) => Date.parse(`${format.format(at).replace(" ", "T")}Z`);
  return (text) => {
    const written = partsOf(text.normalize("NFKC").trim());
    const utc = written === null ? null : asUtc(written.parts);
    if (written === null || utc === null) return null;
    if (written.zone !== undefined) return utc - zoneMs(written.zone);
    // A clock that is set on that day shows the time by one of the offsets around it.
    const offsets = [utc - DAY_MS, utc + DAY_MS].map((at) => local(at) - at);
    const at = offsets.map((offset) => utc - offset).find((one) => local(one) === utc);
    return at ?? utc - (offsets[0] ?? 0);
  };
}

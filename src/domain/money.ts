// Amounts are integers in the currency's minor unit, always beside their ISO 4217 code: ¥2,467 is
// { amountMinor: 2467, currency: "JPY" }, $24.67 is { amountMinor: 2467, currency: "USD" }.

export interface Money {
  readonly amountMinor: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

/** Currencies without a minor unit, as docs.stripe.com/currencies#zero-decimal lists them. */
const ZERO_DECIMAL = new Set(
  "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split(" "),
);

const SYMBOLS: Readonly<Record<string, string>> = { JPY: "¥", USD: "$", EUR: "€", GBP: "£" };

export function minorDigits(currency: string): 0 | 2 {
  return ZERO_DECIMAL.has(currency.toUpperCase()) ? 0 : 2;
}

/** "¥2,467", "$24.67", "CHF 24.67". */
export function formatMoney({ amountMinor, currency }: Money): string {
  const digits = minorDigits(currency);
  const sign = amountMinor < 0 ? "-" : "";
  const absolute = Math.abs(amountMinor);
  const scale = 10 ** digits;
  const whole = String(Math.trunc(absolute / scale)).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = digits === 0 ? "" : `.${String(absolute % scale).padStart(digits, "0")}`;
  return `${sign}${SYMBOLS[currency] ?? `${currency} `}${whole}${fraction}`;
}

/** "2467", "24.67": as a person writes it in an answer. */
export function bareFigure({ amountMinor, currency }: Money): string {
  const digits = minorDigits(currency);
  return digits === 0 ? String(amountMinor) : (amountMinor / 10 ** digits).toFixed(digits);
}

/**
 * Reads a bare figure such as `2467`, `2,467` or (two-decimal currencies only) `24.67`.
 * Returns null where the text is no such figure in this currency.
 */
export function parseFigure(text: string, currency: string): number | null {
  const match = /^(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{2}))?$/.exec(text);
  if (match === null) return null;
  const digits = minorDigits(currency);
  const fraction = match[2];
  if (fraction !== undefined && digits === 0) return null;
  const whole = Number((match[1] ?? "").replaceAll(",", ""));
  return whole * 10 ** digits + Number(fraction ?? 0);
}

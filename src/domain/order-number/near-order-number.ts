// Slips of the hand around an order number, to look them up in an index. They are shown to staff
// and never picked.

const DIGITS = "0123456789";

/** One digit changed, dropped or added, or two neighbours swapped; of a single sign, none. */
export function nearOrderNumbers(number: string): string[] {
  if (number.length < 2) return [];
  const near = new Set<string>();
  for (let at = 0; at <= number.length; at += 1) {
    const before = number.slice(0, at);
    const sign = number[at] ?? "";
    const after = number.slice(at + 1);
    for (const digit of DIGITS) {
      if (/\d/.test(sign)) near.add(before + digit + after);
      near.add(before + digit + sign + after);
    }
    if (/\d/.test(sign)) near.add(before + after);
    const next = number[at + 1];
    if (sign !== "" && next !== undefined) near.add(before + next + sign + number.slice(at + 2));
  }
  near.delete(number);
  near.delete("");
  return [...near];
}

// Chance that can be repeated: the seed is printed, and the same seed draws the same numbers. The
// machine's own timing cannot be repeated, so a seed leads near a failure, not always to it.

export interface Chance {
  readonly seed: number;
  /** 0 to 1, without 1. */
  next(): number;
  /** A whole number from `least` up to, and without, `limit`. */
  between(least: number, limit: number): number;
  maybe(probability: number): boolean;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
}

/** mulberry32 (Tommy Ettinger, public domain). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, limit: number) => least + Math.floor(next() * (limit - least));
  return {
    seed,
    next,
    between,
    maybe: (probability) => next() < probability,
    pick: (items) => items[between(0, items.length)] ?? items[0],
  };
}

// Chance that can be repeated: the same seed makes the same history.

export interface Random {
  /** 0 ≤ n < 1 */
  next(): number;
  /** 0 ≤ n < max, whole. */
  below(max: number): number;
  chance(probability: number): boolean;
  pick<One>(of: readonly One[]): One;
}

/** mulberry32: 32 bits of state are enough for histories that differ. */
export function seeded(seed: number): Random {
  // Neighbouring seeds must not begin alike.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (max: number) => Math.floor(next() * max);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (of) => {
      if (of.length === 0) throw new Error("nothing to pick from");
      return of[below(of.length)] as (typeof of)[number];
    },
  };
}

import type { Clock, Pulse } from "./ports.ts";

export function createPulse(clock: Pick<Clock, "now">): Pulse {
  const beats = new Map<Parameters<Pulse["beat"]>[0], number>();
  return {
    beat: (loop) => void beats.set(loop, clock.now()),
    lastBeat: (loop) => beats.get(loop) ?? null,
  };
}

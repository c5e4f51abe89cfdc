// So many at once, and the others in the order they came.

export interface Turns {
  /** Resolves to what ends the turn; rejects with the signal's reason where it aborts before. */
  take(signal: AbortSignal): Promise<() => void>;
}

export function createTurns(atOnce: number): Turns {
  let free = atOnce;
  const waiting = new Set<() => void>();

  function end(): void {
    free += 1;
    const [next] = waiting;
    next?.();
  }

  return {
    async take(signal) {
      signal.throwIfAborted();
      if (free > 0) free -= 1;
      else {
        await new Promise<void>((resolve, reject) => {
          const settle = (done: () => void) => {
            waiting.delete(begin);
            signal.removeEventListener("abort", giveUp);
            done();
          };
          const begin = () => {
            free -= 1;
            settle(resolve);
          };
          const giveUp = () => settle(() => reject(signal.reason));
          waiting.add(begin);
          signal.addEventListener("abort", giveUp);
        });
      }
      let isOver = false;
      return () => {
        if (!isOver) end();
        isOver = true;
      };
    },
  };
}

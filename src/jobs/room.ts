// How much may be in memory at once of what is worked on side by side.

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

export interface Room {
  /** In the order of asking; what is larger than the whole room has it for itself. */
  use<Result>(bytes: number, work: () => Promise<Result>): Promise<Result>;
}

export function createRoom(bytesMax: number): Room {
  const waiting: Waiting[] = [];
  let used = 0;

  function letIn(): void {
    for (let [first] = waiting; first !== undefined; [first] = waiting) {
      if (used > 0 && used + first.bytes > bytesMax) return;
      waiting.shift();
      used += first.bytes;
      first.enter();
    }
  }

  return {
    async use(bytes, work) {
      await new Promise<void>((enter) => {
        waiting.push({ bytes, enter });
        letIn();
      });
      try {
        return await work();
      } finally {
        used -= bytes;
        letIn();
      }
    },
  };
}

// Which mail may be understood before others that came earlier: nobody who has just written waits for a
// backlog of thousands, as long as none of those that wait can bear on what he wrote.

/** Whom and what a mail is about. */
export type Concern =
  /** It changes no ticket: it need not hurry, and nobody waits for it. */
  | { readonly kind: "nothing" }
  /** What it is about shows only once it is understood. */
  | { readonly kind: "anything" }
  | {
      readonly kind: "these";
      /** People, orders and tickets; a mail with one of them in common may be about the same. */
      readonly facts: readonly string[];
      /** Nothing that still waits from before can be about them. */
      readonly isNews: boolean;
    };

export interface Line {
  /** Whether it may go ahead of all that wait; where it may not, it waits from now on. */
  passes(concern: Concern): boolean;
}

/** To be asked about each mail in the order they came. */
export function createLine(): Line {
  const waiting = new Set<string>();
  let isClosed = false;
  return {
    passes(concern) {
      if (concern.kind === "nothing") return false;
      if (concern.kind === "anything") {
        isClosed = true;
        return false;
      }
      const { facts, isNews } = concern;
      if (isNews && !isClosed && !facts.some((fact) => waiting.has(fact))) return true;
      for (const fact of facts) waiting.add(fact);
      return false;
    },
  };
}

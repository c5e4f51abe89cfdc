// The word that was most likely meant by a mistyped one.

/** Beyond so many steps it is another word. */
const FAR = 3;

/** Null where none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  const typed = word.toLowerCase();
  if (typed === "") return null;
  const [best] = known
    .map((name) => ({ name, steps: name.startsWith(typed) ? 0 : distance(typed, name) }))
    .sort((one, other) => one.steps - other.steps);
  return best !== undefined && best.steps < Math.min(FAR, typed.length) ? best.name : null;
}

/** Letters to be put in, left out or changed, or exchanged with the next one. */
function distance(from: string, to: string): number {
  const exchanged = [...from].findIndex((letter, at) => letter !== to[at]);
  const turned =
    exchanged >= 0 &&
    from[exchanged] === to[exchanged + 1] &&
    from[exchanged + 1] === to[exchanged];
  if (turned) return 1 + distance(from.slice(exchanged + 2), to.slice(exchanged + 2));
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const change = letter === to[column - 1] ? 0 : 1;
      const best = Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1);
      next.push(Math.min(best, (row[column - 1] ?? 0) + change));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

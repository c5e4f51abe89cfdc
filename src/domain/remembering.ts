// Several rules ask the same of one text. What a pure function found is kept for the next of them.

/** Results of different texts; enough for one mail. */
const MOST = 256;

/** `read` must be pure, and its result must not be changed by whoever gets it. */
export function remembering<Result>(read: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const result = read(text);
    if (known.size >= MOST) known.clear();
    known.set(text, result);
    return result;
  };
}

// A provider's answer as it came, cut into lines that a mail can show.

/** Wide enough for an XML element or a few fields of JSON. */
const WIDTH = 100;

/** Each with what it is of; nothing where there is no answer to show. */
export function rawLinesOf(
  answers: readonly { readonly of: string; readonly raw?: string | undefined }[],
): string[] {
  return answers.flatMap(({ of, raw }) => (raw === undefined ? [] : [`${of}:`, ...rawLines(raw)]));
}

/** Without what a mail program would not draw; no line is empty. */
export function rawLines(raw: string | null): string[] {
  return (raw ?? "")
    .split(/\r\n?|\n/)
    .map((line) => line.replace(/\p{Cc}+|\p{Cf}+/gu, " ").trim())
    .filter((line) => line !== "")
    .flatMap(pieces);
}

function pieces(line: string): string[] {
  const signs = Array.from(line);
  const count = Math.ceil(signs.length / WIDTH);
  return Array.from({ length: count }, (_, at) =>
    signs.slice(at * WIDTH, (at + 1) * WIDTH).join(""),
  );
}

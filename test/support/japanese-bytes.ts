// Text to CP932 and EUC-JP, which Node decodes and does not encode: its decoder, read backwards.

export type JapaneseCharset = "shift_jis" | "euc-jp";

const TABLES = new Map<JapaneseCharset, ReadonlyMap<string, readonly number[]>>();

function tableOf(charset: JapaneseCharset): ReadonlyMap<string, readonly number[]> {
  const known = TABLES.get(charset);
  if (known !== undefined) return known;
  const decoder = new TextDecoder(charset);
  const table = new Map<string, readonly number[]>();
  const add = (...bytes: readonly number[]) => {
    const text = decoder.decode(Uint8Array.from(bytes));
    const isOne = Array.from(text).length === 1 && text !== "\uFFFD";
    if (isOne && !table.has(text)) table.set(text, bytes);
  };
  for (let byte = 0; byte < 0x100; byte += 1) add(byte);
  for (let lead = 0x81; lead < 0x100; lead += 1) {
    // What NEC chose of IBM's characters stands twice in CP932, and IBM's own place is the usual one.
    if (charset === "shift_jis" && (lead === 0xed || lead === 0xee)) continue;
    for (let trail = 0x40; trail < 0x100; trail += 1) add(lead, trail);
  }
  TABLES.set(charset, table);
  return table;
}

/** Throws where the charset has no such character. */
export function encodeJapanese(text: string, charset: JapaneseCharset): Buffer {
  const table = tableOf(charset);
  return Buffer.from(
    Array.from(text).flatMap((character) => {
      const bytes = table.get(character);
      if (bytes === undefined) throw new Error(`${charset} has no ${character}`);
      return [...bytes];
    }),
  );
}

/** As a CGI writes it into an attribute: blanks as +, every byte beyond letters and digits as %XX. */
export function percentCp932(text: string): string {
  return Array.from(encodeJapanese(text, "shift_jis"), (byte) => {
    const character = String.fromCharCode(byte);
    if (byte < 0x80 && /[\w.-]/.test(character)) return character;
    return byte === 0x20 ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

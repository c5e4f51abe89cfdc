// format=flowed (RFC 3676), unfolded here because mailparser joins lines of unlike quote depth: an
// answer below a quote would become a part of it.

const FLOWED =
  /^(content-type:[^\r\n]{0,998}(?:\r?\n[ \t][^\r\n]{0,998}){0,10}?;[ \t\r\n]{0,10}format[ \t]{0,3}=[ \t]{0,3}"?)flowed/gim;
const DELETES_SPACE = /;[ \t\r\n]{0,10}delsp[ \t]{0,3}=[ \t]{0,3}"?yes/i;

export interface Fixed {
  /** The message with its parts declared as not flowed. */
  readonly bytes: Buffer;
  /** Undoes the folding of a decoded text part; null where nothing is flowed. */
  readonly unfold: ((text: string) => string) | null;
}

const SPELLINGS = ["flowed", "Flowed", "FLOWED"];
/** From the sign that begins a parameter to the end of this one. */
const PARAMETER_MAX = 40;

/** Asked first: most mails are not flowed, and turning 25 MB into a string takes its room. */
function mayBeFlowed(bytes: Buffer): boolean {
  // An attachment's base64 has no such sign, and need not be searched.
  const end = bytes.lastIndexOf(";") + PARAMETER_MAX;
  if (!/flowed/i.test(bytes.toString("latin1", 0, end))) return false;
  return SPELLINGS.some((spelling) => bytes.includes(spelling));
}

export function withoutFlowed(bytes: Buffer): Fixed {
  if (!mayBeFlowed(bytes)) return { bytes, unfold: null };
  const raw = bytes.toString("latin1");
  const fixed = raw.replace(FLOWED, "$1fixed");
  if (fixed === raw) return { bytes, unfold: null };
  const deletesSpace = DELETES_SPACE.test(raw);
  return {
    bytes: Buffer.from(fixed, "latin1"),
    unfold: (text) => unfold(text, deletesSpace),
  };
}

interface Line {
  readonly depth: number;
  readonly content: string;
}

function lineOf(text: string): Line {
  const depth = /^>*/.exec(text)?.[0].length ?? 0;
  // One blank is stuffing (RFC 3676 §4.4).
  return { depth, content: text.slice(depth).replace(/^ /, "") };
}

/** A blank at the end folds; the signature's delimiter and blank lines stay (§4.2, §4.3). */
function isFolded({ content }: Line): boolean {
  return content.endsWith(" ") && content.trim() !== "" && content !== "-- ";
}

function unfold(text: string, deletesSpace: boolean): string {
  const lines: Line[] = [];
  let open = false;
  for (const line of text.split("\n").map(lineOf)) {
    const last = lines.at(-1);
    const goesOn = open && last?.depth === line.depth && !/^(?:-- )?$/.test(line.content);
    if (goesOn && last !== undefined) {
      const start = deletesSpace ? last.content.slice(0, -1) : last.content;
      lines[lines.length - 1] = { depth: line.depth, content: start + line.content };
    } else {
      lines.push(line);
    }
    open = isFolded(line);
  }
  return lines
    .map(({ depth, content }) => (depth === 0 ? content : `${">".repeat(depth)} ${content}`))
    .join("\n");
}

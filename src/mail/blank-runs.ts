// Runs of blanks that no line can hold (RFC 5322 §2.1.1). The decoder of quoted-printable takes its time
// over them, which grows with their square.

const RUN_MAX = 998;
const [TAB, BLANK] = [0x09, 0x20];

function isBlank(byte: number | undefined): boolean {
  return byte === BLANK || byte === TAB;
}

/** A longer run holds one of these places, so that hardly any byte has to be looked at. */
function mayHoldRun(bytes: Buffer): boolean {
  for (let at = RUN_MAX; at < bytes.length; at += RUN_MAX + 1) {
    if (!isBlank(bytes[at])) continue;
    let [start, end] = [at, at];
    while (isBlank(bytes[start - 1])) start -= 1;
    while (isBlank(bytes[end + 1])) end += 1;
    if (end - start >= RUN_MAX) return true;
  }
  return false;
}

/** The same bytes where no run is longer. */
export function withoutBlankRuns(bytes: Buffer): Buffer {
  if (!mayHoldRun(bytes)) return bytes;
  const pieces: Buffer[] = [];
  let [from, run] = [0, 0];
  for (let at = 0; at < bytes.length; at += 1) {
    const goesOn = isBlank(bytes[at]);
    if (run > RUN_MAX && !goesOn) from = at;
    run = goesOn ? run + 1 : 0;
    if (run === RUN_MAX + 1) pieces.push(bytes.subarray(from, at));
  }
  const isOpen = run > RUN_MAX;
  return Buffer.concat(isOpen ? pieces : [...pieces, bytes.subarray(from)]);
}

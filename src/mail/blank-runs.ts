// Runs of blanks that no line can hold (RFC 5322 §2.1.1). The decoder of quoted-printable takes its time
// over them, which grows with their square.

const RUN_MAX = 998;
const [TAB, BLANK] = [0x09, 0x20];

/** The same bytes where no run is longer. */
export function withoutBlankRuns(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let [from, run] = [0, 0];
  for (let at = 0; at < bytes.length; at += 1) {
    const isBlank = bytes[at] === BLANK || bytes[at] === TAB;
    if (run > RUN_MAX && !isBlank) from = at;
    run = isBlank ? run + 1 : 0;
    if (run === RUN_MAX + 1) pieces.push(bytes.subarray(from, at));
  }
  if (pieces.length === 0) return bytes;
  const isOpen = run > RUN_MAX;
  return Buffer.concat(isOpen ? pieces : [...pieces, bytes.subarray(from)]);
}

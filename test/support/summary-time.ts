/** A SUMMARY_AT half a day from now: what is done every night is not done during a test. */
export function farOff(): string {
  const at = new Date(Date.now() + 12 * 60 * 60 * 1_000);
  return at.toLocaleTimeString("sv-SE", { timeZone: "Asia/Tokyo", timeStyle: "short" });
}

// The last look at a line that is written for operators: a strange error may quote anything.

/** What looks like a secret or an address wherever it stands, as in the message of a strange error. */
const REMOVED: readonly (readonly [RegExp, string])[] = [
  // Not removed but shortened: with the whole Message-ID a stranger could answer a request.
  [/\bhenkin\.([0-9a-f]{8})[0-9a-f]*@[\w.-]+/g, "henkin.$1"],
  [/(?<=:\/\/)[^\s"/]+(?=@)/g, "[removed]"],
  [/[\w.+%-]+@(?:[\w-]+\.)+[a-z]{2,}/gi, "[removed]"],
  [/\b(?:[sr]k|whsec)_(?:live_|test_)?\w{6,}/g, "[removed]"],
  [/\b(?:Bearer|Basic) [\w+/=.~-]{8,}/gi, "[removed]"],
  // Tokens of OAuth: Google's access and refresh token, and any JWT.
  [/\bya29\.[\w-]+|\b1\/\/[\w-]{20,}|\beyJ[\w-]{8,}\.[\w.-]+/g, "[removed]"],
  // DATA_KEY.
  [/(?<![\w+/])[A-Za-z0-9+/]{43}=/g, "[removed]"],
  // What follows the host may be the secret, as of HEARTBEAT_URL.
  [/(?<=https?:\/\/[^\s"/?]+\/[^\s"?]*)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi, "[removed]"],
  [/(?<=https?:\/\/[^\s"?]+\?)[^\s"\\]+/g, "[removed]"],
];

export function redact(line: string): string {
  return REMOVED.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line);
}

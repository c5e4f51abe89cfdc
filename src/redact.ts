// The last look at a line that is written for operators: a strange error may quote anything.

/** What looks like a secret or an address wherever it stands, as in the message of a strange error. */
const REMOVED: readonly (readonly [RegExp, string])[] = [
  // Not removed but shortened: with the whole Message-ID a stranger could answer a request.
  [/\bhenkin\.([0-9a-f]{8})[0-9a-f]*@[\w.-]+/g, "henkin.$1"],
  [/(?<=:\/\/)[^\s"/]+(?=@)/g, "[removed]"],
  // Also at a domain in letters of its own, and at a host without one.
  [
    /[\w.+%-]+@(?:(?:[\p{L}\p{N}_-]+\.)+(?:[a-z][a-z\d-]+|(?:(?![a-z])\p{L})+)|[a-z][a-z\d-]+)/giu,
    "[removed]",
  ],
  [/\b(?:[sr]k|whsec)_(?:live_|test_)?\w{6,}/g, "[removed]"],
  [/\b(?:Bearer|Basic) [\w+/=.~-]{8,}/gi, "[removed]"],
  // Tokens of OAuth: Google's access and refresh token, and any JWT.
  [/\bya29\.[\w-]+|\b1\/\/[\w-]{20,}|\beyJ[\w-]{8,}\.[\w.-]+/g, "[removed]"],
  [/(?<=\b(?:refresh|access|id)_token[\s:="'\\]{1,6})[\w.~+/%=-]{20,}/gi, "[removed]"],
  // The same as a login of XOAUTH2: "user=…" in base64.
  [/\bdXNlcj[0-3][A-Za-z0-9+/]{12,}={0,2}/g, "[removed]"],
  // DATA_KEY.
  [/(?<![\w+/])[A-Za-z0-9+/]{43}=/g, "[removed]"],
  // What follows the host may be the secret, as of HEARTBEAT_URL.
  [/(?<=https?:\/\/[^\s"/?]+\/[^\s"?]*)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi, "[removed]"],
  [
    /(?<=https?:\/\/[^\s"/?]+\/(?:[^\s"?]*\/)?)(?=[A-Za-z]*\d|[A-Za-z\d]*[a-z][A-Z])(?=\d*[A-Za-z])[A-Za-z\d]{10,}(?![\w-])/g,
    "[removed]",
  ],
  [/(?<=https?:\/\/[^\s"?]+\?)[^\s"\\]+/g, "[removed]"],
];

export function redact(line: string): string {
  return REMOVED.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line);
}

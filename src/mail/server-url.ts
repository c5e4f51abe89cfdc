// The address of a mail server in a setting: imap(s):// or smtp(s)://.

export interface ServerUrl {
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** Whether the connection may stay without TLS: only where it never leaves the machine. */
  readonly plain: boolean;
  readonly host: string;
  readonly port: number;
  /** Empty where the URL names none. */
  readonly user: string;
  readonly password: string;
  /** Without the leading slash. */
  readonly path: string;
}

const PORTS = { imap: { tls: 993, plain: 143 }, smtp: { tls: 465, plain: 587 } };
const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/** Throws an Error that says what to change and quotes nothing of the URL. */
export function parseServerUrl(text: string, scheme: "imap" | "smtp"): ServerUrl {
  const url = URL.canParse(text) ? new URL(text) : null;
  const secure = url?.protocol === `${scheme}s:`;
  if (!url || (!secure && url.protocol !== `${scheme}:`)) {
    throw new Error(`must be ${scheme}s://user:password@host, special characters as %XX`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (host === "") throw new Error("names no host");
  if (url.search !== "" || url.hash !== "") throw new Error("must write ? as %3F and # as %23");
  return {
    secure,
    plain: !secure && LOOPBACK.has(host),
    host,
    port: Number(url.port) || PORTS[scheme][secure ? "tls" : "plain"],
    user: decode(url.username),
    password: decode(url.password),
    path: decode(url.pathname.slice(1)),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error("must write % as %25");
  }
}

// Authentication-Results (RFC 8601), believed only where our own mail server wrote it: anybody can
// write such a field, so it counts by its place in the header and by the name in front of it.

import { type Address, GARBAGE_FIELD, headerValues, type MailMessage } from "../mail-message.ts";

export interface MethodResult {
  /** Lower case, without its version. */
  readonly method: string;
  /** Lower case. */
  readonly result: string;
  /** "header.from" and the like, lower case, in order; a name may come twice. */
  readonly properties: readonly (readonly [name: string, value: string])[];
}

export interface AuthenticationResults {
  /** Lower case. */
  readonly authservId: string;
  /** null: the field says who wrote it but breaks the grammar after that. */
  readonly results: readonly MethodResult[] | null;
}

const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
const OUTSIDE = new RegExp(`(?:${QUOTED}|[^"(])+`, "sy");

/** The index behind the comment that opens at `start`; -1 where it stays open. */
function commentEnd(value: string, start: number): number {
  let depth = 0;
  for (let at = start; at < value.length; at += 1) {
    if (value[at] === "\\") at += 1;
    else if (value[at] === "(") depth += 1;
    else if (value[at] === ")") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return -1;
}

/** Comments, nested ones too, become a blank; null where one or a quoted string stays open. */
function withoutComments(value: string): string | null {
  let plain = "";
  let at = 0;
  while (at < value.length) {
    OUTSIDE.lastIndex = at;
    const run = OUTSIDE.exec(value)?.[0];
    if (run === undefined) {
      at = value[at] === "(" ? commentEnd(value, at) : -1;
      if (at === -1) return null;
      plain += " ";
    } else {
      plain += run;
      at += run.length;
    }
  }
  return plain;
}

const SECTION = new RegExp(`(?:${QUOTED}|[^";])*`, "gs");
const SERVER = new RegExp(`^\\s*(${QUOTED}|[^\\s;="()]+)(?:\\s+1)?\\s*$`, "s");
const PAIR = new RegExp(
  `\\s*([a-z][\\w-]*(?:\\s*[./]\\s*[\\w-]+)*)\\s*=\\s*(${QUOTED}|[^\\s;"]+)(?=\\s|$)\\s*`,
  "isy",
);

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/gs, "$1") : value;
}

/** null where the field does not even say who wrote it. */
export function parseAuthenticationResults(value: string): AuthenticationResults | null {
  const plain = withoutComments(value);
  // What cannot be read still belongs to the server it names first, and spoils what that one says.
  const name = /^\s*"?([^\s;="()]+)/.exec(value)?.[1];
  const spoilt = name === undefined ? null : { authservId: name.toLowerCase(), results: null };
  if (plain === null) return spoilt;
  const [head = "", ...sections] = plain.match(SECTION) ?? [];
  const server = SERVER.exec(head)?.[1];
  if (server === undefined) return spoilt;
  const authservId = unquoted(server).toLowerCase();
  const stated = sections.filter(
    (part) => part.trim() !== "" && part.trim().toLowerCase() !== "none",
  );
  const results = stated.map(methodResult);
  const isWhole = results.every((result) => result !== null);
  return { authservId, results: isWhole ? results.filter((result) => result !== null) : null };
}

function methodResult(section: string): MethodResult | null {
  const pairs: [string, string][] = [];
  PAIR.lastIndex = 0;
  let end = 0;
  for (let match = PAIR.exec(section); match !== null; match = PAIR.exec(section)) {
    pairs.push([(match[1] ?? "").replace(/\s/g, "").toLowerCase(), unquoted(match[2] ?? "")]);
    end = PAIR.lastIndex;
    if (end === section.length) break;
  }
  const [first, ...properties] = pairs;
  if (first === undefined || end !== section.length) return null;
  const [method = "", version = "1"] = first[0].split("/");
  return version === "1" ? { method, result: first[1].toLowerCase(), properties } : null;
}

/**
 * The one author of a message; null where it has none, several, or more than one From field, or where
 * another program could read the header in another way.
 */
export function soleAuthor(message: MailMessage): Address | null {
  if (headerValues(message, GARBAGE_FIELD).length > 0) return null;
  const [author, ...others] = message.from;
  const fields = headerValues(message, "from");
  const isOnly = others.length === 0 && fields.length === 1 && fields.every(isOneMailbox);
  return author !== undefined && isOnly && domainOf(author.address) !== "" ? author : null;
}

/** RFC 5322 §3.4: `name <a@b>` or `a@b`; no group, no route, nothing beside it. */
function isOneMailbox(field: string): boolean {
  const plain = withoutComments(field)?.replace(new RegExp(QUOTED, "gs"), "x");
  return /^[^@<>,;:]*(?:<[^@<>,;:]+@[^@<>,;:]+>|[^@<>,;:\s]+@[^@<>,;:\s]+)\s*$/s.test(plain ?? "");
}

function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 1 ? "" : address.slice(at + 1).toLowerCase();
}

type Field = AuthenticationResults | "foreign";

/** Ours, and the foreign ones among them, from the uppermost of ours down to the next Received. */
function uppermostRun(message: MailMessage, authservIds: readonly string[]): Field[] {
  const ours = new Set(authservIds.map((id) => id.toLowerCase()));
  const run: Field[] = [];
  for (const { name, value } of message.headers) {
    if (name === "received" && run.length > 0) break;
    if (name !== "authentication-results") continue;
    const field = parseAuthenticationResults(value);
    if (field !== null && ours.has(field.authservId)) run.push(field);
    else if (run.length > 0) run.push("foreign");
  }
  return run;
}

/**
 * Whether our own server vouches for the From domain: dmarc=pass in the uppermost run of its fields,
 * and no other DMARC verdict there. SPF and DKIM alone say nothing about From.
 */
export function isAuthenticated(
  message: MailMessage,
  authservIds: readonly string[],
): { authenticated: boolean; reason: string } {
  const refuse = (reason: string) => ({ authenticated: false, reason });
  const author = soleAuthor(message);
  if (author === null) return refuse("not_one_from");
  const run = uppermostRun(message, authservIds);
  if (run.length === 0) return refuse("no_results_of_our_server");
  const fields = run.filter((field) => field !== "foreign");
  if (fields.some((field) => field.results === null)) return refuse("unreadable_results");
  const isVerdict = (result: MethodResult) => result.method === "dmarc";
  const [verdict, ...others] = fields.flatMap((field) => field.results ?? []).filter(isVerdict);
  if (verdict === undefined) return refuse("no_dmarc_verdict");
  if (others.length > 0) return refuse("several_dmarc_verdicts");
  // A foreign field ends what our server wrote in one go; below it may be what the sender wrote.
  const own = run.slice(0, run.includes("foreign") ? run.indexOf("foreign") : run.length);
  const isOwn = own.some((field) => field !== "foreign" && field.results?.includes(verdict));
  if (!isOwn) return refuse("dmarc_verdict_below_foreign_field");
  if (verdict.result !== "pass") return refuse(`dmarc_${verdict.result}`);
  const domains = verdict.properties.filter(([name]) => name === "header.from");
  const isAligned =
    domains.length === 1 && domains[0]?.[1].toLowerCase() === domainOf(author.address);
  return isAligned ? { authenticated: true, reason: "dmarc_pass" } : refuse("other_from_domain");
}

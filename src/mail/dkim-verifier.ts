// Verifies DKIM signatures (RFC 6376) with mailauth. What mailauth reads more generously than our own
// reader, or takes its time over, does not get there: only signatures of the author's own domain, in
// a header that has one reading. The keys come from the DNS servers of the settings.

import { Resolver } from "node:dns/promises";
import { type DkimSignature, isInLine } from "../domain/approval/dkim.ts";
import type { SignatureVerifier } from "../ports.ts";

const DNS_TIMEOUT_MS = 3_000;
const DNS_TRIES = 2;
/** An author's server signs once, perhaps with two keys; each costs a question to a DNS server. */
const SIGNATURES_MAX = 3;
/** mailauth joins folded lines in quadratic time, and no person's mail comes near either. */
const HEADER_BYTES_MAX = 64 * 1024;
const HEADER_LINES_MAX = 1_000;
/** Two clocks are never the same. */
const CLOCK_SLACK_MS = 5 * 60_000;

/** What mailauth 4.13 gives back for one DKIM-Signature, of which its own types know half. */
interface Verified {
  readonly signingDomain?: string;
  readonly algo?: string;
  readonly signature?: string;
  readonly signingHeaders?: { readonly keys: string };
  readonly rr?: string;
  readonly status: { readonly result: string; readonly aligned?: unknown };
}

/** `dnsServers`: addresses, each perhaps with a port; empty: those of the system. */
export function createDkimVerifier(options: {
  readonly dnsServers: readonly string[];
  readonly now: () => number;
}): SignatureVerifier {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });
  if (options.dnsServers.length > 0) resolver.setServers(options.dnsServers);
  return {
    async verify(raw, authorDomain) {
      const mail = signedBy(raw, authorDomain);
      if (mail === null) return [];
      const { message, tags } = mail;
      // Loaded with the first signature that counts: many shops trust their own server's verdict.
      const { dkimVerify } = await import("mailauth/lib/dkim/verify.js");
      const now = options.now();
      try {
        const { results } = await dkimVerify(message, {
          resolver: (name: string) => resolver.resolveTxt(name),
          curTime: new Date(now),
        });
        return (results as unknown as Verified[])
          .filter(({ signingHeaders }) => signingHeaders !== undefined)
          .map((verified) => toSignature(verified, tags, now));
      } catch {
        // Nothing in a signature may end more than its own standing.
        return [];
      }
    },
  };
}

type Tags = ReadonlyMap<string, string>;

interface Signed {
  /** With the author's own signatures and without every other, and without seals of ARC. */
  readonly message: Buffer;
  readonly tags: readonly Tags[];
}

function signedBy(raw: Uint8Array, authorDomain: string): Signed | null {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const head = bytes.subarray(0, HEADER_BYTES_MAX + 4).toString("latin1");
  const end = /\r?\n\r?\n/.exec(head);
  if (end === null) return null;
  const fields = fieldsOf(head.slice(0, end.index));
  if (fields === null) return null;
  const tags: Tags[] = [];
  const kept = fields.filter((field) => {
    if (/^arc-[\w-]+[ \t]*:/i.test(field)) return false;
    if (!/^dkim-signature[ \t]*:/i.test(field)) return true;
    const read = tagsOf(field.slice(field.indexOf(":") + 1));
    if (read === null || !isInLine((read.get("d") ?? "").toLowerCase(), authorDomain)) return false;
    tags.push(read);
    return true;
  });
  if (tags.length === 0 || tags.length > SIGNATURES_MAX) return null;
  const header = Buffer.from(kept.join("\r\n"), "latin1");
  return { message: Buffer.concat([header, bytes.subarray(end.index)]), tags };
}

/** Null where a line is neither a field nor the rest of one (RFC 5322 §2.2), or there are too many. */
function fieldsOf(header: string): string[] | null {
  const lines = header.split(/\r?\n/);
  if (/^From /.test(lines[0] ?? "")) lines.shift();
  if (lines.length > HEADER_LINES_MAX) return null;
  const fields: string[] = [];
  for (const line of lines) {
    const isRest = /^[ \t]/.test(line) && fields.length > 0;
    if (line.includes("\r") || !(isRest || /^[!-9;-~]+[ \t]*:/.test(line))) return null;
    if (isRest) fields[fields.length - 1] += `\r\n${line}`;
    else fields.push(line);
  }
  return fields;
}

/** RFC 6376 §3.2, without l=; null where it is no plain list of tags, each once. */
function tagsOf(value: string): Tags | null {
  const tags = new Map<string, string>();
  const parts = value.replace(/[ \t\r\n]/g, "").split(";");
  if (parts.at(-1) === "") parts.pop();
  for (const part of parts) {
    const [, name, content] = /^([a-z]\w*)=([!-'*-:<-~]*)$/i.exec(part) ?? [];
    if (name === undefined || content === undefined || tags.has(name.toLowerCase())) return null;
    tags.set(name.toLowerCase(), content);
  }
  const isTime = (name: string) => /^\d{1,12}$/.test(tags.get(name) ?? "0");
  // What follows a limited body may be anybody's.
  return tags.has("l") || !isTime("t") || !isTime("x") ? null : tags;
}

function toSignature(verified: Verified, all: readonly Tags[], now: number): DkimSignature {
  const { signingDomain = "", algo = "", signingHeaders, status, rr = "" } = verified;
  const tags = all.find((one) => one.get("b") === verified.signature?.replace(/\s/g, ""));
  const signedAt = Number(tags?.get("t") ?? 0) * 1_000;
  const expiresAt = Number(tags?.get("x") ?? Number.POSITIVE_INFINITY) * 1_000;
  // RFC 6376 §3.6.1: a domain that only tests its key has signed nothing.
  const isTest = /(?:^|;)t=[^;]*y/i.test(rr.replace(/\s/g, ""));
  return {
    domain: signingDomain.toLowerCase(),
    result: isTest && status.result === "pass" ? "policy" : status.result,
    aligned: Boolean(status.aligned),
    algorithm: algo.toLowerCase(),
    signedHeaders: (signingHeaders?.keys ?? "").toLowerCase().split(/\s*:\s*/),
    timeValid: tags !== undefined && signedAt <= now + CLOCK_SLACK_MS && now <= expiresAt,
  };
}

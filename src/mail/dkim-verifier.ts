// Verifies DKIM signatures with mailauth. The keys come from the DNS servers of the settings.

import { Resolver } from "node:dns/promises";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import type { DkimSignature } from "../domain/approval/dkim.ts";
import type { SignatureVerifier } from "../ports.ts";

const DNS_TIMEOUT_MS = 3_000;
const DNS_TRIES = 2;
/** An author needs one and a mailing list adds one; each costs a question to a DNS server. */
const SIGNATURES_MAX = 8;

/** What mailauth 4.13 gives back for one DKIM-Signature, of which its own types know half. */
interface Verified {
  readonly signingDomain?: string;
  readonly algo?: string;
  readonly signingHeaders?: { readonly keys: string };
  readonly signatureTimeValid?: boolean;
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
    async verify(raw) {
      const fields = signatureFields(raw);
      if (fields.length === 0 || fields.length > SIGNATURES_MAX) return [];
      // A limited body never counts, and mailauth would write about it to standard output.
      if (fields.some(isBodyLimited)) return [BODY_LIMITED];
      const { results } = await dkimVerify(Buffer.from(raw), {
        resolver: (name: string) => resolver.resolveTxt(name),
        curTime: new Date(options.now()),
      });
      return (results as unknown as Verified[])
        .filter(({ signingHeaders }) => signingHeaders !== undefined)
        .map(toSignature);
    },
  };
}

/** The DKIM-Signature fields of a raw message, each without its name and folding. */
function signatureFields(raw: Uint8Array): string[] {
  const text = Buffer.from(raw).toString("latin1");
  const header = text.slice(0, (/\r?\n\r?\n/.exec(text) ?? { index: text.length }).index);
  const fields = header.replace(/\r?\n(?=[ \t])/g, "").split(/\r?\n/);
  return fields
    .filter((field) => /^dkim-signature\s*:/i.test(field))
    .map((field) => field.slice(field.indexOf(":") + 1));
}

function isBodyLimited(field: string): boolean {
  return field.split(";").some((tag) => /^\s*l\s*=/i.test(tag));
}

const BODY_LIMITED: DkimSignature = {
  domain: "",
  result: "policy",
  aligned: false,
  algorithm: "",
  signedHeaders: [],
  timeValid: false,
};

function toSignature(verified: Verified): DkimSignature {
  const { signingDomain = "", algo = "", signingHeaders, status } = verified;
  return {
    domain: signingDomain.toLowerCase(),
    result: status.result,
    // The seal of an ARC chain comes here as well, without this.
    aligned: Boolean(status.aligned),
    algorithm: algo.toLowerCase(),
    signedHeaders: (signingHeaders?.keys ?? "").toLowerCase().split(/\s*:\s*/),
    timeValid: verified.signatureTimeValid === true,
  };
}

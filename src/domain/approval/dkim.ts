// DKIM signatures (RFC 6376) that we verified ourselves, for mail servers that write no verdict: which
// of them vouches for the one address in From.

import { domainOf, headerValues, type MailMessage } from "../mail-message.ts";
import { soleAuthor } from "./authentication-results.ts";

/** One DKIM-Signature field, as far as its verification went. */
export interface DkimSignature {
  /** d=, lower case. */
  readonly domain: string;
  /**
   * RFC 8601 §2.7.1: pass, fail, neutral, permerror; policy where a rule of ours is broken (l=, a
   * weak key); temperror where DNS did not answer.
   */
  readonly result: string;
  /** d= and the domain of From belong to one organisation (RFC 7489 §3.1.1, relaxed). */
  readonly aligned: boolean;
  /** a=, lower case: rsa-sha256, ed25519-sha256. */
  readonly algorithm: string;
  /** The fields of h=, lower case. */
  readonly signedHeaders: readonly string[];
  /** t= is not in the future, x= not in the past. */
  readonly timeValid: boolean;
}

/** What an answer is bound by: without one of them signed it could be another answer. */
const BINDING = ["from", "to", "subject", "date"];
/** A verifier takes one of two such fields, a mail program may show the other (RFC 6376 §8.15). */
const SINGULAR = [
  ...BINDING,
  "in-reply-to",
  "references",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
];

export function isSigned(
  message: MailMessage,
  signatures: readonly DkimSignature[],
): { authenticated: boolean; reason: string } {
  const refuse = (reason: string) => ({ authenticated: false, reason });
  const author = soleAuthor(message);
  if (author === null) return refuse("not_one_from");
  if (signatures.length === 0) return refuse("no_signature");
  if (SINGULAR.some((name) => headerValues(message, name).length > 1)) {
    return refuse("doubled_header");
  }
  const from = domainOf(author.address).toLowerCase();
  const faults = signatures.map((signature) => faultOf(signature, from));
  if (faults.includes(null)) return { authenticated: true, reason: "dkim_pass" };
  // It may hold as soon as the DNS answers, whatever the others are worth.
  if (faults.includes(UNANSWERED)) return refuse(UNANSWERED);
  return refuse(faults.find((fault) => fault !== null) ?? "no_signature");
}

/** The DNS did not answer: to be asked again later. */
export const UNANSWERED = "dkim_temperror";

function faultOf(signature: DkimSignature, from: string): string | null {
  if (!signature.aligned || !isInLine(signature.domain, from)) return "dkim_of_another_domain";
  if (signature.result !== "pass") return `dkim_${signature.result}`;
  if (signature.algorithm.endsWith("-sha1")) return "dkim_weak_algorithm";
  if (!signature.timeValid) return "dkim_expired";
  const isBound = BINDING.every((name) => signature.signedHeaders.includes(name));
  return isBound ? null : "dkim_header_not_signed";
}

/** One holds the other: sisters under one registered domain may belong to different people. */
export function isInLine(one: string, other: string): boolean {
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);
}

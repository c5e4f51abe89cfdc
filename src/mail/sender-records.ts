// What the DNS says about the domain that mails are sent from: SPF (RFC 7208), DMARC (RFC 7489), keys of
// DKIM (RFC 6376) and where its own mail goes. Looked up here, judged by doctor.

import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { dmarc } from "mailauth/lib/dmarc/index.js";
import { spf } from "mailauth/lib/spf/index.js";

const DNS_TIMEOUT_MS = 3_000;
const DNS_TRIES = 2;
/** Of no host (RFC 5737), so that a record is read to its end. */
const NOBODY = "192.0.2.1";

/** `null` in place of any of these: the DNS did not answer. */
export interface SenderRecords {
  /** Every TXT record that begins as SPF does. */
  readonly spf: readonly string[] | null;
  /** pass, fail, softfail, neutral, none; permerror where the record is broken, too long ways included. */
  readonly spfOfAnybody: string | null;
  /** The same of the sending host's addresses; empty where it has none that others see. */
  readonly spfOfHost: ReadonlyMap<string, string> | null;
  readonly dmarc: DmarcRecord | "none" | null;
  /** Where mail for the domain goes, best first; "" for a host: it takes none (RFC 7505). */
  readonly mailHosts: readonly string[] | null;
  /** selector._domainkey.domain → whether a key is there; an empty one has been taken back. */
  readonly keys: ReadonlyMap<string, "found" | "revoked" | "missing"> | null;
}

export interface DmarcRecord {
  readonly text: string;
  /** none, quarantine or reject, for this very domain. */
  readonly policy: string;
}

export interface SenderQuestion {
  /** SHOP_EMAIL. */
  readonly sender: string;
  /** Of OUTBOX_URL; null: not to be judged. */
  readonly host: string | null;
  /** Names of keys, as selector._domainkey.domain. */
  readonly keys: readonly string[];
}

export type SenderLookup = (question: SenderQuestion) => Promise<SenderRecords>;

/** `dnsServers`: addresses, each perhaps with a port; empty: those of the system. */
export function createSenderLookup(dnsServers: readonly string[]): SenderLookup {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });
  if (dnsServers.length > 0) resolver.setServers(dnsServers);
  return async ({ sender, host, keys }) => {
    const domain = sender.slice(sender.lastIndexOf("@") + 1);
    const [texts, ofAnybody, ofHost, policy, mailHosts, found] = await Promise.all([
      ask(() => resolver.resolveTxt(domain)),
      spfOf(resolver, sender, NOBODY),
      host === null ? new Map() : spfOfHost(resolver, sender, host),
      dmarcOf(resolver, domain),
      ask(() => resolver.resolveMx(domain)),
      keysOf(resolver, keys),
    ]);
    const records = texts?.map((parts) => parts.join("")) ?? null;
    return {
      spf: records?.filter((text) => /^v=spf1(?: |$)/i.test(text)) ?? null,
      spfOfAnybody: ofAnybody,
      spfOfHost: ofHost,
      dmarc: policy,
      mailHosts:
        mailHosts
          ?.toSorted((one, other) => one.priority - other.priority)
          .map(({ exchange }) => exchange.toLowerCase()) ?? null,
      keys: found,
    };
  };
}

/** Empty where there is no such record; null where nobody could say. */
async function ask<T>(question: () => Promise<T[]>): Promise<T[] | null> {
  try {
    return await question();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOTFOUND" || code === "ENODATA" ? [] : null;
  }
}

type Asker = (name: string, type: string) => Promise<string[][] | string[]>;

const askerOf = (resolver: Resolver): Asker =>
  ((name: string, type: string) => resolver.resolve(name, type)) as Asker;

async function spfOf(resolver: Resolver, sender: string, ip: string): Promise<string | null> {
  const { status } = await spf({ sender, ip, helo: ip, mta: ip, resolver: askerOf(resolver) });
  return status.result === "temperror" ? null : status.result;
}

async function spfOfHost(resolver: Resolver, sender: string, host: string) {
  const addresses = isIP(host) === 0 ? await addressesOf(resolver, host) : [host];
  if (addresses === null) return null;
  const results = new Map<string, string>();
  for (const address of addresses) {
    const result = await spfOf(resolver, sender, address);
    if (result === null) return null;
    results.set(address, result);
  }
  return results;
}

async function addressesOf(resolver: Resolver, host: string): Promise<string[] | null> {
  const [old, long] = await Promise.all([
    ask(() => resolver.resolve4(host)),
    ask(() => resolver.resolve6(host)),
  ]);
  return old === null || long === null ? null : [...old, ...long];
}

async function dmarcOf(resolver: Resolver, domain: string): Promise<SenderRecords["dmarc"]> {
  const verdict = await dmarc({ headerFrom: domain, resolver: askerOf(resolver) });
  if (verdict === false || verdict.status.result === "temperror") return null;
  if (verdict.rr === undefined) return "none";
  return { text: verdict.rr, policy: (verdict.policy ?? "").trim().toLowerCase() };
}

async function keysOf(
  resolver: Resolver,
  names: readonly string[],
): Promise<SenderRecords["keys"]> {
  const asked = names.map((name) => ask(() => resolver.resolveTxt(name)));
  const answers = await Promise.all(asked);
  if (answers.includes(null)) return null;
  return new Map(names.map((name, index) => [name, stateOf(answers[index] ?? [])]));
}

function stateOf(texts: readonly string[][]): "found" | "revoked" | "missing" {
  const record = texts.map((parts) => parts.join("")).find((text) => /(?:^|;)\s*p=/.test(text));
  if (record === undefined) return "missing";
  return /(?:^|;)\s*p=\s*(?:;|$)/.test(record) ? "revoked" : "found";
}

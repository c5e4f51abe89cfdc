// Whether the mails of SHOP_EMAIL will be believed where they arrive: SPF, DKIM and DMARC of its domain,
// and whether answers to it arrive at all. What the DNS cannot prove is said as what it is.

import { isInLine } from "../domain/approval/dkim.ts";
import { domainOf, headerValues } from "../domain/mail-message.ts";
import type { SurveyedMail } from "../mail/mailbox-survey.ts";
import type { SenderLookup, SenderRecords } from "../mail/sender-records.ts";
import type { Finding } from "../ports.ts";
import { fail, ok, warn } from "./finding.ts";

/** Those that many hosts use. That a key is there does not say that anything is signed with it. */
const COMMON_SELECTORS = "default google selector1 selector2 s1 s2 k1 mail dkim".split(" ");
const NO_ANSWER_MEND =
  "Check DNS_SERVERS and the network; DKIM signatures of approvers cannot be verified without it, either.";
const PROBE = "`henkin doctor --probe` shows what a receiving server makes of it.";

export interface SenderDomain {
  /** SHOP_EMAIL. */
  readonly sender: string;
  /** Of OUTBOX_URL and INBOX_URL; null: none that others see. */
  readonly outboxHost: string | null;
  readonly inboxHost: string | null;
  readonly mails: readonly SurveyedMail[];
  readonly lookUp: SenderLookup;
}

export async function checkSenderDomain(given: SenderDomain): Promise<Finding[]> {
  const { sender, outboxHost, mails, lookUp } = given;
  const domain = domainOf(sender);
  const seen = signingKeys(mails, domain);
  const common = COMMON_SELECTORS.map((selector) => `${selector}._domainkey.${domain}`);
  const keys = seen.length > 0 ? seen : common;
  const records = await lookUp({ sender, host: outboxHost, keys });
  const { spf, dmarc, mailHosts } = records;
  if (spf === null && dmarc === null && mailHosts === null) return [unanswered("DNS", domain)];
  const dkim = dkimFinding(records, { domain, isSeen: seen.length > 0 });
  return [
    spfFinding(records, domain, outboxHost),
    dkim,
    dmarcFinding(records, domain, dkim.level === "ok"),
    mxFinding(records, given),
  ];
}

/** Of the signatures on mails from this domain: where their public halves are looked up. */
export function signingKeys(mails: readonly SurveyedMail[], domain: string): string[] {
  const names = mails.flatMap(({ message }) => {
    const isOwn = message.from.some(({ address }) => domainOf(address) === domain);
    if (!isOwn) return [];
    return headerValues(message, "dkim-signature").flatMap((value) => {
      const tag = (name: string) =>
        new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*([\\w.-]+)`).exec(value)?.[1]?.toLowerCase() ?? "";
      const isAligned = isInLine(tag("d"), domain) && tag("s") !== "";
      return isAligned ? [`${tag("s")}._domainkey.${tag("d")}`] : [];
    });
  });
  return [...new Set(names)];
}

function unanswered(check: string, domain: string): Finding {
  return warn(check, `the DNS gives no answer about ${domain}`, NO_ANSWER_MEND);
}

function spfFinding(records: SenderRecords, domain: string, host: string | null): Finding {
  const check = "SPF";
  const { spf, spfOfAnybody, spfOfHost } = records;
  if (spf === null || spfOfAnybody === null || spfOfHost === null) return unanswered(check, domain);
  if (spf.length === 0) {
    const mend =
      "Publish the TXT record that your mail host names in its help, for example " +
      `"v=spf1 include:… ~all"; without it many customers will not see the mails.`;
    return warn(check, `${domain} has no record`, mend);
  }
  if (spf.length > 1) {
    const mend =
      "Join them into one TXT record: with several, none counts (RFC 7208, section 4.5).";
    return fail(check, `${domain} has ${spf.length} records`, mend);
  }
  if (spfOfAnybody === "permerror") {
    const mend =
      "Correct it: every name in it must exist, and all its include, a, mx and redirect together may " +
      "cost 10 look-ups.";
    return fail(check, `the record of ${domain} is broken or costs too many look-ups`, mend);
  }
  if (spfOfAnybody === "pass") {
    const mend = 'End it with "~all" or "-all".';
    return warn(check, `the record of ${domain} lets everybody send`, mend);
  }
  const [record = ""] = spf;
  const covered = [...spfOfHost.values()].some((result) => result === "pass");
  if (covered) return ok(check, `${record} covers ${host}`);
  const rest =
    host === null
      ? "whether it covers the server that sends shows only where mail arrives"
      : `${host} itself is not in it, which need not be wrong: many hosts send from other addresses`;
  return ok(check, `${record}; ${rest}. ${PROBE}`);
}

function dkimFinding(
  { keys }: SenderRecords,
  { domain, isSeen }: { readonly domain: string; readonly isSeen: boolean },
): Finding {
  const check = "DKIM";
  if (keys === null) return unanswered(check, domain);
  const having = (state: string) =>
    [...keys].filter(([, found]) => found === state).map(([name]) => name);
  const found = having("found");
  if (isSeen) {
    if (found.length > 0) return ok(check, `mails from ${domain} are signed: key at ${found[0]}`);
    const [name = ""] = [...keys.keys()];
    const message = `mails from ${domain} are signed, but there is no key at ${name}`;
    const mend = "Publish the key that your mail host names for this selector, as a TXT record.";
    return fail(check, message, mend);
  }
  const mend = `Switch DKIM on at your mail host and publish its key. ${PROBE}`;
  if (found.length > 0) {
    const message = `there is a key at ${found[0]}, but no signed mail from ${domain} in the inbox yet`;
    return warn(check, message, mend);
  }
  return warn(
    check,
    `no signed mail from ${domain} in the inbox, and no key under a usual name`,
    mend,
  );
}

/** @param isSigned whether mails of this domain are seen to be signed */
function dmarcFinding({ dmarc, keys }: SenderRecords, domain: string, isSigned: boolean): Finding {
  const check = "DMARC";
  if (dmarc === null) return unanswered(check, domain);
  if (dmarc === "none") {
    const mend = `Publish the TXT record _dmarc.${domain} with "v=DMARC1; p=none".`;
    return warn(check, `${domain} has no record`, mend);
  }
  const { text, policy } = dmarc;
  if (!["none", "quarantine", "reject"].includes(policy)) {
    const mend = 'Write p=none, p=quarantine or p=reject right after "v=DMARC1;".';
    return fail(check, `the record of ${domain} has no policy: ${text}`, mend);
  }
  if (policy === "none" || isSigned) return ok(check, text);
  const hasKey = [...(keys?.values() ?? [])].includes("found");
  const message = `p=${policy}, and no DKIM signature of ${domain} is seen: mails may be refused or end as spam`;
  const mend =
    "Have your mail host sign with DKIM for this domain (SPF alone breaks where mail is forwarded), " +
    `or publish p=none until it does. ${PROBE}`;
  // A key that is there speaks for signing, or the DNS has not said.
  return hasKey || keys === null ? warn(check, message, mend) : fail(check, message, mend);
}

function mxFinding({ mailHosts }: SenderRecords, { sender, inboxHost }: SenderDomain): Finding {
  const check = "MX";
  const domain = domainOf(sender);
  if (mailHosts === null) return unanswered(check, domain);
  const [first] = mailHosts;
  if (first === undefined || first === "") {
    const message =
      first === "" ? `${domain} takes no mail (null MX)` : `${domain} has no MX record`;
    const mend = `Answers to ${sender} cannot arrive: publish the MX record your mail host names.`;
    // A mail server on this machine may deliver without asking the DNS.
    return inboxHost === null ? warn(check, message, mend) : fail(check, message, mend);
  }
  const isSame = inboxHost !== null && lastLabels(first) === lastLabels(inboxHost);
  const rest = isSame
    ? `to the host of INBOX_URL (${inboxHost})`
    : `whether that is the mailbox of INBOX_URL shows \`henkin doctor --probe\``;
  return ok(check, `mail for ${domain} goes to ${first}; ${rest}`);
}

/** Roughly the organisation: mx1.mail.example.ne.jp and imap.example.ne.jp share it. */
function lastLabels(host: string): string {
  const labels = host.replace(/\.$/, "").split(".");
  const count = (labels.at(-1)?.length ?? 0) === 2 ? 3 : 2;
  return labels.slice(-count).join(".");
}

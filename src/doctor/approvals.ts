// Which way of believing approvers fits this mailbox, told from the newest mails in it. A name that
// stands in mails may have been put there by their senders, so what is recommended is always what to
// verify first.

import {
  isAuthenticated,
  parseAuthenticationResults,
} from "../domain/approval/authentication-results.ts";
import { isSigned } from "../domain/approval/dkim.ts";
import { domainOf, headerValues, type MailMessage } from "../domain/mail-message.ts";
import type { SurveyedMail } from "../mail/mailbox-survey.ts";
import type { Finding, SignatureVerifier } from "../ports.ts";
import { ok, warn } from "./finding.ts";

const CHECK = "approval by mail";
/** Fewer say nothing about a server. */
const MAILS_LEAST = 5;
/** One sender alone can make up what stands in his own mails. */
const SENDERS_LEAST = 3;
/** Of the mails received; some come from within, or by other ways. */
const NEARLY_ALL = 0.9;
/** Each is downloaded whole, and costs a question to a DNS server. */
const VERIFIED_MAX = 5;

export interface ApprovalSettings {
  readonly approvers: readonly string[];
  readonly shopEmail: string;
  readonly authservIds: readonly string[];
  readonly mode: "authenticated" | "token";
  readonly tokenMaxMinor: number;
  /** Undefined: not set. */
  readonly folder: string | undefined;
  /** A Maildir has no folders that people move mails into. */
  readonly isImap: boolean;
}

export interface Seen {
  /** From senders outside the shop's domain, or from approvers. */
  readonly mails: number;
  readonly senders: number;
  /** By the name that stands uppermost in them, lower case. */
  readonly servers: readonly SeenServer[];
  /** Approvers whose newest mail bears a signature that we can verify, and those with none. */
  readonly signed: readonly string[];
  readonly unsigned: readonly string[];
}

export interface SeenServer {
  readonly authservId: string;
  readonly mails: number;
  /** Of these, with a DMARC verdict about the From domain, whichever. */
  readonly verdicts: number;
}

export async function lookAtSenders(
  mails: readonly SurveyedMail[],
  settings: Pick<ApprovalSettings, "approvers" | "shopEmail">,
  verification: {
    readonly verifier: SignatureVerifier;
    /** The whole of a mail; null where it is gone. */
    readonly rawOf: (key: string) => Promise<Uint8Array | null>;
  },
): Promise<Seen> {
  const approvers = new Set(settings.approvers);
  const shopDomain = domainOf(settings.shopEmail);
  const received = mails.filter(({ message }) => {
    const author = authorOf(message);
    return approvers.has(author) || (author !== "" && domainOf(author) !== shopDomain);
  });
  const newest = new Map<string, SurveyedMail>();
  for (const mail of mails) {
    const author = authorOf(mail.message);
    if (approvers.has(author) && headerValues(mail.message, "x-henkin").length === 0)
      newest.set(author, mail);
  }
  const signed: string[] = [];
  const unsigned: string[] = [];
  for (const [author, { key, message }] of [...newest].slice(0, VERIFIED_MAX)) {
    const raw = await verification.rawOf(key);
    const signatures =
      raw === null ? [] : await verification.verifier.verify(raw, domainOf(author));
    (isSigned(message, signatures).authenticated ? signed : unsigned).push(author);
  }
  return {
    mails: received.length,
    senders: new Set(received.map(({ message }) => domainOf(authorOf(message)))).size,
    servers: serversOf(received.map(({ message }) => message)),
    signed,
    unsigned,
  };
}

const authorOf = (message: MailMessage) => message.from[0]?.address.toLowerCase() ?? "";

function serversOf(messages: readonly MailMessage[]): SeenServer[] {
  const servers = new Map<string, { mails: number; verdicts: number }>();
  for (const message of messages) {
    const [uppermost] = headerValues(message, "authentication-results");
    const id = parseAuthenticationResults(uppermost ?? "")?.authservId;
    if (id === undefined) continue;
    const count = servers.get(id) ?? { mails: 0, verdicts: 0 };
    const verdict = Number(hasVerdict(message, id));
    servers.set(id, { mails: count.mails + 1, verdicts: count.verdicts + verdict });
  }
  return [...servers]
    .map(([authservId, counts]) => ({ authservId, ...counts }))
    .sort((one, other) => other.mails - one.mails);
}

/** A verdict that would count, were this server believed; a refusal counts as well. */
export function hasVerdict(message: MailMessage, authservId: string): boolean {
  const { reason } = isAuthenticated(message, [authservId]);
  return /^dmarc_(?!verdict)/.test(reason);
}

export function approvalFinding(settings: ApprovalSettings, seen: Seen): Finding {
  const { mode, authservIds } = settings;
  if (mode === "token") {
    const message = `senders are not authenticated (APPROVAL_AUTH=token, up to ${settings.tokenMaxMinor})`;
    const way = wayOf(settings, seen) ?? "Name your mail server in AUTHSERV_IDS.";
    const mend = way.startsWith(TOKEN) ? STAY_CAREFUL : `${way} Then unset APPROVAL_AUTH.`;
    return warn(CHECK, `${message}${told(seen)}`, mend);
  }
  if (authservIds.length > 0) return configured(settings, seen);
  if (settings.folder !== undefined) {
    return ok(CHECK, `moves into ${settings.folder} count, and answers with a DKIM signature`);
  }
  const { signed, unsigned } = seen;
  const server = usableServer(seen);
  if (server === null && signed.length > 0 && unsigned.length === 0) {
    const message = `answers count by the DKIM signature of ${signed.join(", ")}: no setting needed`;
    return ok(CHECK, message);
  }
  const message =
    "AUTHSERV_IDS is not set: only answers that their sender's domain has signed count";
  return warn(CHECK, `${message}${told(seen)}`, wayOf(settings, seen) ?? MORE_MAIL);
}

const MORE_MAIL =
  "Too few mails to tell what fits: from each approver's address send a mail to SHOP_EMAIL, and run doctor " +
  "again, with --probe.";

function configured(settings: ApprovalSettings, seen: Seen): Finding {
  const names = settings.authservIds.join(", ");
  const message = `trusts dmarc verdicts of ${names}, else DKIM signatures`;
  if (seen.mails < MAILS_LEAST)
    return ok(CHECK, `${message}; too few mails to see whether it fits`);
  const ids = settings.authservIds.map((id) => id.toLowerCase());
  const ours = seen.servers.filter(({ authservId }) => ids.includes(authservId));
  const verdicts = ours.reduce((sum, server) => sum + server.verdicts, 0);
  const share = `${verdicts} of the newest ${seen.mails} mails bear one`;
  if (verdicts >= seen.mails * NEARLY_ALL) return ok(CHECK, `${message}; ${share}`);
  const way = wayOf(settings, seen) ?? `Unset it, or ask your host. ${VERIFY}`;
  return warn(CHECK, `${message}, but only ${share}${told(seen)}`, way);
}

const VERIFY =
  "Verify first: --probe sends a mail without any such name, so one on it was put there by your server. And " +
  "ask your host whether it removes fields of its name from what others send.";

/** The one server that stamps nearly all mails with verdicts; null where none does. */
function usableServer({ mails, senders, servers }: Seen): SeenServer | null {
  if (mails < MAILS_LEAST || senders < SENDERS_LEAST) return null;
  return servers.find(({ verdicts }) => verdicts >= mails * NEARLY_ALL) ?? null;
}

/** Exactly one; null where too little is known. */
function wayOf(settings: ApprovalSettings, seen: Seen): string | null {
  const server = usableServer(seen);
  if (server !== null) return `Set AUTHSERV_IDS=${server.authservId}. ${VERIFY}`;
  const { signed, unsigned } = seen;
  if (signed.length > 0 && unsigned.length === 0) {
    return "Rely on DKIM: the approvers' domain signs their mails; unset AUTHSERV_IDS.";
  }
  if (unsigned.length === 0) return null;
  if (settings.isImap && settings.approvers.includes(settings.shopEmail)) {
    return "Set APPROVAL_FOLDER=返金承認: requests arrive in this very mailbox, and moving one there approves it.";
  }
  return `${TOKEN} with a low TOKEN_MAX_AMOUNT, until the approvers' mail host signs with DKIM; \`henkin approve N\` works in any case.`;
}

const TOKEN = "Set APPROVAL_AUTH=token";
const STAY_CAREFUL =
  "Nothing better is seen in this mailbox: keep TOKEN_MAX_AMOUNT low, and have the approvers' mail host sign with DKIM.";

function told({ mails, servers, signed, unsigned }: Seen): string {
  const parts = [
    ...servers
      .slice(0, 3)
      .map(
        ({ authservId, mails: count, verdicts }) =>
          `${authservId} on ${count} (dmarc on ${verdicts})`,
      ),
    ...(signed.length > 0 ? [`signed: ${signed.join(", ")}`] : []),
    ...(unsigned.length > 0 ? [`not signed: ${unsigned.join(", ")}`] : []),
  ];
  if (mails === 0 && parts.length === 0) return "";
  return `. Of the newest ${mails} mails: ${parts.length > 0 ? parts.join("; ") : "no server's word on any"}`;
}

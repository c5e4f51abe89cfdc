// The probe: a mail from SHOP_EMAIL to itself. That it comes back proves sending and receiving at once,
// and what the servers wrote on it is the best word there is about them, because we wrote none of it.

import {
  isAuthenticated,
  parseAuthenticationResults,
} from "../domain/approval/authentication-results.ts";
import { isSigned } from "../domain/approval/dkim.ts";
import { CLOCK_WARN_MS } from "../domain/clock-offset.ts";
import { domainOf, headerValues, type MailMessage } from "../domain/mail-message.ts";
import type {
  Clock,
  FetchedMessage,
  Finding,
  Inbox,
  MailTransport,
  SignatureVerifier,
  Signer,
} from "../ports.ts";
import { OWN_HEADER, ownHeaderValue } from "../ticket/own-mail.ts";
import { hasVerdict } from "./approvals.ts";
import { fail, ok, warn } from "./finding.ts";
import { CLOCK_MEND } from "./mailbox.ts";

const CHECK = "probe";
const LOOK_MS = 2_000;

export interface ProbeMeans {
  /** SHOP_EMAIL. */
  readonly address: string;
  readonly authservIds: readonly string[];
  readonly inbox: Inbox;
  readonly transport: MailTransport;
  readonly signer: Signer;
  readonly verifier: SignatureVerifier;
  readonly readMessage: (raw: Uint8Array) => Promise<MailMessage>;
  readonly clock: Clock;
  /** How long the mail may take. */
  readonly patienceMs: number;
}

/** Sends it; what is to be told next comes from `wait`. */
export async function sendProbe(means: ProbeMeans, signal: AbortSignal): Promise<SentProbe> {
  const { address, inbox, transport, signer, clock } = means;
  const sentAt = clock.now();
  const token = signer.derive("probe", sentAt).slice(0, 20);
  const messageId = `henkin.probe.${token}@${domainOf(address)}`;
  // From here on, so that of a large mailbox only what is new is read.
  const { generation, lastKey } = await inbox.list({
    ...{ cursor: null, full: false, since: sentAt, signal },
  });
  const raw = Buffer.from(probeMail({ address, messageId, sentAt, signer }));
  const message = { messageId, from: address, to: address, raw };
  await transport.send(message, async () => undefined, signal);
  return { messageId, sentAt, cursor: { generation, lastKey } };
}

interface SentProbe {
  readonly messageId: string;
  readonly sentAt: number;
  readonly cursor: { readonly generation: string; readonly lastKey: string };
}

/** The worker knows it by its header for one of its own, and leaves it alone. */
function probeMail(probe: {
  readonly address: string;
  readonly messageId: string;
  readonly sentAt: number;
  readonly signer: Signer;
}): string {
  const { address, messageId, sentAt, signer } = probe;
  const lines = [
    `From: <${address}>`,
    `To: <${address}>`,
    "Subject: henkin doctor --probe",
    `Date: ${new Date(sentAt).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${messageId}>`,
    `${OWN_HEADER}: ${ownHeaderValue(signer, messageId)}`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=us-ascii",
    "Content-Transfer-Encoding: 7bit",
    "",
    "henkin doctor sent this mail to see whether it comes back. It may be deleted.",
    "",
  ];
  return lines.join("\r\n");
}

export async function awaitProbe(
  probe: SentProbe,
  means: ProbeMeans,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { clock, patienceMs, address } = means;
  const until = probe.sentAt + patienceMs;
  do {
    const found = await findProbe(probe, means.inbox, means.readMessage, signal);
    if (found !== null) return judge(probe, found, means);
    await means.inbox.wait(LOOK_MS, signal);
  } while (clock.now() < until && !signal.aborted);
  const message = `the mail to ${address} did not come back within ${patienceMs / 1_000} seconds`;
  const mend =
    "See where it is: in the spam folder, in another mailbox than the one of INBOX_URL, or returned with a " +
    "reason. Mail to SHOP_EMAIL must arrive in INBOX_URL, or no answer will.";
  return [fail(CHECK, message, mend)];
}

interface FoundProbe {
  readonly fetched: FetchedMessage;
  readonly message: MailMessage;
}

async function findProbe(
  { messageId, cursor }: SentProbe,
  inbox: Inbox,
  readMessage: ProbeMeans["readMessage"],
  signal: AbortSignal,
): Promise<FoundProbe | null> {
  const { keys } = await inbox.list({ cursor, full: false, since: null, signal });
  for await (const fetched of inbox.fetch(keys, signal)) {
    const message = await readMessage(fetched.raw).catch(() => null);
    if (message?.messageId === messageId) return { fetched, message };
  }
  return null;
}

async function judge(
  { sentAt }: SentProbe,
  { fetched, message }: FoundProbe,
  means: ProbeMeans,
): Promise<Finding[]> {
  const now = means.clock.now();
  const seconds = Math.max(1, Math.ceil((now - sentAt) / 1_000));
  const signatures = await means.verifier.verify(fetched.raw, domainOf(means.address));
  const signed = isSigned(message, signatures);
  return [
    ok(CHECK, `the mail to ${means.address} itself came back after ${seconds} s`),
    ...clockFindings(fetched.receivedAt, { sentAt, now }),
    verdictFinding(message, means.authservIds),
    signed.authenticated
      ? ok("probe DKIM", "its DKIM signature is valid, and one of the domain of SHOP_EMAIL")
      : warn(
          "probe DKIM",
          `it came back without a valid DKIM signature of ${domainOf(means.address)} (${signed.reason})`,
          "Switch DKIM on at your mail host. Some do not sign what stays with them: send a mail to an address " +
            "elsewhere, and look for DKIM-Signature in its source.",
        ),
  ];
}

function clockFindings(receivedAt: number, { sentAt, now }: { sentAt: number; now: number }) {
  const check = "mail server's clock";
  const isOff = receivedAt < sentAt - CLOCK_WARN_MS || receivedAt > now + CLOCK_WARN_MS;
  if (!isOff) return [ok(check, "agrees with this machine's")];
  const minutes = Math.round(Math.abs(receivedAt - now) / 60_000);
  const message = `is about ${minutes} minutes ${receivedAt > now ? "ahead of" : "behind"} this machine's`;
  return [warn(check, message, CLOCK_MEND)];
}

function verdictFinding(message: MailMessage, authservIds: readonly string[]): Finding {
  const check = "probe verdict";
  const field = headerValues(message, "authentication-results")[0];
  const server = parseAuthenticationResults(field ?? "");
  if (server === null) {
    const text = "no server wrote Authentication-Results on it";
    if (authservIds.length === 0)
      return ok(check, `${text}: answers count by their DKIM signature`);
    const mend =
      "Ask your host whether it writes the field into mails from within, too; if never, unset AUTHSERV_IDS.";
    return warn(check, text, mend);
  }
  const { authservId } = server;
  const said = verdictsOf(server.results ?? []) || "nothing that can be read";
  const text = `${authservId} says ${said}`;
  if (authservIds.length > 0) {
    const { authenticated, reason } = isAuthenticated(message, authservIds);
    if (authenticated) return ok(check, `${text}, which AUTHSERV_IDS counts`);
    const mend = authservIds.some((id) => id.toLowerCase() === authservId)
      ? "Publish SPF, DKIM and DMARC for the domain of SHOP_EMAIL, as told above."
      : `Set AUTHSERV_IDS=${authservId} if that is your own mail server.`;
    return warn(check, `${text}; this would not count as an answer (${reason})`, mend);
  }
  if (!hasVerdict(message, authservId)) return ok(check, `${text}, and no dmarc verdict of use`);
  const mend =
    `Set AUTHSERV_IDS=${authservId}, once your host says that it writes this into every mail and removes ` +
    "fields of its name from what others send.";
  return warn(check, text, mend);
}

function verdictsOf(results: readonly { readonly method: string; readonly result: string }[]) {
  const wanted = results.filter(({ method }) => ["spf", "dkim", "dmarc"].includes(method));
  return wanted.map(({ method, result }) => `${method}=${result}`).join(" ");
}

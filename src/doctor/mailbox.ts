// The mailbox in which forms and answers arrive, the folders of decisions, and the one of sent mail.

import { CLOCK_WARN_MS } from "../domain/clock-offset.ts";
import type { MailboxSurvey } from "../mail/mailbox-survey.ts";
import type { Finding, Inbox, MailTransport, SentFolder } from "../ports.ts";
import { fault, ok, warn } from "./finding.ts";

/** @param pollSeconds how often is looked where the server does not tell of new mail */
export function inboxFinding({ mailbox, server }: MailboxSurvey, pollSeconds: number): Finding {
  if (server === null) return ok("inbox", `${mailbox} can be read`);
  const facts = [
    `${server.mails} mails`,
    `UIDVALIDITY ${server.uidValidity}`,
    server.idle ? "IDLE" : `no IDLE: new mail is seen every ${pollSeconds} seconds`,
    server.condstore ? "CONDSTORE" : "no CONDSTORE",
    server.keywords ? "keywords" : "no keywords told",
  ];
  return ok("inbox", `${mailbox} can be read (${facts.join(", ")}; the last two are not needed)`);
}

export const CLOCK_MEND =
  "Set this machine's clock (timedatectl set-ntp true, or the clock of the host of a container); if it is " +
  "right, tell the host of the mail server.";

/** Only a mail from the future tells of a wrong clock: an old one may just be old. */
export function mailClockFindings({ mails }: MailboxSurvey, now: number): Finding[] {
  const newest = Math.max(...mails.map(({ receivedAt }) => receivedAt).filter(Number.isFinite));
  if (!(newest > now + CLOCK_WARN_MS)) return [];
  const minutes = Math.round((newest - now) / 60_000);
  const message = `the newest mail is of ${minutes} minutes from now by the mail server's clock`;
  return [warn("mail server's clock", message, CLOCK_MEND)];
}

/** Opening one makes it, so that staff find it in their mail program. */
export async function checkFolder(
  {
    inbox,
    verdict,
  }: { readonly inbox: Pick<Inbox, "mailbox" | "list" | "close">; readonly verdict: string },
  signal: AbortSignal,
): Promise<Finding[]> {
  const check = `folder to ${verdict}`;
  try {
    await inbox.list({ cursor: null, full: false, since: 0, signal });
    return [ok(check, `${inbox.mailbox} can be read`)];
  } catch (error) {
    return [fault(check, error, "Check APPROVAL_FOLDER, or make the folder by hand. ")];
  } finally {
    await inbox.close();
  }
}

export async function checkSentFolder(
  folder: SentFolder,
  name: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const check = "sent mailbox";
  try {
    await folder.holds("henkin.doctor@invalid", signal);
    return [ok(check, `${name} can be read`)];
  } catch (error) {
    return [fault(check, error, "Check SENT_MAILBOX, the folder's name. ")];
  }
}

export async function checkSmtp(
  transport: MailTransport,
  sender: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const check = "smtp";
  try {
    await transport.verify(signal, sender);
    return [ok(check, `mail of ${sender} can be handed over`)];
  } catch (error) {
    return [fault(check, error)];
  } finally {
    await transport.close();
  }
}

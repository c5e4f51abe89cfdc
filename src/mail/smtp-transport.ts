// Sends mail by SMTP over a few connections that are kept for the next messages.

import type { ConnectionOptions } from "node:tls";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import { TransientError } from "../domain/errors.ts";
import type { AccessTokens, Log, MailTransport } from "../ports.ts";
import { judge, tryEnvelope } from "./smtp-envelope.ts";
import {
  createConnection,
  isLostConnection,
  logIn,
  parseSmtpUrl,
  quit,
  type SmtpLimits,
  toConnectError,
  transmit,
} from "./smtp-session.ts";
import { withToken } from "./token-login.ts";

export { parseSmtpUrl } from "./smtp-session.ts";

const DEFAULT_LIMITS: SmtpLimits = {
  connectMs: 20_000,
  // Hosts keep their greeting back for half a minute, because spammers do not wait.
  greetingMs: 60_000,
  silenceMs: 10 * 60_000,
  idleMs: 30_000,
};

const MAX_CONNECTIONS = 4;
/** As many as Exchange Online allows (learn.microsoft.com/exchange/troubleshoot/send-emails/smtp-submission-improvements). */
const DEFAULT_CONNECTIONS = 3;

interface SmtpOptions {
  readonly url: string;
  /** For a URL without a password. */
  readonly tokens?: AccessTokens | null;
  readonly log: Log;
  /** How many messages may be on their way at once: 1 to 4. */
  readonly connections?: number;
  /** For a certificate authority of one's own; certificates are verified in any case. */
  readonly tls?: Pick<ConnectionOptions, "ca" | "servername">;
  readonly limits?: Partial<SmtpLimits>;
}

export function createSmtpTransport(options: SmtpOptions): MailTransport {
  const account = parseSmtpUrl(options.url, options.tokens);
  const needsToken = account.user !== "" && account.password === "";
  const tokens = needsToken ? (options.tokens ?? null) : null;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const turns = createTurns(options.connections);
  const open = new Set<SMTPConnection>();
  const idle = new Map<SMTPConnection, NodeJS.Timeout>();
  let closed = false;

  function connect(signal: AbortSignal): Promise<SMTPConnection> {
    if (tokens === null) return logInWith(null, signal);
    return withToken(tokens, signal, (token) => logInWith(token, signal));
  }

  async function logInWith(token: string | null, signal: AbortSignal): Promise<SMTPConnection> {
    if (closed) throw new TransientError("smtp_closed");
    const connection = createConnection(account, limits, options.tls ?? {});
    open.add(connection);
    connection.once("end", () => {
      open.delete(connection);
      take(connection);
    });
    const patience = AbortSignal.timeout(limits.connectMs + limits.greetingMs);
    try {
      await logIn(connection, account, token, AbortSignal.any([signal, patience]));
      options.log.debug({ host: account.host }, "SMTP connection ready");
      return connection;
    } catch (error) {
      connection.close();
      throw toConnectError(error, token !== null);
    }
  }

  function keep(connection: SMTPConnection): void {
    if (connection.destroyed) return;
    idle.set(connection, setTimeout(() => quit(take(connection)), limits.idleMs).unref());
  }

  function take(connection: SMTPConnection): SMTPConnection {
    clearTimeout(idle.get(connection));
    idle.delete(connection);
    return connection;
  }

  async function deliver(...[message, beforeData, signal]: Parameters<MailTransport["send"]>) {
    let asked = false;
    const before = () => {
      asked = true;
      return beforeData();
    };
    const [kept] = idle.keys();
    if (kept) {
      try {
        await transmit(take(kept), message, before, signal);
        return keep(kept);
      } catch (error) {
        // Servers drop idle connections whenever they like; of this message they know nothing.
        if (asked || !isLostConnection(error)) throw error;
      }
    }
    const fresh = await connect(signal);
    await transmit(fresh, message, before, signal);
    keep(fresh);
  }

  async function verify(signal: AbortSignal, sender?: string): Promise<void> {
    const connection = await connect(signal);
    if (sender !== undefined) await tryEnvelope(connection, { from: sender, to: sender }, signal);
    quit(connection);
  }

  return {
    async send(message, beforeData, signal) {
      const release = await turns.take(signal);
      try {
        const ask = () => verify(signal, message.from);
        await deliver(message, beforeData, signal).catch((error) => judge(error, ask));
      } finally {
        release();
      }
    },
    verify,
    async close() {
      closed = true;
      for (const connection of idle.keys()) quit(take(connection));
      for (const connection of open) connection.close();
    },
  };
}

function createTurns(count = DEFAULT_CONNECTIONS) {
  const waiting: (() => void)[] = [];
  let free = Math.min(Math.max(count, 1), MAX_CONNECTIONS);
  return {
    async take(signal: AbortSignal): Promise<() => void> {
      if (free > 0) free -= 1;
      else {
        await new Promise<void>((resolve, reject) => {
          const enter = () => {
            signal.removeEventListener("abort", leave);
            resolve();
          };
          const leave = () => {
            waiting.splice(waiting.indexOf(enter), 1);
            reject(new TransientError("smtp_aborted"));
          };
          waiting.push(enter);
          signal.addEventListener("abort", leave, { once: true });
        });
      }
      return () => {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      };
    },
  };
}

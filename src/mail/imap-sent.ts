// Where the mail provider itself keeps what it has sent, as Gmail and Microsoft 365 do: a mail found
// there was accepted, also where its 250 was lost on the way.

import type { ConnectionOptions } from "node:tls";
import { TransientError } from "../domain/errors.ts";
import type { AccessTokens, Log, SentFolder } from "../ports.ts";
import { createImapSession, parseImapUrl, sentFolderOf } from "./imap-session.ts";
import { createTurn } from "./imap-waiting.ts";

/** Short: the mail waits in its lane meanwhile. */
const LIMITS = { connectMs: 20_000, callMs: 20_000 };

export function createSentFolder(options: {
  /** Of the account. */
  readonly url: string;
  readonly folder: string;
  /** For a URL without a password. */
  readonly tokens?: AccessTokens | null;
  readonly log: Log;
  readonly tls?: Pick<ConnectionOptions, "ca" | "servername">;
}): SentFolder {
  const { tokens = null } = options;
  const account = sentFolderOf(parseImapUrl(options.url, tokens), options.folder);
  // One look at a time: beside the inbox's there may be room for one connection only.
  const takeTurn = createTurn();
  const look = async (messageId: string, signal: AbortSignal): Promise<boolean> => {
    // A connection for one look: weeks may pass until the next.
    const session = createImapSession(account, {
      ...LIMITS,
      tls: options.tls ?? {},
      tokens,
      log: options.log,
    });
    try {
      return await session.use(signal, async (client) => {
        const found = await client.search({ header: { "message-id": messageId } }, { uid: true });
        // imapflow answers false where the server refused or the connection broke.
        if (Array.isArray(found)) return found.length > 0;
        throw new TransientError("imap_refused");
      });
    } finally {
      await session.close();
    }
  };
  return { holds: (messageId, signal) => takeTurn(() => look(messageId, signal)) };
}

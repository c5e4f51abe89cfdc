// Looks into the folders whose mails are decisions (APPROVAL_FOLDER). The decisions and the cursor are
// one commit, so that a mail decides once however often it is seen.

import { AppError, TransientError } from "../domain/errors.ts";
import type { MailMessage } from "../domain/mail-message.ts";
import type { Inbox, Log, MailReader } from "../ports.ts";
import type { Store } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { decideByFolder, explainFolder, type FolderVerdict } from "../ticket/folder-decision.ts";
import { findRestoredAt } from "../ticket/restored.ts";

export interface DecisionFolder {
  readonly verdict: FolderVerdict;
  readonly inbox: Omit<Inbox, "wait" | "hangUp" | "defaultSince" | "hasOrder">;
}

export interface FolderDeps {
  readonly store: Store;
  readonly desk: Desk;
  readonly reader: MailReader;
  readonly log: Log;
  readonly folders: readonly DecisionFolder[];
}

/** Returns how many mails were new. Throws as Inbox does. */
export async function readFolders(deps: FolderDeps, signal: AbortSignal): Promise<number> {
  let count = 0;
  for (const folder of deps.folders) count += await readFolder(deps, folder, signal);
  return count;
}

async function readFolder(
  deps: FolderDeps,
  { inbox, verdict }: DecisionFolder,
  signal: AbortSignal,
): Promise<number> {
  const { store, desk } = deps;
  const [known, restoredAt] = await store.read(async (tx) => [
    await tx.messages.findCursor(inbox.mailbox),
    await findRestoredAt(tx),
  ]);
  // Nothing tells when a mail was moved: what lies there at the first look after the database was set
  // back may have been moved, and overruled, before.
  const isOfOldState = restoredAt !== null && known?.sinceAt !== restoredAt;
  const listing = await inbox.list({ cursor: known ?? null, full: false, since: null, signal });
  // A mailbox that was rebuilt shows every request of the past once more: nobody wants to hear of them.
  const isRescan = known !== undefined && known.generation !== listing.generation;
  const isUnmoved = known?.generation === listing.generation && known.lastKey === listing.lastKey;
  if (listing.keys.length === 0 && isUnmoved && !isOfOldState) return 0;
  const messages: MailMessage[] = [];
  for await (const { raw } of inbox.fetch(listing.keys, signal)) {
    const message = await readOne(deps, raw);
    if (message !== null) messages.push(message);
  }
  await store.write(async (tx) => {
    for (const message of messages) {
      const undecided = await decideByFolder(tx, desk, message, verdict, { isOfOldState });
      if (undecided !== null && !isRescan) await explainFolder(tx, desk, undecided);
    }
    const cursor = { generation: listing.generation, lastKey: listing.lastKey };
    await tx.messages.saveCursor(inbox.mailbox, { ...cursor, sinceAt: restoredAt, fullScanAt: 0 });
  });
  return messages.length;
}

/** What cannot be read is no request of ours. */
async function readOne({ reader, log }: FolderDeps, raw: Uint8Array): Promise<MailMessage | null> {
  try {
    return (await reader.read(raw)).message;
  } catch (error) {
    if (!(error instanceof AppError) || error instanceof TransientError) throw error;
    log.warn({ code: error.code }, "a mail in the approval folder cannot be read");
    return null;
  }
}

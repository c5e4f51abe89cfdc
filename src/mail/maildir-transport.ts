// Delivers mail into a Maildir: for trying the program out, and for a mail system that collects
// its mail there.

import { createHash } from "node:crypto";
import { open, readdir, rename, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { OutcomeUnknownError, TransientError } from "../domain/errors.ts";
import type { MailTransport } from "../ports.ts";
import { createMaildir, inMaildirTerms, maildirKey } from "./maildir.ts";

export function createMaildirTransport(options: { readonly dir: string }): MailTransport {
  const dir = resolve(options.dir);
  return {
    async send({ messageId, raw }, beforeData, signal) {
      await inMaildirTerms(() => createMaildir(dir));
      if (signal.aborted) throw new TransientError("maildir_aborted");
      await beforeData();
      await inMaildirTerms(() => deliver(dir, fileNameOf(messageId), raw));
      await syncFolders(dir);
    },
    verify: () =>
      inMaildirTerms(async () => {
        await createMaildir(dir);
        const probe = join(dir, "tmp", `probe.${process.pid}`);
        await writeSynced(probe, Buffer.alloc(0));
        await unlink(probe);
      }),
    close: async () => undefined,
  };
}

/** Of the Message-ID alone, so that the same mail sent again replaces itself. */
function fileNameOf(messageId: string): string {
  const readable = messageId.replace(/[^A-Za-z0-9@._-]+/g, "").replace(/^\.+/, "");
  const digest = createHash("sha256").update(messageId).digest("hex");
  return `${readable.slice(0, 120)}.${digest.slice(0, 16)}.eml`;
}

async function deliver(dir: string, name: string, raw: Uint8Array): Promise<void> {
  const draft = join(dir, "tmp", `${name}.${process.pid}`);
  await writeSynced(draft, raw);
  // A mail program may have taken the first one to cur/ already.
  const taken = (await readdir(join(dir, "cur"))).find((each) => maildirKey(each) === name);
  await rename(draft, taken === undefined ? join(dir, "new", name) : join(dir, "cur", taken));
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The new name survives a power loss only once its folder is on disk. */
async function syncFolders(dir: string): Promise<void> {
  for (const folder of ["new", "cur"]) {
    try {
      const handle = await open(join(dir, folder), "r");
      await handle.sync().finally(() => handle.close());
    } catch {
      throw new OutcomeUnknownError("maildir_not_synced");
    }
  }
}

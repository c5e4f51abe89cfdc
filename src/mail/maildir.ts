// What inbox and transport share of a Maildir (https://cr.yp.to/proto/maildir.html).

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AccessError, AppError, TransientError } from "../domain/errors.ts";

export async function createMaildir(dir: string): Promise<void> {
  for (const folder of ["tmp", "new", "cur"]) {
    await mkdir(join(dir, folder), { recursive: true, mode: 0o700 });
  }
}

/** The part of a file name that stays when flags change. */
export function maildirKey(fileName: string): string {
  return fileName.replace(/:2,.*$/s, "");
}

/** Errors of the file system in the terms of the ports. */
export async function inMaildirTerms<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = String((error as NodeJS.ErrnoException).code ?? "");
    const details = { why: code || "no code" };
    if (/^(EACCES|EPERM|EROFS|ENOTDIR)$/.test(code)) {
      throw new AccessError("maildir_denied", details);
    }
    throw new TransientError("maildir_failed", details);
  }
}

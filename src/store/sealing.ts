// What the rows keep of mails is sealed: the raw bytes, and the words of ours before they are bytes. A
// sealed value shows by itself that it is one, so that a database of an earlier version, whose mails lie
// in clear, is read as well while they are being sealed one after the other.

import { PermanentError } from "../domain/errors.ts";
import type { MailVault } from "../ports.ts";

/** No mail begins with a NUL; the last byte is the version of how it is sealed. */
const SEALED = Buffer.from([0x00, 0x68, 0x6b, 0x01]);

/** A JSON object begins with a brace, base64 never does. */
const CLEAR_TEXT = "{";

export interface Sealing {
  /** `about` names table, column and row. */
  seal(bytes: Uint8Array, ...about: string[]): Uint8Array;
  open(stored: Uint8Array, ...about: string[]): Uint8Array;
  sealText(json: string, ...about: string[]): string;
  openText(stored: string, ...about: string[]): string;
  /** Whether this lies in clear, and is to be sealed. */
  isClear(stored: Uint8Array | string | null): boolean;
}

/**
 * `vault` is asked for when it is needed: most looks at a database open no mail. Null: a database in
 * memory, whose mails stay as they are.
 */
export function sealing(vault: (() => MailVault) | null, shopId: string): Sealing {
  let kept: MailVault | undefined;
  const opened = (): MailVault => {
    if (vault === null) throw new PermanentError("data_key_missing");
    kept ??= vault();
    return kept;
  };
  const nameOf = (about: readonly string[]) => JSON.stringify([shopId, ...about]);

  function seal(bytes: Uint8Array, ...about: string[]): Uint8Array {
    // Nothing is left of a blanked mail.
    if (vault === null || bytes.byteLength === 0) return bytes;
    return Buffer.concat([SEALED, opened().seal(bytes, nameOf(about))]);
  }

  function open(stored: Uint8Array, ...about: string[]): Uint8Array {
    if (!isSealed(stored)) return stored;
    const bytes = opened().open(stored.subarray(SEALED.byteLength), nameOf(about));
    if (bytes === null) throw new PermanentError("sealed_otherwise");
    return bytes;
  }

  return {
    seal,
    open,
    sealText: (json, ...about) =>
      vault === null || json === BLANK_TEXT
        ? json
        : Buffer.from(seal(Buffer.from(json), ...about)).toString("base64"),
    openText: (stored, ...about) =>
      stored.startsWith(CLEAR_TEXT)
        ? stored
        : Buffer.from(open(Buffer.from(stored, "base64"), ...about)).toString("utf8"),
    isClear(stored) {
      if (vault === null || stored === null) return false;
      if (typeof stored === "string") {
        return stored !== BLANK_TEXT && stored.startsWith(CLEAR_TEXT);
      }
      return stored.byteLength > 0 && !isSealed(stored);
    },
  };
}

/** What is left of the words of a blanked mail. */
export const BLANK_TEXT = "{}";

function isSealed(stored: Uint8Array): boolean {
  return SEALED.every((byte, at) => stored[at] === byte);
}

// Keeps what must be read again but not lie about in clear: bank accounts. AES-256-GCM under a key of
// its own, derived from the DATA_KEY; what a text is about is sealed with it, so that one ticket's
// account cannot be put into another's row.

import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { newNonce } from "./clock.ts";
import type { Vault } from "./ports.ts";

const IV_BYTES = 12;
const TAG_BYTES = 16;

export function createVault(dataKey: Uint8Array): Vault {
  const key = Buffer.from(hkdfSync("sha256", dataKey, "", "henkin vault 1", 32));
  return {
    seal(text, about) {
      const iv = newNonce();
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(about));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64");
    },
    open(sealed, about) {
      const bytes = Buffer.from(sealed, "base64");
      const iv = bytes.subarray(0, IV_BYTES);
      const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
      if (tag.byteLength < TAG_BYTES) return null;
      const cipher = createDecipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(about));
      cipher.setAuthTag(tag);
      try {
        const body = cipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([body, cipher.final()]).toString("utf8");
      } catch {
        return null;
      }
    },
  };
}

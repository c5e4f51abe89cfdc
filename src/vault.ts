// Keeps what must be read again but not lie about in clear: bank accounts as texts, mails as bytes.
// AES-256-GCM under keys of their own, derived from the DATA_KEY; what a text or mail is about is sealed
// with it, so that one row's cannot be put into another.

import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { newNonce } from "./clock.ts";
import type { MailVault, Vault } from "./ports.ts";

const IV_BYTES = 12;
const TAG_BYTES = 16;
const SLICE_BYTES = 65_536;

/** `purpose` keeps the keys apart: what one has sealed no other opens. */
function keyFor(dataKey: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", dataKey, "", purpose, 32));
}

function sealBytes(key: Buffer, bytes: Uint8Array, about: string): Buffer {
  const iv = newNonce();
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(about));
  const sealed = Buffer.allocUnsafe(IV_BYTES + TAG_BYTES + bytes.byteLength);
  let end = iv.copy(sealed) + TAG_BYTES;
  // In slices, as a mail of 24 MB need not be held once more; GCM holds nothing back for the end.
  for (let at = 0; at < bytes.byteLength; at += SLICE_BYTES) {
    end += cipher.update(bytes.subarray(at, at + SLICE_BYTES)).copy(sealed, end);
  }
  cipher.final();
  cipher.getAuthTag().copy(sealed, IV_BYTES);
  return sealed;
}

function openBytes(key: Buffer, sealed: Uint8Array, about: string): Buffer | null {
  const iv = sealed.subarray(0, IV_BYTES);
  const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  if (tag.byteLength < TAG_BYTES) return null;
  const cipher = createDecipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(about));
  cipher.setAuthTag(tag);
  try {
    const bytes = cipher.update(sealed.subarray(IV_BYTES + TAG_BYTES));
    cipher.final();
    return bytes;
  } catch {
    return null;
  }
}

export const createVault = (dataKey: Uint8Array) => textVault(keyFor(dataKey, "henkin vault 1"));

/** For what the rows of the shops keep. */
export const createShopVault = (dataKey: Uint8Array) =>
  textVault(keyFor(dataKey, "henkin shops 1"));

function textVault(key: Buffer): Vault {
  return {
    seal: (text, about) => sealBytes(key, Buffer.from(text), about).toString("base64"),
    open: (sealed, about) =>
      openBytes(key, Buffer.from(sealed, "base64"), about)?.toString("utf8") ?? null,
  };
}

export function createMailVault(dataKey: Uint8Array): MailVault {
  const key = keyFor(dataKey, "henkin mails 1");
  return {
    seal: (bytes, about) => sealBytes(key, bytes, about),
    open: (sealed, about) => openBytes(key, sealed, about),
  };
}

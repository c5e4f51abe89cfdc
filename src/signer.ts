// Identifiers derived with the DATA_KEY: unguessable from outside, the same on every copy.

import { createHash, createHmac } from "node:crypto";
import type { Signer } from "./ports.ts";

export function createSigner(dataKey: Uint8Array): Signer {
  return {
    derive: (purpose, ...parts) =>
      // A JSON array keeps the borders between the parts.
      createHmac("sha256", dataKey)
        .update(JSON.stringify([purpose, ...parts]))
        .digest("hex"),
    digest: (bytes) => createHash("sha256").update(bytes).digest("hex"),
  };
}

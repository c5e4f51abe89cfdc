// Which attempt of ours a refund at the provider is, by what was sent with it.

import type { ProviderRefund } from "./payment.ts";
import type { Refund } from "./ticket.ts";

/** By the digest; where the provider gives none back, by the id, which is its derived beginning. */
export function bearsMarkOf(
  { id, metadata }: Pick<Refund, "id" | "metadata">,
  shown: Pick<ProviderRefund, "metadata">,
): boolean {
  const { henkin_digest: digest, henkin_refund: shownId } = shown.metadata;
  return digest === undefined ? shownId === id : digest === metadata["henkin_digest"];
}

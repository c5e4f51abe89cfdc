// What a payment provider may learn from the shop's own system about an order; app.ts brings the two
// together.

import type { Finding } from "../ports.ts";

/** An order as the shop's system tells of it; null is what it does not say. */
export interface ShopOrder {
  /** For staff to read: payment, shipping, sum, in that system's words. */
  readonly state: string;
  readonly amountMinor: number | null;
  readonly payerName: string | null;
  /** Lower case. */
  readonly payerEmail: string | null;
  /** Epoch ms. */
  readonly orderedAt: number | null;
}

export interface OrderSource {
  /** As staff know it: makeshop. */
  readonly system: string;
  /**
   * Null only where the system has no such order. Throws TransientError, AccessError, or
   * PermanentError where its answer cannot be read.
   */
  find(orderNumber: string, signal: AbortSignal): Promise<ShopOrder | null>;
  diagnose(signal: AbortSignal): Promise<readonly Finding[]>;
}

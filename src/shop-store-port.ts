// The rows of the shops themselves. A part of store-port.ts; unlike all other tables they belong to no shop.

import type { AuditEvent } from "./domain/ticket.ts";

/** removed: it is over; what happened in it stays. */
export type ShopStatus = "active" | "paused" | "removed";

export interface ShopRow {
  readonly id: string;
  readonly status: ShopStatus;
  /** The key of which its identifiers and its vaults are derived. */
  readonly keySealed: string;
  /** Null where they are in .env, or where the shop was removed. */
  readonly settingsSealed: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Shops {
  /** By their ids. */
  list(): Promise<ShopRow[]>;
  /** Another one after each change of any of them; no row is read out for it. */
  findState(): Promise<string>;
  find(id: string): Promise<ShopRow | undefined>;
  insert(shop: ShopRow): Promise<void>;
  update(
    id: string,
    change: Partial<Pick<ShopRow, "status" | "keySealed" | "settingsSealed">>,
    at: number,
  ): Promise<void>;
  /** Approved, on its way to the customer, or asked of staff. */
  countOpenRefunds(id: string): Promise<number>;
  /**
   * Wipes its settings and the consent to its mailbox; its key stays, without which no mail of its tickets
   * could be read. False, and nothing is changed, while a refund of it is open.
   */
  remove(id: string, at: number): Promise<boolean>;
  /** In the audit trail of that shop. */
  record(id: string, event: Omit<AuditEvent, "seq" | "ticketId">): Promise<void>;
}

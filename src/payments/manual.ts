// Payments of a processor that henkin has no adapter for. `henkin import` brings them from a file,
// staff transfer what is given back, and nothing is asked of anybody over a network.

import { PermanentError } from "../domain/errors.ts";
import { IMPORTED } from "../domain/imported-payments/changes.ts";
import type { Payment, ProviderRefund, SystemState } from "../domain/payment.ts";
import type { Capabilities, Finding, PaymentPage, PaymentProvider, RefundPage } from "../ports.ts";

const CAPABILITIES: Capabilities = {
  search: false,
  partial: true,
  void: false,
  asynchronous: false,
  manual: true,
  imported: true,
  keyWindowMs: 0,
};

/** Where the imported payments lie. */
export interface ImportedPayments {
  find(id: string): Promise<Payment | undefined>;
  /** `importedAt`: of the last file, epoch ms; null where none was imported. */
  summary(): Promise<{ readonly count: number; readonly importedAt: number | null }>;
}

export function createManualProvider(imported: ImportedPayments): PaymentProvider {
  return {
    name: IMPORTED,
    capabilities: CAPABILITIES,
    clockOffsetMs: () => null,
    account: async () => IMPORTED,
    /** The import is the listing. */
    listPayments: async (): Promise<PaymentPage> => ({ payments: [], next: null }),
    changedPayments: async () => null,
    async retrievePayment(id): Promise<Payment | null> {
      const payment = await imported.find(id);
      return payment === undefined ? null : told(payment);
    },
    searchPayments: async (): Promise<readonly Payment[]> => [],
    listRefunds: async (): Promise<readonly ProviderRefund[]> => [],
    listAllRefunds: async (): Promise<RefundPage> => ({ refunds: [], next: null }),
    retrieveRefund: async () => null,
    async createRefund({ paymentId }): Promise<never> {
      throw refusal(paymentId, "gives nothing back: transfer the money by hand");
    },
    async cancelPayment({ paymentId }): Promise<never> {
      throw refusal(paymentId, "is not cancelled by henkin: cancel it at its processor");
    },
    async diagnose(): Promise<readonly Finding[]> {
      const { count, importedAt } = await imported.summary();
      if (importedAt === null) return [];
      const at = new Date(importedAt).toISOString();
      const message = `${count} payments, last imported at ${at}; refunds are transfers by hand`;
      return [{ level: "ok", check: "imported payments", message, mend: null }];
    },
  };
}

function told(payment: Payment): Payment {
  const { description } = payment;
  const systems: SystemState[] =
    description === null ? [] : [{ system: "CSV", state: description }];
  return { ...payment, byHand: true, ...(systems.length > 0 ? { systems } : {}) };
}

function refusal(payment: string, why: string): PermanentError {
  return new PermanentError("imported_payment", { payment, why });
}

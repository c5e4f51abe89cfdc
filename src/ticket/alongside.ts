// The provider's other payments beside one, as the index knows them: what was transferred for an order
// that it did not pay lies there.

import { type Payment, refundableMinor } from "../domain/payment.ts";
import type { ReadTx } from "../store-port.ts";

/** Only those of which something is left to give back. */
export async function findAlongside(
  tx: ReadTx,
  { provider, alongside = [] }: Payment,
): Promise<Payment[]> {
  const found: Payment[] = [];
  for (const id of alongside) {
    const payment = await tx.payments.find(provider, id);
    if (payment !== undefined && refundableMinor(payment) > 0) found.push(payment);
  }
  return found;
}

import { PermanentError } from "../domain/errors.ts";
import type { PaymentProvider } from "../ports.ts";

export function requireProvider(
  providers: ReadonlyMap<string, PaymentProvider>,
  name: string,
): PaymentProvider {
  const provider = providers.get(name);
  if (provider !== undefined) return provider;
  throw new PermanentError("provider_not_configured", { provider: name });
}

// The payment providers that the settings name: a part of the composition root.

import { resolve } from "node:path";
import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { IMPORTED } from "./domain/imported-payments/changes.ts";
import { createManualProvider } from "./payments/manual.ts";
import type { OrderSource } from "./payments/order-source.ts";
import type { Log, PaymentProvider, SharedPace } from "./ports.ts";
import type { OpenStore } from "./store/store.ts";

type OrderConfig = Config<"MAKESHOP_SHOP_ID" | "MAKESHOP_TOKEN" | "MAKESHOP_API_BASE">;

/** Null where no system of the shop's own can be asked. One for each shop: makeshop counts, and `pace` keeps those of one account apart. */
async function buildOrders(
  config: OrderConfig,
  { log, pace }: ProvidersOptions,
): Promise<OrderSource | null> {
  const { MAKESHOP_SHOP_ID: shopId, MAKESHOP_TOKEN: token, MAKESHOP_API_BASE: apiBase } = config;
  if (shopId === undefined || token === undefined) return null;
  const { createMakeshopOrders } = await import("./payments/makeshop.ts");
  return createMakeshopOrders({
    ...{ shopId, token, apiBase, clock: systemClock, log },
    ...(pace && { pace }),
  });
}

/** What tells the account that a shop has at each provider from the others'; it may be a secret. */
export function accountsOf(
  config: Config<"STRIPE_API_KEY" | "SMARTPAY_SECRET_KEY" | "EPSILON_CONTRACT_CODE">,
): ReadonlyMap<string, string> {
  const { STRIPE_API_KEY: stripe, SMARTPAY_SECRET_KEY: smartpay } = config;
  const named = Object.entries({ stripe, smartpay, epsilon: config.EPSILON_CONTRACT_CODE });
  return new Map(named.flatMap(([name, account]) => (account ? [[name, account]] : [])));
}

export interface ProvidersOptions {
  readonly log?: Log | undefined;
  /** Where other processes ask the same systems. */
  readonly pace?: SharedPace | undefined;
}

/** Those that the settings name; the others are not even loaded. */
export async function buildProviders(
  config: OrderConfig &
    Config<
      | "STRIPE_API_KEY"
      | "STRIPE_API_BASE"
      | "SMARTPAY_SECRET_KEY"
      | "SMARTPAY_API_BASE"
      | "EPSILON_CONTRACT_CODE"
      | "EPSILON_API_BASE"
      | "SANDBOX_PAYMENTS"
    >,
  directory: string,
  { log, pace }: ProvidersOptions = {},
): Promise<Map<string, PaymentProvider>> {
  const providers: PaymentProvider[] = [];
  if (config.STRIPE_API_KEY !== undefined) {
    const { createStripeProvider } = await import("./payments/stripe.ts");
    providers.push(
      createStripeProvider({
        apiKey: config.STRIPE_API_KEY,
        apiBase: config.STRIPE_API_BASE ?? null,
        log,
        now: systemClock.now,
      }),
    );
  }
  if (config.SMARTPAY_SECRET_KEY !== undefined) {
    const { createSmartpayProvider } = await import("./payments/smartpay.ts");
    providers.push(
      createSmartpayProvider({
        secretKey: config.SMARTPAY_SECRET_KEY,
        apiBase: config.SMARTPAY_API_BASE ?? null,
        log,
        now: systemClock.now,
      }),
    );
  }
  if (config.EPSILON_CONTRACT_CODE !== undefined) {
    const { createEpsilonProvider } = await import("./payments/epsilon.ts");
    providers.push(
      createEpsilonProvider({
        contractCode: config.EPSILON_CONTRACT_CODE,
        apiBase: config.EPSILON_API_BASE,
        orders: await buildOrders(config, { log, pace }),
        log,
        now: systemClock.now,
      }),
    );
  }
  if (config.SANDBOX_PAYMENTS !== undefined) {
    const { createSandboxProvider } = await import("./payments/sandbox.ts");
    const path = resolve(directory, config.SANDBOX_PAYMENTS);
    providers.push(createSandboxProvider({ path, now: systemClock.now }));
  }
  return new Map(providers.map((provider) => [provider.name, provider]));
}

/** Of payments that are imported from files; there in every shop, and idle where none are. */
export function buildManualProvider(store: Pick<OpenStore, "read">): PaymentProvider {
  return createManualProvider({
    find: (id) => store.read((tx) => tx.payments.find(IMPORTED, id)),
    summary: () =>
      store.read(async (tx) => ({
        count: (await tx.payments.countByProvider()).get(IMPORTED) ?? 0,
        importedAt: (await tx.payments.findSync(IMPORTED))?.syncedAt ?? null,
      })),
  });
}

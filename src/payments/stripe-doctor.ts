// What doctor says about Stripe. It changes nothing: what a key may write is found out by asking to cancel
// what does not exist.

import type Stripe from "stripe";
import { AppError, PermanentError, TransientError } from "../domain/errors.ts";
import { formatMoney } from "../domain/money.ts";
import type { Finding } from "../ports.ts";
import type { StripeClient } from "./stripe-client.ts";

const KEY_MEND =
  "Put a secret or restricted key (sk_live_…, rk_live_…, or sk_test_…, rk_test_… to try things out) " +
  "from the Stripe Dashboard, Developers > API keys, into STRIPE_API_KEY.";

interface Probe {
  readonly check: string;
  readonly ask: (stripe: Stripe) => Promise<unknown>;
  /** Of the resource, as the Dashboard calls it where permissions of a key are chosen. */
  readonly permission: string;
  /** True where refunds work without it. */
  readonly optional: boolean;
}

const PROBES: readonly Probe[] = [
  {
    check: "payment intents",
    ask: (stripe) => stripe.paymentIntents.list({ limit: 1 }),
    permission: "PaymentIntents: Write (with Read uncaptured payments cannot be voided)",
    optional: false,
  },
  {
    check: "charges",
    ask: (stripe) => stripe.charges.list({ limit: 1 }),
    permission: "Charges and Refunds: Write",
    optional: false,
  },
  {
    check: "refunds",
    ask: (stripe) => stripe.refunds.list({ limit: 1 }),
    permission: "Charges and Refunds: Write",
    optional: false,
  },
  {
    check: "events",
    ask: (stripe) => stripe.events.list({ limit: 1 }),
    permission: "Events: Read (without it henkin lists payments instead, and sees changes later)",
    optional: true,
  },
  {
    check: "disputes",
    ask: (stripe) => stripe.disputes.list({ limit: 1 }),
    permission: "Disputes: Read (without it a payment stays blocked after a dispute was won)",
    optional: true,
  },
];

interface Trial extends Omit<Probe, "ask"> {
  /** About an object that nobody has: longer ids of other letters are what Stripe gives. */
  readonly ask: (stripe: Stripe) => Promise<unknown>;
}

/**
 * Answered 403 where the permission is missing, and "no such …" where it is there. A refund is cancelled
 * rather than made, so that no mistake here and no odd server can ever pay: both need the same
 * permission, as the Dashboard has it.
 */
const TRIALS: readonly Trial[] = [
  {
    check: "refund permission",
    ask: (stripe) => stripe.refunds.cancel("re_henkin_doctor"),
    permission: "Charges and Refunds: Write",
    optional: false,
  },
  {
    check: "void permission",
    ask: (stripe) => stripe.paymentIntents.cancel("pi_henkin_doctor"),
    permission: "PaymentIntents: Write (without it uncaptured payments are not voided)",
    optional: true,
  },
  {
    check: "customers",
    ask: (stripe) => stripe.customers.retrieve("cus_henkin_doctor"),
    permission:
      "Customers: Read (without it payers known only by their customer, and cash balances, are not seen)",
    optional: true,
  },
];

export async function diagnoseStripe(
  client: StripeClient,
  apiKey: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const key = keyFinding(apiKey);
  if (key.level === "fail") return [key];
  const findings: Finding[] = [];
  for (const probe of PROBES) {
    const finding = await runProbe(client, probe, signal);
    // A key that is refused, and a server that does not answer, fail every check in the same way.
    if (finding.check === "connection" || finding.check === "key") return [key, finding];
    findings.push(finding);
  }
  for (const trial of TRIALS) findings.push(await runTrial(client, trial, signal));
  findings.push(await balanceFinding(client, signal), await accountFinding(client, signal));
  return [key, ...findings, client.clock.finding()];
}

function keyFinding(apiKey: string): Finding {
  const match = /^(sk|rk)_(test|live)_/.exec(apiKey);
  if (match === null) {
    const message = apiKey.startsWith("pk_")
      ? "STRIPE_API_KEY is a publishable key, which cannot make refunds"
      : "STRIPE_API_KEY does not look like a key of Stripe";
    return fail("key", message, KEY_MEND);
  }
  const kind = match[1] === "rk" ? "a restricted key" : "a secret key";
  const mode =
    match[2] === "live" ? "live mode: refunds move real money" : "test mode: no money moves";
  return ok("key", `${kind}, ${mode}`);
}

async function runProbe(client: StripeClient, probe: Probe, signal: AbortSignal): Promise<Finding> {
  const { check, permission, optional } = probe;
  try {
    await client.read(signal, probe.ask);
    return ok(check, "can be listed");
  } catch (error) {
    const answer = errorOf(error);
    if (answer.code === "unauthorized") {
      return fail("key", answer.message, KEY_MEND);
    }
    // Busy, down or out of reach: every further check would fail in the same way.
    if (answer instanceof TransientError) {
      const mend =
        "Check STRIPE_API_BASE, the network and any proxy or firewall on the way; if Stripe " +
        "itself is in trouble (status.stripe.com), run doctor again later.";
      return fail("connection", answer.message, mend);
    }
    return forbidden({ check, permission, optional }, answer);
  }
}

function forbidden({ check, permission, optional }: Omit<Probe, "ask">, answer: AppError): Finding {
  const level = optional ? "warn" : "fail";
  const mend = `Give the key the permission ${permission} in the Stripe Dashboard, Developers > API keys.`;
  return { level, check, message: answer.message, mend };
}

async function runTrial(client: StripeClient, trial: Trial, signal: AbortSignal): Promise<Finding> {
  const { check } = trial;
  try {
    // Not as a write: nothing can come of it, so its outcome is never unknown.
    await client.read(signal, trial.ask);
  } catch (error) {
    const answer = errorOf(error);
    if (answer.code === "forbidden") return forbidden(trial, answer);
    if (answer instanceof PermanentError) return ok(check, "is there");
    const mend =
      "Run doctor again later; if it stays, look at the key's permissions in the Dashboard.";
    return warn(check, `cannot be told: ${answer.message}`, mend);
  }
  const mend = "Check STRIPE_API_BASE: this does not behave like Stripe.";
  return warn(check, "the server knows an object that does not exist", mend);
}

async function balanceFinding(client: StripeClient, signal: AbortSignal): Promise<Finding> {
  try {
    const balance = await client.read(signal, (stripe) => stripe.balance.retrieve());
    const yen = balance.available.find(({ currency }) => currency === "jpy")?.amount ?? 0;
    const amount = formatMoney({ amountMinor: yen, currency: "JPY" });
    if (yen > 0) return ok("balance", `${amount} available; a larger refund waits`);
    const state = yen < 0 ? "the balance is negative" : "nothing is available";
    return warn(
      "balance",
      `${amount}: ${state}, and refunds wait until there is money`,
      "Add funds in the Stripe Dashboard, Balances > Add to balance, or wait for payments to settle.",
    );
  } catch (error) {
    const mend = "Give the key the permission Balance: Read to have the balance watched.";
    return warn("balance", `cannot be read: ${errorOf(error).message}`, mend);
  }
}

async function accountFinding(client: StripeClient, signal: AbortSignal): Promise<Finding> {
  try {
    const account = await client.readIfAllowed(signal, (stripe) =>
      stripe.accounts.retrieveCurrent(),
    );
    if (account === null) return ok("account", "not readable with this key, which is no obstacle");
    const troubles = [
      account.charges_enabled === false && "charges are disabled",
      account.payouts_enabled === false && "payouts are disabled",
      account.requirements?.disabled_reason && `disabled: ${account.requirements.disabled_reason}`,
      account.requirements?.past_due?.length && "information is overdue",
      account.requirements?.currently_due?.length && "information is due",
    ].filter((trouble) => typeof trouble === "string" && trouble !== "");
    if (troubles.length === 0) return ok("account", `${account.id} has no restrictions`);
    const mend = "Answer what Stripe asks for in the Dashboard, Settings > Account status.";
    return warn("account", `${account.id}: ${troubles.join(", ")}`, mend);
  } catch (error) {
    return warn("account", errorOf(error).message, "Run doctor again; if it stays, ask Stripe.");
  }
}

function errorOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

const ok = (check: string, message: string): Finding => ({
  level: "ok",
  check,
  message,
  mend: null,
});
const warn = (check: string, message: string, mend: string): Finding => ({
  level: "warn",
  check,
  message,
  mend,
});
const fail = (check: string, message: string, mend: string): Finding => ({
  level: "fail",
  check,
  message,
  mend,
});

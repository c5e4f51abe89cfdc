// What doctor says about Smartpay. Only reads: whether a key may create refunds shows when one is made.

import { AppError, TransientError } from "../domain/errors.ts";
import type { Finding } from "../ports.ts";
import type { SmartpayClient } from "./smartpay-client.ts";
import { type Page, readPage } from "./smartpay-payment.ts";

const KEY_MEND =
  "Put a secret key (sk_live_…, or sk_test_… to try things out) from the Smartpay Dashboard into " +
  "SMARTPAY_SECRET_KEY.";
const CONNECTION_MEND =
  "Check SMARTPAY_API_BASE, the network and any proxy or firewall on the way; if Smartpay itself " +
  "is in trouble, run doctor again later.";

const PROBES = [
  { check: "Smartpay orders", path: "/orders?maxResults=1" },
  { check: "Smartpay refunds", path: "/refunds?maxResults=1" },
] as const;

export async function diagnoseSmartpay(
  client: SmartpayClient,
  secretKey: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const key = keyFinding(secretKey);
  if (key.level === "fail") return [key];
  const findings: Finding[] = [key];
  for (const { check, path } of PROBES) {
    try {
      const page = await client.get(path, signal, readPage);
      findings.push(modeFinding(page, client.livemode) ?? ok(check, "can be listed"));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // A key that is refused, and a server that does not answer, fail every check in the same way.
      if (error.code === "unauthorized") return [fail("Smartpay key", error.message, KEY_MEND)];
      if (error instanceof TransientError) {
        return [key, fail("Smartpay connection", error.message, CONNECTION_MEND)];
      }
      const mend = "Ask Smartpay whether this key may use the API, or make another key.";
      findings.push(fail(check, error.message, mend));
    }
  }
  return [...findings, client.clock.finding()];
}

function keyFinding(secretKey: string): Finding {
  const check = "Smartpay key";
  const mode = /^sk_(test|live)_/.exec(secretKey)?.[1];
  if (mode === undefined) {
    const message = secretKey.startsWith("pk_")
      ? "SMARTPAY_SECRET_KEY is a public key, which cannot make refunds"
      : "SMARTPAY_SECRET_KEY does not look like a secret key of Smartpay";
    return fail(check, message, KEY_MEND);
  }
  return ok(
    check,
    mode === "live" ? "live mode: refunds move real money" : "test mode: no money moves",
  );
}

/** A server that shows objects of the other mode is not the one the key is for. */
function modeFinding({ data }: Page, livemode: boolean): Finding | null {
  const [first] = data;
  if (typeof first !== "object" || first === null || !("test" in first)) return null;
  if (first.test === !livemode) return null;
  const message = "the server shows objects of the other mode, live or test, than the key";
  return fail("Smartpay mode", message, KEY_MEND);
}

const ok = (check: string, message: string): Finding => ({
  level: "ok",
  check,
  message,
  mend: null,
});
const fail = (check: string, message: string, mend: string): Finding => ({
  level: "fail",
  check,
  message,
  mend,
});

import { AccessError } from "../domain/errors.ts";
import type { AccessTokens } from "../ports.ts";

const REFUSED = ["imap_token_refused", "smtp_token_refused"];

/** Once more with a fresh one where the server refuses it: it may have been withdrawn before its time. */
export async function withToken<T>(
  tokens: AccessTokens,
  signal: AbortSignal,
  logIn: (token: string) => Promise<T>,
): Promise<T> {
  const token = await tokens.take(signal);
  try {
    return await logIn(token);
  } catch (error) {
    if (!(error instanceof AccessError) || !REFUSED.includes(error.code)) throw error;
  }
  return logIn(await tokens.take(signal, token));
}

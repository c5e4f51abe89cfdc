// The questions to an OAuth server, by openid-client. What leaves this file are tokens and errors of
// ours: a library's error may hold the answer, and with it tokens.

import type { Configuration, refreshTokenGrant } from "openid-client";
import { AccessError, type AppError, PermanentError, TransientError } from "../domain/errors.ts";
import type { OauthProvider } from "./provider.ts";

/** Of one HTTP call. Two of them have to fit into what a lane gives a login. */
const CALL_SECONDS = 8;
/** Of a server that says nothing (RFC 6749 §5.1 recommends that it does). */
const UNTOLD_SECONDS = 300;

export interface OauthClientOptions {
  readonly provider: OauthProvider;
  readonly clientId: string;
  /** Absent for a public client. */
  readonly clientSecret?: string | undefined;
}

export interface Tokens {
  readonly accessToken: string;
  /** How long the access token is good, ms. */
  readonly lifeMs: number;
  /** Null where the one before goes on. */
  readonly refreshToken: string | null;
  /** How long that is good as the server tells, ms; null where it tells nothing. */
  readonly refreshLifeMs: number | null;
  /** The names of the account in the ID token; empty where it says nothing. */
  readonly accounts: readonly string[];
}

/** One question to a person, and what proves that the answer belongs to it. */
export interface Question {
  readonly url: string;
  readonly state: string;
  readonly verifier: string;
}

export interface OauthClient {
  ask(redirectUri: string, user: string): Promise<Question>;
  /** @param answer the address the browser was sent back to */
  redeem(question: Question, answer: URL): Promise<Tokens>;
  refresh(refreshToken: string): Promise<Tokens>;
}

export function createOauthClient(options: OauthClientOptions): OauthClient {
  const { provider } = options;
  let known: Promise<Configuration> | null = null;

  /** Once for the life of the process, but a failure is not kept. */
  function discovered(openid: Library): Promise<Configuration> {
    known ??= discover(openid, options).catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  }

  return {
    ask: (redirectUri, user) =>
      guarded(async (openid) => {
        const verifier = openid.randomPKCECodeVerifier();
        const state = openid.randomState();
        const url = openid.buildAuthorizationUrl(await discovered(openid), {
          redirect_uri: redirectUri,
          scope: provider.scope,
          code_challenge: await openid.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
          state,
          login_hint: user,
          ...provider.asks,
        });
        return { url: url.href, state, verifier };
      }),
    redeem: ({ state, verifier }, answer) =>
      guarded(async (openid) => {
        const checks = { expectedState: state, pkceCodeVerifier: verifier };
        const known = await discovered(openid);
        return tokensOf(await openid.authorizationCodeGrant(known, answer, checks));
      }),
    refresh: (refreshToken) =>
      guarded(async (openid) =>
        tokensOf(await openid.refreshTokenGrant(await discovered(openid), refreshToken)),
      ),
  };
}

function discover(openid: Library, { provider, clientId, clientSecret }: OauthClientOptions) {
  const url = new URL(provider.issuer);
  // The settings allow http on loopback alone.
  const execute = url.protocol === "http:" ? [openid.allowInsecureRequests] : [];
  const auth = clientSecret === undefined ? openid.None() : openid.ClientSecretPost(clientSecret);
  return openid.discovery(url, clientId, undefined, auth, { execute, timeout: CALL_SECONDS });
}

type Answer = Awaited<ReturnType<typeof refreshTokenGrant>>;

function tokensOf(answer: Answer): Tokens {
  const claims = answer.claims();
  const names = [claims?.["email"], claims?.["preferred_username"], claims?.["upn"]];
  // Google tells the former, Keycloak the latter, where 0 means for ever.
  const told = [answer["refresh_token_expires_in"], answer["refresh_expires_in"]];
  const seconds = told.map(Number).find((number) => number > 0);
  return {
    accessToken: answer.access_token,
    lifeMs: (answer.expiresIn() ?? UNTOLD_SECONDS) * 1_000,
    refreshToken: answer.refresh_token ?? null,
    refreshLifeMs: seconds === undefined ? null : seconds * 1_000,
    accounts: names.filter((name) => typeof name === "string").map((name) => name.toLowerCase()),
  };
}

type Library = typeof import("openid-client");

/** Loads the library: most shops have passwords. */
async function guarded<T>(work: (openid: Library) => Promise<T>): Promise<T> {
  const openid = await import("openid-client");
  try {
    return await work(openid);
  } catch (error) {
    throw toAppError(error, openid);
  }
}

/** RFC 6749 §5.2: a person has to consent anew; also what OpenID Connect answers in that case. */
const GRANT_ENDED = /^(?:invalid_grant|interaction_required|login_required|consent_required)$/;
const CLIENT_REFUSED =
  /^(?:invalid_client|unauthorized_client|invalid_scope|unsupported_grant_type)$/;

function toAppError(error: unknown, openid: Library): AppError {
  if (error instanceof openid.AuthorizationResponseError) {
    return new PermanentError("oauth_denied", { why: codeOf(error.error) });
  }
  if (error instanceof openid.ResponseBodyError && error.status < 500 && error.status !== 429) {
    const why = codeOf(error.error);
    if (GRANT_ENDED.test(error.error)) return new AccessError("oauth_grant_ended", { why });
    if (CLIENT_REFUSED.test(error.error)) return new AccessError("oauth_client_refused", { why });
    return new TransientError("oauth_unreachable", { why });
  }
  if (error instanceof openid.WWWAuthenticateChallengeError) {
    return new AccessError("oauth_client_refused", { why: error.status });
  }
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  // Of a failed connection the cause has the name; of the library's own failures it has a number.
  const why = typeof cause?.code === "string" ? cause.code : code;
  return new TransientError("oauth_unreachable", { why: codeOf(why) });
}

/** Only a code: a server's own words may hold names, addresses and what it was sent. */
function codeOf(code: unknown): string {
  return typeof code === "string" && /^\w{1,60}$/.test(code) ? code : "no code";
}

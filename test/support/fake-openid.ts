// An OpenID provider for tests: discovery, consent, tokens that can expire, rotate and be revoked, and
// the introspection that a mail server asks (RFC 7662). People are played by fetching /authorize.

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const CLIENT_ID = "henkin-test";
export const CLIENT_SECRET = "client-secret-of-the-test";

/** What becomes of a refresh token that was used. */
export type Rotation =
  | "none"
  /** A new one is given, the old one goes on, as at Microsoft. */
  | "lenient"
  /** The old one is dead at once, and its second use ends the whole consent. */
  | "strict";

export interface FakeOpenid {
  readonly issuer: string;
  readonly introspectionUrl: string;
  /** Who consents next. */
  account: string;
  denies: boolean;
  rotation: Rotation;
  /** Of an access token, seconds. */
  accessSeconds: number;
  /** Told with a refresh token; null where nothing is told. */
  refreshSeconds: number | null;
  /** What the token endpoint does. */
  behaviour: "answer" | "unavailable" | "hang" | "refuse-client";
  /** Whether an ID token comes with the others. */
  tellsWho: boolean;
  readonly refreshes: number;
  /** The most that were asked for at the same time. */
  readonly together: number;
  /** Every token and code it ever gave out. */
  readonly secrets: readonly string[];
  /** Parameters of the last question to a person. */
  readonly asked: URLSearchParams;
  /** The access tokens given so far are refused by whoever asks. */
  withdrawAccess(): void;
  /** The person takes the consent back: neither kind of token works any more. */
  revoke(): void;
  /** A browser whose user consents: returns what the page that it was sent to says. */
  browse(url: string): Promise<string>;
  /** The address that the browser is sent to. */
  consent(url: string): Promise<string>;
  close(): Promise<void>;
}

interface Grant {
  account: string;
  live: boolean;
}

interface Code {
  readonly grant: Grant;
  readonly challenge: string;
  readonly redirectUri: string;
}

const json = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return new URLSearchParams(body);
}

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64url");

export async function startFakeOpenid(): Promise<FakeOpenid> {
  const codes = new Map<string, Code>();
  const access = new Map<string, { grant: Grant; until: number; live: boolean }>();
  const refresh = new Map<string, { grant: Grant; used: boolean }>();
  const secrets: string[] = [];
  let [refreshes, running, together] = [0, 0, 0];
  let asked = new URLSearchParams();
  const server = createServer((request, response) => {
    route(request, response).catch(() => response.writeHead(500).end());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const issue = (kind: string) => {
    const secret = `${kind}-${randomBytes(18).toString("hex")}`;
    secrets.push(secret);
    return secret;
  };

  function tokens(grant: Grant, refreshToken: string | null): object {
    const token = issue("access");
    const until = Date.now() + fake.accessSeconds * 1_000;
    access.set(token, { grant, until, live: true });
    const life = fake.refreshSeconds;
    return {
      access_token: token,
      token_type: "Bearer",
      expires_in: fake.accessSeconds,
      ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
      ...(life === null ? {} : { refresh_token_expires_in: life }),
      ...(fake.tellsWho ? { id_token: idToken(grant) } : {}),
    };
  }

  function idToken({ account }: Grant): string {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: issuer, aud: CLIENT_ID, sub: "1", iat: now, exp: now + 600 };
    const parts = [
      { alg: "RS256", typ: "JWT" },
      { ...claims, email: account },
    ];
    return [...parts.map((part) => base64(JSON.stringify(part))), base64("unchecked")].join(".");
  }

  function newRefresh(grant: Grant): string {
    const token = issue("refresh");
    refresh.set(token, { grant, used: false });
    return token;
  }

  function redeem(form: URLSearchParams, response: ServerResponse) {
    const code = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = base64(
      createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest(),
    );
    const fits = code?.challenge === challenge && code.redirectUri === form.get("redirect_uri");
    if (code === undefined || !fits) return json(response, 400, { error: "invalid_grant" });
    return json(response, 200, tokens(code.grant, newRefresh(code.grant)));
  }

  function renew(form: URLSearchParams, response: ServerResponse) {
    refreshes += 1;
    const known = refresh.get(form.get("refresh_token") ?? "");
    const stolen = known?.used === true && fake.rotation === "strict";
    if (known !== undefined && stolen) known.grant.live = false;
    if (!known?.grant.live) {
      const description = `the token of ${known?.grant.account ?? "nobody"} has been revoked`;
      return json(response, 400, { error: "invalid_grant", error_description: description });
    }
    if (fake.rotation === "none") return json(response, 200, tokens(known.grant, null));
    known.used = true;
    return json(response, 200, tokens(known.grant, newRefresh(known.grant)));
  }

  async function answerToken(request: IncomingMessage, response: ServerResponse) {
    const form = await formOf(request);
    if (fake.behaviour === "hang") return undefined;
    if (fake.behaviour === "unavailable") return response.writeHead(503).end("try later");
    const isClient =
      form.get("client_id") === CLIENT_ID && form.get("client_secret") === CLIENT_SECRET;
    if (!isClient || fake.behaviour === "refuse-client") {
      return json(response, 401, { error: "invalid_client" });
    }
    if (form.get("grant_type") === "authorization_code") return redeem(form, response);
    running += 1;
    together = Math.max(together, running);
    // Long enough that a second question, if there is one, comes meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 30));
    running -= 1;
    return renew(form, response);
  }

  function askPerson(query: URLSearchParams, response: ServerResponse) {
    asked = query;
    const back = new URL(query.get("redirect_uri") ?? "");
    back.searchParams.set("state", query.get("state") ?? "");
    if (fake.denies) back.searchParams.set("error", "access_denied");
    else {
      const grant = { account: fake.account, live: true };
      const code = issue("code");
      const challenge = query.get("code_challenge") ?? "";
      codes.set(code, { grant, challenge, redirectUri: query.get("redirect_uri") ?? "" });
      back.searchParams.set("code", code);
    }
    return response.writeHead(302, { location: back.href }).end();
  }

  async function route(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? "/", issuer);
    if (url.pathname === "/.well-known/openid-configuration") {
      return json(response, 200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        introspection_endpoint: `${issuer}/introspect`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    }
    if (url.pathname === "/authorize") return askPerson(url.searchParams, response);
    if (url.pathname === "/token") return answerToken(request, response);
    if (url.pathname === "/introspect") {
      const known = access.get((await formOf(request)).get("token") ?? "");
      const active = known?.live === true && known.grant.live && known.until > Date.now();
      const who = { username: known?.grant.account, email: known?.grant.account };
      return json(response, 200, active ? { active: true, ...who } : { active: false });
    }
    return response.writeHead(404).end();
  }

  const fake: FakeOpenid = {
    issuer,
    introspectionUrl: `${issuer}/introspect`,
    account: "shop",
    denies: false,
    rotation: "none",
    accessSeconds: 3_600,
    refreshSeconds: null,
    behaviour: "answer",
    tellsWho: true,
    get refreshes() {
      return refreshes;
    },
    get together() {
      return together;
    },
    secrets,
    get asked() {
      return asked;
    },
    withdrawAccess() {
      for (const token of access.values()) token.live = false;
    },
    revoke() {
      for (const { grant } of [...access.values(), ...refresh.values()]) grant.live = false;
    },
    async consent(question) {
      const response = await fetch(question, { redirect: "manual" });
      return response.headers.get("location") ?? "";
    },
    async browse(question) {
      return (await fetch(await fake.consent(question))).text();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return fake;
}

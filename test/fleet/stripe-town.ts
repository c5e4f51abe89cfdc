// One Stripe with an account for each shop: the key says whose account it is, as at the real one.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeStripe } from "../support/fake-stripe.ts";

export interface StripeTown {
  readonly url: string;
  account(apiKey: string): FakeStripe;
  /** Calls with a key that is of no account. */
  readonly unknown: readonly { readonly method: string; readonly path: string }[];
  /** The most refunds that were being made at once in one account. */
  readonly mostAtOnce: number;
  close(): Promise<void>;
}

const REFUNDS = "/v1/refunds";

export async function startStripeTown(): Promise<StripeTown> {
  const accounts = new Map<string, FakeStripe>();
  /** Whose key nobody knows is told so by an account that knows none. */
  const nobody = new FakeStripe({ apiKeys: [] });
  const atWork = new Map<string, number>();
  let mostAtOnce = 0;

  const server = createServer((request, response) => {
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (request.method === "POST" && request.url === REFUNDS) {
      const count = (atWork.get(key) ?? 0) + 1;
      atWork.set(key, count);
      mostAtOnce = Math.max(mostAtOnce, count);
      response.on("close", () => atWork.set(key, (atWork.get(key) ?? 1) - 1));
    }
    void (accounts.get(key) ?? nobody).serve(request, response);
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    unknown: nobody.requests,
    get mostAtOnce() {
      return mostAtOnce;
    },
    account(apiKey) {
      const accountId = `acct_1Fake${String(accounts.size).padStart(12, "0")}`;
      const account = accounts.get(apiKey) ?? new FakeStripe({ apiKeys: [apiKey], accountId });
      accounts.set(apiKey, account);
      return account;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

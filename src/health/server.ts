// The three pages for whoever watches, on this machine alone.

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AccessError } from "../domain/errors.ts";
import { readReadiness } from "./readiness.ts";
import { createSights, isTurning, runningShops, shownHere, type WatchedShops } from "./sight.ts";

const CONNECTIONS_MAX = 20;
const LOOPBACK = "127.0.0.1";
/** Who connects and says nothing must not keep the others out. */
const REQUEST_MS = 5_000;
const LIMITS = {
  headersTimeout: REQUEST_MS,
  requestTimeout: REQUEST_MS,
  connectionsCheckingInterval: 1_000,
} as const;
/** A page in a browser of this machine may ask under a name of its own that leads here. */
const OWN_NAMES = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const text = (status: number, body: string): Page => ({ status, type: "text/plain", body });

async function pagesOf(
  shops: WatchedShops,
): Promise<Readonly<Record<string, () => Promise<Page>>>> {
  // Loaded where there are pages: its library is large, and counts from its start on.
  const { createMetrics } = await import("./metrics.ts");
  const see = createSights();
  const shown = shownHere(shops);
  const isAllTurning = () => runningShops(shops).every(({ watched }) => isTurning(watched));
  const metrics = createMetrics();
  return {
    "/healthz": async () => (isAllTurning() ? text(200, "ok\n") : text(503, "not turning\n")),
    "/readyz": async () => {
      const readiness = await readReadiness(shown, see);
      const body = `${JSON.stringify(readiness)}\n`;
      return { status: readiness.ready ? 200 : 503, type: "application/json", body };
    },
    "/metrics": async () => {
      const seen = runningShops(shown).map(async ({ shop, watched }) => ({
        ...{ shop, pulse: watched.pulse, sight: await see(watched) },
      }));
      const body = await metrics.render(await Promise.all(seen));
      return { status: 200, type: metrics.contentType, body };
    },
  };
}

function send(response: ServerResponse, { status, type, body }: Page, headers: object = {}): void {
  // The connection ends with the answer: at the end of the worker nobody holds one open.
  response.writeHead(status, { "content-type": type, connection: "close", ...headers });
  response.end(body);
}

/** Throws AccessError where the port cannot be had. Port 0: any that is free. */
export async function serveHealth(
  port: number,
  shops: WatchedShops,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const pages = await pagesOf(shops);
  const server = createServer(LIMITS, async ({ method = "", url = "", headers }, response) => {
    if (!OWN_NAMES.test(headers.host ?? "")) {
      return send(response, text(421, "ask for 127.0.0.1 or localhost\n"));
    }
    const [path = ""] = url.split("?");
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page === undefined) return send(response, text(404, "not found\n"));
    if (method !== "GET" && method !== "HEAD") {
      return send(response, text(405, "only GET and HEAD\n"), { allow: "GET, HEAD" });
    }
    // The worker does not live by being watched: a look that fails is an answer, too.
    send(response, await page().catch(() => text(503, "the database cannot be read\n")));
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    throw new AccessError("health_port", { why: error.code ?? "no code" }, { cause: error });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

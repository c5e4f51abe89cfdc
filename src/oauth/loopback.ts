// Takes the browser's answer on this machine (RFC 8252 §7.3): a page that is asked for once, on
// loopback alone.

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { finished } from "node:stream/promises";
import { PermanentError } from "../domain/errors.ts";

export interface Answer {
  readonly url: URL;
  /** Shows it in the browser, as the last thing. */
  tell(message: string): Promise<void>;
}

export interface Loopback {
  readonly redirectUri: string;
  /** Null where none came before the signal aborted. */
  answer(state: string, signal: AbortSignal): Promise<Answer | null>;
  close(): Promise<void>;
}

/** @param port 0 for any that is free */
export async function listenForAnswer(host: string, port: number): Promise<Loopback> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new PermanentError("oauth_port_taken", { number: port });
  }
  const redirectUri = `http://${host}:${(server.address() as AddressInfo).port}/`;
  return {
    redirectUri,
    answer: (state, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(null), { once: true });
        if (signal.aborted) resolve(null);
        server.on("request", (request, response) => {
          const [, query = ""] = (request.url ?? "").split("?", 2);
          const url = new URL(`?${query}`, redirectUri);
          // Any page that is open on this machine can ask for ours, and knows no state.
          if (url.searchParams.get("state") === state) {
            return resolve({ url, tell: (message) => show(response, 200, message) });
          }
          const isAnswer = url.searchParams.has("code") || url.searchParams.has("error");
          return isAnswer
            ? void show(response, 400, "This answer does not belong to the question of henkin.")
            : void show(response, 404, "Nothing is here.");
        });
      }),
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function show(response: ServerResponse, status: number, message: string): Promise<void> {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    // The address holds the code.
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  // Nobody may be there to read it any more.
  await finished(response.end(`${message}\n`)).catch(() => undefined);
}

// A server that says what a test tells it to, for answers no account of Stripe gives on request.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export type Answer = (response: ServerResponse, path: string) => void;

export interface CannedStripe {
  readonly url: string;
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Resolves when the first connection is closed. */
  readonly closed: Promise<void>;
}

/** Runs until the test is over. */
export async function startCannedStripe(answer: Answer): Promise<CannedStripe> {
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  let onClosed: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    onClosed = resolve;
  });
  const server = createServer((message, response) => {
    const path = message.url?.split("?")[0] ?? "";
    requests.push({ path, headers: message.headers });
    message.socket.once("close", onClosed);
    message.resume().once("end", () => answer(response, path));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    const stopped = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await stopped;
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, closed };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

/** An error in Stripe's envelope. */
export function refusal(status: number, error: object, headers?: Record<string, string>): Answer {
  return json(
    status,
    { error: { type: "invalid_request_error", message: "No.", ...error } },
    headers,
  );
}

export function html(status: number): Answer {
  return (response) => {
    response.writeHead(status, { "Content-Type": "text/html" }).end("<h1>Sorry</h1>");
  };
}

/** 404 for all other paths, in HTML: not Stripe's way, but that of many a stand-in. */
export function byPath(answers: Readonly<Record<string, unknown>>): Answer {
  return (response, path) => {
    const answer = Object.hasOwn(answers, path) ? json(200, answers[path]) : html(404);
    answer(response, path);
  };
}

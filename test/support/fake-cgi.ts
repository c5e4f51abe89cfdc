// The part of a fake server that both Epsilon's and makeshop's have: it listens on loopback, keeps what
// was asked, and goes wrong where a test wants it to.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface CgiRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly params: URLSearchParams;
}

export interface CgiAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** cut_before: nothing is done and nothing answered. cut_after: it is done, and the answer breaks off. */
export type Fault = "cut_before" | "cut_after" | "hang_before" | "hang_after" | CgiAnswer;

export const GATEWAY_PAGE: CgiAnswer = {
  status: 502,
  contentType: "text/html",
  body: "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>",
};

export abstract class FakeCgi {
  readonly requests: CgiRequest[] = [];
  readonly #faults: { readonly path: string; readonly fault: Fault }[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((message, response) => {
      this.#serve(message, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  protected abstract answer(request: CgiRequest): CgiAnswer;
  protected arrived(): void {}
  protected ended(): void {}

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What happens to the next requests, one each. */
  fail(...faults: readonly Fault[]): void {
    for (const fault of faults) this.failAt("", fault);
  }

  /** What happens to the next request whose path ends so. */
  failAt(path: string, fault: Fault): void {
    this.#faults.push({ path, fault });
  }

  #takeFault(path: string): Fault | undefined {
    const index = this.#faults.findIndex((one) => path.endsWith(one.path));
    return index < 0 ? undefined : this.#faults.splice(index, 1)[0]?.fault;
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    this.arrived();
    let isOpen = true;
    const end = () => {
      if (isOpen) this.ended();
      isOpen = false;
    };
    response.once("close", end);
    const { method = "", url = "/", headers } = message;
    const { pathname: path, searchParams } = new URL(url, "http://fake");
    const body = await text(message);
    const params = new URLSearchParams([...searchParams, ...new URLSearchParams(body)]);
    const contentType = headers["content-type"] ?? "";
    const request: CgiRequest = { method, path, contentType, params };
    this.requests.push(request);
    const fault = this.#takeFault(path);
    // The client hears of the end before this side does.
    if (fault !== "hang_before" && fault !== "hang_after") end();
    if (fault === "cut_before") return void response.destroy();
    if (fault === "hang_before") return;
    if (typeof fault === "object") return send(response, fault);
    const answer = this.answer(request);
    if (fault === "hang_after") return;
    if (fault === "cut_after") return cut(response, answer);
    send(response, answer);
  }
}

function send(response: ServerResponse, { status, contentType, body }: CgiAnswer): void {
  response.writeHead(status, { "Content-Type": contentType, Connection: "close" });
  response.end(body);
}

function cut(response: ServerResponse, { status, contentType, body }: CgiAnswer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { "Content-Type": contentType, "Content-Length": bytes.byteLength });
  response.write(bytes.subarray(0, bytes.byteLength / 2), () => response.destroy());
}

// What goes out over a connection that is kept, and what becomes of it when that is closed unseen.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { KeptConnections } from "../../src/payments/kept-connections.ts";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import { json } from "./canned-stripe.ts";

const signal = new AbortController().signal;

interface Asked {
  readonly method: string;
  readonly socket: Socket;
}

/** Keeps every connection until the test is over, and says over which one each request came. */
async function serve(answer: (asked: Asked, response: ServerResponse) => void) {
  const asked: Asked[] = [];
  const server = createServer((message: IncomingMessage, response) => {
    const one = { method: message.method ?? "", socket: message.socket };
    asked.push(one);
    message.resume().once("end", () => answer(one, response));
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const connections = () => new Set(asked.map(({ socket }) => socket)).size;
  return { port, url: `http://127.0.0.1:${port}`, asked, connections };
}

const REFUNDS = { object: "list", data: [], has_more: false };
const listAt = (url: string, timeoutMs = 5_000) => {
  const stripe = createStripeProvider({ apiKey: "sk_test_henkin", apiBase: url, timeoutMs });
  const read = (end = signal) => stripe.listRefunds("pi_1", end);
  const write = () =>
    stripe.createRefund(
      {
        ...{ paymentId: "pi_1", amountMinor: 1, currency: "JPY", metadata: {} },
        ...{ reason: "requested_by_customer", idempotencyKey: "key-1" },
      },
      signal,
    );
  return { read, write };
};

describe("reads, one after the other,", () => {
  it("share a connection", async () => {
    const server = await serve((_, response) => response.end("ok"));
    const kept = new KeptConnections("http");
    const { port } = server;
    for (let n = 0; n < 3; n += 1) expect(await text(await kept.read({ port }))).toBe("ok");
    expect(server.asked).toHaveLength(3);
    expect(server.connections()).toBe(1);
  });

  it("go on over a new one where the server has closed the old one unseen", async () => {
    const server = await serve(({ socket }, response) => {
      const isUsed = server.asked.filter((other) => other.socket === socket).length > 1;
      if (isUsed) socket.destroy();
      else response.end("ok");
    });
    const kept = new KeptConnections("http");
    const { port } = server;
    for (let n = 0; n < 3; n += 1) expect(await text(await kept.read({ port }))).toBe("ok");
  });

  it("are asked for once more and no oftener", async () => {
    const server = await serve(({ socket }, response) => {
      if (server.asked.length > 1) socket.destroy();
      else response.end("ok");
    });
    const kept = new KeptConnections("http");
    const { port } = server;
    await text(await kept.read({ port }));
    await expect(kept.read({ port })).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(server.asked).toHaveLength(3);
  });

  it("are asked for once where the connection was a new one", async () => {
    const server = await serve(({ socket }) => socket.destroy());
    const { port } = server;
    await expect(new KeptConnections("http").read({ port })).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect(server.asked).toHaveLength(1);
  });
});

describe("at Stripe", () => {
  it("reads share a connection, and every write has one of its own", async () => {
    const server = await serve((_, response) => json(200, REFUNDS)(response, ""));
    const { read, write } = listAt(server.url);
    await read();
    await write().catch(() => undefined);
    await read();
    await write().catch(() => undefined);
    await read();
    const [first, refund, second, another, third] = server.asked;
    expect([refund?.method, another?.method]).toEqual(["POST", "POST"]);
    expect(second?.socket).toBe(first?.socket);
    expect(third?.socket).toBe(first?.socket);
    expect(server.connections()).toBe(3);
  });

  it("a read that is given up takes nothing from the others", async () => {
    const server = await serve((_, response) => {
      if (server.asked.length !== 2) json(200, REFUNDS)(response, "");
    });
    const { read } = listAt(server.url);
    await read();
    const caller = new AbortController();
    const given = read(caller.signal);
    await expect.poll(() => server.asked.length).toBe(2);
    const other = read();
    caller.abort();
    await expect(given).rejects.toMatchObject({ code: "aborted" });
    expect(await other).toEqual([]);
    await expect.poll(() => server.asked[1]?.socket.destroyed).toBe(true);
    expect(await read()).toEqual([]);
  });

  it("each of several reads at once has its own answer", async () => {
    const server = await serve((_, response) => {
      const id = `re_${server.asked.length}`;
      const refund = { id, amount: 1, currency: "jpy", status: "succeeded", created: 1 };
      const data = [{ ...refund, metadata: {}, payment_intent: "pi_1", charge: "ch_1" }];
      json(200, { ...REFUNDS, data })(response, "");
    });
    const { read } = listAt(server.url);
    for (let round = 0; round < 2; round += 1) {
      const lists = await Promise.all(Array.from({ length: 5 }, () => read()));
      expect(new Set(lists.map(([refund]) => refund?.id)).size).toBe(5);
    }
    expect(server.connections()).toBe(5);
  });
});

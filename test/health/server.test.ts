// The pages are for this machine alone: not for a name that leads here, nor for who says nothing.

import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serveHealth } from "../../src/health/server.ts";
import type { Watched, WatchedShop } from "../../src/health/sight.ts";
import { createPulse } from "../../src/pulse.ts";
import { findHalt } from "../../src/ticket/guard-rails.ts";
import { openDesk, type TestDesk } from "../support/desk.ts";
import { MINUTE } from "../support/fake-clock.ts";

/** As many as the server takes at a time. */
const CONNECTIONS = 20;

let desk: TestDesk;
let server: Awaited<ReturnType<typeof serveHealth>>;
let shops: WatchedShop[];
beforeEach(async () => {
  desk = await openDesk();
  const { store, clock } = desk;
  const pulse = createPulse(clock);
  pulse.beat("jobs");
  const watched = { store, findHalt, lanes: [], pollMs: MINUTE, now: clock.now, pulse };
  shops = [{ shop: null, watched }];
  server = await serveHealth(0, () => shops);
});
afterEach(async () => {
  await server.close();
  await desk.close();
});

/** The status line for a request of these lines; "" where the server hangs up. */
async function ask(...lines: readonly string[]): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => undefined);
  let said = "";
  socket.on("data", (chunk) => {
    said += chunk.toString();
  });
  socket.write([...lines, "", ""].join("\r\n"));
  await once(socket, "close");
  return said.split("\r\n")[0] ?? "";
}

const pageOf = async (path: string) =>
  (await fetch(`http://127.0.0.1:${server.port}${path}`)).text();

describe("the pages of health", () => {
  it("show of several workers' shops those that are read here, and those that cannot be opened", async () => {
    const [first] = shops;
    const watched = first?.watched as Watched;
    shops = [
      { shop: "bakery", watched: { ...watched, isReadHere: () => true } },
      { shop: "cellar", watched: { ...watched, isReadHere: () => false } },
      { shop: "dairy", watched: { fault: "bad_configuration" } },
    ];
    const metrics = await pageOf("/metrics");
    expect(metrics).toContain('shop="bakery"');
    expect(metrics).not.toContain('shop="cellar"');
    const { checks } = JSON.parse(await pageOf("/readyz"));
    const named = new Set(Object.keys(checks).map((name) => name.split("/")[0]));
    expect([...named]).toEqual(["bakery", "dairy"]);
  });

  it.each([["127.0.0.1"], ["127.0.0.1:9464"], ["localhost:9464"], ["LOCALHOST"], ["[::1]:9464"]])(
    "are shown to who asks for %s",
    async (host) => {
      for (const path of ["/healthz", "/metrics"]) {
        expect(await ask(`GET ${path} HTTP/1.1`, `Host: ${host}`)).toBe("HTTP/1.1 200 OK");
      }
    },
  );

  it.each([
    ["rebind.evil.example:9464"],
    ["localhost.evil.example"],
    ["127.0.0.1.evil.example"],
    ["localhost:9464@evil.example"],
    [""],
  ])("are not shown to a page that came here as %s", async (host) => {
    for (const path of ["/healthz", "/readyz", "/metrics"]) {
      const status = await ask(`GET ${path} HTTP/1.1`, `Host: ${host}`);
      expect(status).toBe("HTTP/1.1 421 Misdirected Request");
    }
  });

  it("are shown again a few seconds after others came and said nothing", async () => {
    const silent = Array.from({ length: CONNECTIONS }, (_, at) => {
      const socket = connect(server.port, "127.0.0.1");
      // Of some half a request comes.
      if (at % 2 === 0) socket.write("GET /healthz HTTP/1.1\r\n");
      return socket.on("error", () => undefined).resume();
    });
    await Promise.all(silent.map((socket) => once(socket, "close")));
    expect(await ask("GET /healthz HTTP/1.1", "Host: localhost")).toBe("HTTP/1.1 200 OK");
  }, 12_000);
});

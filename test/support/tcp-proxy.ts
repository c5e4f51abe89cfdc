// A network that fails on command, between a client under test and a server on loopback.

import { EventEmitter, once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { steadyPort } from "./steady-port.ts";

/** Which way a chunk travels. */
export type Direction = "to-client" | "to-server";

/**
 * - pass: bytes go through.
 * - black-hole: bytes vanish and nobody hears of it. A connection that lost bytes stays lost, also
 *   when the mode changes back: this is how an idle connection dies behind a router.
 * - reset: live and new connections are reset.
 * - refuse: nobody listens; live connections go on.
 */
export type ProxyMode = "pass" | "black-hole" | "reset" | "refuse";

export interface TcpProxy {
  readonly port: number;
  readonly mode: ProxyMode;
  setMode(mode: ProxyMode): Promise<void>;
  /** Each chunk waits that long before it goes on. */
  delayMs: number;
  /** Connections accepted so far. */
  readonly connections: number;
  readonly openConnections: number;
  /** Once: the line that matches is lost with its connection, after its sender has sent it. */
  swallow(pattern: RegExp, direction: Direction): void;
  /** Resolves when every swallow() has happened. */
  swallowed(timeoutMs?: number): Promise<void>;
  /** Once: the line that matches and all after it wait until release() or drop(). */
  hold(pattern: RegExp, direction: Direction): void;
  /** Resolves when the held line has come, and not passed. */
  held(timeoutMs?: number): Promise<void>;
  release(): void;
  /** The held bytes never pass: their connection ends. */
  drop(): void;
  close(): Promise<void>;
}

/** A client's connection and the one made for it to the target. */
interface Link {
  client: Socket;
  target: Socket;
  lost: boolean;
}

interface Rule {
  pattern: RegExp;
  direction: Direction;
}

interface Hold extends Rule {
  link?: Link;
  open?: () => void;
}

/** What is no text may never end a line: of a longer one only the end is looked at. */
const LINE_MAX = 8 * 1_024;

export async function startTcpProxy(options: { targetPort: number }): Promise<TcpProxy> {
  const links = new Set<Link>();
  const swallows = new Set<Rule>();
  const events = new EventEmitter();
  let hold: Hold | undefined;
  let mode: ProxyMode = "pass";
  let connections = 0;

  // Half-open, so that one side may finish sending while it still receives.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    connections++;
    if (mode === "reset") {
      client.on("error", () => {});
      client.resetAndDestroy();
      return;
    }
    const target = connect({ port: options.targetPort, host: "127.0.0.1", allowHalfOpen: true });
    const link: Link = { client, target, lost: mode === "black-hole" };
    links.add(link);
    for (const socket of [client, target]) {
      socket.setNoDelay(true);
      socket.on("error", () => end(link));
      socket.on("close", () => end(link));
    }
    forward(link, "to-server").catch(() => end(link));
    forward(link, "to-client").catch(() => end(link));
  });

  function isLost(link: Link): boolean {
    link.lost ||= mode === "black-hole";
    return link.lost;
  }

  function end(link: Link): void {
    // Whoever is at the other end of a lost connection is not even told that this end has gone.
    if (!isLost(link)) {
      link.client.destroy();
      link.target.destroy();
      links.delete(link);
    }
  }

  async function forward(link: Link, direction: Direction): Promise<void> {
    const [from, to] =
      direction === "to-server" ? [link.client, link.target] : [link.target, link.client];
    // A pattern is looked for in lines, and a line may come in pieces.
    let lineSoFar = "";
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (proxy.delayMs > 0) {
        await pause(proxy.delayMs, undefined, { ref: false });
      }
      const rest = isLost(link) ? "" : await pass(link, direction, lineSoFar, chunk);
      if (rest === undefined) {
        end(link);
        return;
      }
      lineSoFar = rest;
    }
    if (!isLost(link)) {
      to.end();
    }
  }

  /** Writes what may pass, and returns the unfinished last line; nothing if that is the end. */
  async function pass(
    link: Link,
    direction: Direction,
    lineSoFar: string,
    chunk: Buffer,
  ): Promise<string | undefined> {
    const to = direction === "to-server" ? link.target : link.client;
    const text = lineSoFar + chunk.toString("latin1");
    const rule = ruleFor(text, direction);
    if (rule === undefined) {
      to.write(chunk);
      return text.slice(Math.max(text.lastIndexOf("\n") + 1, text.length - LINE_MAX));
    }
    // What precedes the matching line still passes.
    const lineStart = text.slice(0, text.search(rule.pattern)).lastIndexOf("\n") + 1;
    const passing = Math.max(0, lineStart - lineSoFar.length);
    to.write(chunk.subarray(0, passing));
    if (rule !== hold) {
      swallows.delete(rule);
      events.emit("swallowed");
      return undefined;
    }
    await closeGate(rule, link);
    const passedOfLine = text.slice(lineStart, lineSoFar.length + passing);
    return to.destroyed ? undefined : pass(link, direction, passedOfLine, chunk.subarray(passing));
  }

  function ruleFor(text: string, direction: Direction): Rule | undefined {
    const armed = [...swallows, ...(hold !== undefined && hold.link === undefined ? [hold] : [])];
    return armed.find((rule) => rule.direction === direction && text.search(rule.pattern) >= 0);
  }

  /** Waits for release(), drop() or close(). */
  function closeGate(rule: Hold, link: Link): Promise<void> {
    return new Promise((resolve) => {
      rule.link = link;
      rule.open = resolve;
      events.emit("held");
    });
  }

  function openGate(): void {
    const gate = hold;
    if (gate?.link === undefined) {
      throw new Error("the proxy holds nothing");
    }
    hold = undefined;
    gate.open?.();
  }

  async function happening(event: string, done: () => boolean, timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    while (!done()) {
      await once(events, event, { signal }).catch((cause: unknown) => {
        throw new Error(`nothing to be ${event} came within ${timeoutMs} ms`, { cause });
      });
    }
  }

  const port = await steadyPort();
  async function listen(): Promise<void> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  }

  await listen();
  const proxy: TcpProxy = {
    port,
    delayMs: 0,
    get mode() {
      return mode;
    },
    get connections() {
      return connections;
    },
    get openConnections() {
      return [...links].filter(({ client }) => !client.destroyed).length;
    },
    async setMode(next) {
      mode = next;
      if (mode === "refuse") {
        server.close();
      } else if (!server.listening) {
        await listen();
      }
      if (mode === "reset") {
        for (const link of links) {
          link.client.resetAndDestroy();
          link.target.resetAndDestroy();
        }
      }
    },
    swallow(pattern, direction) {
      swallows.add({ pattern, direction });
    },
    swallowed: (timeoutMs = 5_000) => happening("swallowed", () => swallows.size === 0, timeoutMs),
    hold(pattern, direction) {
      if (hold !== undefined) {
        throw new Error("the proxy can hold one thing at a time");
      }
      hold = { pattern, direction };
    },
    held: (timeoutMs = 5_000) => happening("held", () => hold?.link !== undefined, timeoutMs),
    release: openGate,
    drop() {
      const link = hold?.link;
      link?.client.destroy();
      link?.target.destroy();
      openGate();
    },
    async close() {
      const closed = server.listening ? once(server, "close") : undefined;
      server.close();
      hold?.open?.();
      for (const { client, target } of links) {
        client.destroy();
        target.destroy();
      }
      await closed;
    },
  };
  return proxy;
}

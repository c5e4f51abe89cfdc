import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

let target: Server;
/** Lines the target has received, and its side of each connection. */
let lines: string[];
let accepted: Socket[];
let proxy: TcpProxy;
let clients: Socket[];

// The target answers each line with "ok LINE", or "LINE" with several answers at once.
beforeEach(async () => {
  lines = [];
  accepted = [];
  clients = [];
  target = createServer((socket) => {
    accepted.push(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      for (const line of chunk.toString().split("\n").filter(Boolean)) {
        lines.push(line);
        target.emit("line", line);
        socket.write(line === "many" ? "first\nsecond\nthird\n" : `ok ${line}\n`);
      }
    });
  });
  target.listen(0, "127.0.0.1");
  await once(target, "listening");
  proxy = await startTcpProxy({ targetPort: (target.address() as AddressInfo).port });
});

afterEach(async () => {
  await proxy.close();
  for (const socket of [...clients, ...accepted]) {
    socket.destroy();
  }
  target.close();
  await once(target, "close");
});

async function client(): Promise<Socket> {
  const socket = connect(proxy.port, "127.0.0.1");
  clients.push(socket);
  await once(socket, "connect");
  return socket;
}

async function ask(socket: Socket, line: string): Promise<string> {
  socket.write(`${line}\n`);
  const [answer] = await once(socket, "data");
  return String(answer);
}

/** What came within some turns of the event loop: enough for loopback, when nothing should come. */
async function quiet(socket: Socket): Promise<string> {
  let got = "";
  const listener = (chunk: Buffer) => {
    got += chunk;
  };
  socket.on("data", listener);
  for (let i = 0; i < 50; i++) {
    await turn();
  }
  socket.off("data", listener);
  return got;
}

describe("a TCP proxy", () => {
  test("passes bytes both ways and counts connections", async () => {
    const socket = await client();
    expect(await ask(socket, "a")).toBe("ok a\n");
    await client();
    expect(proxy.connections).toBe(2);
    expect(proxy.openConnections).toBe(2);
    const gone = once(socket, "close");
    socket.end();
    await gone;
    expect(proxy.connections).toBe(2);
  });

  test("passes on that one side has ended", async () => {
    const socket = await client();
    await ask(socket, "a");
    const ended = once(socket, "end");
    accepted[0]?.end();
    await ended;
  });

  test("ends the client's connection when nobody listens behind it", async () => {
    await proxy.close();
    proxy = await startTcpProxy({ targetPort: proxy.port });
    const socket = connect(proxy.port, "127.0.0.1");
    await once(socket.on("error", () => {}).resume(), "close");
  });

  test("delays each chunk", async () => {
    const socket = await client();
    proxy.delayMs = 30;
    const before = performance.now();
    await ask(socket, "a");
    expect(performance.now() - before).toBeGreaterThanOrEqual(58);
  });

  test("loses a connection in the black hole for good, without a word", async () => {
    const before = await client();
    const untouched = await client();
    await ask(before, "a");
    await ask(untouched, "b");
    await proxy.setMode("black-hole");
    const during = await client();
    before.write("lost\n");
    during.write("lost\n");
    expect(await quiet(before)).toBe("");

    await proxy.setMode("pass");
    before.write("still lost\n");
    during.write("still lost\n");
    expect(await quiet(before)).toBe("");
    expect(await ask(untouched, "c")).toBe("ok c\n");
    expect(await ask(await client(), "d")).toBe("ok d\n");
    expect(lines).toEqual(["a", "b", "c", "d"]);
    expect([before.destroyed, during.destroyed]).toEqual([false, false]);
  });

  test("does not tell the target of a client lost in the black hole", async () => {
    const socket = await client();
    await ask(socket, "a");
    await proxy.setMode("black-hole");
    socket.destroy();
    await quiet(await client());
    await proxy.setMode("pass");
    await ask(await client(), "b");
    expect(accepted[0]?.destroyed).toBe(false);
  });

  test("resets live and new connections", async () => {
    const live = await client();
    await ask(live, "a");
    const reset = once(live, "close").catch((error) => error.code);
    await proxy.setMode("reset");
    expect(await reset).toBe("ECONNRESET");
    const late = connect(proxy.port, "127.0.0.1");
    expect(await once(late, "close").catch((error) => error.code)).toBe("ECONNRESET");

    await proxy.setMode("pass");
    expect(await ask(await client(), "b")).toBe("ok b\n");
  });

  test("refuses new connections, spares live ones, and can listen again", async () => {
    const live = await client();
    await proxy.setMode("refuse");
    await expect(client()).rejects.toThrow("ECONNREFUSED");
    expect(await ask(live, "a")).toBe("ok a\n");
    await proxy.setMode("pass");
    expect(await ask(await client(), "b")).toBe("ok b\n");
  });

  test("swallows a reply once the target has done its work", async () => {
    const socket = await client();
    proxy.swallow(/^ok b/m, "to-client");
    expect(await ask(socket, "a")).toBe("ok a\n");
    const closed = once(
      socket.on("error", () => {}),
      "close",
    );
    socket.write("b\n");
    await proxy.swallowed();
    await closed;
    expect(lines).toEqual(["a", "b"]);
    expect(await ask(await client(), "b")).toBe("ok b\n");
  });

  test("swallows a request before the target sees it", async () => {
    const socket = await client();
    proxy.swallow(/^b/m, "to-server");
    await ask(socket, "a");
    socket.write("b\n");
    await once(socket, "close");
    expect(lines).toEqual(["a"]);
  });

  test("holds the matching line and what follows, not what precedes, until release", async () => {
    const socket = await client();
    proxy.hold(/second/, "to-client");
    expect(await ask(socket, "many")).toBe("first\n");
    await proxy.held();
    expect(await quiet(socket)).toBe("");
    const rest = once(socket, "data");
    proxy.release();
    expect(String((await rest)[0])).toBe("second\nthird\n");
    expect(await ask(socket, "a")).toBe("ok a\n");
  });

  test("holds a line that comes in pieces", async () => {
    const socket = await client();
    proxy.hold(/^DATA\r?$/m, "to-server");
    socket.write("DA");
    await once(target, "line");
    socket.write("TA\n");
    await proxy.held();
    expect(lines).toEqual(["DA"]);
    proxy.release();
    await once(target, "line");
    expect(lines).toEqual(["DA", "TA"]);
  });

  test("drops what it holds", async () => {
    const socket = await client();
    proxy.hold(/^DATA/m, "to-server");
    await ask(socket, "a");
    socket.write("DATA\n");
    await proxy.held();
    const [atTarget] = accepted;
    const gone = Promise.all([once(socket, "close"), atTarget && once(atTarget, "close")]);
    proxy.drop();
    await gone;
    expect(lines).toEqual(["a"]);
    expect(await ask(await client(), "DATA")).toBe("ok DATA\n");
  });

  test("never shows the target a held request whose client died", async () => {
    const socket = await client();
    proxy.hold(/^DATA/m, "to-server");
    await ask(socket, "a");
    socket.write("DATA\n");
    await proxy.held();
    socket.resetAndDestroy();
    await ask(await client(), "another");
    expect(lines).toEqual(["a", "another"]);
    proxy.drop();
  });

  test("says so when nothing came to be held, and when nothing is held", async () => {
    proxy.hold(/never/, "to-client");
    await expect(proxy.held(20)).rejects.toThrow("nothing to be held came within 20 ms");
    expect(() => proxy.release()).toThrow("the proxy holds nothing");
    expect(() => proxy.hold(/more/, "to-client")).toThrow("one thing at a time");
  });

  test("closes while it holds something and while something is lost", async () => {
    const socket = await client();
    proxy.hold(/^a/m, "to-server");
    socket.write("a\n");
    await proxy.held();
    await proxy.setMode("black-hole");
    await quiet(await client());
    await proxy.close();
    proxy = await startTcpProxy({ targetPort: 1 });
    expect(lines).toEqual([]);
  });
});

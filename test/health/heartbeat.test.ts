import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { keepHeartbeat } from "../../src/health/heartbeat.ts";
import type { Log } from "../../src/ports.ts";
import { FakeClock, MINUTE } from "../support/fake-clock.ts";

let server: Server;
let clock: FakeClock;
let stop: AbortController;
let heard: number;
let status: number;
let logged: string[];
let isAlive: boolean;
let running: Promise<void>;

const log: Log = {
  debug: () => undefined,
  error: () => undefined,
  info: (fields, message) => logged.push(`${message} ${JSON.stringify(fields)}`),
  warn: (fields, message) => logged.push(`${message} ${JSON.stringify(fields)}`),
};

beforeEach(async () => {
  [clock, stop, heard, status, logged, isAlive] = [
    new FakeClock(),
    new AbortController(),
    0,
    200,
    [],
    true,
  ];
  server = createServer((_request, response) => {
    heard += 1;
    response.writeHead(status, { location: "/elsewhere" }).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  stop.abort();
  await running;
  server.close();
  server.closeAllConnections();
});

function begin(url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`): void {
  running = keepHeartbeat({ url, isAlive: () => isAlive, clock, log }, stop.signal);
}

/** The loop rests until the clock moves. */
async function rest(): Promise<void> {
  await expect.poll(() => clock.sleepers).toBe(1);
}

async function pass(ms: number): Promise<void> {
  await rest();
  clock.advance(ms);
  await rest();
}

it("is given at once, and every minute", async () => {
  begin();
  await rest();
  expect(heard).toBe(1);
  await pass(MINUTE - 1);
  expect(heard).toBe(1);
  await pass(1);
  await pass(MINUTE);
  expect(heard).toBe(3);
  expect(logged).toEqual([]);
});

it("stays away while the worker does not live, and comes back with it", async () => {
  begin();
  await rest();
  isAlive = false;
  for (let minute = 0; minute < 10; minute += 1) await pass(MINUTE);
  expect(heard).toBe(1);
  isAlive = true;
  await pass(1_000);
  expect(heard).toBe(2);
});

it.each([404, 500, 302])("is told of once where it is answered with %i", async (answer) => {
  status = answer;
  begin();
  await pass(MINUTE);
  expect(heard).toBe(2);
  expect(logged).toEqual([`the heartbeat is not heard {"why":"HTTP ${answer}"}`]);
  status = 204;
  await pass(MINUTE);
  expect(logged.slice(1)).toEqual(["the heartbeat is heard again {}"]);
});

it("names no address where nobody listens", async () => {
  begin("http://127.0.0.1:1/token");
  await pass(MINUTE);
  expect(logged).toHaveLength(1);
  expect(logged[0]).not.toMatch(/token|127\.0/);
});

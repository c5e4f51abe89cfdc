// Ports for servers that go away and come back: no other program takes them in between.

import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports which systems give to outgoing connections (from 32,768 on Linux). */
const FIRST = 16_000;
const BLOCK = 4_000;

/** Test files that run side by side have a block each. */
const block = FIRST + (Number(process.env["VITEST_POOL_ID"] ?? 0) % 4) * BLOCK;
let next = Math.floor(Math.random() * BLOCK);

/** A free port of loopback that this process gives to nobody else. */
export async function steadyPort(): Promise<number> {
  for (let tried = 0; tried < BLOCK; tried += 1) {
    const port = block + (next % BLOCK);
    next += 1;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port is free from ${block} on`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
  probe.close();
  await once(probe, "close");
  return true;
}

// What `tickets` lists, from a database in a file.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tickets } from "../../src/commands/tickets.ts";
import { ENV_SHOP } from "../../src/domain/shop-id.ts";
import { openStore } from "../../src/store/store.ts";
import { aNewTicket } from "../store/store-bench.ts";

/** More than are shown at first. */
const TICKETS = 120;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "henkin-tickets-"));
  const path = join(directory, "henkin.db");
  const store = await openStore({ path, shopId: ENV_SHOP, now: () => 1_000 });
  await store.write(async (tx) => {
    for (let number = 1; number <= TICKETS; number += 1) {
      const requesterName = number === TICKETS ? "長い名前のお客様" : "田中";
      await tx.tickets.insert(aNewTicket({ id: `ticket-${number}`, requesterName }));
    }
  });
  await store.close();
});
afterEach(() => rm(directory, { recursive: true }));

async function linesOf(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  const env = { DATABASE_URL: "sqlite:henkin.db" };
  const { signal: stop } = new AbortController();
  await tickets(args, { env, directory, print: (line) => lines.push(line), stop });
  return lines;
}

describe("tickets", () => {
  it("lists each of them once, in order, below one header", async () => {
    const lines = await linesOf();
    expect(lines.map((line) => line.split(" ")[0])).toEqual([
      "Ticket",
      ...Array.from({ length: TICKETS }, (_none, at) => `R-${at + 1}`),
    ]);
    expect(lines.at(-1)).toContain("長い名前のお客様");
  });

  it("prints one JSON object a line, and those that a filter leaves", async () => {
    const numbers = (lines: readonly string[]) =>
      lines.map((line) => (JSON.parse(line) as { number: number }).number);
    const all = Array.from({ length: TICKETS }, (_none, at) => at + 1);
    expect(numbers(await linesOf("--json"))).toEqual(all);
    expect(numbers(await linesOf("--json", "--name", "田中"))).toEqual(all.slice(0, -1));
    expect(numbers(await linesOf("--json", "--name", "長い名前"))).toEqual([TICKETS]);
  });

  it("says so where there is none", async () => {
    expect(await linesOf("--status", "refunded")).toEqual(["No tickets."]);
    expect(await linesOf("--status", "refunded", "--json")).toEqual([]);
  });
});

// A year of a shop in a minute or two (`npm run year`; five months of it with the other tests): what the
// worker holds in its hands at the end is no more than after its first weeks.

import { readdirSync } from "node:fs";
import { getHeapCodeStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { HOUR } from "../support/fake-clock.ts";
import { ShopYear } from "./shop-year.ts";

const REQUESTS_PER_DAY = 1;
const DAYS = process.env["npm_lifecycle_event"] === "year" ? 365 : 150;
const MONTH = 30;
/** What the people around keep, and what V8 notes beside the code it compiles. */
const HEAP_SLACK_BYTES = 1_500_000;
/** Half a day of the worker's loop, which comes round every second. */
const IDLE_TURNS = 40_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function measure() {
  // What one collection sets free may free more in the next.
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
  }
  // V8 goes on compiling for the whole year, which is no memory of the worker's.
  const { code_and_metadata_size: machineCode, bytecode_and_metadata_size: bytecode } =
    getHeapCodeStatistics();
  return {
    heap: process.memoryUsage().heapUsed - machineCode - bytecode,
    handles: readdirSync("/proc/self/fd").length,
    timers: process.getActiveResourcesInfo().filter((name) => name === "Timeout").length,
  };
}

let shop: ShopYear;
beforeEach(async () => {
  shop = new ShopYear(7);
  await shop.open();
});
afterEach(() => shop.close());

it(`${DAYS} days leave memory, file handles and timers as they were`, {
  timeout: 1_800_000,
}, async () => {
  const seen: Awaited<ReturnType<typeof measure>>[] = [];
  for (let day = 1; day <= DAYS; day += 1) {
    for (let hour = 0; hour < 24; hour += 1) {
      shop.act(REQUESTS_PER_DAY);
      await shop.pass(HOUR);
    }
    if (day % MONTH === 0) seen.push(await measure());
  }
  const table = shop.tables().filter(({ rows }) => rows > 0);
  process.stdout.write(
    `${DAYS} days with ${shop.received} mails received and ${shop.sent} sent\n` +
      `${seen.map(({ heap, handles, timers }) => `${(heap / 1e6).toFixed(2)} MB, ${handles} handles, ${timers} timers`).join("\n")}\n` +
      `${table.map(({ name, rows, kb }) => `${name.padEnd(20)}${String(rows).padStart(8)} rows ${kb.toFixed(0).padStart(8)} KB`).join("\n")}\n`,
  );
  expect(shop.received).toBeGreaterThan(REQUESTS_PER_DAY * DAYS);
  expect(table.find(({ name }) => name === "summary_run")?.rows).toBeGreaterThan(DAYS - 5);
  // The first two months warm up.
  const [first, ...later] = seen.slice(2);
  for (const { heap, handles, timers } of later) {
    expect(heap).toBeLessThan((first?.heap ?? 0) + HEAP_SLACK_BYTES);
    expect(handles).toBeLessThanOrEqual(first?.handles ?? 0);
    expect(timers).toBeLessThanOrEqual(first?.timers ?? 0);
  }
});

it("hours without work, second by second, leave nothing", { timeout: 300_000 }, async () => {
  const turn = () => shop.pass(1_000);
  for (let turns = 0; turns < IDLE_TURNS / 8; turns += 1) await turn();
  const before = await measure();
  for (let turns = 0; turns < IDLE_TURNS; turns += 1) await turn();
  const after = await measure();
  process.stdout.write(
    `${((after.heap - before.heap) / 1e3).toFixed(0)} KB after hours without work\n`,
  );
  expect(after.heap - before.heap).toBeLessThan(1_000_000);
  expect(after.handles).toBeLessThanOrEqual(before.handles);
});

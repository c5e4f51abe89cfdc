// Prints how many megabytes new objects have room for after many of them survived; the argument says what
// started a thread before.

import { once } from "node:events";
import { getHeapSpaceStatistics } from "node:v8";
import { Worker } from "node:worker_threads";
import { keepHeapSmall } from "../../src/heap.ts";
import { createThreadedReader } from "../../src/mail/threaded-reader.ts";

const shop = { shop: "", staff: [], managers: [], formFrom: [], answersFrom: "shop" };
const START = {
  reader: () => createThreadedReader(shop).read(Buffer.from("Subject: x\r\n\r\ny")),
  thread: () => once(new Worker("setInterval(() => {}, 9)", { eval: true }), "online"),
};

keepHeapSmall();
await START[process.argv[2]]();
let kept = [];
for (let at = 0; at < 2_000_000; at += 1) {
  kept.push({ at, list: [at] });
  if (kept.length > 600_000) kept = [];
}
const room = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
process.stdout.write(String(room.physical_space_size / 2 ** 20));
process.exit();

// How much room V8 takes before it looks for garbage: a shop's machine is small.

import { setFlagsFromString } from "node:v8";

/** For the whole process; before much is loaded. */
export function keepHeapSmall(): void {
  // Else garbage grows to several times what lives.
  setFlagsFromString("--heap-growing-percent=30");
  keepNewSpaceSmall();
}

/**
 * What the start loads stays, so that room for new objects would only grow, by 30 MB, and an idle process never
 * gives it back. To be said again after the start of every thread: V8 sets the factor back to two when it makes
 * another heap (v8/src/heap/heap.cc, Heap::ConfigureHeap).
 */
export function keepNewSpaceSmall(): void {
  setFlagsFromString(`--semi-space-growth-factor=${growth}`);
}

let growth = 1;

/**
 * For a worker of many shops: what hundreds of them have under way at a time outlives a small room for new
 * objects, and is garbage among the old ones then, for which the whole heap has to be looked through.
 */
export function letNewSpaceGrow(): void {
  growth = 2;
  keepNewSpaceSmall();
}

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
  setFlagsFromString("--semi-space-growth-factor=1");
}

// What the operating system and the worker itself say of its size.

import { readdirSync, readFileSync } from "node:fs";

export interface Size {
  readonly rssMb: number;
  readonly heapMb: number;
  readonly handles: number;
}

/** `metrics`: where the worker's figures are read. */
export async function sizeOf(pid: number, metrics: string): Promise<Size> {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const text = await (await fetch(metrics)).text();
  const heap = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(text)?.[1];
  return {
    rssMb: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024,
    heapMb: Number(heap) / 1_048_576,
    handles: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** Of the values, the one in the middle: a single moment says little of what is collected later. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

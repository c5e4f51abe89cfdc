// What Linux tells of a process.

import { readdirSync, readFileSync } from "node:fs";

export interface ProcessFigures {
  readonly rssMb: number;
  /** The highest since it began. */
  readonly peakRssMb: number;
  readonly cpuS: number;
  /** How often one of its threads went to sleep, and so was woken. */
  readonly wakeUps: number;
}

/** Of a second; the same on every Linux that Node runs on. */
const TICKS = 100;

export function figuresOf(pid: number): ProcessFigures {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  // The name in brackets may hold blanks: fields are counted from behind it.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const tasks = readdirSync(`/proc/${pid}/task`);
  return {
    rssMb: field(status, "VmRSS") / 1_024,
    peakRssMb: field(status, "VmHWM") / 1_024,
    cpuS: (Number(stat[11]) + Number(stat[12])) / TICKS,
    wakeUps: tasks.reduce((sum, task) => sum + wakeUpsOf(pid, task), 0),
  };
}

function wakeUpsOf(pid: number, task: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, "utf8");
    return field(status, "voluntary_ctxt_switches");
  } catch {
    // It has ended since.
    return 0;
  }
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? Number.NaN);
}

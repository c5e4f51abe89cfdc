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
  const stat = statOf(pid) ?? [];
  const tasks = readdirSync(`/proc/${pid}/task`);
  return {
    rssMb: field(status, "VmRSS") / 1_024,
    peakRssMb: field(status, "VmHWM") / 1_024,
    cpuS: (Number(stat[11]) + Number(stat[12])) / TICKS,
    wakeUps: tasks.reduce((sum, task) => sum + wakeUpsOf(pid, task), 0),
  };
}

/** Seconds of a process and all it has started; of those that have ended, as far as it has heard of it. */
export function treeCpuS(root: number): number {
  const times = new Map<number, { readonly parent: number; readonly cpuS: number }>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const fields = statOf(Number(name));
    if (fields === null) continue;
    // Its own time and that of the children it has waited for, in user and in system mode.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    times.set(Number(name), { parent: Number(fields[1]), cpuS: ticks / TICKS });
  }
  const belongs = (pid: number): boolean =>
    pid === root || (pid > 1 && belongs(times.get(pid)?.parent ?? 0));
  return [...times].reduce((sum, [pid, { cpuS }]) => sum + (belongs(pid) ? cpuS : 0), 0);
}

/** The fields from the third on; null where it has ended. */
function statOf(pid: number): string[] | null {
  try {
    // The name in brackets may hold blanks: fields are counted from behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.replace(/^.*\) /s, "").split(" ");
  } catch {
    return null;
  }
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

/** Milliseconds of CPU this process has used since `start`; other work of the machine does not count. */
export function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

// Whatever dies, whenever: no refund is made twice, none approved is forgotten, no mail is lost. A
// history that breaks a promise names its seed; `npm run simulate -- --from SEED --seeds 1` repeats it.

import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Coverage } from "./fates.ts";
import { play, type Told } from "./history.ts";

interface Task {
  readonly from: number;
  readonly count: number;
  /** A file for the figures of `npm run simulate`. */
  readonly report?: string;
  /** Ends at the first history that breaks a promise. */
  readonly first?: boolean;
}

/** Fresh seeds every time, so that every run looks elsewhere. */
const FRESH: Task = { from: Date.now() % 2 ** 31, count: 500 };
const task: Task = JSON.parse(process.env["SIMULATE"] ?? JSON.stringify(FRESH));

async function told(seed: number): Promise<Told | { seed: number; wrong: string[] }> {
  try {
    return await play(seed);
  } catch (error) {
    return {
      seed,
      wrong: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    };
  }
}

it(`${task.count} histories from seed ${task.from} keep every promise`, {
  timeout: 7_200_000,
}, async () => {
  const coverage = new Coverage();
  const bad: { seed: number; wrong: readonly string[] }[] = [];
  const figures = { refunds: 0, transfers: 0, deaths: 0, pauses: 0, mails: 0 };
  for (let seed = task.from; seed < task.from + task.count; seed += 1) {
    const history = await told(seed);
    if (history.wrong.length > 0) bad.push({ seed, wrong: history.wrong });
    if (bad.length > 0 && task.first) break;
    if (!("coverage" in history)) continue;
    coverage.merge(history.coverage);
    figures.refunds += history.refunds;
    figures.deaths += history.deaths;
    figures.pauses += history.pauses;
    figures.mails += history.mails;
    figures.transfers += history.transfers;
  }
  if (task.report !== undefined) {
    const found = { ...figures, bad, coverage: [...coverage.counts] };
    writeFileSync(task.report, JSON.stringify(found));
  }
  expect(bad).toEqual([]);
  // Else it proves nothing.
  if (task.count >= 100) {
    expect(figures.refunds).toBeGreaterThan(task.count / 10);
    expect(figures.deaths).toBeGreaterThan(task.count / 10);
    expect(figures.pauses).toBeGreaterThan(task.count / 20);
    expect(figures.transfers).toBeGreaterThan(task.count / 100);
  }
});

// What ten years cost: the same queries and commands on a small database and on one with a million
// payments and tickets, side by side.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { type Grown, grownDatabase } from "./grown-database.ts";
import { type Figure, measureBytes, measureCommands, measureQueries } from "./measure.ts";
import { SHOP_ID } from "./shop-history.ts";

interface Wish {
  readonly rows: number;
  readonly folder: string;
  readonly json?: string;
}

const FEW = 1_000;
const wish = JSON.parse(process.env["GROWTH"] ?? "{}") as Wish;
const tell = (text: string) => void process.stdout.write(`${text}\n`);

async function measure(grown: Grown): Promise<Figure[]> {
  const start = performance.now();
  const now = () => grown.clockwork.end;
  const store = await openStore({ path: grown.path, shopId: SHOP_ID, now });
  const opened = performance.now() - start;
  try {
    return [
      { name: "opened, and brought up to date where it was older", unit: "ms", value: opened },
      ...measureBytes(grown),
      ...(await measureQueries(store, grown)),
    ];
  } finally {
    await store.close();
  }
}

function shown(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}

function tableOf(few: readonly Figure[], many: readonly Figure[]): string {
  const before = new Map(few.map(({ name, value }) => [name, value]));
  const line = (name: string, ...cells: readonly string[]) =>
    `${name.padEnd(52)}${cells.map((cell) => cell.padStart(14)).join("")}`;
  const rows = many.map(({ name, unit, value }) => {
    const small = before.get(name) ?? Number.NaN;
    return line(name, shown(small), shown(value), unit, (value / small).toFixed(2));
  });
  return [line("", String(FEW), String(wish.rows), "", "ratio"), ...rows].join("\n");
}

it("years of payments and tickets", { timeout: 7_200_000 }, async () => {
  const databases: Grown[] = [];
  for (const rows of [FEW, wish.rows]) databases.push(await grownDatabase(wish.folder, rows, tell));
  const figures: Figure[][] = [];
  for (const grown of databases) {
    const commands = join(wish.folder, `shop-${grown.total}`);
    const queries = await measure(grown);
    figures.push([...queries, ...(await measureCommands(grown, commands))]);
  }
  const [few = [], many = []] = figures;
  tell(tableOf(few, many));
  if (wish.json !== undefined) {
    writeFileSync(wish.json, `${JSON.stringify({ ...wish, few, many }, null, 2)}\n`);
  }
});

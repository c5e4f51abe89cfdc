// Where the outside lives: it is told what to do by the tests, and ends with them.

import type { Outside } from "./facts.ts";
import { openOutside } from "./outside.ts";

interface Call {
  readonly call: number;
  readonly name: keyof Outside;
  readonly args: readonly unknown[];
}

const outside = await openOutside(process.argv[2] === undefined ? null : Number(process.argv[2]));

process.on("message", async ({ call, name, args }: Call) => {
  try {
    const work = outside[name] as (...args: readonly unknown[]) => Promise<unknown>;
    process.send?.({ call, value: (await work(...args)) ?? null });
  } catch (error) {
    process.send?.({ call, error: String(error) });
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.({ call: 0, value: "ready" });

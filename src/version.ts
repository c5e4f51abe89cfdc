// Which henkin this is, and where it was built to.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What starts it. */
export const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

export function version(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

// What the operator types beside a desk of the tests, about its ticket R-1.

import { join } from "node:path";
import type { Run } from "../../src/commands/command.ts";
import { DATA_KEY, MANAGER, SATO, TANAKA } from "./desk.ts";

/** @param directory where henkin.db lies; returns what was printed */
export async function typed(run: Run, directory: string): Promise<string> {
  const printed: string[] = [];
  await run(["1"], {
    env: {
      DATABASE_URL: `sqlite:${join(directory, "henkin.db")}`,
      DATA_KEY: DATA_KEY.toString("base64"),
      SHOP_NAME: "見本商店",
      SHOP_EMAIL: "shop@shop.example",
      STAFF_EMAILS: `${TANAKA},${SATO}`,
      MANAGER_EMAILS: MANAGER,
      LOCALE: "en",
    },
    directory,
    print: (line) => printed.push(line),
    stop: new AbortController().signal,
  });
  return printed.join("\n");
}

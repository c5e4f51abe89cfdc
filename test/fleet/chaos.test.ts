// The small dose of `npm run chaos`.

import { describe, expect, test } from "vitest";
import { postgresInstalled } from "../support/postgres.ts";
import { DOSE, runChaos } from "./chaos.ts";

const TIMEOUT_MS = 300_000;

describe.skipIf(!postgresInstalled())("a small town with two workers", () => {
  test("comes through a death, a pause and a restart of the database", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { breaches, figures } = await runChaos(DOSE);
    expect({ breaches, figures }).toMatchObject({ breaches: [] });
  });
});

import { defineConfig } from "vitest/config";

/** The tests of the grammar and of the sender check alone: each mutant runs those that reach it. */
export default defineConfig({
  test: { include: ["test/domain/approval/*.test.ts"], env: { TZ: "UTC" } },
});

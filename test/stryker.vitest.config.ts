import { defineConfig } from "vitest/config";

/** The tests that mutants.mjs names for what is mutated: each mutant runs those that reach it. */
export default defineConfig({
  test: { include: (process.env["MUTANT_TESTS"] ?? "").split(" "), env: { TZ: "UTC" } },
});

import { defineConfig } from "vitest/config";

/** What takes long, or writes files to keep, is run by a script of its own. */
const LONG: Readonly<Record<string, string>> = {
  bench: "test/bench/*.bench.ts",
  chaos: "test/fleet/*.chaos.ts",
  crash: "test/crash/*.crash.ts",
  soak: "test/soak/*.soak.ts",
  growth: "test/growth/*.growth.ts",
  year: "test/year/*.test.ts",
  pictures: "test/pictures/*.pictures.ts",
};

export default defineConfig({
  test: {
    include: [LONG[process.env["npm_lifecycle_event"] ?? ""] ?? "test/**/*.test.ts"],
    env: { TZ: "UTC" },
    // Most of the time of an end-to-end test is spent waiting for a worker it has started.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 120_000,
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary"] },
  },
});

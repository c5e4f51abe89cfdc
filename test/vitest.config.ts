import { defineConfig } from "vitest/config";

const isBench = process.env["npm_lifecycle_event"] === "bench";

export default defineConfig({
  test: {
    include: [isBench ? "test/bench/*.bench.ts" : "test/**/*.test.ts"],
    env: { TZ: "UTC" },
    // Most of the time of an end-to-end test is spent waiting for a worker it has started.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 120_000,
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary"] },
  },
});

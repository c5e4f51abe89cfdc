// A worker with nothing but what the example for a cluster gives its pods: the settings, an empty folder to
// work in, and the probe as it stands there.

import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";
import { steadyPort } from "../support/steady-port.ts";
import { runCommand, startWorker, stopAll } from "../support/worker.ts";
import { FILE_SETTINGS, PATIENCE_MS, TIMEOUT_MS } from "./rig.ts";

interface Container {
  readonly env: readonly { readonly name: string }[];
  readonly livenessProbe: { readonly exec: { readonly command: readonly string[] } };
}

interface Pods {
  readonly spec: { template: { spec: { readonly containers: readonly [Container] } } };
}

let postgres: Postgres;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "henkin-pod-"));
  if (postgresInstalled()) postgres = await startPostgres();
});
afterAll(async () => {
  await stopAll();
  await postgres?.stop();
  await rm(directory, { recursive: true });
});

test.skipIf(!postgresInstalled())(
  "a pod starts once there is a shop, and is healthy",
  async () => {
    const { stdout } = await runCommand(["service", "--kubernetes"], {
      ...{ cwd: directory, env: {}, timeoutMs: PATIENCE_MS },
    });
    const [set] = (parseAllDocuments(stdout) as { toJS(): Pods }[]).map((one) => one.toJS());
    const { env: named, livenessProbe } = (set as Pods).spec.template.spec.containers[0];

    const port = await steadyPort();
    const work = join(directory, "work");
    await mkdir(work);
    const values: Record<string, string> = {
      WORKER_ID: "henkin-0",
      HEALTH_PORT: String(port),
      DATABASE_URL_FILE: join(directory, "database-url"),
      DATA_KEY_FILE: join(directory, "data-key"),
    };
    await writeFile(join(directory, "database-url"), `${await postgres.createDatabase()}\n`);
    await writeFile(join(directory, "data-key"), `${Buffer.alloc(32, 7).toString("base64")}\n`);
    const names = named.map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(values).sort());
    const options = { cwd: work, env: values, timeoutMs: PATIENCE_MS };
    expect(await runCommand(["run"], options)).toMatchObject({ code: 78 });

    const { LOG_LEVEL, ...settings } = FILE_SETTINGS;
    const files = Object.entries({ ...settings, POLL_SECONDS: "60" }).map(([name, value]) => [
      name,
      value.replace(/^(?:maildir:)?(inbox|outbox|payments\.json)$/, (at) =>
        at.startsWith("maildir:") ? `maildir:${directory}/${at.slice(8)}` : join(directory, at),
      ),
    ]);
    await writeFile(join(directory, "payments.json"), "[]");
    const shop = join(directory, "shop.json");
    await writeFile(shop, JSON.stringify(Object.fromEntries(files)));
    expect(await runCommand(["shop", "add", "s", "--file", shop], options)).toMatchObject({
      code: 0,
    });

    const worker = startWorker({ cwd: work, env: values });
    await worker.waitForLog(({ msg }) => msg === "health is shown on 127.0.0.1", PATIENCE_MS);
    const probe = (livenessProbe.exec.command[2] ?? "").replace(/:\d+\//, `:${port}/`);
    await expect
      .poll(() => spawnSync(process.execPath, ["-e", probe]).status, { timeout: PATIENCE_MS })
      .toBe(0);
    worker.kill();
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(spawnSync(process.execPath, ["-e", probe]).status).toBe(1);
    expect(await readdir(work)).toEqual([]);
  },
  TIMEOUT_MS,
);

// The unit that the built binary prints for the folder in which it is called.

import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../support/worker.ts";
import { PATIENCE_MS, TIMEOUT_MS } from "./rig.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const ANALYZE = "systemd-analyze";

let directory: string;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "henkin-service-")));
  await mkdir(join(directory, "data"));
});
afterEach(() => rm(directory, { recursive: true }));

const service = (...args: string[]) =>
  runCommand(["service", ...args], { cwd: directory, env: {}, timeoutMs: PATIENCE_MS });

describe("henkin service", { timeout: TIMEOUT_MS }, () => {
  test("prints a unit for this installation, in which systemd finds no fault", async () => {
    const { code, stdout, stderr } = await service("--user", "henkin");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n")).toEqual(
      expect.arrayContaining([
        `ExecStart=${process.execPath} ${MAIN} run`,
        `WorkingDirectory=${directory}`,
        "User=henkin",
        `ReadWritePaths=${join(directory, "data")}`,
      ]),
    );
    const file = join(directory, "henkin.service");
    await writeFile(file, stdout);
    const verdict = spawnSync(ANALYZE, ["verify", file], { encoding: "utf8" });
    // Without systemd: its own test says so loudly.
    if (verdict.error === undefined) expect(verdict).toMatchObject({ status: 0, stderr: "" });
  });

  test("lets the worker write to all folders that its settings name", async () => {
    const settings = [
      "INBOX_URL=maildir:mail/in",
      "OUTBOX_URL=smtps://mail.example.jp",
      "DATABASE_URL=sqlite:/srv/shop/henkin.db",
      "SANDBOX_PAYMENTS=payments.json",
    ];
    await writeFile(join(directory, ".env"), settings.join("\n"));
    const { stdout } = await service();
    const folders = ["/srv/shop", directory, join(directory, "mail/in")];
    expect(stdout).toContain(`\nReadWritePaths=${folders.join(" ")}\n`);

    await writeFile(join(directory, "inbox-url"), "maildir:mail/other\n");
    const inFile = settings.with(0, "INBOX_URL_FILE=inbox-url");
    await writeFile(join(directory, ".env"), inFile.join("\n"));
    expect((await service()).stdout).toMatch(/^ReadWritePaths=.*\/mail\/other$/m);
  });

  test("prints a template for several workers of a database on a server, and shows no password", async () => {
    const url = "postgres://henkin:pa55word@db.internal/henkin";
    await writeFile(join(directory, ".env"), `DATABASE_URL=${url}\nHEALTH_PORT=9464\n`);
    const { code, stdout, stderr } = await service("--several", "--user", "henkin");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("\nEnvironment=WORKER_ID=%H-%i\nEnvironment=HEALTH_PORT=946%i\n");
    for (const unit of [stdout, (await service()).stdout]) {
      expect(unit).not.toMatch(/pa55word|db\.internal|ReadWritePaths/);
    }
  });

  test("prints no template where the database is a file, which one worker has for itself", async () => {
    const { code, stdout, stderr } = await service("--several");
    expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
    expect(stderr).toContain("several need a PostgreSQL database");
  });

  test("prints an example for a cluster, whatever the settings here", async () => {
    await writeFile(join(directory, ".env"), "DATABASE_URL=postgres:shop\n");
    const image = "registry.example:5000/shop/henkin:1.2@sha256:0123abcd";
    const args = ["--kubernetes", "--replicas", "3", "--image", image];
    const { code, stdout, stderr } = await service(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("\n  replicas: 3\n");
    expect(stdout).toContain(`\n          image: "${image}"\n`);
  });

  test.each([
    [["--kubernetes", "--replicas", "0"], "--replicas wants a number"],
    [["--kubernetes", "--image", 'a"\nb: c'], "--image wants the name"],
    [["--kubernetes", "--user", "henkin"], "--user says nothing to --kubernetes"],
    [["--replicas", "3"], "--replicas belongs to --kubernetes"],
  ])("refuses %j", async (args, why) => {
    const { code, stdout, stderr } = await service(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(why);
  });

  test("takes no name that systemd would read as something else", async () => {
    const { code, stdout, stderr } = await service("--user", "shop\nExecStart=/bin/sh");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("is not the name of a system user");
    await writeFile(join(directory, ".env"), "DATABASE_URL=postgres:shop\n");
    expect(await service()).toMatchObject({ code: 78, stdout: "" });
  });
});

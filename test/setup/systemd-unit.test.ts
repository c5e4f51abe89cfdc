// The unit is judged by systemd's own tools, where they are installed.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { systemdTemplate, systemdUnit } from "../../src/setup/systemd-unit.ts";

const directory = mkdtempSync(join(tmpdir(), "henkin-unit-"));
afterAll(() => rmSync(directory, { recursive: true }));

const PLAIN = {
  node: process.execPath,
  main: "/srv/henkin/dist/main.js",
  directory: "/srv/henkin",
  user: "henkin",
  writable: ["/srv/henkin/data"],
};

const TOOL = "systemd-analyze";
const isInstalled = spawnSync(TOOL, ["--version"]).status === 0;
if (!isInstalled) process.stderr.write("SKIPPED: no systemd-analyze (apt install systemd)\n");

const MANY = { ...PLAIN, healthPort: 9464 };

function analyze(unit: string, ...args: string[]) {
  const isTemplate = unit.includes("%i");
  const file = join(directory, isTemplate ? "henkin@.service" : "henkin.service");
  writeFileSync(file, unit);
  const { status, stdout, stderr } = spawnSync(TOOL, [...args, file], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe("the unit", () => {
  it("starts the worker again, but not with wrong settings, and waits for its end", () => {
    const lines = systemdUnit(PLAIN).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        `ExecStart=${process.execPath} /srv/henkin/dist/main.js run`,
        "WorkingDirectory=/srv/henkin",
        "User=henkin",
        "Restart=always",
        "RestartPreventExitStatus=2 78",
        "TimeoutStopSec=40",
        "UMask=0077",
        "ReadWritePaths=/srv/henkin/data",
        "ProtectSystem=strict",
        "ProtectHome=yes",
      ]),
    );
  });

  it("lets V8 write its machine code", () => {
    expect(systemdUnit(PLAIN)).not.toContain("MemoryDenyWriteExecute");
  });

  it.each([
    { node: "/home/shop/.nvm/node" },
    { directory: "/home/shop/henkin" },
    { writable: ["/root/data"] },
  ])("shows it a home where %j lies in one, but to be read only", (part) => {
    expect(systemdUnit({ ...PLAIN, ...part })).toContain("\nProtectHome=read-only\n");
  });

  it("writes paths so that systemd reads them as they are", () => {
    const unit = systemdUnit({
      ...PLAIN,
      main: '/srv/a b/$x/100%/"q"/main.js',
      directory: "/srv/a b/100%",
      writable: ["/srv/a b/100%/data", "/srv/mail"],
    });
    expect(unit).toContain(' "/srv/a b/$$x/100%%/\\"q\\"/main.js" run\n');
    expect(unit).toContain("\nWorkingDirectory=/srv/a b/100%%\n");
    expect(unit).toContain('\nReadWritePaths="/srv/a b/100%%/data" /srv/mail\n');
  });
});

describe("the template", () => {
  const linesOf = (unit: string) => unit.split("\n").filter((line) => !line.startsWith("#"));

  it("is the unit, but that each worker has a name, a port and settings of its own", () => {
    const plain = new Set(linesOf(systemdUnit(PLAIN)));
    const several = linesOf(systemdTemplate(MANY));
    expect(several.filter((line) => !plain.has(line))).toEqual([
      "Description=henkin refund worker %i",
      "Environment=WORKER_ID=%H-%i",
      "Environment=HEALTH_PORT=946%i",
      "EnvironmentFile=-/srv/henkin/worker-%i.env",
    ]);
    const left = [...plain].filter((line) => !several.includes(line));
    expect(left).toEqual(["Description=henkin refund worker"]);
  });

  it.each([
    { healthPort: null, line: undefined },
    { healthPort: 0, line: "Environment=HEALTH_PORT=0" },
    { healthPort: 9, line: "Environment=HEALTH_PORT=%i" },
    { healthPort: 10_000, line: "Environment=HEALTH_PORT=1000%i" },
  ])("gives no two workers the same port ($healthPort)", ({ healthPort, line }) => {
    const lines = linesOf(systemdTemplate({ ...PLAIN, healthPort }));
    expect(lines.find((one) => one.includes("HEALTH_PORT"))).toBe(line);
  });

  it("lets a worker without files write nowhere", () => {
    const unit = systemdTemplate({ ...MANY, writable: [] });
    expect(unit).not.toContain("ReadWritePaths");
    expect(unit).toContain("\nProtectSystem=strict\n");
  });
});

describe.skipIf(!isInstalled)("systemd", () => {
  it("finds nothing wrong with the unit", () => {
    expect(analyze(systemdUnit(PLAIN), "verify")).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("finds nothing wrong with the template", () => {
    const verdict = analyze(systemdTemplate({ ...MANY, writable: [] }), "verify");
    expect(verdict).toEqual({ status: 0, stdout: "", stderr: "" });
    const wrong = systemdTemplate(MANY).replace("EnvironmentFile=-/", "EnvironmentFile=-./");
    expect(analyze(wrong, "verify").stderr).toContain("not absolute");
  });

  it("calls the template as well shut off", () => {
    const threshold = ["--threshold=20", "security", "--offline=true"];
    expect(analyze(systemdTemplate(MANY), ...threshold)).toMatchObject({ status: 0 });
  });

  it("finds nothing wrong where the paths are odd", () => {
    const odd = join(directory, "a b 100% $x");
    mkdirSync(join(odd, "data"), { recursive: true });
    const node = join(odd, "node");
    writeFileSync(node, "#!/bin/sh\n", { mode: 0o755 });
    const installed = { ...PLAIN, node, directory: odd, writable: [join(odd, "data")] };
    for (const unit of [systemdUnit(installed), systemdTemplate({ ...installed, healthPort: 0 })]) {
      expect(analyze(unit, "verify")).toEqual({ status: 0, stdout: "", stderr: "" });
    }
  });

  it("would find a setting that it does not know", () => {
    const unit = systemdUnit(PLAIN).replace("PrivateTmp=", "PrivateTemp=");
    expect(analyze(unit, "verify").stderr).toContain("PrivateTemp");
  });

  it("calls the service well shut off: 1.8 of 10, of which the network is most", () => {
    const threshold = ["--threshold=20", "security", "--offline=true"];
    expect(analyze(systemdUnit(PLAIN), ...threshold)).toMatchObject({ status: 0 });
    const open = systemdUnit(PLAIN).replace(/^(?:Protect|Restrict|SystemCall).*\n/gm, "");
    expect(analyze(open, ...threshold).status).not.toBe(0);
  });
});

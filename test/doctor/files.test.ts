import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkDisk, checkFiles, diskFinding, shopFiles } from "../../src/doctor/files.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-files-"));
  mkdirSync(join(directory, "data"), { mode: 0o700 });
});
afterEach(() => rmSync(directory, { recursive: true }));

const files = () => shopFiles(directory, join(directory, "data", "henkin.db"));

function write(name: string, mode: number): string {
  const path = join(directory, name);
  writeFileSync(path, "x");
  chmodSync(path, mode);
  return path;
}

describe("the shop's files", () => {
  const NAMES = [
    ".env",
    "data/henkin.key",
    "data/henkin.db",
    "data/henkin.db-wal",
    "data/henkin.db-shm",
    "data/henkin.db.lock",
    "data/henkin.db.backup-lock",
    "data/henkin.db.oauth-lock",
  ];

  test("are well where nobody else reads them, or none is there", () => {
    expect(checkFiles(files())).toMatchObject([{ level: "ok", message: "none is there yet" }]);
    for (const name of NAMES) write(name, 0o600);
    expect(checkFiles(files())).toMatchObject([{ level: "ok", message: "8, read by nobody else" }]);
  });

  test.each(NAMES)("are told with their mend where others may read %s", (name) => {
    const path = write(name, 0o640);
    expect(checkFiles(files())).toEqual([
      {
        level: "warn",
        check: "files",
        message: `${path} is open to other users of this machine (640)`,
        mend: `chmod 600 ${path}`,
      },
    ]);
  });

  test("are the settings alone where the database is on a server", () => {
    const path = write(".env", 0o644);
    chmodSync(join(directory, "data"), 0o755);
    expect(checkFiles(shopFiles(directory, null))).toMatchObject([
      { level: "warn", mend: `chmod 600 ${path}` },
    ]);
    chmodSync(path, 0o600);
    expect(checkFiles(shopFiles(directory, null))).toMatchObject([
      { level: "ok", message: "1, read by nobody else" },
    ]);
  });

  test("are told where others may look into their folder", () => {
    const folder = join(directory, "data");
    chmodSync(folder, 0o755);
    expect(checkFiles(files())).toMatchObject([
      { level: "warn", message: expect.stringContaining("(755)"), mend: `chmod 700 ${folder}` },
    ]);
  });

  test("are told where they belong to somebody else", () => {
    write(".env", 0o600);
    const stranger = (process.getuid?.() ?? 0) + 1;
    const told = { level: "warn", message: expect.stringContaining(`runs as ${stranger}`) };
    // The folder, too.
    expect(checkFiles(files(), stranger)).toMatchObject([told, told]);
  });
});

describe("the disk", () => {
  const MB = 1024 * 1024;

  test.each([
    [5_000, 100, "ok"],
    [611, 100, "warn"],
    [613, 100, "ok"],
    [63, 0, "fail"],
  ])("with %d MB free and a database of %d MB is %s", (free, database, level) => {
    const { mend, ...told } = diskFinding("/srv/henkin", free * MB, database * MB);
    expect(told).toMatchObject({ level, check: "disk" });
    expect(mend === null).toBe(level === "ok");
  });

  test("is the one the database lies on, also before its folder is made", async () => {
    const [finding] = await checkDisk(join(directory, "not", "yet", "henkin.db"));
    expect(finding?.message).toContain(`free in ${directory}, the database has 0 MB`);
  });
});

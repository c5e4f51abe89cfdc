import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ensureDataKey } from "../src/data-key.ts";
import { ConfigError, StorageError } from "../src/domain/errors.ts";
import { MARK_SWITCH, markOf } from "../src/store/data-key-mark.ts";
import { openStore } from "../src/store/store.ts";
import { type Built, buildModules } from "./support/built.ts";

let built: Built | undefined;
beforeAll(async () => {
  built = await buildModules({ "data-key": "./src/data-key.ts" });
});
afterAll(() => built?.remove());

let directory: string;
let database: string;
let keyFile: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-key-"));
  database = join(directory, "data", "henkin.db");
  keyFile = join(directory, "data", "henkin.key");
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("the data key", () => {
  it("is the setting where there is one, and nothing is written", () => {
    const setting = Buffer.alloc(32, 5);
    expect(ensureDataKey(setting, database)).toBe(setting);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("is made once, beside the database, for its owner alone", () => {
    const first = ensureDataKey(undefined, database);
    expect(first.byteLength).toBe(32);
    expect(new Set(first).size).toBeGreaterThan(8);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const written = readFileSync(keyFile, "utf8");
    expect(Buffer.from(ensureDataKey(undefined, database))).toEqual(Buffer.from(first));
    expect(readFileSync(keyFile, "utf8")).toBe(written);
  });

  it("leaves nothing beside it", () => {
    ensureDataKey(undefined, database);
    expect(readdirSync(join(directory, "data"))).toEqual(["henkin.key"]);
  });

  it("is made anew where an earlier start died while making it", () => {
    mkdirSync(join(directory, "data"));
    writeFileSync(`${keyFile}.1`, "ha");
    expect(ensureDataKey(undefined, database).byteLength).toBe(32);
  });

  it("is never there half: makers at the same moment have the same, whole one", async () => {
    const maker = `import { ensureDataKey } from ${JSON.stringify(built?.url("data-key"))};
      console.log(Buffer.from(ensureDataKey(undefined, process.argv[1])).toString("base64"));`;
    const make = () =>
      promisify(execFile)(process.execPath, ["--input-type=module", "-e", maker, database]);
    const made = await Promise.all(Array.from({ length: 4 }, make));
    const kept = readFileSync(keyFile, "utf8");
    expect(made.map(({ stdout }) => stdout)).toEqual(made.map(() => kept));
  });

  it("says what to do where it cannot be written", () => {
    writeFileSync(join(directory, "data"), "a file where a folder should be");
    expect(() => ensureDataKey(undefined, database)).toThrow(StorageError);
    expect(() => ensureDataKey(undefined, database)).toThrow(
      expect.objectContaining({ mend: expect.stringContaining("Check free space") }),
    );
  });

  it("is another for another shop", () => {
    const other = ensureDataKey(undefined, join(directory, "other", "henkin.db"));
    expect(Buffer.from(other)).not.toEqual(Buffer.from(ensureDataKey(undefined, database)));
  });

  it("works as a setting, as its file stands", () => {
    const made = ensureDataKey(undefined, database);
    const text = readFileSync(keyFile, "utf8").trim();
    expect(Buffer.from(text, "base64")).toEqual(Buffer.from(made));
  });

  it.each(["", "short", Buffer.alloc(31).toString("base64"), Buffer.alloc(33).toString("base64")])(
    "is never replaced where the file holds %j",
    (content) => {
      ensureDataKey(undefined, database);
      writeFileSync(keyFile, content);
      const failure = (() => {
        try {
          return ensureDataKey(undefined, database);
        } catch (error) {
          return error;
        }
      })();
      expect(failure).toBeInstanceOf(ConfigError);
      expect(String(failure)).toContain("DATA_KEY");
      expect(readFileSync(keyFile, "utf8")).toBe(content);
    },
  );
});

describe("a database that knows its key", () => {
  const KEY = Buffer.alloc(32, 7);
  beforeEach(async () => {
    const store = await openStore({ path: database, shopId: "shop", now: () => 1 });
    await store.write((tx) => tx.switches.set(MARK_SWITCH, markOf(KEY)));
    await store.close();
  });

  it("takes it as a setting or as a file", () => {
    expect(ensureDataKey(KEY, database)).toBe(KEY);
    writeFileSync(keyFile, KEY.toString("base64"));
    expect(Buffer.from(ensureDataKey(undefined, database))).toEqual(KEY);
  });

  it("refuses another", () => {
    const other = Buffer.alloc(32, 8);
    expect(() => ensureDataKey(other, database)).toThrow(/setting DATA_KEY is not the key/);
    writeFileSync(keyFile, other.toString("base64"));
    expect(() => ensureDataKey(undefined, database)).toThrow(/henkin\.key is not the key/);
    expect(() => ensureDataKey(undefined, database)).toThrow(ConfigError);
  });

  it("gets no new one where its own is gone", () => {
    expect(() => ensureDataKey(undefined, database)).toThrow(/henkin\.key is missing/);
    expect(readdirSync(join(directory, "data"))).not.toContain("henkin.key");
  });
});

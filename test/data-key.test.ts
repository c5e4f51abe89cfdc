import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureDataKey } from "../src/data-key.ts";
import { ConfigError } from "../src/domain/errors.ts";

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

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { PermanentError } from "../../src/domain/errors.ts";
import { parseImapUrl } from "../../src/mail/imap-session.ts";
import { sectionsOf } from "../../src/setup/questions.ts";
import { quoted, settingsText, writeSettings } from "../../src/setup/settings-file.ts";

const AT = new Date("2026-11-21T03:04:05.678Z");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-settings-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = (name = ".env") => readFileSync(join(directory, name), "utf8");
const modeOf = (name = ".env") => statSync(join(directory, name)).mode & 0o777;

describe("a value in .env", () => {
  it.each([
    ["みほん商店", "'みほん商店'"],
    ["a # b", "'a # b'"],
    ["it's", '"it\'s"'],
    ["it's \\n", "`it's \\n`"],
    [`it's "so"`, `\`it's "so"\``],
    ["sk_test_1", "sk_test_1"],
    ["a@b.example, c@d.example", "'a@b.example, c@d.example'"],
  ])("%s is written as %s", (value, written) => {
    expect(quoted(value)).toBe(written);
  });

  it.each(["'\"`", "a\nb", "a\u0000b", "\t'`\""])("%j cannot be written at all", (value) => {
    expect(quoted(value)).toBeNull();
  });

  it("comes back as it was, whatever it is", () => {
    const value = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(
        value,
        fc.constantFrom("", "#", " ", "\\n", "'", '"', "$A", "="),
        (text, more) => {
          const written = quoted(text + more);
          fc.pre(written !== null);
          expect(parseEnv(`A=${written}\nB=1\n`)).toEqual({ A: text + more, B: "1" });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("reaches the worker as it was answered: name, login and password", () => {
    const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(word, word, word, (name, user, password) => {
        const shopName = name.trim();
        fc.pre(shopName !== "" && quoted(shopName) !== null);
        const email = "info@shop.example.jp";
        const answers = { host: "lolipop", email, password, shopName, staff: email } as const;
        const env = parseEnv(settingsText(sectionsOf(answers, { user })));
        const config = loadConfig(["SHOP_NAME", "INBOX_URL", "DRY_RUN"], env, directory);
        expect(config).toMatchObject({ SHOP_NAME: shopName, DRY_RUN: true });
        expect(parseImapUrl(config.INBOX_URL)).toMatchObject({ user, password });
      }),
    );
  });
});

describe("writing .env", () => {
  it("leaves one file, for its owner only", () => {
    expect(writeSettings(directory, "A=1\n", null)).toBeNull();
    expect(readdirSync(directory)).toEqual([".env"]);
    expect(modeOf()).toBe(0o600);
    expect(read()).toBe("A=1\n");
  });

  it("never takes the place of another", () => {
    writeFileSync(join(directory, ".env"), "OLD=1\n");
    const again = () => writeSettings(directory, "A=1\n", null);
    expect(again).toThrow(expect.objectContaining({ code: "settings_exist" }));
    expect(readdirSync(directory)).toEqual([".env"]);
    expect(read()).toBe("OLD=1\n");
  });

  it("keeps the older one where it may be replaced, and hides that, too", () => {
    writeFileSync(join(directory, ".env"), "OLD=1\n", { mode: 0o644 });
    const kept = writeSettings(directory, "A=1\n", AT);
    expect(kept).toBe(".env.before-20261121T030405Z");
    expect(readdirSync(directory).sort()).toEqual([".env", kept]);
    expect(read()).toBe("A=1\n");
    expect(read(kept ?? "")).toBe("OLD=1\n");
    expect([modeOf(), modeOf(kept ?? "")]).toEqual([0o600, 0o600]);
  });

  it("leaves the file alone where the older one cannot be kept", () => {
    writeFileSync(join(directory, ".env"), "OLD=1\n");
    writeFileSync(join(directory, ".env.before-20261121T030405Z"), "OLDER=1\n");
    expect(() => writeSettings(directory, "A=1\n", AT)).toThrow(PermanentError);
    expect(read()).toBe("OLD=1\n");
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it("says why it cannot", () => {
    const nowhere = join(directory, "missing");
    expect(() => writeSettings(nowhere, "A=1\n", null)).toThrow(/cannot be written .*\(ENOENT\)/);
  });
});

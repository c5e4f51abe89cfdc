// What runs when henkin is installed: only the install scripts that somebody has looked at, and only
// packages whose content the lock file names.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

interface Locked {
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
}

const manifest = JSON.parse(read("package.json")) as {
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly scripts: Readonly<Record<string, string>>;
};
const lock = JSON.parse(read("package-lock.json")) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");

describe("an installation", () => {
  it("runs the install scripts that are allowed by name, and no other", () => {
    const withScript = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = withScript.map(([path]) => path.replace(/^.*node_modules\//, ""));
    const allowed = Object.entries(manifest.allowScripts).filter(([, isAllowed]) => isAllowed);
    expect([...new Set(names)].sort()).toEqual(allowed.map(([name]) => name).sort());
  });

  it("takes packages from whatever registry is set, and only with the content that is locked", () => {
    expect(packages.length).toBeGreaterThan(100);
    expect(packages.filter(([, { integrity }]) => !integrity?.startsWith("sha512-"))).toEqual([]);
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    expect(read(".npmrc")).not.toMatch(/registry\s*=\s*http|ignore-scripts\s*=\s*false|_auth/);
  });

  it("runs no script of henkin's own but the build", () => {
    const own = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "postprepare"];
    expect(own.filter((name) => name in manifest.scripts)).toEqual([]);
    expect(manifest.scripts["prepare"]).toBe("npm run build");
  });

  it("is told of by `npm ci` alone, in the documents and in CI", () => {
    const ci = readdirSync(join(ROOT, ".ci")).map((name) => read(join(".ci", name)));
    const commands = [read("README.md"), ...ci].join("\n");
    expect(commands).toMatch(/\bnpm ci\b/);
    expect(commands).not.toMatch(
      /\bnpm (?:i|install|add|rebuild|exec)\b|\bnpx (?!henkin\b)\S+@|\bcurl\b.*\|/,
    );
  });
});

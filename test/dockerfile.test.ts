// What the Dockerfile promises, read from its text: no engine runs here.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** One for each instruction, its continued lines joined; comments left out. */
function instructionsOf(text: string): Instruction[] {
  return text
    .replace(/^\s*#.*\n/gm, "")
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", rest = ""] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
      return { name, rest: rest.trim() };
    });
}

/** What is wrong with it, in words. */
function faultsOf(text: string): string[] {
  const all = instructionsOf(text);
  const lastStage = all.slice(all.findLastIndex(({ name }) => name === "FROM"));
  const of = (name: string, where = all) =>
    where.filter((one) => one.name === name).map(({ rest }) => rest);
  const images = [...of("FROM"), ...of("ARG").filter((rest) => /IMAGE/.test(rest))].join("\n");
  const isSecret = (rest: string) => /KEY|TOKEN|SECRET|PASSWORD|_URL/i.test(rest);
  const faults: [string, boolean][] = [
    ["unknown instruction", all.some(({ name }) => name === "")],
    ["an image without a version", /:latest|^[\w/]+$/m.test(images) || !/node:\d+/.test(images)],
    ["runs as root", ["", "root", "0"].includes(of("USER", lastStage).at(-1) ?? "")],
    ["ADD fetches and unpacks", of("ADD").length > 0],
    ["a secret in the image", [...of("ENV"), ...of("ARG")].some(isSecret)],
    ["no volume", of("VOLUME", lastStage).length !== 1],
    ["no health check", of("HEALTHCHECK", lastStage).length !== 1],
    ["copies all", of("COPY").some((rest) => /^(?:\.|\*)\s/.test(rest))],
    [
      "apt's lists are left",
      of("RUN").some((rest) => /apt-get/.test(rest) && !/rm -rf \/var\/lib\/apt/.test(rest)),
    ],
    [
      "a shell between the signal and the worker",
      !/^\[/.test(of("ENTRYPOINT", lastStage)[0] ?? ""),
    ],
  ];
  return faults.filter(([, isSo]) => isSo).map(([fault]) => fault);
}

const TEXT = read("Dockerfile");
const instructions = instructionsOf(TEXT);
const lastOf = (name: string) => instructions.findLast((one) => one.name === name)?.rest ?? "";

describe("the image", () => {
  it("keeps its promises", () => {
    expect(faultsOf(TEXT)).toEqual([]);
  });

  it.each([
    ["FROM x:latest\n", "an image without a version"],
    [TEXT.replace("node:24-bookworm-slim", "node"), "an image without a version"],
    [TEXT.replace("USER node", ""), "runs as root"],
    [TEXT.replace("USER node", "USER root"), "runs as root"],
    [TEXT.replace("COPY templates", "ADD templates"), "ADD fetches and unpacks"],
    [TEXT.replace("HEALTH_PORT=8080", "STRIPE_API_KEY=sk_live_1"), "a secret in the image"],
    [TEXT.replace(/^VOLUME.*$/m, ""), "no volume"],
    [TEXT.replace("COPY src ./src", "COPY . ./"), "copies all"],
    [
      TEXT.replace('ENTRYPOINT ["henkin"]', "ENTRYPOINT henkin"),
      "a shell between the signal and the worker",
    ],
  ])("would be found out otherwise (%#)", (text, fault) => {
    expect(faultsOf(text)).toContain(fault);
  });

  it("runs a Node that henkin runs on, an even one", () => {
    const major = Number(/node:(\d+)/.exec(TEXT)?.[1]);
    const { engines } = JSON.parse(read("package.json")) as { engines: { node: string } };
    expect(major).toBeGreaterThan(Number(/\d+/.exec(engines.node)?.[0]) - 1);
    expect(major % 2).toBe(0);
  });

  it("works in the volume, which holds .env and data", () => {
    expect(lastOf("WORKDIR")).toBe(lastOf("VOLUME"));
    expect(lastOf("CMD")).toBe('["run"]');
  });

  it("copies only files that there are, and that reach the builder", () => {
    const ignored = read(".dockerignore").split("\n");
    expect(ignored.filter((line) => line !== "" && !line.startsWith("#"))[0]).toBe("*");
    const allowed = ignored.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    const copied = instructions
      .filter(({ name, rest }) => name === "COPY" && !rest.startsWith("--from="))
      .flatMap(({ rest }) => rest.split(" ").slice(0, -1));
    expect(copied.length).toBeGreaterThan(5);
    expect([...new Set(copied)].sort()).toEqual(allowed.sort());
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

describe("what the image holds for PostgreSQL", () => {
  const folder = mkdtempSync(join(tmpdir(), "henkin-image-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const PRUNE = "npm prune --omit=dev --ignore-scripts";
  const choice = instructions.find(({ name, rest }) => name === "RUN" && rest.includes(PRUNE));
  const plain = read("package.json");

  /** What npm would be called with then; npm itself is not. */
  function choose(database: string) {
    const file = join(folder, "package.json");
    writeFileSync(file, plain);
    const script = (choice?.rest ?? "").replace(PRUNE, "echo pruned");
    const env = { ...process.env, DATABASE: database };
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], {
      ...{ cwd: folder, env, encoding: "utf8" },
    });
    return { status, stdout, stderr, manifest: JSON.parse(readFileSync(file, "utf8")) as Manifest };
  }

  it("is nothing, unless it is asked for", () => {
    expect(lastOf("ARG")).toBe("DATABASE");
    expect(instructions.find(({ rest }) => rest.startsWith("DATABASE="))?.rest).toBe(
      "DATABASE=sqlite",
    );
    expect(choose("sqlite")).toMatchObject({
      ...{ status: 0, stdout: "pruned\n", manifest: JSON.parse(plain) },
    });
  });

  it("is the driver and the engine, in the versions that package.json has", () => {
    const { manifest: before } = choose("sqlite");
    const { status, stdout, manifest } = choose("postgres");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "pruned\n" });
    const optional = before.peerDependencies;
    expect(Object.keys(optional).sort()).toEqual(["@dbos-inc/dbos-sdk", "pg"]);
    expect(manifest.dependencies).toEqual({ ...before.dependencies, ...optional });
    expect(Object.keys(manifest.devDependencies).filter((name) => name in optional)).toEqual([]);
    expect({ ...manifest.devDependencies, ...optional }).toEqual(before.devDependencies);
  });

  it("is not guessed from another word", () => {
    expect(choose("mysql")).toMatchObject({
      ...{ status: 1, stdout: "", stderr: expect.stringContaining("not mysql") },
    });
  });
});

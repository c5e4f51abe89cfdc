import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { preview } from "../../src/commands/preview.ts";
import { ConfigError, PermanentError } from "../../src/domain/errors.ts";
import { readMessage } from "../../src/mail/message-reader.ts";
import { sampleVariables } from "../../src/mail/sample-variables.ts";

const TEMPLATES = fileURLToPath(new URL("../../templates", import.meta.url));
const NAMES = Object.keys(sampleVariables("ja")).map((name) => name.replaceAll("_", "-"));

let root: string;
let directory: string;
/** Where henkin has written its preview once, for tests that only look. */
let seen: string;
let told: Awaited<ReturnType<typeof run>>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "henkin-preview-"));
  directory = await mkdtemp(join(root, "shop-"));
  seen = join(directory, "preview");
  told = await run();
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(root, "shop-"));
});

async function run(args: string[] = [], env: Record<string, string> = {}) {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const { signal } = new AbortController();
  const code = await preview(args, { env, directory, print, stop: signal });
  return { code, printed };
}

const read = (path: string) => readFile(join(directory, path), "utf8");
const look = (path: string) => readFile(join(seen, path), "utf8");

describe("henkin preview", () => {
  it("writes every mail in both languages, without any setting", async () => {
    const { code, printed } = told;
    expect(code).toBe(0);
    expect(printed).toEqual([
      expect.stringMatching(/^\d+ mails in 2 languages. Open preview\/index.html/),
    ]);
    expect((await readdir(seen)).sort()).toEqual(["en", "index.html", "ja"]);
    for (const language of ["ja", "en"]) {
      const files = await readdir(join(seen, language));
      const expected = NAMES.flatMap((name) =>
        ["eml", "html", "txt"].map((end) => `${name}.${end}`),
      );
      expect(files).toEqual(expect.arrayContaining(expected));
      for (const file of files) {
        expect((await look(`${language}/${file}`)).length, file).toBeGreaterThan(100);
      }
    }
  });

  it("shows the request for a decision in each of its forms", async () => {
    const request = (form: string) => look(`en/approval-request${form}.txt`);
    const plain = await request("");
    const others = ["-void", "-transfer", "-no-proposal", "-changed-test-mode"].map(request);
    expect(new Set([plain, ...(await Promise.all(others))]).size).toBe(5);
  });

  it("links and frames exactly the files that are there, and needs nothing else", async () => {
    const page = await look("index.html");
    const named = Array.from(page.matchAll(/(?:src|href)="([^"#]+)"/g), ([, path = ""]) => path);
    const there = (await readdir(seen, { recursive: true })).filter((path) => path.includes("/"));
    expect([...new Set(named)].sort()).toEqual(there.sort());
    expect(page).not.toMatch(/<script|https?:|@import|url\(/);
    const anchors = Array.from(page.matchAll(/href="#([^"]+)"/g), ([, id]) => id);
    expect(anchors.length).toBeGreaterThanOrEqual(NAMES.length);
    for (const id of anchors) expect(page).toContain(`<section id="${id}">`);
  });

  it("groups them by who reads them", async () => {
    await run([]);
    const page = await read(join("preview", "index.html"));
    const order = ["To staff", "status inquiry", "To the customer", "refunded", "To the manager"];
    const places = [...order, "escalation"].map((words) => page.indexOf(words));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it("writes mails that a mail program opens", async () => {
    const raw = await readFile(join(seen, "ja/refunded.eml"));
    const message = await readMessage(raw);
    const [subject] = (await look("ja/refunded.txt")).split("\n");
    expect(message.subject).toBe(subject);
    expect(message.text).toContain("返金");
    expect(await look("index.html")).toContain(`<strong>${subject}</strong>`);
  });

  it("puts the shop's language first", async () => {
    await run(["ja"]);
    await run(["en"], { LOCALE: "en" });
    const first = async (folder: string) =>
      /src="(\w+)\//.exec(await read(`${folder}/index.html`))?.[1];
    expect([await first("ja"), await first("en")]).toEqual(["ja", "en"]);
  });

  it("shows the shop's own templates, as text and not as markup", async () => {
    await mkdir(join(directory, "own/ja"), { recursive: true });
    const path = join(directory, "own/ja/refunded.hbs");
    await cp(join(TEMPLATES, "ja/refunded.hbs"), path);
    const template = await readFile(path, "utf8");
    await writeFile(path, template.replace("--- subject\n", "--- subject\n<b>当店</b> "));
    await run([], { TEMPLATES_DIR: "own" });
    expect(await read("preview/ja/refunded.txt")).toMatch(/^<b>当店<\/b> /);
    const page = await read("preview/index.html");
    expect(page).toContain("&lt;b&gt;当店&lt;/b&gt;");
    expect(page).not.toContain("<b>");
  });

  it("names what is wrong with the shop's own templates, and writes nothing", async () => {
    await mkdir(join(directory, "own/ja"), { recursive: true });
    await writeFile(join(directory, "own/ja/refunded.hbs"), "--- subject\n{{nobody}}\n");
    await expect(run([], { TEMPLATES_DIR: "own" })).rejects.toThrow(ConfigError);
    expect(await readdir(directory)).toEqual(["own"]);
  });

  it("renews its own folder", async () => {
    await run();
    await writeFile(join(directory, "preview/ja/refunded.txt"), "old");
    await run();
    expect(await read("preview/ja/refunded.txt")).not.toBe("old");
  });

  it("goes on in a folder where it was broken off", async () => {
    await run();
    await rm(join(directory, "preview/en"), { recursive: true });
    await writeFile(join(directory, "preview/ja/refunded.txt"), "");
    await run();
    expect((await readdir(join(directory, "preview/en"))).length).toBeGreaterThan(NAMES.length);
  });

  it.each([
    ["other files", "notes.txt", "mine"],
    ["somebody's page", "index.html", "<!doctype html><title>mine</title>"],
  ])("leaves a folder with %s alone", async (_what, name, content) => {
    await mkdir(join(directory, "own"));
    await writeFile(join(directory, "own", name), content);
    await expect(run(["own"])).rejects.toThrow(/holds other files/);
    expect(await readdir(join(directory, "own"))).toEqual([name]);
    expect(await read(join("own", name))).toBe(content);
  });

  it("says in words what keeps it from writing", async () => {
    await writeFile(join(directory, "file"), "");
    await expect(run(["file"])).rejects.toThrow(PermanentError);
    await expect(run(["file/below"])).rejects.toThrow(/^The mails cannot be written to .*: /);
  });
});

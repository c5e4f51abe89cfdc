// The command line as an operator meets it: its usage, and the commands that need no worker.

import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contactForm, type ReplyOptions, staffReply, vacationReply } from "../support/mails.ts";
import { type CommandResult, runCommand } from "../support/worker.ts";
import { CUSTOMER, FILE_SETTINGS, PATIENCE_MS, STAFF, TIMEOUT_MS } from "./rig.ts";

const COMMANDS = [
  "run",
  "demo",
  "doctor",
  "parse",
  "decide",
  "tickets",
  "ticket",
  "approve",
  "reject",
  "choose",
  "summary",
  "backup",
  "restore",
  "stop",
  "resume",
  "audit",
];

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "henkin-commands-"));
});

afterAll(() => rm(directory, { recursive: true }));

function henkin(args: string[], env: Record<string, string> = FILE_SETTINGS) {
  return runCommand(args, { cwd: directory, env, timeoutMs: PATIENCE_MS });
}

async function file(name: string, content: Buffer | string): Promise<string> {
  await writeFile(join(directory, name), content);
  return name;
}

function expectNoStack({ stderr }: CommandResult): void {
  expect(stderr).not.toMatch(/^ {4}at /m);
}

describe.concurrent("henkin", { timeout: TIMEOUT_MS }, () => {
  test("--help lists the commands", async () => {
    const { code, stdout } = await henkin(["--help"]);
    expect(code).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    expect(listed).toEqual(expect.arrayContaining(COMMANDS));
  });

  test("--version says which it is", async () => {
    const manifest = new URL("../../package.json", import.meta.url);
    const { version } = JSON.parse(await readFile(manifest, "utf8"));
    expect(await henkin(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test("without a command shows its usage, on stderr", async () => {
    const { code, stdout, stderr } = await henkin([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: henkin <command>");
  });

  test.each([
    ["an unknown command", ["refund"]],
    ["an unknown option", ["tickets", "--nope"]],
    ["an option without its value", ["tickets", "--status"]],
    ["a status that is none", ["tickets", "--status", "paid"]],
    ["a date that is none", ["tickets", "--from", "21.11.2026"]],
    ["an amount that is none", ["tickets", "--amount", "much"]],
    ["a missing argument", ["ticket"]],
    ["an argument too many", ["reject", "1", "2"]],
    ["a ticket number that is none", ["ticket", "first"]],
    ["a candidate that is none", ["choose", "1", "ten"]],
    ["an audit of something else", ["audit", "everything"]],
    ["a head of the trail that is none", ["audit", "verify", "--head", "3f9a"]],
    ["a file too few", ["parse", "--json"]],
  ])("is told about %s, and ends with 2", async (_what, args) => {
    const result = await henkin(args);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toMatch(/^henkin: \S/);
    expectNoStack(result);
  });

  test("COMMAND --help explains it without doing it", async () => {
    const { code, stdout } = await henkin(["approve", "1", "--help"], {});
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: henkin approve N [--amount A]");
  });
});

describe.concurrent("henkin help", { timeout: TIMEOUT_MS }, () => {
  test("explains a command as its own --help does", async () => {
    const [one, other] = await Promise.all([
      henkin(["help", "approve"]),
      henkin(["approve", "-h"]),
    ]);
    expect(one).toMatchObject({ code: 0, stdout: other.stdout });
    expect(one.stdout).toMatch(/^Examples\n {2}henkin approve 12/m);
    expect((await henkin(["help"])).stdout).toBe((await henkin(["--help"])).stdout);
  });

  test.each([
    [["aprove", "1"], 'There is no command "aprove". Did you mean "approve"?'],
    [["help", "tikcets"], 'There is no command "tikcets". Did you mean "tickets"?'],
    [["constructor"], 'There is no command "constructor".\n→ See `henkin --help`'],
    [["approve", "1", "--amuont", "5"], "There is no option --amuont. Did you mean --amount?"],
    [["ticket"], "Usage: henkin ticket N"],
  ])("is near where %j is typed", async (args, words) => {
    const result = await henkin(args);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(words);
  });
});

describe("henkin demo", { timeout: TIMEOUT_MS }, () => {
  test("plays the whole job, and pays two of four", async () => {
    const { code, stdout, stderr } = await henkin(["demo"], {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [, state = ""] = /Refunds made by the sandbox provider: +(.+)$/m.exec(stdout) ?? [];
    const { refunds } = JSON.parse(await readFile(state, "utf8"));
    expect(refunds).toMatchObject([{ amount: 2467 }, { amount: 5400 }]);
    const [, mails = ""] = /All mails, to open with a mail program: (.+)$/m.exec(stdout) ?? [];
    expect((await readdir(mails)).length).toBeGreaterThan(10);
    const [, database = ""] = /DATABASE_URL=(\S+) npx henkin ticket 1$/m.exec(stdout) ?? [];
    const { stdout: story } = await henkin(["ticket", "1"], { DATABASE_URL: database });
    expect(story).toMatch(/sandbox says the refund of ¥2,467 succeeded/);
    await rm(dirname(state), { recursive: true });
  });
});

describe("henkin parse --json", { timeout: TIMEOUT_MS }, () => {
  test("reads the seed's mail", async () => {
    const seed = contactForm({ email: "geguhama@svk.jp" });
    const name = await file("seed.eml", seed);
    expect(await henkin(["parse", "--json", name], {})).toMatchObject({
      code: 0,
      json: [
        {
          file: name,
          kind: "refund_request",
          name: "田中太郎",
          email: "geguhama@svk.jp",
          phone: "00000000000",
          address: "東京都渋谷区渋谷1",
          orderNumbers: ["678"],
          requestedAmount: null,
          intent: "cancel",
          found: { orderNumbers: { part: expect.any(String), label: expect.any(String) } },
        },
      ],
    });
  });

  test("names a file it cannot read, and goes on with the others", async () => {
    const good = await file("good.eml", contactForm());
    const empty = await file("empty.eml", "");
    await mkdir(join(directory, "folder.eml"));
    const files = ["missing.eml", empty, "folder.eml", good];
    const result = await henkin(["parse", "--json", ...files], {});
    expect(result.code).toBe(1);
    expect(result.json.map(({ file, kind }) => [file, kind])).toEqual([
      ["missing.eml", null],
      ["empty.eml", null],
      ["folder.eml", null],
      [good, "refund_request"],
    ]);
    for (const { error } of result.json.slice(0, 3)) expect(error).toMatch(/\w/);
    expectNoStack(result);
  });
});

describe.concurrent("henkin decide --json", { timeout: TIMEOUT_MS }, () => {
  let request: Buffer;
  let answers = 0;

  beforeAll(async () => {
    const paid = { amount: 2467, currency: "jpy", status: "succeeded", payerEmail: CUSTOMER };
    await file(
      "payments.json",
      JSON.stringify([{ id: "p_679", description: "注文 679", ...paid }]),
    );
    await mkdir(join(directory, "inbox/new"), { recursive: true });
    await file("inbox/new/1.mail", contactForm({ orderNumber: "679" }));
    expect(await henkin(["run", "--once"])).toMatchObject({ code: 0 });
    const [sent = ""] = await readdir(join(directory, "outbox/new"));
    await copyFile(join(directory, "outbox/new", sent), join(directory, "request.eml"));
    request = await readFile(join(directory, "request.eml"));
  }, TIMEOUT_MS);

  /** What is decided by this answer, with its request and without. */
  async function decisions(raw: Buffer) {
    answers += 1;
    const name = await file(`answer-${answers}.eml`, raw);
    const alone = await henkin(["decide", "--json", name]);
    const threaded = await henkin(["decide", "--json", "--request", "request.eml", name]);
    expect([alone.code, threaded.code]).toEqual([0, 0]);
    return { alone: alone.json[0], threaded: threaded.json[0] };
  }

  const answer = (text: string, reply: Partial<ReplyOptions> = {}) =>
    staffReply({ request, from: `店員 <${STAFF}>`, text, ...reply });

  test("takes an authenticated OK in our thread", async () => {
    const { alone, threaded } = await decisions(await answer("OK"));
    const taken = { decision: "approve", words: "approve", amount: null, sender: "ok" };
    expect(alone).toMatchObject({ ...taken, thread: null });
    expect(threaded).toMatchObject({ ...taken, thread: "ok" });
  });

  test("reads amount, reason and note", async () => {
    const { threaded } = await decisions(
      await answer("OK 2,000円\n理由: 重複\nメモ: 手数料を除く"),
    );
    expect(threaded).toMatchObject({
      decision: "approve",
      amount: 2000,
      reason: "duplicate",
      note: "手数料を除く",
    });
  });

  test("takes no amount above what is left, once it knows the request", async () => {
    const { alone, threaded } = await decisions(await answer("OK 9999"));
    expect(alone).toMatchObject({ decision: "approve", amount: 9999 });
    expect(threaded).toMatchObject({ decision: "ambiguous" });
  });

  test("takes nothing from an answer to something else", async () => {
    const other = { inReplyTo: "<other@shop.example.jp>", quote: false, subject: "Re: [R-7]" };
    const { alone, threaded } = await decisions(await answer("OK", other));
    expect(alone).toMatchObject({ decision: "approve" });
    expect(threaded).toMatchObject({
      decision: "none",
      words: "approve",
      thread: "not_our_thread",
    });
  });

  test("takes nothing from a sender who is not authenticated, or not on the list", async () => {
    const forged = await decisions(await answer("OK", { authenticationResults: null }));
    expect(forged.threaded).toMatchObject({ decision: "none", words: "approve" });
    expect(forged.threaded?.["sender"]).not.toBe("ok");
    const stranger = await decisions(await answer("OK", { from: "x@shop.example.jp" }));
    expect(stranger.threaded).toMatchObject({ decision: "none", sender: "not_an_approver" });
  });

  test("takes nothing from an absence note that quotes the word", async () => {
    const note = await vacationReply({ request, from: STAFF, text: "OK" });
    expect((await decisions(note)).threaded).toMatchObject({
      decision: "none",
      sender: "automatic",
    });
  });

  test("names a file it cannot read, and goes on with the others", async () => {
    const good = await file("good-answer.eml", await answer("NG"));
    const result = await henkin(["decide", "--json", "missing.eml", good]);
    expect(result.code).toBe(1);
    expect(result.json).toMatchObject([
      { file: "missing.eml", decision: null, error: expect.any(String) },
      { file: good, decision: "reject" },
    ]);
    expectNoStack(result);
  });

  test("says which request it cannot read", async () => {
    const good = await file("answer.eml", await answer("NG"));
    const result = await henkin(["decide", "--json", "--request", "missing.eml", good]);
    expect(result.code).toBeGreaterThan(0);
    expect(result.stderr).toContain("missing.eml");
    expectNoStack(result);
  });
});

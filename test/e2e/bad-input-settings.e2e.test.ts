// Settings that cannot work: henkin says all of it at once and does nothing.

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test as plain } from "vitest";
import { contactForm } from "../support/mails.ts";
import { type CommandResult, runCommand, startWorker } from "../support/worker.ts";
import { FILE_SETTINGS, PATIENCE_MS, TIMEOUT_MS } from "./rig.ts";

const BAD_CONFIGURATION = 78;

function placeIn(directory: string) {
  return {
    directory,
    henkin: (args: string[], env: Record<string, string>) =>
      runCommand(args, { cwd: directory, env, timeoutMs: PATIENCE_MS }),
    exists: (name: string) => existsSync(join(directory, name)),
    async write(name: string, content: string | Buffer): Promise<void> {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), content);
    },
    async writeEnv(settings: Record<string, string>): Promise<void> {
      const lines = Object.entries(settings).map(([name, value]) => `${name}="${value}"\n`);
      await writeFile(join(directory, ".env"), lines.join(""));
    },
  };
}

/** A test with a working directory of its own, so that several may run at once. */
const test = plain.extend<{ place: ReturnType<typeof placeIn> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads here what a fixture needs.
  place: async ({}, use) => {
    const place = placeIn(await mkdtemp(join(tmpdir(), "henkin-settings-")));
    await place.write("payments.json", "[]");
    await use(place);
    await rm(place.directory, { recursive: true });
  },
});

/** The names in front of the colons. */
function named({ stderr }: CommandResult): string[] {
  return [...stderr.matchAll(/^ {2}([\w./-]+):/gm)].map(([, name = ""]) => name).sort();
}

function expectNoStack({ stderr }: CommandResult): void {
  expect(stderr).not.toMatch(/^ {4}at /m);
}

describe.concurrent("settings that are wrong", { timeout: TIMEOUT_MS }, () => {
  test("are all told when nothing is set", async ({ place }) => {
    const result = await place.henkin(["run"], {});
    expect(result).toMatchObject({ code: BAD_CONFIGURATION, stdout: "" });
    expect(named(result)).toEqual([
      "INBOX_URL",
      "MANAGER_EMAILS",
      "OUTBOX_URL",
      "SHOP_EMAIL",
      "SHOP_NAME",
      "STAFF_EMAILS",
      "STRIPE_API_KEY",
    ]);
  });

  test("are all told at once, each by its name, and nothing is begun", async ({ place }) => {
    const wrong = {
      INBOX_URL: "imap://shop:secret-word@mail.example.jp/INBOX?x=1",
      OUTBOX_URL: "http://mail.example.jp",
      INBOX_SINCE: "yesterday",
      POLL_SECONDS: "0",
      SHOP_EMAIL: "shop",
      STAFF_EMAILS: "staff@shop.example.jp, nobody",
      ORDER_URL: "orders",
      CLOSED_DAYS: "someday",
      ACKNOWLEDGE: "yes",
      APPROVAL_AUTH: "none",
      TOKEN_MAX_AMOUNT: "1.5",
      REFUND_MAX_PER_HOUR: "-1",
      DRY_RUN: "maybe",
      STRIPE_API_KEY: "pk_test_123",
      STRIPE_API_BASE: "http://stripe.example.com",
      DATABASE_URL: "mysql://localhost/henkin",
      DATA_KEY: "c2hvcnQ=",
      TIMEZONE: "Tokyo",
      SUMMARY_AT: "25:00",
      LOCALE: "fr",
      LOG_LEVEL: "loud",
    };
    const result = await place.henkin(["run"], { ...FILE_SETTINGS, ...wrong });
    expect(result.code).toBe(BAD_CONFIGURATION);
    expect(named(result)).toEqual(Object.keys(wrong).sort());
    expect(result.stderr).not.toContain("secret-word");
    expectNoStack(result);
    expect(place.exists("data")).toBe(false);
  });

  test("include a folder for approvals where the inbox is no mailbox", async ({ place }) => {
    const settings = { ...FILE_SETTINGS, APPROVAL_FOLDER: "返金承認" };
    for (const command of ["run", "doctor"]) {
      const result = await place.henkin([command], settings);
      expect(result).toMatchObject({ code: BAD_CONFIGURATION, stdout: "" });
      expect(named(result)).toEqual(["APPROVAL_FOLDER"]);
      expectNoStack(result);
    }
    expect(place.exists("data")).toBe(false);
  });

  test("are told by doctor in the same way", async ({ place }) => {
    const wrong = { ...FILE_SETTINGS, SUMMARY_AT: "soon", LOCALE: "fr" };
    const result = await place.henkin(["doctor"], wrong);
    expect(result.code).toBe(BAD_CONFIGURATION);
    expect(named(result)).toEqual(["LOCALE", "SUMMARY_AT"]);
  });

  test("do not stop a command that needs none of them", async ({ place }) => {
    await place.write("mail.eml", "From: a@example.jp\r\nSubject: x\r\n\r\nhello\r\n");
    const result = await place.henkin(["parse", "--json", "mail.eml"], { SUMMARY_AT: "soon" });
    expect(result).toMatchObject({ code: 0, json: [{ kind: "other" }] });
  });

  for (const name of [
    "INBOX_URL",
    "OUTBOX_URL",
    "STRIPE_API_KEY",
    "SMARTPAY_SECRET_KEY",
    "DATA_KEY",
  ]) {
    test(`include ${name} where it stands in a file as well`, async ({ place }) => {
      await place.write("secret", "maildir:elsewhere");
      const both = { [name]: "maildir:here", [`${name}_FILE`]: "secret" };
      const result = await place.henkin(["run"], { ...FILE_SETTINGS, ...both });
      expect(result.code).toBe(BAD_CONFIGURATION);
      expect(named(result)).toEqual([name]);
      expect(result.stderr).toContain(`${name}_FILE`);
    });
  }

  test("include a file of a secret that is not there", async ({ place }) => {
    const settings = { ...FILE_SETTINGS, INBOX_URL: "", INBOX_URL_FILE: "missing" };
    const result = await place.henkin(["run"], settings);
    expect(result.code).toBe(BAD_CONFIGURATION);
    expect(named(result)).toEqual(["INBOX_URL_FILE"]);
  });
});

describe.concurrent(".env in the working directory", { timeout: TIMEOUT_MS }, () => {
  test("is read, and relative paths start there", async ({ place }) => {
    await place.writeEnv(FILE_SETTINGS);
    expect(await place.henkin(["run", "--once"], {})).toMatchObject({ code: 0 });
    expect(place.exists("inbox/new")).toBe(true);
    expect(place.exists("data/henkin.db")).toBe(true);
  });

  test("gives way to the environment", async ({ place }) => {
    await place.writeEnv({ ...FILE_SETTINGS, LOCALE: "fr", DATABASE_URL: "sqlite:file.db" });
    const env = { LOCALE: "en", DATABASE_URL: "sqlite:environment.db" };
    expect(await place.henkin(["run", "--once"], env)).toMatchObject({ code: 0 });
    expect(place.exists("environment.db")).toBe(true);
    expect(place.exists("file.db")).toBe(false);
  });

  test("is as strict as the environment", async ({ place }) => {
    await place.writeEnv({ ...FILE_SETTINGS, LOCALE: "fr" });
    const result = await place.henkin(["run", "--once"], {});
    expect(result.code).toBe(BAD_CONFIGURATION);
    expect(named(result)).toEqual(["LOCALE"]);
  });

  test("may name the file of a secret", async ({ place }) => {
    await place.writeEnv({ ...FILE_SETTINGS, INBOX_URL: "", INBOX_URL_FILE: "secret" });
    await place.write("secret", "maildir:from-secret\n");
    expect(await place.henkin(["run", "--once"], {})).toMatchObject({ code: 0 });
    expect(place.exists("from-secret/new")).toBe(true);
  });
});

describe.concurrent("a template of the shop's own that", { timeout: TIMEOUT_MS }, () => {
  const rest = "--- text\nx\n--- html\nx\n";
  for (const [what, file, content] of [
    ["does not compile", "ja/refunded.hbs", `--- subject\n{{#if amount}\n${rest}`],
    ["uses a word that is none", "ja/refunded.hbs", `--- subject\n{{amuont}}\n${rest}`],
    ["lacks a part", "en/rejected.hbs", "--- subject\nx\n--- text\nx\n"],
    ["has a name no mail has", "ja/refundet.hbs", `--- subject\nx\n${rest}`],
  ] as const) {
    test(`${what} stops the start, by its name`, async ({ place }) => {
      await place.write(join("templates", file), content);
      const result = await place.henkin(["run"], { ...FILE_SETTINGS, TEMPLATES_DIR: "templates" });
      expect(result.code).toBe(BAD_CONFIGURATION);
      expect(result.stderr).toContain(file);
      expectNoStack(result);
      expect(place.exists("data")).toBe(false);
    });
  }

  test("lies in a folder that is not there stops the start", async ({ place }) => {
    const result = await place.henkin(["run"], { ...FILE_SETTINGS, TEMPLATES_DIR: "nowhere" });
    expect(result.code).toBe(BAD_CONFIGURATION);
    expect(result.stderr).toContain("nowhere");
  });
});

describe.concurrent("a database that", { timeout: TIMEOUT_MS }, () => {
  test("has a worker turns a second one away, and the first works on", async ({
    place,
    onTestFinished,
    // Only this one knows which of the concurrent tests polls.
    expect,
  }) => {
    const first = startWorker({ cwd: place.directory, env: FILE_SETTINGS });
    onTestFinished(() => first.kill("SIGKILL"));
    await first.waitForLog(({ msg }) => msg === "henkin is at work", PATIENCE_MS);
    const second = await place.henkin(["run"], FILE_SETTINGS);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("Another henkin worker is running");
    expectNoStack(second);

    await place.write("inbox/new/1.mail", contactForm());
    const listed = async () => (await place.henkin(["tickets", "--json"], FILE_SETTINGS)).json;
    await expect.poll(listed, { timeout: PATIENCE_MS }).toHaveLength(1);
    first.kill();
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(await place.henkin(["run", "--once"], FILE_SETTINGS)).toMatchObject({ code: 0 });
  });

  test("is another kind of file is named, and left as it is", async ({ place }) => {
    await place.write("data/henkin.db", "a letter to my mother\n".repeat(100));
    const result = await place.henkin(["run"], FILE_SETTINGS);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("data/henkin.db");
    expectNoStack(result);
  });

  for (const command of ["run", "tickets", "doctor"]) {
    test(`cannot be made is named by ${command}`, async ({ place }) => {
      await place.write("data", "a file where a folder should be");
      const result = await place.henkin([command], FILE_SETTINGS);
      expect(result.code).toBe(1);
      expect(result.stdout + result.stderr).toContain("data");
      expectNoStack(result);
    });
  }
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  grantFindings,
  type MailAccessConfig,
  mailAccess,
  openAccessTokens,
  tokenUser,
} from "../src/mail-access.ts";
import { buildStore } from "../src/open-store.ts";
import type { OpenStore } from "../src/store/store.ts";
import { DAY } from "./support/fake-clock.ts";

const CONFIG: MailAccessConfig = {
  INBOX_URL: "imaps://info%40shop.example.jp@imap.gmail.com/INBOX",
  OUTBOX_URL: "smtps://info%40shop.example.jp@smtp.gmail.com",
  MAIL_OAUTH: "google",
  OAUTH_CLIENT_ID: "id",
  OAUTH_CLIENT_SECRET: undefined,
  OAUTH_TENANT: undefined,
  DATABASE_URL: "henkin.db",
  DATA_KEY: Buffer.alloc(32, 7),
  HENKIN_SHOP: "shop",
};
const log = { info() {}, warn() {}, error() {}, debug() {} };

let directory: string;
let store: OpenStore;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "henkin-access-"));
  store = await buildStore(CONFIG, directory);
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

const consent = async (config: MailAccessConfig, lifeMs: number | null = null) =>
  (await mailAccess(config, directory, store))?.grants.begin(
    "refresh-token",
    lifeMs,
    async () => {},
  );
const findings = (config: MailAccessConfig, now = Date.now()) =>
  grantFindings(config, directory, store, now);

describe("the user that a token proves", () => {
  it.each<[string, Partial<MailAccessConfig>, string | null]>([
    ["is that of both servers", {}, "info@shop.example.jp"],
    ["is nobody without MAIL_OAUTH", { MAIL_OAUTH: undefined }, null],
    [
      "is that of sending alone, where reading has a password",
      { INBOX_URL: "imaps://a:b@host" },
      "info@shop.example.jp",
    ],
    [
      "is nobody where both have passwords, or need none",
      { INBOX_URL: "imaps://a:b@host", OUTBOX_URL: "smtp://localhost" },
      null,
    ],
    ["is nobody of folders", { INBOX_URL: "maildir:a", OUTBOX_URL: "maildir:b" }, null],
  ])("%s", (_case, changed, user) => {
    expect(tokenUser({ ...CONFIG, ...changed })).toBe(user);
  });
});

describe("what is found of the consent", () => {
  it("is nothing where no mailbox needs one", async () => {
    expect(await findings({ ...CONFIG, MAIL_OAUTH: undefined })).toEqual([]);
  });

  it("is that there is none", async () => {
    expect(await findings(CONFIG)).toMatchObject([
      { level: "fail", mend: expect.stringContaining("henkin authorize") },
    ]);
  });

  it("is when it was given, and that it ends unless used", async () => {
    await consent(CONFIG);
    expect(await findings(CONFIG)).toMatchObject([
      { level: "ok", check: "consent of google", message: expect.stringContaining("unless used") },
    ]);
  });

  it("is a warning two weeks before it dies for want of use", async () => {
    const config = { ...CONFIG, MAIL_OAUTH: "microsoft" };
    await consent(config);
    const day = (count: number) => findings(config, Date.now() + count * DAY);
    expect(await day(75)).toMatchObject([{ level: "ok" }]);
    expect(await day(77)).toMatchObject([
      { level: "warn", mend: expect.stringContaining("henkin authorize") },
    ]);
  });

  it("is a warning at once of an app in testing at Google, and how to leave that", async () => {
    await consent(CONFIG, 7 * DAY);
    expect(await findings(CONFIG)).toMatchObject([
      { level: "warn", mend: expect.stringContaining('"in testing"') },
    ]);
  });

  it.each<[string, Partial<MailAccessConfig>]>([
    ["another user", { INBOX_URL: "imaps://other%40shop.example.jp@imap.gmail.com/INBOX" }],
    ["another server", { MAIL_OAUTH: "https://login.example.jp" }],
    ["another registration", { OAUTH_CLIENT_ID: "other" }],
    ["another key", { DATA_KEY: Buffer.alloc(32, 8) }],
  ])("is that there is none for %s", async (_case, changed) => {
    await consent(CONFIG);
    expect(await findings({ ...CONFIG, ...changed })).toMatchObject([{ level: "fail" }]);
  });
});

it("a look without a database makes none", async () => {
  const config = { ...CONFIG, DATABASE_URL: "other.db" };
  const open = () => Promise.reject(new Error("was opened"));
  const tokens = openAccessTokens(config, directory, log, open);
  await expect(tokens?.take(new AbortController().signal)).rejects.toMatchObject({
    code: "oauth_not_authorized",
  });
  await tokens?.close();
});

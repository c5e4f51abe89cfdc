// What the composition root makes of the settings by itself.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadWorkerConfig } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import { buildFolders } from "../src/mail-servers.ts";
import { buildStore } from "../src/open-store.ts";
import { buildProviders } from "../src/providers.ts";
import { lockForWorker } from "../src/store/database.ts";
import { MONDAY } from "./support/fake-clock.ts";
import { FakeEpsilon } from "./support/fake-epsilon.ts";
import { FakeMakeshop } from "./support/fake-makeshop.ts";
import { aPayment } from "./support/memory-provider.ts";
import { makeOlderDatabase } from "./support/older-database.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const INBOX_URL = "imap://shop:secret@127.0.0.1:143/INBOX";

function folders(APPROVAL_FOLDER?: string): string[] {
  const config = APPROVAL_FOLDER === undefined ? { INBOX_URL } : { INBOX_URL, APPROVAL_FOLDER };
  return buildFolders(config, log).map(({ verdict, inbox }) => `${verdict} ${inbox.mailbox}`);
}

describe("the folders whose mails decide", () => {
  it("are none where the shop names none", () => {
    expect(folders()).toEqual([]);
  });

  it.each([
    ["返金承認", "返金却下"],
    ["INBOX.返金承認", "INBOX.返金却下"],
    ["INBOX/店/返金承認", "INBOX/店/返金却下"],
  ])("lie in the mailbox of the inbox, side by side: %s and %s", (approvals, rejections) => {
    const mailbox = "imap://shop@127.0.0.1:143";
    expect(folders(approvals)).toEqual([
      `approve ${mailbox}/${approvals}`,
      `reject ${mailbox}/${rejections}`,
    ]);
  });
});

describe("a shop without a provider's key", () => {
  const env = {
    ...{ INBOX_URL: "maildir:inbox", OUTBOX_URL: "maildir:outbox", DATABASE_URL: "sqlite:db" },
    ...{ SHOP_NAME: "見本商店", SHOP_EMAIL: "shop@shop.example" },
    ...{ STAFF_EMAILS: "tanaka@shop.example", MANAGER_EMAILS: "manager@shop.example" },
  };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "henkin-app-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function knows(...providers: string[]): Promise<void> {
    const store = await buildStore({ DATABASE_URL: "db", HENKIN_SHOP: "shop" }, folder);
    const payments = providers.map((provider) => aPayment({ provider }));
    await store.write((tx) => tx.payments.upsert(payments, MONDAY));
    await store.close();
  }

  it.each([["manual"], ["manual", "sandbox"]])(
    "starts on imported payments: %s %s",
    async (...known) => {
      await knows(...known.filter((name) => name !== undefined));
      expect(await loadWorkerConfig(env, folder)).toMatchObject({ SHOP_NAME: "見本商店" });
      const wrong = loadWorkerConfig({ ...env, SHOP_NAME: "" }, folder);
      await expect(wrong).rejects.toMatchObject({ problems: ["SHOP_NAME: is required"] });
    },
  );

  it.each([[[]], [["sandbox"]], [["stripe", "manual"]]])(
    "does not start where the index knows %j: the key is missing",
    async (known) => {
      await knows(...known);
      const problems = [expect.stringMatching(/^STRIPE_API_KEY: is required/)];
      await expect(loadWorkerConfig(env, folder)).rejects.toMatchObject({ problems });
    },
  );

  it.each([
    [{ env: {} }, { code: "sqlite_notadb" }],
    [{ env: { STRIPE_API_KEY: "sk_test_1", SHOP_NAME: "" } }, { code: "bad_configuration" }],
    [{ env: { DATABASE_URL: "postgres:x" } }, { code: "bad_configuration" }],
  ])("tells what is really wrong, beside a database that cannot be read: %j", async (one, told) => {
    writeFileSync(
      join(folder, "db"),
      "no database, but long enough to be taken for one".repeat(99),
    );
    await expect(loadWorkerConfig({ ...env, ...one.env }, folder)).rejects.toMatchObject(told);
  });

  it("tells that the database waits for an update", async () => {
    await makeOlderDatabase(join(folder, "db"), 1);
    const free = lockForWorker(join(folder, "db"));
    const told = loadWorkerConfig(env, folder);
    await expect(told).rejects.toMatchObject({ code: "database_waits" });
    free();
  });

  it("does not start without a database", async () => {
    await expect(loadWorkerConfig(env, folder)).rejects.toThrow("STRIPE_API_KEY");
  });
});

describe("the payment providers", () => {
  const NAMES = [
    ...([
      "STRIPE_API_KEY",
      "STRIPE_API_BASE",
      "SMARTPAY_SECRET_KEY",
      "SMARTPAY_API_BASE",
      "SANDBOX_PAYMENTS",
      "EPSILON_CONTRACT_CODE",
    ] as const),
    ...(["EPSILON_API_BASE", "MAKESHOP_SHOP_ID", "MAKESHOP_TOKEN", "MAKESHOP_API_BASE"] as const),
  ];
  const build = (env: Record<string, string>) => buildProviders(loadConfig(NAMES, env, "."), ".");

  it("are those the settings name", async () => {
    const epsilon = { EPSILON_CONTRACT_CODE: "64985980" };
    expect([...(await build(epsilon)).keys()]).toEqual(["epsilon"]);
    const both = { ...epsilon, STRIPE_API_KEY: "sk_test_1", SANDBOX_PAYMENTS: "payments.json" };
    expect([...(await build(both)).keys()]).toEqual(["stripe", "epsilon", "sandbox"]);
  });

  it("tell what makeshop says beside Epsilon", async () => {
    const epsilon = new FakeEpsilon();
    const makeshop = new FakeMakeshop(() => 0);
    await epsilon.start();
    await makeshop.start();
    epsilon.add("P1");
    makeshop.set("P1");
    const providers = await build({
      EPSILON_CONTRACT_CODE: epsilon.contractCode,
      EPSILON_API_BASE: epsilon.base,
      MAKESHOP_SHOP_ID: makeshop.shopId,
      MAKESHOP_TOKEN: makeshop.token,
      MAKESHOP_API_BASE: makeshop.origin,
    });
    const signal = AbortSignal.timeout(10_000);
    const payments = await providers.get("epsilon")?.searchPayments("P1", signal);
    await epsilon.stop();
    await makeshop.stop();
    expect(payments?.[0]?.systems).toEqual([
      { system: "イプシロン", state: "課金済み (1)" },
      { system: "makeshop", state: expect.stringMatching(/^入金完了・未発送/) },
    ]);
  });
});

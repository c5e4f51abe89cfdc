import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  ALL_SETTINGS,
  type Config,
  loadConfig,
  loadOptionalConfig,
  type SettingName,
} from "../src/config.ts";
import { ConfigError } from "../src/domain/errors.ts";
import { type Environment, readEnvironment } from "../src/environment.ts";

const REQUIRED: Environment = {
  INBOX_URL: "imaps://shop:secret@mail.example:993/INBOX",
  OUTBOX_URL: "smtps://shop:secret@mail.example:465",
  SHOP_NAME: "見本商店",
  SHOP_EMAIL: "shop@shop.example",
  STAFF_EMAILS: "tanaka@shop.example",
  MANAGER_EMAILS: "manager@shop.example",
  SANDBOX_PAYMENTS: "payments.json",
};
const KEY = Buffer.alloc(32, 7).toString("base64");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-config-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function load(env: Environment = {}): Config {
  return loadConfig(ALL_SETTINGS, { ...REQUIRED, ...env }, directory);
}

/** The problems that are complained about, or the settings where there are none. */
function problems(env: Environment, names: readonly SettingName[] = ALL_SETTINGS): unknown {
  try {
    return loadConfig(names, env, directory);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error instanceof ConfigError ? error.problems : error;
  }
}

describe("without more than the required settings", () => {
  it("everything else has its default", () => {
    expect(load()).toEqual({
      ...REQUIRED,
      STAFF_EMAILS: ["tanaka@shop.example"],
      MANAGER_EMAILS: ["manager@shop.example"],
      POLL_SECONDS: 60,
      CLOSED_DAYS: { weekdays: [], dates: [] },
      ACKNOWLEDGE: false,
      AUTHSERV_IDS: [],
      APPROVAL_AUTH: "authenticated",
      EPSILON_API_BASE: "https://secure.epsilon.jp/cgi-bin/order/",
      MAKESHOP_API_BASE: "https://www.makeshop.jp",
      TOKEN_MAX_AMOUNT: 10_000,
      APPROVAL_COOLING_MINUTES: 0,
      APPROVAL_REMIND_DAYS: 1,
      APPROVAL_EXPIRES_DAYS: 14,
      REFUND_MAX_PER_HOUR: 20,
      REFUND_MAX_PER_DAY: 100,
      DRY_RUN: false,
      HENKIN_SHOP: "shop",
      DATABASE_URL: "data/henkin.db",
      TIMEZONE: "Asia/Tokyo",
      SUMMARY_AT: "21:00",
      INVOICE_TAX_RATE: "10",
      LOCALE: "ja",
      LOG_LEVEL: "info",
      REFUND_RECHECK_SECONDS: 900,
      BOOKS_YEARS: 7,
      IDLE_PER_HOST: 1_000,
      WORKER_TURNS: 64,
    });
  });
});

describe("a setting", () => {
  it.each<[SettingName, string, unknown]>([
    ["INBOX_URL", "maildir:data/inbox", "maildir:data/inbox"],
    ["INBOX_URL", "imap://a:b@127.0.0.1:143/INBOX", "imap://a:b@127.0.0.1:143/INBOX"],
    ["OUTBOX_URL", "maildir:data/outbox", "maildir:data/outbox"],
    ["OUTBOX_URL", "smtp://mail.example:587", "smtp://mail.example:587"],
    ["INBOX_SINCE", "all", "all"],
    ["INBOX_SINCE", "2026-11-01T10:00:00+09:00", Date.parse("2026-11-01T01:00:00Z")],
    ["POLL_SECONDS", "5", 5],
    ["SHOP_EMAIL", " Shop@Shop.example ", "shop@shop.example"],
    [
      "STAFF_EMAILS",
      "A@x.example, b@x.example\nc@x.example",
      ["a@x.example", "b@x.example", "c@x.example"],
    ],
    ["FORM_FROM", "form@forms.example", ["form@forms.example"]],
    ["ORDER_URL", "https://shop.example/{order}", "https://shop.example/{order}"],
    ["CLOSED_DAYS", "wed, 2026-12-31", { weekdays: [3], dates: ["2026-12-31"] }],
    ["CLOSED_DAYS", "Sun Sat", { weekdays: [0, 6], dates: [] }],
    ["ACKNOWLEDGE", "1", true],
    ["ACKNOWLEDGE", "true", true],
    ["ACKNOWLEDGE", "0", false],
    ["AUTHSERV_IDS", "MX.shop.example, mx2", ["mx.shop.example", "mx2"]],
    ["APPROVAL_AUTH", "token", "token"],
    ["APPROVAL_FOLDER", " 返金承認 ", "返金承認"],
    ["APPROVAL_FOLDER", "INBOX.返金承認", "INBOX.返金承認"],
    ["APPROVAL_FOLDER", "Archive/Sent refunds", "Archive/Sent refunds"],
    ["APPROVAL_FOLDER", "", undefined],
    ["SENT_MAILBOX", "[Gmail]/Sent Mail", "[Gmail]/Sent Mail"],
    ["SENT_MAILBOX", "", undefined],
    [
      "DNS_SERVERS",
      "192.0.2.1, 192.0.2.1:5353\n2001:db8::1 [2001:db8::1]:5353",
      ["192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353"],
    ],
    ["TOKEN_MAX_AMOUNT", "1", 1],
    ["SECOND_APPROVAL_FROM", "50000", 50_000],
    ["APPROVAL_COOLING_MINUTES", "10", 10],
    ["REFUND_MAX_AMOUNT_PER_DAY", "100000", 100_000],
    ["DRY_RUN", "1", true],
    ["STRIPE_API_KEY", "rk_live_abc123", "rk_live_abc123"],
    ["SMARTPAY_SECRET_KEY", "sk_live_abc123", "sk_live_abc123"],
    ["SMARTPAY_API_BASE", "http://127.0.0.1:12112", "http://127.0.0.1:12112"],
    ["STRIPE_API_BASE", "https://api.stripe.example", "https://api.stripe.example"],
    ["STRIPE_API_BASE", "http://127.0.0.1:4010", "http://127.0.0.1:4010"],
    ["EPSILON_CONTRACT_CODE", "64985980", "64985980"],
    [
      "EPSILON_API_BASE",
      "https://beta.epsilon.jp/cgi-bin/order/",
      "https://beta.epsilon.jp/cgi-bin/order/",
    ],
    ["EPSILON_API_BASE", "http://127.0.0.1:4010/", "http://127.0.0.1:4010/"],
    ["MAKESHOP_API_BASE", "http://127.0.0.1:4010", "http://127.0.0.1:4010"],
    ["DATABASE_URL", "sqlite:/var/lib/henkin.db", "/var/lib/henkin.db"],
    ["DATABASE_URL", "postgres://henkin@localhost/desk", "postgres://henkin@localhost/desk"],
    ["DATA_KEY", KEY, Buffer.alloc(32, 7)],
    ["TIMEZONE", "America/New_York", "America/New_York"],
    ["SUMMARY_AT", "00:00", "00:00"],
    ["LOCALE", "en", "en"],
    ["INVOICE_NUMBER", "T1234567890123", "T1234567890123"],
    ["INVOICE_NUMBER", "Ｔ１２３４-５６７８-９０１２３", "T1234567890123"],
    ["INVOICE_TAX_RATE", "8", "8"],
    ["INVOICE_TAX_RATE", "", "10"],
    ["LOG_LEVEL", "debug", "debug"],
    ["REFUND_RECHECK_SECONDS", "1", 1],
    ["RETENTION_DAYS", "400", 400],
    ["BOOKS_YEARS", "9", 9],
    ["INBOX_SINCE", "  ", undefined],
    ["SUMMARY_AT", "", "21:00"],
  ])("%s=%s is read", (name, text, value) => {
    expect(load({ [name]: text })[name]).toEqual(value);
  });

  it.each<[SettingName, string]>([
    ["INBOX_URL", "https://mail.example"],
    ["INBOX_URL", "imaps://mail.example/INBOX"],
    ["INBOX_URL", "imaps://shop@mail.example/INBOX"],
    ["INBOX_URL", "maildir:"],
    ["INBOX_URL", "nonsense"],
    ["OUTBOX_URL", "imaps://a:b@mail.example"],
    ["OUTBOX_URL", "maildir:"],
    ["INBOX_SINCE", "yesterday"],
    ["INBOX_SINCE", "2026-13-01"],
    ["INBOX_SINCE", "2026"],
    ["POLL_SECONDS", "0"],
    ["POLL_SECONDS", "1.5"],
    ["POLL_SECONDS", "1e3"],
    ["SHOP_EMAIL", "shop"],
    ["SHOP_EMAIL", "Shop <shop@shop.example>"],
    ["SHOP_EMAIL", "a@b@c.example"],
    ["STAFF_EMAILS", ","],
    ["STAFF_EMAILS", "tanaka@shop.example, tanaka"],
    ["MANAGER_EMAILS", "nobody"],
    ["FORM_FROM", "form@localhost"],
    ["ORDER_URL", "shop.example"],
    ["CLOSED_DAYS", "someday"],
    ["CLOSED_DAYS", "mon tue wed thu fri"],
    ["ACKNOWLEDGE", "yes"],
    ["INVOICE_NUMBER", "1234567890123"],
    ["INVOICE_NUMBER", "T123456789012"],
    ["INVOICE_NUMBER", "T12345678901234"],
    ["INVOICE_TAX_RATE", "5"],
    ["APPROVAL_AUTH", "none"],
    ["APPROVAL_FOLDER", "返金却下"],
    ["APPROVAL_FOLDER", "INBOX.返金却下"],
    ["APPROVAL_FOLDER", "A/返金却下"],
    ["APPROVAL_FOLDER", "Inbox"],
    ["APPROVAL_FOLDER", "Sent"],
    ["APPROVAL_FOLDER", "INBOX.Sent Items"],
    ["APPROVAL_FOLDER", "[Gmail]/All Mail"],
    ["APPROVAL_FOLDER", "[Gmail]/すべてのメール"],
    ["APPROVAL_FOLDER", "送信済み"],
    ["APPROVAL_FOLDER", "ARCHIVE"],
    ["APPROVAL_FOLDER", "返金/"],
    ["APPROVAL_FOLDER", "INBOX."],
    ["SENT_MAILBOX", "Sent/"],
    ["DNS_SERVERS", "dns.example"],
    ["DNS_SERVERS", "192.0.2.1, 192.0.2.256"],
    ["DNS_SERVERS", "192.0.2.1:domain"],
    ["DNS_SERVERS", "192.0.2.1:0"],
    ["DNS_SERVERS", "[2001:db8::1]:65536"],
    ["TOKEN_MAX_AMOUNT", "-1"],
    ["SECOND_APPROVAL_FROM", "0"],
    ["APPROVAL_COOLING_MINUTES", "10081"],
    ["APPROVAL_REMIND_DAYS", "0"],
    ["APPROVAL_EXPIRES_DAYS", "0"],
    ["REFUND_MAX_PER_HOUR", "0"],
    ["REFUND_MAX_PER_DAY", "many"],
    ["REFUND_MAX_AMOUNT_PER_DAY", "100,000"],
    ["DRY_RUN", "2"],
    ["STRIPE_API_KEY", "pk_live_abc"],
    ["SMARTPAY_SECRET_KEY", "pk_live_abc"],
    ["SMARTPAY_SECRET_KEY", "rk_live_abc"],
    ["SMARTPAY_API_BASE", "http://api.smartpay.co"],
    ["SMARTPAY_API_BASE", "https://api.smartpay.co/v1"],
    ["STRIPE_API_KEY", "sk_live_abc def"],
    ["HEALTH_PORT", "65536"],
    ["HEARTBEAT_URL", "http://hc-ping.example/token"],
    ["HEARTBEAT_URL", "hc-ping.example/token"],
    ["STRIPE_API_BASE", "http://api.stripe.example"],
    ["STRIPE_API_BASE", "https://api.stripe.example/v1"],
    ["STRIPE_API_BASE", "https://user@api.stripe.example"],
    ["EPSILON_CONTRACT_CODE", "6498-5980"],
    ["EPSILON_API_BASE", "http://beta.epsilon.jp/cgi-bin/order/"],
    ["EPSILON_API_BASE", "https://beta.epsilon.jp/cgi-bin/order"],
    ["EPSILON_API_BASE", "https://beta.epsilon.jp/cgi-bin/order/?a=b"],
    ["EPSILON_API_BASE", "https://user@beta.epsilon.jp/cgi-bin/order/"],
    ["EPSILON_API_BASE", "ftp://127.0.0.1/"],
    ["MAKESHOP_SHOP_ID", "my shop"],
    ["MAKESHOP_TOKEN", "a&b"],
    ["MAKESHOP_API_BASE", "https://www.makeshop.jp/api/"],
    ["DATABASE_URL", "mysql://localhost/henkin"],
    ["DATABASE_URL", "postgres://localhost"],
    ["DATABASE_URL", "sqlite:"],
    ["DATA_KEY", "c2hvcnQ="],
    ["TIMEZONE", "Tokyo"],
    ["SUMMARY_AT", "24:00"],
    ["SUMMARY_AT", "9:00"],
    ["LOCALE", "fr"],
    ["LOG_LEVEL", "loud"],
    ["REFUND_RECHECK_SECONDS", "0"],
    ["RETENTION_DAYS", "0"],
    ["BOOKS_YEARS", "0"],
  ])("%s=%s is refused, by its name", (name, text) => {
    const found = problems({ ...REQUIRED, [name]: text });
    expect(found).toEqual([expect.stringMatching(new RegExp(`^${name}: .{5,}`))]);
    expect(String(found)).not.toContain("undefined");
  });

  it.each(Object.keys(REQUIRED).filter((name) => name !== "SANDBOX_PAYMENTS"))(
    "%s is required",
    (name) => {
      expect(problems({ ...REQUIRED, [name]: undefined })).toEqual([`${name}: is required`]);
    },
  );

  it("never shows a password in what is said about it", () => {
    const found = problems({
      ...REQUIRED,
      INBOX_URL: "imap://shop:hunter2@mail.example:x/INBOX",
      OUTBOX_URL: "smtp://shop:hunter2@",
      STRIPE_API_KEY: "hunter2",
      DATA_KEY: "hunter2",
    });
    expect(found).toHaveLength(4);
    expect(String(found)).not.toContain("hunter2");
  });
});

describe("all problems", () => {
  it("are told at once, what is missing first", () => {
    const found = problems({ SUMMARY_AT: "25:00", STRIPE_API_KEY: "sk_test_x", DRY_RUN: "maybe" });
    expect(found).toEqual([
      "INBOX_URL: is required",
      "OUTBOX_URL: is required",
      "SHOP_NAME: is required",
      "SHOP_EMAIL: is required",
      "STAFF_EMAILS: is required",
      "MANAGER_EMAILS: is required",
      expect.stringMatching(/^DRY_RUN: /),
      expect.stringMatching(/^SUMMARY_AT: /),
    ]);
  });

  it("include the want of any payment provider", () => {
    expect(problems({ ...REQUIRED, SANDBOX_PAYMENTS: undefined })).toEqual([
      expect.stringMatching(/^STRIPE_API_KEY: is required/),
    ]);
  });

  it("are content with Epsilon alone", () => {
    const env = { ...REQUIRED, SANDBOX_PAYMENTS: undefined, EPSILON_CONTRACT_CODE: "64985980" };
    expect(problems(env)).toMatchObject({ EPSILON_CONTRACT_CODE: "64985980" });
  });

  it("include half of what makeshop needs, and makeshop without Epsilon", () => {
    const epsilon = { ...REQUIRED, EPSILON_CONTRACT_CODE: "64985980" };
    const shop = { MAKESHOP_SHOP_ID: "mihon", MAKESHOP_TOKEN: "abc" };
    expect(problems({ ...epsilon, ...shop })).toMatchObject(shop);
    expect(problems({ ...epsilon, MAKESHOP_SHOP_ID: "mihon" })).toEqual([
      "MAKESHOP_SHOP_ID: needs MAKESHOP_TOKEN too",
    ]);
    expect(problems({ ...epsilon, MAKESHOP_TOKEN: "abc" })).toEqual([
      "MAKESHOP_TOKEN: needs MAKESHOP_SHOP_ID too",
    ]);
    expect(problems({ ...REQUIRED, ...shop })).toEqual([
      "MAKESHOP_SHOP_ID: needs EPSILON_CONTRACT_CODE too",
    ]);
  });

  it("do not include Stripe where Smartpay is", () => {
    const env = { ...REQUIRED, SANDBOX_PAYMENTS: undefined, SMARTPAY_SECRET_KEY: "sk_test_abc" };
    expect(load(env).SMARTPAY_SECRET_KEY).toBe("sk_test_abc");
    expect(problems({ ...env, SMARTPAY_SECRET_KEY: "pk_test_abc" })).toEqual([
      expect.stringMatching(/^SMARTPAY_SECRET_KEY: must be a secret key/),
    ]);
  });

  it("include a folder for approvals without a mailbox that could have one", () => {
    const env = { ...REQUIRED, APPROVAL_FOLDER: "返金承認", LOCALE: "fr" };
    expect(problems({ ...env, INBOX_URL: "maildir:data/inbox" })).toEqual([
      expect.stringMatching(/^LOCALE: /),
      "APPROVAL_FOLDER: needs an IMAP mailbox in INBOX_URL",
    ]);
  });

  it("include a folder of sent mail without a mailbox that could have one", () => {
    const env = { ...REQUIRED, SENT_MAILBOX: "Sent", INBOX_URL: "maildir:data/inbox" };
    expect(problems(env)).toEqual(["SENT_MAILBOX: needs an IMAP mailbox in INBOX_URL"]);
  });

  it.each([
    ["控え", "控え"],
    ["控え", "INBOX.控え"],
    ["Copies/OK", "copies/返金却下"],
  ])("include a folder for approvals %s beside sent mail in %s", (folder, sent) => {
    const env = { ...REQUIRED, APPROVAL_FOLDER: folder, SENT_MAILBOX: sent };
    expect(problems({ ...env, INBOX_URL: "imaps://user:pass@mail.example" })).toEqual([
      "APPROVAL_FOLDER: is SENT_MAILBOX, or the folder for rejections is; choose another",
    ]);
  });

  it("name a folder in which every request would approve itself", () => {
    const env = { ...REQUIRED, INBOX_URL: "imaps://user:pass@mail.example/Refunds" };
    expect(problems({ ...env, APPROVAL_FOLDER: "refunds" })).toEqual([
      "APPROVAL_FOLDER: is the mailbox of INBOX_URL; choose another",
    ]);
    expect(problems({ ...env, APPROVAL_FOLDER: "Refunds/ok" })).toMatchObject({
      APPROVAL_FOLDER: "Refunds/ok",
    });
  });

  it("name two approvals where two approvers cannot be told apart", () => {
    const env = { ...REQUIRED, SECOND_APPROVAL_FROM: "1000" };
    expect(problems({ ...env, APPROVAL_AUTH: "token" })).toEqual([
      expect.stringMatching(/^SECOND_APPROVAL_FROM: .*APPROVAL_AUTH=token/),
    ]);
    expect(problems(env)).toMatchObject({ SECOND_APPROVAL_FROM: 1_000 });
  });

  it("concern only the settings a command uses", () => {
    const env = { SUMMARY_AT: "25:00", LOCALE: "en" };
    expect(problems(env, ["LOCALE"])).toEqual({ LOCALE: "en" });
  });

  it("leave a command that can do without with what is set", () => {
    const names = ["SHOP_EMAIL", "LOCALE", "FORM_FROM"] as const;
    const found = loadOptionalConfig(names, { FORM_FROM: "form@forms.example" }, directory);
    expect(found).toEqual({ LOCALE: "ja", FORM_FROM: ["form@forms.example"] });
    expect(() => loadOptionalConfig(names, { LOCALE: "fr" }, directory)).toThrow(/LOCALE/);
  });
});

describe("a secret in a file", () => {
  const SECRETS = {
    STRIPE_API_KEY: "sk_test_abc",
    DATA_KEY: KEY,
    HEARTBEAT_URL: "https://hc-ping.example/token",
  } as const;

  it.each(Object.entries(SECRETS))("is read: %s_FILE", (name, value) => {
    writeFileSync(join(directory, "secret"), `${value}\n`);
    const loaded = load({ [`${name}_FILE`]: "secret" });
    expect(loaded).toEqual(load({ [name]: value }));
  });

  it.each(["INBOX_URL", "OUTBOX_URL"])("is read: %s_FILE", (name) => {
    writeFileSync(join(directory, "secret"), `${REQUIRED[name]}\n`);
    const env = { [name]: undefined, [`${name}_FILE`]: join(directory, "secret") };
    expect(load(env)).toEqual(load());
  });

  it("is a problem beside the setting itself", () => {
    writeFileSync(join(directory, "secret"), "sk_test_abc");
    const both = { STRIPE_API_KEY: "sk_test_abc", STRIPE_API_KEY_FILE: "secret" };
    expect(problems({ ...REQUIRED, ...both })).toEqual([
      "STRIPE_API_KEY: set it or STRIPE_API_KEY_FILE, not both",
    ]);
  });

  it("is a problem where it cannot be read", () => {
    expect(problems({ ...REQUIRED, DATA_KEY_FILE: "missing" })).toEqual([
      "DATA_KEY_FILE: missing cannot be read",
    ]);
  });

  it("counts as missing where it is empty", () => {
    writeFileSync(join(directory, "secret"), "\n");
    const env = { ...REQUIRED, INBOX_URL: undefined, INBOX_URL_FILE: "secret" };
    expect(problems(env)).toEqual(["INBOX_URL: is required"]);
  });

  it("is not looked for where the setting is no secret", () => {
    expect(load({ LOCALE_FILE: "missing" }).LOCALE).toBe("ja");
  });
});

describe("the environment", () => {
  const NAME = "HENKIN_TEST_OF_CONFIG";
  afterEach(() => {
    delete process.env[NAME];
  });

  it("is the process's where there is no .env", () => {
    process.env[NAME] = "process";
    expect(readEnvironment(directory)[NAME]).toBe("process");
  });

  it("is the process's over that of .env", () => {
    writeFileSync(join(directory, ".env"), `${NAME}=file\nHENKIN_TEST_OTHER="two words" # said\n`);
    expect(readEnvironment(directory)[NAME]).toBe("file");
    expect(readEnvironment(directory)["HENKIN_TEST_OTHER"]).toBe("two words");
    process.env[NAME] = "process";
    expect(readEnvironment(directory)[NAME]).toBe("process");
  });

  it("is a ConfigError where .env cannot be read", () => {
    const file = join(directory, "file");
    writeFileSync(file, "");
    expect(() => readEnvironment(file)).toThrow(ConfigError);
  });
});

describe("NODE_TLS_REJECT_UNAUTHORIZED", () => {
  it("stops whatever would talk to a server without verifying it", () => {
    const unverified = { ...REQUIRED, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    expect(problems(unverified)).toEqual([
      expect.stringMatching(/^NODE_TLS_REJECT_UNAUTHORIZED: .*remove it.*NODE_EXTRA_CA_CERTS/),
    ]);
    expect(() => loadOptionalConfig(["OUTBOX_URL"], unverified, directory)).toThrow(ConfigError);
    expect(problems({ ...unverified, NODE_TLS_REJECT_UNAUTHORIZED: "1" })).toEqual(load());
    expect(loadOptionalConfig(["LOCALE"], unverified, directory)).toEqual({ LOCALE: "ja" });
  });
});

describe("a mail server's URL without a password", () => {
  const inbox = { INBOX_URL: "imaps://info%40shop.example@mail.example/INBOX" };
  const outbox = { OUTBOX_URL: "smtps://info%40shop.example@mail.example" };
  const oauth = { MAIL_OAUTH: "google", OAUTH_CLIENT_ID: "id" };

  it("is a mistake, unless MAIL_OAUTH stands in for it", () => {
    expect(problems({ ...REQUIRED, ...inbox, ...outbox })).toEqual([
      expect.stringMatching(/^INBOX_URL: needs user and password.*MAIL_OAUTH$/),
      expect.stringMatching(/^OUTBOX_URL: needs both user and password.*MAIL_OAUTH$/),
    ]);
    expect(load({ ...inbox, ...outbox, ...oauth })).toMatchObject({ MAIL_OAUTH: "google" });
  });

  it("may stand beside one with a password", () => {
    expect(load({ ...inbox, ...oauth })).toMatchObject(inbox);
    expect(load({ ...outbox, ...oauth })).toMatchObject(outbox);
  });

  it("names the same user as the other, for one person consents", () => {
    const other = { OUTBOX_URL: "smtps://else%40shop.example@mail.example" };
    expect(problems({ ...REQUIRED, ...inbox, ...other, ...oauth })).toEqual([
      expect.stringContaining("OUTBOX_URL: names another user"),
    ]);
  });

  it("needs a user in any case", () => {
    expect(problems({ ...REQUIRED, ...oauth, INBOX_URL: "imaps://mail.example" })).toEqual([
      expect.stringContaining("INBOX_URL: needs user and password"),
    ]);
    expect(problems({ ...REQUIRED, OUTBOX_URL: "smtps://:pw@mail.example" })).toEqual([
      expect.stringContaining("OUTBOX_URL: needs both user and password"),
    ]);
  });

  it("goes with the registration, and a tenant with Microsoft alone", () => {
    expect(problems({ ...REQUIRED, ...inbox, MAIL_OAUTH: "google" })).toEqual([
      "MAIL_OAUTH: needs OAUTH_CLIENT_ID too",
    ]);
    expect(problems({ ...REQUIRED, ...oauth, OAUTH_TENANT: "shop.example" })).toEqual([
      "OAUTH_TENANT: is for MAIL_OAUTH=microsoft only",
    ]);
  });

  it.each(["yahoo", "http://login.example", "https://login.example/?a=b", "ftp://127.0.0.1"])(
    "is proved by no issuer such as %s",
    (issuer) => {
      expect(problems({ ...REQUIRED, ...inbox, ...oauth, MAIL_OAUTH: issuer })).toContainEqual(
        expect.stringContaining("MAIL_OAUTH: must be google, microsoft or an https issuer"),
      );
    },
  );
});

// Setting a shop up through the built binary: against a real Dovecot, an SMTP server that wants a
// login, and a Stripe; without a terminal and on one (a pseudo-terminal of python3).

import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, test as plain } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { atTerminal, MAIN, type Terminal } from "../support/terminal.ts";
import { runCommand } from "../support/worker.ts";
import { API_KEY, PATIENCE_MS, type Rig, TIMEOUT_MS, test } from "./rig.ts";

const EMAIL = "info@shop.example.jp";
const ENGLISH = { LANG: "C.UTF-8" };
const JAPANESE = { LANG: "ja_JP.UTF-8" };

interface How {
  readonly env?: Record<string, string>;
  readonly input?: string;
}

function init(directory: string, args: readonly string[], { env = ENGLISH, input }: How = {}) {
  const how = { cwd: directory, env, timeoutMs: PATIENCE_MS };
  return runCommand(["init", ...args], input === undefined ? how : { ...how, input });
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
const settingsIn = async (directory: string) =>
  parseEnv(await readFile(join(directory, ".env"), "utf8"));

/** The rig's servers, as an operator names them. */
const serversOf = ({ networks }: Rig) =>
  `imap://127.0.0.1:${networks.imap.port} smtp://127.0.0.1:${networks.smtp.port}`;

/** Every answer, with the password and the key in files. */
async function allOptions(rig: Rig, more: readonly string[] = []): Promise<string[]> {
  await writeFile(join(rig.directory, "password.txt"), `${rig.dovecot.password}\n`);
  await writeFile(join(rig.directory, "key.txt"), API_KEY);
  return [
    ...["--host", "other", "--servers", serversOf(rig), "--user", rig.dovecot.user],
    ...["--email", EMAIL, "--password-file", "password.txt", "--shop-name", "渋谷 # 商店"],
    ...["--staff", "sato@shop.example.jp、suzuki@shop.example.jp"],
    ...["--stripe-key-file", "key.txt"],
    ...more,
  ];
}

const atFakeStripe = ({ env }: Rig) => ({
  ...ENGLISH,
  STRIPE_API_BASE: env["STRIPE_API_BASE"] ?? "",
});

describe.skipIf(!dovecotInstalled()).concurrent("henkin init", { timeout: TIMEOUT_MS }, () => {
  test("tries each answer, and writes settings with which henkin runs", async ({ rig }) => {
    const env = atFakeStripe(rig);
    const made = await init(rig.directory, await allOptions(rig), { env });
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toMatch(/npx henkin doctor --probe/);
    expect(made.stdout).toMatch(/npx henkin run .*DRY_RUN=1/);
    expect(await modeOf(join(rig.directory, ".env"))).toBe(0o600);
    expect(await settingsIn(rig.directory)).toEqual({
      INBOX_URL: `imap://shop:s3cret@127.0.0.1:${rig.networks.imap.port}/INBOX`,
      OUTBOX_URL: `smtp://shop:s3cret@127.0.0.1:${rig.networks.smtp.port}`,
      SHOP_NAME: "渋谷 # 商店",
      SHOP_EMAIL: EMAIL,
      STAFF_EMAILS: "sato@shop.example.jp,suzuki@shop.example.jp",
      MANAGER_EMAILS: "sato@shop.example.jp",
      STRIPE_API_KEY: API_KEY,
      DRY_RUN: "1",
    });
    expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toEqual([]);
    expect(rig.smtp.mails).toEqual([]);

    const how = { cwd: rig.directory, env, timeoutMs: PATIENCE_MS };
    const doctor = await runCommand(["doctor"], how);
    expect(doctor.stdout).toMatch(/^ok {4}inbox: imap:\/\/shop@.* can be read/m);
    expect(doctor).toMatchObject({ code: 0 });
    expect(await runCommand(["run", "--once"], how)).toMatchObject({ code: 0 });
  });

  test("tells a wrong password, and saves nothing", async ({ rig }) => {
    await rig.dovecot.setPassword("another");
    const options = await allOptions(rig);
    await writeFile(join(rig.directory, "password.txt"), "wrong");
    for (const [env, words] of [
      [ENGLISH, "receiving: The IMAP server refuses the login.\n→ Check address and password."],
      [
        JAPANESE,
        "受信: 受信メールサーバー（IMAP）がログインを拒否しています。\n→ メールアドレスと",
      ],
    ] as const) {
      const { code, stdout, stderr } = await init(rig.directory, options, { env });
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(words);
      expect(stderr).not.toContain("wrong");
    }
    expect(await readdir(rig.directory)).not.toContain(".env");
  });

  test("finds out how the outgoing server wants to be spoken to", async ({ rig }) => {
    // Without a scheme: first TLS, which this server does not speak.
    const servers = serversOf(rig).replace("smtp://", "");
    const options = await allOptions(rig, ["--servers", servers]);
    expect(await init(rig.directory, options, { env: atFakeStripe(rig) })).toMatchObject({
      code: 0,
    });
    const { OUTBOX_URL } = await settingsIn(rig.directory);
    expect(OUTBOX_URL).toBe(`smtp://shop:s3cret@127.0.0.1:${rig.networks.smtp.port}`);
  });

  test("tells which server refuses, and which cannot be reached", async ({ rig }) => {
    rig.smtp.behave("wrong-credentials");
    const refused = await init(rig.directory, await allOptions(rig));
    expect(refused.stderr).toMatch(/sending: The SMTP server refuses the login/);
    const elsewhere = ["--servers", serversOf(rig).replace(/smtp:.*/, "smtp://127.0.0.1:1")];
    const unreachable = await init(rig.directory, await allOptions(rig, elsewhere));
    expect(unreachable.stderr).toMatch(
      /sending: The server 127.0.0.1:1 cannot be reached\.\n→ Check the serv/,
    );
    expect([refused.code, unreachable.code]).toEqual([1, 1]);
    expect(await readdir(rig.directory)).not.toContain(".env");
  });

  test("tells a key that Stripe refuses", async ({ rig }) => {
    const options = await allOptions(rig);
    await writeFile(join(rig.directory, "key.txt"), "sk_test_stolen");
    const { code, stderr } = await init(rig.directory, options, { env: atFakeStripe(rig) });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^key: .*\n→ /m);
    expect(stderr).not.toContain("stolen");
    expect(await readdir(rig.directory)).not.toContain(".env");
  });

  test("asks at a terminal, again where a password is wrong", async ({ rig }) => {
    const env = { ...atFakeStripe(rig), ...JAPANESE };
    const { code, text } = await initAtTerminal(rig.directory, ["--user", "shop"], env, [
      ["お店のメールはどこに", `${DOWN.repeat(10)}\r`],
      ["メールサーバー名", `${serversOf(rig)}\r`],
      ["お店のメールアドレス", `${EMAIL}\r`],
      ["メールのパスワード", "wrong\r"],
      ["ログインを拒否しています", ""],
      ["どうしますか", "\r"],
      ["メールのパスワード", "s3cret\r"],
      ["ログインできました", ""],
      ["お店の名前", "渋谷商店\r"],
      ["返金を承認する人", "\r"],
      ["決済サービス", "\r"],
      ["Stripe の制限付き", `${API_KEY}\r`],
      ["決済サービスを利用できます", ""],
      [".env を保存しました", ""],
    ]);
    expect(code, text).toBe(0);
    expect(text).not.toContain("s3cret");
    expect(text).not.toContain(API_KEY);
    expect(await modeOf(join(rig.directory, ".env"))).toBe(0o600);
    expect(await settingsIn(rig.directory)).toMatchObject({
      INBOX_URL: expect.stringContaining("//shop:s3cret@"),
      ...{ SHOP_NAME: "渋谷商店", SHOP_EMAIL: EMAIL, STAFF_EMAILS: EMAIL, MANAGER_EMAILS: EMAIL },
      ...{ STRIPE_API_KEY: API_KEY, DRY_RUN: "1" },
    });
    const how = { cwd: rig.directory, env, timeoutMs: PATIENCE_MS };
    expect(await runCommand(["doctor"], how)).toMatchObject({ code: 0 });
  });
});

describe("henkin init, without a network", { timeout: TIMEOUT_MS }, () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "henkin-init-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const OPTIONS = [
    ...["--host", "xserver", "--servers", "sv1234.xserver.jp", "--email", EMAIL],
    ...["--shop-name", "みほん商店", "--no-provider", "--no-check"],
  ];
  const UNTRIED = { env: { ...ENGLISH, MAIL_PASSWORD: "p#ss w'rd\"`@" } };

  plain("takes a password from the environment or from stdin", async () => {
    expect(await init(directory, OPTIONS, UNTRIED)).toMatchObject({ code: 0, stderr: "" });
    const fromEnvironment = await settingsIn(directory);
    expect(new URL(fromEnvironment["INBOX_URL"] ?? "").host).toBe("sv1234.xserver.jp");
    const piped = { input: `${UNTRIED.env.MAIL_PASSWORD}\n` };
    const again = [...OPTIONS, "--password-file", "-", "--force"];
    expect(await init(directory, again, piped)).toMatchObject({ code: 0, stderr: "" });
    expect(await settingsIn(directory)).toEqual(fromEnvironment);
  });

  plain("never replaces a .env unasked, and keeps it where it may", async () => {
    await writeFile(join(directory, ".env"), "SHOP_NAME=old\n");
    const refused = await init(directory, OPTIONS, UNTRIED);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/There is a \.env here already.*\n→ Give --force/);
    expect(await settingsIn(directory)).toEqual({ SHOP_NAME: "old" });
    expect(await init(directory, [...OPTIONS, "--force"], UNTRIED)).toMatchObject({ code: 0 });
    const [kept = ""] = (await readdir(directory)).filter((name) => name.includes("before"));
    expect(await readFile(join(directory, kept), "utf8")).toBe("SHOP_NAME=old\n");
    expect(await modeOf(join(directory, kept))).toBe(0o600);
    expect((await settingsIn(directory))["SHOP_NAME"]).toBe("みほん商店");
  });

  plain("is not bound by a .env that is to be replaced", async () => {
    await writeFile(join(directory, ".env"), "STRIPE_API_KEY=sk_test_old\nLANG=ja_JP.UTF-8\n");
    const { stdout } = await init(directory, [...OPTIONS, "--force"], UNTRIED);
    expect(stdout).toContain("The older one is .env.before-");
    expect(await settingsIn(directory)).not.toHaveProperty("STRIPE_API_KEY");
  });

  plain("names all answers that are missing, and one that cannot be right", async () => {
    const nothing = await init(directory, [], { input: "" });
    expect(nothing).toMatchObject({ code: 2, stdout: "" });
    for (const option of ["--host", "--email", "--password-file", "--shop-name", "--stripe-key"]) {
      expect(nothing.stderr).toContain(option);
    }
    for (const [option, value] of [
      ["--host", "hotmail"],
      ["--servers", "https://shop.example.jp"],
      ["--email", "info"],
      ["--staff", "sato"],
      ["--managers", "sato"],
      ["--shop-name", " "],
      ["--locale", "de"],
      ["--password-file", "missing.txt"],
    ] as const) {
      const { code, stderr } = await init(directory, [...OPTIONS, option, value], UNTRIED);
      expect([code, option]).toEqual([2, option]);
      expect(stderr).toContain(`${option} does not fit (`);
    }
    const publishable = { env: { ...UNTRIED.env, STRIPE_API_KEY: "pk_live_1" } };
    const options = OPTIONS.filter((option) => option !== "--no-provider");
    expect(await init(directory, options, publishable)).toMatchObject({ code: 2 });
    expect(await readdir(directory)).toEqual([]);
  });

  plain("needs no password where the sign-in is by OAuth, and says what comes first", async () => {
    const options = ["--host", "microsoft365", "--email", EMAIL, "--oauth-client-id", "0000-1111"];
    const shop = ["--shop-name", "みほん商店", "--no-provider", "--live"];
    const { code, stdout } = await init(directory, [...options, ...shop], { env: JAPANESE });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /npx henkin authorize .*\n +npx henkin import FILE.csv --apply .*\n +npx henkin doctor .*\n +npx henkin run/,
    );
    expect(await settingsIn(directory)).toMatchObject({
      INBOX_URL: "imaps://info%40shop.example.jp@outlook.office365.com/INBOX",
      MAIL_OAUTH: "microsoft",
    });
  });

  plain("says how the next commands are called where henkin is a command by itself", async () => {
    const path = join(directory, "henkin");
    await symlink(MAIN, path);
    const how = { cwd: directory, env: UNTRIED.env, timeoutMs: PATIENCE_MS, path };
    const { stdout } = await runCommand(["init", ...OPTIONS], how);
    expect(stdout).toMatch(/^ {2}henkin import FILE.csv --apply/m);
    expect(stdout).not.toContain("npx");
  });

  plain("asks for the server's name first where there is no such server", async () => {
    const nowhere = [...OPTIONS.slice(0, -1), "--servers", "missing.invalid"];
    const { code, text } = await initAtTerminal(directory, nowhere, UNTRIED.env, [
      ["There is no server missing.invalid.", ""],
      ["What now?", "\r"],
      ["Name of the mail server", "\u0003"],
    ]);
    expect(code, text).toBe(1);
    const choices = ["Give the server's name anew", "Try the same again", "Give the password anew"];
    const places = choices.map((choice) => text.indexOf(choice));
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(places).not.toContain(-1);
  });

  plain("leaves no draft behind where the terminal is closed while it writes", async () => {
    const hook = join(directory, "hang-up.cjs");
    await writeFile(
      hook,
      `const fs = require("node:fs");
      fs.fsyncSync = () => {
        if (fs.readdirSync(".").some((name) => name.startsWith(".env.draft-"))) console.error("draft");
        process.kill(process.pid, "SIGHUP");
      };
      require("node:module").syncBuiltinESMExports();`,
    );
    const env = { ...UNTRIED.env, NODE_OPTIONS: `--require ${hook}` };
    expect((await init(directory, OPTIONS, { env })).stderr).toBe("draft\n");
    expect((await readdir(directory)).sort()).toEqual([".env", "hang-up.cjs"]);
  });

  plain("saves nothing where the operator ends it", async () => {
    const { code, text } = await initAtTerminal(directory, [], ENGLISH, [
      ["Where is the shop's mail?", "\r"],
      ["The shop's address", "\u0003"],
    ]);
    expect(code).toBe(1);
    expect(text).toContain("The setup was ended, and nothing was saved.");
    expect(await readdir(directory)).toEqual([]);
  });

  plain("asks before it replaces a .env, and does not unless told", async () => {
    await writeFile(join(directory, ".env"), "SHOP_NAME=old\n");
    const { code } = await initAtTerminal(directory, [], ENGLISH, [
      ["There is a .env already", "\r"],
    ]);
    expect(code).toBe(1);
    expect(await settingsIn(directory)).toEqual({ SHOP_NAME: "old" });
  });
});

const DOWN = "\u001b[B";

function initAtTerminal(
  cwd: string,
  args: readonly string[],
  env: Record<string, string>,
  steps: NonNullable<Terminal["steps"]>,
) {
  return atTerminal(["init", ...args], { cwd, env, timeoutMs: PATIENCE_MS, steps });
}

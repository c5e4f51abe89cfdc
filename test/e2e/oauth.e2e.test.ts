// A mailbox without a password, from the consent in a browser to the mail that is read and the mail
// that is sent: the built binary, a real Dovecot with XOAUTH2 for both, and an OpenID provider.

import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import SqliteDatabase from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot, submissionInstalled } from "../support/dovecot.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type FakeOpenid,
  startFakeOpenid,
} from "../support/fake-openid.ts";
import { contactForm } from "../support/mails.ts";
import { type Smtp, startSmtpTester } from "../support/smtp.ts";
import { steadyPort } from "../support/steady-port.ts";
import {
  type CommandResult,
  runCommand,
  startWorker,
  stopAll,
  type Worker,
} from "../support/worker.ts";
import { CUSTOMER, PATIENCE_MS, SHOP_SETTINGS, TIMEOUT_MS } from "./rig.ts";

let openid: FakeOpenid;
let directory: string;
let env: Record<string, string>;

beforeEach(async () => {
  openid = await startFakeOpenid();
  directory = await mkdtemp(join(tmpdir(), "henkin-oauth-e2e-"));
  await writeFile(join(directory, "payments.json"), "[]");
  env = {
    ...SHOP_SETTINGS,
    SANDBOX_PAYMENTS: "payments.json",
    INBOX_URL: "imap://shop@127.0.0.1:9/INBOX",
    OUTBOX_URL: "smtp://shop@127.0.0.1:9",
    MAIL_OAUTH: openid.issuer,
    OAUTH_CLIENT_ID: CLIENT_ID,
    OAUTH_CLIENT_SECRET: CLIENT_SECRET,
  };
});
afterEach(async () => {
  await stopAll();
  await openid.close();
  await rm(directory, { recursive: true });
});

const henkin = (args: string[], more: Record<string, string> = {}, input?: string) =>
  runCommand(args, {
    cwd: directory,
    env: { ...env, ...more },
    ...(input === undefined ? {} : { input }),
  });

async function until<Seen>(look: () => Seen | undefined): Promise<Seen> {
  for (const start = performance.now(); performance.now() < start + PATIENCE_MS; await pause(20)) {
    const seen = look();
    if (seen !== undefined) return seen;
  }
  throw new Error("not in time");
}

/** The address that a person would open. */
const addressOf = (command: Worker) =>
  until(() => command.stdout.find((line) => line.startsWith(`${openid.issuer}/authorize?`)));

const start = (...args: string[]) => startWorker({ args, cwd: directory, env });

/** A person consents in the browser of this machine. */
async function authorize(): Promise<void> {
  const command = start("authorize");
  const page = await openid.browse(await addressOf(command));
  expect([page, (await command.exited).code]).toEqual([expect.stringContaining("Done"), 0]);
}

function grants(): unknown[] {
  const file = new SqliteDatabase(join(directory, "data", "henkin.db"), { readonly: true });
  try {
    return file.prepare("select * from mail_grant").all();
  } finally {
    file.close();
  }
}

const spoken = ({ stdout, stderr }: Pick<CommandResult, "stdout" | "stderr">) => stdout + stderr;
const told = (command: Worker) =>
  [...command.stdout, ...command.stderr.map(({ raw }) => raw)].join("\n");
const leaks = (text: string) =>
  [...openid.secrets, CLIENT_SECRET].filter((one) => text.includes(one));

describe("henkin authorize", { timeout: TIMEOUT_MS }, () => {
  it("asks for lasting use of the mailbox, and keeps the consent sealed", async () => {
    const command = start("authorize");
    const page = await openid.browse(await addressOf(command));
    expect(page).toContain("Done: henkin may use the mailbox.");
    expect(await command.exited).toEqual({ code: 0, signal: null });
    expect(Object.fromEntries(openid.asked)).toMatchObject({
      response_type: "code",
      client_id: CLIENT_ID,
      scope: "openid email profile offline_access",
      code_challenge_method: "S256",
      login_hint: "shop",
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
    });
    expect(grants()).toHaveLength(1);
    expect(leaks(told(command) + JSON.stringify(grants()))).toEqual([]);
    // It has been tried, as the worker will use it.
    expect(openid.refreshes).toBe(1);
  });

  it("stands in the audit trail", async () => {
    await authorize();
    const file = new SqliteDatabase(join(directory, "data", "henkin.db"), { readonly: true });
    const events = file.prepare("select actor, data from event where type = 'mailbox_authorized'");
    expect(events.all()).toEqual([
      { actor: expect.stringMatching(/^cli:/), data: '{"provider":"127.0.0.1"}' },
    ]);
    file.close();
    expect((await henkin(["audit", "verify"])).code).toBe(0);
  });

  it("listens where an SSH tunnel ends", async () => {
    const port = await steadyPort();
    const command = start("authorize", "--port", String(port));
    await openid.browse(await addressOf(command));
    expect(openid.asked.get("redirect_uri")).toBe(`http://127.0.0.1:${port}/`);
    expect((await command.exited).code).toBe(0);
  });

  it("says so where another program listens there", async () => {
    const port = await steadyPort();
    const other = createServer().listen(port, "127.0.0.1");
    const { code, stderr } = await henkin(["authorize", "--port", String(port)]);
    other.close();
    expect([code, stderr]).toEqual([1, expect.stringContaining(`listens on port ${port}`)]);
    expect((await henkin(["authorize", "--port", "99999"])).code).toBe(2);
  });

  it("takes the address that a browser elsewhere could not open", async () => {
    const child = start("authorize", "--paste");
    const answer = await openid.consent(await addressOf(child));
    child.type(`${answer}\n`);
    expect([(await child.exited).code, grants().length]).toEqual([0, 1]);
    expect(leaks(told(child))).toEqual([]);
  });

  it("takes no address of another question", async () => {
    const child = start("authorize", "--paste");
    const answer = new URL(await openid.consent(await addressOf(child)));
    answer.searchParams.set("state", "of-somebody-else");
    child.type(`${answer}\n`);
    expect([(await child.exited).code, grants()]).toEqual([1, []]);
    expect(told(child)).toContain("does not belong to this question");
  });

  it("turns away a page that knows no state, and waits for the one that does", async () => {
    const command = start("authorize");
    const address = await addressOf(command);
    const answer = await openid.consent(address);
    const forged = new URL(answer);
    forged.searchParams.set("state", "guessed");
    expect((await fetch(forged)).status).toBe(400);
    expect((await fetch(new URL("/favicon.ico", answer))).status).toBe(404);
    // Somebody who is gone before he is answered keeps nobody waiting.
    const gone = connect(Number(new URL(answer).port), "127.0.0.1");
    gone.resume().end("GET //[ HTTP/1.1\r\n\r\n");
    await once(gone, "close");
    expect(await (await fetch(answer)).text()).toContain("Done");
    expect((await command.exited).code).toBe(0);
  });

  it("tells terminal and browser where the consent is refused", async () => {
    openid.denies = true;
    const command = start("authorize");
    expect(await openid.browse(await addressOf(command))).toContain("It did not work");
    expect([(await command.exited).code, grants()]).toEqual([1, []]);
    expect(told(command)).toContain("The consent was not given (access_denied).");
  });

  it("keeps the consent of before where another account consents", async () => {
    await authorize();
    const before = grants();
    openid.account = "somebody-else";
    const command = start("authorize");
    expect(await openid.browse(await addressOf(command))).toContain("It did not work");
    expect([(await command.exited).code, grants()]).toEqual([1, before]);
    expect(told(command)).toContain("The consent is of another account");
  });

  it("does not need to be told who consents", async () => {
    openid.tellsWho = false;
    await authorize();
    expect(grants()).toHaveLength(1);
  });

  it("has nothing to do without MAIL_OAUTH, or where both servers have a password", async () => {
    const none = await henkin(["authorize"], {
      MAIL_OAUTH: "",
      INBOX_URL: "imap://shop:pw@127.0.0.1:9",
      OUTBOX_URL: "smtp://127.0.0.1:9",
    });
    expect([none.code, none.stderr]).toEqual([
      78,
      expect.stringContaining("MAIL_OAUTH: is required"),
    ]);
    const unused = await henkin(["authorize"], {
      INBOX_URL: "imap://shop:pw@127.0.0.1:9",
      OUTBOX_URL: "smtp://shop:pw@127.0.0.1:9",
    });
    expect([unused.code, unused.stderr]).toEqual([
      78,
      expect.stringContaining("MAIL_OAUTH: is not used"),
    ]);
  });
});

describe.skipIf(!submissionInstalled())(
  "a worker without a password",
  { timeout: TIMEOUT_MS },
  () => {
    let dovecot: Dovecot;
    let sink: Smtp;
    beforeEach(async () => {
      sink = await startSmtpTester();
      const { introspectionUrl } = openid;
      dovecot = await startDovecot({ oauth: { introspectionUrl, relayPort: sink.port } });
      env["INBOX_URL"] = `imap://shop@127.0.0.1:${dovecot.port}/INBOX`;
      env["OUTBOX_URL"] = `smtp://shop@127.0.0.1:${dovecot.submissionPort}`;
    }, PATIENCE_MS);
    afterEach(async () => {
      await dovecot.stop();
      await sink.close();
    });

    const receive = () => dovecot.append(contactForm({ orderNumber: "679", email: CUSTOMER }));
    /** Which order it was: there is no payment with its number. */
    const question = () =>
      sink.waitForMail(({ envelope }) => envelope.to.includes(CUSTOMER), PATIENCE_MS);

    it("reads and sends by tokens", async () => {
      await authorize();
      await receive();
      const result = await henkin(["run", "--once"]);
      expect(result.code).toBe(0);
      expect((await question()).envelope.from).toBe("shop@shop.example.jp");
      expect(leaks(spoken(result))).toEqual([]);
    });

    it("says what to do before anybody has consented, and so does doctor", async () => {
      const once = await henkin(["run", "--once"]);
      expect([once.code, once.stderr]).toEqual([1, expect.stringContaining("henkin authorize")]);
      const doctor = await henkin(["doctor", "--json"]);
      const failed = doctor.json.filter(({ level }) => level === "fail").map(({ check }) => check);
      expect(failed).toEqual(expect.arrayContaining(["inbox", "smtp"]));
      expect(doctor.stdout).toContain("henkin authorize");
    });

    it("is checked by doctor, beside a worker, though each use changes the token", async () => {
      openid.rotation = "strict";
      await authorize();
      const worker = start("run");
      await worker.waitForLog(({ msg }) => msg === "IMAP connection ready");
      const doctors = Array.from({ length: 3 }, () => henkin(["doctor"]));
      for (const { stdout } of await Promise.all(doctors)) {
        expect(stdout).toMatch(/ok {4}inbox: imap/);
        expect(stdout).toContain("ok    smtp");
        expect(stdout).toContain("ok    consent of 127.0.0.1: given ");
      }
      expect(openid.together).toBe(1);
      openid.withdrawAccess();
      await dovecot.kick();
      const before = worker.stderr.length;
      await until(() =>
        worker.stderr.slice(before).find(({ msg }) => msg === "IMAP connection ready"),
      );
      expect(leaks(told(worker))).toEqual([]);
    });

    it("pauses where the consent is taken back, and goes on by itself after another", async () => {
      await authorize();
      const worker = start("run");
      await worker.waitForLog(({ msg }) => msg === "IMAP connection ready");
      openid.revoke();
      await dovecot.kick();
      // The kicked connection may be an outage of its own first.
      const paused = await worker.waitForLog(
        ({ lane, level, ...told }) =>
          lane === "inbox" && level === 40 && told["code"] === "oauth_grant_ended",
      );
      expect(paused).toMatchObject({ mend: expect.stringContaining("henkin authorize") });
      await receive();
      await authorize();
      await worker.waitForLog(({ msg }) => msg === "inbox works again", PATIENCE_MS);
      await question();
      expect(leaks(told(worker))).toEqual([]);
      worker.kill();
      expect((await worker.exited).code).toBe(0);
    });
  },
);

// A real IMAP server for tests: a private Dovecot with its own directory, user and port.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ImapFlow } from "imapflow";
import { steadyPort } from "./steady-port.ts";

export interface Dovecot {
  readonly port: number;
  /** Of the server of the moment. */
  pid(): number;
  /** Of the submission server; 0 without one. */
  readonly submissionPort: number;
  /** With the password of the moment. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** The Maildir that is the INBOX. */
  readonly mailDir: string;
  /** Into the INBOX, or into a mailbox that is made if missing. */
  append(
    raw: Buffer | string,
    how?: { internalDate?: Date; flags?: string[]; mailbox?: string },
  ): Promise<{ uid: number; uidValidity: bigint }>;
  /** Raw messages, oldest UID first. */
  list(mailbox?: string): Promise<Buffer[]>;
  /** From now on the old password fails with AUTHENTICATIONFAILED; live sessions go on. */
  setPassword(password: string): Promise<void>;
  /** Ends live sessions, as an administrator or an idle limit does. */
  kick(): Promise<void>;
  /** The same messages under a new UIDVALIDITY, as after a mailbox was recreated. */
  resetUidValidity(): Promise<void>;
  /** Nothing listens any more; mails stay for up(). */
  down(): Promise<void>;
  up(): Promise<void>;
  restart(): Promise<void>;
  /** Down for good, and the directory is gone. */
  stop(): Promise<void>;
}

const USER = "shop";
/** Tests look into the same mailbox as somebody else, whose connections count apart. */
const PERSON = "person";
const BIN_PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin:/sbin`;
const NOBODY_KICKED = 68;
// Dovecot refuses to read mail as root, and this number needs no entry in /etc/passwd.
const MAIL_UID_UNDER_ROOT = 10_001;
const IS_ROOT = process.getuid?.() === 0;

let installed: boolean | undefined;

/** The same of the submission server. */
export function submissionInstalled(): boolean {
  const libexec = run("doveconf", "-c", "/dev/null", "-h", "libexec_dir").stdout?.trim() ?? "";
  const isThere = existsSync(join(libexec, "submission-login"));
  if (!isThere) {
    process.stderr.write("SKIPPED: no submission server (apt install dovecot-submissiond)\n");
  }
  return isThere && dovecotInstalled();
}

/** Says loudly, once per test file, when tests with a real IMAP server cannot run. */
export function dovecotInstalled(): boolean {
  if (installed === undefined) {
    const libexec = run("doveconf", "-c", "/dev/null", "-h", "libexec_dir").stdout?.trim() ?? "";
    const version = run("dovecot", "--version").stdout ?? "";
    // 2.4 renamed most settings, so only the version whose settings are written below counts.
    installed = version.startsWith("2.3.") && existsSync(join(libexec, "imap-login"));
    if (!installed) {
      process.stderr.write("SKIPPED: no Dovecot 2.3 with IMAP (apt install dovecot-imapd)\n");
    }
  }
  return installed;
}

function run(command: string, ...args: string[]) {
  return spawnSync(command, args, { encoding: "utf8", env: { PATH: BIN_PATH } });
}

/** Logins by token beside the password, and a submission server with the same. */
export interface DovecotOauth {
  /** RFC 7662; it is asked about each token. */
  readonly introspectionUrl: string;
  /** What it offers; without a word, what Microsoft 365 does. */
  readonly mechanisms?: readonly ("plain" | "xoauth2" | "oauthbearer")[];
  /** Where mail that is handed in goes on to, on loopback. */
  readonly relayPort: number;
}

/** `poor`: settings that take something away, as a host may. */
export async function startDovecot({
  poor = "",
  oauth,
}: {
  readonly poor?: string;
  readonly oauth?: DovecotOauth | undefined;
} = {}): Promise<Dovecot> {
  const dir = await mkdtemp(join(tmpdir(), "henkin-dovecot-"));
  const mailDir = join(dir, "mail");
  let password = "s3cret";
  await prepareDirectories(dir, mailDir);
  await writePassword();
  const port = await steadyPort();
  const submissionPort = oauth === undefined ? 0 : await steadyPort();
  const further = oauth === undefined ? "" : await oauthSettings(dir, submissionPort, oauth);
  const all = `${settings(dir, mailDir, port)}${further}${poor}\n`;
  await writeFile(join(dir, "dovecot.conf"), all);
  let server = await launch(dir, port).catch(async (error) => {
    await rm(dir, { recursive: true, force: true });
    throw error;
  });

  // Renamed into place, so that a login never reads half a file.
  async function writePassword(): Promise<void> {
    const draft = join(dir, "password");
    for (const user of [USER, PERSON]) {
      await writeFile(draft, JSON.stringify({ password: `{PLAIN}${password}` }), { mode: 0o644 });
      await rename(draft, join(dir, "passdb", user));
    }
  }

  async function withClient<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
    const auth = { user: PERSON, pass: password };
    const options = { secure: false, logger: false, disableAutoIdle: true } as const;
    const client = new ImapFlow({ host: "127.0.0.1", port, auth, ...options });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  }

  const dovecot: Dovecot = {
    port,
    pid: () => server.pid,
    submissionPort,
    user: USER,
    mailDir,
    get password() {
      return password;
    },
    get url() {
      return `imap://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/INBOX`;
    },
    append: (raw, { internalDate, flags = [], mailbox = "INBOX" } = {}) =>
      withClient(async (client) => {
        if (mailbox !== "INBOX") {
          await client.mailboxCreate(mailbox);
        }
        const done = await client.append(mailbox, Buffer.from(raw), flags, internalDate);
        if (!done || done.uid === undefined || done.uidValidity === undefined) {
          throw new Error(`Dovecot did not take the mail for ${mailbox}`);
        }
        return { uid: done.uid, uidValidity: done.uidValidity };
      }),
    list: (mailbox = "INBOX") =>
      withClient(async (client) => {
        await client.mailboxOpen(mailbox, { readOnly: true });
        const raws: Buffer[] = [];
        for await (const message of client.fetch("1:*", { source: true }, { uid: true })) {
          raws.push(message.source ?? Buffer.alloc(0));
        }
        return raws;
      }),
    setPassword(next) {
      password = next;
      return writePassword();
    },
    async kick() {
      const { status } = run("doveadm", "-c", join(dir, "dovecot.conf"), "kick", USER);
      if (status !== 0 && status !== NOBODY_KICKED) {
        throw new Error(`doveadm kick ends with ${status}`);
      }
    },
    async resetUidValidity() {
      await dovecot.down();
      // dovecot-uidvalidity stays: it is what makes Dovecot choose a higher number.
      for (const name of await readdir(mailDir)) {
        if (name === "dovecot-uidlist" || name.startsWith("dovecot.index")) {
          await rm(join(mailDir, name));
        }
      }
      await dovecot.up();
    },
    down: () => server.kill(),
    async up() {
      server = await launch(dir, port);
    },
    restart: () => dovecot.down().then(dovecot.up),
    stop: () => dovecot.down().then(() => rm(dir, { recursive: true, force: true })),
  };
  return dovecot;
}

async function prepareDirectories(dir: string, mailDir: string): Promise<void> {
  // Under root Dovecot's processes run as three different users, who must all get through.
  await chmod(dir, 0o755);
  await mkdir(mailDir);
  await mkdir(join(dir, "passdb"));
  if (IS_ROOT) {
    await chown(mailDir, MAIL_UID_UNDER_ROOT, MAIL_UID_UNDER_ROOT);
  }
  // A passwd-file is looked at once a second only; this dictionary is read at every login.
  const key = "key password {\n  key = passdb/%u\n  format = json\n}\npassdb_objects = password\n";
  await writeFile(join(dir, "passdb.conf"), `uri = fs:posix:prefix=${dir}/\n${key}`);
}

function settings(dir: string, mailDir: string, port: number): string {
  const { username, uid, gid } = userInfo();
  // An ordinary user can run Dovecot, if every process of it runs as that user.
  const owner = `default_internal_user = ${username}
default_internal_group = ${run("id", "-gn").stdout.trim()}
default_login_user = ${username}`;
  const mailUser = IS_ROOT ? MAIL_UID_UNDER_ROOT : uid;
  return `base_dir = ${dir}/base
state_dir = ${dir}/base
log_path = ${dir}/log
listen = 127.0.0.1
protocols = imap
ssl = no
auth_failure_delay = 0
mail_max_userip_connections = 100
mail_location = maildir:${mailDir}
mail_fsync = never
${IS_ROOT ? "" : owner}
passdb {
  driver = dict
  args = ${dir}/passdb.conf
}
userdb {
  driver = static
  args = uid=${mailUser} gid=${IS_ROOT ? mailUser : gid} home=${dir}
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
  # Without this a failed login costs seconds.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`;
}

/** Later settings win, and blocks of one name come together. */
async function oauthSettings(dir: string, port: number, oauth: DovecotOauth): Promise<string> {
  const asking = `introspection_mode = post
introspection_url = ${oauth.introspectionUrl}
username_attribute = username
active_attribute = active
active_value = true
timeout_msecs = 5000
`;
  await writeFile(join(dir, "oauth2.conf"), asking);
  return `protocols = imap submission
auth_mechanisms = ${(oauth.mechanisms ?? ["plain", "xoauth2"]).join(" ")}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${dir}/oauth2.conf
}
submission_relay_host = 127.0.0.1
submission_relay_port = ${oauth.relayPort}
hostname = mail.shop.example
service submission-login {
  chroot =
  inet_listener submission {
    port = ${port}
  }
}
`;
}

async function launch(
  dir: string,
  port: number,
): Promise<{ readonly pid: number; kill: () => Promise<void> }> {
  const log = openSync(join(dir, "log"), "a");
  // The waiting half ends the whole process group when our end of its input closes, so no Dovecot
  // outlives the tests, not even when they are killed.
  const script = `exec 3<&0; { read -r _ <&3; kill -9 -$$; } &
    exec dovecot -F -c "$0" </dev/null 3<&-`;
  const child = spawn("sh", ["-c", script, join(dir, "dovecot.conf")], {
    detached: true,
    env: { PATH: BIN_PATH },
    stdio: ["pipe", "ignore", log],
  });
  closeSync(log);
  const exited = once(child, "exit");
  const lifeline = child.stdin as Socket;
  child.unref();
  lifeline.unref();

  const server = {
    pid: child.pid ?? 0,
    async kill(): Promise<void> {
      child.ref();
      lifeline.destroy();
      await exited;
      // A killed master cannot remove it, and the next one would believe it.
      await rm(join(dir, "base", "master.pid"), { force: true });
      await until(async () => (await answer(port)) === "ECONNREFUSED");
    },
  };
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const ready = await until(async () => ended() || (await answer(port)).startsWith("* OK"));
  if (ended() || !ready) {
    await server.kill();
    throw new Error(`Dovecot does not start:\n${readFileSync(join(dir, "log"), "utf8")}`);
  }
  return server;
}

/** Dovecot has no event for "I am ready", so the port is asked every few milliseconds. */
async function until(condition: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; await pause(5)) {
    if (await condition()) {
      return true;
    }
  }
  return false;
}

/** The greeting of a server, the code of what went wrong, or nothing. */
async function answer(port: number): Promise<string> {
  const signal = AbortSignal.timeout(2_000);
  const socket = connect({ port, host: "127.0.0.1", signal });
  try {
    for await (const greeting of socket) {
      return String(greeting);
    }
    return "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
}

// Many shops on one PostgreSQL, as an agency runs them: their mailboxes, customers, staff and accounts
// outside, and as many workers beside each other as a test starts. Tests look at what all of them left.

import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seeded } from "../simulate/random.ts";
import { type Dovecot, startDovecot } from "../support/dovecot.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { farOff } from "../support/summary-time.ts";
import { runCommand, startWorker, type Worker } from "../support/worker.ts";
import type { Order, ShopFacts } from "./facts.ts";
import { AUTHSERV } from "./letters.ts";
import { type RunningOutside, startOutside } from "./start-outside.ts";

export interface TownOptions {
  readonly shops: number;
  /** Spread over all shops in turn. */
  readonly orders: number;
  readonly seed: number;
  readonly mail: "imap" | "maildir";
  /** Of every worker. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of every shop. */
  readonly shopSettings?: Readonly<Record<string, string>>;
}

export interface Town {
  readonly shops: readonly ShopFacts[];
  readonly orders: readonly Order[];
  readonly outside: RunningOutside;
  readonly postgres: Postgres;
  readonly dovecot: Dovecot | null;
  /** Past whatever lies between a worker and the database. */
  readonly databaseUrl: string;
  /** `port`: of the database, where it is reached through something. */
  launch(id: string, port?: number): Worker;
  henkin(...args: string[]): ReturnType<typeof runCommand>;
  /** Read as the superuser. */
  rows<Row>(sql: string): Promise<Row[]>;
  /** Of a shop: the names of the files in the order in which a reader finds them; null where they have none. */
  orderInMailbox(shop: ShopFacts): Promise<string[] | null>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 10 * 60_000;
const PASSWORD = "s3cret-of-town";
/** Whom Dovecot reads as, under root. */
const DOVECOT_UID = 10_001;
const IS_ROOT = process.getuid?.() === 0;
const DATA_KEY = Buffer.alloc(32, 7).toString("base64");

const SURNAMES = ["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤"];
const GIVEN = ["太郎", "花子", "健一", "美咲", "翔太", "陽子", "直樹", "由美", "大輔", "恵子"];
const FIRST_ORDER = 300_001;

function peopleOf(shops: readonly ShopFacts[], count: number, seed: number): Order[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_none, at) => {
    const number = String(FIRST_ORDER + at);
    return {
      shop: shops[at % shops.length]?.id ?? "",
      ...{ number, payment: `pi_${number}`, amount: 1_000 + 10 * random.below(1_000) },
      name: `${random.pick(SURNAMES)}${random.pick(GIVEN)}`,
      email: `c${number}@customer.example.jp`,
    };
  });
}

/** One Dovecot for all: whoever knows the password has a mailbox. */
function forManyUsers(mails: string, users: number): string {
  return `
mail_location = maildir:${mails}/%u
passdb {
  driver = static
  args = password=${PASSWORD}
}
mail_max_userip_connections = 20
default_client_limit = ${4 * users + 2_000}
default_process_limit = ${users + 1_000}
default_vsz_limit = 0
service imap-login {
  service_count = 0
  process_min_avail = 1
}
service imap {
  # Many sessions in a process: each process watches its mailboxes by one of few inotify instances.
  service_count = 0
  client_limit = 50
  process_limit = ${Math.ceil(users / 10) + 20}
}
`;
}

export async function startTown(options: TownOptions): Promise<Town> {
  const directory = await mkdtemp(join(tmpdir(), "henkin-town-"));
  await chmod(directory, 0o755);
  const mails = join(directory, "mails");
  await mkdir(mails);
  const overImap = options.mail === "imap";
  const shops = Array.from({ length: options.shops }, (_none, at): ShopFacts => {
    const id = `s${String(at + 1).padStart(4, "0")}`;
    return { id, domain: `${id}.example.jp`, apiKey: `sk_test_${id}`, maildir: join(mails, id) };
  });
  const orders = peopleOf(shops, options.orders, options.seed);
  const [postgres, dovecot, outside] = await Promise.all([
    startPostgres(),
    overImap ? startDovecot({ poor: forManyUsers(mails, options.shops) }) : null,
    startOutside(overImap && IS_ROOT ? DOVECOT_UID : null),
  ]);
  const databaseUrl = await postgres.createDatabase();
  const workers: Worker[] = [];

  async function stop(): Promise<void> {
    for (const worker of workers) worker.kill("SIGKILL");
    await Promise.all(workers.map(({ exited }) => exited));
    await Promise.all([outside.close(), dovecot?.stop(), postgres.stop()]);
    await rm(directory, { recursive: true, force: true });
  }

  const env = {
    LOG_LEVEL: "info",
    ...{ DATABASE_URL: databaseUrl, DATA_KEY },
    ...options.settings,
  };
  const henkin = (...args: string[]) =>
    runCommand(args, { cwd: directory, env, timeoutMs: PATIENCE_MS });

  try {
    const { stripeUrl, smtpUrl } = await outside.open(shops, orders, options.seed);
    const settingsOf = ({ id, domain, apiKey, maildir }: ShopFacts) => ({
      ...{ id, SHOP_NAME: id, SHOP_EMAIL: `shop@${domain}` },
      ...{ STAFF_EMAILS: `staff@${domain}`, MANAGER_EMAILS: `boss@${domain}` },
      INBOX_URL: dovecot
        ? `imap://${id}:${PASSWORD}@127.0.0.1:${dovecot.port}/INBOX`
        : `maildir:${maildir}`,
      ...{ OUTBOX_URL: smtpUrl, STRIPE_API_KEY: apiKey, STRIPE_API_BASE: stripeUrl },
      ...{ AUTHSERV_IDS: AUTHSERV, DNS_SERVERS: "127.0.0.1:9", INBOX_SINCE: "all" },
      ...{ REFUND_MAX_PER_HOUR: 1_000_000, REFUND_MAX_PER_DAY: 1_000_000, SUMMARY_AT: farOff() },
      ...options.shopSettings,
    });
    await writeFile(join(directory, "shops.json"), JSON.stringify(shops.map(settingsOf)));
    const { code, stderr } = await henkin("shop", "import", "shops.json");
    if (code !== 0) throw new Error(`the shops are not taken: ${stderr}`);
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    ...{ shops, orders, outside, postgres, dovecot, databaseUrl, henkin, stop },
    launch(id, port) {
      const url = new URL(databaseUrl);
      if (port !== undefined) url.port = String(port);
      const worker = startWorker({
        cwd: directory,
        env: { ...env, WORKER_ID: id, DATABASE_URL: url.href },
      });
      workers.push(worker);
      return worker;
    },
    rows: async <Row>(sql: string) => (await postgres.execute(databaseUrl, sql)) as Row[],
    async orderInMailbox({ maildir }) {
      if (!overImap) return null;
      const list = await readFile(join(maildir, "dovecot-uidlist"), "utf8").catch(() => "");
      // A line each: UID, further fields, and the name behind a colon; the first line is about the list.
      return list
        .split("\n")
        .slice(1)
        .flatMap((line) => /^(\d+) [^:]*:(\S+)/.exec(line)?.slice(1, 3).join(" ") ?? [])
        .map((entry) => entry.split(" ") as [string, string])
        .sort(([one], [other]) => Number(one) - Number(other))
        .map(([, name]) => name.replace(/:2,.*$/, ""));
    },
  };
}

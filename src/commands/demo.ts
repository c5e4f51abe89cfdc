// Plays customers and staff through the real worker: a Maildir inbox, the sandbox provider, no
// network, no settings.

import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, buildApp } from "../app.ts";
import { ALL_SETTINGS, loadConfig } from "../config.ts";
import { PermanentError } from "../domain/errors.ts";
import { createLog } from "../logger.ts";
import { readMessage } from "../mail/message-reader.ts";
import { type CommandContext, EXIT, type Run, readArgs } from "./command.ts";
import {
  AUTHSERV_ID,
  contactForm,
  MANAGER,
  PAYMENTS,
  type Received,
  SHOP,
  STAFF,
  staffAnswer,
} from "./demo-mails.ts";

export const demo: Run = async (args, context) => {
  readArgs(args, {}, { least: 0, most: 0 });
  const stage = await Stage.open(context);
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
  context.print("");
  context.print(`All mails, to open with a mail program: ${stage.mailFolder}`);
  context.print(`Refunds made by the sandbox provider:    ${stage.refundsFile}`);
  context.print(`The story of one ticket: ${stage.ticketCommand}`);
  return EXIT.done;
};

async function play(stage: Stage): Promise<void> {
  stage.scene("1. A wrong order number: the form says 678, the customer paid for 679");
  await stage.customer({
    id: "form-678",
    name: "田中太郎",
    email: "geguhama@svk.jp",
    order: "678",
    text: "上記注文番号の注文をキャンセルしたいです。返金の処理をお願いいたします。",
  });
  const candidates = stage.expect(STAFF);
  await stage.staff(candidates, "1");
  const chosen = stage.expect(STAFF);
  await stage.staff(chosen, "OK");
  stage.expect("geguhama@svk.jp");

  stage.scene("2. Order number and address agree: one mail, one OK");
  await stage.customer({
    id: "form-701",
    name: "鈴木一郎",
    email: "suzuki@example.com",
    order: "701",
    text: "注文をキャンセルします。返金をお願いします。",
  });
  const exact = stage.expect(STAFF);
  await stage.staff(exact, "承認します。よろしくお願いします。");
  stage.expect("suzuki@example.com");

  stage.scene("3. Staff say no: the goods are on their way");
  await stage.customer({
    id: "form-702",
    name: "高橋美咲",
    email: "takahashi@example.com",
    order: "702",
    text: "やはり不要になりました。返金してください。",
  });
  const refused = stage.expect(STAFF);
  await stage.staff(refused, "NG 発送済み");
  stage.expect("takahashi@example.com");

  stage.scene("4. Someone forges a staff member's OK: nothing is paid");
  await stage.customer({
    id: "form-703",
    name: "伊藤健",
    email: "ito@example.com",
    order: "703",
    text: "返金をお願いします。",
  });
  const forged = stage.expect(STAFF);
  await stage.staff(forged, "OK", false);
  stage.expect(STAFF);

  await stage.finish();
}

/** A folder with its own inbox, outbox, payments and database, and the worker on it. */
class Stage {
  readonly mailFolder: string;
  readonly refundsFile: string;
  /** To be typed where henkin was started. */
  readonly ticketCommand: string;
  readonly #folder: string;
  readonly #app: App;
  readonly #context: CommandContext;
  readonly #seen = new Set<string>();
  #pending: (Received & { to: string })[] = [];
  #count = 0;

  private constructor(folder: string, app: App, context: CommandContext) {
    this.#folder = folder;
    this.#app = app;
    this.#context = context;
    this.mailFolder = join(folder, "mails");
    this.refundsFile = join(folder, "payments.json.state.json");
    this.ticketCommand = `DATABASE_URL=sqlite:${join(folder, "henkin.db")} npx henkin ticket 1`;
  }

  static async open(context: CommandContext): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "henkin-demo-"));
    for (const name of ["mails", "inbox/tmp", "inbox/new", "inbox/cur"]) {
      await mkdir(join(folder, name), { recursive: true });
    }
    await writeFile(join(folder, "payments.json"), JSON.stringify(PAYMENTS, null, 2));
    const config = loadConfig(
      ALL_SETTINGS,
      {
        INBOX_URL: "maildir:inbox",
        OUTBOX_URL: "maildir:outbox",
        SANDBOX_PAYMENTS: "payments.json",
        DATABASE_URL: "sqlite:henkin.db",
        SHOP_NAME: "デモショップ",
        SHOP_EMAIL: SHOP,
        STAFF_EMAILS: STAFF,
        MANAGER_EMAILS: MANAGER,
        AUTHSERV_IDS: AUTHSERV_ID,
      },
      folder,
    );
    const app = await buildApp({ env: {}, ofProcess: config, envShop: config }, folder, {
      log: createLog("error"),
    });
    return new Stage(folder, app, context);
  }

  scene(title: string): void {
    this.#context.print("");
    this.#context.print(title);
  }

  async customer(form: Parameters<typeof contactForm>[0]): Promise<void> {
    this.#tell("customer", `${form.name}: order ${form.order}, ${form.text}`);
    await this.#arrive(contactForm(form, new Date()));
  }

  async staff(request: Received, text: string, authenticated = true): Promise<void> {
    this.#tell(authenticated ? "staff" : "forger", text);
    const id = `answer-${this.#count}`;
    await this.#arrive(staffAnswer(request, { text, authenticated, id }, new Date()));
  }

  /** Takes the one mail to this address that the last step led to. */
  expect(to: string): Received {
    const [only, ...others] = this.#pending.filter((mail) => mail.to === to);
    this.#pending = [];
    if (only === undefined || others.length > 0) {
      throw new PermanentError("demo_failed", { who: to });
    }
    return only;
  }

  async finish(): Promise<void> {
    const state = JSON.parse(await readFile(this.refundsFile, "utf8")) as {
      refunds: { amount: number }[];
    };
    const amounts = state.refunds.map(({ amount }) => `¥${amount.toLocaleString("en")}`);
    this.#context.print("");
    this.#context.print(`Refunds made: ${amounts.length} (${amounts.join(", ")})`);
  }

  close(): Promise<void> {
    return this.#app.close();
  }

  #tell(who: string, what: string): void {
    const time = new Date().toISOString().slice(11, 19);
    this.#context.print(`  ${time}  ${who.padEnd(9)} ${what}`);
  }

  async #arrive(raw: string): Promise<void> {
    this.#count += 1;
    const name = String(this.#count).padStart(2, "0");
    await writeFile(join(this.mailFolder, `${name}-in.eml`), raw);
    await writeFile(join(this.#folder, "inbox/new", `${name}.demo`), raw);
    await this.#app.runOnce(this.#context.stop);
    await this.#readOutbox();
  }

  async #readOutbox(): Promise<void> {
    const outbox = join(this.#folder, "outbox/new");
    for (const file of (await readdir(outbox).catch(() => [])).sort()) {
      if (this.#seen.has(file)) continue;
      this.#seen.add(file);
      const raw = await readFile(join(outbox, file));
      const message = await readMessage(raw);
      const to = message.to[0]?.address ?? "";
      this.#count += 1;
      const name = `${String(this.#count).padStart(2, "0")}-to-${to.split("@")[0]}.eml`;
      await writeFile(join(this.mailFolder, name), raw);
      const { subject } = message;
      this.#tell("henkin", `→ ${to}: ${subject}   (${name})`);
      const messageId = message.messageId ?? "";
      this.#pending.push({ to, subject, messageId, text: message.text ?? "" });
    }
  }
}

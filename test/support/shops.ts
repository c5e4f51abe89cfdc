// A folder with a database of many shops, and henkin's commands in it, without a child process.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseShop } from "../../src/commands/choose-shop.ts";
import { COMMANDS } from "../../src/commands/manual.ts";

export const SHOP_FILE = {
  ...{ SHOP_NAME: "パン屋", SHOP_EMAIL: "shop@bakery.example" },
  ...{ STAFF_EMAILS: "staff@bakery.example", MANAGER_EMAILS: "boss@bakery.example" },
  ...{ INBOX_URL: "imaps://u:secret-of-mail@mail.bakery.example/INBOX", OUTBOX_URL: "maildir:out" },
  STRIPE_API_KEY: "sk_test_bakery",
};

export interface Office {
  readonly directory: string;
  readonly database: string;
  /** What .env holds. */
  readonly env: Record<string, string>;
  /** Writes JSON, and returns the file's name. */
  json(name: string, content: unknown): string;
  /** Returns what the command printed; `shop`: as --shop. */
  run(line: string, shop?: string): Promise<string[]>;
  close(): void;
}

export function openOffice(env: Record<string, string> = {}): Office {
  const directory = mkdtempSync(join(tmpdir(), "henkin-office-"));
  return {
    directory,
    database: join(directory, "data", "henkin.db"),
    env,
    json(name, content) {
      writeFileSync(join(directory, name), JSON.stringify(content));
      return name;
    },
    async run(line, shop) {
      const [name, ...args] = line.split(" ");
      const command = COMMANDS.find((one) => one.name === name);
      if (command === undefined) throw new Error(`there is no ${name}`);
      const printed: string[] = [];
      const chosen = command.isOfAllShops ? env : await chooseShop(env, directory, shop);
      await command.run(args, {
        env: chosen,
        directory,
        print: (text) => void printed.push(text),
        stop: new AbortController().signal,
      });
      return printed;
    },
    close: () => rmSync(directory, { recursive: true }),
  };
}

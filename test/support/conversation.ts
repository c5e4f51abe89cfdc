// All that people read and write about a request, mail after mail, as the real templates word it: to be
// compared with a file that a person has read and found right.

import { readFile, writeFile } from "node:fs/promises";
import { createCalendar } from "../../src/calendar.ts";
import { loadTemplates } from "../../src/mail/templates.ts";
import { anAnswer, type Sent } from "../jobs/recorded-mail.ts";
import type { TestDesk } from "./desk.ts";
import type { MessageParts } from "./message.ts";

const templates = loadTemplates("templates", null);
const calendar = createCalendar({
  timeZone: "Asia/Tokyo",
  summaryAt: "21:00",
  closed: { weekdays: [], dates: [] },
});

/** Set to "1", the files are written anew instead of compared. Read every change of them. */
const WRITE = "WRITE_CONVERSATIONS";

export class Conversation {
  readonly #desk: TestDesk;
  readonly #mails: string[] = [];
  #seen = 0;

  constructor(desk: TestDesk) {
    this.#desk = desk;
  }

  /** A mail to the shop, and all that follows from it by itself. */
  async receive(parts: MessageParts): Promise<void> {
    const mail = `題名: ${parts.subject ?? ""}\n\n${this.#plain(parts.text ?? "")}`;
    this.#add(`${parts.from} → 店`, mail);
    await this.#desk.receive(parts);
    await this.work();
  }

  /** With the code of what it answers, as a mail program quotes it. */
  async answer(asked: Sent, text: string): Promise<void> {
    const code = asked.variables["code"];
    const words = typeof code === "string" && code !== "" ? `${text}\nコード: ${code}` : text;
    await this.receive(anAnswer(asked, words));
  }

  async work(): Promise<void> {
    await this.#desk.work();
    const written = this.#desk.transport.accepted.slice(this.#seen);
    this.#seen += written.length;
    const mails = new Map<string, string[]>();
    for (const { name, to, draft } of written) {
      const { subject, text } = templates.render(name, draft.locale, draft.variables);
      const mail = `題名: ${this.#plain(subject)}\n\n${this.#plain(text)}`;
      mails.set(mail, [...(mails.get(mail) ?? []), to]);
    }
    for (const [mail, to] of mails) this.#add(`店 → ${to.sort().join(", ")}`, mail);
  }

  #add(way: string, mail: string): void {
    const at = calendar.formatDateTime(this.#desk.clock.now());
    this.#mails.push(`${"=".repeat(72)}\n${at}　${way}\n${mail.trimEnd()}\n`);
  }

  /** Codes differ from approver to approver. */
  #plain(text: string): string {
    return text.replace(/(コード: )[0-9A-F]{10}/g, "$1XXXXXXXXXX");
  }

  /** Returns what the file should hold and what was written. */
  async compare(file: string): Promise<{ readonly expected: string; readonly text: string }> {
    const text = this.#mails.join("\n");
    if (process.env[WRITE] === "1") await writeFile(file, text);
    return { expected: await readFile(file, "utf8"), text };
  }
}

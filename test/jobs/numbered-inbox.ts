// A mailbox in memory, for those who read one.

import { TransientError } from "../../src/domain/errors.ts";
import type { FetchedMessage, Inbox, MailboxListing } from "../../src/ports.ts";
import { aFailure } from "../support/failures.ts";

type Listed = Parameters<Inbox["list"]>[0];

/** A mailbox as IMAP numbers it: keys grow, and a generation can end. */
export class NumberedInbox implements Inbox {
  readonly mailbox = "imap://mail.example/INBOX";
  defaultSince: "first-start" | "all" = "all";
  readonly hasOrder = true;
  generation = "1";
  readonly asked: Listed[] = [];
  fetched = 0;
  breaksAfter = Number.POSITIVE_INFINITY;
  readonly #messages = new Map<string, FetchedMessage>();
  #last = 0;

  /** Returns the key. */
  put(raw: Uint8Array, receivedAt: number, change: Partial<FetchedMessage> = {}): string {
    this.#last += 1;
    const key = String(this.#last);
    this.#messages.set(key, {
      location: { generation: this.generation, key },
      receivedAt,
      size: raw.byteLength,
      raw,
      truncated: false,
      ...change,
    });
    return key;
  }

  /** As a server does that was rebuilt: the same messages under other numbers. */
  rebuild(): void {
    const messages = [...this.#messages.values()];
    this.#messages.clear();
    this.#last = 100;
    this.generation = String(Number(this.generation) + 1);
    for (const message of messages) this.put(message.raw, message.receivedAt);
  }

  async list(request: Listed): Promise<MailboxListing> {
    this.asked.push(request);
    const { cursor, full, since } = request;
    const isContinued = !full && cursor?.generation === this.generation;
    const from = isContinued ? Number(cursor.lastKey) : 0;
    const keys = [...this.#messages]
      .filter(
        ([key, { receivedAt }]) => Number(key) > from && receivedAt >= (full ? (since ?? 0) : 0),
      )
      .map(([key]) => key);
    return { generation: this.generation, keys, lastKey: String(this.#last) };
  }

  async *fetch(keys: readonly string[]): AsyncIterable<FetchedMessage> {
    for (const key of keys) {
      if (this.fetched >= this.breaksAfter) throw aFailure(TransientError, "imap_lost", "Gone.");
      const message = this.#messages.get(key);
      if (message === undefined) continue;
      this.fetched += 1;
      yield message;
    }
  }

  wait = async (): Promise<void> => undefined;
  close = async (): Promise<void> => undefined;
}

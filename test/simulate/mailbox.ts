// The shop's mailbox and its outgoing mail server, as they are seen over the network: messages have
// numbers that only grow, come twice or late, and change when the mailbox is rebuilt.

import type { FetchedMessage, MailboxListing } from "../../src/ports.ts";
import { rawOf, type Sent } from "../jobs/recorded-mail.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { MessageParts } from "../support/message.ts";

interface Kept {
  readonly uid: number;
  readonly raw: Uint8Array;
  readonly receivedAt: number;
}

export class Mailbox {
  readonly name = "sim";
  /** Message-IDs of what was delivered, in its order; once each. */
  readonly delivered = new Map<string, MessageParts>();
  #generation = 1;
  #uid = 0;
  #kept: Kept[] = [];
  #held: MessageParts[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get generation(): string {
    return String(this.#generation);
  }

  deliver(parts: MessageParts): void {
    this.delivered.set(parts.messageId ?? "", parts);
    this.#uid += 1;
    this.#kept.push({ uid: this.#uid, raw: rawOf(parts), receivedAt: this.#clock.now() });
  }

  /** On its way, and delivered by `release`, after what came later. */
  hold(parts: MessageParts): void {
    this.#held.push(parts);
  }

  release(): void {
    const held = this.#held.reverse();
    this.#held = [];
    for (const parts of held) this.deliver(parts);
  }

  /** The message with this number among all comes once more. */
  repeat(at: number): void {
    const kept = this.#kept[at % Math.max(1, this.#kept.length)];
    if (kept === undefined) return;
    this.#uid += 1;
    this.#kept.push({ ...kept, uid: this.#uid });
  }

  /** The server has lost its index: other numbers, another UIDVALIDITY. */
  rebuild(): void {
    this.#generation += 1;
    this.#kept = this.#kept.toReversed().map((kept, at) => ({ ...kept, uid: at + 1 }));
    this.#uid = this.#kept.length;
  }

  list(after: { generation: string; lastKey: string } | null): MailboxListing {
    const isSame = after?.generation === this.generation;
    const last = isSame ? Number(after.lastKey) : 0;
    const keys = this.#kept.filter(({ uid }) => uid > last).map(({ uid }) => String(uid));
    return { generation: this.generation, keys, lastKey: String(this.#uid) };
  }

  fetch(keys: readonly string[]): FetchedMessage[] {
    return this.#kept
      .filter(({ uid }) => keys.includes(String(uid)))
      .map(({ uid, raw, receivedAt }) => ({
        location: { generation: this.generation, key: String(uid) },
        receivedAt,
        size: raw.byteLength,
        raw,
        truncated: false,
      }));
  }
}

/** One hand-over as the receiving server saw it. */
export interface HandOver {
  readonly messageId: string;
  readonly raw: string;
  readonly at: number;
  readonly isAccepted: boolean;
  /** Whether the worker got an answer. */
  readonly isTold: boolean;
}

export class Postman {
  readonly accepted: Sent[] = [];
  readonly handOvers: HandOver[] = [];

  take({ messageId, to, raw }: { messageId: string; to: string; raw: Uint8Array }): void {
    const draft = JSON.parse(Buffer.from(raw).toString()) as Sent["draft"];
    const { name, variables } = draft;
    this.accepted.push({ name, to, messageId, variables: { ...variables }, draft });
  }

  note(handOver: Omit<HandOver, "raw">, raw: Uint8Array): void {
    this.handOvers.push({ ...handOver, raw: Buffer.from(raw).toString() });
  }
}

// Reads mails in a thread of their own, so that a large, deep or hostile one cannot stall the worker:
// what takes too long or too much memory costs its thread, and the mail is put aside.

import { Worker } from "node:worker_threads";
import { PermanentError, TransientError } from "../domain/errors.ts";
import type { MailReading, ShopAddresses } from "../domain/mail-reading.ts";
import { keepNewSpaceSmall } from "../heap.ts";
import type { MailReader } from "../ports.ts";

export interface ThreadRequest {
  readonly id: number;
  readonly raw: Uint8Array;
  /** Whose mail it is. */
  readonly shop: ShopAddresses;
}

/** Why a mail cannot be read, as its reader says it (see message-reader.ts). */
export const MAIL_FAULTS = [
  "unreadable_message",
  "too_large",
  "header_too_large",
  "too_many_parts",
] as const;

type MailFault = (typeof MAIL_FAULTS)[number];

export type ThreadAnswer =
  /** Comes first: a thread that ends before it was not ended by a mail. */
  | "ready"
  | { readonly id: number; readonly reading: MailReading }
  | { readonly id: number; readonly fault: MailFault };

/** A typical mail takes 2 ms, one of 25 MB a second. */
const DEADLINE_MS = 20_000;
/** A mail of 25 MB with its decoded parts needs about 200 MB. */
const MEMORY_MB = 768;
/** Twice as much takes 13 MB more and reads hardly faster. */
const YOUNG_MB = 8;

/** The memory of a larger mail is given back with its thread. */
const LARGE_BYTES = 1024 * 1024;

/**
 * Sent ahead, so that the thread need not wait for the next mail: waking it takes longer than some mails, and
 * while this side commits a hundred it sends nothing.
 */
const AHEAD_MAX = 128;
const AHEAD_BYTES = 2 * LARGE_BYTES;

interface Waiting extends ThreadRequest {
  readonly resolve: (reading: MailReading) => void;
  readonly reject: (error: PermanentError | TransientError) => void;
}

/** Compiled: a thread of Node 20 cannot load TypeScript. */
const THREAD = new URL("./reading-thread.js", import.meta.url);

/** The mails without an answer, in their order; the thread has the first few of them. */
function createLine() {
  const all: Waiting[] = [];
  let lastId = 0;
  let sent = 0;
  let sentBytes = 0;
  const mayGoAhead = ({ raw }: Waiting) =>
    sent === 0 || (sent < AHEAD_MAX && sentBytes + raw.byteLength <= AHEAD_BYTES);
  return {
    isEmpty: () => all.length === 0,
    add(waiting: Omit<Waiting, "id">): void {
      lastId += 1;
      all.push({ ...waiting, id: lastId });
    },
    firstSent: () => (sent === 0 ? undefined : all[0]),
    /** Those that the thread is to have now. */
    send(): Waiting[] {
      const from = sent;
      for (let one = all[sent]; one !== undefined && mayGoAhead(one); one = all[sent]) {
        sent += 1;
        sentBytes += one.raw.byteLength;
      }
      return all.slice(from, sent);
    },
    /** The first of those that were sent: it has its answer, or will have none. */
    take(): Waiting | undefined {
      if (sent === 0) return undefined;
      const [first] = all.splice(0, 1);
      sent -= 1;
      sentBytes -= first?.raw.byteLength ?? 0;
      return first;
    },
    /** Their thread is gone. */
    unsend(): void {
      sent = 0;
      sentBytes = 0;
    },
    empty(): Waiting[] {
      this.unsend();
      return all.splice(0);
    },
  };
}

interface Heard {
  answered(answer: Exclude<ThreadAnswer, "ready">): void;
  /** `isReady`: it had come as far as to read mails. */
  lost(isReady: boolean, why: string): void;
}

/** Throws where the system refuses a thread. */
function startThread(url: URL, heard: (from: Worker) => Heard): Worker {
  const started = new Worker(url, {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB, maxYoungGenerationSizeMb: YOUNG_MB },
  });
  started.unref();
  const { answered, lost } = heard(started);
  let isReady = false;
  started.on("message", (answer: ThreadAnswer) => {
    if (answer !== "ready") return answered(answer);
    isReady = true;
    keepNewSpaceSmall();
  });
  started.on("error", (error) => lost(isReady, error.message));
  started.on("exit", (code) => lost(isReady, `exit ${code}`));
  return started;
}

interface ThreadOptions {
  readonly thread?: URL;
  readonly deadlineMs?: number;
}

/** One thread for the mails of many shops. */
export interface SharedReader {
  read(raw: Uint8Array, shop: ShopAddresses): Promise<MailReading>;
  close(): Promise<void>;
}

export function createThreadedReader(shop: ShopAddresses, options?: ThreadOptions): MailReader {
  const shared = createSharedReader(options);
  return { read: (raw) => shared.read(raw, shop), close: () => shared.close() };
}

export function createSharedReader({
  thread = THREAD,
  deadlineMs = DEADLINE_MS,
}: ThreadOptions = {}): SharedReader {
  const line = createLine();
  let worker: Worker | null = null;
  /** Of the first mail sent, which the thread is at. */
  let timer: NodeJS.Timeout | undefined;

  const heard = (from: Worker): Heard => ({
    answered(answer) {
      if (from === worker && answer.id === line.firstSent()?.id) settle(answer);
    },
    lost(isReady, why) {
      if (from !== worker) return;
      if (isReady) giveUp("mail_too_demanding");
      else giveAllBack(why);
    },
  });

  const settle: Heard["answered"] = (answer) => {
    const waiting = take();
    if ((waiting?.raw.byteLength ?? 0) > LARGE_BYTES) retire();
    if ("reading" in answer) waiting?.resolve(answer.reading);
    else waiting?.reject(new PermanentError(answer.fault));
    next();
  };

  const take = (): Waiting | undefined => {
    clearTimeout(timer);
    timer = undefined;
    return line.take();
  };

  /** The next mail gets a new thread, and so do those that this one has not come to. */
  const retire = () => {
    const last = worker;
    worker = null;
    line.unsend();
    void last?.terminate();
  };

  /** No mail is to blame. */
  const giveAllBack = (why: string) => {
    clearTimeout(timer);
    timer = undefined;
    retire();
    for (const { reject } of line.empty()) {
      reject(new TransientError("reader_unavailable", { why }));
    }
  };

  /** The thread is beyond answering. */
  const giveUp = (fault: "mail_too_demanding" | "mail_too_slow") => {
    const waiting = take();
    retire();
    waiting?.reject(new PermanentError(fault));
    next();
  };

  const next = () => {
    if (line.isEmpty()) {
      worker?.unref();
      return;
    }
    try {
      worker ??= startThread(thread, heard);
    } catch (error) {
      return giveAllBack(String(error));
    }
    worker.ref();
    for (const { id, raw: kept, shop } of line.send()) {
      // Moved, not cloned on both sides: a mail may have 25 MB.
      const raw = new Uint8Array(kept);
      worker.postMessage({ id, raw, shop } satisfies ThreadRequest, [raw.buffer]);
    }
    timer ??= setTimeout(() => giveUp("mail_too_slow"), deadlineMs);
  };

  return {
    read(raw, shop) {
      return new Promise((resolve, reject) => {
        line.add({ raw, shop, resolve, reject });
        next();
      });
    },
    async close() {
      const last = worker;
      giveAllBack("henkin is stopping");
      await last?.terminate();
    },
  };
}

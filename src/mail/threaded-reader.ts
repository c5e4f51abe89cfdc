// Reads mails in a thread of their own, so that a large, deep or hostile one cannot stall the worker:
// what takes too long or too much memory costs its thread, and the mail is put aside.

import { Worker } from "node:worker_threads";
import { PermanentError } from "../domain/errors.ts";
import type { MailReading, ShopAddresses } from "../domain/mail-reading.ts";
import type { MailReader } from "../ports.ts";

export interface ThreadRequest {
  readonly id: number;
  readonly raw: Uint8Array;
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
  | { readonly id: number; readonly reading: MailReading }
  | { readonly id: number; readonly fault: MailFault };

/** A typical mail takes 2 ms, one of 25 MB a second. */
const DEADLINE_MS = 20_000;
/** A mail of 25 MB with its decoded parts needs about 200 MB. */
const MEMORY_MB = 768;
/** The default of a thread is so small that collecting it takes a tenth of the time. */
const YOUNG_MB = 64;

/** The memory of a larger mail is given back with its thread. */
const LARGE_BYTES = 1024 * 1024;

interface Waiting {
  readonly raw: Uint8Array;
  readonly resolve: (reading: MailReading) => void;
  readonly reject: (error: PermanentError) => void;
}

/** Compiled: a thread of Node 20 cannot load TypeScript. */
const THREAD = new URL("./reading-thread.js", import.meta.url);

export function createThreadedReader(
  shop: ShopAddresses,
  { thread = THREAD, deadlineMs = DEADLINE_MS }: { thread?: URL; deadlineMs?: number } = {},
): MailReader {
  const queue: Waiting[] = [];
  let worker: Worker | null = null;
  let current: { id: number; timer: NodeJS.Timeout } | null = null;
  let lastId = 0;

  const start = (): Worker => {
    const started = new Worker(thread, {
      workerData: shop,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    started.unref();
    started.on("message", (answer: ThreadAnswer) => {
      if (started === worker && answer.id === current?.id) settle(answer);
    });
    const lost = () => {
      if (started === worker) giveUp("mail_too_demanding");
    };
    started.on("error", lost);
    started.on("exit", lost);
    return started;
  };

  const settle = (answer: ThreadAnswer) => {
    const waiting = take();
    if ((waiting?.raw.byteLength ?? 0) > LARGE_BYTES) retire();
    if ("reading" in answer) waiting?.resolve(answer.reading);
    else waiting?.reject(new PermanentError(answer.fault));
    next();
  };

  const take = (): Waiting | undefined => {
    clearTimeout(current?.timer);
    current = null;
    return queue.shift();
  };

  /** The next mail gets a new thread. */
  const retire = () => {
    const last = worker;
    worker = null;
    void last?.terminate();
  };

  /** The thread is beyond answering. */
  const giveUp = (fault: "mail_too_demanding" | "mail_too_slow") => {
    retire();
    const waiting = current === null ? undefined : take();
    waiting?.reject(new PermanentError(fault));
    next();
  };

  const next = () => {
    const [waiting] = queue;
    if (waiting === undefined) {
      worker?.unref();
      return;
    }
    if (current !== null) return;
    worker ??= start();
    worker.ref();
    lastId += 1;
    const timer = setTimeout(() => giveUp("mail_too_slow"), deadlineMs);
    current = { id: lastId, timer };
    // Moved, not cloned on both sides: a mail may have 25 MB.
    const raw = new Uint8Array(waiting.raw);
    worker.postMessage({ id: lastId, raw } satisfies ThreadRequest, [raw.buffer]);
  };

  return {
    read(raw) {
      return new Promise((resolve, reject) => {
        queue.push({ raw, resolve, reject });
        next();
      });
    },
    async close() {
      const last = worker;
      worker = null;
      await last?.terminate();
    },
  };
}

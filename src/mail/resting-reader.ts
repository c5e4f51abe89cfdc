// A reader that gives back what it holds while no mail comes: a thread with the libraries that read
// mails is a third of an idle worker's memory, and what was read is personal data.

import type { MailReading } from "../domain/mail-reading.ts";

/** A new thread costs a mail a quarter of a second, which nobody sees who has not written for so long. */
const REST_MS = 5 * 60_000;

/** A mail reader, or one that wants to know more of a mail. */
interface Reader<More extends unknown[]> {
  read(raw: Uint8Array, ...more: More): Promise<MailReading>;
  close(): Promise<void>;
}

/** `start` is called with the first mail, and with the first after each rest. */
export function createRestingReader<More extends unknown[]>(
  start: () => Reader<More>,
  restMs = REST_MS,
): Reader<More> {
  let reader: Reader<More> | null = null;
  let reading = 0;
  let timer: NodeJS.Timeout | undefined;

  async function rest(): Promise<void> {
    clearTimeout(timer);
    const last = reader;
    reader = null;
    await last?.close();
  }

  return {
    async read(raw, ...more) {
      clearTimeout(timer);
      reading += 1;
      reader ??= start();
      try {
        return await reader.read(raw, ...more);
      } finally {
        reading -= 1;
        if (reading === 0) timer = setTimeout(rest, restMs).unref();
      }
    },
    close: rest,
  };
}

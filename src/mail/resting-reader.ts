// A reader that gives back what it holds while no mail comes: a thread with the libraries that read
// mails is a third of an idle worker's memory, and what was read is personal data.

import type { MailReader } from "../ports.ts";

/** A new thread costs a mail a quarter of a second, which nobody sees who has not written for so long. */
const REST_MS = 5 * 60_000;

/** `start` is called with the first mail, and with the first after each rest. */
export function createRestingReader(start: () => MailReader, restMs = REST_MS): MailReader {
  let reader: MailReader | null = null;
  let reading = 0;
  let timer: NodeJS.Timeout | undefined;

  async function rest(): Promise<void> {
    clearTimeout(timer);
    const last = reader;
    reader = null;
    await last?.close();
  }

  return {
    async read(raw) {
      clearTimeout(timer);
      reading += 1;
      reader ??= start();
      try {
        return await reader.read(raw);
      } finally {
        reading -= 1;
        if (reading === 0) timer = setTimeout(rest, restMs).unref();
      }
    },
    close: rest,
  };
}

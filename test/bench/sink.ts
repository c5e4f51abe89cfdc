// A mail server that accepts everything, reads nothing but the head, and costs little itself.

import { EventEmitter, once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { SMTPServer } from "smtp-server";

export interface Accepted {
  readonly to: readonly string[];
  readonly raw: Buffer;
  /** performance.now() of the 250. */
  readonly at: number;
}

export interface Sink {
  readonly url: string;
  readonly mails: readonly Accepted[];
  /** How long it takes over each mail. */
  delayMs: number;
  onMail(listener: (mail: Accepted) => Promise<void>): void;
  close(): Promise<void>;
}

export async function startSink(): Promise<Sink> {
  const mails: Accepted[] = [];
  const events = new EventEmitter();
  const server = new SMTPServer({
    ...{ hideSTARTTLS: true, disableReverseLookup: true, authOptional: true },
    onData(stream, { envelope }, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", async () => {
        if (sink.delayMs > 0) await pause(sink.delayMs);
        callback();
        const to = envelope.rcptTo.map(({ address }) => address);
        const mail = { to, raw: Buffer.concat(chunks), at: performance.now() };
        mails.push(mail);
        events.emit("mail", mail);
      });
    },
  });
  // A worker that is ended at the end of a stage leaves its connections.
  server.on("error", () => {});
  const listener = server.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const sink: Sink = {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    delayMs: 0,
    onMail: (listener) => void events.on("mail", listener),
    async close() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return sink;
}

// Mail servers for tests: a plain one (smtp-tester) and one that fails on command (smtp-server).

import { EventEmitter, once } from "node:events";
import type { AddressInfo } from "node:net";
import { simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import smtpTester from "smtp-tester";
import { steadyPort } from "./steady-port.ts";

export interface Smtp {
  readonly port: number;
  readonly url: string;
  /** What was received, in order; a mail is listed before its sender reads the 250. */
  readonly mails: readonly ReceivedMail[];
  /** The first mail, received already or yet to come, that the predicate accepts. */
  waitForMail(
    predicate: (mail: ReceivedMail) => boolean,
    timeoutMs?: number,
  ): Promise<ReceivedMail>;
  close(): Promise<void>;
}

export interface ReceivedMail {
  envelope: { from: string; to: string[] };
  raw: string;
  /** Raw values, unfolded, by lower-case name; of a repeated field the first. */
  headers: ReadonlyMap<string, string>;
  messageId: string;
  subject: string;
  text: string;
  html: string;
}

export type SmtpFault =
  | "refuse-rcpt-4xx"
  | "refuse-rcpt-5xx"
  | "refuse-data-4xx"
  | "refuse-data-5xx"
  /** 535, even for the right password. */
  | "wrong-credentials"
  | "drop-before-data"
  /** The mail is received, its sender never learns it. */
  | "drop-after-data"
  /** The same, and the connection stays open. */
  | "hang-after-data";

export interface ScriptedSmtp extends Smtp {
  /** Faults shown so far, in order. */
  readonly faults: readonly SmtpFault[];
  waitForFault(fault: SmtpFault, timeoutMs?: number): Promise<void>;
  /** From now on; a fault may be limited to a number of times or to mails for one address. */
  behave(fault: SmtpFault | "accept", limits?: { times?: number; to?: string }): void;
  /** Nobody listens any more and live connections are gone, until start(). */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** smtp-tester: takes every mail of everybody, without logging in. */
export async function startSmtpTester(): Promise<Smtp> {
  const letterbox = createLetterbox();
  const tester = smtpTester.init(0);
  ignoreClients(tester.smtpServer);
  const { server } = tester.smtpServer;
  await once(server, "listening");
  // smtp-tester knows no address and listens on all of them; tests stay on loopback.
  server.close();
  await once(server, "close");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  tester.bind((_recipient, _id, email) => {
    letterbox.receive({
      envelope: { from: email.sender, to: Object.keys(email.receivers) },
      ...rawAndHeaders(email.data),
      subject: String(email.headers["subject"] ?? ""),
      text: email.body ?? "",
      html: email.html || "",
    });
  });
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    ...letterbox.seen,
    close: () => closeServer(tester.smtpServer),
  };
}

/** smtp-server: wants a login, and misbehaves as told. */
export async function startScriptedSmtp(): Promise<ScriptedSmtp> {
  const [user, password] = ["shop", "s3cret"];
  const letterbox = createLetterbox();
  const faults = createList<SmtpFault>();
  let plan: { fault: SmtpFault; times: number; to?: string | undefined } | undefined;
  let server: SMTPServer | undefined;
  const port = await steadyPort();

  /** The fault to show now, if it is one of these and meant for one of the recipients. */
  function due(candidates: SmtpFault[], recipients: string[]): SmtpFault | undefined {
    if (plan === undefined || plan.times === 0 || !candidates.includes(plan.fault)) {
      return undefined;
    }
    if (plan.to !== undefined && !recipients.includes(plan.to)) {
      return undefined;
    }
    plan.times--;
    return plan.fault;
  }

  async function takeData(stream: AsyncIterable<Buffer>, session: SMTPServerSession) {
    const envelope = addressesOf(session);
    const fault = due(
      [
        "drop-before-data",
        "refuse-data-4xx",
        "refuse-data-5xx",
        "drop-after-data",
        "hang-after-data",
      ],
      envelope.to,
    );
    if (fault === "drop-before-data") {
      drop(session);
      faults.add(fault);
      return "gone";
    }
    const chunks: Buffer[] = [];
    for await (const chunk of stream) {
      chunks.push(chunk);
    }
    if (fault === "refuse-data-4xx" || fault === "refuse-data-5xx") {
      faults.add(fault);
      throw refusal(fault.endsWith("4xx") ? 451 : 550);
    }
    const bytes = Buffer.concat(chunks);
    const { subject = "", text = "", html } = await simpleParser(bytes);
    const raw = rawAndHeaders(bytes.toString());
    letterbox.receive({ envelope, ...raw, subject, text, html: html || "" });
    if (fault === "drop-after-data") {
      drop(session);
    }
    if (fault !== undefined) {
      faults.add(fault);
      return "gone";
    }
    return "accepted";
  }

  function drop(session: SMTPServerSession): void {
    for (const connection of server?.connections ?? []) {
      if (connection.id === session.id) {
        connection._socket.destroy();
      }
    }
  }

  async function start(): Promise<void> {
    server = new SMTPServer({
      hideSTARTTLS: true,
      allowInsecureAuth: true,
      disableReverseLookup: true,
      onAuth(auth, _session, callback) {
        const fault = due(["wrong-credentials"], []);
        if (fault !== undefined) {
          faults.add(fault);
        } else if (auth.username === user && auth.password === password) {
          callback(null, { user });
          return;
        }
        callback(refusal(535));
      },
      onRcptTo(address, _session, callback) {
        const fault = due(["refuse-rcpt-4xx", "refuse-rcpt-5xx"], [address.address]);
        if (fault === undefined) {
          callback();
          return;
        }
        faults.add(fault);
        callback(refusal(fault.endsWith("4xx") ? 451 : 550));
      },
      onData(stream, session, callback) {
        takeData(stream, session).then(
          (outcome) => outcome === "accepted" && callback(),
          (error: Error) => callback(error),
        );
      },
    });
    ignoreClients(server);
    const listener = server.listen(port, "127.0.0.1");
    await once(listener, "listening");
  }

  async function stop(): Promise<void> {
    if (server !== undefined) {
      await closeServer(server);
      server = undefined;
    }
  }

  await start();
  return {
    port,
    url: `smtp://${user}:${password}@127.0.0.1:${port}`,
    ...letterbox.seen,
    faults: faults.items,
    async waitForFault(fault, timeoutMs) {
      await faults.waitFor((shown) => shown === fault, timeoutMs, String);
    },
    behave(fault, { times = Number.POSITIVE_INFINITY, to } = {}) {
      plan = fault === "accept" ? undefined : { fault, times, to };
    },
    start,
    stop,
    close: stop,
  };
}

/** A client that is killed or dropped is what these tests are about, not an error of theirs. */
function ignoreClients(server: SMTPServer): void {
  server.on("error", () => {});
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error("refused by the test"), { responseCode });
}

function addressesOf({ envelope }: SMTPServerSession): ReceivedMail["envelope"] {
  return {
    from: envelope.mailFrom ? envelope.mailFrom.address : "",
    to: envelope.rcptTo.map(({ address }) => address),
  };
}

function closeServer(server: SMTPServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // close() alone waits for clients, also for one that was left hanging on purpose.
    for (const connection of server.connections) {
      connection._socket.destroy();
    }
  });
}

function rawAndHeaders(raw: string): Pick<ReceivedMail, "raw" | "headers" | "messageId"> {
  const headers = new Map<string, string>();
  const head = raw.split(/\r?\n\r?\n/, 1)[0] ?? "";
  for (const line of head.replaceAll(/\r?\n(?=[ \t])/g, "").split(/\r?\n/)) {
    const [, name, value] = /^([^:]+):\s*(.*)$/s.exec(line) ?? [];
    if (name !== undefined && value !== undefined && !headers.has(name.toLowerCase())) {
      headers.set(name.toLowerCase(), value);
    }
  }
  return { raw, headers, messageId: headers.get("message-id") ?? "" };
}

function createLetterbox() {
  const received = createList<ReceivedMail>();
  const seen: Pick<Smtp, "mails" | "waitForMail"> = {
    mails: received.items,
    waitForMail: (predicate, timeoutMs) =>
      received.waitFor(
        predicate,
        timeoutMs,
        ({ subject, envelope }) => `${subject} to ${envelope.to}`,
      ),
  };
  return { receive: received.add, seen };
}

/** A growing list whose next items can be awaited. */
function createList<T>() {
  const items: T[] = [];
  const events = new EventEmitter();
  return {
    items: items as readonly T[],
    add(item: T): void {
      items.push(item);
      events.emit("item");
    },
    async waitFor(
      predicate: (item: T) => boolean,
      timeoutMs = 5_000,
      describe: (item: T) => string,
    ): Promise<T> {
      const signal = AbortSignal.timeout(timeoutMs);
      for (;;) {
        const found = items.find(predicate);
        if (found !== undefined) {
          return found;
        }
        await once(events, "item", { signal }).catch((cause: unknown) => {
          const so = items.map(describe).join("; ") || "nothing";
          throw new Error(`not within ${timeoutMs} ms; so far: ${so}`, { cause });
        });
      }
    },
  };
}

// Mail servers that offer little or are strict, each a real server on loopback: mail goes out there,
// or waits, or says why not.

import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, test, vi } from "vitest";
import { AccessError, PermanentError, TransientError } from "../../src/domain/errors.ts";
import { createSmtpTransport } from "../../src/mail/smtp-transport.ts";
import type { MailTransport } from "../../src/ports.ts";
import * as certificate from "./localhost-certificate.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const never = new AbortController().signal;

const mail = (subject: string) => ({
  messageId: `${subject}@shop.example`,
  from: "shop@shop.example",
  to: "taro@example.jp",
  raw: Buffer.from(`Message-ID: <${subject}@shop.example>\r\nSubject: ${subject}\r\n\r\nhello\r\n`),
});

interface PoorSender {
  /** What EHLO offers besides AUTH. */
  readonly offers?: readonly string[];
  readonly greetingMs?: number;
  readonly maxTls?: "TLSv1.2" | "TLSv1.1";
  /** In place of the answer to a command; `count` mails were taken before. */
  readonly answers?: (command: string, count: number) => string | undefined;
  /** Says 421 after each mail, and hangs up. */
  readonly oneMailOnly?: boolean;
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Takes commands one at a time: a client that sends the next before its answer is complained of. */
async function start(host: PoorSender) {
  const taken: string[] = [];
  const commands: string[] = [];
  const seen = { connections: 0, early: 0 };
  const isTls = host.maxTls !== undefined;
  const serve = (socket: Socket) => {
    seen.connections += 1;
    socket.on("error", () => socket.destroy());
    let body: string | null = null;
    const say = (line: string) => socket.write(`${line}\r\n`);
    setTimeout(() => say("220 poor"), host.greetingMs ?? 0);
    const perform = (line: string) => {
      const name = line.split(/[ :]/)[0]?.toUpperCase() ?? "";
      if (name === "EHLO") return ["poor", "AUTH PLAIN", ...(host.offers ?? [])];
      if (name === "AUTH") return "235 ok";
      if (name === "DATA") {
        body = "";
        return "354 go on";
      }
      return ["MAIL", "RCPT", "RSET", "QUIT"].includes(name) ? "250 ok" : "502 no";
    };
    const end = () => {
      taken.push(/Subject: (.*)\r/.exec(body ?? "")?.[1] ?? "");
      body = null;
      say("250 taken");
      if (host.oneMailOnly !== true) return;
      say("421 one mail is enough");
      socket.end();
    };
    const answer = (line: string) => {
      commands.push(line);
      const said = host.answers?.(line, taken.length) ?? perform(line);
      const lines =
        typeof said === "string" ? [said] : said.slice(0, -1).map((one) => `250-${one}`);
      for (const one of lines) say(one);
      if (typeof said !== "string") say(`250 ${said.at(-1)}`);
    };
    socket.on("data", (chunk) => {
      const lines = chunk.toString().split("\r\n").slice(0, -1);
      seen.early += Number(body === null && lines.length > 1);
      for (const line of lines) {
        if (body === null) answer(line);
        else if (line === ".") end();
        else body += `${line}\r\n`;
      }
    });
  };
  const server: Server = isTls
    ? createTlsServer({ ...certificate, maxVersion: host.maxTls, minVersion: "TLSv1.1" }, serve)
    : createServer(serve);
  server.on("tlsClientError", () => undefined);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const transport = createSmtpTransport({
    ...{ url: `smtp${isTls ? "s" : ""}://shop:s3cret@127.0.0.1:${port}`, log },
    ...(isTls && { tls: { ca: certificate.cert } }),
  });
  closing.push(() => server.close(), transport.close);
  return { transport, taken, commands, seen };
}

const send = (transport: MailTransport, subject: string, to = "taro@example.jp") =>
  transport.send({ ...mail(subject), to }, async () => {}, never);

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error) => error,
  );

describe("mail goes out by a host", () => {
  const HOSTS: Readonly<Record<string, PoorSender>> = {
    "that offers neither 8BITMIME nor SIZE nor PIPELINING": {},
    "that offers them": { offers: ["8BITMIME", "SIZE 10240000", "PIPELINING"] },
    "that greets slowly": { greetingMs: 500 },
    "that speaks TLS 1.2 only": { maxTls: "TLSv1.2" },
  };

  test.each(Object.entries(HOSTS))("%s", async (_name, host) => {
    const { transport, taken, commands, seen } = await start(host);
    for (const subject of ["one", "two"]) await send(transport, subject);
    expect(taken).toEqual(["one", "two"]);
    expect(seen.connections).toBe(1);
    if (host.offers === undefined) expect(seen.early).toBe(0);
    const from = commands.filter((line) => line.startsWith("MAIL FROM"));
    if (host.offers === undefined)
      expect(from).toEqual(Array(2).fill("MAIL FROM:<shop@shop.example>"));
  });

  test("that takes one mail a connection: each once", async () => {
    const { transport, taken, seen } = await start({ oneMailOnly: true });
    for (const subject of ["one", "two", "three"]) await send(transport, subject);
    expect(taken).toEqual(["one", "two", "three"]);
    expect(seen.connections).toBe(3);
  });
});

test("a host that speaks nothing newer than TLS 1.1 is told so", async () => {
  const { transport, commands } = await start({ maxTls: "TLSv1.1" });
  expect(await failure(send(transport, "x"))).toMatchObject({ code: "smtp_tls" });
  expect(commands).toEqual([]);
});

describe("a mail waits and goes out later where the host", () => {
  test.each([
    [
      "knows the sender too little yet (greylisting)",
      /^RCPT/,
      "451 4.7.1 Greylisted, try again in 300 s",
    ],
    ["has no room", /^MAIL/, "452 4.3.1 Insufficient system storage"],
    ["counts mails an hour", /^MAIL/, "450 4.7.1 Error: too many mails from shop@shop.example"],
    ["counts recipients", /^RCPT/, "450 4.7.1 too much mail"],
    [
      "counts mails a day, and words it as a refusal",
      /^RCPT/,
      "550 5.4.5 Daily user sending limit exceeded",
    ],
    ["counts them at the message", /^DATA/, "554 5.2.0 Hourly sending quota exceeded"],
  ])("%s", async (_why, command, reply) => {
    let isOver = false;
    const { transport, taken } = await start({
      answers: (line) => (!isOver && command.test(line) ? reply : undefined),
    });
    const error = await failure(send(transport, "later"));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: "smtp_deferred" });
    expect(String(error)).not.toContain("shop@shop.example");
    isOver = true;
    await send(transport, "later");
    expect(taken).toEqual(["later"]);
  });

  test.each([
    [
      "lets nobody log in for a while",
      /^AUTH/,
      "454 4.7.0 Temporary authentication failure, too many",
    ],
    ["ends the session", /^MAIL/, "421 4.7.0 Too many concurrent connections"],
  ])("%s", async (_why, command, reply) => {
    const { transport } = await start({
      answers: (line) => (command.test(line) ? reply : undefined),
    });
    const error = await failure(send(transport, "later"));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: "smtp_connection" });
  });
});

describe("a sender that is not the user's", () => {
  test.each([
    [/^MAIL/, "553 5.7.1 <shop@shop.example>: Sender address rejected: not owned by user shop"],
    [/^RCPT/, "553 5.7.1 <shop@shop.example>: Sender address rejected: not logged in"],
    [/^MAIL/, "550 5.7.1 no"],
    [/^RCPT|^DATA/, "550 5.7.60 Client does not have permissions to send as this sender"],
  ])("stops all mails until somebody mends it, and none is given up: %s %s", async (at, reply) => {
    const { transport } = await start({
      answers: (line) => (at.test(line) ? reply : undefined),
    });
    const error = await failure(send(transport, "x"));
    expect(error).toBeInstanceOf(AccessError);
    expect(error).toMatchObject({
      code: "smtp_sender_refused",
      mend: expect.stringContaining("SHOP_EMAIL"),
    });
    expect(String(error)).not.toContain("@");
  });

  test.each([
    [/^RCPT/, "550 5.1.1 User unknown"],
    [/^RCPT/, "552 5.2.2 Mailbox full: quota exceeded"],
    [/^MAIL/, "552 5.3.4 Message size exceeds fixed limit"],
    [/^DATA/, "554 5.7.1 looks like spam"],
  ])("is not what another refusal is about: %s %s", async (at, reply) => {
    const { transport } = await start({
      answers: (line) => (at.test(line) ? reply : undefined),
    });
    const error = await failure(send(transport, "x"));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: "smtp_refused" });
  });
});

describe("a stranger whose address or server says what stops mail", () => {
  const SENDER = "550 5.7.1 Sender address rejected: not owned by user shop";

  test.each([
    ["550 5.1.1 <TO>: host mx.evil said: 550 Sender address rejected (in reply to RCPT TO)", "x"],
    ["550 5.1.1 <TO>: undeliverable address: not permitted to send from here", "x"],
    ["550 5.1.1 <TO>: host mx[192.0.2.1] said: 550 5.4.5 Daily sending limit", "x"],
    ["550 5.1.1 <TO> User unknown", "daily-limit"],
    ["550 5.1.1 to: no such user", "Daily-Limit"],
    ["550 5.1.1 TO no such user", "x-5.4.5"],
    ["550 5.1.1 TO no such user", '"sender address rejected"'],
    // A server that passes the other's words on as its own.
    [SENDER, "x"],
  ])("loses only the mail to that stranger: %s (%s)", async (reply, local) => {
    const to = `${local}@evil.example`;
    const said = reply.replace("TO", to.toLowerCase()).replace(/\bto\b/, local.toLowerCase());
    const { transport, taken } = await start({
      answers: (line) => (/^RCPT.*evil/i.test(line) ? said : undefined),
    });
    const error = await failure(send(transport, "x", to));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: "smtp_refused" });
    await send(transport, "next");
    expect(taken).toEqual(["next"]);
  });

  test("puts off only the mail to that stranger where it is said of the message", async () => {
    let isEvil = false;
    const { transport, taken, commands } = await start({
      answers: (line) => {
        if (/^(?:RCPT|RSET)/.test(line)) isEvil = line.includes("evil");
        return isEvil && line === "DATA" ? SENDER : undefined;
      },
    });
    const error = await failure(send(transport, "x", "x@evil.example"));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: "smtp_deferred" });
    // What asked whether the sender is meant has sent nothing.
    const said = ["MAIL FROM:<shop@shop.example>", "RCPT TO:<shop@shop.example>", "RSET"];
    expect(commands.slice(commands.lastIndexOf("MAIL FROM:<shop@shop.example>"))).toEqual(
      expect.arrayContaining(said),
    );
    expect(commands.filter((line) => line === "DATA")).toHaveLength(1);
    await send(transport, "next");
    expect(taken).toEqual(["next"]);
  });

  test("is not believed while the server cannot be asked", async () => {
    const { transport } = await start({
      answers: (line) => {
        if (line.startsWith("RCPT TO:<shop@")) return "451 4.7.1 later";
        return line.startsWith("RCPT") ? SENDER : undefined;
      },
    });
    expect(await failure(send(transport, "x"))).toMatchObject({ code: "smtp_deferred" });
  });
});

describe("a host that talks nonsense", () => {
  const GARBAGE = {
    "random bytes": Buffer.from(
      Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 256),
    ).toString("latin1"),
    "half a line": "250-",
    "a line of 8 MB": "x".repeat(8 * 1024 * 1024),
    "a number that is none": "999 what?",
    nothing: "",
  };

  test.each(Object.entries(GARBAGE))("takes no mail, and ends nothing: %s", async (_what, said) => {
    for (const at of [/^EHLO/, /^AUTH/, /^MAIL/, /^RCPT/]) {
      const { transport, taken } = await start({
        answers: (line) => (at.test(line) ? said : undefined),
      });
      const patience = AbortSignal.timeout(200);
      const beforeData = vi.fn(async () => {});
      const error = await failure(transport.send(mail("x"), beforeData, patience));
      expect(error).toBeInstanceOf(Error);
      expect(beforeData).not.toHaveBeenCalled();
      expect(taken).toEqual([]);
    }
  });
});

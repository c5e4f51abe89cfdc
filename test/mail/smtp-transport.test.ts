import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  AccessError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
} from "../../src/domain/errors.ts";
import { createSmtpTransport, parseSmtpUrl } from "../../src/mail/smtp-transport.ts";
import type { MailTransport } from "../../src/ports.ts";
import { type ScriptedSmtp, startScriptedSmtp } from "../support/smtp.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import * as certificate from "./localhost-certificate.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const never = new AbortController().signal;

const mail = (subject: string, body = "hello\r\n") => ({
  messageId: `${subject}@shop.example`,
  from: "shop@shop.example",
  to: "taro@example.jp",
  raw: Buffer.from(`Message-ID: <${subject}@shop.example>\r\nSubject: ${subject}\r\n\r\n${body}`),
});

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "no error",
    (error) => error,
  );
}

const REPLIES: readonly (readonly [RegExp, string])[] = [
  [/^EHLO/, "250-x\r\n250 AUTH PLAIN\r\n"],
  [/^AUTH/, "235 ok\r\n"],
  [/^DATA$/, "354 go on\r\n"],
  [/^(?:MAIL|RCPT|RSET|QUIT|\.$)/, "250 ok\r\n"],
];

/** Takes every mail; keeps the commands. smtp-server refuses quoted local parts. */
async function startPlainSmtp() {
  const commands: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      for (const line of bytes.toString().split("\r\n")) {
        commands.push(line);
        socket.write(REPLIES.find(([command]) => command.test(line))?.[1] ?? "");
      }
    });
    socket.write("220 x\r\n");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { server, commands, port: (server.address() as AddressInfo).port };
}

test("an envelope that is only tried never gets as far as DATA", async () => {
  const { server, commands, port } = await startPlainSmtp();
  const transport = createSmtpTransport({ url: `smtp://127.0.0.1:${port}`, log });
  await transport.verify(never, "taro..yamada@docomo.ne.jp");
  await transport.close();
  server.close();
  expect(commands.filter((command) => /^(?:MAIL|RCPT|RSET|DATA)/.test(command))).toEqual([
    'MAIL FROM:<"taro..yamada"@docomo.ne.jp>',
    'RCPT TO:<"taro..yamada"@docomo.ne.jp>',
    "RSET",
  ]);
});

test("a local part that breaks RFC 5321 is quoted on the wire", async () => {
  const { server, commands, port } = await startPlainSmtp();
  const transport = createSmtpTransport({ url: `smtp://shop:secret@127.0.0.1:${port}`, log });
  for (const to of ["taro..yamada@docomo.ne.jp", ".hana.@docomo.ne.jp", "a.b@docomo.ne.jp"]) {
    await transport.send({ ...mail("x"), to }, async () => {}, never);
  }
  await transport.close();
  server.close();
  expect(commands.filter((line) => line.startsWith("RCPT"))).toEqual([
    'RCPT TO:<"taro..yamada"@docomo.ne.jp>',
    'RCPT TO:<".hana."@docomo.ne.jp>',
    "RCPT TO:<a.b@docomo.ne.jp>",
  ]);
});

describe("an SMTP transport", () => {
  let smtp: ScriptedSmtp;
  let proxy: TcpProxy;
  let transport: MailTransport;
  const beforeData = vi.fn(async () => {});

  beforeEach(async () => {
    beforeData.mockReset();
    smtp = await startScriptedSmtp();
    proxy = await startTcpProxy({ targetPort: smtp.port });
    transport = transportWith();
  });

  afterEach(async () => {
    await transport.close();
    await proxy.close();
    await smtp.close();
  });

  function transportWith(options = {}, user = "shop:s3cret"): MailTransport {
    return createSmtpTransport({
      url: `smtp://${user}@127.0.0.1:${proxy.port}`,
      log,
      ...options,
    });
  }

  const send = (subject: string) => transport.send(mail(subject), beforeData, never);

  test("hands over every byte, dots and 8-bit text too", async () => {
    const message = mail("bytes", ".\r\n..\r\n.x\r\nご返金のお知らせ\r\nend without line break");
    await transport.send(message, beforeData, never);
    expect(smtp.mails).toHaveLength(1);
    expect(smtp.mails[0]?.raw).toBe(`${message.raw}\r\n`);
    expect(smtp.mails[0]?.envelope).toEqual({ from: message.from, to: [message.to] });
    expect(beforeData).toHaveBeenCalledTimes(1);
  });

  test("hands over a large message", async () => {
    const message = mail("large", `${"x".repeat(70)}\r\n`.repeat(20_000));
    await transport.send(message, beforeData, never);
    expect(smtp.mails[0]?.raw).toBe(message.raw.toString());
  });

  test("lets no byte leave before beforeData has ended", async () => {
    let allow = () => {};
    const gate = new Promise<void>((resolve) => {
      allow = resolve;
    });
    const called = new Promise<void>((resolve) => {
      beforeData.mockImplementation(() => {
        resolve();
        return gate;
      });
    });
    proxy.hold(/Subject/, "to-server");
    const sending = send("gated");
    await called;
    expect(await failure(proxy.held(100))).toBeInstanceOf(Error);
    allow();
    await proxy.held();
    proxy.release();
    await sending;
    expect(smtp.mails).toHaveLength(1);
  });

  test("sends nothing when beforeData fails, and says why in its words", async () => {
    const refusal = new Error("the store is gone");
    beforeData.mockRejectedValueOnce(refusal);
    expect(await failure(send("unwanted"))).toBe(refusal);
    expect(refusal).not.toHaveProperty("code");
    await send("wanted");
    expect(smtp.mails.map(({ subject }) => subject)).toEqual(["wanted"]);
  });

  test("sends two messages over one connection", async () => {
    await send("one");
    await send("two");
    expect(smtp.mails).toHaveLength(2);
    expect(proxy.connections).toBe(1);
  });

  test("sends no more at once than it may", async () => {
    const single = transportWith({ connections: 1 });
    const all = ["a", "b", "c"].map((name) => single.send(mail(name), beforeData, never));
    await Promise.all(all);
    await single.close();
    expect(smtp.mails.map(({ subject }) => subject)).toEqual(["a", "b", "c"]);
    expect(proxy.connections).toBe(1);
  });

  test("leaves the queue when the signal aborts", async () => {
    const single = transportWith({ connections: 1 });
    proxy.hold(/^354/m, "to-client");
    const first = single.send(mail("first"), beforeData, never);
    await proxy.held();
    const stop = new AbortController();
    const second = single.send(mail("second"), beforeData, stop.signal);
    stop.abort();
    expect(await failure(second)).toMatchObject({ code: "smtp_aborted" });
    proxy.release();
    await first;
    await single.send(mail("third"), beforeData, never);
    await single.close();
    expect(smtp.mails.map(({ subject }) => subject)).toEqual(["first", "third"]);
  });

  test("forgets a connection that was idle for too long", async () => {
    const brief = transportWith({ limits: { idleMs: 1 } });
    await brief.send(mail("one"), beforeData, never);
    await vi.waitUntil(() => proxy.openConnections === 0);
    await brief.send(mail("two"), beforeData, never);
    await brief.close();
    expect(proxy.connections).toBe(2);
  });

  test("tries a new connection when the server has dropped the idle one", async () => {
    await send("one");
    proxy.swallow(/^MAIL FROM/m, "to-server");
    await send("two");
    expect(smtp.mails).toHaveLength(2);
    expect(proxy.connections).toBe(2);
    expect(beforeData).toHaveBeenCalledTimes(2);
  });

  test.each([
    ["refuse-rcpt-4xx", TransientError, "smtp_deferred"],
    ["refuse-rcpt-5xx", PermanentError, "smtp_refused"],
  ] as const)("sends nothing to a recipient that is refused: %s", async (fault, kind, code) => {
    smtp.behave(fault, { times: 1 });
    const error = await failure(send("refused"));
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toMatch(/taro/);
    expect(beforeData).not.toHaveBeenCalled();
    await send("accepted");
    expect(smtp.mails.map(({ subject }) => subject)).toEqual(["accepted"]);
    await vi.waitUntil(() => proxy.openConnections === 1);
  });

  test.each([
    ["refuse-data-4xx", TransientError, "smtp_deferred"],
    ["refuse-data-5xx", PermanentError, "smtp_refused"],
  ] as const)("knows that a refused message was not taken: %s", async (fault, kind, code) => {
    smtp.behave(fault);
    const error = await failure(send("refused"));
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ code });
  });

  test("does not know what became of a message whose 250 is lost", async () => {
    smtp.behave("drop-after-data");
    const error = await failure(send("lost"));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ code: "smtp_lost_after_data" });
    expect(smtp.mails).toHaveLength(1);
  });

  test("does not know what became of a message that nobody answers", async () => {
    const hasty = transportWith({ limits: { silenceMs: 300 } });
    smtp.behave("hang-after-data");
    expect(await failure(hasty.send(mail("mute"), beforeData, never))).toBeInstanceOf(
      OutcomeUnknownError,
    );
    await hasty.close();
  });

  test("knows that nothing was sent when the 354 is lost", async () => {
    proxy.swallow(/^354/m, "to-client");
    const error = await failure(send("unsent"));
    expect(error).toBeInstanceOf(TransientError);
    expect(beforeData).not.toHaveBeenCalled();
    expect(smtp.mails).toHaveLength(0);
  });

  test.each([
    ["the greeting", /^220/m, "to-client"],
    ["MAIL", /^MAIL FROM/m, "to-server"],
    ["RCPT", /^RCPT TO/m, "to-server"],
    ["the answer to RCPT", /^250 .*(?:recipient|accepted|ok)/im, "to-client"],
    ["DATA", /^DATA/m, "to-server"],
  ] as const)("knows that nothing was sent when the connection is lost at %s", async (...lost) => {
    proxy.swallow(lost[1], lost[2]);
    const error = await failure(send("unsent"));
    expect(error).toBeInstanceOf(TransientError);
    expect(beforeData).not.toHaveBeenCalled();
    expect(smtp.mails).toHaveLength(0);
    await send("sent");
    expect(smtp.mails.map(({ subject }) => subject)).toEqual(["sent"]);
  });

  test("knows that nothing was sent where nobody listens", async () => {
    await proxy.close();
    const error = await failure(send("unsent"));
    expect(error).toMatchObject({ code: "smtp_connection" });
    expect(error).toBeInstanceOf(TransientError);
    expect(beforeData).not.toHaveBeenCalled();
  });

  test("does not know what became of a message that was cut on its way", async () => {
    proxy.swallow(/Subject/, "to-server");
    const error = await failure(send("cut"));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(beforeData).toHaveBeenCalledTimes(1);
    expect(smtp.mails).toHaveLength(0);
  });

  test("cancels before the message leaves", async () => {
    const stop = new AbortController();
    proxy.hold(/^354/m, "to-client");
    const sending = transport.send(mail("cancelled"), beforeData, stop.signal);
    await proxy.held();
    stop.abort();
    expect(await failure(sending)).toMatchObject({ code: "smtp_aborted" });
    expect(beforeData).not.toHaveBeenCalled();
    proxy.drop();
  });

  test("does not know what became of a message that is cancelled after it left", async () => {
    const stop = new AbortController();
    smtp.behave("hang-after-data");
    const sending = transport.send(mail("cancelled"), beforeData, stop.signal);
    await smtp.waitForFault("hang-after-data");
    stop.abort();
    expect(await failure(sending)).toBeInstanceOf(OutcomeUnknownError);
  });

  test("waits for beforeData to end before it reports a cancelled message", async () => {
    const stop = new AbortController();
    let ended = false;
    beforeData.mockImplementation(async () => {
      stop.abort();
      await new Promise((resolve) => setImmediate(resolve));
      ended = true;
    });
    const error = await failure(transport.send(mail("cancelled"), beforeData, stop.signal));
    expect(error).toMatchObject({ code: "smtp_aborted" });
    expect(ended).toBe(true);
    expect(smtp.mails).toHaveLength(0);
  });

  test("reports refused credentials as lost access, without naming anybody", async () => {
    const stranger = transportWith({}, "shop:wrong");
    for (const work of [stranger.verify(never), stranger.send(mail("x"), beforeData, never)]) {
      const error = await failure(work);
      expect(error).toBeInstanceOf(AccessError);
      expect(error).toMatchObject({ code: "smtp_auth_failed" });
      expect(String(error)).not.toMatch(/wrong|shop/);
    }
    expect(beforeData).not.toHaveBeenCalled();
  });

  test("verifies a sender by an envelope without a mail", async () => {
    await transport.verify(never, "shop@shop.example");
    smtp.behave("refuse-rcpt-5xx");
    const refused = await failure(transport.verify(never, "shop@shop.example"));
    expect(refused).toBeInstanceOf(PermanentError);
    expect(refused).toMatchObject({ code: "smtp_refused" });
    smtp.behave("refuse-rcpt-4xx");
    const later = await failure(transport.verify(never, "shop@shop.example"));
    expect(later).toMatchObject({ code: "smtp_deferred" });
    expect(smtp.mails).toHaveLength(0);
  });

  test("verifies by logging in", async () => {
    await transport.verify(never);
    await smtp.stop();
    const error = await failure(transport.verify(never));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: "smtp_connection" });
  });

  test.each([
    { to: "bad\r\naddress@example.jp", code: "smtp_bad_address" },
    { to: "<nobody>", code: "smtp_bad_address" },
  ])("refuses an address that would break the command: $to", async ({ to, code }) => {
    const error = await failure(transport.send({ ...mail("x"), to }, beforeData, never));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code });
  });

  test("sends no more once it is closed", async () => {
    await send("one");
    await transport.close();
    expect(await failure(send("two"))).toMatchObject({ code: "smtp_closed" });
    expect(smtp.mails).toHaveLength(1);
  });
});

describe("the connection of an SMTP transport", () => {
  const servers: { close(): void }[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** Answers each line by its first word; after the final dot, by ".". */
  async function startPlainSmtp(replies: Record<string, string>, host = "127.0.0.1") {
    const told: string[] = [];
    const clients: Socket[] = [];
    const server: Server = createServer((socket: Socket) => {
      clients.push(socket);
      socket.on("error", () => socket.destroy());
      if (replies["greeting"] !== "") socket.write(replies["greeting"] ?? "220 ready\r\n");
      socket.on("data", (chunk) => {
        for (const line of chunk.toString().split("\r\n").filter(Boolean)) {
          told.push(line);
          const reply = replies[line.split(" ")[0] ?? ""];
          if (reply) socket.write(reply);
        }
      });
    });
    servers.push(server);
    server.listen(0, host);
    await once(server, "listening");
    return { told, clients, port: (server.address() as AddressInfo).port };
  }

  async function startTlsSmtp(options: SMTPServerOptions, host: string) {
    const server = new SMTPServer({ ...certificate, authOptional: true, ...options });
    server.on("error", () => {});
    servers.push({ close: () => server.close(() => {}) });
    const listener = server.listen(0, host);
    await once(listener, "listening");
    return (listener.address() as AddressInfo).port;
  }

  async function verify(url: string, options = {}): Promise<unknown> {
    const transport = createSmtpTransport({ url, log, ...options });
    const outcome = await failure(transport.verify(never));
    await transport.close();
    return outcome;
  }

  test("sends no password over the network without TLS", async () => {
    const { told, port } = await startPlainSmtp(
      { EHLO: "250-me\r\n250 AUTH PLAIN\r\n", STARTTLS: "502 no\r\n" },
      "127.0.0.2",
    );
    expect(await verify(`smtp://u:secret@127.0.0.2:${port}`)).toMatchObject({ code: "smtp_tls" });
    expect(told.join()).not.toMatch(/AUTH/);
  });

  test("trusts no unknown certificate, and a known one, from the start or by STARTTLS", async () => {
    const direct = await startTlsSmtp({ secure: true }, "127.0.0.1");
    const later = await startTlsSmtp({}, "127.0.0.2");
    const tls = { ca: certificate.cert };
    for (const url of [`smtps://127.0.0.1:${direct}`, `smtp://127.0.0.2:${later}`]) {
      expect(await verify(url)).toMatchObject({ code: "smtp_tls" });
      expect(await verify(url, { tls })).toBe("no error");
    }
  });

  test.each([
    ["silent", { greeting: "" }, TransientError],
    ["busy", { greeting: "421 later\r\n" }, TransientError],
    ["hostile", { greeting: "554 no\r\n" }, TransientError],
    ["without login", { EHLO: "250 me\r\n" }, AccessError],
    ["unable to check", { EHLO: "250 AUTH PLAIN\r\n", AUTH: "454 later\r\n" }, TransientError],
  ])("takes a server that is %s for what it is", async (_name, replies, kind) => {
    const { port } = await startPlainSmtp(replies);
    const limits = { greetingMs: 200 };
    expect(await verify(`smtp://u:p@127.0.0.1:${port}`, { limits })).toBeInstanceOf(kind);
  });

  const OBEDIENT = {
    EHLO: "250-me\r\n250 SIZE 1000\r\n",
    MAIL: "250 ok\r\n",
    RCPT: "250 ok\r\n",
    DATA: "354 go\r\n",
    ".": "250 ok\r\n",
  };

  test("needs no PIPELINING, and announces the size", async () => {
    const { told, port } = await startPlainSmtp(OBEDIENT);
    const transport = createSmtpTransport({ url: `smtp://127.0.0.1:${port}`, log });
    const fitting = mail("fits");
    await transport.send(fitting, async () => {}, never);
    expect(told).toContain(`MAIL FROM:<shop@shop.example> SIZE=${fitting.raw.length}`);
    const fat = mail("fat", "x".repeat(2_000));
    const error = await failure(transport.send(fat, async () => {}, never));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: "smtp_too_large" });
    await transport.close();
  });

  test("knows that nothing was sent when the connection is lost during beforeData", async () => {
    const { told, clients, port } = await startPlainSmtp(OBEDIENT);
    const transport = createSmtpTransport({ url: `smtp://127.0.0.1:${port}`, log });
    const hangUp = async () => {
      clients[0]?.end();
      await once(clients[0] as Socket, "close");
      await new Promise((resolve) => setImmediate(resolve));
    };
    await transport.send(mail("before"), async () => {}, never);
    expect(await failure(transport.send(mail("x"), hangUp, never))).toBeInstanceOf(TransientError);
    expect(told.at(-1)).toBe("DATA");
    expect(told.filter((line) => line === "DATA")).toHaveLength(2);
    expect(clients).toHaveLength(1);
    await transport.close();
  });

  test("takes 421 for the end of the connection, whatever it answers", async () => {
    const { port } = await startPlainSmtp({ ...OBEDIENT, MAIL: "421 closing\r\n" });
    const transport = createSmtpTransport({ url: `smtp://127.0.0.1:${port}`, log });
    const error = await failure(transport.send(mail("x"), async () => {}, never));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: "smtp_connection" });
    await transport.close();
  });

  test("takes a demand for a login at MAIL as lost access", async () => {
    const { port } = await startPlainSmtp({ EHLO: "250 me\r\n", MAIL: "530 log in\r\n" });
    const transport = createSmtpTransport({ url: `smtp://127.0.0.1:${port}`, log });
    const error = await failure(transport.send(mail("x"), async () => {}, never));
    expect(error).toBeInstanceOf(AccessError);
    await transport.close();
  });
});

describe("an SMTP URL", () => {
  test("has defaults", () => {
    expect(parseSmtpUrl("smtps://a%40b.jp:p%2Fw@mail.example.jp")).toMatchObject({
      secure: true,
      plain: false,
      port: 465,
      user: "a@b.jp",
      password: "p/w",
    });
    expect(parseSmtpUrl("smtp://localhost")).toMatchObject({ plain: true, port: 587, user: "" });
    expect(parseSmtpUrl("smtp://mail.example.jp:25")).toMatchObject({ plain: false, port: 25 });
  });

  test.each([
    ["maildir:x", "must be smtps://"],
    ["smtps://u@host", "both user and password"],
    ["smtps://u:secret@host?x", "%3F"],
  ])("that cannot be used says why: %s", (url, reason) => {
    expect(() => parseSmtpUrl(url)).toThrow(reason);
    expect(() => parseSmtpUrl(url)).not.toThrow(/secret/);
  });
});

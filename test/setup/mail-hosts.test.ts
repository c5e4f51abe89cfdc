import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseImapUrl } from "../../src/mail/imap-session.ts";
import { parseServerUrl } from "../../src/mail/server-url.ts";
import { parseSmtpUrl } from "../../src/mail/smtp-session.ts";
import {
  findMailHost,
  MAIL_HOSTS,
  type MailServers,
  readServers,
  withLogin,
} from "../../src/setup/mail-hosts.ts";

const EMAIL = "info@shop.example.jp";

describe.each(MAIL_HOSTS)("the host $id", (host) => {
  const servers = (host.servers ?? readServers(host.sample ?? "")) as MailServers;

  it("has servers, or a sample of what they are called", () => {
    expect(host.servers === null).toBe(host.sample !== null);
    expect(servers.outboxes.length).toBeGreaterThan(0);
  });

  it("gives URLs that henkin reads as they are meant", () => {
    const inbox = parseImapUrl(`${withLogin(servers.inbox, EMAIL, "a:b/c@d#e?%")}/INBOX`);
    expect(inbox).toMatchObject({
      ...{ user: EMAIL, password: "a:b/c@d#e?%", mailbox: "INBOX" },
      ...{ secure: true, plain: false, port: 993 },
    });
    for (const outbox of servers.outboxes) {
      const { user, port, secure, plain } = parseSmtpUrl(withLogin(outbox, EMAIL, "x"));
      expect({ user, port, plain }).toEqual({
        user: EMAIL,
        port: secure ? 465 : 587,
        plain: false,
      });
    }
  });

  it("gives URLs with a user alone where the sign-in is by OAuth", () => {
    const url = withLogin(servers.inbox, EMAIL, null);
    expect(url).toBe(servers.inbox.replace("://", "://info%40shop.example.jp@"));
    expect(parseServerUrl(url, "imap")).toMatchObject({ user: EMAIL, password: "" });
  });

  it("has a name in both languages", () => {
    expect([host.ja, host.en].every((name) => name !== "")).toBe(true);
  });
});

describe("the table of hosts", () => {
  it("names each once", () => {
    expect(new Set(MAIL_HOSTS.map(({ id }) => id)).size).toBe(MAIL_HOSTS.length);
    expect(findMailHost("nowhere")).toBeUndefined();
  });

  it("believes in a verdict only where one name stands for all servers of the host", () => {
    const believed = MAIL_HOSTS.filter(({ authservId }) => authservId !== null);
    expect(new Set(believed.map(({ authservId }) => authservId))).toEqual(
      new Set(["mx.google.com"]),
    );
    expect(believed.every(({ servers }) => servers?.inbox === "imaps://imap.gmail.com")).toBe(true);
  });

  it("never asks Microsoft 365 for a password, which it does not take", () => {
    expect(findMailHost("microsoft365")).toMatchObject({
      oauth: "microsoft",
      servers: { inbox: "imaps://outlook.office365.com", outboxes: ["smtp://smtp.office365.com"] },
    });
  });
});

describe("servers by name", () => {
  const both = (host: string) => [`smtps://${host}`, `smtp://${host}`];

  it.each([
    ["mail.example.jp", "imaps://mail.example.jp", both("mail.example.jp")],
    ["imap.example.jp", "imaps://imap.example.jp", both("smtp.example.jp")],
    [" imap.example.jp  out.example.jp ", "imaps://imap.example.jp", both("out.example.jp")],
    ["imap.example.jp, out.example.jp", "imaps://imap.example.jp", both("out.example.jp")],
    [
      "imap://127.0.0.1:1143 smtp://127.0.0.1:1025",
      "imap://127.0.0.1:1143",
      ["smtp://127.0.0.1:1025"],
    ],
    ["sv1.xserver.jp smtp://sv1.xserver.jp", "imaps://sv1.xserver.jp", ["smtp://sv1.xserver.jp"]],
    ["imap://[::1]:143", "imap://[::1]:143", both("[::1]")],
  ])("%s", (text, inbox, outboxes) => {
    expect(readServers(text)).toEqual({ inbox, outboxes });
  });

  it.each([
    "",
    "メール",
    "https://mail.example.jp",
    "a@mail.example.jp",
    "mail.example.jp/INBOX",
    "smtp://mail.example.jp",
    "a.example imap://b.example",
    "a.example b.example c.example",
    "mail.example.jp:imap",
  ])("%j names none", (text) => {
    expect(readServers(text)).toBeNull();
  });
});

it("any user and password come back out of the URL", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 });
  fc.assert(
    fc.property(text, text, (user, password) => {
      const url = `${withLogin("imaps://mail.example.jp", user, password)}/INBOX`;
      expect(parseServerUrl(url, "imap")).toMatchObject({ user, password, path: "INBOX" });
    }),
  );
});

// Our tokens before real servers: Dovecot's IMAP and submission, which ask a provider about each token.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AccessError } from "../../src/domain/errors.ts";
import { createImapInbox, type ImapInbox } from "../../src/mail/imap-inbox.ts";
import { createSentFolder } from "../../src/mail/imap-sent.ts";
import { createSmtpTransport } from "../../src/mail/smtp-transport.ts";
import type { AccessTokens, MailTransport } from "../../src/ports.ts";
import { type Dovecot, startDovecot, submissionInstalled } from "../support/dovecot.ts";
import { HOUR } from "../support/fake-clock.ts";
import { type FakeOpenid, startFakeOpenid } from "../support/fake-openid.ts";
import { type Smtp, startSmtpTester } from "../support/smtp.ts";
import { type Chain, openChain } from "./rig.ts";

const never = new AbortController().signal;
const log = { info() {}, warn() {}, error() {}, debug() {} };

const mail = (subject: string) => ({
  messageId: `${subject}@shop.example`,
  from: "shop@shop.example",
  to: "taro@example.jp",
  raw: Buffer.from(`Message-ID: <${subject}@shop.example>\r\nSubject: ${subject}\r\n\r\nhello\r\n`),
});

const look = { cursor: null, full: false, since: null, signal: never };

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "no error",
    (error) => error,
  );
}

describe.skipIf(!submissionInstalled())("Dovecot with XOAUTH2", () => {
  let dovecot: Dovecot;
  let openid: FakeOpenid;
  let sink: Smtp;
  let chain: Chain;
  let inbox: ImapInbox;
  let transport: MailTransport;

  beforeAll(async () => {
    openid = await startFakeOpenid();
    sink = await startSmtpTester();
    const { introspectionUrl } = openid;
    dovecot = await startDovecot({ oauth: { introspectionUrl, relayPort: sink.port } });
    await dovecot.append("Subject: first\r\n\r\nhello\r\n");
  }, 30_000);
  afterAll(async () => {
    await dovecot.stop();
    await sink.close();
    await openid.close();
  });

  const imapUrl = () => `imap://shop@127.0.0.1:${dovecot.port}/INBOX`;
  const smtpUrl = () => `smtp://shop@127.0.0.1:${dovecot.submissionPort}`;
  const open = (tokens: AccessTokens) => {
    inbox = createImapInbox({ url: imapUrl(), tokens, log });
    transport = createSmtpTransport({ url: smtpUrl(), tokens, log });
  };

  beforeEach(async () => {
    openid.account = "shop";
    chain = await openChain(openid);
    await chain.authorize();
    open(chain.tokens);
  });
  afterEach(async () => {
    await inbox.close();
    await transport.close();
    await chain.close();
  });

  it("lets us read with a token", async () => {
    expect((await inbox.list(look)).keys).toEqual(["1"]);
  });

  it("lets us look into the folder of sent mails with the same token", async () => {
    const options = { url: imapUrl(), folder: "INBOX", tokens: chain.tokens, log };
    const before = openid.refreshes;
    expect(await createSentFolder(options).holds("other@shop.example", never)).toBe(false);
    await inbox.list(look);
    expect(openid.refreshes).toBe(before + 1);
  });

  it("lets us send with a token", async () => {
    await transport.send(mail("by-token"), async () => {}, never);
    const received = await sink.waitForMail(({ subject }) => subject === "by-token");
    expect(received.envelope).toEqual({ from: "shop@shop.example", to: ["taro@example.jp"] });
  });

  it("gives reading, folders and sending one token, however many ask at once", async () => {
    const before = openid.refreshes;
    const folder = inbox.folder("返金承認");
    await Promise.all([
      inbox.list(look),
      folder.list(look),
      transport.verify(never),
      transport.send(mail("together"), async () => {}, never),
    ]);
    await folder.close();
    expect(openid.refreshes - before).toBe(1);
  });

  it("gets a new token once the old one has expired", async () => {
    await inbox.list(look);
    await inbox.close();
    const before = openid.refreshes;
    chain.clock.advance(HOUR);
    open(chain.tokens);
    expect((await inbox.list(look)).keys).toEqual(["1"]);
    expect(openid.refreshes - before).toBe(1);
  });

  it("gets one new token where the server refuses one that was still good", async () => {
    await inbox.list(look);
    await inbox.close();
    const before = openid.refreshes;
    openid.withdrawAccess();
    open(chain.tokens);
    expect((await inbox.list(look)).keys).toEqual(["1"]);
    openid.withdrawAccess();
    await transport.verify(never);
    expect(openid.refreshes - before).toBe(2);
  });

  it("says what to do where it refuses the new one, too", async () => {
    openid.account = "somebody-else";
    await chain.authorize();
    openid.withdrawAccess();
    const before = openid.refreshes;
    const imap = await failure(inbox.list(look));
    expect(imap).toBeInstanceOf(AccessError);
    expect(imap).toMatchObject({
      code: "imap_token_refused",
      mend: expect.stringContaining("henkin authorize"),
    });
    expect(openid.refreshes - before).toBe(2);
    const smtp = await failure(transport.verify(never));
    expect(smtp).toBeInstanceOf(AccessError);
    expect(smtp).toMatchObject({
      code: "smtp_token_refused",
      mend: expect.stringContaining("henkin authorize"),
    });
  });

  it("is as open as before to a consent given anew after one was taken back", async () => {
    await inbox.list(look);
    await inbox.close();
    openid.revoke();
    open(chain.tokens);
    for (const work of [inbox.list(look), transport.verify(never)]) {
      expect(await failure(work)).toMatchObject({
        code: "oauth_grant_ended",
        mend: expect.stringContaining("henkin authorize"),
      });
    }
    await chain.authorize();
    expect((await inbox.list(look)).keys).toEqual(["1"]);
    await transport.verify(never);
  });

  it("takes a password on one side and a token on the other", async () => {
    const url = dovecot.url;
    const byPassword = createImapInbox({ url, tokens: chain.tokens, log });
    const before = openid.refreshes;
    expect((await byPassword.list(look)).keys).toEqual(["1"]);
    await byPassword.close();
    expect(openid.refreshes - before).toBe(0);
    await transport.verify(never);
    expect(openid.refreshes - before).toBe(1);
  });

  it("is not tried without a token where there is none to be had", async () => {
    openid.behaviour = "unavailable";
    expect(await failure(inbox.list(look))).toMatchObject({ code: "oauth_unreachable" });
    openid.behaviour = "answer";
    expect((await inbox.list(look)).keys).toEqual(["1"]);
  });

  it("and nothing of a token stands in our log", async () => {
    await inbox.list(look);
    await transport.verify(never);
    openid.revoke();
    chain.clock.advance(HOUR);
    await failure(chain.tokens.take(never));
    const text = JSON.stringify(chain.logged);
    expect(text).toContain("a new access token");
    expect(openid.secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  it("or with OAUTHBEARER, as Gmail offers both, is read the same way", async () => {
    const { introspectionUrl } = openid;
    const mechanisms = ["plain", "xoauth2", "oauthbearer"] as const;
    const both = await startDovecot({
      oauth: { introspectionUrl, relayPort: sink.port, mechanisms },
    });
    const url = `imap://shop@127.0.0.1:${both.port}`;
    const other = createImapInbox({ url, tokens: chain.tokens, log });
    expect((await other.list(look)).keys).toEqual([]);
    openid.withdrawAccess();
    await other.close();
    const again = createImapInbox({ url, tokens: chain.tokens, log });
    expect((await again.list(look)).keys).toEqual([]);
    await again.close();
    await both.stop();
  });
});

it.skipIf(!submissionInstalled())(
  "a server without OAuth is told from a refused token",
  async () => {
    const plain = await startDovecot();
    const tokens = { take: async () => "a-token" };
    const inbox = createImapInbox({ url: `imap://shop@127.0.0.1:${plain.port}`, tokens, log });
    expect(await failure(inbox.list(look))).toMatchObject({ code: "imap_no_oauth" });
    await inbox.close();
    await plain.stop();
  },
);

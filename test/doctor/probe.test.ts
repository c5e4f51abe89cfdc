// The mail to itself, over an inbox and a transport that a test holds in its hands.

import { beforeEach, describe, expect, test } from "vitest";
import { awaitProbe, type ProbeMeans, sendProbe } from "../../src/doctor/probe.ts";
import { TransientError } from "../../src/domain/errors.ts";
import { readMessage } from "../../src/mail/message-reader.ts";
import type { FetchedMessage, Inbox, OutgoingMessage } from "../../src/ports.ts";
import { createSigner } from "../../src/signer.ts";
import { ownMessageId } from "../../src/ticket/own-mail.ts";
import { FakeClock, MINUTE } from "../support/fake-clock.ts";
import { AUTHSERV_ID, directMail, dmarcPass } from "../support/mails.ts";

const ADDRESS = "shop@shop.example.jp";
const never = new AbortController().signal;
const signer = createSigner(Buffer.alloc(32, 7));

let clock: FakeClock;
let mailbox: Uint8Array[];
let sent: OutgoingMessage[];
/** What happens while doctor waits for mail. */
let meanwhile: () => void;

beforeEach(() => {
  clock = new FakeClock();
  mailbox = [directMail()];
  sent = [];
  meanwhile = () => undefined;
});

const inbox: Inbox = {
  mailbox: "INBOX",
  defaultSince: "all",
  hasOrder: true,
  list: async ({ cursor }) => {
    const keys = mailbox.map((_, index) => String(index + 1));
    const isNew = (key: string) => Number(key) > Number(cursor?.lastKey ?? 0);
    return { generation: "1", keys: keys.filter(isNew), lastKey: keys.at(-1) ?? "0" };
  },
  async *fetch(keys) {
    for (const key of keys) {
      const raw = mailbox[Number(key) - 1] ?? Buffer.alloc(0);
      const location = { generation: "1", key };
      const receivedAt = clock.now() + skewMs;
      yield { location, receivedAt, size: raw.length, raw, truncated: false } as FetchedMessage;
    }
  },
  wait: async (ms) => {
    clock.advance(ms);
    meanwhile();
  },
  close: async () => undefined,
};
let skewMs = 0;

function means(changes: Partial<ProbeMeans> = {}): ProbeMeans {
  return {
    address: ADDRESS,
    authservIds: [AUTHSERV_ID],
    inbox,
    transport: {
      send: async (message) => void sent.push(message),
      verify: async () => undefined,
      close: async () => undefined,
    },
    signer,
    verifier: { verify: async () => [] },
    readMessage,
    clock,
    patienceMs: 2 * MINUTE,
    ...changes,
  };
}

/** The server delivers what was sent, with this on top. */
function deliver(top = ""): void {
  const mail = sent.at(-1);
  if (mail !== undefined) mailbox.push(Buffer.concat([Buffer.from(top), mail.raw]));
}

async function probe(changes: Partial<ProbeMeans> = {}) {
  const all = means(changes);
  const findings = await awaitProbe(await sendProbe(all, never), all, never);
  for (const { level, mend } of findings) expect(mend === null).toBe(level === "ok");
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

const stamped = (results: string) => `Authentication-Results: ${results}\r\n`;

describe("the probe", () => {
  test("goes to the shop itself, and is a mail that the worker knows for its own", async () => {
    await sendProbe(means(), never);
    expect(sent).toMatchObject([{ from: ADDRESS, to: ADDRESS }]);
    const message = await readMessage(sent[0]?.raw ?? Buffer.alloc(0));
    expect(ownMessageId(signer, message)).toBe(message.messageId);
    expect(message.messageId).toMatch(/^henkin\.probe\.[0-9a-f]{20}@shop\.example\.jp$/);
    expect(message.date).toBe(clock.now());
  });

  test("is told with the time it took, among other mails that arrive", async () => {
    meanwhile = () => {
      mailbox.push(directMail());
      if (sent.length === 1 && mailbox.length === 4) deliver(stamped(dmarcPass("shop.example.jp")));
    };
    const found = await probe();
    expect(found["probe"]).toMatchObject({
      level: "ok",
      message: expect.stringMatching(/after 6 s$/),
    });
    expect(found["probe verdict"]?.level).toBe("ok");
  });

  test("that does not come back in time fails, with where to look", async () => {
    expect(await probe()).toEqual({
      probe: {
        level: "fail",
        check: "probe",
        message: `the mail to ${ADDRESS} did not come back within 120 seconds`,
        mend: expect.stringContaining("spam folder"),
      },
    });
  });

  test("that cannot be sent is not waited for", async () => {
    const transport = {
      ...means().transport,
      send: () => Promise.reject(new TransientError("smtp_timeout")),
    };
    await expect(sendProbe(means({ transport }), never)).rejects.toMatchObject({
      code: "smtp_timeout",
    });
  });
});

describe("what stands on it", () => {
  const verdict = async (top: string, changes: Partial<ProbeMeans> = {}) => {
    meanwhile = () => deliver(top);
    return (await probe(changes))["probe verdict"];
  };

  test("names the server to set where none is set", async () => {
    const found = await verdict(stamped(dmarcPass("shop.example.jp")), { authservIds: [] });
    expect(found).toMatchObject({ level: "warn", mend: expect.stringContaining(AUTHSERV_ID) });
    const useless = await verdict(stamped(`${AUTHSERV_ID}; spf=pass`), { authservIds: [] });
    expect(useless?.level).toBe("ok");
  });

  test("contradicts a setting that names another server, or nobody", async () => {
    const other = { authservIds: ["mx.old.example"] };
    expect(await verdict(stamped(dmarcPass("shop.example.jp")), other)).toMatchObject({
      level: "warn",
      mend: expect.stringContaining(`AUTHSERV_IDS=${AUTHSERV_ID}`),
    });
    expect((await verdict("", other))?.level).toBe("warn");
    expect((await verdict("", { authservIds: [] }))?.level).toBe("ok");
  });

  test("tells a verdict that would not count", async () => {
    const failed = dmarcPass("shop.example.jp").replace("dmarc=pass", "dmarc=fail");
    expect(await verdict(stamped(failed))).toMatchObject({
      level: "warn",
      message: expect.stringContaining("dmarc=fail"),
    });
  });

  test("shows a mail server whose clock is off", async () => {
    for (const [minutes, words] of [
      [0, "agrees"],
      [30, "30 minutes ahead of"],
      [-30, "30 minutes behind"],
    ] as const) {
      skewMs = minutes * MINUTE;
      meanwhile = () => deliver();
      expect((await probe())["mail server's clock"]?.message).toContain(words);
      mailbox.length = sent.length = 0;
    }
    skewMs = 0;
  });
});

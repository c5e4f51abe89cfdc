import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AccessError, TransientError } from "../../src/domain/errors.ts";
import { createMaildirTransport } from "../../src/mail/maildir-transport.ts";
import type { MailTransport } from "../../src/ports.ts";

const never = new AbortController().signal;
const allow = async () => {};

const mail = (messageId: string, body = "hello") => ({
  messageId,
  from: "shop@shop.example",
  to: "taro@example.jp",
  raw: Buffer.from(`Message-ID: <${messageId}>\r\n\r\n${body}`),
});

describe("a Maildir transport", () => {
  let parent: string;
  let dir: string;
  let transport: MailTransport;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "henkin-maildir-"));
    dir = join(parent, "outbox");
    transport = createMaildirTransport({ dir });
  });

  afterEach(async () => {
    await transport.close();
    await rm(parent, { recursive: true, force: true });
  });

  const files = (folder: string) => readdir(join(dir, folder));

  test("delivers every byte into new/, and leaves nothing in tmp/", async () => {
    const message = mail("henkin.1@shop.example", "ご返金\r\n");
    await transport.send(message, allow, never);
    const [name = ""] = await files("new");
    expect(name).toContain("henkin.1@shop.example");
    expect(await readFile(join(dir, "new", name))).toEqual(message.raw);
    expect(await files("tmp")).toEqual([]);
  });

  test("replaces a mail that is sent again, also where it was read meanwhile", async () => {
    await transport.send(mail("1@shop.example", "first"), allow, never);
    await transport.send(mail("1@shop.example", "second"), allow, never);
    const [name = "", ...others] = await files("new");
    expect(others).toEqual([]);
    await rename(join(dir, "new", name), join(dir, "cur", `${name}:2,S`));
    await transport.send(mail("1@shop.example", "third"), allow, never);
    expect(await files("new")).toEqual([]);
    expect(await files("cur")).toEqual([`${name}:2,S`]);
    expect(await readFile(join(dir, "cur", `${name}:2,S`), "utf8")).toContain("third");
  });

  test("keeps different mails apart, whatever their Message-IDs are", async () => {
    for (const id of ["a/../b@x", "a..b@x", ".hidden@x", "日本@x", "本日@x", "a:2,S@x"]) {
      await transport.send(mail(id), allow, never);
    }
    const names = await files("new");
    expect(names).toHaveLength(6);
    expect(names.filter((name) => name.startsWith(".") || name.includes(":"))).toEqual([]);
  });

  test("delivers nothing when beforeData fails or the signal has aborted", async () => {
    const refusal = new Error("the store is gone");
    const refused = transport.send(mail("1@x"), () => Promise.reject(refusal), never);
    await expect(refused).rejects.toBe(refusal);
    const stop = new AbortController();
    stop.abort();
    const aborted = transport.send(mail("1@x"), allow, stop.signal);
    await expect(aborted).rejects.toThrow(TransientError);
    expect(await files("new")).toEqual([]);
  });

  test("verifies that it can write", async () => {
    await transport.verify(never);
    expect(await files("tmp")).toEqual([]);
    await writeFile(join(parent, "file"), "");
    const wrong = createMaildirTransport({ dir: join(parent, "file") });
    await expect(wrong.verify(never)).rejects.toThrow(AccessError);
    await expect(wrong.send(mail("1@x"), allow, never)).rejects.toThrow(AccessError);
  });
});

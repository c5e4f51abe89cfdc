// The compiled thread is used, as the worker uses it: `npm test` builds it first.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSharedReader, createThreadedReader } from "../../src/mail/threaded-reader.ts";
import type { MailReader } from "../../src/ports.ts";

const SHOP = {
  shop: "info@shop.example.jp",
  staff: [],
  managers: [],
  formFrom: [],
  answersFrom: "shop" as const,
};
const BUILT = new URL("../../dist/reading-thread.js", import.meta.url);

const mail = (text: string) =>
  Buffer.from(`From: 田中 <taro@mail.example>\r\nSubject: x\r\n\r\n${text}\r\n`);

const answer = (text: string) =>
  Buffer.from(`From: taro@mail.example\r\nSubject: Re: [R-1] x\r\n\r\n${text}\r\n`);

let reader: MailReader;
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "henkin-thread-"));
});
afterEach(async () => {
  await reader.close();
  await rm(folder, { recursive: true });
});

describe("a mail", () => {
  beforeEach(() => {
    reader = createThreadedReader(SHOP, { thread: BUILT });
  });

  it("comes back with all that was read out of it", async () => {
    const reading = await reader.read(mail("注文番号 679 をキャンセルしてください。"));
    expect(reading.classification.kind).toBe("refund_request");
    expect(reading.fields).toMatchObject({ email: "taro@mail.example", orderNumbers: ["679"] });
    expect(reading.message.identity).toMatch(/^v1:/);
  });

  it("that cannot be read is refused with a reason, and the next one is read", async () => {
    await expect(reader.read(Buffer.from(""))).rejects.toMatchObject({
      name: "PermanentError",
      code: "unreadable_message",
    });
    expect((await reader.read(mail("x"))).message.subject).toBe("x");
  });

  it("keeps its order among many", async () => {
    const numbers = Array.from({ length: 300 }, (_none, at) => String(1_000 + at));
    const readings = await Promise.all(
      numbers.map((number) => reader.read(mail(`注文番号 ${number} を返金してください。`))),
    );
    expect(readings.flatMap(({ fields }) => fields.orderNumbers)).toEqual(numbers);
  });
});

it("of two shops at one thread are each read with the addresses of their shop", async () => {
  const shared = createSharedReader({ thread: BUILT });
  const text = "OK";
  const shops = [
    { ...SHOP, staff: ["taro@mail.example"] },
    { ...SHOP, shop: "other@other.example" },
  ];
  const kinds = await Promise.all(
    shops.map(async (shop) => (await shared.read(answer(text), shop)).classification.kind),
  );
  await shared.close();
  reader = createThreadedReader(SHOP, { thread: BUILT });
  const alone = await Promise.all(
    shops.map(async (shop) => {
      const own = createThreadedReader(shop, { thread: BUILT });
      const { kind } = (await own.read(answer(text))).classification;
      await own.close();
      return kind;
    }),
  );
  expect(kinds).toEqual(alone);
  expect(new Set(kinds).size).toBe(2);
});

const withThread = async (script: string, deadlineMs = 20_000) => {
  const path = join(folder, "thread.mjs");
  const head = 'import { parentPort } from "node:worker_threads"; parentPort.postMessage("ready");';
  await writeFile(path, `${head}\n${script}`);
  return createThreadedReader(SHOP, { thread: pathToFileURL(path), deadlineMs });
};

it("a hundred mails are at the thread before it has answered one", async () => {
  reader = await withThread(
    `const ids = [];
    parentPort.on("message", ({ id }) => {
      if (ids.push(id) < 100) return;
      for (const id of ids) parentPort.postMessage({ id, reading: id });
    });`,
    5_000,
  );
  const mails = Array.from({ length: 100 }, () => mail("x"));
  expect(await Promise.all(mails.map((raw) => reader.read(raw)))).toHaveLength(100);
});

describe("a thread that is lost", () => {
  const answering = "parentPort.postMessage({ id, reading: Buffer.from(raw).toString() })";

  it("by a mail that takes too long costs that mail only", async () => {
    reader = await withThread(
      `parentPort.on("message", ({ id, raw }) => {
        while (Buffer.from(raw).toString() === "endless");
        ${answering};
      });`,
      1_500,
    );
    const endless = reader.read(Buffer.from("endless"));
    const next = reader.read(Buffer.from("next"));
    await expect(endless).rejects.toMatchObject({ code: "mail_too_slow" });
    expect(await next).toBe("next");
  });

  it("by a mail that needs too much memory costs that mail only", async () => {
    reader = await withThread(
      `parentPort.on("message", ({ id, raw }) => {
        const kept = [];
        while (Buffer.from(raw).toString() === "huge") kept.push(new Array(1_000_000).fill(id));
        ${answering};
      });`,
    );
    const huge = reader.read(Buffer.from("huge"));
    const next = reader.read(Buffer.from("next"));
    await expect(huge).rejects.toMatchObject({ code: "mail_too_demanding" });
    expect(await next).toBe("next");
  });
});

describe("a thread that does not start", () => {
  const unavailable = { name: "TransientError", code: "reader_unavailable" };

  it("is no mail's fault: all that wait may be read later", async () => {
    const path = join(folder, "late.mjs");
    reader = createThreadedReader(SHOP, { thread: pathToFileURL(path) });
    const both = [reader.read(mail("a")), reader.read(mail("b"))];
    const results = await Promise.allSettled(both);
    for (const result of results) {
      expect(result).toMatchObject({ status: "rejected", reason: unavailable });
    }
    await writeFile(
      path,
      `import { parentPort } from "node:worker_threads";
      parentPort.postMessage("ready");
      parentPort.on("message", ({ id }) => parentPort.postMessage({ id, reading: "read" }));`,
    );
    expect(await reader.read(mail("a"))).toBe("read");
  });
});

it("those that wait when the reader is closed are given back, and no thread is started for them", async () => {
  reader = createThreadedReader(SHOP, { thread: BUILT });
  const waiting = Promise.allSettled(Array.from({ length: 40 }, () => reader.read(mail("x"))));
  await reader.close();
  for (const result of await waiting) {
    expect(result).toMatchObject({ status: "rejected", reason: { code: "reader_unavailable" } });
  }
});

// The reader of `parse` and `decide` as it is built: a mail that takes long must not hold up the command.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";

const BUILT = new URL("../dist/commands/open-reader.js", import.meta.url);

it("reads small mails away from the command's own thread", async () => {
  const { openReader }: typeof import("../src/commands/open-reader.ts") = await import(BUILT.href);
  const reader = openReader({ SHOP_EMAIL: "info@shop.example.jp" }, "shop");
  const head = "From: taro@mail.example\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8";
  // Decoding so many blanks takes a second, in which nothing else runs on that thread.
  const text = `${" ".repeat(20_000)}x\r\n注文678を返金してください`;
  const raw = Buffer.from(`${head}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${text}`);
  const start = performance.now();
  let isRead = false;
  const reading = reader.read(raw).finally(() => {
    isRead = true;
  });
  let [last, longest] = [start, 0];
  while (!isRead) {
    await sleep(5);
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }
  expect(longest).toBeLessThan((last - start) / 2);
  expect((await reading).classification.kind).toBe("refund_request");
  await reader.close();
});

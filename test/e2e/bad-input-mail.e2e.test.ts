// Mails nobody wants to receive: huge, broken, endless. Each is kept or put aside with its reason,
// and the next one is handled.

import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { contactForm } from "../support/mails.ts";
import {
  expectNoRepeat,
  expectOneRefund,
  type Rig,
  TIMEOUT_MS,
  test,
  untilRefunded,
  untilRequest,
} from "./rig.ts";

const MB = 1024 * 1024;
const HEAD_BYTES = 256 * 1024;

interface MessageRow {
  state: string;
  reason: string | null;
  kind: string | null;
  from_address: string;
  subject: string;
  size: number;
  bytes: number;
  truncated: number;
}

/** Scheme, nonce and tag. */
const SEAL_BYTES = 4 + 12 + 16;

const MESSAGES = `select state, reason, kind, from_address, subject, size, truncated,
  length(raw) - ${SEAL_BYTES} as bytes from message order by received_at,
  (select min(cast(key as integer)) from message_location where message_pk = message.pk)`;

/** The most memory this process ever had, in MB. */
function peakMemory(pid: number): number {
  const [, kilobytes] =
    /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

/** A mail with an attachment of so many bytes. */
function withAttachment(bytes: number): Buffer {
  const head = [
    "From: =?UTF-8?B?55Sw5Lit5aSq6YOO?= <taro@customer.example.jp>",
    "To: shop@shop.example.jp",
    "Subject: Refund, with a photo",
    "Date: Sat, 21 Nov 2026 10:00:00 +0900",
    `Message-ID: <photo-${bytes}@customer.example.jp>`,
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain; charset=UTF-8",
    "",
    "Please refund order no. 4711.",
    "--b",
    "Content-Type: image/jpeg; name=photo.jpg",
    "Content-Transfer-Encoding: base64",
    "",
    "",
  ].join("\r\n");
  const line = `${"QUJD".repeat(19)}\r\n`;
  const body = Buffer.alloc(bytes - head.length - 7, line);
  return Buffer.concat([Buffer.from(head), body, Buffer.from("\r\n--b--")]);
}

/** Something that is no mail, the same each time. */
function noise(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let state = 0x2545f491;
  for (let at = 0; at < bytes; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    // IMAP forbids NUL in a message.
    buffer[at] = state & 0xff || 1;
  }
  return buffer;
}

let heads = 0;
const head = (fields: string) => {
  heads += 1;
  return `From: a@example.jp\r\nSubject: odd\r\nMessage-ID: <${heads}@example.jp>\r\n${fields}`;
};

const ODD: Record<string, () => Buffer | string> = {
  "of random bytes": () => noise(50_000),
  "without a header": () => "\r\njust a body\r\n",
  "with a subject of 3 MB": () => `${head("")}X-Long: ${"x".repeat(3 * MB)}\r\n\r\nhello\r\n`,
  "with 20,000 header fields": () =>
    `${head("")}${Array.from({ length: 20_000 }, (_, i) => `X-${i}: ${i}\r\n`).join("")}\r\nhello\r\n`,
  "for 50,000 recipients": () =>
    `${head("")}To: ${Array.from({ length: 50_000 }, (_, i) => `a${i}@example.jp`).join(",\r\n ")}\r\n\r\nhello\r\n`,
  "with parts within parts": () => {
    const depth = 300;
    const open = Array.from(
      { length: depth },
      (_, i) => `Content-Type: multipart/mixed; boundary="b${i}"\r\n\r\n--b${i}\r\n`,
    );
    return `${head("MIME-Version: 1.0\r\n")}${open.join("")}Content-Type: text/plain\r\n\r\nhello\r\n`;
  },
  "in a charset that does not exist": () =>
    `${head("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=x-klingon\r\n")}\r\n\xff\xfe\x80\r\n`,
  "with base64 that is none": () =>
    `${head("MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n")}\r\n%%%% not base64 \x01\x02\r\n`,
};

function untilSettled(rig: Rig, count: number): Promise<MessageRow[]> {
  let rows: MessageRow[] = [];
  const look = () => {
    rows = rig.rows<MessageRow>(MESSAGES);
    return rows.length === count && rows.every(({ state }) => state !== "new") && rows;
  };
  return rig.until(look, () => JSON.stringify(rows, null, 1));
}

describe.skipIf(!dovecotInstalled())("a mail", { timeout: TIMEOUT_MS }, () => {
  test("of 60 MB is put aside with its head, and the next is handled", async ({ rig }) => {
    rig.addPayment();
    await rig.dovecot.append(withAttachment(60 * MB));
    const worker = await rig.start();
    await untilRequest(rig);
    const [huge, next] = await untilSettled(rig, 2);
    expect(huge).toMatchObject({
      state: "quarantined",
      reason: "too_large",
      truncated: 1,
      bytes: HEAD_BYTES,
      from_address: "taro@customer.example.jp",
      subject: "Refund, with a photo",
    });
    expect(huge?.size).toBeGreaterThan(60 * MB - 100);
    expect(next).toMatchObject({ state: "processed", kind: "refund_request" });
    expect(peakMemory(worker.pid)).toBeLessThan(400);
    expect(await rig.dovecot.list()).toHaveLength(2);
    expect((await rig.henkin("summary")).stdout).toContain("Refund, with a photo");
  });

  test("just small enough is read whole, in bounded memory", async ({ rig }) => {
    rig.addPayment({ description: "Order 4711" });
    const worker = await rig.start();
    await rig.dovecot.append(withAttachment(24 * MB));
    await rig.request("4711");
    expect(rig.rows<MessageRow>(MESSAGES)).toMatchObject([
      { state: "processed", kind: "refund_request", truncated: 0, bytes: 24 * MB },
    ]);
    expect(peakMemory(worker.pid)).toBeLessThan(500);
  });

  test("that is odd does not stop the line", async ({ rig }) => {
    rig.addPayment();
    const kinds = Object.entries(ODD);
    for (const [, make] of kinds) await rig.dovecot.append(make());
    const worker = await rig.start();
    await rig.receiveForm();
    await rig.request();
    const rows = await untilSettled(rig, kinds.length + 1);
    const told = rows.map(({ state, reason, kind }) => ({ state, reason, kind }));
    expect(told).toEqual([
      ...kinds.map(() =>
        expect.objectContaining({ state: expect.stringMatching(/^(processed|quarantined)$/) }),
      ),
      expect.objectContaining({ state: "processed", kind: "refund_request" }),
    ]);
    for (const row of rows.filter(({ state }) => state === "quarantined")) {
      expect(row.reason).toMatch(/^\w+$/);
    }
    expect(rows.map(({ kind }) => kind).filter((kind) => kind === "refund_request")).toHaveLength(
      1,
    );
    expect(worker.stderr.filter(({ level }) => (level ?? 0) >= 50)).toEqual([]);
    expect(peakMemory(worker.pid)).toBeLessThan(400);
  });

  test("is told of once where the mailbox was rebuilt", async ({ rig }) => {
    rig.addPayment();
    await rig.start();
    await untilRequest(rig);
    const before = rig.rows<{ generation: string }>("select generation from mailbox_cursor")[0];
    await rig.dovecot.resetUidValidity();
    await rig.row<{ generation: string }>(
      "select generation from mailbox_cursor",
      ({ generation }) => generation !== before?.generation,
    );
    await untilRefunded(rig);
    expect(rig.rows("select pk from message")).toHaveLength(2);
    expect(rig.rows("select key from message_location")).toHaveLength(3);
    await expectOneRefund(rig);
    expectNoRepeat(rig);
  });

  test("delivered twice opens one ticket, with its id and other words two", async ({ rig }) => {
    rig.addPayment();
    rig.addPayment({ id: "pi_680", description: "注文 680" });
    const form = { messageId: "<form-1@shop.example.jp>", date: new Date("2026-11-21T01:00:00Z") };
    const raw = contactForm({ ...form, orderNumber: "679" });
    await rig.dovecot.append(raw);
    await rig.dovecot.append(Buffer.concat([Buffer.from("Received: again\r\n"), raw]));
    await rig.dovecot.append(contactForm({ ...form, orderNumber: "680" }));
    await rig.start();
    await rig.request("679");
    await rig.request("680");
    expect(rig.rows("select number from ticket")).toHaveLength(2);
    expect(rig.rows("select key from message_location")).toHaveLength(3);
  });
});

// An approver's signed answer, and a desk that verifies it against a real DNS.

import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { isSigned } from "../../src/domain/approval/dkim.ts";
import { createDkimVerifier } from "../../src/mail/dkim-verifier.ts";
import { readMessage } from "../../src/mail/message-reader.ts";
import {
  type DkimKey,
  type DnsServer,
  dkimKey,
  type Signing,
  signed,
  startDns,
} from "../support/dns.ts";
import { MINUTE, MONDAY } from "../support/fake-clock.ts";
import { type MailOptions, staffReply } from "../support/mails.ts";

export const SATO = "sato@shop.example.jp";
/** When it is signed, a minute before it is read. */
export const AT = new Date(MONDAY - MINUTE);

export const SHOP_KEY = dkimKey({ domain: "shop.example.jp" });
export const EVIL_KEY = dkimKey({ domain: "evil.example" });

const REQUEST = [
  "From: shop@shop.example.jp",
  "Message-ID: <henkin.s3cret@shop.example.jp>",
  "Subject: [R-12] 返金の承認をお願いします",
  "",
  "返金してよろしいですか。",
].join("\r\n");

/** In ISO-2022-JP, so that the bytes of its text are the text. */
export function answer(text = "OK", options: MailOptions = {}): Promise<Buffer> {
  return staffReply({
    request: REQUEST,
    from: `佐藤花子 <${SATO}>`,
    text,
    quote: false,
    charset: "iso-2022-jp",
    date: AT,
    authenticationResults: null,
    ...options,
  });
}

export async function signedAnswer(key = SHOP_KEY, how: Partial<Signing> = {}): Promise<Buffer> {
  return signed(await answer(), key, { at: AT, ...how });
}

/** The mail with something else in it, which has to be there. */
export function changed(mail: Buffer, from: string | RegExp, to: string): Buffer {
  const before = mail.toString("latin1");
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  return Buffer.from(after, "latin1");
}

/** One DNS for the tests of a file, which publishes these keys anew for each of them. */
export function useDns(keys: readonly DkimKey[]) {
  let dns: DnsServer;
  beforeAll(async () => {
    dns = await startDns();
  });
  afterAll(() => dns.close());
  beforeEach(() => {
    dns.answers.clear();
    for (const { name, record } of keys) dns.answers.set(name, record);
  });
  const verify = (mail: Buffer, now = MONDAY, dnsServers = [dns.address]) =>
    createDkimVerifier({ dnsServers, now: () => now }).verify(mail, "shop.example.jp");
  return {
    get dns() {
      return dns;
    },
    verify,
    /** What becomes of it for the one who wrote it. */
    async judge(mail: Buffer, now?: number): Promise<string> {
      return isSigned(await readMessage(mail), await verify(mail, now)).reason;
    },
  };
}

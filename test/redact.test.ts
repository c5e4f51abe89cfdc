// The last look at a line of the log before it is written: what should not be in it is removed.

import { describe, expect, test } from "vitest";
import { redact } from "../src/redact.ts";
import { leaksIn, plant, secretsOf } from "./support/log-guard.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");

describe("a line of the log", () => {
  test.each([
    ["failed for taro.yamada+1@customer.example.jp here", "failed for [removed] here"],
    [
      "imaps://info%40shop.jp:p%23w@mail.example.jp/INBOX",
      "imaps://[removed]@mail.example.jp/INBOX",
    ],
    ["imap://info@shop.jp:p@mail.example.jp", "imap://[removed]@mail.example.jp"],
    ["No such key: sk_live_51Habcdef", "No such key: [removed]"],
    ["rk_test_51Habcdef, whsec_abcdef123", "[removed], [removed]"],
    ["sk_test_henkin", "[removed]"],
    ["Authorization: Bearer abc.def-ghi_123", "Authorization: [removed]"],
    ["token ya29.a0Af_H-6 and 1//0gabcdefghijklmnopqrstu", "token [removed] and [removed]"],
    ["eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln", "[removed]"],
    [`key ${KEY}.`, "key [removed]."],
    [
      "https://hc-ping.com/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/start",
      "https://hc-ping.com/[removed]/start",
    ],
    ["https://push.example/api?token=abc&x=1 failed", "https://push.example/api?[removed] failed"],
    [
      "https://kuma.example/api/push/a1B2c3D4e5 failed",
      "https://kuma.example/api/push/[removed] failed",
    ],
    [
      "https://kuma.example/api/push/aBcDeFgHiJ?status=up",
      "https://kuma.example/api/push/[removed]?[removed]",
    ],
    [
      `AUTHENTICATE XOAUTH2 ${Buffer.from("user=shop@shop.example\x01auth=Bearer opaque-token\x01\x01").toString("base64")}`,
      "AUTHENTICATE XOAUTH2 [removed]",
    ],
    ["refresh_token=0.AXoAbcdefghijklmnopqrs~u", "refresh_token=[removed]"],
    [
      '{\\"access_token\\": \\"EwBIA8l6BAAUabcdefghij+/=\\"}',
      '{\\"access_token\\": \\"[removed]\\"}',
    ],
    ["宛先taro@例え.jpに送信", "宛先[removed]に送信"],
    ["taro@例え.テスト, taro@xn--r8jz45g.xn--zckzah", "[removed], [removed]"],
    ["root@localhost: denied", "[removed]: denied"],
    ["send_mail/henkin.97e812f2fdd38997325c@shop.example.jp", "send_mail/henkin.97e812f2"],
  ])("loses what it should not hold: %s", (line, left) => {
    expect(redact(line)).toBe(left);
  });

  test.each([
    '{"level":40,"job":"process_message/v1:0a1b2c3d4e5f60718293","code":"imap_connection"}',
    "Error: x\\n    at run (file:///srv/henkin/dist/worker.js:12:34)\\n    at async main",
    "See https://stripe.com/docs/error-codes/charge-already-refunded",
    "at https://api.stripe.com/v1/refunds/re_1NabcdefGHIJ and https://shop.example/orders/2026112300679",
    "refresh_token rejected: invalid_grant; ticket 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    "node_modules/@scope/pkg/dist/a.js, henkin@1.2.3, 返金＠承認 の フォルダ",
    "pi_679 re_1Nabcdef ch_3Nabcdef acct_1Nabcdef, R-12, 2026-11-21T09:00:00.000Z",
  ])("keeps what tells an operator something: %s", (line) => {
    expect(redact(line)).toBe(line);
  });
});

describe("the guard over every log of the end-to-end tests", () => {
  const secrets = secretsOf(
    {
      INBOX_URL: "imaps://shop:p%23wd@mail.example.jp/INBOX",
      STRIPE_API_KEY: "sk_test_planted",
      HEARTBEAT_URL: "https://ping.example/planted-path",
      SHOP_NAME: "not secret",
    },
    ".",
  );

  test("knows the secrets of the settings", () => {
    expect(secrets.sort()).toEqual(["p#wd", "p%23wd", "planted-path", "sk_test_planted"]);
    for (const secret of secrets) expect(leaksIn(`x ${secret} y`, secrets, false)).not.toEqual([]);
  });

  test.each([
    ["an address", '{"msg":"asked by taro@customer.example.jp"}'],
    ["a key", '{"error":"sk_live_51Habcdef is no key"}'],
    ["a data key", `{"key":"${KEY}"}`],
    ["a one-time code", '{"code":"ABDCA9FA29"}'],
    ["a password", '{"url":"imap://shop:hush@127.0.0.1/INBOX"}'],
    ["a name", '{"name":"田中太郎"}'],
    ["what redaction had to remove", '{"msg":"asked by [removed]"}'],
  ])("sees %s", (_what, line) => {
    expect(leaksIn(line, [], true)).not.toEqual([]);
  });

  test("sees what stood in a mail of the tests, and a number in it", () => {
    plant("Please refund my purple unicorn.", "Account 7654321");
    expect(leaksIn('{"msg":"Please refund my purple unicorn."}', [], true)).not.toEqual([]);
    expect(leaksIn('{"msg":"to 7654321"}', [], true)).not.toEqual([]);
    expect(leaksIn('{"time":1765432100000}', [], true)).toEqual([]);
  });

  test("lets an ordinary line pass", () => {
    const line =
      '{"level":40,"time":1795305552555,"lane":"inbox","code":"imap_connection","msg":"inbox does not work: The IMAP connection failed (ECONNREFUSED)."}';
    expect(leaksIn(line, secrets, true)).toEqual([]);
  });
});

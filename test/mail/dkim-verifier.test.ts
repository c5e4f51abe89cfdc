// Signatures of real mails, whose keys stand in a real DNS.

import { describe, expect, it } from "vitest";
import { dkimKey, signed, startDns } from "../support/dns.ts";
import { HOUR, MONDAY } from "../support/fake-clock.ts";
import {
  AT,
  answer,
  changed,
  EVIL_KEY,
  SATO,
  SHOP_KEY,
  signedAnswer,
  useDns,
} from "./signed-answer.ts";

const KEYS = {
  shop: SHOP_KEY,
  evil: EVIL_KEY,
  short: dkimKey({ domain: "shop.example.jp", selector: "short", bits: 512 }),
  least: dkimKey({ domain: "shop.example.jp", selector: "least", bits: 1024 }),
  ed25519: dkimKey({ domain: "shop.example.jp", selector: "ed", type: "ed25519" }),
  above: dkimKey({ domain: "example.jp", type: "ed25519" }),
  below: dkimKey({ domain: "mail.shop.example.jp", bits: 1024 }),
  sister: dkimKey({ domain: "evil.example.jp", type: "ed25519" }),
};
const FAKED = {
  /** Never in the DNS. */
  unknown: { ...KEYS.shop, selector: "unknown" },
  /** Another key than the one in the DNS. */
  pretended: { ...KEYS.evil, domain: "shop.example.jp" },
};
const SIGNERS = { ...KEYS, ...FAKED };

const desk = useDns(Object.values(KEYS));
const { verify, judge } = desk;

describe("a genuine mail", () => {
  it("passes, and its signature is told as it is", async () => {
    const mail = await signedAnswer();
    expect(await verify(mail)).toEqual([
      {
        domain: "shop.example.jp",
        result: "pass",
        aligned: true,
        algorithm: "rsa-sha256",
        signedHeaders: expect.arrayContaining(["from", "to", "subject", "date", "in-reply-to"]),
        timeValid: true,
      },
    ]);
    expect(await judge(mail)).toBe("dkim_pass");
  });

  it("is looked up in the DNS it is told, by the name in the signature alone", async () => {
    const asked = desk.dns.questions.length;
    await verify(await signedAnswer());
    expect(desk.dns.questions.slice(asked)).toEqual(["s1._domainkey.shop.example.jp"]);
  });

  it.each([
    ["as signed", (mail: string) => mail],
    ["with bare LF, as some mailboxes store it", (mail: string) => mail.replaceAll("\r\n", "\n")],
    ["below what servers on its way have written", (mail: string) => `Received: from x\r\n${mail}`],
  ])("passes %s, canonicalised or not", async (_name, stored) => {
    for (const canonicalization of ["relaxed/relaxed", "simple/simple"]) {
      const mail = await signedAnswer(KEYS.shop, { canonicalization });
      const raw = Buffer.from(stored(mail.toString("latin1")), "latin1");
      expect(await judge(raw)).toBe("dkim_pass");
    }
  });

  it("passes with its lines refolded, where its signature allows that", async () => {
    const refolded = async (canonicalization: string) =>
      changed(await signedAnswer(KEYS.shop, { canonicalization }), /^To: /m, "To:\r\n\t ");
    expect(await judge(await refolded("relaxed/relaxed"))).toBe("dkim_pass");
    expect(await judge(await refolded("simple/simple"))).toBe("dkim_fail");
  });

  it.each([
    ["Ed25519", "ed25519", "ed25519-sha256"],
    ["the shortest RSA key that is allowed", "least", "rsa-sha256"],
  ] as const)("passes with %s", async (_name, key, algorithm) => {
    const mail = await signedAnswer(KEYS[key]);
    expect(await verify(mail)).toMatchObject([{ result: "pass", algorithm }]);
    expect(await judge(mail)).toBe("dkim_pass");
  });

  it("passes with several signatures, one of which is its own", async () => {
    const mail = await signed(await signedAnswer(), KEYS.evil, { at: AT });
    const found = await verify(mail);
    expect(found.map(({ domain, aligned }) => [domain, aligned])).toEqual([
      ["shop.example.jp", true],
    ]);
    expect(await judge(mail)).toBe("dkim_pass");
  });

  it("passes at a size of 5 MB, and not with its last byte changed", async () => {
    const raw = Buffer.concat([
      await answer(),
      Buffer.from(`${"x".repeat(998)}\r\n`.repeat(5_000)),
    ]);
    const mail = await signed(raw, KEYS.shop, { at: AT });
    expect(await verify(mail)).toMatchObject([{ result: "pass" }]);
    mail.writeUInt8(0x79, mail.length - 3);
    expect(await verify(mail)).toMatchObject([{ result: "neutral" }]);
  });

  it("passes by the next server where the first is not there", async () => {
    const gone = await startDns();
    await gone.close();
    const servers = [gone.address, desk.dns.address];
    expect(await verify(await signedAnswer(), MONDAY, servers)).toMatchObject([{ result: "pass" }]);
  });
});

describe("a mail that was changed on its way", () => {
  it.each([
    ["another word", /^OK\r\n/m, "NG\r\n", "dkim_neutral"],
    ["a further line", /$/, "2467\r\n", "dkim_neutral"],
    ["another From", SATO, "suzuki@shop.example.jp", "dkim_fail"],
    ["another To", /^To: .*/m, "To: other@shop.example.jp", "dkim_fail"],
    ["another ticket", "[R-12]", "[R-13]", "dkim_fail"],
    ["another date", /^Date: .*/m, "Date: Mon, 9 Nov 2026 11:00:00 +0900", "dkim_fail"],
    ["another thread", "henkin.s3cret", "henkin.other", "dkim_fail"],
    ["another signature", " b=", " b=AAAA", "dkim_fail"],
    ["no To", /^To: .*\r\n/m, "", "dkim_fail"],
    ["another domain in the signature", "d=shop.", "d=mail.shop.", "dkim_fail"],
  ])("with %s does not pass", async (_name, from, to, reason) => {
    const raw = await answer("OK", { subject: "Re: [R-12] OK" });
    const mail = await signed(raw, KEYS.shop, { at: AT });
    expect(await judge(mail)).toBe("dkim_pass");
    expect(await judge(changed(mail, from, to))).toBe(reason);
  });

  it.each(["To", "Subject", "Date", "In-Reply-To", "References", "Content-Type"])(
    "with a second %s on top may verify, but does not count",
    async (name) => {
      const mail = changed(await signedAnswer(), /^/, `${name}: other\r\n`);
      expect(await verify(mail)).toMatchObject([{ result: "pass" }]);
      expect(await judge(mail)).toBe("doubled_header");
    },
  );

  it("with a second From on top does not count", async () => {
    const mail = changed(await signedAnswer(), /^/, "From: suzuki@shop.example.jp\r\n");
    expect(await judge(mail)).toBe("not_one_from");
  });
});

describe("a signature", () => {
  it.each<[string, keyof typeof SIGNERS, string]>([
    ["of the domain above", "above", "dkim_pass"],
    ["of a domain below", "below", "dkim_pass"],
    ["of a sister domain", "sister", "no_signature"],
    ["of another domain", "evil", "no_signature"],
    ["by a key too short", "short", "dkim_policy"],
    ["by a key that nobody published", "unknown", "dkim_neutral"],
    ["in another's name", "pretended", "dkim_fail"],
  ])("%s (%s): %s", async (_name, signer, reason) => {
    expect(await judge(await signedAnswer(SIGNERS[signer]))).toBe(reason);
  });

  it.each<[string, string]>([
    ["was withdrawn", "v=DKIM1; k=rsa; p="],
    ["is of another version", KEYS.shop.record.replace("DKIM1", "DKIM2")],
    ["is of another kind", KEYS.shop.record.replace("k=rsa", "k=ed25519")],
    ["is no key", "v=DKIM1; k=rsa; p=AAAA"],
    ["is some other text", "hello"],
    ["is empty", ""],
  ])("does not pass whose key %s", async (_name, record) => {
    desk.dns.answers.set(KEYS.shop.name, record);
    expect(await judge(await signedAnswer())).toBe("dkim_neutral");
  });

  it("by a key that its domain only tests does not count", async () => {
    desk.dns.answers.set(KEYS.shop.name, `${KEYS.shop.record}; t=y`);
    expect(await judge(await signedAnswer())).toBe("dkim_policy");
    desk.dns.answers.set(KEYS.shop.name, `${KEYS.shop.record}; t=s`);
    expect(await judge(await signedAnswer())).toBe("dkim_pass");
  });

  it("made with SHA-1 is too weak", async () => {
    const mail = await signedAnswer(KEYS.shop, { algorithm: "rsa-sha1" });
    expect(await verify(mail)).toMatchObject([{ algorithm: "rsa-sha1" }]);
    expect(await judge(mail)).toBe("dkim_weak_algorithm");
  });

  it.each(["From", "To", "Subject", "Date"])("without %s binds too little", async (name) => {
    const fields = ["From", "To", "Subject", "Date"].filter((other) => other !== name).join(":");
    const mail = await signedAnswer(KEYS.shop, { fields });
    expect(await verify(mail)).toMatchObject([{ result: "pass" }]);
    expect(await judge(mail)).toBe("dkim_header_not_signed");
  });

  it("that only says it holds a field the mail does not have binds too little", async () => {
    const raw = changed(await answer(), /^Date: .*\r\n/m, "");
    const mail = await signed(raw, KEYS.shop, { at: AT, fields: "From:To:Subject" });
    const claimed = changed(mail, /h=[^;]*/, "h=From:To:Subject:Date");
    expect((await verify(claimed))[0]?.signedHeaders).not.toContain("date");
    expect(await judge(claimed)).not.toBe("dkim_pass");
  });

  it("counts from its time on, and until it expires", async () => {
    const mail = await signedAnswer(KEYS.shop, { expires: new Date(AT.getTime() + HOUR) });
    expect(await judge(mail, AT.getTime())).toBe("dkim_pass");
    expect(await judge(mail, AT.getTime() + HOUR)).toBe("dkim_pass");
    expect(await judge(mail, AT.getTime() + HOUR + 1_000)).toBe("dkim_neutral");
    expect(await verify(mail, AT.getTime() + 2 * HOUR)).toMatchObject([{ timeValid: false }]);
  });

  it("from the future does not count yet", async () => {
    const mail = await signedAnswer();
    expect(await verify(mail, AT.getTime() - HOUR)).toMatchObject([{ timeValid: false }]);
    expect(await judge(mail, AT.getTime() - HOUR)).toBe("dkim_expired");
  });
});

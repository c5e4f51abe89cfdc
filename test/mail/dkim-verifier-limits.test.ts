// Mails whose signatures are not worth a verdict, and a DNS that gives none.

import { sealMessage } from "mailauth";
import { afterEach, describe, expect, it, vi } from "vitest";
import { signed, startDns } from "../support/dns.ts";
import { MONDAY } from "../support/fake-clock.ts";
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

const desk = useDns([SHOP_KEY, EVIL_KEY]);
const { verify, judge } = desk;
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a body of which only the beginning is signed", () => {
  const limits: [string, string][] = [
    ["l=2", "l=2"],
    ["l=0", "l=0"],
    ["a limit beyond its end", "l=99999"],
    ["a limit in capitals, folded", "\r\n\t L =\r\n 2"],
    ["a limit that is none", "l=x"],
  ];

  it("does not count, and the mail goes no further", async () => {
    const mail = await signed(await answer("OK 2"), SHOP_KEY, { at: AT, bodyBytes: 4 });
    const longer = changed(mail, /OK 2\r\n$/, "OK 2467\r\n");
    const asked = desk.dns.questions.length;
    for (const raw of [mail, longer]) {
      expect(await verify(raw)).toEqual([]);
      expect(await judge(raw)).toBe("no_signature");
    }
    expect(desk.dns.questions).toHaveLength(asked);
  });

  it.each(limits)("writes nothing to standard output with %s", async (_name, tag) => {
    const written = [vi.spyOn(console, "log"), vi.spyOn(process.stdout, "write")];
    const mail = changed(await signedAnswer(), "v=1;", `v=1; ${tag};`);
    expect(await judge(mail)).toBe("no_signature");
    for (const spy of written) expect(spy).not.toHaveBeenCalled();
  });

  it("is not read out of other words", async () => {
    const mail = await signed(await answer("l=2"), SHOP_KEY, { at: AT });
    expect(await judge(changed(mail, /^/, "X-Note: a; l=2\r\n"))).toBe("dkim_pass");
    const raw = await answer("DKIM-Signature: v=1; l=2\n\nDKIM-Signature: l=0");
    const quoting = await signed(raw, SHOP_KEY, { at: AT });
    expect(await judge(quoting)).toBe("dkim_pass");
    expect(await judge(changed(quoting, /\r\n/g, "\n"))).toBe("dkim_pass");
  });
});

describe("a header that others could read otherwise", () => {
  it("vouches for nobody: a blank that only some take for folding", async () => {
    const raw = await answer("OK", { from: `"${SATO}" <mallory@shop.example.jp>` });
    const mail = await signed(raw, SHOP_KEY, { at: AT });
    for (const blank of ["\x0b", "\f", "\xa0"]) {
      const folded = changed(mail, `" <mallory`, `"\r\n${blank}<mallory`);
      expect(await verify(folded)).toEqual([]);
      expect(await judge(folded)).toBe("not_one_from");
    }
  });

  it("vouches for nobody: a line that is no field, a bare carriage return", async () => {
    const mail = await signedAnswer();
    for (const line of ["no field\r\n", "X-A: b\rc\r\n"]) {
      expect(await verify(changed(mail, /^/, line))).toEqual([]);
    }
    expect(await judge(changed(mail, /^/, "From sato Mon Nov 16 09:00:00 2026\r\n"))).toBe(
      "dkim_pass",
    );
  });

  it("is not joined at length", async () => {
    const mail = await signedAnswer();
    const asked = desk.dns.questions.length;
    for (const long of [`X-A: b${"\r\n c".repeat(1_001)}\r\n`, `X-A: ${"b".repeat(70_000)}\r\n`]) {
      expect(await verify(changed(mail, /^/, long))).toEqual([]);
    }
    expect(desk.dns.questions).toHaveLength(asked);
  });

  it("with times that are none has no signature", async () => {
    for (const time of ["t=99999999999999999999;", "t=1e30;", "x=99999999999999999999;"]) {
      const mail = changed(await signedAnswer(), /t=\d+;/, time);
      expect(await verify(mail)).toEqual([]);
    }
  });

  it("may bear another's signature above its own while the DNS is silent about both", async () => {
    const mail = await signed(await signedAnswer(), EVIL_KEY, { at: AT });
    desk.dns.answers.set(SHOP_KEY.name, { fault: "servfail" });
    desk.dns.answers.set(EVIL_KEY.name, { fault: "servfail" });
    expect(await judge(mail)).toBe("dkim_temperror");
  });
});

describe("a DNS in trouble", () => {
  const temporary = [{ domain: "shop.example.jp", result: "temperror", aligned: true }];

  it("that fails is no verdict, and the next time is another matter", async () => {
    const mail = await signedAnswer();
    desk.dns.answers.set(SHOP_KEY.name, { fault: "servfail" });
    expect(await verify(mail)).toMatchObject(temporary);
    expect(await judge(mail)).toBe("dkim_temperror");
    desk.dns.answers.set(SHOP_KEY.name, SHOP_KEY.record);
    expect(await judge(mail)).toBe("dkim_pass");
  });

  it("that is not there is no verdict", async () => {
    const gone = await startDns();
    await gone.close();
    expect(await verify(await signedAnswer(), MONDAY, [gone.address])).toMatchObject(temporary);
  });

  it("that keeps silent is asked again, and is no verdict in the end", async () => {
    desk.dns.answers.set(SHOP_KEY.name, { fault: "silence" });
    const asked = desk.dns.questions.length;
    expect(await verify(await signedAnswer())).toMatchObject(temporary);
    expect(desk.dns.questions.length).toBeGreaterThan(asked + 1);
  }, 60_000);

  it("is not asked about a body that is not the signed one", async () => {
    const mail = changed(await signedAnswer(), /$/, "more\r\n");
    const asked = desk.dns.questions.length;
    expect(await verify(mail)).toMatchObject([{ result: "neutral" }]);
    expect(desk.dns.questions).toHaveLength(asked);
  });
});

describe("a mail without a signature of its author", () => {
  it.each<[string, string]>([
    ["has none", ""],
    ["only speaks of one", "X-DKIM-Signature: v=1; a=rsa-sha256; d=shop.example.jp; l=1\r\n"],
    ["has one that cannot be read", "DKIM-Signature: what\r\n"],
    ["has one of an unknown kind", "DKIM-Signature: v=1; a=foo-bar; d=shop.example.jp; s=s1\r\n"],
    ["has an empty one", "DKIM-Signature:\r\n"],
  ])("%s, and asks no DNS", async (_name, field) => {
    const asked = desk.dns.questions.length;
    const mail = Buffer.concat([Buffer.from(field), await answer()]);
    expect(await verify(mail)).toEqual([]);
    expect(await judge(mail)).toBe("no_signature");
    expect(desk.dns.questions).toHaveLength(asked);
  });

  it("has it in its body, where anybody can write", async () => {
    const [head = ""] = (await signedAnswer()).toString("latin1").split("\r\n\r\n");
    const mail = Buffer.concat([await answer(), Buffer.from(`${head}\r\n\r\nOK\r\n`, "latin1")]);
    expect(await verify(mail)).toEqual([]);
  });

  it("is no mail at all", async () => {
    for (const raw of ["", "\r\n\r\n", "DKIM-Signature: v=1", "\0"]) {
      expect(await verify(Buffer.from(raw))).toEqual([]);
    }
  });

  it("has so many that none is looked at", async () => {
    let mail = await answer();
    for (let count = 0; count < 3; count += 1) mail = await signed(mail, SHOP_KEY, { at: AT });
    expect(await verify(mail)).toHaveLength(3);
    const asked = desk.dns.questions.length;
    mail = await signed(mail, SHOP_KEY, { at: AT });
    expect(await verify(mail)).toEqual([]);
    expect(desk.dns.questions).toHaveLength(asked);
  });

  it("has the seal of who passed it on, which vouches for nobody", async () => {
    const { domain, selector, privateKey } = SHOP_KEY;
    const seal = { signingDomain: domain, selector, privateKey };
    const authResults = "mx.shop.example.jp; dkim=pass header.d=shop.example.jp";
    const sealed = async (raw: Buffer) => {
      const sealing = { ...seal, i: 1, cv: "none", authResults, signTime: AT };
      return Buffer.concat([await sealMessage(raw, sealing), raw]);
    };
    const unsigned = await sealed(await answer());
    expect(unsigned.toString("latin1")).toMatch(/^ARC-Seal: [\s\S]*^ARC-Message-Signature: /m);
    expect(await verify(unsigned)).toEqual([]);
    const foreign = await sealed(await signedAnswer(EVIL_KEY));
    expect(await verify(foreign)).toEqual([]);
    expect(await judge(foreign)).toBe("no_signature");
    // In a form that mailauth takes for one more signature.
    const posing = (mail: Buffer) => changed(mail, "cv=none;", "cv=none; c=relaxed/relaxed;");
    expect(await verify(posing(unsigned))).toEqual([]);
    expect(await verify(posing(foreign))).toEqual([]);
    expect(await judge(await sealed(await signedAnswer()))).toBe("dkim_pass");
  });
});

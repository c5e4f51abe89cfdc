import { generateKeyPairSync } from "node:crypto";
import { Resolver } from "node:dns/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DnsServer, dkimKey, signed, startDns } from "./dns.ts";

function resolverAt(address: string, timeout = 10_000): Resolver {
  const created = new Resolver({ timeout, tries: 1 });
  created.setServers([address]);
  return created;
}

let dns: DnsServer;
let resolver: Resolver;
beforeEach(async () => {
  dns = await startDns();
  resolver = resolverAt(dns.address);
});
afterEach(() => dns.close());

describe("the DNS server", () => {
  test("answers with a text, whatever the case of the name, and lists what was asked", async () => {
    dns.answers.set("a.example.jp", "v=1; hello");
    expect(await resolver.resolveTxt("a.example.jp")).toEqual([["v=1; hello"]]);
    expect(await resolver.resolveTxt("A.Example.jp")).toEqual([["v=1; hello"]]);
    expect(dns.questions).toEqual(["a.example.jp", "a.example.jp"]);
  });

  test.each([
    ["", [""]],
    ["x".repeat(255), ["x".repeat(255)]],
    ["x".repeat(600), ["x".repeat(255), "x".repeat(255), "x".repeat(90)]],
  ])("splits %j into strings a record can hold", async (text, strings) => {
    dns.answers.set("long.example.jp", text);
    expect(await resolver.resolveTxt("long.example.jp")).toEqual([strings]);
  });

  test("has no other names, and nothing but texts", async () => {
    dns.answers.set("a.example.jp", "text");
    await expect(resolver.resolveTxt("b.example.jp")).rejects.toMatchObject({ code: "ENOTFOUND" });
    await expect(resolver.resolve4("a.example.jp")).rejects.toMatchObject({ code: "ENODATA" });
  });

  test("fails or keeps silent about a name where told to, and is well again after that", async () => {
    const ask = (from = resolver) => from.resolveTxt("a.example.jp");
    dns.answers.set("a.example.jp", { fault: "servfail" });
    await expect(ask()).rejects.toMatchObject({ code: "ESERVFAIL" });
    dns.answers.set("a.example.jp", { fault: "silence" });
    const impatient = resolverAt(dns.address, 50);
    await expect(ask(impatient)).rejects.toMatchObject({ code: "ETIMEOUT" });
    dns.answers.set("a.example.jp", "back");
    expect(await ask()).toEqual([["back"]]);
  });

  test("is gone once closed", async () => {
    const other = await startDns();
    other.answers.set("a.example.jp", "text");
    await other.close();
    const asker = resolverAt(other.address, 50);
    await expect(asker.resolveTxt("a.example.jp")).rejects.toThrow();
  });
});

describe("a signed mail", () => {
  const RAW = Buffer.from("From: a@example.jp\r\nTo: b@example.jp\r\nSubject: x\r\n\r\nOK\r\n");
  const AT = new Date("2026-11-09T01:00:00Z");
  /** Tags of the one signature on top. */
  const tagsOf = (mail: Buffer): Map<string, string> => {
    const head = mail.toString("latin1", 0, mail.length - RAW.length);
    expect(head).toMatch(/^DKIM-Signature: /);
    const tags = head.slice(head.indexOf(":") + 1).split(";");
    return new Map(
      tags.map((tag) => {
        const [name = "", ...value] = tag.replace(/\s/g, "").split("=");
        return [name, value.join("=")];
      }),
    );
  };

  test("is the mail below a signature that says what it was told to", async () => {
    const key = dkimKey({ domain: "example.jp", selector: "k" });
    const expires = new Date("2026-11-10T01:00:00Z");
    const fields = "From:Subject";
    const mail = await signed(RAW, key, { at: AT, expires, fields, bodyBytes: 2 });
    expect(mail.subarray(-RAW.length)).toEqual(RAW);
    const tags = tagsOf(mail);
    expect(tags.get("h")?.split(":").sort()).toEqual(["From", "Subject"]);
    expect(Object.fromEntries(tags)).toMatchObject({
      a: "rsa-sha256",
      c: "relaxed/relaxed",
      d: "example.jp",
      l: "2",
      s: "k",
      t: String(AT.getTime() / 1000),
      x: String(expires.getTime() / 1000),
    });
  });

  test("needs no more than a key and a time", async () => {
    const tags = tagsOf(await signed(RAW, dkimKey({ domain: "example.jp" }), { at: AT }));
    expect(tags.get("h")?.split(":").sort()).toEqual(["From", "Subject", "To"]);
    expect([...tags.keys()].sort()).toEqual(
      ["a", "b", "bh", "c", "d", "h", "q", "s", "t", "v"].sort(),
    );
  });

  test("says so where it cannot be signed", async () => {
    const ed25519 = dkimKey({ domain: "example.jp", type: "ed25519" });
    const wrong = signed(RAW, ed25519, { at: AT, algorithm: "rsa-sha256" });
    await expect(wrong).rejects.toThrow("could not be signed");
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const privateKey = ec.export({ type: "pkcs8", format: "pem" }).toString();
    await expect(signed(RAW, { ...ed25519, privateKey }, { at: AT })).rejects.toThrow();
  });

  test("has its key where DKIM looks for it, in the form DKIM asks for", () => {
    const rsa = dkimKey({ domain: "example.jp", selector: "k", bits: 1024 });
    expect(rsa.name).toBe("k._domainkey.example.jp");
    expect(rsa.record).toMatch(/^v=DKIM1; k=rsa; p=[A-Za-z0-9+/]{200,}=*$/);
    const ed25519 = dkimKey({ domain: "example.jp", type: "ed25519" });
    expect(ed25519.name).toBe("s1._domainkey.example.jp");
    expect(ed25519.record).toMatch(/^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/);
  });
});

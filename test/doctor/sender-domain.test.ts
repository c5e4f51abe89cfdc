// What doctor makes of a domain's records, looked up at a real DNS server.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkSenderDomain } from "../../src/doctor/sender-domain.ts";
import type { SurveyedMail } from "../../src/mail/mailbox-survey.ts";
import { readMessage } from "../../src/mail/message-reader.ts";
import { createSenderLookup } from "../../src/mail/sender-records.ts";
import { type DnsAnswer, type DnsServer, startDns } from "../support/dns.ts";

const DOMAIN = "shop.example.jp";
const KEY = "v=DKIM1; k=rsa; p=MIIB";
const HEALTHY: Readonly<Record<string, DnsAnswer>> = {
  [DOMAIN]: { txt: ["other=1", "v=spf1 include:spf.host.example ~all"], mx: ["mx.host.example"] },
  "spf.host.example": "v=spf1 ip4:198.51.100.0/24 -all",
  "smtp.host.example": { a: ["198.51.100.7"] },
  [`_dmarc.${DOMAIN}`]: "v=DMARC1; p=quarantine",
  [`s2026._domainkey.${DOMAIN}`]: KEY,
};

let dns: DnsServer;
beforeEach(async () => {
  dns = await startDns();
});
afterEach(() => dns.close());

async function mailOf({ from = `info@${DOMAIN}`, d = DOMAIN }): Promise<SurveyedMail> {
  const signature = `DKIM-Signature: v=1; a=rsa-sha256; d=${d};\r\n s=S2026; h=from; bh=x; b=y`;
  const raw = Buffer.from(`${signature}\r\nFrom: <${from}>\r\nSubject: x\r\n\r\n`);
  return { key: "1", receivedAt: 0, message: await readMessage(raw) };
}

async function examine(
  changes: Readonly<Record<string, DnsAnswer | null>>,
  { mails, host = "smtp.host.example" }: { mails?: SurveyedMail[]; host?: string | null } = {},
) {
  for (const [name, answer] of Object.entries({ ...HEALTHY, ...changes })) {
    if (answer !== null) dns.answers.set(name, answer);
  }
  const findings = await checkSenderDomain({
    sender: `info@${DOMAIN}`,
    outboxHost: host,
    inboxHost: host === null ? null : "imap.host.example",
    mails: mails ?? [await mailOf({})],
    lookUp: createSenderLookup([dns.address]),
  });
  for (const { level, mend } of findings) expect(mend === null).toBe(level === "ok");
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

test("a domain with all records is well, and what is seen is said", async () => {
  const { SPF, DKIM, DMARC, MX } = await examine({});
  const all = [SPF, DKIM, DMARC, MX];
  expect(all.map((finding) => finding?.level)).toEqual(["ok", "ok", "ok", "ok"]);
  expect(SPF?.message).toContain("covers smtp.host.example");
  expect(DKIM?.message).toContain(`s2026._domainkey.${DOMAIN}`);
  expect(DMARC?.message).toBe("v=DMARC1; p=quarantine");
  expect(MX?.message).toContain("goes to mx.host.example; to the host of INBOX_URL");
});

describe("SPF", () => {
  test.each<[string, DnsAnswer, string, string]>([
    ["none", { txt: ["x"] }, "warn", "has no record"],
    ["two", { txt: ["v=spf1 -all", "v=spf1 ~all"] }, "fail", "2 records"],
    ["a name that is not there", "v=spf1 include:gone.example -all", "fail", "broken"],
    ["a loop of includes", `v=spf1 include:${DOMAIN} -all`, "fail", "too many look-ups"],
    ["one for everybody", "v=spf1 +all", "warn", "lets everybody send"],
    ["another host's", "v=spf1 ip4:203.0.113.1 -all", "ok", "need not be wrong"],
  ])("with %s", async (_what, answer, level, words) => {
    const { SPF } = await examine({ [DOMAIN]: answer });
    expect(SPF).toMatchObject({ level, message: expect.stringContaining(words) });
  });

  test("of a server nobody else sees is told without a judgement", async () => {
    const { SPF } = await examine({}, { host: null });
    expect(SPF).toMatchObject({ level: "ok", message: expect.stringContaining("--probe") });
  });
});

describe("DKIM and DMARC", () => {
  test("a signature without its key, or with one taken back, fails", async () => {
    const name = `s2026._domainkey.${DOMAIN}`;
    expect((await examine({ [name]: null }))["DKIM"]?.level).toBe("fail");
    const revoked = { [name]: "v=DKIM1; p=" };
    expect((await examine(revoked))["DKIM"]?.level).toBe("fail");
  });

  test("without a signed mail a usual name is only a hint", async () => {
    const { DKIM, DMARC } = await examine(
      { [`google._domainkey.${DOMAIN}`]: KEY },
      {
        mails: [
          await mailOf({ from: "taro@customer.example" }),
          await mailOf({ d: "esp.example" }),
        ],
      },
    );
    expect(DKIM).toMatchObject({ level: "warn", message: expect.stringContaining("google.") });
    expect(DMARC).toMatchObject({
      level: "warn",
      message: expect.stringContaining("p=quarantine"),
    });
  });

  test("a policy that refuses without any sign of DKIM fails, one of none does not", async () => {
    expect((await examine({}, { mails: [] }))["DMARC"]).toMatchObject({
      level: "fail",
      mend: expect.stringContaining("sign with DKIM"),
    });
    const lax = await examine({ [`_dmarc.${DOMAIN}`]: "v=DMARC1; p=none" }, { mails: [] });
    expect(lax["DMARC"]?.level).toBe("ok");
    const odd = await examine({ [`_dmarc.${DOMAIN}`]: "v=DMARC1; rua=mailto:a@b.example" });
    expect(odd["DMARC"]?.level).toBe("fail");
  });

  test("no record of its own is one to publish; the organisation's counts", async () => {
    const own = { [`_dmarc.${DOMAIN}`]: null };
    const { DMARC } = await examine(own, { mails: [] });
    expect(DMARC).toMatchObject({ level: "warn", mend: expect.stringContaining("p=none") });
    dns.answers.set("_dmarc.example.jp", "v=DMARC1; p=reject; sp=none");
    expect((await examine(own, { mails: [] }))["DMARC"]?.level).toBe("ok");
  });
});

describe("MX", () => {
  test.each<[string, DnsAnswer]>([
    ["no mail host", { txt: ["v=spf1 -all"] }],
    ["a null MX", { txt: ["v=spf1 -all"], mx: [""] }],
  ])("with %s answers cannot arrive", async (_what, answer) => {
    expect((await examine({ [DOMAIN]: answer }))["MX"]?.level).toBe("fail");
    expect((await examine({ [DOMAIN]: answer }, { host: null }))["MX"]?.level).toBe("warn");
  });

  test("at another company than the mailbox is no fault, but proved by a probe", async () => {
    const { MX } = await examine({ [DOMAIN]: { mx: ["mx.elsewhere.example"] } });
    expect(MX).toMatchObject({ level: "ok", message: expect.stringContaining("--probe") });
  });
});

describe("a DNS that does not answer", () => {
  const fault = { fault: "servfail" } as const;
  const unanswered = {
    level: "warn",
    message: `the DNS gives no answer about ${DOMAIN}`,
    mend: expect.stringContaining("DNS_SERVERS"),
  };

  test("is told once, and nothing else is claimed", async () => {
    const names = [`s2026._domainkey.${DOMAIN}`, `_dmarc.${DOMAIN}`, DOMAIN];
    const found = await examine(Object.fromEntries(names.map((name) => [name, fault])));
    expect(found).toEqual({ DNS: { check: "DNS", ...unanswered } });
  });

  test.each([
    ["DKIM", `s2026._domainkey.${DOMAIN}`],
    ["DMARC", `_dmarc.${DOMAIN}`],
    ["SPF", "smtp.host.example"],
  ])("about %s hides nothing else", async (check, name) => {
    const { [check]: told, ...others } = await examine({ [name]: fault });
    expect(told).toMatchObject(unanswered);
    expect(Object.keys(others)).toHaveLength(3);
    for (const one of ["SPF", "DKIM", "MX"]) {
      if (one !== check) expect(others[one]?.level).toBe("ok");
    }
  });
});

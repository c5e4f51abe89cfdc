// Which signatures vouch for the address in From, and when they are asked at all.

import { describe, expect, it } from "vitest";
import { checkApprover, isWorthVerifying } from "../../../src/domain/approval/approver.ts";
import { type DkimSignature, isSigned } from "../../../src/domain/approval/dkim.ts";
import type { MailMessage } from "../../../src/domain/mail-message.ts";
import { anAddress } from "../../support/message.ts";

const SATO = "sato@shop.example.jp";

const FIELDS = {
  Received: "from a by b",
  From: SATO,
  To: "refund@shop.example.jp",
  Subject: "Re: [R-12] 返金の承認をお願いします",
  Date: "Mon, 9 Nov 2026 10:00:00 +0900",
  "Message-ID": "<a1@shop.example.jp>",
  "In-Reply-To": "<henkin.s3cret@shop.example.jp>",
  References: "<henkin.s3cret@shop.example.jp>",
  "Content-Type": "text/plain; charset=UTF-8",
};

/** An answer whose header begins with further fields. */
function answer(
  above: readonly (readonly [name: string, value: string])[] = [],
  from: readonly string[] = [SATO],
): MailMessage {
  const fields = [...above, ...Object.entries(FIELDS)];
  return {
    messageId: "a1@shop.example.jp",
    inReplyTo: ["henkin.s3cret@shop.example.jp"],
    references: ["henkin.s3cret@shop.example.jp"],
    from: from.map(anAddress),
    replyTo: [],
    to: [anAddress(FIELDS.To)],
    subject: FIELDS.Subject,
    date: null,
    text: "OK",
    html: null,
    headers: fields.map(([name, value]) => ({ name: name.toLowerCase(), value })),
    deliveryStatus: null,
    attached: null,
    returnedMessageIds: [],
    identity: "",
  };
}

function signature(overrides: Partial<DkimSignature> = {}): DkimSignature {
  return {
    domain: "shop.example.jp",
    result: "pass",
    aligned: true,
    algorithm: "rsa-sha256",
    signedHeaders: ["from", "to", "subject", "date"],
    timeValid: true,
    ...overrides,
  };
}

const PASS = { authenticated: true, reason: "dkim_pass" };
const refused = (reason: string) => ({ authenticated: false, reason });

describe("a signature vouches for the author", () => {
  it.each<[string, Partial<DkimSignature>]>([
    ["of the domain in From", {}],
    ["of the domain above it", { domain: "example.jp" }],
    ["of a domain below it", { domain: "mail.shop.example.jp" }],
    ["made with Ed25519", { algorithm: "ed25519-sha256" }],
    [
      "over more than the fields that bind",
      { signedHeaders: ["mime-version", "date", "subject", "to", "from", "from"] },
    ],
  ])("%s", (_name, overrides) => {
    expect(isSigned(answer(), [signature(overrides)])).toEqual(PASS);
  });

  it("whatever the case of the address", () => {
    const message = { ...answer(), from: [{ name: "", address: "Sato@SHOP.Example.jp" }] };
    expect(isSigned(message, [signature()])).toEqual(PASS);
  });

  it("whatever stands at the last of several @", () => {
    const message = { ...answer(), from: [{ name: "", address: '"a@evil"@shop.example.jp' }] };
    expect(isSigned(message, [signature()])).toEqual(PASS);
    expect(isSigned(message, [signature({ domain: "evil" })]).authenticated).toBe(false);
  });

  const foreign = signature({ domain: "list.example", aligned: false });
  const broken = signature({ result: "fail" });
  it.each<[string, DkimSignature[]]>([
    ["above those that do not", [signature(), foreign, broken]],
    ["between them", [foreign, signature(), broken]],
    ["below them", [broken, foreign, signature()]],
    ["beside one that nobody could look up", [signature({ result: "temperror" }), signature()]],
  ])("%s", (_name, signatures) => {
    expect(isSigned(answer(), signatures)).toEqual(PASS);
  });

  it.each(["Received", "DKIM-Signature", "Authentication-Results"])("with several %s", (name) => {
    const message = answer([
      [name, "one"],
      [name, "other"],
    ]);
    expect(isSigned(message, [signature()])).toEqual(PASS);
  });
});

describe("a signature does not vouch for the author", () => {
  it.each<[string, Partial<DkimSignature>, string]>([
    ["that failed", { result: "fail" }, "dkim_fail"],
    ["of another body", { result: "neutral" }, "dkim_neutral"],
    ["that breaks the rules", { result: "policy" }, "dkim_policy"],
    ["that cannot be read", { result: "permerror" }, "dkim_permerror"],
    ["whose key could not be looked up", { result: "temperror" }, "dkim_temperror"],
    ["of another domain", { domain: "evil.example", aligned: false }, "dkim_of_another_domain"],
    ["of a sister domain", { domain: "evil.example.jp" }, "dkim_of_another_domain"],
    [
      "of a domain that only ends alike",
      { domain: "evilshop.example.jp" },
      "dkim_of_another_domain",
    ],
    ["of a domain that From only ends with", { domain: "p.example.jp" }, "dkim_of_another_domain"],
    ["of a domain that only begins alike", { domain: "shop.example" }, "dkim_of_another_domain"],
    ["of a longer domain", { domain: "shop.example.jp.evil" }, "dkim_of_another_domain"],
    ["of a public suffix", { domain: "jp", aligned: false }, "dkim_of_another_domain"],
    ["of the same domain, not aligned", { aligned: false }, "dkim_of_another_domain"],
    ["of no domain", { domain: "", aligned: false }, "dkim_of_another_domain"],
    ["made with SHA-1", { algorithm: "rsa-sha1" }, "dkim_weak_algorithm"],
    ["out of its time", { timeValid: false }, "dkim_expired"],
    ["over nothing", { signedHeaders: [] }, "dkim_header_not_signed"],
    ["without From", { signedHeaders: ["to", "subject", "date"] }, "dkim_header_not_signed"],
    ["without To", { signedHeaders: ["from", "subject", "date"] }, "dkim_header_not_signed"],
    ["without Subject", { signedHeaders: ["from", "to", "date"] }, "dkim_header_not_signed"],
    ["without Date", { signedHeaders: ["from", "to", "subject"] }, "dkim_header_not_signed"],
    [
      "over fields that are only called alike",
      { signedHeaders: ["x-from", "to", "subject", "resent-date"] },
      "dkim_header_not_signed",
    ],
  ])("%s", (_name, overrides, reason) => {
    expect(isSigned(answer(), [signature(overrides)])).toEqual(refused(reason));
  });

  it("where there is none", () => {
    expect(isSigned(answer(), [])).toEqual(refused("no_signature"));
    expect(isSigned(answer([["To", "other"]]), [])).toEqual(refused("no_signature"));
  });

  it("together with others that do not either", () => {
    const parts = [
      { aligned: false, domain: "list.example" },
      { timeValid: false },
      { signedHeaders: ["from"] },
    ];
    expect(isSigned(answer(), parts.map(signature)).authenticated).toBe(false);
  });

  it.each([
    "To",
    "Subject",
    "Date",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
  ])("of a mail with two %s", (name) => {
    const message = answer([
      [name, "what a mail program may show"],
      [name, "what the signature covers"],
    ]);
    expect(isSigned(message, [signature()])).toEqual(refused("doubled_header"));
  });

  it.each<[string, MailMessage]>([
    ["without an author", answer([], [])],
    ["with two addresses in From", answer([], [SATO, "evil@evil.example"])],
    ["with two From", answer([["From", "evil@evil.example"]])],
    ["with an author of no domain", answer([], ["sato"])],
  ])("of a mail %s", (_name, message) => {
    expect(isSigned(message, [signature()])).toEqual(refused("not_one_from"));
  });
});

it("of which one could not be looked up is asked about again, whatever the others are worth", () => {
  const parts = [{ result: "fail" }, { result: "temperror" }, { aligned: false }];
  expect(isSigned(answer(), parts.map(signature))).toEqual(refused("dkim_temperror"));
});

describe("beside our server's own word, a signature", () => {
  const ID = "mx.shop.example.jp";
  const rules = { approvers: [SATO], authservIds: [ID], mode: "authenticated" } as const;
  const stamped = (...verdicts: readonly string[]) =>
    answer(verdicts.map((verdict) => ["Authentication-Results", verdict]));
  const both = (message: MailMessage, options: Parameters<typeof isWorthVerifying>[1] = rules) => ({
    worth: isWorthVerifying(message, options),
    ...checkApprover(message, { ...options, signatures: [signature()] }),
  });

  it.each([
    ["nothing", stamped()],
    ["nothing about From", stamped(`${ID}; spf=fail; dkim=fail header.d=shop.example.jp`)],
    ["that there is nothing to judge by", stamped(`${ID}; dmarc=none header.from=shop.example.jp`)],
    ["a guess", stamped(`${ID}; dmarc=bestguesspass header.from=shop.example.jp`)],
    ["that it could not look", stamped(`${ID}; dmarc=temperror header.from=shop.example.jp`)],
    ["that it cannot judge", stamped(`${ID}; dmarc=permerror header.from=shop.example.jp`)],
    ["nothing, but another server does", stamped("evil.example; dmarc=fail")],
  ])("counts where that is %s", (_name, message) => {
    expect(both(message)).toEqual({ worth: true, ok: true, address: SATO, reason: "dkim_pass" });
  });

  it.each<[string, MailMessage, string]>([
    ["refuses", stamped(`${ID}; dmarc=fail header.from=shop.example.jp`), "dmarc_fail"],
    [
      "is about another",
      stamped(`${ID}; dmarc=pass header.from=evil.example`),
      "other_from_domain",
    ],
    [
      "is said twice",
      stamped(`${ID}; dmarc=fail`, `${ID}; dmarc=pass header.from=shop.example.jp`),
      "several_dmarc_verdicts",
    ],
    ["cannot be read", stamped(`${ID}; dmarc=`), "unreadable_results"],
    [
      "is not its own",
      stamped(`${ID}; spf=pass`, "evil.example; spf=pass", `${ID}; dmarc=fail`),
      "dmarc_verdict_below_foreign_field",
    ],
  ])("changes nothing where that %s", (_name, message, reason) => {
    expect(both(message)).toEqual({ worth: false, ok: false, address: SATO, reason });
  });

  it("is not needed where that is a pass", () => {
    const message = stamped(`${ID}; dmarc=pass header.from=shop.example.jp`);
    expect(both(message)).toMatchObject({ worth: false, ok: true, reason: "dmarc_pass" });
  });

  it("counts where no server of ours is known", () => {
    const options = { ...rules, authservIds: [] };
    const message = stamped(`${ID}; dmarc=fail header.from=shop.example.jp`);
    expect(both(message, options)).toMatchObject({ worth: true, ok: true, reason: "dkim_pass" });
  });

  it.each<[string, MailMessage, Parameters<typeof isWorthVerifying>[1], string]>([
    ["who may not approve", answer(), { ...rules, approvers: ["x@y.jp"] }, "not_an_approver"],
    ["who is two", answer([], [SATO, SATO]), rules, "not_one_from"],
    ["who is a machine", answer([["Auto-Submitted", "auto-replied"]]), rules, "automatic"],
  ])("does not help one %s, and is not looked up", (_name, message, options, reason) => {
    expect(both(message, options)).toMatchObject({ worth: false, ok: false, reason });
  });

  it("is not looked up where a code has to do", () => {
    const options = { ...rules, mode: "token" } as const;
    expect(both(answer(), options)).toMatchObject({ worth: false, ok: true, reason: "token" });
  });

  it.each<[string, DkimSignature[], string]>([
    ["says why it is not enough", [signature({ result: "fail" })], "dkim_fail"],
    ["that is missing leaves the word of the server", [], "dmarc_none"],
  ])("%s", (_name, signatures, reason) => {
    const message = stamped(`${ID}; dmarc=none header.from=shop.example.jp`);
    const check = checkApprover(message, { ...rules, signatures });
    expect(check).toEqual({ ok: false, address: SATO, reason });
  });
});

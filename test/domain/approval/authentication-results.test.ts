import { describe, expect, it } from "vitest";
import {
  isAuthenticated,
  parseAuthenticationResults,
} from "../../../src/domain/approval/authentication-results.ts";
import type { MailMessage } from "../../../src/domain/mail-message.ts";

const FROM = "tanaka@shop.example";
const PASS = "mx.shop.example; dmarc=pass header.from=shop.example";
const RECEIVED = "Received: from a by b";

/** Header lines, top of the message first; a From line is added below. */
function message(lines: readonly string[], from: readonly string[] = [FROM]): MailMessage {
  const all = [...lines, ...from.map((address) => `From: ${address}`)];
  return {
    messageId: null,
    inReplyTo: [],
    references: [],
    from: from.map((address) => ({ name: "", address })),
    replyTo: [],
    to: [],
    subject: "",
    date: null,
    text: "OK",
    html: null,
    headers: all.map((line) => {
      const colon = line.indexOf(":");
      return { name: line.slice(0, colon).toLowerCase(), value: line.slice(colon + 1).trim() };
    }),
    deliveryStatus: null,
    attached: null,
    returnedMessageIds: [],
    identity: "",
  };
}

const results = (value: string) => `Authentication-Results: ${value}`;

function verdict(...lines: readonly string[]) {
  return isAuthenticated(message(lines), ["mx.shop.example", "OpenDMARC"]);
}

describe("a field of RFC 8601", () => {
  it.each([
    ["mx.example; none", []],
    ["mx.example 1; none", []],
    ["mx.example", []],
    ["mx.example; spf=pass smtp.mailfrom=a@b.example", [["spf", "pass"]]],
    ["MX.Example; DKIM=Pass header.d=b.example header.b=aB/c+=", [["dkim", "pass"]]],
    [
      "mx.example;\r\n\tdkim=pass (2048-bit key)\r\n\theader.d=b.example;\r\n\tdmarc=pass header.from=b.example;",
      [
        ["dkim", "pass"],
        ["dmarc", "pass"],
      ],
    ],
    [
      'mx.example (a (nested \\) one; dmarc=pass)) ; spf = fail (no) reason = "x; dmarc=pass"',
      [["spf", "fail"]],
    ],
    ['"mx.example"; dmarc/1=pass', [["dmarc", "pass"]]],
    [
      "(c) mx.example (d) 1 (e); dmarc (f) = (g) pass (h) header (i) . (j) from = (k) b.example",
      [["dmarc", "pass"]],
    ],
  ])("%j is read", (value, expected) => {
    const parsed = parseAuthenticationResults(value);
    expect(parsed?.authservId ?? "mx.example").toBe("mx.example");
    expect(parsed?.results?.map(({ method, result }) => [method, result])).toEqual(expected);
  });

  it("keeps properties in order, quoted ones without their quotes", () => {
    const value =
      'mx; dmarc=pass (p=none) reason="a \\"b\\"" policy.dmarc=none header.from=B.example';
    expect(parseAuthenticationResults(value)?.results?.[0]?.properties).toEqual([
      ["reason", 'a "b"'],
      ["policy.dmarc", "none"],
      ["header.from", "B.example"],
    ]);
  });

  it.each([
    "mx.example; dmarc=pass (open",
    'mx.example; dmarc=pass reason="open',
    "mx.example; dmarc",
    "mx.example; dmarc=pass header.from",
    "mx.example; dmarc=pass header.from=a.example oops",
    "mx.example 2; dmarc=pass",
    "mx.example; dmarc/2=pass",
    'mx.example; dmarc=pass header.from="a"b',
  ])("%j names its server and nothing else", (value) => {
    expect(parseAuthenticationResults(value)).toEqual({ authservId: "mx.example", results: null });
  });

  it.each(["", "; dmarc=pass", "(comment only)"])("%j has no author", (value) => {
    expect(parseAuthenticationResults(value)).toBeNull();
  });
});

describe("a sender is authenticated", () => {
  it.each([
    ["by the only field", [results(PASS), RECEIVED]],
    ["below the Received of its own server", [RECEIVED, results(PASS), RECEIVED]],
    [
      "by a run of fields",
      [
        results("mx.shop.example; spf=fail"),
        results("opendmarc; dmarc=pass header.from=shop.example"),
        RECEIVED,
      ],
    ],
    [
      "whatever a foreign field says",
      [results("other.example; dmarc=fail header.from=shop.example"), results(PASS)],
    ],
    [
      "whatever stands below a Received",
      [results(PASS), RECEIVED, results(PASS.replace("pass", "fail"))],
    ],
    [
      "in a folded field",
      [
        "Authentication-Results: mx.shop.example;\r\n dkim=pass header.d=shop.example;\r\n dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=Shop.Example",
      ],
    ],
  ])("%s", (_name, lines) => {
    expect(verdict(...lines)).toEqual({ authenticated: true, reason: "dmarc_pass" });
  });
});

describe("a sender is not authenticated", () => {
  it.each([
    ["without any field", [RECEIVED], "no_results_of_our_server"],
    ["by a foreign server", [results(PASS.replace("mx.shop", "evil"))], "no_results_of_our_server"],
    [
      "by a server whose name only begins alike",
      [results(PASS.replace("mx.shop.example", "mx.shop.example.evil"))],
      "no_results_of_our_server",
    ],
    [
      "by a name in a comment",
      [results(`evil.example (${PASS}); spf=pass`)],
      "no_results_of_our_server",
    ],
    [
      "by SPF alone",
      [results("mx.shop.example; spf=pass smtp.mailfrom=shop.example")],
      "no_dmarc_verdict",
    ],
    [
      "by DKIM alone",
      [results("mx.shop.example; dkim=pass header.d=shop.example header.from=shop.example")],
      "no_dmarc_verdict",
    ],
    ["by nothing", [results("mx.shop.example; none")], "no_dmarc_verdict"],
    [
      "by a verdict in a comment",
      [results("mx.shop.example; spf=fail (dmarc=pass header.from=shop.example)")],
      "no_dmarc_verdict",
    ],
    [
      "by a verdict in a nested comment",
      [results("mx.shop.example; spf=fail (a (b) ; dmarc=pass header.from=shop.example)")],
      "no_dmarc_verdict",
    ],
    [
      "by a verdict in a quoted string",
      [results('mx.shop.example; spf=fail reason="; dmarc=pass header.from=shop.example"')],
      "no_dmarc_verdict",
    ],
    [
      "by a quote inside a comment",
      [results('mx.shop.example; spf=fail ( " ) ; dmarc=pass header.from=shop.example ( " ')],
      "unreadable_results",
    ],
    ["by a failed verdict", [results(PASS.replace("pass", "fail"))], "dmarc_fail"],
    ["by no verdict", [results(PASS.replace("pass", "none"))], "dmarc_none"],
    ["by a best guess", [results(PASS.replace("pass", "bestguesspass"))], "dmarc_bestguesspass"],
    [
      "by two verdicts in one field",
      [results(`${PASS}; dmarc=fail header.from=shop.example`)],
      "several_dmarc_verdicts",
    ],
    [
      "by two verdicts in the run",
      [results(PASS.replace("pass", "fail")), results(PASS), RECEIVED],
      "several_dmarc_verdicts",
    ],
    ["by two agreeing verdicts", [results(PASS), results(PASS)], "several_dmarc_verdicts"],
    ["for another domain", [results(PASS.replace("from=shop", "from=evil"))], "other_from_domain"],
    [
      "for the parent domain",
      [results(PASS.replace("from=shop.example", "from=example"))],
      "other_from_domain",
    ],
    ["for a subdomain", [results(PASS.replace("from=shop", "from=a.shop"))], "other_from_domain"],
    ["for two domains", [results(`${PASS} header.from=evil.example`)], "other_from_domain"],
    ["for no domain", [results("mx.shop.example; dmarc=pass")], "other_from_domain"],
    [
      "for the envelope's domain",
      [results("mx.shop.example; dmarc=pass smtp.mailfrom=shop.example")],
      "other_from_domain",
    ],
    [
      "by a forged field below a Received",
      [results("mx.shop.example; spf=pass"), RECEIVED, results(PASS)],
      "no_dmarc_verdict",
    ],
    [
      "by a forged field below the true run and a foreign one",
      [results("mx.shop.example; spf=pass"), results("evil.example; spf=pass"), results(PASS)],
      "dmarc_verdict_below_foreign_field",
    ],
    ["by a broken field", [results(`${PASS}; (`)], "unreadable_results"],
    [
      "beside a broken field",
      [results(PASS), results("mx.shop.example; dmarc=")],
      "unreadable_results",
    ],
    [
      "by the look-alike header of a chain",
      [`ARC-Authentication-Results: i=1; ${PASS}`],
      "no_results_of_our_server",
    ],
    ["by an X- header", [`X-Authentication-Results: ${PASS}`], "no_results_of_our_server"],
  ])("%s", (_name, lines, reason) => {
    expect(verdict(...lines)).toEqual({ authenticated: false, reason });
  });

  it("where no server is configured", () => {
    expect(isAuthenticated(message([results(PASS)]), []).authenticated).toBe(false);
  });

  it.each([
    ["two addresses", { from: [FROM, "b@shop.example"] }],
    ["no address", { from: [] }],
    ["an address without a domain", { from: ["tanaka"] }],
  ])("with %s in From", (_name, { from }) => {
    const result = isAuthenticated(message([results(PASS)], from), ["mx.shop.example"]);
    expect(result).toEqual({ authenticated: false, reason: "not_one_from" });
  });

  it("with two From fields, of which one was read", () => {
    const doubled = message([results(PASS), "From: evil@evil.example"]);
    expect(isAuthenticated(doubled, ["mx.shop.example"]).reason).toBe("not_one_from");
  });
});

// The edges of what our own mail server says: comments, blanks and fields that only look like its own.

import { describe, expect, it } from "vitest";
import {
  isAuthenticated,
  parseAuthenticationResults,
  soleAuthor,
} from "../../../src/domain/approval/authentication-results.ts";
import { GARBAGE_FIELD } from "../../../src/domain/mail-message.ts";
import { aMessage } from "../../support/message.ts";

const PASS = "mx.shop.example; dmarc=pass header.from=shop.example";
const OTHER = "mx.shop.example; spf=pass";
const FOREIGN = "evil.example; spf=pass";

/** The fields, top of the message first, and the author's From below them. */
function verdict(fields: readonly string[], from = "tanaka@shop.example") {
  const headers = fields.map((value) => ({ name: "authentication-results", value }));
  const message = aMessage({ from });
  return isAuthenticated({ ...message, headers: [...headers, { name: "from", value: from }] }, [
    "mx.shop.example",
  ]);
}

describe("a field is read", () => {
  it.each([
    ["with blanks around the dot of a name", "mx; dmarc=pass header . from = b.example"],
    ["with comments around it", "mx; dmarc=pass header (a) . (b) from=b.example"],
    ["with a comment in place of a blank", "mx; dmarc=pass(p=none)header.from=b.example"],
    ["with blanks behind its last semicolon", "mx; dmarc=pass header.from=b.example; \r\n "],
    ["with nothing between two semicolons", "mx; ; dmarc=pass header.from=b.example"],
    ["with a quoted value", 'mx; dmarc=pass header.from="b.example"'],
  ])("%s", (_name, value) => {
    expect(parseAuthenticationResults(value)).toEqual({
      authservId: "mx",
      results: [{ method: "dmarc", result: "pass", properties: [["header.from", "b.example"]] }],
    });
  });

  it("whose quoted name holds what is escaped in it", () => {
    const field = parseAuthenticationResults('"mx\\\n.\\"Example" 1; none');
    expect(field).toEqual({ authservId: 'mx\n."example', results: [] });
  });

  it.each([
    ["the name of a server", "mx.shop(c).example; none", "mx.shop"],
    ["a verdict", "mx; dmarc=pa(c)ss header.from=b.example", "mx"],
    ["a domain", "mx; dmarc=pass header.from=shop(c).example", "mx"],
  ])("but not where a comment splits %s", (_name, value, authservId) => {
    expect(parseAuthenticationResults(value)).toEqual({ authservId, results: null });
  });

  it.each(["mx (open", "mx (open \\", "mx (a (b) \\)"])(
    "but not where a comment stays open: %j",
    (value) => {
      expect(parseAuthenticationResults(value)).toEqual({ authservId: "mx", results: null });
    },
  );
});

describe("a sender is authenticated", () => {
  it("with a local part of one letter", () => {
    expect(verdict([PASS], "a@shop.example")).toEqual({
      authenticated: true,
      reason: "dmarc_pass",
    });
  });

  it.each([
    ["below a field that names no server", ["; dmarc=pass", PASS]],
    ["above a field that names no server", [PASS, "(a comment)"]],
    ["above a foreign field", [PASS, FOREIGN]],
    ["with blanks in the name of the domain", [PASS.replace("header.from", "header . from")]],
  ])("%s", (_name, fields) => {
    expect(verdict(fields)).toEqual({ authenticated: true, reason: "dmarc_pass" });
  });
});

describe("a sender is not authenticated", () => {
  it.each([
    ["below a foreign field", [OTHER, FOREIGN, PASS]],
    ["below a foreign field and above another", [OTHER, FOREIGN, PASS, FOREIGN]],
    ["below a foreign field and above one of ours", [OTHER, FOREIGN, PASS, OTHER]],
    ["below a field that names no server", [OTHER, "", PASS, OTHER]],
  ])("by a verdict %s", (_name, fields) => {
    expect(verdict(fields)).toEqual({
      authenticated: false,
      reason: "dmarc_verdict_below_foreign_field",
    });
  });

  it("without a local part", () => {
    expect(verdict([PASS], "@shop.example").reason).toBe("not_one_from");
  });

  it("by a server whose name a comment completes", () => {
    expect(verdict([PASS.replace("shop.", "shop.(c)")]).authenticated).toBe(false);
  });
});

describe("the From field", () => {
  function author(field: string, ...further: readonly (readonly [string, string])[]) {
    const fields = [["from", field], ...further] as const;
    const headers = fields.map(([name, value]) => ({ name, value }));
    return soleAuthor({ ...aMessage({ from: "tanaka@shop.example" }), headers });
  }

  it.each([
    "tanaka@shop.example",
    "<tanaka@shop.example> ",
    "Tanaka (Shop, Tokyo) <tanaka@shop.example>",
    '"Tanaka, Hanako" "a@b" <tanaka@shop.example>',
    '"tanaka"@shop.example',
  ])("names one author: %s", (field) => {
    expect(author(field)?.address).toBe("tanaka@shop.example");
  });

  it.each([
    "tanaka@shop.example, evil@evil.example",
    "evil@evil.example, <tanaka@shop.example>",
    "evil@evil.example <tanaka@shop.example>",
    "<tanaka@shop.example>evil",
    "<@evil.example:tanaka@shop.example>",
    "Staff: tanaka@shop.example;",
    "tanaka@shop.example (open",
    "Tanaka",
    "",
  ])("names none that every program agrees on: %j", (field) => {
    expect(author(field)).toBeNull();
  });

  it("counts for nothing in a header with lines that are no fields", () => {
    expect(author("tanaka@shop.example", [GARBAGE_FIELD, "From : evil@evil.example"])).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import {
  deliveryStatuses,
  ourMessageIds,
  reportedMessageIds,
} from "../../src/domain/delivery-status.ts";
import { cpuMs } from "../support/cpu-time.ts";
import { aMessage } from "../support/message.ts";

const OURS = "henkin.3f9a.1@shop.example";

describe("a delivery status (RFC 3464)", () => {
  it("names action, status, recipient and diagnosis", () => {
    const deliveryStatus = [
      "Reporting-MTA: dns; mx.mail.example",
      "Arrival-Date: Fri, 18 Oct 2024 21:08:00 +0900",
      "",
      "Final-Recipient: rfc822; Taro@Mail.example",
      "Action: failed",
      "Status: 5.1.1",
      "Diagnostic-Code: smtp; 550 5.1.1 <taro@mail.example>:",
      "    User unknown",
      "",
    ].join("\r\n");
    expect(deliveryStatuses(aMessage({ deliveryStatus }))).toEqual([
      {
        action: "failed",
        status: "5.1.1",
        finalRecipient: "taro@mail.example",
        diagnosticCode: "550 5.1.1 <taro@mail.example>: User unknown",
      },
    ]);
  });

  it("has one entry for each recipient", () => {
    const deliveryStatus =
      "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822;a@mail.example\nAction: delayed\nStatus: 4.4.7\n\nOriginal-Recipient: rfc822;b@mail.example\nAction: FAILED (bounced)\nStatus: 5.0.0 (permanent)";
    expect(
      deliveryStatuses(aMessage({ deliveryStatus })).map((one) => [
        one.action,
        one.status,
        one.finalRecipient,
        one.diagnosticCode,
      ]),
    ).toEqual([
      ["delayed", "4.4.7", "a@mail.example", null],
      ["failed", "5.0.0", "b@mail.example", null],
    ]);
  });

  it("is read in time, however long its fields and itself are", () => {
    const blanks = `\n\nFinal-Recipient: rfc822;a@mail.example\nAction: failed${" ".repeat(60_000)}x`;
    const reports = "\n\nFinal-Recipient: rfc822;a@mail.example\nAction: failed".repeat(50_000);
    for (const deliveryStatus of [blanks, reports]) {
      const start = process.cpuUsage();
      expect(deliveryStatuses(aMessage({ deliveryStatus })).length).toBeLessThan(2_000);
      expect(cpuMs(start)).toBeLessThan(500);
    }
  });

  it("is empty where nothing is reported or readable", () => {
    expect(deliveryStatuses(aMessage())).toEqual([]);
    expect(
      deliveryStatuses(aMessage({ deliveryStatus: "Reporting-MTA: dns; a\nnonsense" })),
    ).toEqual([]);
  });
});

describe("our own Message-IDs", () => {
  const CASES: readonly [string, string[]][] = [
    [OURS, [OURS]],
    [`<${OURS}>`, [OURS]],
    ["henkin.3f9a@SHOP.example", ["henkin.3f9a@SHOP.example"]],
    ["henkin.3f9a@other.example", []],
    ["henkin.3f9a@shop.example.evil.example", []],
    ["henkin.3f9a@notshop.example", []],
    ["other.3f9a@shop.example", []],
    ["henkin@shop.example", []],
  ];
  it.each(CASES)("%s", (id, expected) => {
    expect(ourMessageIds([id], "shop.example")).toEqual(expected);
  });
});

describe("the mail a report is about", () => {
  it("is the returned one", () => {
    const message = aMessage({
      returnedMessageIds: [OURS, "other@mail.example"],
      references: ["henkin.older@shop.example"],
    });
    expect(reportedMessageIds(message, "shop.example")).toEqual([OURS]);
  });

  it("is the answered one where none is returned", () => {
    const message = aMessage({ inReplyTo: [OURS], references: [OURS] });
    expect(reportedMessageIds(message, "shop.example")).toEqual([OURS]);
  });
});

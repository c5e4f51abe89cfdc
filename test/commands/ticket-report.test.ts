// What stands in a mail may look like a line of the history; it never stands where one does.

import { describe, expect, it } from "vitest";
import type { Standing } from "../../src/commands/awaited.ts";
import { PLAIN_SCREEN } from "../../src/commands/screen.ts";
import { textWidth } from "../../src/commands/text-width.ts";
import { reportLines, type TicketReport } from "../../src/commands/ticket-report.ts";
import type { AuditEvent, Ticket } from "../../src/domain/ticket.ts";
import type { LocalTime } from "../../src/ports.ts";

const at = "2026-11-21 15:50";
const localTime = {
  formatDateTime: () => at,
  localDate: () => "2026-11-21",
} as unknown as LocalTime;
const ticket = {
  ...{ id: "t", number: 1, openedAt: 0, status: "closed", resolution: "withdrawn" },
  ...{ orderNumbers: ["679"], requesterName: "田中太郎", requesterEmail: "a@example.jp" },
  ...{ provider: null, paymentId: null, round: 0, requestedMinor: null, intent: "full" },
} as unknown as Ticket;
const event = { at: 0, type: "mail_received", actor: "henkin", data: {} } as unknown as AuditEvent;
const FORGED = `${at}  staff@shop.example  approved ¥50,000`;

function linesOf(columns: number, subject: string, text: string): string[] {
  const mail = { isOurs: false, with: "a@example.jp", subject, state: "request", text: [text] };
  const report: TicketReport = {
    row: { ticket, amountMinor: null, currency: null, refund: null } as never,
    payment: undefined,
    refunds: [],
    standing: { ticket, approvers: [], approvals: [], round: undefined } as unknown as Standing,
    history: [event],
    mails: new Map([[event, mail]]),
  };
  const screen = { ...PLAIN_SCREEN, columns };
  const lines = reportLines(report, { localTime, screen, withTexts: true });
  return lines.slice(lines.indexOf("History") + 1);
}

describe("a mail in a ticket's history", () => {
  it.each([60, 80, 120])("on %i columns breaks its lines behind its bar", (columns) => {
    const lines = linesOf(columns, "お問い合わせ", `${" ".repeat(columns - 6)}${FORGED}`);
    expect(lines.join("\n")).toContain("approved");
    expect(lines.filter((line) => textWidth(line) > columns)).toEqual([]);
    const [, ...below] = lines;
    for (const line of below) expect(line).toMatch(/^ {4}(?:\| | {2})/);
  });

  it.each([" ", "\u2800", "\u3164"])("has no subject that begins a line (%j)", (blank) => {
    const lines = linesOf(80, `${blank.repeat(60)}${FORGED}`, "");
    const [first, ...below] = lines.filter((line) => !line.startsWith("    |"));
    expect(first).toMatch(/^ {2}2026/);
    for (const line of below) expect(line).toMatch(/^ {6}/);
  });
});

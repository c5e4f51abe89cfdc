// The types of events are read out of the source, so that a new one cannot be left without words.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { actorWords, happened, isWorded } from "../../src/commands/history-words.ts";
import { TICKET_EVENTS } from "../../src/domain/lifecycle.ts";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));
const sources = ["jobs", "ticket", "commands"].flatMap((folder) =>
  readdirSync(join(SRC, folder)).map((name) => readFileSync(join(SRC, folder, name), "utf8")),
);
const all = sources.join("\n");

/** Every call of note(tx, desk, about, type, …) */
const noted = [...all.matchAll(/\bnote\(\s*tx,\s*[\w.]+,\s*([\w.?[\] ]+),\s*("?\w+"?)/g)].map(
  ([, about = "", type = ""]) => ({ about, type }),
);

function typeOf(name: string): string | undefined {
  if (name.startsWith('"')) return name.slice(1, -1);
  return new RegExp(`const ${name} = "(\\w+)"`).exec(all)?.[1];
}

/** `happen` passes these on, from the table of the lifecycle. */
const PASSED_ON = ["event"];
const written = noted.filter(({ type }) => !PASSED_ON.includes(type));
const aboutTickets = written
  .filter(({ about }) => about !== "null")
  .map(({ type }) => typeOf(type));
const types = [...new Set([...TICKET_EVENTS, ...aboutTickets])].sort();

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

describe("the events of a ticket", () => {
  it("are all found in the source", () => {
    const calls = all.match(/\bnote\(/g)?.length ?? 0;
    const itself = 1;
    expect(noted).toHaveLength(calls - itself);
    expect(aboutTickets).not.toContain(undefined);
    const appended = Array.from(all.matchAll(/events\.append\(\{\s*ticketId: ([^,]+),/g));
    const others = appended.map(([, about]) => about).filter((about) => about !== "null");
    expect(others).toEqual(["ticket?.id ?? null"]);
    expect(types.length).toBeGreaterThan(50);
  });

  it.each(types)("%s is told in words", (type = "") => {
    expect(isWorded(type)).toBe(true);
    const words = happened({ type, data: {} }, dayOf);
    expect(words).not.toBe(type.replaceAll("_", " "));
    expect(words).not.toMatch(/undefined|null|NaN|\{|[a-z]_[a-z]/);
  });

  it("has words for nothing that is not recorded", () => {
    const source = readFileSync(join(SRC, "commands/history-words.ts"), "utf8");
    const notes = /const NOTES[^=]+= \{(.*?)\n\};/s.exec(source)?.[1] ?? "";
    const worded = [...notes.matchAll(/^ {2}(\w+):/gm)].map(([, name = ""]) => name);
    expect(worded.filter((name) => !types.includes(name))).toEqual([]);
  });

  it("has words for every decision", () => {
    const calls = all.matchAll(/recordDecision\(tx, desk, decided, ([^;{]*)/g);
    const recorded = Array.from(calls, ([, rest = ""]) => rest).join("\n");
    const decisions = [
      ...recorded.matchAll(/"(\w+)"/g),
      ...all.matchAll(/\bdecision: "(\w+)"/g),
      ...all.matchAll(/const decision = \w+ \? "(\w+)" : "\w+"/g),
      ...all.matchAll(/const decision = \w+ \? "\w+" : "(\w+)"/g),
      ...all.matchAll(/const words = verdict[^;]*\? "(\w+)" : "\w+";/g),
      ...all.matchAll(/const words = verdict[^;]*\? "\w+" : "(\w+)";/g),
    ].map(([, name = ""]) => name);
    expect(decisions.length).toBeGreaterThan(8);
    for (const decision of decisions) {
      const words = happened({ type: "decision", data: { decision } }, dayOf);
      expect(words, decision).not.toMatch(/^decided: /);
    }
  });
});

describe("an event in words", () => {
  it.each([
    [
      "payment_matched",
      { provider: "stripe", paymentId: "pi_1", from: "received", to: "awaiting_approval" },
      "found the payment pi_1 (stripe) → awaiting_approval",
    ],
    [
      "approval_asked",
      { kind: "proposal", action: "void", proposedMinor: 2467, currency: "JPY", round: 2 },
      "asked the approvers to cancel the payment of ¥2,467 (round 2)",
    ],
    [
      "approval_asked",
      { kind: "candidates", candidates: 3, round: 1 },
      "asked the approvers which of 3 payments it is (round 1)",
    ],
    ["decision", { decision: "approved", amountMinor: 2467, currency: "USD" }, "approved $24.67"],
    ["decision", { decision: "held", until: Date.UTC(2026, 11, 5) }, "put it off until 2026-12-05"],
    ["decision", { decision: "novel_kind" }, "decided: novel kind"],
    [
      "refund_succeeded",
      {
        ...{ provider: "stripe", providerRefundId: "re_1", status: "succeeded" },
        ...{ amountMinor: 2467, currency: "JPY", from: "refund_pending", to: "refunded" },
      },
      "stripe says the refund of ¥2,467 succeeded (re_1) → refunded",
    ],
    [
      "refund_succeeded",
      { provider: "manual", amountMinor: 2467, currency: "JPY", reference: "0001" },
      "¥2,467 was given back by hand (0001)",
    ],
    [
      "refund_failed",
      { provider: "stripe", providerRefundId: "re_1", status: "failed" },
      "stripe says the refund is failed (re_1)",
    ],
    ["refund_failed", { code: "charge_disputed" }, "the refund was refused: charge disputed"],
    ["of_a_later_version", { to: "refunded" }, "of a later version → refunded"],
    ["constructor", {}, "constructor"],
  ])("%s %j", (type, data, words) => {
    expect(happened({ type, data }, dayOf)).toBe(words);
  });

  it("never says that the customer has the money before the provider does", () => {
    const early = types.filter(
      (type) => !["refund_succeeded", "decision", "ticket_ended"].includes(type ?? ""),
    );
    for (const type of early) {
      const words = happened({ type: type ?? "", data: {} }, dayOf);
      expect(words, type).not.toMatch(/succeeded$|given back by hand$|\brefunded\b/);
    }
  });
});

it("names who did it", () => {
  expect(actorWords("henkin")).toBe("henkin");
  expect(actorWords("cli:kenji")).toBe("kenji at the command line");
  expect(actorWords("imap-folder:staff@shop.example")).toBe("staff@shop.example by folder");
  expect(actorWords("staff@shop.example")).toBe("staff@shop.example");
});

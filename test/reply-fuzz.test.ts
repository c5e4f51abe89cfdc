// Answers put together from what people, mail programs and forgers write. Whatever takes an approval
// back, doubts or limits it, or comes from somebody else, must not approve. `npm run fuzz` makes 40,000.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkApprover, checkThread } from "../src/domain/approval/approver.ts";
import { interpret, type Request } from "../src/domain/approval/decision.ts";
import { readRawMail } from "../src/mail/mail-reader.ts";
import {
  AFTERTHOUGHTS,
  APPROVALS,
  CODE,
  COURTESIES,
  DISGUISES,
  FORGERIES,
  HEADERS,
  ID,
  LAYOUTS,
  POISONS,
  SIGNATURES,
  STAFF,
} from "./support/answer-pieces.ts";

const isFuzz = process.env["npm_lifecycle_event"] === "fuzz";
const RUNS = isFuzz ? 40_000 : 2_000;
/** The small dose is the same each time; the large one is new. */
const SEED = isFuzz ? {} : { seed: 20_261_122 };

const SHOP = {
  shop: "info@shop.example.jp",
  staff: [STAFF],
  managers: [],
  formFrom: [],
  answersFrom: "anyone" as const,
};
const REQUEST: Request = {
  kind: "proposal",
  action: "refund",
  proposedMinor: 8_800,
  refundableMinor: 8_800,
  currency: "JPY",
  forbiddenNumbers: ["702", "3"],
};

interface Made {
  readonly headers: readonly string[];
  readonly lines: readonly string[];
  /** Whether nobody could doubt that it approves. */
  readonly approves: boolean;
}

type Spoilt = "no" | "poison" | "afterthought" | "disguise" | "forgery";

const parts = fc.record({
  approval: fc.constantFrom(...APPROVALS),
  courtesy: fc.option(fc.constantFrom(...COURTESIES), { nil: null }),
  signature: fc.constantFrom(...SIGNATURES),
  layout: fc.constantFrom(...LAYOUTS),
  spoilt: fc.constantFrom<Spoilt>("no", "poison", "afterthought", "disguise", "forgery"),
  poison: fc.constantFrom(...POISONS),
  place: fc.constantFrom("before", "after", "above", "below"),
  afterthought: fc.constantFrom(...AFTERTHOUGHTS),
  disguise: fc.constantFrom(...DISGUISES),
  forgery: fc.constantFrom(...FORGERIES),
});
type Parts = typeof parts extends fc.Arbitrary<infer Value> ? Value : never;

function spoil({ approval, spoilt, poison, place, disguise }: Parts): string[] {
  if (spoilt === "disguise") return [disguise(approval)];
  if (spoilt !== "poison") return [approval];
  switch (place) {
    case "before":
      return [`${poison}${approval}`];
    case "after":
      return [`${approval}${poison}`];
    case "above":
      return [poison, approval];
    default:
      return [approval, poison];
  }
}

function make(chosen: Parts): Made {
  const { courtesy, signature, layout, spoilt, afterthought, forgery } = chosen;
  const answer = [
    ...(courtesy === null ? [] : [courtesy]),
    ...spoil(chosen),
    ...signature,
    ...(spoilt === "afterthought" ? [afterthought] : []),
  ];
  // Without the code of the quote: it would be a proof of its own.
  const lines = layout(answer).filter((line) => spoilt !== "forgery" || !line.includes(CODE));
  return { headers: spoilt === "forgery" ? forgery : HEADERS, lines, approves: spoilt === "no" };
}

function rawOf({ headers, lines }: Made): Buffer {
  const body = Buffer.from(lines.join("\r\n")).toString("base64").replace(/.{76}/g, "$&\r\n");
  const fixed = [
    "To: info@shop.example.jp",
    "Date: Sat, 21 Nov 2026 15:00:00 +0900",
    "Message-ID: <1@shop.example.jp>",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
  ];
  return Buffer.from([...headers, ...fixed, "", body].join("\r\n"));
}

async function decide(made: Made): Promise<string> {
  const { message, answer } = await readRawMail(rawOf(made), SHOP);
  if (answer === null) throw new Error("anyone's answer is read");
  const { words, written } = answer;
  const { ok } = checkApprover(message, {
    approvers: [STAFF],
    authservIds: ["mx.shop.example.jp"],
    mode: "authenticated",
    signatures: [],
  });
  const request = {
    shopEmail: SHOP.shop,
    messageIds: [ID],
    ticketNumber: 3,
    code: CODE,
    codeFromText: words.code,
  };
  if (!ok || !checkThread(message, request).ok) return "none";
  return written.ambiguous === null ? interpret(words, REQUEST).decision : "ambiguous";
}

describe("any answer", () => {
  it(`approves only where nobody could doubt it (${RUNS})`, { timeout: 3_600_000 }, async () => {
    let plain = 0;
    let found = 0;
    await fc.assert(
      fc.asyncProperty(parts, async (chosen) => {
        const made = make(chosen);
        const decision = await decide(made);
        if (made.approves) {
          plain += 1;
          if (decision === "approve") found += 1;
        } else {
          expect(decision, made.lines.join("\n")).not.toBe("approve");
        }
      }),
      { ...SEED, numRuns: RUNS },
    );
    process.stdout.write(`plain approvals found: ${found} of ${plain}\n`);
    expect(plain).toBeGreaterThan(RUNS / 10);
    expect(found / plain).toBeGreaterThan(0.95);
  });
});

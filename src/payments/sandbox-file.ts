// The two files of the sandbox: the payments, which a person writes, and what became of them, which
// only the sandbox writes. Both are read anew each time, so that a test or a person may change them.

import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { AccessError } from "../domain/errors.ts";
import type { PaymentStatus } from "../domain/payment.ts";

/** Stripe's words for the state of a payment and our own. */
const STATUSES: Readonly<Record<string, PaymentStatus>> = {
  succeeded: "paid",
  requires_capture: "authorized",
  requires_action: "unpaid",
  requires_payment_method: "failed",
  requires_confirmation: "failed",
  paid: "paid",
  authorized: "authorized",
  unpaid: "unpaid",
  processing: "processing",
  failed: "failed",
  canceled: "canceled",
  unknown: "unknown",
};

/** A smaller number is seconds: in milliseconds it would be before March 1973. */
const FIRST_MILLISECONDS = 100_000_000_000;

const Text = z
  .string("must be a text or null")
  .nullish()
  .transform((text) => (text === undefined || text === null || text.trim() === "" ? null : text));

const Time = z
  .union([z.string(), z.number(), z.null()], "must be an ISO date, epoch time or null")
  .optional()
  .transform((value, context) => {
    if (value === undefined || value === null) return null;
    if (typeof value === "number") return value < FIRST_MILLISECONDS ? value * 1000 : value;
    const at = Date.parse(value);
    if (!Number.isNaN(at)) return at;
    context.addIssue({
      code: "custom",
      message: "must be an ISO date such as 2026-11-01T10:00:00+09:00",
    });
    return z.NEVER;
  });

const AMOUNT_RULE = "must be a whole number of the currency's smallest unit (¥2,467 is 2467)";
const WholeAmount = z.int(AMOUNT_RULE).min(1, AMOUNT_RULE);

const ID = /^[\w-]{1,100}$/;

const EntryShape = z
  .object({
    id: z.string("must be a text").regex(ID, "must be 1 to 100 letters, digits, _ or -"),
    amount: WholeAmount,
    currency: z
      .string("must be a code such as JPY")
      .regex(/^[A-Za-z]{3}$/, "must be a code such as JPY"),
    /** A word that is in no list is a status of the future, as it is with real providers. */
    status: z
      .string("must be a text")
      .transform((status) =>
        Object.hasOwn(STATUSES, status) ? (STATUSES[status] ?? "unknown") : "unknown",
      ),
    method: Text,
    description: Text,
    metadata: z
      .record(
        z.string(),
        z.union([z.string(), z.number().transform(String)]),
        "must be an object of texts",
      )
      .nullish()
      .transform((metadata) => metadata ?? {}),
    payerName: Text,
    payerEmail: Text,
    paidAt: Time,
    /** An amount, or true for all of it. */
    refunded: z
      .union([z.boolean(), z.int().min(0), z.null()], "must be an amount, true or false")
      .optional(),
    disputed: z.boolean("must be true or false").nullish(),
    livemode: z.boolean("must be true or false").nullish(),
  })
  .refine((entry) => typeof entry.refunded !== "number" || entry.refunded <= entry.amount, {
    path: ["refunded"],
    message: "must not be more than the amount",
  });
export type SandboxEntry = z.infer<typeof EntryShape>;

const StateShape = z.object({
  refunds: z.array(
    z.object({
      id: z.string(),
      paymentId: z.string(),
      amount: z.int(),
      currency: z.string(),
      status: z.string(),
      reason: z.string(),
      metadata: z.record(z.string(), z.string()),
      failureReason: z.string().nullish(),
      createdAt: z.number(),
    }),
  ),
  /** Ids of payments. */
  canceled: z.array(z.string()),
  /** By key: what was asked, and the id of the refund or payment that answered it. */
  idempotency: z.record(z.string(), z.object({ request: z.string(), answer: z.string() })),
});
export type SandboxState = z.infer<typeof StateShape>;
export type SandboxRefund = SandboxState["refunds"][number];

const EMPTY: SandboxState = { refunds: [], canceled: [], idempotency: {} };

/** An entry that cannot be read. */
export interface OddEntry {
  /** "" where it bears none that could be asked for. */
  readonly id: string;
  readonly json: unknown;
}

export interface SandboxFile {
  readonly entries: readonly (SandboxEntry & { readonly json: unknown })[];
  readonly odd: readonly OddEntry[];
  /** What is wrong with those, and what cannot be told from each other; for the operator. */
  readonly problems: readonly string[];
  /** Epoch ms: the entries without a date were made no later. */
  readonly writtenAt: number;
}

/** Throws AccessError where there is no such list at all; one wrong entry takes no other with it. */
export function readPayments(path: string): SandboxFile {
  const answer = readJson(path);
  if (answer === null) {
    throw new AccessError("sandbox_file_missing", { path });
  }
  if (!Array.isArray(answer.json)) {
    throw new AccessError("sandbox_file_invalid", { path, why: "it is no array" });
  }
  return { ...readEntries(answer.json), writtenAt: answer.writtenAt };
}

function readEntries(items: readonly unknown[]): Omit<SandboxFile, "writtenAt"> {
  const entries: (SandboxEntry & { json: unknown })[] = [];
  const odd: OddEntry[] = [];
  const problems: string[] = [];
  const ids = items.map(idOf);
  for (const [index, json] of items.entries()) {
    const id = ids[index] ?? "";
    const result = EntryShape.safeParse(json);
    const isTwice = id !== "" && ids.filter((other) => other === id).length > 1;
    if (isTwice) problems.push(`${nameOf(index, json)}: this id stands twice`);
    problems.push(...problemsOf(result, index, json));
    if (result.success && !isTwice) entries.push({ ...result.data, json });
    // Of two with one id nobody knows which is meant.
    else if (!odd.some((other) => other.id === id)) odd.push({ id, json });
  }
  return { entries, odd, problems };
}

function problemsOf(
  { success, error }: z.ZodSafeParseResult<SandboxEntry>,
  index: number,
  json: unknown,
): string[] {
  if (!success) return error.issues.map((issue) => describe(index, json, issue));
  if (Object.hasOwn(STATUSES, (json as { status: string }).status)) return [];
  return [`${nameOf(index, json)}: status is none of ${Object.keys(STATUSES).join(", ")}`];
}

function idOf(json: unknown): string {
  const id = typeof json === "object" && json !== null && "id" in json ? json.id : null;
  return typeof id === "string" && ID.test(id) ? id : "";
}

export function readState(path: string): SandboxState {
  const answer = readJson(path);
  if (answer === null) return structuredClone(EMPTY);
  const result = StateShape.safeParse(answer.json);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join(".") || "the whole");
  // Starting afresh would forget refunds that were made.
  throw new AccessError("sandbox_state_invalid", { path, why: fields.slice(0, 10).join(", ") });
}

/** The old state or the new one, whenever the process is killed or another one reads. */
export function writeState(path: string, state: SandboxState): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { flush: true });
  renameSync(draft, path);
  const directory = openSync(dirname(path), "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function readJson(path: string): { json: unknown; writtenAt: number } | null {
  try {
    const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
    return { json: JSON.parse(text), writtenAt: Math.floor(statSync(path).mtimeMs) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    const reason = error instanceof SyntaxError ? "it is not JSON" : "it cannot be read";
    throw new AccessError("sandbox_file_unreadable", { path, why: reason }, { cause: error });
  }
}

function describe(index: number, json: unknown, issue: z.core.$ZodIssue): string {
  const field = issue.path.join(".");
  return `${nameOf(index, json)}: ${field === "" ? "" : `${field} `}${issue.message}`;
}

function nameOf(index: number, json: unknown): string {
  const id = typeof json === "object" && json !== null && "id" in json ? ` (${json.id})` : "";
  return `entry ${index + 1}${id}`;
}

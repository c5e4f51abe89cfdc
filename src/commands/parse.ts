import { readFileSync } from "node:fs";
import { loadOptionalConfig } from "../config.ts";
import { AppError } from "../domain/errors.ts";
import type { Classification } from "../domain/intake/classify.ts";
import type { MailReader } from "../ports.ts";
import { EXIT, type Run, readArgs } from "./command.ts";
import { openReader } from "./open-reader.ts";
import { harmless } from "./screen.ts";

const SETTINGS = ["SHOP_EMAIL", "STAFF_EMAILS", "MANAGER_EMAILS", "FORM_FROM"] as const;

export const parse: Run = async (args, { env, directory, print }) => {
  const { values, positionals } = readArgs(
    args,
    { json: { type: "boolean" }, explain: { type: "boolean" } },
    { least: 1, most: Number.POSITIVE_INFINITY },
  );
  const reader = openReader(loadOptionalConfig(SETTINGS, env, directory), "shop");
  let failed = false;
  for (const file of positionals) {
    const result = await parseFile(file, reader);
    if (result.kind === null) failed = true;
    const { reason, ...contract } = result;
    if (values.json) print(JSON.stringify(values.explain ? result : contract));
    else for (const line of inWords(result, values.explain === true)) print(harmless(line));
  }
  await reader.close();
  return failed ? EXIT.failed : EXIT.done;
};

interface Parsed {
  readonly file: string;
  readonly kind: string | null;
  readonly error?: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly orderNumbers: readonly string[];
  /** Minor units. */
  readonly requestedAmount: number | null;
  readonly intent: string | null;
  readonly found: Readonly<Record<string, { part: string; label: string }>>;
  readonly reason: string | null;
}

const NOTHING = {
  name: null,
  email: null,
  phone: null,
  address: null,
  orderNumbers: [],
  requestedAmount: null,
  intent: null,
  found: {},
};

async function parseFile(file: string, reader: MailReader): Promise<Parsed> {
  try {
    // Nothing else waits for this process: read at once, a file takes a third of what a promise of it does.
    const { classification } = await reader.read(readFileSync(file));
    return describe(file, classification);
  } catch (error) {
    const isExpected = error instanceof AppError || (error instanceof Error && "code" in error);
    if (!isExpected) throw error;
    return { ...NOTHING, file, kind: null, error: error.message, reason: null };
  }
}

function describe(file: string, { kind, fields, reason }: Classification): Parsed {
  if (fields === null) return { ...NOTHING, file, kind, reason };
  const { name, email, phone, address, orderNumbers, requestedAmountMinor, intent } = fields;
  const found = Object.entries(fields.found).map(([field, where]) => [
    field === "requestedAmountMinor" ? "requestedAmount" : field,
    { part: where.part, label: where.label },
  ]);
  return {
    file,
    kind,
    name,
    email,
    phone,
    address,
    orderNumbers,
    requestedAmount: requestedAmountMinor,
    intent,
    found: Object.fromEntries(found) as Parsed["found"],
    reason,
  };
}

function inWords(parsed: Parsed, isExplained: boolean): string[] {
  if (parsed.error !== undefined) return [`${parsed.file}: cannot be read: ${parsed.error}`];
  const { file, kind, found, reason, ...fields } = parsed;
  const lines = [`${file}: ${kind}${isExplained && reason ? ` (${reason})` : ""}`];
  for (const [field, value] of Object.entries(fields)) {
    const text = Array.isArray(value) ? value.join(", ") : value;
    if (text === null || text === "") continue;
    const where = found[field];
    const origin = isExplained && where ? `   ← ${where.part} ${where.label}`.trimEnd() : "";
    lines.push(`  ${field}: ${text}${origin}`);
  }
  return lines;
}

import { readFile } from "node:fs/promises";
import { loadOptionalConfig } from "../config.ts";
import {
  checkApprover,
  checkThread,
  codesIn,
  isWorthVerifying,
} from "../domain/approval/approver.ts";
import { interpret } from "../domain/approval/decision.ts";
import { QUESTION_HEADER, readQuestion } from "../domain/approval/question-header.ts";
import { AppError, UsageError } from "../domain/errors.ts";
import { domainOf, headerValues, type MailMessage } from "../domain/mail-message.ts";
import type { MailReading } from "../domain/mail-reading.ts";
import { buildVerifier } from "../mail-servers.ts";
import type { MailReader, SignatureVerifier } from "../ports.ts";
import { EXIT, type Run, readArgs } from "./command.ts";
import { openReader } from "./open-reader.ts";

const SETTINGS = ["STAFF_EMAILS", "AUTHSERV_IDS", "APPROVAL_AUTH", "DNS_SERVERS"] as const;

export const decide: Run = async (args, { env, directory, print }) => {
  const { values, positionals } = readArgs(
    args,
    { json: { type: "boolean" }, request: { type: "string" } },
    { least: 1, most: Number.POSITIVE_INFINITY },
  );
  const config = loadOptionalConfig(SETTINGS, env, directory);
  const reader = openReader(config, "anyone");
  const request = values.request === undefined ? null : await readRequest(values.request, reader);
  const judge: Judge = {
    reader,
    verifier: buildVerifier(config),
    request,
    rules: {
      approvers: config.STAFF_EMAILS ?? [],
      authservIds: config.AUTHSERV_IDS ?? [],
      mode: config.APPROVAL_AUTH ?? "authenticated",
    },
  };
  let failed = false;
  for (const file of positionals) {
    const result = await decideFile(file, judge);
    if ("error" in result) failed = true;
    print(values.json ? JSON.stringify(result) : inWords(result));
  }
  await reader.close();
  return failed ? EXIT.failed : EXIT.done;
};

async function readRequest(file: string, reader: MailReader): Promise<MailMessage> {
  try {
    return (await reader.read(await readFile(file))).message;
  } catch (error) {
    if (!isOfFile(error)) throw error;
    throw new UsageError("bad_request_file", { why: error.message });
  }
}

/** A file that is not there or is no mail, as against a fault of ours. */
function isOfFile(error: unknown): error is Error {
  return error instanceof AppError || (error instanceof Error && "code" in error);
}

interface Judge {
  readonly reader: MailReader;
  readonly verifier: SignatureVerifier;
  /** Our request's own mail; null: the thread is not checked. */
  readonly request: MailMessage | null;
  readonly rules: Omit<Parameters<typeof checkApprover>[1], "signatures">;
}

type Result = Awaited<ReturnType<typeof decideFile>>;

async function decideFile(file: string, { reader, verifier, request, rules }: Judge) {
  try {
    const raw = await readFile(file);
    const reading = await reader.read(raw);
    const isWorth = isWorthVerifying(reading.message, rules);
    const domain = domainOf(reading.message.from[0]?.address ?? "");
    const signatures = isWorth ? await verifier.verify(raw, domain) : [];
    return decideMessage(file, reading, request, { ...rules, signatures });
  } catch (error) {
    if (!isOfFile(error)) throw error;
    return { file, decision: null, error: error.message };
  }
}

function decideMessage(
  file: string,
  { message, answer }: MailReading,
  request: MailMessage | null,
  check: Parameters<typeof checkApprover>[1],
) {
  if (answer === null) throw new Error("the reader was opened to read anyone's answers");
  const { ambiguous } = answer.written;
  const words =
    ambiguous === null
      ? answer.words
      : { ...answer.words, kind: "ambiguous" as const, reason: ambiguous };
  const question =
    request === null ? undefined : headerValues(request, QUESTION_HEADER.toLowerCase());
  const decision = interpret(words, readQuestion(question?.[0]));
  const sender = checkApprover(message, check);
  const thread = request === null ? null : threadOf(message, request, words.code, sender.address);
  const counts = sender.ok && thread?.ok !== false;
  return {
    file,
    decision: counts ? decision.decision : "none",
    amount: decision.amountMinor,
    reason: decision.reason ?? decision.ambiguity,
    note: decision.note,
    choice: decision.choice,
    reference: decision.reference,
    words: words.kind,
    sender: sender.ok ? "ok" : sender.reason,
    thread: thread === null ? null : thread.ok ? "ok" : thread.reason,
  };
}

/** The request's own Message-ID, ticket number and code, and that it was sent to this approver. */
function threadOf(
  message: MailMessage,
  request: MailMessage,
  codeFromText: string | null,
  approver: string | null,
) {
  const number = /\[R-(\d+)\]/.exec(request.subject)?.[1];
  if (number === undefined) return { ok: false, reason: "request_without_ticket" };
  if (!request.to.some(({ address }) => address === approver)) {
    return { ok: false, reason: "request_to_another_approver" };
  }
  const code = codesIn(request).at(-1) ?? null;
  const messageIds = request.messageId === null ? [] : [request.messageId];
  const shopEmail = request.from[0]?.address ?? "";
  return checkThread(message, {
    shopEmail,
    messageIds,
    ticketNumber: Number(number),
    code,
    codeFromText,
  });
}

function inWords(result: Result): string {
  if ("error" in result) return `${result.file}: cannot be read: ${result.error}`;
  const parts = Object.entries(result).filter(([name, value]) => name !== "file" && value !== null);
  return `${result.file}: ${parts.map(([name, value]) => `${name}=${value}`).join(" ")}`;
}

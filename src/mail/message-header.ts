// The header of a raw message, line by line. mailparser would decode each field in several ways that
// nobody here reads, and that takes longer than the body; so it gets only the fields that tell of the
// message's parts. Lines are cut as it cuts them.

import { GARBAGE_FIELD, type HeaderField } from "../domain/mail-message.ts";

const [LF, CR] = [0x0a, 0x0d];

interface HeaderLine {
  /** Lower case; "" where the line has no colon. */
  readonly key: string;
  readonly line: string;
}

export interface MessageHeader {
  /** Values still as bytes, one character each: only their readers know what they may hold. */
  readonly fields: readonly HeaderField[];
  /** The lines of those fields that tell of the message's content. */
  readonly ofContent: readonly string[];
  /** What follows the header. */
  readonly body: Buffer;
}

export function readHeader(bytes: Buffer): MessageHeader {
  const end = endOf(bytes);
  const lines = linesOf(bytes.subarray(0, end));
  const ofContent = lines.filter(({ key }) => key.startsWith("content-")).map(({ line }) => line);
  return { fields: fieldsOf(lines), ofContent, body: bytes.subarray(end) };
}

/** The message with no other fields than those of its content. */
export function contentOf({ ofContent, body }: MessageHeader): Buffer {
  const head = Buffer.from([...ofContent, "", ""].join("\r\n"), "latin1");
  return Buffer.concat([head, body]);
}

/** Behind the first empty line. */
function endOf(bytes: Buffer): number {
  if (bytes[0] === LF) return 1;
  if (bytes[0] === CR && bytes[1] === LF) return 2;
  const found = bytes.indexOf("\n\r\n");
  const end = found === -1 ? bytes.length : found + 3;
  const other = bytes.subarray(0, end).indexOf("\n\n");
  return other === -1 ? end : other + 2;
}

function keyOf(line: string): string {
  return line
    .slice(0, Math.max(0, line.indexOf(":")))
    .toLowerCase()
    .trim();
}

function linesOf(head: Buffer): HeaderLine[] {
  let end = head.length;
  while (head[end - 1] === LF || head[end - 1] === CR) end -= 1;
  const folded: string[] = [];
  for (const line of head.toString("latin1", 0, end).split(/\r?\n/)) {
    if (folded.length > 0 && /^[ \t]/.test(line)) folded.push(`${folded.pop()}\r\n${line}`);
    else folded.push(line);
  }
  // What a mailbox file or a web server has set before a message is no field.
  const isPreamble = /^(?:From|POST) /i.test(folded[0] ?? "");
  return folded.slice(isPreamble ? 1 : 0).map((line) => ({ key: keyOf(line), line }));
}

const GARBAGE: HeaderField = { name: GARBAGE_FIELD, value: "" };

function fieldsOf(lines: readonly HeaderLine[]): HeaderField[] {
  return lines.map(({ key, line }) => {
    // RFC 5322 2.2: a field name is printable ASCII without colon. Anything else is garbage, which other
    // programs may read as a part of the field above it.
    if (!/^[!-9;-~]+$/.test(key)) return GARBAGE;
    const value = line
      .slice(line.indexOf(":") + 1)
      .replace(/\r?\n(?=[ \t])/g, "")
      .replace(/[\r\n]+/g, " ")
      .trim();
    return { name: key, value };
  });
}

// A DNS server on loopback with TXT, MX and A records, and senders who sign their mails with keys that
// can be looked up there.

import { generateKeyPairSync } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { dkimSign } from "mailauth/lib/dkim/sign.js";

export interface DnsRecords {
  readonly txt?: readonly string[];
  /** Hosts, best first. */
  readonly mx?: readonly string[];
  /** IPv4 addresses. */
  readonly a?: readonly string[];
}

/** What the server does with a question: gives these (a text: one TXT), says SERVFAIL, or keeps silent. */
export type DnsAnswer = string | DnsRecords | { readonly fault: "servfail" | "silence" };

export interface DnsServer {
  /** 127.0.0.1 with its port, as a resolver and DNS_SERVERS take it. */
  readonly address: string;
  /** By name, lower case; other names do not exist. */
  readonly answers: Map<string, DnsAnswer>;
  /** The names asked for, in order, repeats included. */
  readonly questions: readonly string[];
  close(): Promise<void>;
}

export async function startDns(): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const answers = new Map<string, DnsAnswer>();
  const questions: string[] = [];
  socket.on("message", (query, { address, port }) => {
    const { name, type, end } = readQuestion(query);
    questions.push(name);
    const reply = replyTo(query.subarray(0, end), type, answers.get(name));
    if (reply !== null) socket.send(reply, port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    answers,
    questions,
    async close() {
      socket.close();
      await once(socket, "close");
    },
  };
}

const HEADER_BYTES = 12;
const A = 1;
const MX = 15;
const TXT = 16;
const SERVFAIL = 2;
const NXDOMAIN = 3;

/** RFC 1035 §4.1.2: labels, each behind its length, then type and class. */
function readQuestion(query: Buffer) {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return {
    name: labels.join(".").toLowerCase(),
    type: query.readUInt16BE(at + 1),
    end: at + 5,
  };
}

function replyTo(question: Buffer, type: number, answer: DnsAnswer | undefined): Buffer | null {
  if (answer === undefined) return message(question, NXDOMAIN, []);
  if (typeof answer === "string") return replyTo(question, type, { txt: [answer] });
  if ("fault" in answer) {
    return answer.fault === "silence" ? null : message(question, SERVFAIL, []);
  }
  const { txt = [], mx = [], a = [] } = answer;
  const data: Readonly<Record<number, readonly Buffer[]>> = {
    [A]: a.map((address) => Buffer.from(address.split(".").map(Number))),
    [MX]: mx.map((host, index) => Buffer.concat([Buffer.from([0, 10 + index]), nameOf(host)])),
    [TXT]: txt.map(stringsOf),
  };
  return message(
    question,
    0,
    (data[type] ?? []).map((one) => record(type, one)),
  );
}

function message(question: Buffer, code: number, records: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  question.copy(header, 0, 0, 2);
  // A response, recursion desired and available.
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question.subarray(HEADER_BYTES), ...records]);
}

/** Uncompressed; "" is the root. */
function nameOf(host: string): Buffer {
  const labels = host === "" ? [] : host.split(".");
  const parts = labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** Of 255 bytes each, which is all that one can hold. */
function stringsOf(text: string): Buffer {
  const parts = text.match(/.{1,255}/gs) ?? [""];
  return Buffer.concat(
    parts.flatMap((part) => [Buffer.from([part.length]), Buffer.from(part, "latin1")]),
  );
}

/** Of the name asked for. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  readonly privateKey: string;
  /** Where its public half is looked up, and what is found there. */
  readonly name: string;
  readonly record: string;
}

export function dkimKey({
  domain,
  selector = "s1",
  bits = 2048,
  type = "rsa",
}: {
  domain: string;
  selector?: string;
  bits?: number;
  type?: "rsa" | "ed25519";
}): DkimKey {
  const { privateKey, publicKey } =
    type === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: bits })
      : generateKeyPairSync("ed25519");
  const info = publicKey.export({ type: "spki", format: "der" });
  // RFC 8463: of Ed25519 the bare 32 bytes.
  const bytes = type === "rsa" ? info : info.subarray(-32);
  return {
    domain,
    selector,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    name: `${selector}._domainkey.${domain}`,
    record: `v=DKIM1; k=${type}; p=${bytes.toString("base64")}`,
  };
}

export interface Signing {
  /** t=. */
  readonly at: Date;
  /** x=. */
  readonly expires?: Date;
  /** h=, as in "From:To"; those of mailauth where left out. */
  readonly fields?: string;
  /** l=: how much of the body is signed. */
  readonly bodyBytes?: number;
  /** c=. */
  readonly canonicalization?: string;
  /** a=; by default SHA-256 with the key's own kind. */
  readonly algorithm?: string;
}

/** The mail with a DKIM-Signature on top. */
export async function signed(raw: Buffer, key: DkimKey, how: Signing): Promise<Buffer> {
  const { domain, selector, privateKey } = key;
  const signer = {
    signingDomain: domain,
    selector,
    privateKey,
    canonicalization: how.canonicalization ?? "relaxed/relaxed",
    ...(how.algorithm && { algorithm: how.algorithm }),
    ...(how.bodyBytes !== undefined && { maxBodyLength: how.bodyBytes }),
  };
  const options = {
    ...signer,
    signatureData: [signer],
    signTime: how.at,
    ...(how.expires && { expires: how.expires }),
    // One string, whatever mailauth's own types say of it.
    ...(how.fields && { headerList: how.fields as unknown as string[] }),
  };
  const { signatures, errors } = await dkimSign(raw, options);
  if (errors.length > 0) throw new Error("the mail could not be signed", { cause: errors[0] });
  return Buffer.concat([Buffer.from(signatures), raw]);
}

// What an answer of GMO Epsilon's CGIs says, byte by byte. They declare the encoding x-sjis-cp932,
// which no XML parser knows, and write one <result key="value"/> per field with the value's CP932
// bytes percent-encoded, as in the recorded answers of
// github.com/pepabo/active_merchant-epsilon (test/fixtures/vcr_cassettes).

import { rawAnswer } from "./raw-answer.ts";
import { parseXml, type XmlElement, XmlError } from "./xml.ts";

export type EpsilonFields = ReadonlyMap<string, string>;

export type EpsilonAnswer =
  | { readonly kind: "fields"; readonly fields: EpsilonFields }
  /** An <Epsilon_result> without anything: how a look-up says that there is no such order. */
  | { readonly kind: "empty" }
  | { readonly kind: "error"; readonly code: string; readonly detail: string }
  | { readonly kind: "unreadable"; readonly why: string; readonly raw: string };

const ENCODED = /^(?:%[\da-fA-F]{2}|[^%])*$/;

export function readEpsilonAnswer(body: Buffer): EpsilonAnswer {
  try {
    // One character a byte: every byte is kept, and CP932 never uses those of markup as a second one.
    return answerOf(parseXml(body.toString("latin1")));
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return unreadableAnswer(error.message, body);
  }
}

function unreadableAnswer(why: string, body: Buffer): EpsilonAnswer {
  return { kind: "unreadable", why, raw: rawEpsilon(body) };
}

/** Its beginning, for staff to read. */
export function rawEpsilon(body: Buffer): string {
  return rawAnswer(decodeCp932(body));
}

function answerOf(root: XmlElement): EpsilonAnswer {
  if (root.name !== "Epsilon_result" || root.attributes.size > 0 || root.text !== "") {
    throw new XmlError("it is no <Epsilon_result>");
  }
  if (root.children.length === 0) return { kind: "empty" };
  const fields = fieldsOf(root.children);
  const code = fields.get("err_code") ?? "";
  const result = fields.get("result") ?? "1";
  // 9 is an error of the request or the system, 0 a failure; a look-up that succeeds has no result.
  if (result !== "1" || code !== "") {
    return { kind: "error", code, detail: fields.get("err_detail") ?? "" };
  }
  return { kind: "fields", fields };
}

function fieldsOf(results: readonly XmlElement[]): EpsilonFields {
  const fields = new Map<string, string>();
  for (const { name, attributes, children, text } of results) {
    const [field, ...others] = attributes;
    const isField = name === "result" && children.length === 0 && text === "";
    if (!isField || field === undefined || others.length > 0) {
      throw new XmlError("a field is not of the form <result key=value/>");
    }
    if (fields.has(field[0])) throw new XmlError(`the field ${field[0]} stands twice`);
    fields.set(field[0], decodeValue(field[1]));
  }
  return fields;
}

function decodeValue(value: string): string {
  if (!ENCODED.test(value)) throw new XmlError("a value is not percent-encoded");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the first 256 characters stand for bytes
  if (/[^\u0000-\u00ff]/.test(value)) throw new XmlError("a value has an entity beyond its bytes");
  const latin1 = value
    .replaceAll("+", " ")
    .replace(/%([\da-fA-F]{2})/g, (_all, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return decodeCp932(Buffer.from(latin1, "latin1"));
}

/**
 * What the Encoding Standard calls Shift_JIS is CP932, with ①, 髙, ～ and － where Windows has them. A
 * shop that sends UTF-8 gets it back; what is neither keeps replacement characters, and so agrees
 * with no name.
 */
function decodeCp932(bytes: Buffer): string {
  for (const charset of ["shift_jis", "utf-8"]) {
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes);
    } catch {
      // The next one may fit.
    }
  }
  return new TextDecoder("shift_jis").decode(bytes);
}

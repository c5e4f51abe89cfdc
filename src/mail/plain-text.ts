// The text of a mail that is nothing but text, as most contact forms send it. mailparser reads every mail
// through half a dozen streams, which for these takes longer than all the rest of the reading; so what can
// be read in one way only is read here. Anything else is left to mailparser, as are the longer ones.

import { tryDecode } from "./charset.ts";
import type { MessageHeader } from "./message-header.ts";

const BYTES_MAX = 65_536;

const TYPE =
  /^content-type: text\/plain(?:;\s{1,4}charset=(?:"(utf-8|us-ascii|iso-2022-jp)"|(utf-8|us-ascii|iso-2022-jp)))?$/i;
const CODING = /^content-transfer-encoding: (base64|7bit|8bit)$/i;

const BASE64 = /^(?:[A-Za-z0-9+/]+\r?\n)*[A-Za-z0-9+/]*={0,2}[\r\n]*$/;

/**
 * Japanese as mailers write it, each run of it begun and ended: without the two rows that only some
 * decoders know, and the signs that one of them refuses.
 */
const JIS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are control characters
  /^[^\u000e\u000f\u001b\u0080-\u00ff]*(?:\u001b\$B(?:[!-,.-{}~][!-~])+\u001b\(B[^\u000e\u000f\u001b\u0080-\u00ff]*)*$/;

/** As mailparser gives it; null where it has to be asked. */
export function plainText({ ofContent, body }: MessageHeader): string | null {
  const [type, charset, coding] = formatOf(ofContent);
  if (!type || body.length > BYTES_MAX) return null;
  const bytes = coding === "base64" ? fromBase64(body) : body;
  if (bytes === null) return null;
  const text = charset === "iso-2022-jp" ? fromJis(bytes) : bytes.toString("utf8");
  return text?.replace(/\r\n/g, "\n") ?? null;
}

/** Whether it is plain text, in which charset and coding. */
function formatOf(ofContent: readonly string[]): [boolean, string, string] {
  const [type, coding] = [TYPE, CODING].map((field) =>
    ofContent.map((line) => field.exec(line)).find((match) => match !== null),
  );
  const known = [type, coding].filter((match) => match !== undefined).length;
  return [
    type !== undefined && known === ofContent.length,
    (type?.[1] ?? type?.[2] ?? "utf-8").toLowerCase(),
    (coding?.[1] ?? "8bit").toLowerCase(),
  ];
}

function fromBase64(body: Buffer): Buffer | null {
  const written = body.toString("latin1");
  if (!BASE64.test(written)) return null;
  const signs = written.replace(/[\r\n]+/g, "");
  // Cut short, it could be read as ending in one sign or another.
  return signs.length % 4 === 0 ? Buffer.from(signs, "base64") : null;
}

function fromJis(bytes: Buffer): string | null {
  return JIS.test(bytes.toString("latin1")) ? tryDecode(bytes, "iso-2022-jp") : null;
}

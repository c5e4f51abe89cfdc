// What a provider answered, as staff get to read it where henkin cannot: its beginning, without what
// would let a reader act in the shop's name. It stands in mails to staff alone, never in a log.

/** The same bound for all: enough to see what came, and no more than a mail can show. */
const RAW_MAX = 2_000;
/** What is looked through for secrets; what lies behind it is cut off in any case. */
const LOOKED_AT_MAX = 20_000;
const VALUE_MAX = 200;

const KEY = /\b(?:sk|rk|pk|whsec)_[\w*.]+/g;
/** With it a browser may confirm or read a payment (docs.stripe.com/api/payment_intents/object). */
const CLIENT_SECRET = /(_secret_)\w+/g;
const CREDENTIAL = /\b(basic|bearer)(\s+)[\w.+/=-]{6,}/gi;
const NAMED =
  /\b(token|password|passwd|client_secret|api_?key)(["']?\s*[=:]\s*["']?)[^\s"'&<>,;]+/gi;

/**
 * @param answer a text as it came, or what its JSON says
 * @param odd paths of the values that are wrong or new, shown first: they may lie behind the cut
 */
export function rawAnswer(answer: unknown, odd: readonly (readonly PropertyKey[])[] = []): string {
  const lines = odd
    .filter((path) => path.length > 0)
    .map((path) => `${path.join(".")} = ${valueWords(valueAt(answer, path))}`);
  const text = [...new Set(lines), written(answer)].join("\n");
  return Array.from(withoutKeys(text.slice(0, LOOKED_AT_MAX)))
    .slice(0, RAW_MAX)
    .join("")
    .trim();
}

function written(answer: unknown): string {
  return typeof answer === "string" ? answer : (JSON.stringify(answer) ?? String(answer));
}

/** Quoted where it is a text, since its type may be what is wrong. */
function valueWords(value: unknown): string {
  return (JSON.stringify(value) ?? "(missing)").slice(0, VALUE_MAX);
}

function valueAt(answer: unknown, path: readonly PropertyKey[]): unknown {
  let value = answer;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.hasOwn(value, key) ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return value;
}

function withoutKeys(text: string): string {
  return text
    .replace(KEY, "[key]")
    .replace(CLIENT_SECRET, "$1[hidden]")
    .replace(CREDENTIAL, "$1$2[hidden]")
    .replace(NAMED, "$1$2[hidden]");
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ALL_SETTINGS } from "../../src/config.ts";
import { ERRORS, type ErrorCode, fillIn, mendOf } from "../../src/domain/error-table.ts";
import {
  AccessError,
  ConfigError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
  UnreadableError,
  UsageError,
} from "../../src/domain/errors.ts";
import { thrownCodes } from "../support/thrown-codes.ts";

interface Row {
  readonly message: string;
  readonly mend: string;
  readonly ja?: string;
}

const ROOT = fileURLToPath(new URL("../../src", import.meta.url));
const ROWS = Object.entries<Row>(ERRORS);
const namesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);

/** None of them is a key, a password, an address or a text of a mail. */
const FILLED_IN = [
  ...[
    "amount",
    "argument",
    "currency",
    "date",
    "folder",
    "header",
    "id",
    "its",
    "job",
    "most",
    "name",
    "number",
    "ours",
  ],
  ...[
    "path",
    "payment",
    "place",
    "problems",
    "provider",
    "said",
    "size",
    "status",
    "statuses",
    "step",
  ],
  ...["text", "tickets", "title", "what", "who", "why"],
];

/** A mend begins with one of these, or says that nothing is to be done. */
const VERBS = [
  ...["Add", "Approve", "Ask", "Cancel", "Check", "Choose", "Compare", "Copy", "Correct"],
  ...["Deal", "Find", "Give", "Leave", "Look", "Make", "Mend", "Put", "Raise", "Read", "Refund"],
  ...["Report", "Run", "Say", "See", "Split", "State", "Stop", "Transfer", "Type", "Use", "Write"],
];

describe("the table of errors", () => {
  const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const sources = files.map((file) => readFileSync(join(ROOT, file), "utf8"));
  const thrown = new Set(sources.flatMap(thrownCodes));

  it("has every code that the source throws", () => {
    expect(files.length).toBeGreaterThan(100);
    expect([...thrown].filter((code) => !(code in ERRORS))).toEqual([]);
  });

  it("has no code that nothing throws", () => {
    expect(Object.keys(ERRORS).filter((code) => !thrown.has(code))).toEqual([]);
  });

  it.each(ROWS)("%s tells what happened in a whole sentence", (_code, { message }) => {
    expect(message).toMatch(/^[A-Z"{-]|^(?:henkin|makeshop|audit|quarantine) /);
    // The list of wrong settings follows a colon.
    expect(message).toMatch(/\.$|:\n\{problems\}$/);
    expect(FILLED_IN).toEqual(expect.arrayContaining(namesIn(message)));
  });

  it.each(ROWS)("%s says what to do", (_code, { mend }) => {
    const [first = ""] = mend.split(/[ :;,]/);
    const isNothing = mend.startsWith("Nothing is to be done");
    expect(isNothing || VERBS.includes(first), mend).toBe(true);
    expect(mend).toMatch(/[^.]\.$|--i-am-the-only-one`\.$/);
    expect(namesIn(mend)).toEqual([]);
  });

  it.each(ROWS)("%s names only settings that there are", (_code, { message, mend }) => {
    const named = `${message} ${mend}`.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
    expect(ALL_SETTINGS).toEqual(expect.arrayContaining(named));
  });

  it.each(ROWS)("%s holds no secret and no address", (_code, row) => {
    expect(Object.values<string>({ ...row }).join("\n")).not.toMatch(/[sr]k_\w|\S@\S|:\/\//);
  });

  it("tells no two failures alike", () => {
    const count = (texts: readonly string[]) => texts.length - new Set(texts).size;
    expect(count(ROWS.map(([, { message }]) => message))).toBe(0);
    expect(count(ROWS.flatMap(([, { ja }]) => ja ?? []))).toBe(0);
  });

  it.each(ROWS.filter(([, { ja }]) => ja !== undefined))(
    "%s tells staff the same in Japanese",
    (_code, { message, ja = "" }) => {
      expect(ja).toMatch(/[ぁ-ん]/);
      expect(ja).toMatch(/。$|: \{\w+\}$/);
      expect(namesIn(message)).toEqual(expect.arrayContaining(namesIn(ja)));
    },
  );
});

describe("a code", () => {
  it("that is not in the table does not compile, nor one whose words lack a part", () => {
    // @ts-expect-error: not in the table
    expect(() => new PermanentError("no_such_code")).toThrow(TypeError);
    // @ts-expect-error: the number is missing
    expect(new PermanentError("no_such_ticket").message).toContain("{number}");
    // @ts-expect-error: the number is called otherwise
    expect(new PermanentError("no_such_ticket", { ticket: 1 }).code).toBe("no_such_ticket");
  });

  it("that was stored has its mend still, one of a provider has none", () => {
    expect(mendOf("smtp_auth_failed")).toBe(ERRORS.smtp_auth_failed.mend);
    expect(mendOf("card_declined")).toBeNull();
    expect(mendOf("toString")).toBeNull();
  });
});

describe("an error", () => {
  const refused = new PermanentError(
    "provider_refused",
    { provider: "Stripe", said: "A dispute is open." },
    { foreignCode: "charge_disputed", cause: "HTTP 400" },
  );

  it("bears the code of its provider beside its place in the table", () => {
    expect(refused).toMatchObject({ code: "charge_disputed", entry: "provider_refused" });
    expect(refused).toMatchObject({ name: "PermanentError", cause: "HTTP 400", raw: null });
    expect(new UsageError("bad_choice")).toMatchObject({ code: "bad_choice" });
  });

  it("says what happened, and what to do", () => {
    expect(refused.message).toBe("Stripe refuses: A dispute is open.");
    expect(refused.mend).toBe(ERRORS.provider_refused.mend);
  });

  it("speaks to staff in the language of their shop", () => {
    expect(refused.inWords("en")).toBe(refused.message);
    expect(refused.inWords("ja")).toBe("Stripe に拒否されました: A dispute is open.");
    expect(new UsageError("bad_choice").inWords("ja")).toBe(ERRORS.bad_choice.message);
  });

  it("of unknown outcome never sounds as if nothing had happened", () => {
    const lost = new OutcomeUnknownError("timeout", { provider: "Smartpay" });
    expect(lost.message).toBe(
      "Smartpay did not answer in time. It may have happened all the same.",
    );
    expect(lost.inWords("en")).toBe(lost.message);
    expect(lost.inWords("ja")).toContain("処理された可能性があります");
    expect(new TransientError("timeout", { provider: "Smartpay" }).message).not.toContain("may");
  });

  it("shows its details and what was answered to no logger", () => {
    const error = new UnreadableError({ provider: "makeshop", why: "no XML" }, { raw: "山田花子" });
    expect(JSON.stringify({ ...error })).not.toMatch(/山田花子|no XML/);
    expect(error.raw).toBe("山田花子");
  });

  it("of the settings lists every problem", () => {
    const error = new ConfigError(["SHOP_NAME: is required", "SHOP_EMAIL: is required"]);
    expect(error.message).toMatch(/attention:\n {2}SHOP_NAME: is required\n {2}SHOP_EMAIL: is/);
  });
});

describe("what is filled in", () => {
  it.each([
    ["{a} and {b}.", { a: 1, b: "two" }, "1 and two."],
    ["It says: {said}.", { said: "No." }, "It says: No."],
    ["It says: {said}.", { said: "だめです。" }, "It says: だめです。"],
    ["{said}", { said: "{other} $& \\1" }, "{other} $& \\1"],
  ])("%s %j", (template, details, text) => {
    expect(fillIn(template, details)).toBe(text);
  });
});

describe("the search for thrown codes", () => {
  it.each([
    ['throw new PermanentError("a", { x: "b" });', ["a"]],
    ['throw new UsageError(isByHand ? "a" : "b");', ["a", "b"]],
    ['const entry = yes ? "a" : "b"; throw unsettled(entry, {});', ["a", "b"]],
    ['const OF = { x: "a", y: "b" } as const; throw new AccessError(OF[kind]);', ["a", "b"]],
    ['class E { constructor() { super("a"); } }', ["a"]],
    ['const LOST = "a" satisfies ErrorCode;', ["a"]],
    ['class Abandoned extends Error { constructor() { super("the deadline passed"); } }', []],
    ['log.warn("a"); const b = ["c"]; // new PermanentError("d")', []],
  ])("%s", (source, codes) => {
    expect(thrownCodes(source)).toEqual(codes);
  });

  it("is not needed by the compiler, which knows the codes", () => {
    const code: ErrorCode = "imap_closed";
    expect(new AccessError(code).code).toBe("imap_closed");
  });
});

// How answers to approval requests are read. The expectations beside the mails were written by people
// who had not seen the code. Two kinds of mistake would move money nobody approved.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { decide } from "../src/commands/decide.ts";

const FOLDER = fileURLToPath(new URL("fixtures/replies", import.meta.url));
const ENV = {
  STAFF_EMAILS: "staff@shop.example.jp,tanaka@shop.example.jp",
  AUTHSERV_IDS: "mx.shop.example.jp",
};

/** What an answer decides beside the decision itself; not compared where it decides nothing. */
const DETAILS = ["amount", "reason", "note", "choice", "reference"] as const;

interface Expected {
  readonly request: string;
  readonly decision: string;
  readonly sender: "ok" | "refused" | null;
  readonly thread: "ok" | "refused" | null;
  readonly [detail: string]: unknown;
}

interface Compared {
  readonly file: string;
  readonly expected: Expected;
  readonly found: Readonly<Record<string, unknown>>;
}

function load(folder: string): { file: string; expected: Expected }[] {
  return readdirSync(join(FOLDER, folder))
    .filter((name) => name.endsWith(".eml"))
    .map((name) => {
      const file = join(FOLDER, folder, name);
      return { file, expected: JSON.parse(readFileSync(file.replace(/eml$/, "json"), "utf8")) };
    });
}

async function decideAll(request: string, files: readonly string[]) {
  const lines: string[] = [];
  await decide(["--json", "--request", join(FOLDER, "requests", `${request}.eml`), ...files], {
    env: ENV,
    directory: FOLDER,
    print: (line) => lines.push(line),
    stop: new AbortController().signal,
  });
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const checked = (value: unknown) => (value === "ok" ? "ok" : "refused");

function differences({ expected, found }: Compared): string[] {
  const differs = (name: string, want: unknown, is: unknown) =>
    want === is ? [] : [`${name}: ${String(is)}, not ${String(want)}`];
  const decides = !["ambiguous", "none"].includes(expected.decision);
  return [
    ...differs("decision", expected.decision, found["decision"]),
    ...(expected.sender === null
      ? []
      : differs("sender", expected.sender, checked(found["sender"]))),
    ...(expected.thread === null
      ? []
      : differs("thread", expected.thread, checked(found["thread"]))),
    ...(decides ? DETAILS.flatMap((name) => differs(name, expected[name], found[name])) : []),
  ];
}

let all: Compared[] = [];
beforeAll(async () => {
  const mails = ["plain", "traps"].flatMap(load);
  all = [];
  for (const request of new Set(mails.map(({ expected }) => expected.request))) {
    const answers = mails.filter(({ expected }) => expected.request === request);
    const found = await decideAll(
      request,
      answers.map(({ file }) => file),
    );
    all.push(...answers.map((answer, at) => ({ ...answer, found: found[at] ?? {} })));
  }
}, 60_000);

const isApproved = ({ found }: Compared) => found["decision"] === "approve";
const isApproval = ({ expected }: Compared) => expected.decision === "approve";

describe("220 answers to requests", () => {
  it("are all there, of both kinds", () => {
    expect(all.length).toBeGreaterThanOrEqual(220);
    expect(all.filter(isApproval).length).toBeGreaterThan(80);
  });

  it("hold no false approval", () => {
    const wrong = all.filter((one) => isApproved(one) && !isApproval(one));
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  it("hold no wrong amount", () => {
    const wrong = all.filter(
      (one) => isApproved(one) && one.found["amount"] !== one.expected["amount"],
    );
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  it("are each read as people read them", () => {
    const wrong = all.flatMap((one) =>
      differences(one).map((difference) => `${one.file.slice(FOLDER.length + 1)}: ${difference}`),
    );
    expect(wrong).toEqual([]);
  });
});

import { type ParsedMail, simpleParser } from "mailparser";
import { describe, expect, it } from "vitest";
import { PermanentError } from "../../src/domain/errors.ts";
import type { Locale, MailName } from "../../src/domain/outgoing-mail.ts";
import { createMailComposer } from "../../src/mail/composer.ts";
import { sampleVariables } from "../../src/mail/sample-variables.ts";
import { loadTemplates } from "../../src/mail/templates.ts";
import type { MailDraft } from "../../src/ports.ts";

const templates = loadTemplates("templates", null);
const composer = createMailComposer({ templates });

function draft<Name extends MailName>(
  name: Name,
  changes: Partial<MailDraft<Name>> = {},
): MailDraft<Name> {
  const locale = changes.locale ?? "ja";
  return {
    name,
    variables: sampleVariables(locale)[name],
    locale,
    messageId: "henkin.0123456789abcdef@example.jp",
    date: Date.UTC(2026, 10, 21, 6, 50, 0),
    from: { name: "みほん商店", address: "shop@example.jp" },
    to: "tanaka@example.com",
    inReplyTo: null,
    references: [],
    headers: {},
    ...changes,
  };
}

async function source(mail: MailDraft): Promise<string> {
  return Buffer.from(await composer.compose(mail)).toString("latin1");
}

async function parsed(mail: MailDraft): Promise<ParsedMail> {
  return simpleParser(Buffer.from(await composer.compose(mail)));
}

/** The header fields as they are on the wire, unfolded. */
async function headerLines(mail: MailDraft): Promise<string[]> {
  const head = (await source(mail)).split("\r\n\r\n")[0] ?? "";
  return head.replace(/\r\n[ \t]+/g, " ").split("\r\n");
}

function field(lines: readonly string[], name: string): string[] {
  const start = `${name.toLowerCase()}: `;
  return lines
    .filter((line) => line.toLowerCase().startsWith(start))
    .map((l) => l.slice(start.length));
}

const LOCALES: readonly Locale[] = ["ja", "en"];
const NAMES = Object.keys(sampleVariables("ja")) as MailName[];
const ALL = LOCALES.flatMap((locale) => NAMES.map((name): [Locale, MailName] => [locale, name]));

describe("a composed mail", () => {
  it.each(ALL)("reads back as it was rendered in %s: %s", async (locale, name) => {
    const mail = draft(name, { locale });
    const expected = templates.render(name, locale, mail.variables);
    const read = await parsed(mail);
    expect(read.subject).toBe(expected.subject);
    expect(read.text?.trimEnd()).toBe(expected.text.trimEnd());
    expect(String(read.html).trimEnd()).toBe(expected.html.trimEnd());
  });

  it.each(ALL)("is plain SMTP without long or bare lines in %s: %s", async (locale, name) => {
    const bytes = await source(draft(name, { locale }));
    expect(bytes).not.toMatch(/[^\r]\n|\r[^\n]/);
    expect(bytes).not.toMatch(/[\x80-\xff\0]/);
    expect(Math.max(...bytes.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(78);
  });

  it("never breaks a long line of plain English in two", async () => {
    const customer = `${"word ".repeat(30)}OK ${"word ".repeat(30)}`.trim();
    const variables = { ...sampleVariables("en").acknowledgement, customer };
    const mail = draft("acknowledgement", { locale: "en", variables });
    expect((await parsed(mail)).text?.split("\n")).toContain(`Dear ${customer},`);
    expect(await source(mail)).not.toContain("format=flowed");
  });

  it("says who writes, to whom, when and under which name", async () => {
    const lines = await headerLines(
      draft("approval_request", {
        inReplyTo: "opening@example.com",
        references: ["root@example.com", "opening@example.com"],
        headers: { "X-Henkin": "v1 abc" },
      }),
    );
    expect(field(lines, "Message-ID")).toEqual(["<henkin.0123456789abcdef@example.jp>"]);
    expect(field(lines, "Date")).toEqual(["Sat, 21 Nov 2026 06:50:00 +0000"]);
    expect(field(lines, "To")).toEqual(["tanaka@example.com"]);
    expect(field(lines, "In-Reply-To")).toEqual(["<opening@example.com>"]);
    expect(field(lines, "References")).toEqual(["<root@example.com> <opening@example.com>"]);
    expect(field(lines, "Auto-Submitted")).toEqual(["auto-generated"]);
    expect(field(lines, "X-Auto-Response-Suppress")).toEqual(["All"]);
    expect(field(lines, "X-Henkin")).toEqual(["v1 abc"]);
    expect(field(lines, "Content-Type")[0]).toMatch(/^multipart\/alternative; boundary=/);
    const { from } = await parsed(draft("approval_request"));
    expect(from?.value).toEqual([{ name: "みほん商店", address: "shop@example.jp" }]);
  });

  it("has no thread where it answers nothing, and the answered mail in its references", async () => {
    const alone = await headerLines(draft("refunded"));
    expect([...field(alone, "In-Reply-To"), ...field(alone, "References")]).toEqual([]);
    const answer = await headerLines(draft("refunded", { inReplyTo: "<opening@example.com>" }));
    expect(field(answer, "References")).toEqual(["<opening@example.com>"]);
  });

  it("keeps the first and the last messages of an endless thread", async () => {
    const references = Array.from({ length: 500 }, (_, i) => `m${i}@example.com`);
    const value = field(await headerLines(draft("refunded", { references })), "References")[0];
    const ids = value?.split(/\s+/) ?? [];
    expect(ids).toHaveLength(20);
    expect([ids[0], ids.at(-1)]).toEqual(["<m0@example.com>", "<m499@example.com>"]);
  });

  it("is the same, byte for byte, for the same draft, and another for another", async () => {
    const first = await source(draft("candidates"));
    const again = createMailComposer({ templates: loadTemplates("templates", null) });
    const second = Buffer.from(await again.compose(draft("candidates"))).toString("latin1");
    expect(second).toBe(first);
    const boundary = (bytes: string) => /boundary="([^"]+)"/.exec(bytes)?.[1];
    const other = await source(draft("candidates", { messageId: "henkin.other@example.jp" }));
    expect(boundary(other)).not.toBe(boundary(first));
  });
});

describe("addresses", () => {
  it.each([
    ["a..b@docomo.ne.jp", '<"a..b"@docomo.ne.jp>'],
    ["a.@docomo.ne.jp", '<"a."@docomo.ne.jp>'],
    [".a@docomo.ne.jp", '<".a"@docomo.ne.jp>'],
    ['"a..b"@docomo.ne.jp', '<"a..b"@docomo.ne.jp>'],
    ["a.b+c@example.com", "a.b+c@example.com"],
  ])("quotes %s where RFC 5322 asks for it", async (to, expected) => {
    expect(field(await headerLines(draft("refunded", { to })), "To")).toEqual([expected]);
  });

  it("quotes such an address of the shop too", async () => {
    const from = { name: "Shop", address: "s..hop@docomo.ne.jp" };
    const lines = await headerLines(draft("refunded", { from }));
    expect(field(lines, "From")).toEqual(['Shop <"s..hop"@docomo.ne.jp>']);
  });

  it.each([
    "a@example.com, evil@example.net",
    "a@example.com; evil@example.net",
    "a@example.com> evil@example.net",
    "evil@example.net <a@example.com>",
    "group: evil@example.net, a@example.com;",
  ])("never becomes two recipients: %s", async (to) => {
    const read = await parsed(draft("refunded", { to }));
    const found = Array.isArray(read.to) ? read.to.flatMap((t) => t.value) : (read.to?.value ?? []);
    expect(found).toHaveLength(1);
    expect(found[0]?.address).not.toBe("evil@example.net");
  });

  it.each(["", "nobody", "@example.com", "a@"])("refuses %j", async (to) => {
    await expect(composer.compose(draft("refunded", { to }))).rejects.toThrow(PermanentError);
  });
});

const EVIL = "x\r\nBcc: evil@example.net\r\n\r\n<script>\0\u2028\u0085y";

describe("header injection", () => {
  it.each(ALL)("is impossible through any variable in %s: %s", async (locale, name) => {
    const sample = sampleVariables(locale)[name];
    const evil = Object.fromEntries(
      Object.entries(sample).map(([key, value]) => [key, typeof value === "string" ? EVIL : value]),
    );
    const mail = draft(name, { locale, variables: evil as unknown as typeof sample });
    const read = await parsed(mail);
    expect(read.bcc).toBeUndefined();
    expect(read.subject).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(field(await headerLines(mail), "Bcc")).toEqual([]);
    expect(read.html).not.toContain("<script>");
  });

  it("is impossible through addresses, identifiers and further headers", async () => {
    const mail = draft("refunded", {
      messageId: "henkin.1@example.jp\r\nBcc: evil@example.net",
      inReplyTo: "<a@example.com>\r\nBcc: evil@example.net",
      references: ["b@example.com\r\n\r\nbody", "\0", "c d@example.com"],
      from: { name: EVIL, address: "shop@example.jp\r\nBcc: evil@example.net" },
      to: "tanaka@example.com\r\nBcc: evil@example.net",
      headers: { "X-Henkin": EVIL },
    });
    const lines = await headerLines(mail);
    expect(field(lines, "Bcc")).toEqual([]);
    for (const name of ["From", "To", "Message-ID", "X-Henkin", "References"]) {
      expect([name, field(lines, name).length]).toEqual([name, 1]);
    }
    expect((await parsed(mail)).text).toContain("返金の手続きが完了いたしました");
  });

  it.each(["X-A\r\nBcc", "X A", "", "X-A:", "Bcc", "To", "content-type", "Auto-Submitted"])(
    "is refused as the name of a header: %j",
    async (name) => {
      const mail = draft("refunded", { headers: { [name]: "x" } });
      await expect(composer.compose(mail)).rejects.toThrow(PermanentError);
    },
  );

  it("shows what looks like an encoded word as it stands", async () => {
    const word = "=?UTF-8?B?DQpCY2M6IGV2aWxAZXhhbXBsZS5uZXQ=?=";
    const variables = { ...sampleVariables("ja").staff_task, reason: word };
    const english = { ...sampleVariables("en").staff_task, reason: word };
    expect((await parsed(draft("staff_task", { variables }))).subject).toContain(word);
    const mail = draft("staff_task", { locale: "en", variables: english });
    expect((await parsed(mail)).subject).toContain(word);
  });

  it("drops identifiers that no line can hold", async () => {
    const long = `${"a".repeat(2000)}@example.com`;
    const lines = await headerLines(draft("refunded", { inReplyTo: long, references: [long] }));
    expect([...field(lines, "In-Reply-To"), ...field(lines, "References")]).toEqual([]);
  });
});

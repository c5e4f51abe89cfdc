// A shop's own wording in TEMPLATES_DIR: whole files, sections of them, or single sentences, each tried
// before anything starts.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../../src/domain/errors.ts";
import type { Locale, MailName } from "../../src/domain/outgoing-mail.ts";
import { sampleVariables } from "../../src/mail/sample-variables.ts";
import { loadTemplates, type RenderedMail } from "../../src/mail/templates.ts";

const TEMPLATES = "templates";
const standard = loadTemplates(TEMPLATES, null);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "henkin-wording-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(path: string, ...lines: readonly string[]): string {
  const file = join(dir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

function rendered(name: MailName, change: object = {}, locale: Locale = "ja"): RenderedMail {
  const variables = { ...sampleVariables(locale)[name], ...change };
  return loadTemplates(TEMPLATES, dir).render(name, locale, variables as never);
}

function problems(): readonly string[] {
  try {
    loadTemplates(TEMPLATES, dir);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const usual = (name: MailName) => standard.render(name, "ja", sampleVariables("ja")[name]);

describe("a sentence of the shop's own", () => {
  it("stands in text and HTML in the place of henkin's, and all else stays", () => {
    write("ja/refunded.hbs", "--- sentences", "opening: このたびはご迷惑をおかけしました。");
    const { subject, text, html } = rendered("refunded");
    for (const [own, before] of [
      [subject, usual("refunded").subject],
      [text, usual("refunded").text],
      [html, usual("refunded").html],
    ] as const) {
      expect(own).toBe(
        before.replace(
          "下記のとおり、返金の手続きが完了いたしました。",
          "このたびはご迷惑をおかけしました。",
        ),
      );
    }
    expect(text).toContain("このたびはご迷惑をおかけしました。");
  });

  it("of a partial changes every mail that has it", () => {
    write("ja/partials/contact.hbs", "--- sentences", "questions: お電話でもうけたまわります。");
    for (const name of ["refunded", "rejected", "voided"] as const) {
      const { text, html } = rendered(name);
      expect(text).toContain("\n\nお電話でもうけたまわります。\n\n");
      expect(html).toContain('<p style="margin:0 0 16px;">お電話でもうけたまわります。</p>');
    }
  });

  it("may be empty, and then leaves no trace", () => {
    write("ja/partials/arrival.hbs", "--- sentences", "card_other_mail:");
    const { text, html } = rendered("refunded");
    expect(text).not.toContain("同じ返金");
    expect(text).not.toMatch(/\n{3}/);
    expect(html).not.toMatch(/<p[^>]*>\s*<\/p>/);
  });

  it("is text: what looks like HTML is shown, and variables are escaped once", () => {
    write("ja/voided.hbs", "--- sentences", 'opening: <b>"{{shopName}}"</b> & {{amount}}');
    const { text, html } = rendered("voided", { shopName: "A&B <i>" });
    expect(text).toContain('<b>"A&B <i>"</b> & ¥2,467');
    expect(html).toContain("&lt;b&gt;&quot;A&amp;B &lt;i&gt;&quot;&lt;/b&gt; &amp; ¥2,467");
  });

  it("is folded in the text, and not in the HTML", () => {
    const long = `${"お手数をおかけして申し訳ございませんが、".repeat(5)}お願いいたします。`;
    write("ja/voided.hbs", "--- sentences", `opening: ${long}`);
    const { text, html } = rendered("voided");
    expect(html).toContain(long);
    expect(text).not.toContain(long);
    expect(text.replaceAll("\n", "")).toContain(long);
  });
});

describe("a section of the shop's own", () => {
  it("replaces that section, and the others stay", () => {
    write("ja/refunded.hbs", "--- subject", "ご返金のお知らせ [{{reference}}]");
    const own = rendered("refunded");
    expect(own).toEqual({ ...usual("refunded"), subject: "ご返金のお知らせ [R-12]" });
  });

  it("may print sentences of the file, and new ones of its own", () => {
    write(
      "ja/voided.hbs",
      ...["--- sentences", "bye: それでは失礼いたします。"],
      ...["--- text", "{{customer}}", '{{say "opening"}}', '{{say "bye"}}', "{{> contact}}"],
    );
    const { text, html } = rendered("voided");
    expect(text).toMatch(/^田中太郎 様\n下記のご注文に[\s\S]*\nそれでは失礼いたします。\n/);
    expect(html).toBe(usual("voided").html);
  });
});

describe("a wording that is wrong stops the start, and names file and sentence:", () => {
  it("a name that the file does not have", () => {
    const file = write("ja/refunded.hbs", "--- sentences", "openning: こんにちは。");
    expect(problems()).toEqual([`${file}: there is no sentence "openning" in this file`]);
  });

  it("a name of another file", () => {
    const file = write("ja/refunded.hbs", "--- sentences", "questions: こんにちは。");
    expect(problems()).toEqual([`${file}: there is no sentence "questions" in this file`]);
  });

  it("a variable that the mail does not have", () => {
    const file = write("ja/refunded.hbs", "--- sentences", "opening: {{amonut}}");
    expect(problems()).toHaveLength(1);
    expect(problems()[0]).toContain(`sentence "opening" of ${file}: "amonut"`);
  });

  it("a variable that only some of a partial's mails have", () => {
    const file = write("ja/partials/contact.hbs", "--- sentences", "questions: {{amount}}");
    expect(problems().length).toBeGreaterThan(1);
    for (const problem of problems()) {
      expect(problem).toContain(`sentence "questions" of ${file}: "amount"`);
    }
  });

  it("a condition on a variable that does not exist", () => {
    write("ja/refunded.hbs", "--- sentences", "opening: {{#if amonut}}x{{/if}}");
    expect(problems()[0]).toMatch(/sentence "opening" of .*"amonut"/);
  });

  it("Handlebars that do not compile", () => {
    const file = write("ja/refunded.hbs", "--- sentences", "opening: {{#if note}}x");
    expect(problems().join("\n")).toContain(`${file}: sentence "opening": Parse error`);
  });

  it("a value that would not be escaped", () => {
    const file = write("ja/refunded.hbs", "--- sentences", "opening: {{{note}}}");
    expect(problems()).toEqual([expect.stringContaining(`${file}: html prints a value unescaped`)]);
  });

  it("a line that is no sentence, and a name twice", () => {
    const file = write("ja/refunded.hbs", ...["--- sentences", "こんにちは。", "day: x", "day: y"]);
    expect(problems()).toEqual([
      `${file}: "こんにちは。" is not "name: sentence"`,
      `${file}: has two sentences "day"`,
    ]);
  });

  it("a sentence that a section asks for and nobody has, even in a branch that no sample takes", () => {
    const file = write(
      "ja/voided.hbs",
      ...["--- text", '{{#if amount}}{{else}}{{#if orderNumber}}{{say "nothing"}}{{/if}}{{/if}}'],
      ...["{{customer}} {{shopEmail}}"],
    );
    expect(problems()).toEqual([`${file}: there is no sentence "nothing"`]);
  });

  it("a partial's sentence of a name that another partial has", () => {
    const file = write("ja/partials/hours.hbs", "--- sentences", "questions: x", "--- text", "x");
    expect(problems().join("\n")).toContain(file.replace("hours", "contact").split("/").at(-1));
    expect(problems().join("\n")).toContain('has a sentence "questions", too');
  });

  it("a sentence that leaves out whom the mail is for or whom to ask", () => {
    write(
      "ja/voided.hbs",
      ...["--- text", '{{say "opening"}}', "--- html", '{{#> layout}}{{say "opening"}}{{/layout}}'],
    );
    const found = problems().join("\n");
    expect(found).toMatch(/voided\.hbs: text: must print \{\{shopEmail\}\}/);
    expect(found).toMatch(/voided\.hbs: html: must print \{\{customer\}\}/);
  });

  it("a file without any section", () => {
    const file = write("ja/refunded.hbs", "opening: こんにちは。");
    expect(problems()).toEqual([expect.stringContaining(`${file}: has no line "--- subject"`)]);
  });
});

describe("henkin's own sentences", () => {
  const files = (["ja", "en"] as const).flatMap((locale) =>
    Object.entries(sampleVariables(locale))
      .filter(([, sample]) => "shopEmail" in sample)
      .map(([name]) => join(TEMPLATES, locale, `${name.replaceAll("_", "-")}.hbs`)),
  );

  it.each(files)("are each printed once by the text and once by the HTML: %s", (file) => {
    const [head = "", text = "", html = ""] = readFileSync(file, "utf8").split(
      /^--- (?:text|html)$/m,
    );
    const names = Array.from(head.matchAll(/^([a-z_]+): /gm), ([, name = ""]) => name);
    const said = (part: string) =>
      Array.from(part.matchAll(/(?:say |paragraph name=)"([a-z_]+)"/g), ([, name = ""]) => name)
        // Of a partial that all mails share.
        .filter((name) => name !== "ticket_number");
    expect(names.length).toBeGreaterThan(1);
    expect(said(text).sort()).toEqual([...names].sort());
    expect(said(html).sort()).toEqual([...names].sort());
  });

  it.each(files)("are the only words of a mail: %s", (file) => {
    const body = readFileSync(file, "utf8").split("--- text")[1] ?? "";
    const words = body.replace(/\{\{.*?\}\}|<[^>]*>|^--- html$/gm, "").replace(/Dear/g, "");
    expect(words.replace(/[\s・,-]/g, "")).toBe("");
  });
});

describe("the example in README", () => {
  const readme = readFileSync("README.md", "utf8");
  const section = readme.split("### Your own wording")[1]?.split(/^#{2,3} /m)[0] ?? "";
  const examples = [...section.matchAll(/^`my-templates\/(\S+)`:\n\n```\n([\s\S]*?)```$/gm)];

  it("is there, is taken, and says what it says", () => {
    expect(examples).toHaveLength(2);
    for (const [, path = "", content = ""] of examples) write(path, content.trimEnd());
    expect(problems()).toEqual([]);
    const { text } = rendered("refunded");
    expect(text).toContain("ご注文 679 の返金の手続きが完了いたしました。");
    expect(text).not.toContain("同じ返金についてのご案内");
  });

  it("tells of every way that is tested here", () => {
    for (const word of ["`--- sentences`", "`TEMPLATES_DIR`", "`{{say", "left empty"]) {
      expect(section).toContain(word);
    }
  });
});

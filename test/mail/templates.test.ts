import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readWords } from "../../src/domain/approval/approval-words.ts";
import { writtenText } from "../../src/domain/approval/reply-text.ts";
import { ConfigError } from "../../src/domain/errors.ts";
import type { Locale, MailName, MailVariables } from "../../src/domain/outgoing-mail.ts";
import { sampleVariables, sampleVariants } from "../../src/mail/sample-variables.ts";
import { loadTemplates, type RenderedMail } from "../../src/mail/templates.ts";

const TEMPLATES = "templates";
const templates = loadTemplates(TEMPLATES, null);

const LOCALES: readonly Locale[] = ["ja", "en"];
const NAMES = Object.keys(sampleVariables("ja")) as MailName[];
const STAFF: readonly MailName[] = [
  "approval_request",
  "candidates",
  "deposit_question",
  "ambiguous_answer",
  "decision_made",
  "reminder",
  "staff_task",
  "status_inquiry",
  "escalation",
];
const WITHOUT_TICKET: readonly MailName[] = ["summary", "open_tickets"];
const CUSTOMER = NAMES.filter((name) => ![...STAFF, ...WITHOUT_TICKET].includes(name));

function each(names: readonly MailName[]): [Locale, MailName][] {
  return LOCALES.flatMap((locale) => names.map((name): [Locale, MailName] => [locale, name]));
}

function rendered(locale: Locale, name: MailName): RenderedMail {
  return templates.render(name, locale, sampleVariables(locale)[name]);
}

/** Every rendering a mail can have, with both sides of its conditions. */
function renderings(locale: Locale, name: MailName): RenderedMail[] {
  const sample = sampleVariables(locale)[name];
  return [sample, ...sampleVariants(sample)].map((variables) =>
    templates.render(name, locale, variables),
  );
}

/** What a person sees, the harshest way: every tag is the end of a line. */
function visibleLines(mail: RenderedMail): string[] {
  const html = mail.html
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<[^>]*>/g, "\n")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&#x27;/g, "'")
    .replace(/&amp;/g, "&");
  return [...mail.text.split("\n"), ...html.split("\n")].map((line) => line.trim()).filter(Boolean);
}

describe("every mail", () => {
  it.each(each(NAMES))("renders in %s: %s", (locale, name) => {
    const mail = rendered(locale, name);
    expect(mail.subject).toMatch(/^[^\p{Cc}]+$/u);
    expect(mail.text.length).toBeGreaterThan(40);
    expect(mail.html).toMatch(/^<!doctype html>\n<html lang="(ja|en)">/);
    expect(mail.html).toContain(`lang="${locale}"`);
    expect(`${mail.subject}${mail.text}${mail.html}`).not.toMatch(/undefined|\[object|\{\{|\}\}/);
  });

  it.each(each(NAMES))("has no unclosed element and fetches nothing in %s: %s", (locale, name) => {
    for (const { html } of renderings(locale, name)) {
      for (const tag of ["html", "head", "body", "div", "p", "b", "a"]) {
        const opened = html.match(new RegExp(`<${tag}[ >]`, "g")) ?? [];
        const closed = html.match(new RegExp(`</${tag}>`, "g")) ?? [];
        expect([tag, closed.length]).toEqual([tag, opened.length]);
      }
      expect(html).not.toMatch(/<img|<link|<script|<style|src=|url\(|@import/i);
      expect(html).toContain("max-width:600px");
    }
  });

  it.each(each(NAMES))(
    "keeps its text narrow enough not to be wrapped in %s: %s",
    (locale, name) => {
      const lines = rendered(locale, name).text.split("\n");
      const width = (line: string) => [...line].reduce((n, c) => n + (c > "\u2fff" ? 2 : 1), 0);
      const isFree = (line: string) => /https?:|[≠✓│]/.test(line);
      expect(lines.filter((line) => !isFree(line) && width(line) > 78)).toEqual([]);
    },
  );

  it.each(each(NAMES.filter((name) => !WITHOUT_TICKET.includes(name))))(
    "carries its reference in the subject in %s: %s",
    (locale, name) => {
      expect(rendered(locale, name).subject).toContain("[R-12]");
    },
  );

  it("names no ticket in the subject of a task that has none", () => {
    const task = { ...sampleVariables("ja").staff_task, reference: "", code: "" };
    expect(templates.render("staff_task", "ja", task).subject).toBe(
      "対応のお願い: 銀行振込での返金",
    );
  });
});

describe("a mail to staff", () => {
  it.each(each(STAFF))("has no line that reads as an answer in %s: %s", (locale, name) => {
    for (const mail of renderings(locale, name)) {
      const bare = visibleLines(mail).filter((line) => readWords(line).kind !== "ambiguous");
      expect(bare).toEqual([]);
    }
  });

  it.each(each(STAFF))("begins with the marker line in %s: %s", (locale, name) => {
    const marker =
      locale === "ja"
        ? "##- 返信はこの線より上にお書きください -##"
        : "##- Please write your answer above this line -##";
    const mail = rendered(locale, name);
    expect(mail.text.split("\n")[0]).toBe(marker);
    expect(
      mail.html
        .replace(/<head>.*<\/head>/s, "")
        .replace(/<[^>]*>/g, "")
        .trim(),
    ).toMatch(new RegExp(`^${marker}`));
  });

  it.each(each(STAFF))(
    "leaves only the answer when quoted without marks in %s: %s",
    (locale, name) => {
      const reply = `NG\n\n${rendered(locale, name).text}`;
      expect(writtenText({ text: reply, htmlText: null })).toEqual({ text: "NG", ambiguous: null });
    },
  );

  it.each(each(["approval_request", "candidates", "ambiguous_answer", "reminder", "staff_task"]))(
    "prints its code as a line of the quoted part in %s: %s",
    (locale, name) => {
      const line = locale === "ja" ? "コード: 7C02A9F41D" : "Code: 7C02A9F41D";
      const mail = rendered(locale, name);
      expect(mail.text.split("\n")).toContain(line);
      expect(mail.html).toContain(line);
      expect(readWords(line).code).toBe("7C02A9F41D");
    },
  );

  it("puts a bar before every line of the customer's and of the answer's text", () => {
    const words = ["OK", "承認", "1", "0", "確認", "コード: XXXX"];
    const samples = sampleVariables("ja");
    const mails = [
      templates.render("approval_request", "ja", {
        ...samples.approval_request,
        customerText: words,
      }),
      templates.render("candidates", "ja", { ...samples.candidates, customerText: words }),
      templates.render("ambiguous_answer", "ja", { ...samples.ambiguous_answer, answer: words }),
    ];
    for (const mail of mails) {
      for (const word of words) {
        expect(visibleLines(mail)).toContain(`│ ${word}`);
        expect(visibleLines(mail)).not.toContain(word);
      }
    }
  });

  it("names the decision before anything else and every word of an answer", () => {
    const { text } = rendered("ja", "approval_request");
    expect(text).toMatch(/^##-.*\n\n■ ¥2,467 を返金してよいですか？\n　お客様: 田中太郎/);
    for (const word of ["「OK」", "「OK 1234」", "「NG」", "「保留」", "「返品待ち」"]) {
      expect(text).toContain(word);
    }
    for (const word of ["発送停止", "注文取消", "在庫", "本番"]) expect(text).toContain(word);
    expect(text).toContain("✓ 注文番号: 679");
    expect(text).toContain("≠ お名前: 決済では「タナカ タロウ」、お問い合わせでは「田中太郎」");
    const { text: list } = rendered("ja", "candidates");
    for (const word of ["「1」", "「0」", "「確認」"]) expect(list).toContain(word);
  });

  it("offers no approval button where a plain OK stands for nothing", () => {
    const sample = sampleVariables("ja").approval_request;
    const open = templates.render("approval_request", "ja", {
      ...sample,
      amount: "",
      hasProposal: false,
    });
    expect(open.html).not.toContain("body=OK");
    expect(open.text).toContain("「OK」だけでは金額が決まりません");
    expect(rendered("ja", "approval_request").html).toContain("body&#x3D;OK");
  });

  it("offers no other amount for a void, and says so", () => {
    const sample = { ...sampleVariables("ja").approval_request, isVoid: true };
    const { text } = templates.render("approval_request", "ja", sample);
    expect(text).toContain("¥2,467 の請求を取り消してよいですか？");
    expect(text).not.toContain("OK 1234");
  });

  it.each(["ja", "en"] as const)("says who is to transfer where it is by hand, in %s", (locale) => {
    const payout = { isPayout: true, route: "bank" as const };
    const sample = { ...sampleVariables(locale).approval_request, ...payout };
    const { text, html } = templates.render("approval_request", locale, sample);
    for (const part of [text, html]) {
      expect(part).toMatch(locale === "ja" ? /承認した方に、手順を/ : /Whoever approves is then/);
      expect(part).not.toMatch(/口座の登録をお願い|may be asked for a bank account/);
    }
  });

  it("says test where the provider is in test mode", () => {
    const sample = { ...sampleVariables("ja").approval_request, testMode: true };
    const mail = templates.render("approval_request", "ja", sample);
    expect(mail.subject).toContain("【テスト】");
    expect(mail.text).toContain("環境: テスト");
    expect(mail.text).not.toContain("本番");
  });
});

/** Words that say the money is back. */
const COMPLETION =
  /返金(?:の(?:お)?手続き)?(?:が|を|は)?(?:完了|いたしました|しました)|refunded|refund (?:procedure )?(?:is|has been) (?:complete|made|paid)/i;

describe("a provider's answer that staff have to see", () => {
  const rawAnswer = ["<b>OK</b>", "OK"];

  it.each(each(["approval_request", "candidates", "deposit_question", "staff_task"]))(
    "stands in %s %s as it came, and no line of it is an answer",
    (locale, name) => {
      const sample = { ...sampleVariables(locale)[name], rawAnswer };
      const { text, html } = templates.render(name, locale, sample);
      expect(text).toContain("│ <b>OK</b>\n│ OK\n");
      expect(html).toContain("│ &lt;b&gt;OK&lt;/b&gt;");
      expect(text.split("\n")).not.toContain("OK");
      const without = templates.render(name, locale, { ...sample, rawAnswer: [] });
      const title = locale === "ja" ? "届いたまま" : "as it came";
      expect([text.includes(title), without.text.includes(title)]).toEqual([true, false]);
      expect(without.html).not.toContain(title);
    },
  );
});

describe("a mail to the customer", () => {
  it.each(each(CUSTOMER))("names customer, reference and contact in %s: %s", (locale, name) => {
    const { customer, shopEmail } = sampleVariables(locale).refunded;
    for (const mail of renderings(locale, name).slice(0, -1)) {
      for (const body of [mail.text, mail.html]) {
        expect(body).toContain(customer);
        expect(body).toContain("R-12");
        expect(body).toContain(shopEmail);
      }
    }
  });

  it.each(each(CUSTOMER.filter((name) => name !== "need_order_number")))(
    "names the order in %s: %s",
    (locale, name) => {
      expect(rendered(locale, name).text).toMatch(/(?:ご注文番号|Order number): 679\n/);
    },
  );

  // A draft says whatever is true, and goes to staff.
  const MAY_CLAIM: readonly MailName[] = ["refunded", "already_refunded", "status_inquiry"];
  it.each(each(NAMES.filter((name) => !MAY_CLAIM.includes(name))))(
    "never claims in %s that money is back where it is not: %s",
    (locale, name) => {
      for (const mail of renderings(locale, name)) {
        expect(`${mail.subject}\n${mail.text}\n${mail.html}`).not.toMatch(COMPLETION);
      }
    },
  );

  it.each(each(["refunded", "already_refunded"]))("does claim it in %s in %s", (locale, name) => {
    const { text, html } = rendered(locale, name);
    expect(text).toMatch(COMPLETION);
    expect(html).toMatch(COMPLETION);
  });

  it.each(each(CUSTOMER.filter((name) => name !== "nothing_charged" && name !== "voided")))(
    "never claims in %s that nothing was charged: %s",
    (locale, name) => {
      for (const mail of renderings(locale, name)) {
        expect(mail.text).not.toMatch(/ご請求は発生|not (?:be|been) charged/);
      }
    },
  );

  it("promises only what the route of the money keeps", () => {
    const sample = sampleVariables("ja").refunded;
    const text = (route: MailVariables["refunded"]["route"]) =>
      templates.render("refunded", "ja", { ...sample, route }).text;
    expect(text("card")).toContain("5〜10営業日");
    expect(text("card")).toContain("カード会社により異なります");
    expect(text("bank")).toContain("お客様の口座へのお振込み");
    for (const route of ["bank", "instalments", "other"] as const) {
      expect(text(route)).not.toContain("カード会社");
    }
  });

  it("gives the reason of a rejection only where there is one", () => {
    const sample = sampleVariables("ja").rejected;
    const text = (reason: Partial<MailVariables["rejected"]>) =>
      templates.render("rejected", "ja", { ...sample, ...reason }).text;
    expect(text({ isExpired: true })).toContain("期間を過ぎている");
    expect(text({ isShipped: true })).toContain("発送している");
    expect(text({ isNotCovered: true })).toContain("返金の対象外");
    expect(text({})).not.toMatch(/過ぎている|発送している|対象外/);
  });

  it("says nothing about the order to an address nobody has verified", () => {
    const mail = rendered("ja", "need_order_number");
    expect(mail.text).not.toMatch(/679|¥/);
  });
});

describe("the summary", () => {
  it("says in the subject how many need action", () => {
    const sample = sampleVariables("ja").summary;
    expect(templates.render("summary", "ja", sample).subject).toMatch(/^要対応 5件/);
    const quiet = templates.render("summary", "ja", { ...sample, needsAction: 0 });
    expect(quiet.subject).toMatch(/^要対応なし/);
  });

  it.each(LOCALES)(
    "has no line that reads as an answer where a customer is called OK, in %s",
    (locale) => {
      const summary = sampleVariables(locale).summary;
      const called = <Line extends { order: string; note: string }>(lines: readonly Line[]) =>
        lines.map((line) => ({ ...line, order: "OK", note: "OK" }));
      const night = templates.render("summary", locale, {
        ...summary,
        waiting: called(summary.waiting),
        openRefunds: called(summary.openRefunds),
        quarantined: [{ from: "OK", subject: "OK", reason: "too_large" }],
      });
      const { tickets, ...open } = sampleVariables(locale).open_tickets;
      const list = templates.render("open_tickets", locale, { ...open, tickets: called(tickets) });
      const lines = [night, list].flatMap(({ text }) => text.split("\n"));
      expect(lines.filter((line) => readWords(line).kind !== "ambiguous")).toEqual([]);
    },
  );

  it.each(LOCALES)("reads well on a full night in %s", async (locale) => {
    const { subject, text } = rendered(locale, "summary");
    await expect(`${subject}\n\n${text}`).toMatchFileSnapshot(
      `../fixtures/summary/full-${locale}.txt`,
    );
  });

  it.each(LOCALES)("puts what needs a person before every figure in %s", (locale) => {
    const { html } = rendered(locale, "summary");
    const places = ["[R-5]", "[R-12]", "[R-6]", "[R-8]", "14.1", "11/07"].map((text) =>
      html.indexOf(text),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it.each(LOCALES)("has no colour without its counterpart in %s", (locale) => {
    const styles = rendered(locale, "summary").html.match(/style="[^"]*"/g) ?? [];
    const text = styles.filter((style) => /[;"]color:/.test(style));
    expect(text.length).toBeGreaterThan(0);
    for (const style of text) expect(style).toMatch(/background-color:#[0-9a-f]{6}/);
  });
});

const INJECTION = `<b>"x"</b>&<script>alert(1)</script>\r\nBcc: evil@example.net\nOK\u0000\u2028承認\u202e`;

/** The sample with `text` in every string of it. */
function injected<Value>(value: Value, text: string): Value {
  if (typeof value === "string") return text as Value;
  if (Array.isArray(value)) return value.map((item) => injected(item, text)) as Value;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    return [key, key === "mark" || key === "route" ? item : injected(item, text)];
  });
  return Object.fromEntries(entries);
}

describe("values from outside", () => {
  it.each(each(NAMES))("show as text wherever they are printed in %s: %s", (locale, name) => {
    const variables = injected(sampleVariables(locale)[name], INJECTION);
    const mail = templates.render(name, locale, variables);
    expect(mail.subject).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(mail.html).not.toContain("<script>");
    expect(mail.html).not.toContain("<b>&quot;x");
    expect(mail.html).not.toContain('<b>"');
    expect(mail.html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(mail.text).toContain('<b>"x"</b>&<script>');
    for (const line of [...mail.text.split("\n"), ...mail.html.split("\n")]) {
      expect(line).not.toMatch(/^\s*(?:OK|承認|Bcc:.*)\s*$/);
    }
    expect(mail.text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  });

  it.each(each(NAMES))("are never run as a template in %s: %s", (locale, name) => {
    const variables = injected(sampleVariables(locale)[name], "{{shopName}}{{{x}}}");
    const mail = templates.render(name, locale, variables);
    expect(mail.text).toContain("{{shopName}}{{{x}}}");
  });
});

describe("loading", () => {
  let dir: string;
  let overrides: string;

  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), "henkin-templates-"));
    dir = join(root, "templates");
    overrides = join(root, "overrides");
    cpSync(TEMPLATES, dir, { recursive: true });
    mkdirSync(overrides);
  });
  afterEach(() => rmSync(dirname(dir), { recursive: true }));

  function write(root: string, path: string, change: string | ((before: string) => string)): void {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    const after =
      typeof change === "string" ? change : change(readFileSync(join(dir, path), "utf8"));
    writeFileSync(file, after);
  }

  function problems(overrideDir: string | null = null): readonly string[] {
    try {
      loadTemplates(dir, overrideDir);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  }

  it("asks nothing of a language that is not needed, and has it for a mail that is queued in it", () => {
    write(dir, "en/refunded.hbs", "--- subject\n{{#if note}}\n--- text\nx\n--- html\nx\n");
    expect(problems()).toHaveLength(1);
    const loaded = loadTemplates(dir, null, ["ja"]);
    const { voided } = sampleVariables("en");
    expect(loaded.render("voided", "en", voided)).toEqual(templates.render("voided", "en", voided));
  });

  it("refuses a template that does not compile, naming file and line", () => {
    write(
      dir,
      "ja/refunded.hbs",
      "--- subject\n[{{reference}}]\n--- text\n{{#if note}}\n--- html\nx\n",
    );
    const found = problems();
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(join(dir, "ja/refunded.hbs"));
    expect(found[0]).toMatch(/text: Parse error on line [45]/);
  });

  it.each([
    ["printed", "{{amonut}}"],
    ["tested", "{{#if amonut}}x{{/if}}"],
    ["listed", "{{#each amonut}}x{{/each}}"],
    ["compared", '{{#if (is amonut "x")}}x{{/if}}'],
    ["passed on", "{{> quote lines=amonut}}"],
    ["printed on the other side of a condition", "{{#if isPartial}}{{else}}{{amonut}}{{/if}}"],
  ])("refuses a variable that does not exist where it is %s", (_where, line) => {
    write(dir, "ja/refunded.hbs", (before) => before.replace("--- html", `${line}\n--- html`));
    const found = problems();
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(join(dir, "ja/refunded.hbs"));
    expect(found[0]).toContain("amonut");
  });

  it("refuses a partial that is not given what it prints", () => {
    const button = '{{> button href=approveLink colour="#000000"}}';
    write(dir, "ja/approval-request.hbs", (before) =>
      before.replace("{{/layout}}", `${button}\n{{/layout}}`),
    );
    expect(problems()).toEqual([
      expect.stringMatching(/approval-request\.hbs: "label" not defined/),
    ]);
  });

  it("refuses unknown helpers and partials", () => {
    write(dir, "en/voided.hbs", (before) => before.replace("--- html", '{{shout "x"}}\n--- html'));
    write(dir, "en/rejected.hbs", (before) =>
      before.replace("--- html", "{{> nothing}}\n--- html"),
    );
    const found = problems();
    expect(found.join("\n")).toMatch(/voided\.hbs: text: .*shout/);
    write(dir, "en/voided.hbs", (before) => before.replace('{{shout "x"}}\n', ""));
    expect(problems().join("\n")).toMatch(/rejected\.hbs: .*nothing/);
  });

  it("refuses missing files, missing sections and unescaped HTML, all at once", () => {
    rmSync(join(dir, "ja/voided.hbs"));
    write(dir, "ja/reminder.hbs", "--- subject\nx\n--- text\nx\n");
    write(dir, "en/refunded.hbs", (before) => before.replaceAll("{{amount}}", "{{{amount}}}"));
    expect(problems()).toEqual([
      expect.stringContaining("en/refunded.hbs: html prints a value unescaped"),
      expect.stringContaining('ja/reminder.hbs: has no line "--- html"'),
      expect.stringContaining("ja/voided.hbs: is missing"),
    ]);
  });

  it("fails to render a mail whose variables lack one", () => {
    const { amount: _amount, ...rest } = sampleVariables("ja").refunded;
    expect(() => templates.render("refunded", "ja", rest as MailVariables["refunded"])).toThrow(
      /amount/,
    );
  });

  it("lets an override win, file by file", () => {
    write(overrides, "ja/refunded.hbs", (before) => before.replace("下記のとおり", "このたび"));
    write(overrides, "ja/partials/contact.hbs", (before) => `${before}\n<p>営業時間 9-17</p>\n`);
    const own = loadTemplates(dir, overrides);
    const samples = sampleVariables("ja");
    expect(own.render("refunded", "ja", samples.refunded).text).toContain("このたび");
    expect(own.render("voided", "ja", samples.voided).html).toContain("営業時間 9-17");
    expect(own.render("voided", "ja", samples.voided).text).toBe(rendered("ja", "voided").text);
  });

  it.each([
    ["a missing variable", "ja/refunded.hbs", "{{amonut}}\n--- html", "amonut"],
    [
      "a bare word of approval",
      "ja/reminder.hbs",
      "OKです\n--- html",
      "could be read as an answer",
    ],
  ])("checks an override for %s", (_what, path, line, problem) => {
    write(overrides, path, (before) => before.replace("--- html", line));
    expect(problems(overrides)).toEqual([expect.stringContaining(problem)]);
    expect(problems(overrides)[0]).toContain(join(overrides, path));
  });

  it("checks that an override keeps marker, code, reference and contact", () => {
    write(
      overrides,
      "ja/reminder.hbs",
      "--- subject\nx\n--- text\nこんにちは\n--- html\n{{reference}}\n",
    );
    write(overrides, "en/refunded.hbs", "--- subject\n[{{reference}}]\n--- text\nx\n--- html\nx\n");
    const found = problems(overrides).join("\n");
    expect(found).toMatch(/reminder\.hbs: the subject lacks \[\{\{reference\}\}\]/);
    expect(found).toMatch(/reminder\.hbs: text: the marker line must come first/);
    expect(found).toMatch(/reminder\.hbs: html: the marker line must come first/);
    expect(found).toMatch(/reminder\.hbs: text: must print \{\{code\}\}/);
    expect(found).toMatch(/refunded\.hbs: text: must print \{\{shopEmail\}\}/);
    expect(found).toMatch(/refunded\.hbs: html: must print \{\{customer\}\}/);
  });

  it("refuses an override that belongs to no mail, and a folder that is not there", () => {
    write(overrides, "ja/refund.hbs", "--- subject\n");
    expect(problems(overrides)).toEqual([expect.stringContaining("ja/refund.hbs: no mail has")]);
    expect(problems(join(overrides, "nowhere"))).toEqual([expect.stringContaining("nowhere")]);
  });
});

// Every mail as people see it: a real Chromium at the width of a phone and of a desktop, in light and
// dark, with values as long as they come.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Locale, MailName } from "../../src/domain/outgoing-mail.ts";
import { sampleVariables, sampleVariants } from "../../src/mail/sample-variables.ts";
import { loadTemplates } from "../../src/mail/templates.ts";
import { chromiumInstalled, type MailBrowser, openBrowser } from "../support/browser.ts";

const LOCALES: readonly Locale[] = ["ja", "en"];
const NAMES = Object.keys(sampleVariables("ja")) as MailName[];
const MAILS = LOCALES.flatMap((locale) => NAMES.map((name) => ({ locale, name })));
const templates = loadTemplates("templates", null);

const LONG_NAME = "勅使河原".repeat(15);
const LONG_LATIN_NAME = "Wolfeschlegelsteinhausenbergerdorff".repeat(2).slice(0, 60);
const LONG_ADDRESS = `${"a".repeat(64)}@${"example".repeat(27).slice(0, 185)}.com`;
/** What somebody types who leans on the keyboard. */
const LONG_LINES = ["ー".repeat(300), "w".repeat(500)];
const LARGE_AMOUNT = "¥12,345,678,901";

/** The same values as long as they come; only links stay, which nobody sees. */
function stretched<Value>(value: Value): Value {
  if (typeof value === "string") return longest(value) as Value;
  if (Array.isArray(value)) return value.map(stretched) as Value;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    if (/Link$|^(?:route|mark|reference)$/.test(key)) return [key, item];
    const isQuoted = /^(?:customerText|answer|rawAnswer)$/.test(key);
    return [key, isQuoted ? [...stretched(item), ...LONG_LINES] : stretched(item)];
  });
  return Object.fromEntries(entries);
}

function longest(value: string): string {
  return value
    .replace(/[\w.]+@[\w.]+/g, LONG_ADDRESS)
    .replace(/¥[\d,]+/g, LARGE_AMOUNT)
    .replace(/^P?\d{3,}$/g, (number) => number.padEnd(40, "0"))
    .replace(/みほん商店|Sample Shop/g, (shop) => shop.repeat(6))
    .replace(/田中 ?[太花][郎子]|タナカ タロウ/g, LONG_NAME)
    .replace(/T(?:aro|\.) Tanaka/g, LONG_LATIN_NAME)
    .replace(/\b(?:re|pi)_\w+/g, (id) => id.padEnd(120, "0"))
    .replace(/https:\S+/g, (address) => address.padEnd(300, "0"));
}

/** What a person must see of a mail without touching the screen. */
function firstSight(locale: Locale, variables: object): string[] {
  const values = variables as Record<string, unknown>;
  const { reference, amount, needsAction } = values;
  if (needsAction) {
    return [locale === "ja" ? `要対応 ${needsAction}件` : `Action needed: ${needsAction}`];
  }
  const isProposed = amount && values["hasProposal"] !== false;
  return [...(reference ? [reference] : []), ...(isProposed ? [amount] : [])].map(String);
}

describe.skipIf(!chromiumInstalled())("a mail on a screen", { timeout: 60_000 }, () => {
  let browser: MailBrowser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  async function faults(name: MailName, locale: Locale, variants: readonly object[]) {
    const found: string[] = [];
    const seen = new Set<string>();
    for (const [nth, variables] of variants.entries()) {
      const { html } = templates.render(name, locale, variables as never);
      if (seen.has(html)) continue;
      seen.add(html);
      const wanted = firstSight(locale, variables);
      const here = await browser.faults(html, locale, wanted);
      found.push(...here.map((fault) => `variant ${nth}: ${fault}`));
    }
    return found;
  }

  it.each(MAILS)("can be read and answered in $locale: $name", async ({ locale, name }) => {
    const sample = sampleVariables(locale)[name];
    expect(await faults(name, locale, [sample, ...sampleVariants(sample)])).toEqual([]);
  });

  it.each(MAILS)("holds the longest values in $locale: $name", async ({ locale, name }) => {
    const sample = stretched(sampleVariables(locale)[name]);
    expect(await faults(name, locale, [sample, ...sampleVariants(sample)])).toEqual([]);
  });
});

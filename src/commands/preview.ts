// Every mail with invented facts, in both languages, as files to look at: the shop's own templates
// where it has some. Sends nothing and reads no database.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { loadOptionalConfig } from "../config.ts";
import { PermanentError } from "../domain/errors.ts";
import type { Locale, MailName, MailVariables } from "../domain/outgoing-mail.ts";
import { createMailComposer } from "../mail/composer.ts";
import { sampleVariables } from "../mail/sample-variables.ts";
import type { Templates } from "../mail/templates.ts";
import { buildTemplates } from "../open-templates.ts";
import { EXIT, type Run, readArgs } from "./command.ts";
import { MARK, type PreviewedMail, previewPage } from "./preview-page.ts";

const DEFAULT_FOLDER = "preview";
const INDEX = "index.html";

export const preview: Run = async (args, { env, directory, print }) => {
  const { positionals } = readArgs(args, {}, { least: 0, most: 1 });
  const { TEMPLATES_DIR, LOCALE = "ja" } = loadOptionalConfig(
    ["TEMPLATES_DIR", "LOCALE"],
    env,
    directory,
  );
  const templates = buildTemplates({ TEMPLATES_DIR }, directory);
  const folder = resolve(directory, positionals[0] ?? DEFAULT_FOLDER);
  const locales: Locale[] = LOCALE === "ja" ? ["ja", "en"] : ["en", "ja"];
  const mails = mailsOf(locales);
  try {
    await checkFolder(folder);
    // Marked first: what was broken off can be renewed.
    await writeFile(join(folder, INDEX), previewPage([], LOCALE));
    const page = previewPage(await writeMails(folder, mails, locales, templates), LOCALE);
    await writeFile(join(folder, INDEX), page);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const why = error.message;
    throw new PermanentError("preview_folder", { folder, why }, { cause: error });
  }
  const where = relative(directory, join(folder, INDEX));
  print(`${mails.length} mails in ${locales.length} languages. Open ${where} in a browser.`);
  return EXIT.done;
};

/** What lies in a folder that no preview has made is somebody's own. */
async function checkFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.length === 0) return;
  const page = names.includes(INDEX) ? await readFile(join(folder, INDEX), "utf8") : "";
  if (page.includes(MARK)) return;
  throw new PermanentError("preview_folder", { folder, why: "it holds other files" });
}

interface Sample<Name extends MailName = MailName> {
  readonly name: Name;
  /** Among several samples of one mail; "" of the only or plain one. */
  readonly variant: string;
  readonly change: (locale: Locale) => Partial<MailVariables[Name]>;
}

const INSTALMENTS = { route: "instalments", method: "Smartpay" } as const;
const KONBINI = { ja: "コンビニ決済", en: "convenience store" };

/** Of mails that differ from case to case. */
const VARIANTS: readonly Sample[] = [
  { name: "approval_request", variant: "", change: () => ({ changes: [] }) },
  {
    name: "approval_request",
    variant: "void",
    change: () => ({ changes: [], isVoid: true }),
  },
  {
    name: "approval_request",
    variant: "transfer",
    change: (locale) => ({ changes: [], isPayout: true, route: "bank", method: KONBINI[locale] }),
  },
  {
    name: "approval_request",
    variant: "no proposal",
    change: () => ({ changes: [], hasProposal: false, amount: "", approveLink: "" }),
  },
  {
    name: "approval_request",
    variant: "changed, test mode",
    change: () => ({ testMode: true, needsSecondApproval: true }),
  },
  { name: "refund_needs_details", variant: "", change: () => ({}) },
  { name: "refund_needs_details", variant: "reminder", change: () => ({ isReminder: true }) },
  { name: "account_request", variant: "", change: () => ({}) },
  { name: "account_request", variant: "reminder", change: () => ({ isReminder: true }) },
  { name: "refunded", variant: "", change: () => ({}) },
  {
    name: "refunded",
    variant: "bank",
    change: (locale) => ({ route: "bank", method: KONBINI[locale] }),
  },
  { name: "refunded", variant: "instalments", change: () => INSTALMENTS },
  { name: "refund_started", variant: "", change: () => ({}) },
  { name: "refund_started", variant: "instalments", change: () => INSTALMENTS },
  { name: "nothing_charged", variant: "", change: () => ({}) },
  { name: "nothing_charged", variant: "bank", change: () => ({ route: "bank" }) },
  { name: "rejected", variant: "", change: () => ({}) },
  { name: "rejected", variant: "expired", change: () => ({ isExpired: true }) },
  { name: "rejected", variant: "shipped", change: () => ({ isShipped: true }) },
  { name: "rejected", variant: "not covered", change: () => ({ isNotCovered: true }) },
];

function mailsOf(locales: readonly Locale[]): readonly Sample[] {
  const names = Object.keys(sampleVariables(locales[0] ?? "ja")) as MailName[];
  return names.flatMap((name): readonly Sample[] => {
    const own = VARIANTS.filter((sample) => sample.name === name);
    return own.length > 0 ? own : [{ name, variant: "", change: () => ({}) }];
  });
}

async function writeMails(
  folder: string,
  samples: readonly Sample[],
  locales: readonly Locale[],
  templates: Templates,
): Promise<PreviewedMail[]> {
  for (const locale of locales) await mkdir(join(folder, locale), { recursive: true });
  const mails: PreviewedMail[] = [];
  for (const sample of samples) {
    const { name, variant } = sample;
    const title = `${name.replaceAll("_", " ")}${variant === "" ? "" : `: ${variant}`}`;
    const file = title.replace(/[^a-z]+/g, "-");
    const versions = [];
    for (const locale of locales) {
      const subject = await writeMail(join(folder, locale, file), sample, locale, templates);
      versions.push({ folder: locale, subject });
    }
    mails.push({ file, title, group: groupOf(name), versions });
  }
  return mails;
}

function groupOf(name: MailName): PreviewedMail["group"] {
  if (name === "summary" || name === "escalation") return "manager";
  // Where a customer writes to; the mail about an inquiry names the customer, too.
  return "shopEmail" in sampleVariables("ja")[name] ? "customer" : "staff";
}

const INVENTED_DATE = Date.UTC(2026, 10, 21, 6, 50);

/** Returns the subject. */
async function writeMail(
  path: string,
  { name, change }: Sample,
  locale: Locale,
  templates: Templates,
): Promise<string> {
  const variables = {
    ...sampleVariables(locale)[name],
    ...change(locale),
  } as MailVariables[typeof name];
  const { subject, text, html } = templates.render(name, locale, variables);
  const raw = await createMailComposer({ templates }).compose({
    ...{ name, locale, variables },
    from: { name: "henkin preview", address: "shop@shop.example.jp" },
    to: "preview@shop.example.jp",
    messageId: `henkin.preview.${locale}.${name}@shop.example.jp`,
    ...{ inReplyTo: null, references: [], date: INVENTED_DATE, headers: {} },
  });
  await writeFile(`${path}.html`, html);
  await writeFile(`${path}.txt`, `${subject}\n\n${text}`);
  await writeFile(`${path}.eml`, raw);
  return subject;
}

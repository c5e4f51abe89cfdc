// A real Chromium that looks at mails as a phone and a desktop show them, in light and dark. It has
// no network: whatever a mail asks for is a fault.

import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Locale } from "../../src/domain/outgoing-mail.ts";

interface Screen {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly isMobile: boolean;
}

const PHONE: Screen = { name: "360 px", width: 360, height: 640, isMobile: true };
const DESKTOP: Screen = { name: "800 px", width: 800, height: 900, isMobile: false };
const SCHEMES = ["light", "dark"] as const;
type Scheme = (typeof SCHEMES)[number];

export interface MailBrowser {
  /** What is wrong with a mail on any screen; `wanted` must stand on a phone's first screen. */
  faults(html: string, locale: Locale, wanted?: readonly string[]): Promise<string[]>;
  /** The top of the mail on a phone, as a PNG. */
  picture(html: string, scheme: Scheme): Promise<Buffer>;
  close(): Promise<void>;
}

const COMMANDS = ["chromium", "chromium-browser", "google-chrome"];

/**
 * A page written over another keeps that one's viewport and colour scheme where it names none of its
 * own. Written over this one, it has what a browser takes by default, in a sixth of the time that
 * leaving the page takes.
 */
const BARE = `<meta name="viewport" content="width=980"><meta name="color-scheme" content="normal">`;

interface Inspected {
  readonly locale: Locale;
  readonly screen: Screen;
  readonly wanted: readonly string[];
}

/** Chromium is given the text of this function, so all it needs stands inside. */
const FAULTS_OF = new Function(
  "inspected",
  `${readFileSync(new URL("mail-in-page.js", import.meta.url), "utf8").replace("export ", "")}
  return faultsOf(inspected);`,
) as (inspected: Inspected) => string[];

let told = false;

function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return COMMANDS.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Says loudly, once per test file, when tests with a real browser cannot run. */
export function chromiumInstalled(): boolean {
  const isThere = findChromium() !== undefined;
  if (!isThere && !told) {
    process.stderr.write("SKIPPED: no Chromium (apt install chromium fonts-noto-cjk)\n");
    told = true;
  }
  return isThere;
}

/** What else a machine has must not decide how wide a mail is: a Japanese phone's letters are as these. */
const FONTS = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts/opentype/noto</dir>
  <alias><family>sans-serif</family><prefer><family>Noto Sans CJK JP</family></prefer></alias>
</fontconfig>`;

export async function openBrowser(): Promise<MailBrowser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium is installed");
  const folder = mkdtempSync(join(tmpdir(), "henkin-fonts-"));
  const fonts = join(folder, "fonts.conf");
  writeFileSync(fonts, FONTS);
  const env = { ...process.env, FONTCONFIG_FILE: fonts };
  const browser = await chromium.launch({ executablePath, env });
  const [phone, desktop] = [await openView(browser, PHONE), await openView(browser, DESKTOP)];
  return {
    faults: async (html, locale, wanted = []) => [
      ...(await viewFaults(phone, html, { locale, wanted })),
      ...(await viewFaults(desktop, html, { locale, wanted: [] })),
    ],
    picture: (html, scheme) => takePicture(browser, html, scheme),
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
}

interface View {
  readonly screen: Screen;
  readonly page: Page;
  /** Addresses that pages have asked for since this was last emptied. */
  readonly asked: string[];
}

async function openView(browser: Browser, screen: Screen, sharpness = 1): Promise<View> {
  const { width, height, isMobile } = screen;
  const context = await browser.newContext({
    viewport: { width, height },
    isMobile,
    deviceScaleFactor: sharpness,
    // No mail client runs a script.
    javaScriptEnabled: false,
  });
  const asked: string[] = [];
  await context.route("**/*", async (route) => {
    asked.push(route.request().url());
    await route.abort();
  });
  return { screen, page: await context.newPage(), asked };
}

async function viewFaults(
  { screen, page, asked }: View,
  html: string,
  { locale, wanted }: Omit<Inspected, "screen">,
): Promise<string[]> {
  asked.length = 0;
  await page.setContent(BARE);
  await page.setContent(html);
  const faults = asked.map((address) => `${screen.name}: asks for ${address}`);
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    const found = await page.evaluate(FAULTS_OF, { locale, screen, wanted });
    faults.push(...found.map((fault) => `${screen.name} ${colorScheme}: ${fault}`));
  }
  return faults;
}

const PICTURE_HEIGHT_MAX = 860;

async function takePicture(browser: Browser, html: string, colorScheme: Scheme): Promise<Buffer> {
  const { page } = await openView(browser, PHONE, 2);
  await page.emulateMedia({ colorScheme });
  await page.setContent(html);
  const { height = 0 } = (await page.locator("html").boundingBox()) ?? {};
  const clip = { x: 0, y: 0, width: PHONE.width, height: Math.min(height, PICTURE_HEIGHT_MAX) };
  const png = await page.screenshot({ fullPage: true, clip });
  await page.context().close();
  return png;
}

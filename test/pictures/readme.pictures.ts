// Makes the pictures of the README under .github/, from the sample mails: `npm run pictures`.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, assert, beforeAll, it } from "vitest";
import { sampleVariables } from "../../src/mail/sample-variables.ts";
import { loadTemplates } from "../../src/mail/templates.ts";
import { type MailBrowser, openBrowser } from "../support/browser.ts";
import { smallPng } from "./small-png.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = join(ROOT, ".github");
const BYTES_MAX = 60 * 1024;
/** Text looks the same with few: as many as fit. */
const COLOURS = [32, 16, 12, 8];

let browser: MailBrowser;
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** An ordinary day: the samples also hold all that can go wrong, which would fill the picture. */
const ORDINARY = {
  approval_request: { changes: [], warnings: [], needsSecondApproval: false },
  refunded: {},
  summary: {
    ...{ needsAction: 2, asOf: "", stopped: false, lanes: [], mismatches: [], quarantined: [] },
    ...{ failures: [], moreFailures: 0, manual: [], moreManual: 0, moreWaiting: 0 },
    ...{
      openRefunds: [],
      moreOpenRefunds: 0,
      refundsElsewhere: [],
      paidElsewhere: [],
      cameBack: [],
    },
    ages: [{ label: "1〜2日", count: 2 }],
  },
};

it.each([
  { file: "approval-request.png", name: "approval_request", scheme: "light" },
  { file: "approval-request-dark.png", name: "approval_request", scheme: "dark" },
  { file: "refunded.png", name: "refunded", scheme: "light" },
  { file: "summary.png", name: "summary", scheme: "light" },
] as const)("$file", async ({ file, name, scheme }) => {
  const templates = loadTemplates(join(ROOT, "templates"), null);
  const variables = { ...sampleVariables("ja")[name], ...ORDINARY[name] };
  const { html } = templates.render(name, "ja", variables);
  const picture = await browser.picture(html, scheme);
  const tries = COLOURS.map((colours) => smallPng(picture, colours));
  const png = tries.find(({ length }) => length <= BYTES_MAX);
  assert(png, `${file} is too large in ${COLOURS.at(-1)} colours`);
  writeFileSync(join(FOLDER, file), png);
  process.stdout.write(`.github/${file}: ${(png.length / 1024).toFixed(0)} KB\n`);
});

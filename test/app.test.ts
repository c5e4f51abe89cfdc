// What the composition root makes of the settings by itself.

import { describe, expect, it } from "vitest";
import { buildFolders } from "../src/app.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const INBOX_URL = "imap://shop:secret@127.0.0.1:143/INBOX";

function folders(APPROVAL_FOLDER?: string): string[] {
  const config = APPROVAL_FOLDER === undefined ? { INBOX_URL } : { INBOX_URL, APPROVAL_FOLDER };
  return buildFolders(config, log).map(({ verdict, inbox }) => `${verdict} ${inbox.mailbox}`);
}

describe("the folders whose mails decide", () => {
  it("are none where the shop names none", () => {
    expect(folders()).toEqual([]);
  });

  it.each([
    ["返金承認", "返金却下"],
    ["INBOX.返金承認", "INBOX.返金却下"],
    ["INBOX/店/返金承認", "INBOX/店/返金却下"],
  ])("lie in the mailbox of the inbox, side by side: %s and %s", (approvals, rejections) => {
    const mailbox = "imap://shop@127.0.0.1:143";
    expect(folders(approvals)).toEqual([
      `approve ${mailbox}/${approvals}`,
      `reject ${mailbox}/${rejections}`,
    ]);
  });
});

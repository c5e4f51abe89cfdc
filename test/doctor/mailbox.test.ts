// What doctor says of a folder that cannot be read.

import { describe, expect, it } from "vitest";
import { checkFolder, checkSentFolder } from "../../src/doctor/mailbox.ts";
import { TransientError } from "../../src/domain/errors.ts";

const signal = AbortSignal.timeout(60_000);

async function mends(error: Error): Promise<(string | null | undefined)[]> {
  const fail = () => Promise.reject(error);
  const inbox = { mailbox: "返金承認", list: fail, close: async () => undefined };
  const findings = [
    ...(await checkFolder({ inbox, verdict: "approve" }, signal)),
    ...(await checkSentFolder({ holds: fail } as never, "Sent", signal)),
  ];
  return findings.map(({ mend }) => mend);
}

describe("a folder that cannot be read", () => {
  it("is to be made where it is missing", async () => {
    expect(await mends(new TransientError("imap_mailbox_missing"))).toEqual([
      expect.stringMatching(/^Check APPROVAL_FOLDER, or make the folder by hand\. /),
      expect.stringMatching(/^Check SENT_MAILBOX, the folder's name\. /),
    ]);
  });

  it("is not the matter where the server is away", async () => {
    const away = new TransientError("imap_connection", { why: "ENOTFOUND" });
    expect(await mends(away)).toEqual([away.mend, away.mend]);
  });
});

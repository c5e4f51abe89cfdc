// What doctor recommends from the newest mails of an inbox.

import { describe, expect, test } from "vitest";
import {
  type ApprovalSettings,
  approvalFinding,
  lookAtSenders,
} from "../../src/doctor/approvals.ts";
import type { DkimSignature } from "../../src/domain/approval/dkim.ts";
import type { SurveyedMail } from "../../src/mail/mailbox-survey.ts";
import { readMessage } from "../../src/mail/message-reader.ts";

const SHOP = "info@shop.example.jp";
const SATO = "sato@office.example.jp";
const SERVER = "mx.host.example";

const SETTINGS: ApprovalSettings = {
  approvers: [SATO],
  shopEmail: SHOP,
  authservIds: [],
  mode: "authenticated",
  tokenMaxMinor: 10_000,
  folder: undefined,
  isImap: true,
};

/** A valid one of the office's domain. */
const SIGNATURE: DkimSignature = {
  domain: "office.example.jp",
  result: "pass",
  aligned: true,
  algorithm: "rsa-sha256",
  signedHeaders: ["from", "to", "subject", "date"],
  timeValid: true,
};

const domainOf = (address: string) => address.slice(address.indexOf("@") + 1);
const pass = (from: string, id = SERVER) => `${id}; dmarc=pass header.from=${domainOf(from)}`;

async function mailOf(from: string, results: string | null): Promise<SurveyedMail> {
  const stamp = results === null ? "" : `Authentication-Results: ${results}\r\n`;
  const raw = `${stamp}From: <${from}>\r\nTo: <${SHOP}>\r\nSubject: x\r\n\r\n`;
  return { key: from, receivedAt: 0, message: await readMessage(Buffer.from(raw)) };
}

interface Inbox {
  /** What stands on the mails of ten customers; null: nothing. */
  readonly stamp?: (from: string) => string | null;
  readonly customers?: number;
  readonly fromApprovers?: readonly string[];
  readonly signatures?: readonly DkimSignature[];
}

async function adviceOf(inbox: Inbox, changes: Partial<ApprovalSettings> = {}) {
  const { stamp = () => null, customers = 10, fromApprovers = [], signatures = [] } = inbox;
  const senders = [
    ...Array.from({ length: customers }, (_, index) => `taro@customer${index}.example`),
    ...fromApprovers,
  ];
  const mails = await Promise.all(senders.map((from) => mailOf(from, stamp(from))));
  const settings = { ...SETTINGS, ...changes };
  const verifier = { verify: async () => signatures };
  const seen = await lookAtSenders(mails, settings, {
    verifier,
    rawOf: async () => new Uint8Array(),
  });
  const finding = approvalFinding(settings, seen);
  expect(finding.mend === null).toBe(finding.level === "ok");
  return finding;
}

describe("without AUTHSERV_IDS", () => {
  test("the name on nearly all mails is recommended, with how to verify it", async () => {
    const finding = await adviceOf({ stamp: pass });
    expect(finding.level).toBe("warn");
    expect(finding.mend).toMatch(
      new RegExp(`^Set AUTHSERV_IDS=${SERVER}\\. Verify first: --probe`),
    );
  });

  test("verdicts that refuse count like those that pass", async () => {
    const stamp = (from: string) => pass(from).replace("dmarc=pass", "dmarc=fail");
    expect((await adviceOf({ stamp })).mend).toContain(`AUTHSERV_IDS=${SERVER}`);
  });

  test.each<[string, Inbox]>([
    ["stands on some mails only", { stamp: (from) => (from.includes("r1") ? pass(from) : null) }],
    ["gives no dmarc verdict", { stamp: () => `${SERVER}; spf=pass` }],
    ["gives verdicts about nobody", { stamp: () => `${SERVER}; dmarc=pass` }],
    ["was seen on few mails", { stamp: pass, customers: 4 }],
    ["each sender has chosen", { stamp: (from) => pass(from, domainOf(from)) }],
  ])("a name that %s is not recommended", async (_what, inbox) => {
    expect((await adviceOf(inbox)).mend).not.toContain("AUTHSERV_IDS=");
  });

  test("a name on many mails of one sender is not recommended", async () => {
    const mails = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const from = `forger${index}@evil.example`;
        return mailOf(from, pass(from));
      }),
    );
    const means = { verifier: { verify: async () => [] }, rawOf: async () => null };
    const seen = await lookAtSenders(mails, SETTINGS, means);
    expect(approvalFinding(SETTINGS, seen).mend).not.toContain("AUTHSERV_IDS=");
  });

  test("signed answers of approvers need no setting", async () => {
    const finding = await adviceOf({ fromApprovers: [SATO], signatures: [SIGNATURE] });
    expect(finding).toMatchObject({ level: "ok", message: expect.stringContaining(SATO) });
  });

  test("a signature that does not hold is none", async () => {
    const broken = { ...SIGNATURE, result: "fail" };
    const finding = await adviceOf({ fromApprovers: [SATO], signatures: [broken] });
    expect(finding).toMatchObject({
      level: "warn",
      message: expect.stringContaining("not signed"),
    });
    expect(finding.mend).toMatch(/^Set APPROVAL_AUTH=token/);
  });

  test("a host that vouches for nobody leaves the folder, where requests arrive in the inbox", async () => {
    const inbox = { fromApprovers: [SHOP] };
    const finding = await adviceOf(inbox, { approvers: [SHOP] });
    expect(finding.mend).toMatch(/^Set APPROVAL_FOLDER=/);
    const files = await adviceOf(inbox, { approvers: [SHOP], isImap: false });
    expect(files.mend).toMatch(/^Set APPROVAL_AUTH=token/);
  });

  test("with the folder set all is said", async () => {
    expect(await adviceOf({}, { folder: "返金承認" })).toMatchObject({ level: "ok" });
  });

  test("with too few mails more are asked for, rather than a guess", async () => {
    const { mend } = await adviceOf({ customers: 0 });
    expect(mend).toMatch(/^Too few mails to tell/);
  });
});

describe("with AUTHSERV_IDS", () => {
  const configured = { authservIds: [SERVER] };

  test("the share of mails that bear its verdict is told", async () => {
    const finding = await adviceOf({ stamp: pass }, configured);
    expect(finding).toMatchObject({
      level: "ok",
      message: expect.stringContaining("10 of the newest 10 mails bear one"),
    });
  });

  test("a name that no mail bears is a warning that names the right one", async () => {
    const finding = await adviceOf({ stamp: pass }, { authservIds: ["mx.old.example"] });
    expect(finding).toMatchObject({
      level: "warn",
      message: expect.stringContaining("only 0 of the newest 10"),
      mend: expect.stringContaining(`Set AUTHSERV_IDS=${SERVER}`),
    });
  });

  test("with few mails it is left as it is", async () => {
    expect(await adviceOf({ customers: 2 }, configured)).toMatchObject({ level: "ok" });
  });
});

test("a token is warned of in any case, with what would be better", async () => {
  const token = { mode: "token" } as const;
  const better = await adviceOf({ stamp: pass }, token);
  expect(better.mend).toMatch(/AUTHSERV_IDS=.* Then unset APPROVAL_AUTH\.$/);
  const nothing = await adviceOf({ fromApprovers: [SATO] }, token);
  expect(nothing.mend).toContain("keep TOKEN_MAX_AMOUNT low");
});

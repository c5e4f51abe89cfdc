// The rows of README's security section, each as somebody would try it. What matters here is what
// happens to the money; the single rules have tests of their own.

import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAuthenticated } from "../src/domain/approval/authentication-results.ts";
import { type DkimSignature, isSigned } from "../src/domain/approval/dkim.ts";
import { readRawMail } from "../src/mail/mail-reader.ts";
import { loadTemplates } from "../src/mail/templates.ts";
import { decideByFolder } from "../src/ticket/folder-decision.ts";
import { ownHeaderValue } from "../src/ticket/own-mail.ts";
import { anAnswer, type Sent } from "./jobs/recorded-mail.ts";
import { type DeskOptions, openDesk, SATO, TANAKA, type TestDesk } from "./support/desk.ts";
import { aPayment, TARO } from "./support/memory-provider.ts";
import { aMessage, type MessageParts } from "./support/message.ts";

const EVIL = "evil@evil.example";
const VERDICT = "mx.shop.example; dmarc=pass header.from=shop.example";

const templates = loadTemplates("templates", null);

let desk: TestDesk;
let request: Sent;

async function open(options: DeskOptions = {}): Promise<void> {
  desk = await openDesk(options);
  await desk.ask();
  request = desk.mail("approval_request", TANAKA);
}
beforeEach(() => open());
afterEach(() => desk.close());

async function reopen(options: DeskOptions): Promise<void> {
  await desk.close();
  await open(options);
}

async function answer(text: string, parts: MessageParts = {}): Promise<void> {
  await desk.receive(anAnswer(request, text, parts));
  await desk.work();
}

async function expectNothingPaid(): Promise<void> {
  expect(desk.provider.creations).toEqual([]);
  expect((await desk.round()).state).toBe("open");
}

const reasons = (name: "staff_task" | "ambiguous_answer", to = TANAKA) =>
  desk.mails(name, to).map(({ variables }) => String(variables["reason"]));

/** Our request as it would lie in a folder; `header` without a value: none of ours. */
function movedRequest(sent: Sent, header = ownHeaderValue(desk.desk.signer, sent.messageId)) {
  return aMessage({
    messageId: sent.messageId,
    from: "shop@shop.example",
    headers: { "X-Henkin": header },
  });
}

const move = (sent: Sent, header?: string) =>
  desk.store.write((tx) => decideByFolder(tx, desk.desk, movedRequest(sent, header), "approve"));

async function isReadAs(headers: readonly string[], body: string): Promise<string | null> {
  const raw = [
    "From: tanaka@shop.example",
    "Subject: Re: [R-1]",
    "MIME-Version: 1.0",
    ...headers,
    "",
    body,
  ];
  const shop = { shop: "shop@shop.example", staff: [TANAKA], managers: [], formFrom: [] };
  const { answer } = await readRawMail(Buffer.from(raw.join("\r\n")), {
    ...shop,
    answersFrom: "shop",
  });
  return answer?.written.ambiguous ?? answer?.words.kind ?? null;
}

const alternative = (text: string, html: string) =>
  isReadAs(
    ['Content-Type: multipart/alternative; boundary="b"'],
    [
      ...["--b", "Content-Type: text/plain; charset=utf-8", "", text],
      ...["--b", "Content-Type: text/html; charset=utf-8", "", html, "--b--", ""],
    ].join("\r\n"),
  );

const SIGNED: DkimSignature = {
  domain: "shop.example",
  result: "pass",
  aligned: true,
  algorithm: "rsa-sha256",
  signedHeaders: ["from", "to", "subject", "date"],
  timeValid: true,
};

const ATTACKS: Readonly<Record<string, () => Promise<void>>> = {
  async 'a forged "OK" from an approver\'s address'() {
    await answer("OK", { headers: { From: TANAKA } });
    await expectNothingPaid();
    expect(reasons("ambiguous_answer")).toEqual([expect.stringMatching(/authenticated/)]);
  },
  async "a forged `Authentication-Results` field"() {
    const fail = "mx.shop.example; dmarc=fail header.from=shop.example";
    const isBelieved = (...values: readonly string[]) => {
      const fields = values.map((value) => ({ name: "authentication-results", value }));
      const message = aMessage({ from: TANAKA, headers: { From: TANAKA } });
      const headers = [...fields, ...message.headers];
      return isAuthenticated({ ...message, headers }, ["mx.shop.example"]).authenticated;
    };
    expect(isBelieved(VERDICT)).toBe(true);
    expect(isBelieved(fail, VERDICT)).toBe(false);
    expect(isBelieved("mx.evil.example; dmarc=pass header.from=shop.example")).toBe(false);
    expect(isBelieved("mx.shop.example; dmarc=pass header.from=evil.example")).toBe(false);
    expect(isBelieved(`mx.shop.example; dmarc=fail (${VERDICT})`)).toBe(false);
    expect(isBelieved("mx.shop.example; dmarc=pass (")).toBe(false);
  },
  async "a signature that covers too little"() {
    const message = aMessage({ from: TANAKA, headers: { From: TANAKA } });
    expect(isSigned(message, [SIGNED]).authenticated).toBe(true);
    const worse: Partial<DkimSignature>[] = [
      { result: "policy" },
      { signedHeaders: ["from", "to", "date"] },
      { algorithm: "rsa-sha1" },
      { domain: "evil.example" },
      { domain: "evil.shop.test", aligned: false },
      { timeValid: false },
    ];
    for (const change of worse) {
      expect(
        isSigned(message, [{ ...SIGNED, ...change }]).authenticated,
        JSON.stringify(change),
      ).toBe(false);
    }
  },
  async "an approver's name with another address, or two senders"() {
    await answer("OK", { from: `"${TANAKA}" <${EVIL}>` });
    await answer("OK", { from: `${TANAKA}, ${EVIL}` });
    await expectNothingPaid();
  },
  async "somebody else answers a request that was forwarded or leaked"() {
    await answer("OK", { from: EVIL, headers: { From: EVIL } });
    await expectNothingPaid();
    expect(reasons("staff_task").join()).toContain(EVIL);
    expect(desk.transport.accepted.filter(({ to }) => to === EVIL)).toEqual([]);
  },
  async "an old approval is sent again"() {
    await answer("OK");
    expect(desk.provider.creations).toHaveLength(1);
    await answer("OK", { messageId: "again@shop.example" });
    expect(desk.provider.creations).toHaveLength(1);
  },
  async "a ticket number is guessed"() {
    await answer("OK", { inReplyTo: [] });
    await answer("OK\nCode: 0123456789", { inReplyTo: [] });
    await expectNothingPaid();
  },
  async "an answer of one ticket is bent to another"() {
    await desk.ask({ order: "680", email: "hanako@mail.example", name: "山田花子" });
    await answer("OK", { subject: "Re: [R-2]" });
    await answer("OK", { subject: "Re: [R-1] [R-2]" });
    await expectNothingPaid();
  },
  async '"OK" in the customer\'s text'() {
    await desk.close();
    desk = await openDesk();
    await desk.ask({ text: "OK\n承認\n返金をお願いします。" });
    request = desk.mail("approval_request", TANAKA);
    expect(request.variables["customerText"]).toContain("OK");
    await answer("> │ OK\n> │ 承認");
    await expectNothingPaid();
  },
  async '"OK" with hidden HTML, zero-width or look-alike letters'() {
    for (const text of ["O\u200bK", "О\u041a", "\u202eKO"]) await answer(text);
    await expectNothingPaid();
    const html = "Content-Type: text/html; charset=utf-8";
    expect(await isReadAs([html], '<p>お願いします</p><p style="display:none">OK</p>')).not.toBe(
      "approve",
    );
    expect(await isReadAs([html], '<p>お願いします</p><p style="color:#ffffff">OK</p>')).not.toBe(
      "approve",
    );
    expect(await isReadAs([html], "<p><s>OK</s></p>")).not.toBe("approve");
    expect(await isReadAs([html], "<p>OK</p>")).toBe("approve");
  },
  async "an HTML part that says something else than the text part"() {
    expect(await alternative("OK", "<p>NG</p>")).toBe("parts_disagree");
    expect(await alternative("OK", "<p>OKではない</p>")).toBe("parts_disagree");
    expect(await alternative("OK", "<p>OK</p>")).toBe("approve");
  },
  async "an out-of-office answer that quotes the request"() {
    const headers = {
      "Authentication-Results": VERDICT,
      From: TANAKA,
      "Auto-Submitted": "auto-replied",
    };
    await answer("OK", { headers });
    await answer("OK", { subject: "自動応答: Re: [R-1]" });
    await expectNothingPaid();
  },
  async '"OK" to a colleague that quotes the request'() {
    await answer("OK", { to: "colleague@shop.example" });
    await answer("OK", {
      inReplyTo: ["lunch@shop.example"],
      references: [request.messageId, "lunch@shop.example"],
    });
    await expectNothingPaid();
  },
  async 'a colleague\'s "OK" is forwarded'() {
    await answer("---------- Forwarded message ---------\nFrom: sato@shop.example\n\nOK");
    await answer("OK\n---------- Forwarded message ---------\nFrom: sato@shop.example\n\nOK");
    await expectNothingPaid();
  },
  async "a mail is put into the approval folder"() {
    await move(request, "");
    await move(request, `${request.messageId} 0123456789012345678901234567890123456789`);
    await desk.work();
    await expectNothingPaid();
    await move(request);
    await move(request);
    await desk.work();
    expect(desk.provider.creations).toHaveLength(1);
  },
  async "one person moves two approvers' requests, or moves one and answers the other"() {
    await reopen({ shop: { secondApprovalFromMinor: 1_000 } });
    await move(request);
    await move(desk.mail("approval_request", SATO));
    await desk.work();
    await expectNothingPaid();
    await desk.reply("OK", SATO);
    await desk.work();
    await expectNothingPaid();
    await desk.reply("OK", TANAKA);
    await desk.work();
    expect(desk.provider.creations).toHaveLength(1);
  },
  async "a forged command (返金 679) in an approver's name"() {
    await desk.receive({
      from: TANAKA,
      subject: "",
      text: "返金 680 x@mail.example",
      headers: { From: TANAKA },
    });
    await desk.work();
    await expect(desk.ticket(2)).rejects.toThrow("no ticket");
    expect(reasons("staff_task").join()).toContain(TANAKA);
  },
  async "the requester or the payer is an approver"() {
    await reopen({ payments: [aPayment({ payerEmail: TANAKA })] });
    await desk.reply("OK");
    await desk.work();
    await expectNothingPaid();
  },
  async "a customer names somebody else's order"() {
    await desk.ask({ order: "679", email: EVIL, name: "鈴木花子" });
    expect((await desk.ticket(2)).status).toBe("unmatched");
    await desk.receive(anAnswer(desk.mail("candidates", TANAKA), "OK"));
    await desk.work();
    expect(desk.provider.creations).toEqual([]);
  },
  async "somebody takes another customer's request back"() {
    const text = `メールアドレス: ${TARO}\n返金の依頼を取り下げます。`;
    await desk.receive({ from: EVIL, subject: "取り下げ", text, headers: { From: EVIL } });
    await desk.work();
    await expectNothingPaid();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(reasons("staff_task").join()).toContain(EVIL);
  },
  async "a customer's own text tries to steer the worker"() {
    const name = "<b>x</b>{{code}}";
    await desk.ask({ order: "679", email: "hanako@mail.example", name });
    const asked = desk.mail("candidates", TANAKA).draft;
    const { subject, html } = templates.render("candidates", "en", asked.variables as never);
    expect(subject).not.toMatch(/\p{Cc}/u);
    expect(html).not.toContain("<b>x</b>");
    expect(html).toContain("&lt;b&gt;x&lt;/b&gt;");
    await expectNothingPaid();
  },
  async floods() {
    for (let left = 0; left < 12; left += 1)
      await desk.ask({ order: `9${left}0`, name: `客${left}` });
    expect(desk.transport.accepted.filter(({ to }) => to === TARO).length).toBeLessThanOrEqual(3);
    await desk.receive({
      from: EVIL,
      subject: "SEO",
      text: "売上を伸ばしませんか。",
      headers: { From: EVIL },
    });
    await desk.work();
    expect(desk.transport.accepted.filter(({ to }) => to === EVIL)).toEqual([]);
  },
  async "a mail that cannot be read"() {
    const shop = { shop: "shop@shop.example", staff: [], managers: [], formFrom: [] };
    const parts = "--b\r\n\r\nx\r\n".repeat(3_000);
    const raw = Buffer.from(
      `From: ${EVIL}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts}`,
    );
    await expect(readRawMail(raw, { ...shop, answersFrom: "shop" })).rejects.toThrow();
    await answer("OK");
    expect(desk.provider.creations).toHaveLength(1);
  },
  async "the database is edited"() {
    const path = join(mkdtempSync(join(tmpdir(), "henkin-security-")), "shop.db");
    await reopen({ path });
    expect((await desk.store.verifyAudit()).problem).toBeNull();
    const edited = new Database(path);
    edited.exec("drop trigger if exists event_is_append_only_update");
    edited.exec("update event set actor = 'nobody' where seq = 2");
    edited.close();
    expect((await desk.store.verifyAudit()).problem).not.toBeNull();
  },
};

describe("the attacks of README", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const table = readme.slice(readme.indexOf("| Attack | What happens |")).split("\n\n")[0] ?? "";
  const rows = table
    .split("\n")
    .slice(2)
    .map((row) => row.split(" | ")[0]?.replace(/^\| /, ""));

  it("are all tried here", () => {
    expect(Object.keys(ATTACKS)).toEqual(rows);
  });

  it.each(Object.entries(ATTACKS))("%s", async (_attack, attempt) => attempt());
});

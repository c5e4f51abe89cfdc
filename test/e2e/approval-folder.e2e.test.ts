// A shop with one address and a mail server that vouches for nobody: staff find the request in the
// shop's own INBOX, and move it into a folder of the same mailbox.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ImapFlow } from "imapflow";
import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { directMail } from "../support/mails.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import { CUSTOMER, PATIENCE_MS, type Rig, TIMEOUT_MS, test } from "./rig.ts";

const SHOP = "shop@shop.example.jp";
const [APPROVALS, REJECTIONS] = ["返金承認", "返金却下"];
const SETTINGS = { STAFF_EMAILS: SHOP, AUTHSERV_IDS: "", APPROVAL_FOLDER: APPROVALS };

/** As a person does in a mail program. */
async function asPerson<T>({ dovecot }: Rig, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const { port, user, password } = dovecot;
  const auth = { user, pass: password };
  const client = new ImapFlow({ host: "127.0.0.1", port, secure: false, auth, logger: false });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

const move = (rig: Rig, uid: number, folder: string) =>
  asPerson(rig, async (client) => {
    await client.mailboxOpen("INBOX");
    expect(await client.messageMove(String(uid), folder, { uid: true })).toBeTruthy();
  });

/** What lies in a folder, with the marks of people and programs. */
const contents = (rig: Rig, folder: string) =>
  asPerson(rig, async (client) => {
    await client.mailboxOpen(folder, { readOnly: true });
    const mails = await client.fetchAll("1:*", { uid: true, flags: true, source: true });
    return mails.map(({ uid, flags, source }) => ({
      uid,
      flags: [...(flags ?? [])].filter((flag) => flag !== "\\Recent"),
      raw: String(source),
    }));
  });

/** The customer of the order asks; the request to staff has arrived in the INBOX and was read. */
async function ask(rig: Rig, orderNumber: string, email: string) {
  await rig.receiveForm({ orderNumber, email });
  const request = await rig.smtp.waitForMail(
    ({ envelope, subject, text }) =>
      envelope.to.includes(SHOP) && subject.includes("承認依頼") && text.includes(orderNumber),
    PATIENCE_MS,
  );
  const { uid } = await rig.dovecot.append(request.raw);
  await rig.row(`select 1 from message_location join message on message.pk = message_pk
    where key = '${uid}' and state = 'processed' and kind = 'own'`);
  return { request, uid };
}

/** The worker has looked at that mail of the folder. */
const lookedAt = (rig: Rig, folder: string, uid: number) =>
  rig.row<{ last_key: string }>(
    `select last_key from mailbox_cursor where mailbox like '%/${folder}'`,
    ({ last_key }) => Number(last_key) >= uid,
  );

const statusOf = (rig: Rig, number: number, status: string) =>
  rig.row<{ status: string }>(
    `select status from ticket where number = ${number}`,
    (ticket) => ticket.status === status,
  );

const mailsTo = (rig: Rig, address: string): ReceivedMail[] =>
  rig.smtp.mails.filter(({ envelope }) => envelope.to.includes(address));

describe.skipIf(!dovecotInstalled())("a shop that decides by moving mails", () => {
  test("pays what lies in the one folder, rejects what lies in the other, and touches no INBOX", {
    timeout: TIMEOUT_MS,
  }, async ({ rig }) => {
    const hanako = "hanako@customer.example.jp";
    rig.addPayment();
    rig.addPayment({ id: "pi_680", description: "注文 680", payerEmail: hanako });
    await rig.start(SETTINGS);
    const [first, second] = [
      await ask(rig, "679", CUSTOMER),
      await ask(rig, "680", hanako),
    ] as const;
    const before = await contents(rig, "INBOX");
    expect(before).toHaveLength(4);
    expect(before.flatMap(({ flags }) => flags)).toEqual([]);

    await move(rig, first.uid, APPROVALS);
    await statusOf(rig, 1, "refunded");
    await move(rig, second.uid, REJECTIONS);
    await statusOf(rig, 2, "rejected");
    await rig.until(() => mailsTo(rig, CUSTOMER).length > 0 && mailsTo(rig, hanako).length > 0);

    expect(rig.stripe.refunds).toMatchObject([{ amount: 2467, payment_intent: "pi_679" }]);
    expect(mailsTo(rig, CUSTOMER).map(({ subject }) => subject)).toEqual([
      expect.stringContaining("返金"),
    ]);
    expect(mailsTo(rig, hanako)).toHaveLength(1);
    expect(rig.rows("select approver, amount_minor from approval")).toEqual([
      { approver: `imap-folder:${SHOP}`, amount_minor: 2467 },
    ]);
    const moved = [first.uid, second.uid];
    expect(await contents(rig, "INBOX")).toEqual(before.filter(({ uid }) => !moved.includes(uid)));
    for (const [folder, { uid }] of [
      [APPROVALS, first],
      [REJECTIONS, second],
    ] as const) {
      const raw = before.find((mail) => mail.uid === uid)?.raw;
      expect(await contents(rig, folder)).toMatchObject([{ raw, flags: [] }]);
    }
    expect((await rig.henkin("audit", "verify")).code).toBe(0);
  });

  test("is not fooled by what else lies in the folder; the request itself still counts, once", {
    timeout: TIMEOUT_MS,
  }, async ({ rig }) => {
    rig.addPayment();
    const worker = await rig.start(SETTINGS);
    const { request, uid } = await ask(rig, "679", CUSTOMER);
    const { messageId, raw } = request;
    const head = raw.replace(/^X-Henkin:.*\r\n(?:[ \t].*\r\n)*/im, "");
    expect(head).not.toBe(raw);
    const forged = [
      head,
      raw.replace(/^Message-ID:.*$/im, "Message-ID: <other@mail.example.jp>"),
      directMail({ from: SHOP, messageId, subject: "[R-1]", text: "OK\r\n" }),
      directMail({ from: SHOP, subject: "Re: [R-1]", headers: { "In-Reply-To": messageId } }),
    ];
    for (const mail of forged) {
      const { uid: last } = await rig.dovecot.append(mail, { mailbox: APPROVALS });
      await lookedAt(rig, APPROVALS, last);
    }
    await rig.dovecot.append(forged[0] ?? "", { mailbox: REJECTIONS });
    await lookedAt(rig, REJECTIONS, 1);
    expect(rig.rows("select status, round from ticket")).toEqual([
      { status: "awaiting_approval", round: 1 },
    ]);
    expect(rig.rows("select * from approval")).toEqual([]);
    expect(rig.rows("select name from outgoing_mail")).toEqual([{ name: "approval_request" }]);

    await move(rig, uid, APPROVALS);
    await statusOf(rig, 1, "refunded");
    const copy = await rig.dovecot.append(raw, { mailbox: APPROVALS });
    await lookedAt(rig, APPROVALS, copy.uid);
    worker.kill();
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(rig.stripe.refunds).toHaveLength(1);
  });

  test("finds both folders named by doctor, which makes them", { timeout: TIMEOUT_MS }, async ({
    rig,
  }) => {
    const folderChecks = async () => {
      const { json } = await rig.henkin("doctor", "--json");
      return json.filter(({ check }) => String(check).startsWith("folder"));
    };
    expect(await folderChecks()).toEqual([]);
    await writeFile(join(rig.directory, ".env"), `APPROVAL_FOLDER=${APPROVALS}\n`);
    const mailbox = `imap://shop@127.0.0.1:${rig.networks.imap.port}`;
    expect(await folderChecks()).toMatchObject([
      { level: "ok", check: "folder to approve", message: `${mailbox}/${APPROVALS} can be read` },
      { level: "ok", check: "folder to reject", message: `${mailbox}/${REJECTIONS} can be read` },
    ]);
    const paths = await asPerson(rig, (client) => client.list());
    expect(paths.map(({ path }) => path).sort()).toEqual(["INBOX", APPROVALS, REJECTIONS].sort());
    await rig.networks.imap.setMode("refuse");
    const broken = await folderChecks();
    expect(broken.map(({ level }) => level)).toEqual(["fail", "fail"]);
    // A server that is away says nothing of its folders.
    expect(String(broken[0]?.["mend"])).toContain("INBOX_URL");
    expect(String(broken[0]?.["mend"])).not.toContain("APPROVAL_FOLDER");
  });
});

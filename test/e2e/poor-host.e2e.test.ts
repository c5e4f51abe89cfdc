// The whole worker at a poor host, a real Dovecot: two connections, no IDLE, no CONDSTORE, no keywords,
// and no word on who wrote a mail.

import { ImapFlow } from "imapflow";
import { describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { CUSTOMER, PATIENCE_MS, type Rig, startRig, TIMEOUT_MS, warnings } from "./rig.ts";

const SHOP = "shop@shop.example.jp";
const [APPROVALS, SENT] = ["返金承認", "Sent"];
const POOR = `imap_capability = IMAP4rev1 LITERAL+ UIDPLUS AUTH=PLAIN
mail_max_userip_connections = 2`;
const SETTINGS = {
  ...{ STAFF_EMAILS: SHOP, AUTHSERV_IDS: "", APPROVAL_FOLDER: APPROVALS, SENT_MAILBOX: SENT },
};

async function withPoorHost(work: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = await startRig({ poorImap: POOR });
  try {
    await work(rig);
  } finally {
    await rig.stop();
  }
}

function logIn({ dovecot }: Rig): Promise<ImapFlow> {
  const auth = { user: dovecot.user, pass: dovecot.password };
  const { port } = dovecot;
  const client = new ImapFlow({ host: "127.0.0.1", port, secure: false, auth, logger: false });
  client.on("error", () => undefined);
  return client.connect().then(() => client);
}

describe.skipIf(!dovecotInstalled())("at a poor host", () => {
  test("a shop decides by folder, with one connection to spare", { timeout: TIMEOUT_MS }, () =>
    withPoorHost(async (rig) => {
      rig.addPayment();
      const worker = await rig.start(SETTINGS);
      // Somebody reads the shop's mail as the same user: that is the second connection.
      const person = await logIn(rig);
      await rig.receiveForm();
      const request = await rig.smtp.waitForMail(
        ({ envelope, subject }) => envelope.to.includes(SHOP) && subject.includes("承認依頼"),
        PATIENCE_MS,
      );
      await rig.dovecot.append(request.raw, { mailbox: APPROVALS });
      await rig.ticketIs("refunded");
      await rig.until(() => rig.customerMails().length > 0);
      expect(rig.stripe.refunds).toMatchObject([{ amount: 2467 }]);
      expect(rig.customerMails()[0]?.envelope.to).toEqual([CUSTOMER]);
      expect(warnings(worker, "inbox")).toEqual([]);
      expect(warnings(worker, "approval folder")).toEqual([]);
      expect(rig.networks.imap.connections).toBe(1);
      await person.logout();
    }),
  );

  test(
    "a full house is said so, and mail is read once there is room",
    { timeout: TIMEOUT_MS },
    () =>
      withPoorHost(async (rig) => {
        rig.addPayment();
        const people = [await logIn(rig), await logIn(rig)];
        await rig.receiveForm();
        const worker = await rig.start(SETTINGS);
        const { raw } = await worker.waitForLog(
          (line) => line["code"] === "imap_too_many_connections",
          PATIENCE_MS,
        );
        expect(raw).toContain("Ask the host for more");
        for (const person of people) await person.logout();
        await rig.smtp.waitForMail(({ envelope }) => envelope.to.includes(SHOP), PATIENCE_MS);
      }),
  );
});

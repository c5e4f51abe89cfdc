// The whole worker at a poor host, a real Dovecot: two connections, no IDLE, no CONDSTORE, no keywords,
// and no word on who wrote a mail.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ImapFlow } from "imapflow";
import { describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { startPoorImap } from "../support/poor-imap.ts";
import { startWorker } from "../support/worker.ts";
import {
  CUSTOMER,
  FILE_SETTINGS,
  PATIENCE_MS,
  type Rig,
  startRig,
  TIMEOUT_MS,
  warnings,
} from "./rig.ts";

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

test("at a host that talks nonsense the worker neither ends nor storms it", {
  timeout: TIMEOUT_MS,
}, async () => {
  const server = await startPoorImap({
    answers: (command, tag) =>
      /SEARCH/.test(command) ? `* SEARCH ((((\r\n${tag} BAD \u0000 {x` : undefined,
  });
  const cwd = await mkdtemp(join(tmpdir(), "henkin-nonsense-"));
  await writeFile(join(cwd, "payments.json"), "[]");
  const env = { ...FILE_SETTINGS, INBOX_URL: server.url };
  server.deliver("Subject: there\r\n\r\nhello\r\n");
  const worker = startWorker({ cwd, env });
  try {
    await worker.waitForLog((line) => line["lane"] === "inbox", PATIENCE_MS);
    const before = server.logins;
    await pause(4_000);
    // Each try waits about twice as long as the one before.
    expect(server.logins - before).toBeLessThan(6);
    expect(warnings(worker, "inbox")).toHaveLength(1);
    server.become({});
    await worker.waitForLog(({ msg }) => msg === "inbox works again", PATIENCE_MS);
    worker.kill();
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  } finally {
    worker.kill("SIGKILL");
    await worker.exited;
    await server.close();
    await rm(cwd, { recursive: true, force: true });
  }
});

// Answers at a mail server that writes no verdict: what counts is the approver's own signature.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type DkimKey,
  type DnsServer,
  dkimKey,
  type Signing,
  signed,
  startDns,
} from "../support/dns.ts";
import { dovecotInstalled } from "../support/dovecot.ts";
import { AUTHSERV_ID, type MailOptions, staffReply } from "../support/mails.ts";
import { runCommand } from "../support/worker.ts";
import { type Asked, openShop, payment, SATO, type Shop } from "./shop.ts";

const MINUTE_MS = 60_000;
const EXPLAINED = "送信元を確認できない";

const OURS = dkimKey({ domain: "shop.example.jp" });
const THEIRS = dkimKey({ domain: "evil.example" });
/** Of the same registered domain, but of other people. */
const SISTER = dkimKey({ domain: "evil.example.jp", type: "ed25519" });
/** Its DNS fails for a while. */
const LATE = dkimKey({ domain: "shop.example.jp", selector: "late", type: "ed25519" });

let dns: DnsServer;
beforeAll(async () => {
  dns = await startDns();
});
afterAll(() => dns.close());
beforeEach(() => {
  for (const { name, record } of [OURS, THEIRS, SISTER]) dns.answers.set(name, record);
});

/** Sato's answer, in bytes that are its text; no server has stamped it. */
function answer(request: string, text = "OK", options: MailOptions = {}): Promise<Buffer> {
  return staffReply({
    request,
    from: `佐藤 <${SATO}>`,
    text,
    quote: false,
    charset: "iso-2022-jp",
    subject: `Re: ${/\[R-\d+\]/.exec(request)?.[0]}`,
    authenticationResults: null,
    ...options,
  });
}

/** Signed a minute ago. */
function sign(mail: Buffer, key: DkimKey = OURS, how: Partial<Signing> = {}): Promise<Buffer> {
  return signed(mail, key, { at: new Date(Date.now() - MINUTE_MS), ...how });
}

function replaced(mail: Buffer, from: string | RegExp, to: string): Buffer {
  return Buffer.from(mail.toString("latin1").replace(from, to), "latin1");
}

/** What the approver signed says 2, what arrives says 2467. */
async function lengthened(request: string): Promise<Buffer> {
  const mail = await sign(await answer(request, "OK 2"), OURS, { bodyBytes: "OK 2".length });
  return replaced(mail, /OK 2\r\n$/, "OK 2467\r\n");
}

const forgeries: readonly (readonly [string, (request: string) => Promise<Buffer>])[] = [
  ["without a signature", (request) => answer(request)],
  ["signed by another domain", async (request) => sign(await answer(request), THEIRS)],
  [
    "signed in the approver's name with another key",
    async (request) => sign(await answer(request), { ...THEIRS, domain: OURS.domain }),
  ],
  ["lengthened behind what is signed", lengthened],
  [
    "with other words than those signed",
    async (request) => replaced(await sign(await answer(request, "NG")), /NG\r\n$/, "OK\r\n"),
  ],
];

const orderOf = (index: number) => String(921 + index);

describe.skipIf(!dovecotInstalled())(
  "an answer to an approval request",
  { timeout: 60_000 },
  () => {
    let shop: Shop;

    beforeAll(async () => {
      const orders = [
        "911",
        "912",
        "913",
        "914",
        ...forgeries.map((_one, index) => orderOf(index)),
      ];
      shop = await openShop({
        settings: { DNS_SERVERS: dns.address, AUTHSERV_IDS: "" },
        payments: orders.map((order) => payment(order)),
      });
    });
    afterAll(() => shop.close());

    const requestTo = ({ requests: [first, second] }: Asked) =>
      (first.envelope.to.includes(SATO) ? first : second).raw;
    const explanations = (number: number) =>
      shop.mailsTo(SATO, number).filter(({ text }) => text.includes(EXPLAINED));

    describe("where our server stamps nothing", { concurrent: true }, () => {
      test("signed by the approver's domain pays", async () => {
        const asked = await shop.ask("911");
        await shop.deliver(await sign(await answer(requestTo(asked))));
        expect(shop.moves("911")).toEqual(["refund pi_911 2467"]);
        expect(explanations(asked.number)).toEqual([]);
      });

      test.each(forgeries.map(([what, forge], index) => [what, forge, orderOf(index)] as const))(
        "%s pays nothing and is explained, and the true answer still counts",
        async (_what, forge, order) => {
          const asked = await shop.ask(order);
          await shop.deliver(await forge(requestTo(asked)));
          expect(shop.moves(order)).toEqual([]);
          expect((await shop.ticket(asked.number)).status).toBe("awaiting_approval");
          expect(explanations(asked.number)).toHaveLength(1);
          await shop.deliver(await sign(await answer(requestTo(asked))));
          expect(shop.moves(order)).toEqual([`refund pi_${order} 2467`]);
        },
      );

      test("waits for a DNS that fails, and pays when it is back", async () => {
        const asked = await shop.ask("912");
        dns.answers.set(LATE.name, { fault: "servfail" });
        const delivered = shop.deliver(await sign(await answer(requestTo(asked)), LATE));
        // Twice at most in one go, so that after the third it was taken up again.
        const asks = () => dns.questions.filter((name) => name === LATE.name).length;
        await vi.waitUntil(() => asks() > 2, { timeout: 30_000 });
        expect(shop.moves("912")).toEqual([]);
        dns.answers.set(LATE.name, LATE.record);
        await delivered;
        expect(shop.moves("912")).toEqual(["refund pi_912 2467"]);
        expect(explanations(asked.number)).toEqual([]);
      });
    });

    describe("where our server stamps what it finds", () => {
      beforeAll(async () => {
        await shop.stop();
        await shop.start({ AUTHSERV_IDS: AUTHSERV_ID });
      });
      const stamp = (verdict: string) => ({ authenticationResults: `${AUTHSERV_ID}; ${verdict}` });

      test("is refused with it, however well it is signed", async () => {
        const asked = await shop.ask("913");
        const fail = stamp(
          "dkim=pass header.d=shop.example.jp; dmarc=fail header.from=shop.example.jp",
        );
        const questions = dns.questions.length;
        await shop.deliver(await sign(await answer(requestTo(asked), "OK", fail)));
        expect(shop.moves("913")).toEqual([]);
        expect(explanations(asked.number)).toHaveLength(1);
        expect(dns.questions).toHaveLength(questions);
      });

      test("counts by its signature where that says nothing about From", async () => {
        const asked = await shop.ask("914");
        const silent = stamp("spf=pass smtp.mailfrom=shop.example.jp");
        await shop.deliver(await sign(await answer(requestTo(asked), "OK", silent)));
        expect(shop.moves("914")).toEqual(["refund pi_914 2467"]);
      });
    });
  },
);

describe("henkin decide", { timeout: 60_000 }, () => {
  const REQUEST = "From: shop@shop.example.jp\r\nSubject: [R-12] x\r\n\r\nx\r\n";
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "henkin-dkim-"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function decide(mails: readonly Buffer[], settings: Record<string, string> = {}) {
    const files = mails.map((_mail, index) => `${index}.eml`);
    await Promise.all(mails.map((mail, index) => writeFile(join(directory, `${index}.eml`), mail)));
    const env = { STAFF_EMAILS: SATO, DNS_SERVERS: dns.address, ...settings };
    const result = await runCommand(["decide", "--json", ...files], { cwd: directory, env });
    expect(result).toMatchObject({ code: 0, stderr: "" });
    // One JSON object for each mail, and nothing else.
    expect(result.stdout.trimEnd().split("\n")).toHaveLength(mails.length);
    expect(result.json).toHaveLength(mails.length);
    return result.json;
  }

  test("says that a signed answer is its author's", async () => {
    const mail = await sign(await answer(REQUEST));
    expect(await decide([mail])).toMatchObject([{ decision: "approve", sender: "ok" }]);
  });

  test("says of others why they do not count", async () => {
    const plain = await answer(REQUEST);
    const genuine = await sign(plain);
    const mails: [string, Buffer][] = [
      ["no_results_of_our_server", plain],
      // As if they were not there.
      ["no_results_of_our_server", await sign(plain, THEIRS)],
      ["no_results_of_our_server", await sign(plain, SISTER)],
      ["dkim_fail", await sign(plain, { ...THEIRS, domain: OURS.domain })],
      ["no_results_of_our_server", await lengthened(REQUEST)],
      ["no_results_of_our_server", replaced(genuine, "v=1;", "v=1; l=99999;")],
      ["dkim_neutral", replaced(genuine, /OK\r\n$/, "OK 2\r\n")],
      ["dkim_header_not_signed", await sign(plain, OURS, { fields: "From:Subject:Date" })],
      ["doubled_header", replaced(genuine, /^/, "Subject: [R-13]\r\n")],
      ["dkim_expired", await sign(plain, OURS, { at: new Date(Date.now() + 60 * MINUTE_MS) })],
    ];
    const results = await decide(mails.map(([, mail]) => mail));
    expect(results.map(({ sender }) => sender)).toEqual(mails.map(([reason]) => reason));
    expect(new Set(results.map(({ decision }) => decision))).toEqual(new Set(["none"]));
  });

  test("says that the DNS could not be asked", async () => {
    dns.answers.set(LATE.name, { fault: "servfail" });
    const mail = await sign(await answer(REQUEST), LATE);
    expect(await decide([mail])).toMatchObject([{ decision: "none", sender: "dkim_temperror" }]);
  });

  test("leaves the last word to our server", async () => {
    const dmarc = `${AUTHSERV_ID}; dmarc=fail header.from=shop.example.jp`;
    const mail = await sign(await answer(REQUEST, "OK", { authenticationResults: dmarc }));
    const results = await decide([mail], { AUTHSERV_IDS: AUTHSERV_ID });
    expect(results).toMatchObject([{ decision: "none", sender: "dmarc_fail" }]);
  });
});

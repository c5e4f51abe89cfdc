import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { AUTHSERV_ID, dmarcPass, staffReply, vacationReply } from "../support/mails.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import { openShop, payment, SATO, type Shop, SUZUKI } from "./shop.ts";

const DOMAIN = "shop.example.jp";
const STRANGER = "mallory@elsewhere.example";

const PAYMENTS = [
  payment("901"),
  payment("902"),
  payment("903"),
  payment("904"),
  payment("905", { payerEmail: SATO }),
  payment("906"),
  payment("907"),
  payment("908"),
];

/** Puts a field below the uppermost Received, where a sender can write what he likes. */
function withFieldBelowReceived(raw: Buffer, field: string): Buffer {
  const text = raw.toString("latin1");
  return Buffer.from(
    text.replace(/^Received: .*\r\n(?:[ \t].*\r\n)*/m, `$&${field}\r\n`),
    "latin1",
  );
}

describe.skipIf(!dovecotInstalled())(
  "an answer to an approval request",
  { concurrent: true, timeout: 60_000 },
  () => {
    let shop: Shop;

    beforeAll(async () => {
      shop = await openShop({ payments: PAYMENTS });
    });
    afterAll(() => shop.close());

    describe.sequential("in the name of an approver", () => {
      let request: ReceivedMail;
      let number: number;

      beforeAll(async () => {
        ({
          number,
          requests: [request],
        } = await shop.ask("901"));
      });

      const forgeries: readonly (readonly [string, string | null])[] = [
        [
          "that failed DMARC",
          `${AUTHSERV_ID}; spf=pass smtp.mailfrom=evil.example; dmarc=fail header.from=${DOMAIN}`,
        ],
        [
          "with SPF and DKIM alone",
          `${AUTHSERV_ID}; spf=pass smtp.mailfrom=${DOMAIN}; dkim=pass header.d=${DOMAIN}`,
        ],
        ["without any verdict", null],
        [
          "with the verdict of a foreign server",
          `mx.evil.example; dmarc=pass header.from=${DOMAIN}`,
        ],
        ["with a verdict about another domain", dmarcPass("evil.example")],
        [
          "with a verdict in a comment",
          `${AUTHSERV_ID}; dmarc=fail (dmarc=pass header.from=${DOMAIN})`,
        ],
      ];

      test.each(forgeries)("%s pays nothing", async (_what, authenticationResults) => {
        await shop.answer(request, "OK", { authenticationResults });
        expect(shop.moves("901")).toEqual([]);
      });

      test("with a forged verdict below a Received pays nothing", async () => {
        const forged = await staffReply({
          request: request.raw,
          from: SATO,
          text: "OK",
          authenticationResults: `${AUTHSERV_ID}; dmarc=fail header.from=${DOMAIN}`,
        });
        const verdict = `Authentication-Results: ${AUTHSERV_ID}; dmarc=pass header.from=${DOMAIN}`;
        await shop.deliver(withFieldBelowReceived(forged, verdict));
        expect(shop.moves("901")).toEqual([]);
      });

      test("beside a second From pays nothing", async () => {
        const headers = { From: `${SATO}, ${STRANGER}` };
        await shop.answer(request, "OK", { headers });
        expect(shop.moves("901")).toEqual([]);
      });

      test("as a mere display name pays nothing", async () => {
        await shop.answer(request, "OK", { from: `"${SATO}" <${STRANGER}>` });
        expect(shop.moves("901")).toEqual([]);
      });

      test("is explained to the configured address, once, and the true answer still counts", async () => {
        const explained = shop
          .mailsTo(SATO, number)
          .filter(({ text }) => text.includes("送信元を確認できない"));
        expect(explained).toHaveLength(1);
        await shop.answer(request, "OK");
        expect(shop.moves("901")).toEqual(["refund pi_901 2467"]);
      });
    });

    test("from an address that is not on the list is reported, never answered", async () => {
      const { number, requests } = await shop.ask("902");
      const from = `Mallory <${STRANGER}>`;
      await shop.answer(requests[0], "OK", { from });
      await shop.answer(requests[0], "承認", { from });
      expect(shop.moves("902")).toEqual([]);
      for (const address of [SATO, SUZUKI]) {
        const [, report, ...more] = shop.mailsTo(address, number);
        expect(report?.text).toContain(STRANGER);
        expect(more).toEqual([]);
      }
      expect(shop.mailsTo(STRANGER)).toEqual([]);
    });

    test("by a vacation responder is no answer", async () => {
      const { number, requests } = await shop.ask("903");
      await shop.deliver(await vacationReply({ request: requests[0].raw, from: SATO }));
      await shop.deliver(
        await vacationReply({ request: requests[1].raw, from: SUZUKI, text: "OK" }),
      );
      expect(shop.moves("903")).toEqual([]);
      expect(shop.mailsTo(SATO, number)).toHaveLength(1);
      expect(shop.mailsTo(SUZUKI, number)).toHaveLength(1);
      await shop.answer(requests[0], "OK");
      expect(shop.moves("903")).toEqual(["refund pi_903 2467"]);
    });

    test("under the number of another ticket counts for neither", async () => {
      const [one, other] = [await shop.ask("907"), await shop.ask("908")];
      await shop.answer(one.requests[0], "OK", { subject: `Re: [R-${other.number}]` });
      await shop.answer(one.requests[0], "OK", {
        subject: `Re: [R-${one.number}] [R-${other.number}]`,
        quote: false,
      });
      expect([...shop.moves("907"), ...shop.moves("908")]).toEqual([]);
    });

    test("of one approver does not carry another's request", async () => {
      const { number, requests } = await shop.ask("904");
      await shop.answer(requests[0], "OK", { from: SUZUKI });
      expect(shop.moves("904")).toEqual([]);
      expect(shop.mailsTo(SUZUKI, number).at(-1)?.text).toContain(
        "どの依頼への返信か確認できません",
      );
    });

    test("by the one who paid does not count", async () => {
      const { number, requests } = await shop.ask("905");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("905")).toEqual([]);
      expect((await shop.ticket(number)).status).toBe("awaiting_approval");
      expect(shop.mailsTo(SATO, number).at(-1)?.text).toContain("別の承認者が必要です");
      await shop.answer(requests[1], "OK");
      expect(shop.moves("905")).toEqual(["refund pi_905 2467"]);
    });

    test("by the one who asks does not count", async () => {
      const { requests } = await shop.ask("906", { email: SATO });
      await shop.answer(requests[0], "OK");
      expect(shop.moves("906")).toEqual([]);
      await shop.answer(requests[1], "OK");
      expect(shop.moves("906")).toEqual(["refund pi_906 2467"]);
    });
  },
);

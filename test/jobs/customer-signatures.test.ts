// Whose DKIM signatures are worth a question to the DNS. Its answer is waited for on the one lane of the
// mails that come in, so that nobody may cause it who was not asked for an account.

import { afterEach, describe, expect, it } from "vitest";
import type { DkimSignature } from "../../src/domain/approval/dkim.ts";
import { openDesk, TANAKA, type TestDesk } from "../support/desk.ts";
import { HOUR } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";
import type { MessageParts } from "../support/message.ts";
import { anAnswer } from "./recorded-mail.ts";

let desk: TestDesk;
afterEach(() => desk.close());

const STRANGER = "a@stranger.example";
const ACCOUNT = `銀行名: みずほ銀行
支店名: 渋谷支店
口座種別: 普通
口座番号: 1234567
口座名義(カナ): タナカ タロウ`;

let asked: string[];

async function open(result: string, byHand = true): Promise<void> {
  asked = [];
  const payments = [aPayment({ byHand })];
  desk = await openDesk({
    payments,
    verifier: {
      verify: async (_raw, domain): Promise<readonly DkimSignature[]> => {
        asked.push(domain);
        return [
          {
            ...{ domain, result, aligned: true, algorithm: "rsa-sha256", timeValid: true },
            signedHeaders: ["from", "to", "subject", "date"],
          },
        ];
      },
    },
  });
  await desk.ask();
  const code = desk.mail("approval_request", TANAKA).variables["code"];
  await desk.reply(`OK\nコード: ${code}`);
  await desk.work();
  asked = [];
}

/** From this address, as an answer to this mail of ours. */
async function give(from: string, parts: MessageParts): Promise<void> {
  const request = desk.mails("account_request", TARO)[0] ?? desk.mail("refunded", TARO);
  const unmarked = { from, headers: { From: from } };
  await desk.receive({ ...anAnswer(request, ACCOUNT, unmarked), ...parts });
  await desk.work();
}

const kept = async () => {
  const { id } = await desk.ticket();
  return (await desk.store.read((tx) => tx.bankAccounts.find(id))) !== undefined;
};

describe("the signatures of a mail with a bank account", () => {
  it("are verified where the payer answers our mail that asks for it", async () => {
    await open("pass");
    await give(TARO, {});
    expect(asked).toEqual(["mail.example"]);
    expect(await kept()).toBe(true);
  });

  it.each([
    ["of a stranger who names the ticket", STRANGER, { inReplyTo: [] }],
    ["of a stranger who answers our mail", STRANGER, {}],
    ["in the payer's name that answers nothing of ours", TARO, { inReplyTo: [] }],
    [
      "in the payer's name that answers a made-up mail",
      TARO,
      { inReplyTo: ["henkin.x@shop.example"] },
    ],
    ["of two authors", `${TARO}, ${STRANGER}`, {}],
  ])("are not looked up: a mail %s", async (_whose, from, parts) => {
    await open("temperror");
    await give(from, parts);
    await desk.advance(HOUR);
    expect(asked).toEqual([]);
    expect(await kept()).toBe(false);
  });

  it("are not looked up where the ticket asks for no account", async () => {
    await open("temperror", false);
    expect((await desk.ticket()).status).toBe("refunded");
    await give(TARO, {});
    expect(asked).toEqual([]);
  });

  it("are looked up three times where the DNS does not answer; then staff read of it", async () => {
    await open("temperror");
    await give(TARO, {});
    for (let minute = 0; minute < 60; minute += 1) await desk.advance(HOUR / 60);
    expect(asked).toHaveLength(3);
    const told = desk.mails("staff_task", TANAKA).map(({ variables }) => variables["reason"]);
    expect(told.join()).toContain(TARO);
    expect(await kept()).toBe(false);
  });

  it("are looked up longer for an approver's answer", async () => {
    await open("temperror");
    await desk.reply("STOP", TANAKA, { headers: { From: TANAKA } });
    for (let minute = 0; minute < 60; minute += 1) await desk.advance(HOUR / 60);
    expect(asked).toHaveLength(13);
  });
});

// What approvers may still say once an answer was given, and what the others are told of it.

import { afterEach, describe, expect, it } from "vitest";
import { anAnswer } from "../jobs/recorded-mail.ts";
import { openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY, MINUTE } from "../support/fake-clock.ts";

let desk: TestDesk;
afterEach(() => desk.close());

async function open(shop: object): Promise<void> {
  desk = await openDesk({ shop });
  await desk.ask();
}

const decisions = (to: string) =>
  desk
    .mails("decision_made", to)
    .map(({ variables }) => [String(variables["decision"]).split(" ")[0], variables["isFinal"]]);

describe("NG after an approval", () => {
  it.each(["NG", "却下 発送済み", "STOP"])(
    "stops the refund while it is waiting: %s",
    async (word) => {
      await open({ coolingMs: 30 * MINUTE });
      await desk.reply("OK", TANAKA);
      await desk.reply(word, SATO);
      await desk.advance(DAY);
      expect((await desk.ticket()).status).toBe("rejected");
      expect(desk.provider.creations).toEqual([]);
    },
  );

  it("comes too late once the money moves", async () => {
    await open({});
    await desk.reply("OK", TANAKA);
    await desk.work();
    await desk.reply("NG", SATO);
    expect((await desk.ticket()).status).toBe("refunded");
    expect(desk.mail("ambiguous_answer", SATO).variables["reason"]).toMatch(/decided already/);
  });
});

describe("where two must agree, the other approver", () => {
  it("is told that the answer is still needed, each time it is", async () => {
    await open({ secondApprovalFromMinor: 1_000 });
    for (const word of ["OK", "STOP", "OK"]) {
      desk.clock.advance(MINUTE);
      await desk.reply(word, TANAKA);
      await desk.work();
    }
    expect(decisions(SATO)).toEqual([
      ["approved", false],
      ["approval", false],
      ["approved", false],
    ]);
    await desk.reply("OK", SATO);
    await desk.work();
    expect(desk.provider.creations).toHaveLength(1);
  });
});

describe("a new mail of an approver", () => {
  it("answers by the code in its quote alone", async () => {
    await open({});
    const request = desk.mail("approval_request", TANAKA);
    const text = `OK\n\n> Code: ${request.variables["code"]}`;
    await desk.receive(anAnswer(request, text, { subject: "about the refund", inReplyTo: [] }));
    await desk.work();
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("is never repeated to him where somebody else may have written it", async () => {
    await open({});
    const request = desk.mail("approval_request", TANAKA);
    await desk.receive(
      anAnswer(request, "look at https://evil.example", { headers: { From: TANAKA } }),
    );
    await desk.work();
    expect(desk.mail("ambiguous_answer", TANAKA).variables["answer"]).toEqual([]);
  });
});

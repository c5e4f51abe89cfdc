import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lines } from "../../src/ticket/intake.ts";
import { openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

const HANAKO = "hanako@mail.example";

let desk: TestDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

async function count(): Promise<number> {
  return (await desk.store.read((tx) => tx.tickets.list({}))).length;
}
const reasons = (to = TANAKA as string) =>
  desk.mails("staff_task", to).map(({ variables }) => String(variables["reason"]));

describe("a request", () => {
  it("opens a ticket with what the form says", async () => {
    await desk.ask({ text: "返金希望額: 1000円\n一部返金をお願いします。" });
    expect(await desk.ticket()).toMatchObject({
      number: 1,
      orderNumbers: ["679"],
      requesterName: "田中太郎",
      requesterEmail: TARO,
      requestedMinor: 1000,
      intent: "partial",
    });
  });

  it("has the same identifier on a copy that reads the same mail", async () => {
    await desk.ask();
    const { id } = await desk.ticket();
    await desk.close();
    desk = await openDesk();
    await desk.ask();
    expect((await desk.ticket()).id).toBe(id);
  });

  it.each([
    ["the same e-mail", { name: "別の名前" }],
    ["the same name", { email: "other@mail.example" }],
  ])("of the same order with %s joins the open ticket", async (_name, wish) => {
    await desk.ask();
    await desk.ask(wish);
    expect(await count()).toBe(1);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
    expect(reasons()).toEqual([]);
  });

  it("that joins with another wish is shown to staff, and changes nothing", async () => {
    await desk.ask();
    await desk.ask({ text: "返金希望額: 500円\n一部返金に変更してください。" });
    expect(await count()).toBe(1);
    expect((await desk.ticket()).requestedMinor).toBeNull();
    expect(reasons()).toEqual([expect.stringMatching(/customer has written/)]);
  });

  it("of someone else for the same order opens another ticket", async () => {
    await desk.ask();
    await desk.ask({ name: "山田花子", email: HANAKO });
    expect(await count()).toBe(2);
    expect((await desk.ticket(2)).status).toBe("unmatched");
  });

  it("after the end of a ticket opens another", async () => {
    await desk.ask();
    await desk.reply("NG");
    desk.clock.advance(DAY);
    await desk.ask();
    expect(await count()).toBe(2);
  });

  it("without an order number joins the only open ticket of its sender", async () => {
    await desk.ask();
    await desk.ask({ order: "" });
    expect(await count()).toBe(1);
  });

  it("with the order number that was missing leads the waiting ticket on", async () => {
    await desk.ask({ order: "", name: "山田花子", email: HANAKO });
    expect((await desk.ticket()).status).toBe("unmatched");
    desk.provider.put(aPayment({ id: "pi_680", orderNumbers: ["680"], payerEmail: HANAKO }));
    desk.provider.changed = ["pi_680"];
    desk.clock.advance(DAY);
    await desk.ask({ order: "680", name: "山田花子", email: HANAKO });
    expect(await count()).toBe(1);
    expect(await desk.ticket()).toMatchObject({
      status: "awaiting_approval",
      orderNumbers: ["680"],
    });
  });

  it("that names several orders opens one ticket for each, and no amount for any", async () => {
    desk.provider.put(aPayment({ id: "pi_680", orderNumbers: ["680"] }));
    await desk.ask({ order: "679, 680", text: "合計 3000円の返金をお願いします。" });
    expect(await count()).toBe(2);
    for (const number of [1, 2]) {
      expect(await desk.ticket(number)).toMatchObject({ requestedMinor: null });
    }
    const orders = [(await desk.ticket(1)).orderNumbers, (await desk.ticket(2)).orderNumbers];
    expect(orders.flat().sort()).toEqual(["679", "680"]);
  });

  it("opens at most five tickets by one mail", async () => {
    await desk.ask({ order: "701, 702, 703, 704, 705, 706, 707" });
    expect(await count()).toBe(5);
  });

  it("to take a request back opens nothing that could be paid", async () => {
    await desk.ask({ text: "先ほどのキャンセルを取り消してください。返金は不要です。" });
    expect(desk.mails("approval_request")).toHaveLength(0);
  });

  it("is acknowledged only where the shop wants it, once", async () => {
    await desk.ask();
    expect(desk.mails("acknowledgement")).toEqual([]);
    await desk.close();
    desk = await openDesk({ shop: { acknowledge: true } });
    await desk.ask();
    await desk.ask();
    expect(desk.mails("acknowledgement", TARO)).toHaveLength(1);
  });
});

describe("a customer's answer", () => {
  const answerTo = (name: "need_order_number", text: string, from = HANAKO) => {
    const question = desk.mail(name, HANAKO);
    return desk.receive({
      from,
      subject: `Re: [${question.variables["reference"]}]`,
      inReplyTo: [question.messageId],
      text,
    });
  };
  beforeEach(async () => {
    await desk.ask({ order: "700", name: "山田花子", email: HANAKO });
    desk.clock.advance(1_000);
  });

  it("brings the order number, and the ticket is matched again", async () => {
    await answerTo("need_order_number", "注文番号は 679 です。");
    await desk.work();
    expect((await desk.ticket()).orderNumbers).toEqual(["679"]);
    expect(desk.mails("candidates", TANAKA)).toHaveLength(1);
  });

  it("is shown to staff where it brings none", async () => {
    await answerTo("need_order_number", "注文番号が分かりません。どこに書いてありますか。");
    await desk.work();
    expect(reasons()).toEqual([expect.stringMatching(/customer has written/)]);
    expect((await desk.ticket()).status).toBe("unmatched");
  });

  it("from an address nobody knows, which only names the ticket, changes nothing", async () => {
    await desk.receive({ from: "evil@mail.example", subject: "Re: [R-1]", text: "注文番号: 679" });
    await desk.work();
    expect((await desk.ticket()).orderNumbers).toEqual(["700"]);
    expect(reasons()).toHaveLength(1);
  });

  it("never decides, whatever it says", async () => {
    await desk.ask();
    desk.clock.advance(1_000);
    await desk.receive({
      from: TARO,
      subject: "Re: [R-2]",
      text: "OK",
      headers: {
        From: TARO,
        "Authentication-Results": "mx.shop.example; dmarc=pass header.from=mail.example",
      },
    });
    await desk.work();
    expect((await desk.ticket(2)).status).toBe("awaiting_approval");
    expect(reasons(SATO).length).toBeGreaterThan(0);
  });
});

describe("a customer's text as staff read it", () => {
  const text = (count: number) =>
    Array.from({ length: count }, (_none, at) => ` line ${at + 1} \r\n\r\n`).join("");

  it("is every line that says something, up to sixty", () => {
    expect(lines(text(60))).toEqual(Array.from({ length: 60 }, (_none, at) => `line ${at + 1}`));
    expect(lines("\n \n")).toEqual([]);
  });

  it.each([
    [61, "… (+1)"],
    [100, "… (+40)"],
  ])("says how many of its %i lines are left out", (count, rest) => {
    const read = lines(text(count));
    expect(read).toHaveLength(61);
    expect(read.slice(-2)).toEqual(["line 60", rest]);
  });
});

// Orders paid to an Epsilon virtual account, in each state that makeshop's manual names (イプシロン銀行振込
// (バーチャル口座)の決済ステータス): who is asked what, what is owed, and what the customer reads. Every mail
// of a case stands in its file under test/fixtures/virtual-account/.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEpsilonProvider } from "../../src/payments/epsilon.ts";
import { createMakeshopOrders } from "../../src/payments/makeshop.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { aForm, type Sent } from "../jobs/recorded-mail.ts";
import { Conversation } from "../support/conversation.ts";
import { openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { FakeClock, HOUR } from "../support/fake-clock.ts";
import { type EpsilonFieldValues, FakeEpsilon, VIRTUAL_ACCOUNT } from "../support/fake-epsilon.ts";
import { FakeMakeshop, type FakeOrder } from "../support/fake-makeshop.ts";
import type { MessageParts } from "../support/message.ts";

const ORDER = "P171323551145213731";
const HANAKO = "hanako@mail.example";
const CANCEL = "注文をキャンセルします。支払った分は返金をお願いします。";
const REFUND = "返金をお願いします。";
const ACCOUNT = `銀行名: みずほ銀行
支店名: 渋谷支店
口座種別: 普通
口座番号: 1234567
口座名義: タカハシ ハナコ`;
const TRANSFERRED = "完了 20261112-01";

let epsilon: FakeEpsilon;
let makeshop: FakeMakeshop;
let desk: TestDesk;
let talk: Conversation;

beforeEach(async () => {
  let slept = 0;
  const clock = {
    now: () => slept,
    // On which waiting for makeshop's second takes no time.
    sleep: async (ms: number) => {
      slept += ms;
    },
  };
  epsilon = new FakeEpsilon();
  makeshop = new FakeMakeshop(() => slept);
  await epsilon.start();
  await makeshop.start();
  const { shopId, token, origin: apiBase } = makeshop;
  const orders = createMakeshopOrders({ shopId, token, apiBase, clock });
  const time = new FakeClock();
  const { contractCode, base } = epsilon;
  const provider = live(
    createEpsilonProvider({ contractCode, apiBase: base, orders, now: time.now }),
  );
  desk = await openDesk({
    ...{ payments: [], providers: [provider], clock: time },
    shop: { locale: "ja", formFrom: ["form@shop.example"] },
  });
  talk = new Conversation(desk);
});
afterEach(async () => {
  await desk.close();
  await epsilon.stop();
  await makeshop.stop();
});

/** As it answers at its live address, where its clock agrees with ours. */
function live(provider: PaymentProvider): PaymentProvider {
  const search = provider.searchPayments.bind(provider);
  const retrieve = provider.retrievePayment.bind(provider);
  return Object.assign(provider, {
    clockOffsetMs: () => null,
    async searchPayments(orderNumber: string, signal: AbortSignal) {
      const found = await search(orderNumber, signal);
      return found.map((payment) => ({ ...payment, livemode: true }));
    },
    async retrievePayment(id: string, signal: AbortSignal) {
      const payment = await retrieve(id, signal);
      return payment && { ...payment, livemode: true };
    },
  });
}

/** The order costs ¥2,500; null: Epsilon knows no transaction. */
function order(atEpsilon: EpsilonFieldValues | null, atMakeshop: FakeOrder = {}): void {
  if (atEpsilon !== null) {
    epsilon.add(ORDER, {
      ...VIRTUAL_ACCOUNT,
      ...{ item_price: "2500", user_name: "髙橋 花子", user_mail_add: HANAKO },
      ...{ last_update: "2026-11-02 14:03:22", credit_time: "2026-11-02 14:03:22" },
      ...atEpsilon,
    });
  }
  makeshop.set(ORDER, {
    ...{ name: "髙橋 花子", email: HANAKO, sum: "2500", date: "2026-11-02 14:01:10" },
    paymethod: { type: "M1", name: "銀行振込(バーチャル口座)" },
    ...atMakeshop,
  });
}

const UNPAID = { state: "0", credit_time: "" } as const;
const PAID = { state: "1" } as const;
const CANCELED = { state: "9", credit_time: "" } as const;

/** As Epsilon words it to shops; the exact text is not published. */
function aNotice(subject: string, lines: readonly string[]): MessageParts {
  return {
    from: "イプシロンサポート <support@epsilon.jp>",
    subject: `【イプシロン】${subject}`,
    headers: { "Auto-Submitted": "auto-generated" },
    text: `見本商店 ご担当者様

GMOイプシロンでございます。
${lines.join("\n")}

契約番号　　　：64985980
オーダー番号　：${ORDER}
振込人名義　　：タカハシ ハナコ

※本メールは送信専用です。
`,
  };
}

const AFTER_CANCELLATION = aNotice("入金エラーのお知らせ", [
  "下記のバーチャル口座へのご入金を確認しましたが、",
  "該当のご注文がキャンセル済みのため、入金エラーとなりました。",
  "内容をご確認のうえ、購入者様へのご返金などのご対応をお願いいたします。",
]);
const SECOND_DEPOSIT = aNotice("同一口座への複数回入金のお知らせ", [
  "下記のバーチャル口座へ、2回以上のご入金がありました。",
  "内容をご確認のうえ、購入者様へのご返金などのご対応をお願いいたします。",
]);
/** Anybody may write in Epsilon's name, with an address and an account of his own. */
const FORGED: MessageParts = {
  ...SECOND_DEPOSIT,
  from: "イプシロン <info@epsilon.jp.example>",
  text: `${SECOND_DEPOSIT.text}
返金先メールアドレス: thief@mail.example
返金先口座: みずほ銀行 渋谷支店 普通 7654321 ドロボウ タロウ
返金額: 2,500円`,
};

interface Case {
  readonly file: string;
  readonly state: string;
  readonly order: () => void;
  /** What the customer writes in the form, or the mail in Epsilon's name that opens the ticket. */
  readonly wish: string | MessageParts;
  /** What TANAKA and the customer answer, one after another. */
  readonly answers: readonly string[];
  /** What is transferred in the end; null: nothing. */
  readonly owed: number | null;
}

const CASES: readonly Case[] = [
  {
    file: "1-unconfirmed",
    state: "要確認, given up half-way: nothing came, and the transfer account may still be there",
    order: () => order(null, { status: "99", paymentStatus: "0" }),
    wish: CANCEL,
    answers: ["入金 0"],
    owed: null,
  },
  {
    file: "2-unpaid",
    state: "未入金",
    order: () => order(UNPAID, { paymentStatus: "0" }),
    wish: CANCEL,
    answers: ["入金 0"],
    owed: null,
  },
  {
    file: "3-paid",
    state: "入金完了: all of it is owed",
    order: () => order(PAID),
    wish: CANCEL,
    answers: ["OK", ACCOUNT, "OK", TRANSFERRED],
    owed: 2500,
  },
  {
    file: "4-expired",
    state: "入金期限切れ: nothing came, and nothing can any more",
    order: () => order({ ...UNPAID, last_update: "2026-10-02 14:03:22" }, { paymentStatus: "0" }),
    wish: CANCEL,
    answers: ["入金 0"],
    owed: null,
  },
  {
    file: "5-over-cancel",
    state: "決済失敗, too much came and the order is cancelled: all of it is owed",
    order: () => order(UNPAID, { paymentStatus: "0" }),
    wish: CANCEL,
    answers: ["入金 3000", "OK", ACCOUNT, "OK", TRANSFERRED],
    owed: 3000,
  },
  {
    file: "5-over-refund",
    state: "決済失敗, too much came and the order stands: the difference is owed",
    order: () => order(UNPAID, { paymentStatus: "0" }),
    wish: "3,000円を振り込んでしまいました。多い分の返金をお願いします。",
    answers: ["入金 3000", "OK 500", ACCOUNT, "OK 500", TRANSFERRED],
    owed: 500,
  },
  {
    file: "6-under-cancel",
    state: "決済失敗, too little came and the order is cancelled: what came is owed",
    order: () => order(UNPAID, { paymentStatus: "0" }),
    wish: CANCEL,
    answers: ["入金 2000", "OK", ACCOUNT, "OK", TRANSFERRED],
    owed: 2000,
  },
  {
    file: "6-under-refund",
    state: "決済失敗, too little came and the order may stand: staff decide",
    order: () => order(UNPAID, { paymentStatus: "0" }),
    wish: REFUND,
    answers: ["入金 2000", "NG"],
    owed: null,
  },
  {
    file: "7-canceled",
    state: "注文キャンセル after it was paid: all of it is owed",
    order: () => order(PAID, { status: "0" }),
    wish: REFUND,
    answers: ["OK", ACCOUNT, "OK", TRANSFERRED],
    owed: 2500,
  },
  {
    file: "8-after-cancellation",
    state: "a deposit after the cancellation, of which the customer writes",
    order: () => order(CANCELED, { status: "0", paymentStatus: "0" }),
    wish: "キャンセルのあとに振り込んでしまいました。返金をお願いします。",
    answers: ["入金 2500", "OK", ACCOUNT, "OK", TRANSFERRED],
    owed: 2500,
  },
  {
    file: "8-after-cancellation-notice",
    state: "a deposit after the cancellation, of which Epsilon writes",
    order: () => order(CANCELED, { status: "0", paymentStatus: "0" }),
    wish: AFTER_CANCELLATION,
    answers: ["1", "入金 2500", "OK 2500", ACCOUNT, "OK 2500", TRANSFERRED],
    owed: 2500,
  },
  {
    file: "9-second-deposit-notice",
    state: "a second deposit, of which Epsilon writes: the second is owed",
    order: () => order(PAID),
    wish: SECOND_DEPOSIT,
    answers: ["1", "入金 5000", "OK 2500", ACCOUNT, "OK 2500", TRANSFERRED],
    owed: 2500,
  },
  {
    file: "9-forged-notice",
    state:
      "a second deposit that somebody makes up in Epsilon's name: nobody but staff hears of it",
    order: () => order(PAID),
    wish: FORGED,
    answers: ["1", "入金 2500", "NG"],
    owed: null,
  },
];

function aWish(text: string): MessageParts {
  const form = aForm({ order: ORDER, name: "高橋花子", email: HANAKO, text });
  return { ...form, from: "form@shop.example" };
}

const ASKED = ["deposit_question", "candidates", "approval_request", "staff_task"];

function newest(to: string, isAsked: (mail: Sent) => boolean): Sent {
  const mail = desk.transport.accepted.findLast((one) => one.to === to && isAsked(one));
  if (mail === undefined) throw new Error(`${to} was asked nothing`);
  return mail;
}

async function play(answers: readonly string[]): Promise<void> {
  for (const text of answers) {
    desk.clock.advance(HOUR);
    if (text === ACCOUNT) {
      await talk.answer(
        newest(HANAKO, ({ name }) => name === "account_request"),
        text,
      );
    } else {
      const asked = newest(
        TANAKA,
        ({ name, variables }) => ASKED.includes(name) && variables["code"] !== "",
      );
      await talk.answer(asked, text);
    }
  }
}

const fixture = (name: string) => `test/fixtures/virtual-account/${name}.txt`;

describe("an order paid to a virtual account", () => {
  it.each(CASES)("$state", async ({ file, order: put, wish, answers, owed }) => {
    put();
    await talk.receive(typeof wish === "string" ? aWish(wish) : wish);
    await play(answers.slice(0, -1));
    expect(desk.mails("refunded")).toEqual([]);
    await play(answers.slice(-1));
    expect(desk.mails("refunded").map(({ to }) => to)).toEqual(owed === null ? [] : [HANAKO]);
    const transfers = owed === null ? [] : [{ action: "payout", state: "succeeded" }];
    expect(await desk.refunds()).toMatchObject(
      transfers.map((transfer) => ({ ...transfer, amountMinor: owed })),
    );
    const readers = new Set(desk.transport.accepted.map(({ to }) => to));
    expect([HANAKO, SATO, TANAKA]).toEqual(expect.arrayContaining([...readers]));
    const { expected, text } = await talk.compare(fixture(file));
    expect(text).toBe(expected);
  });
});

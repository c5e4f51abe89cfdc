// Customers who ask for their money and staff who answer, while henkin lives and dies between them.
// They know only mails: what came to their letterbox, and what they sent.

import { QUESTION_HEADER } from "../../src/domain/approval/question-header.ts";
import { type Rig, STAFF } from "../e2e/rig.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import type { Chance } from "./random.ts";

export interface Order {
  readonly number: string;
  readonly payment: string;
  readonly captured: number;
  readonly name: string;
  readonly email: string;
}

export interface People {
  /** Those who have asked for a refund. */
  readonly asked: readonly Order[];
  /** What staff approved, in yen: order number → one amount for each request they answered. */
  readonly approved: ReadonlyMap<string, readonly number[]>;
  /** The next customer asks. False where there is none left. */
  ask(): Promise<boolean>;
  /** Staff answer each request that came, once or twice; returns how many requests. */
  answer(): Promise<number>;
}

const SURNAMES = ["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤"];
const GIVEN = ["太郎", "花子", "健一", "美咲", "翔太", "陽子", "直樹", "由美", "大輔", "恵子"];
const PART = 500;

function orderOf(index: number): Order {
  const surname = SURNAMES[index % SURNAMES.length];
  const given = GIVEN[Math.floor(index / SURNAMES.length) % GIVEN.length];
  return {
    number: String(20_001 + index),
    payment: `pi_${20_001 + index}`,
    captured: 1_000 + 10 * index,
    name: `${surname}${given}`,
    email: `customer${index}@customer.example.jp`,
  };
}

/** As many customers as told, all of whom have paid. */
export function createPeople(rig: Rig, chance: Chance, count: number): People {
  const orders = Array.from({ length: count }, (_none, index) => orderOf(index));
  for (const { number, payment, captured, name, email } of orders) {
    const paid = { amount: captured, payerName: name, payerEmail: email };
    rig.addPayment({ id: payment, description: `注文 ${number}`, ...paid });
  }
  const asked: Order[] = [];
  const approved = new Map<string, number[]>();
  const answered = new Set<string>();

  async function answerOne(mail: ReceivedMail): Promise<void> {
    const order = orders.find(({ number }) => mail.text.includes(number));
    if (order === undefined) throw new Error(`a request about no order:\n${mail.text}`);
    const amount = chance.maybe(0.2) ? PART : order.captured;
    const word = amount === PART ? `OK ${PART}` : "OK";
    approved.set(order.number, [...(approved.get(order.number) ?? []), amount]);
    await rig.answer(mail, word);
    // People press the button again when nothing seems to happen.
    if (chance.maybe(0.2)) await rig.answer(mail, word);
  }

  return {
    asked,
    approved,
    async ask() {
      const order = orders[asked.length];
      if (order === undefined) return false;
      asked.push(order);
      const { number, name, email } = order;
      await rig.receiveForm({ orderNumber: number, name, email });
      return true;
    },
    async answer() {
      let count = 0;
      for (const mail of [...rig.smtp.mails]) {
        const isRequest =
          mail.envelope.to.includes(STAFF) && mail.headers.has(QUESTION_HEADER.toLowerCase());
        if (!isRequest || answered.has(mail.messageId)) continue;
        answered.add(mail.messageId);
        await answerOne(mail);
        count += 1;
      }
      return count;
    },
  };
}

// What the tests of every kind of payment share: who lies in the form, what a customer has read so far,
// and a death at a chosen moment.

import type { ContactFormOptions } from "../support/mails.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import { SATO, type Shop } from "./shop.ts";

export const MALLORY = "mallory@evil.example";
export const MALLORYS_NUMBER = "7654321";

/** An account, as the form in our mail asks for it. */
function accountOf(number: string, holder: string): string {
  const lines = [
    "銀行名: みずほ銀行",
    "支店名: 渋谷支店",
    "口座種別: 普通",
    `口座番号: ${number}`,
    `口座名義(カナ): ${holder}`,
  ];
  return lines.join("\n");
}

export const PAYERS_NUMBER = "1234567";
export const PAYERS_ACCOUNT = accountOf(PAYERS_NUMBER, "タナカ タロウ");
export const MALLORYS_ACCOUNT = accountOf(MALLORYS_NUMBER, "マロリー");

/** Of somebody who knows another's name and order number, and wants the money. */
export const FORGED: ContactFormOptions = {
  email: MALLORY,
  message: `返金をお願いいたします。返金先は下記の口座です。\n${MALLORYS_ACCOUNT}`,
};

/** What the customer has read about that ticket, in order: subjects without shop and number. */
export function readBy(shop: Shop, address: string, ticket: number): string[] {
  return shop
    .mailsTo(address, ticket)
    .map(({ subject }) => subject.replace(/^【[^】]*】| \[R-\d+\]$/g, ""));
}

/** The customer of an overpaid order asks; staff choose what was too much, and are asked for an OK. */
export async function askForExcess(shop: Shop, order: string, form: ContactFormOptions = {}) {
  const { number, requests } = await shop.ask(order, form);
  const choice = /候補 (\d)[^\n]*¥533/.exec(requests[0].text)?.[1] ?? "";
  await shop.answer(requests[0], choice);
  const request = shop.mailsTo(SATO, number).at(-1) as ReceivedMail;
  return { number, list: requests[0], request };
}

interface Death {
  readonly cause: () => Promise<unknown>;
  /** Resolves once it is time to die. */
  readonly seen: () => Promise<unknown>;
  /** What changes before the new start. */
  readonly meanwhile?: () => unknown;
}

/** The worker dies in the middle of what follows from the cause, and is started again. */
export async function dieOnce(shop: Shop, { cause, seen, meanwhile }: Death): Promise<void> {
  const caused = cause();
  // Reported below; until then it must not end the test run.
  caused.catch(() => undefined);
  await seen();
  await shop.die();
  await meanwhile?.();
  await shop.start();
  await caused;
}

// Rule 9: no customer reads that money went back before the provider says succeeded, or staff say 完了; no
// stranger reads it at all. Over every kind of payment and every word of its provider about a refund.

import { afterEach, describe, expect, it } from "vitest";
import { PermanentError, TransientError } from "../../src/domain/errors.ts";
import type { Locale, MailName } from "../../src/domain/outgoing-mail.ts";
import type { Payment, ProviderRefund } from "../../src/domain/payment.ts";
import { sampleVariables } from "../../src/mail/sample-variables.ts";
import { loadTemplates } from "../../src/mail/templates.ts";
import { anAnswer } from "../jobs/recorded-mail.ts";
import { COMPLETIONS, completionCheck, completionWords } from "../support/completion-words.ts";
import { MANAGER, openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, FakeClock, HOUR } from "../support/fake-clock.ts";
import { aPayment, type Fault, MemoryProvider, TARO } from "../support/memory-provider.ts";

const LOCALES: readonly Locale[] = ["ja", "en"];
/** What the form claims: another address than the payment's. */
const CLAIMED = "someone@mail.example";
const check = completionCheck();

let desk: TestDesk;
let provider: MemoryProvider;
let locale: Locale;
let seen = 0;
afterEach(() => desk?.close());

type Status = ProviderRefund["status"];

interface Kind {
  readonly name: string;
  readonly provider: string;
  readonly payment: Partial<Payment>;
}

const CARD: Kind = { name: "Stripe card", provider: "stripe", payment: { method: "card" } };
const KONBINI: Kind = { name: "Konbini", provider: "stripe", payment: { method: "konbini" } };
const TRANSFER: Kind = {
  ...{ name: "Stripe bank transfer", provider: "stripe" },
  payment: { method: "bank_transfer" },
};
const SMARTPAY: Kind = { name: "Smartpay", provider: "smartpay", payment: { method: "smartpay" } };
const SANDBOX: Kind = { name: "sandbox", provider: "sandbox", payment: { method: "card" } };

const CARD_PATHS: readonly (readonly Status[])[] = [
  ["succeeded"],
  ["succeeded", "failed"],
  ["pending", "succeeded"],
  ["pending", "succeeded", "failed"],
  ["pending", "failed"],
  ["pending", "canceled"],
  ["failed"],
  ["canceled"],
  ["unknown", "succeeded"],
  ["pending", "unknown", "succeeded"],
  ["succeeded", "unknown", "failed"],
];
const ACCOUNT_PATHS: readonly (readonly Status[])[] = [
  ...CARD_PATHS,
  ["requires_action", "pending", "succeeded"],
  ["requires_action", "pending", "requires_action", "pending", "succeeded"],
  ["requires_action", "failed"],
  ["requires_action", "canceled"],
  ["requires_action", "unknown", "pending", "succeeded"],
  ["succeeded", "requires_action", "pending", "succeeded"],
  ["succeeded", "requires_action", "failed"],
];
const FINAL_PATHS: readonly (readonly Status[])[] = [["succeeded"], ["failed"], ["unknown"]];

const PATHS: readonly (readonly [Kind, readonly (readonly Status[])[]])[] = [
  [CARD, CARD_PATHS],
  [KONBINI, ACCOUNT_PATHS],
  [TRANSFER, ACCOUNT_PATHS],
  [SMARTPAY, FINAL_PATHS],
  [SANDBOX, ACCOUNT_PATHS],
];
const REFUNDS = PATHS.flatMap(([kind, paths]) =>
  paths.flatMap((path) =>
    LOCALES.map((one) => [kind.name, path.join(" → "), one, kind, path] as const),
  ),
);

async function open(kind: Kind, change: Partial<Payment> = {}): Promise<void> {
  const clock = new FakeClock();
  provider = new MemoryProvider(clock, kind.provider);
  provider.put(aPayment({ provider: kind.provider, ...kind.payment, ...change }));
  desk = await openDesk({ clock, payments: [], providers: [provider], shop: { locale } });
  seen = 0;
  await desk.ask({ email: CLAIMED });
  expectNothingSaid();
}

/** With its code, as a mail program quotes it. */
async function answer(text: string): Promise<void> {
  const asked = desk.transport.accepted.findLast(
    ({ to, variables }) => to === TANAKA && (variables["code"] ?? "") !== "",
  );
  if (asked === undefined) throw new Error("nobody was asked");
  await desk.receive(anAnswer(asked, `${text}\nコード: ${asked.variables["code"]}`));
  await desk.work();
}

/** Mails since the last look to anybody but the shop itself, with what of them says that it is done. */
function written(): { name: MailName; to: string; said: string | null }[] {
  const mails = desk.transport.accepted.slice(seen);
  seen += mails.length;
  return mails
    .filter(({ to }) => ![TANAKA, SATO, MANAGER].includes(to))
    .map(({ name, to, draft }) => ({
      ...{ name, to },
      said: check.find(name, draft.locale, draft.variables),
    }));
}

function expectNothingSaid(): void {
  const mails = written();
  expect(mails.filter(({ said }) => said !== null)).toEqual([]);
  expect(mails.filter(({ to }) => to !== TARO)).toEqual([]);
}

function expectSaidOnce(name: MailName): void {
  const mails = written();
  expect(mails.filter(({ to }) => to !== TARO)).toEqual([]);
  const telling = mails.filter(({ said }) => said !== null);
  expect(telling.map((mail) => mail.name)).toEqual([name]);
}

describe("the words of completion", () => {
  it("are those of the mails that say so", () => {
    const templates = loadTemplates("templates", null);
    expect(completionWords(templates, "ja")).toEqual(["取り消", "完了", "発生"].sort());
    expect(completionWords(templates, "en")).toEqual(
      ["cancelled", "charged", "complete", "refunded"].sort(),
    );
  });

  it.each(LOCALES)("are found in those mails, in %s", (one) => {
    for (const name of COMPLETIONS) expect(check.findInSamples(name, one)).not.toBeNull();
  });

  // nothing_charged says so as well, after a live look.
  const others = (Object.entries(sampleVariables("en")) as [MailName, object][])
    .filter(([, sample]) => "shopEmail" in sample)
    .map(([name]) => name)
    .filter((name) => ![...COMPLETIONS, "nothing_charged"].includes(name));
  it.each(LOCALES.flatMap((one) => others.map((name) => [name, one] as const)))(
    "stand in no %s, however it turns out, in %s",
    (name, one) => {
      expect(check.findInSamples(name, one)).toBeNull();
    },
  );
});

describe("a customer reads that the money is back", () => {
  it.each(REFUNDS)("of %s only after succeeded: %s, in %s", async (_k, _p, one, kind, path) => {
    locale = one;
    await open(kind);
    const [first, ...others] = path;
    let before: Status | null = null;
    let known = false;
    const expectSaid = (status: Status) => {
      // Unknown says nothing: what was known before holds on.
      const isNews = status === "succeeded" && before !== "succeeded";
      if (isNews) expectSaidOnce("refunded");
      else expectNothingSaid();
      known ||= isNews;
      before = status === "unknown" ? before : status;
    };
    provider.nextStatus = first ?? null;
    await answer("OK");
    expectSaid(first ?? "unknown");
    for (const status of others) {
      provider.settle("re_1", status, status === "failed" ? "declined" : null);
      await desk.advance(DAY + HOUR);
      expectSaid(status);
    }
    // Reminders, and whatever else comes later.
    for (let days = 0; days < 5; days += 1) await desk.advance(DAY);
    expectNothingSaid();
    expect(known).toBe(path.includes("succeeded"));
  });

  it.each(LOCALES)("in an approver's own words only then, in %s", async (one) => {
    locale = one;
    await open(KONBINI);
    const own = one === "ja" ? "返金が完了しました。" : "Your money has been refunded.";
    provider.nextStatus = "requires_action";
    await answer(`OK\nお客様へ: ${own}`);
    expectNothingSaid();
    for (let days = 0; days < 4; days += 1) await desk.advance(DAY);
    expectNothingSaid();
    provider.settle("re_1", "pending", null);
    await desk.advance(DAY + HOUR);
    expectNothingSaid();
    const before = desk.transport.accepted.filter(({ to }) => to === TARO);
    expect(before.map(({ name }) => name)).toContain("refund_needs_details");
    for (const { draft } of before) expect(JSON.stringify(draft.variables)).not.toContain(own);
    provider.settle("re_1", "succeeded", null);
    await desk.advance(DAY + HOUR);
    expectSaidOnce("refunded");
    expect(desk.mail("refunded", TARO).variables["note"]).toBe(own);
  });

  const FAULTS: readonly (readonly [string, Fault])[] = [
    ["was never made", "before"],
    ["was made, and whose answer was lost", "after"],
    ["ended in an error that is repeated", "stored before"],
    ["was made, and ended in an error that is repeated", "stored after"],
    ["was refused", aFailure(PermanentError, "charge_not_refundable", "Not refundable.")],
    ["could not be asked for", aFailure(TransientError, "rate_limited", "Later.")],
  ];
  const KINDS = [CARD, KONBINI, TRANSFER, SMARTPAY, SANDBOX];
  it.each(
    FAULTS.flatMap(([what, fault]) =>
      KINDS.flatMap((kind) => LOCALES.map((one) => [what, kind.name, one, kind, fault] as const)),
    ),
  )("of a refund that %s (%s, in %s) only once it is seen", async (_w, _k, one, kind, fault) => {
    locale = one;
    await open(kind);
    provider.nextStatus = "succeeded";
    provider.fail("createRefund", fault);
    await answer("OK");
    for (let hours = 0; hours < 3; hours += 1) {
      const { status } = await desk.ticket();
      if (status === "refunded") break;
      expectNothingSaid();
      await desk.advance(HOUR);
    }
    const isBack = provider.refunds.length > 0 && (await desk.ticket()).status === "refunded";
    if (isBack) expectSaidOnce("refunded");
    else expectNothingSaid();
  });
});

describe("a customer reads that nothing is taken", () => {
  const AUTHORIZED = { status: "authorized", capturedMinor: 0, paidAt: null } as const;
  const VOIDS: readonly Kind[] = [
    { ...CARD, payment: { method: "card", ...AUTHORIZED } },
    { ...KONBINI, payment: { method: "konbini", ...AUTHORIZED, status: "unpaid" } },
    {
      ...{ name: "Epsilon card", provider: "epsilon" },
      payment: { method: "card", byHand: true, ...AUTHORIZED },
    },
  ];
  const FATES: readonly (readonly [string, () => void, boolean])[] = [
    ["it was cancelled", () => undefined, true],
    ["its answer was lost", () => provider.fail("cancelPayment", "after"), true],
    [
      "it was refused, because it had just been paid",
      () => {
        provider.on.cancelPayment = async () => {
          provider.change("pi_679", { status: "paid", capturedMinor: 2467, paidAt: 1 });
        };
      },
      false,
    ],
    [
      "it was refused",
      () => provider.fail("cancelPayment", aFailure(PermanentError, "void_not_supported", "No.")),
      false,
    ],
  ];
  it.each(
    VOIDS.flatMap((kind) =>
      FATES.flatMap(([what, happens, isVoided]) =>
        LOCALES.map((one) => [kind.name, what, one, kind, happens, isVoided] as const),
      ),
    ),
  )("of %s when %s, in %s", async (_k, _w, one, kind, happens, isVoided) => {
    locale = one;
    await open(kind);
    happens();
    await answer("OK");
    for (let hours = 0; hours < 3 && (await desk.ticket()).status === "approved"; hours += 1) {
      expectNothingSaid();
      await desk.advance(HOUR);
    }
    expect((await desk.ticket()).resolution).toBe(isVoided ? "voided" : null);
    if (isVoided) expectSaidOnce("voided");
    else expectNothingSaid();
    expect(desk.mails("account_request")).toEqual([]);
  });
});

describe("a customer to whom staff transfer reads that the money is back", () => {
  const HAND: readonly Kind[] = [
    {
      ...{ name: "Epsilon virtual account", provider: "epsilon" },
      payment: { method: "virtual_account", byHand: true },
    },
    {
      ...{ name: "Epsilon card, charged", provider: "epsilon" },
      payment: { method: "card", byHand: true },
    },
    {
      ...{ name: "imported", provider: "imported" },
      payment: { method: "konbini", byHand: true },
    },
  ];
  const ACCOUNT = `銀行名: みずほ銀行
支店名: 渋谷支店
口座種別: 普通
口座番号: 1234567
口座名義(カナ): タナカ タロウ`;
  const ENDS: readonly (readonly [string, string, boolean])[] = [
    ["they say 完了", "完了 20261121-01", true],
    ["and not when they call it off", "NG", false],
  ];

  it.each(
    HAND.flatMap((kind) =>
      ENDS.flatMap(([when, text, isBack]) =>
        LOCALES.map((one) => [kind.name, when, one, kind, text, isBack] as const),
      ),
    ),
  )("of %s once %s, in %s", async (_k, _w, one, kind, text, isBack) => {
    locale = one;
    await open(kind);
    await answer("OK");
    expectNothingSaid();
    for (let days = 0; days < 4; days += 1) await desk.advance(DAY);
    expectNothingSaid();
    if (kind.payment?.method === "card") expect(desk.mails("account_request")).toEqual([]);
    else {
      await desk.receive(anAnswer(desk.mail("account_request", TARO), ACCOUNT));
      await desk.work();
      expectNothingSaid();
      await answer("OK");
    }
    for (let days = 0; days < 3; days += 1) await desk.advance(DAY);
    expectNothingSaid();
    await answer(text);
    if (isBack) expectSaidOnce("refunded");
    else expectNothingSaid();
  });
});

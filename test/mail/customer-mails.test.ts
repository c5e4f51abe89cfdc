// What every mail to a customer says, however it turns out: to whom, about which order, how much, how
// the money comes, what is to be done, and whom to ask. Its text and its HTML say the same words.

import { describe, expect, it } from "vitest";
import type {
  Locale,
  MailName,
  MailVariables,
  RefundRoute,
} from "../../src/domain/outgoing-mail.ts";
import { customerWords } from "../../src/domain/wording.ts";
import { sampleVariables, sampleVariants } from "../../src/mail/sample-variables.ts";
import { loadTemplates, type RenderedMail } from "../../src/mail/templates.ts";

const templates = loadTemplates("templates", null);
const LOCALES: readonly Locale[] = ["ja", "en"];
const ROUTES: readonly RefundRoute[] = ["card", "bank", "instalments", "other"];

/** Every mail to a customer, and what must stand in it beside the name, the order and the contact. */
const AMOUNTS: Readonly<Record<string, readonly string[]>> = {
  acknowledgement: [],
  need_order_number: [],
  return_goods: ["until"],
  account_request: ["amount"],
  account_received: ["bank", "holder"],
  refund_started: ["amount", "paidAmount", "method"],
  refund_needs_details: ["amount", "paidAmount", "provider", "deadline"],
  refunded: ["amount", "paidAmount", "method", "date", "note"],
  voided: ["amount"],
  rejected: ["note"],
  already_refunded: ["amount", "date"],
  nothing_charged: [],
  refund_failed: ["amount"],
  payee_changed: [],
};
const NAMES = Object.keys(AMOUNTS) as (keyof MailVariables)[];
/** They ask for the order number, and name none. */
const WITHOUT_ORDER: readonly MailName[] = ["need_order_number"];

type Variables = Readonly<Record<string, unknown>>;

interface Case {
  readonly locale: Locale;
  readonly name: MailName;
  readonly variables: Variables;
  readonly mail: RenderedMail;
}

function render(locale: Locale, name: MailName, variables: Variables): Case {
  const mail = templates.render(name, locale, variables as never);
  return { locale, name, variables, mail };
}

/** Both sides of every condition but "nothing is known at all", each with every route of the money. */
function cases(locale: Locale, name: MailName): Case[] {
  const sample: Variables = { ...sampleVariables(locale)[name] };
  const switched: Variables[] = [sample, ...sampleVariants(sample).slice(0, -1)];
  const routed = switched.flatMap((one) =>
    "route" in one ? ROUTES.map((route) => ({ ...one, route })) : [one],
  );
  return routed.map((one) => render(locale, name, one));
}

const ALL = LOCALES.flatMap((locale) => NAMES.map((name) => [locale, name] as const));

function visible(html: string): string {
  return html
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&#x3D;", "=")
    .replaceAll("&#x27;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** Without what only one of the two shows: line breaks, rules, and the mark of a heading. */
function words(body: string): string {
  return body.replace(/^(?:[―-]{5,}|[■#] )/gmu, "").replace(/\s+/gu, "");
}

const bodies = ({ mail }: Case) => [mail.text, visible(mail.html)];

describe("the samples", () => {
  it("are of exactly these mails", () => {
    const samples = Object.entries(sampleVariables("ja"));
    const found = samples.filter(([, sample]) => "shopEmail" in sample).map(([name]) => name);
    expect(found.sort()).toEqual([...NAMES].sort());
  });
});

describe("a mail to a customer, however it turns out", () => {
  it.each(ALL)("names him with 様, or with his bare name, in %s: %s", (locale, name) => {
    for (const one of cases(locale, name)) {
      const line = locale === "ja" ? /^田中太郎 様\n/ : /^Dear Taro Tanaka,\n/;
      expect(one.mail.text).toMatch(line);
      expect(visible(one.mail.html).trim()).toMatch(line);
    }
  });

  it.each(ALL)(
    "calls him お客様, or Customer, where no name is known, in %s: %s",
    (locale, name) => {
      const customer = customerWords(null, locale);
      const one = render(locale, name, { ...sampleVariables(locale)[name], customer });
      const line = locale === "ja" ? /^お客様\n/ : /^Dear Customer,\n/;
      expect(one.mail.text).toMatch(line);
      expect(visible(one.mail.html).trim()).toMatch(line);
      expect(one.mail.text).not.toContain("お客様 様");
    },
  );

  it.each(ALL.filter(([, name]) => !WITHOUT_ORDER.includes(name)))(
    "names the order, and has no empty label where none is known, in %s: %s",
    (locale, name) => {
      const label = locale === "ja" ? "ご注文番号:" : "Order number:";
      for (const one of cases(locale, name)) {
        for (const body of bodies(one)) expect(body).toContain(`${label} 679`);
        const without = render(locale, name, { ...one.variables, orderNumber: "" });
        for (const body of bodies(without)) expect(body).not.toContain(label);
      }
    },
  );

  it.each(ALL)("says how much, and the other facts it has, in %s: %s", (locale, name) => {
    for (const one of cases(locale, name)) {
      const isWhole = one.variables["isPartial"] === false;
      for (const key of AMOUNTS[name] ?? []) {
        const isLeftOut = key === "paidAmount" && isWhole;
        const fact = String(one.variables[key]);
        for (const body of bodies(one)) expect(body.includes(fact)).toBe(!isLeftOut);
      }
    }
  });

  it.each(ALL)("says whom to ask, and the reference, in %s: %s", (locale, name) => {
    for (const one of cases(locale, name)) {
      expect(one.mail.subject).toContain("[R-12]");
      expect(one.mail.html).toContain('href="mailto:shop@example.jp"');
      for (const body of bodies(one)) {
        expect(body).toContain(
          `${locale === "ja" ? "お問い合わせ先:" : "Contact:"} shop@example.jp`,
        );
        expect(body).toContain("R-12");
        expect(body).toContain(String(one.variables["shopName"]));
      }
    }
  });

  it.each(ALL)("says the same words in text and HTML, in %s: %s", (locale, name) => {
    for (const one of cases(locale, name)) {
      expect(words(visible(one.mail.html))).toContain(words(one.mail.text));
      const facts = { ...sampleVariables(locale)[name], orderNumber: "", note: "", unclear: ["x"] };
      const bare = render(locale, name, { ...one.variables, ...facts });
      expect(words(visible(bare.mail.html))).toContain(words(bare.mail.text));
    }
  });

  it.each(ALL)("has no empty box or paragraph, in %s: %s", (locale, name) => {
    for (const one of cases(locale, name)) {
      for (const variables of [one.variables, { ...one.variables, orderNumber: "" }]) {
        const { html } = render(locale, name, variables).mail;
        expect(html).not.toMatch(/<(p|div)[^>]*>(?:\s|<br>)*<\/\1>/);
      }
    }
  });

  /** Of a mail that asks for nothing. */
  const NOTHING_TO_DO = /お手続きは(?:、ただいまのところ)?ございません|nothing you need to do/;
  it.each(
    LOCALES.flatMap((locale) =>
      (["refunded", "refund_started", "already_refunded", "refund_failed"] as const).map(
        (name) => [locale, name] as const,
      ),
    ),
  )("says that nothing is to be done where nothing is, in %s: %s", (locale, name) => {
    for (const one of cases(locale, name)) {
      for (const body of bodies(one)) expect(body.replaceAll("\n", " ")).toMatch(NOTHING_TO_DO);
    }
  });

  it.each(LOCALES)("says so of no mail that asks for something, in %s", (locale) => {
    const asking = ["need_order_number", "return_goods", "account_request", "refund_needs_details"];
    for (const name of asking as MailName[]) {
      for (const one of cases(locale, name)) expect(one.mail.text).not.toMatch(NOTHING_TO_DO);
    }
  });
});

describe("the way of the money", () => {
  const joined = (text: string) => text.replaceAll("\n", "");
  const refunded = (route: RefundRoute, locale: Locale = "ja") =>
    joined(render(locale, "refunded", { ...sampleVariables(locale).refunded, route }).mail.text);

  it("back to a card: the statement, the closing date, debit cards, and a reversal", () => {
    const text = refunded("card");
    for (const part of [
      "5〜10営業日ほど、または次回以降のご利用明細",
      "時期はカード会社により異なります",
      "締め日によっては、いったん代金が引き落とされ、翌月以降に返金",
      "デビットカードの場合は、さらに日数",
      "元のお取引がご利用明細から取り消される",
      "同じ返金についてのご案内です",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/入金|振込/);
  });

  it("to a bank account: no word of a card or a statement", () => {
    const text = refunded("bank");
    expect(text).toContain("お客様の口座へのお振込みとなります");
    expect(text).toContain("時期は金融機関により異なります");
    expect(text.replace("クレジットカード", "")).not.toMatch(/カード|明細|入金され|入金いたし/);
  });

  it("off a plan of instalments, and by another way, without a promise of days", () => {
    expect(refunded("instalments")).toContain("最後の回より順に差し引かれます");
    expect(refunded("other")).toContain("お支払い方法により異なります");
    for (const route of ["instalments", "other"] as const) {
      expect(refunded(route)).not.toMatch(/営業日|カード会社|入金/);
    }
  });

  it("is as clear in English", () => {
    expect(refunded("card", "en")).toMatch(/5 to 10 business days.*closing date.*debit card/);
    expect(refunded("bank", "en")).toContain("sent to your bank account");
  });

  it("is never called arrived, in no mail", () => {
    for (const locale of LOCALES) {
      for (const one of NAMES.flatMap((name) => cases(locale, name))) {
        expect(joined(one.mail.text)).not.toMatch(
          /入金(?:され|いたし|し)ました|has arrived|was credited/,
        );
      }
    }
  });

  it("by Konbini or transfer: who writes, until when, and not by an answer to us", () => {
    const sample = sampleVariables("ja").refund_needs_details;
    const text = (change: object) =>
      joined(render("ja", "refund_needs_details", { ...sample, ...change }).mail.text);
    expect(text({})).toContain("ご登録の期限: 2027-01-05");
    expect(text({})).toContain("Stripeより、口座情報のご登録メールが届きます");
    expect(text({})).toContain("口座番号は、このメールへの返信にはお書きにならない");
    const unknown = text({ deadline: "", provider: "" });
    expect(unknown).toContain("決済会社より、口座情報のご登録メールが届きます");
    expect(unknown).not.toMatch(/期限|委託/);
  });
});

describe("a rejection", () => {
  it.each([
    [{ isExpired: true }, "お申し出をお受けできる期間を過ぎているため"],
    [{ isShipped: true }, "商品をすでに発送しているため"],
    [{ isNotCovered: true }, "返金の対象外となっているため"],
    [{}, "確認の結果"],
  ])("is polite and final, promises nothing and threatens nothing: %j", (reason, words) => {
    const none = { isExpired: false, isShipped: false, isNotCovered: false };
    const variables = { ...sampleVariables("ja").rejected, ...none, ...reason };
    const text = render("ja", "rejected", variables).mail.text.replaceAll("\n", "");
    expect(text).toContain(words);
    expect(text).toContain("誠に恐れ入りますが");
    expect(text).toMatch(/ご?希望に沿うことができません。/);
    expect(text).toContain("何とぞご理解くださいますよう、お願い申し上げます。");
    expect(text).not.toMatch(/検討|改めてご連絡|再度|法的|措置|今後は|可能性/);
  });
});

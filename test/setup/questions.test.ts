import { describe, expect, it } from "vitest";
import { MAIL_HOSTS } from "../../src/setup/mail-hosts.ts";
import {
  type Answers,
  nextQuestion,
  PROVIDERS,
  proposalFor,
  type Question,
  SECRET_QUESTIONS,
  sectionsOf,
} from "../../src/setup/questions.ts";
import { WORDS } from "../../src/setup/words.ts";

const MOST = 8;

/** What is asked when every question is answered. */
function interview(host: string, provider: string): { asked: Question[]; answers: Answers } {
  const said: Answers = {
    host,
    servers: "mail.example.jp",
    email: "info@shop.example.jp",
    password: "secret",
    clientId: "id",
    clientSecret: "hidden",
    shopName: "みほん商店",
    staff: "a@shop.example.jp, b@shop.example.jp",
    provider: provider as Answers["provider"],
    key: "sk_test_1",
  };
  const asked: Question[] = [];
  let answers: Partial<Answers> = {};
  for (;;) {
    const question = nextQuestion(answers);
    if (question === null) return { asked, answers: answers as Answers };
    asked.push(question);
    answers = { ...answers, [question]: said[question] };
  }
}

const settingsOf = (host: string, provider: string, more = {}) =>
  Object.fromEntries(
    sectionsOf(interview(host, provider).answers, more).flatMap(({ settings }) =>
      settings.map(({ name, value }) => [name, value]),
    ),
  );

describe.each(MAIL_HOSTS)("a shop at $id", ({ id, servers, oauth }) => {
  it.each(PROVIDERS)(`is asked at most ${MOST} questions, with %s`, (provider) => {
    const { asked } = interview(id, provider);
    expect(asked.length).toBeLessThanOrEqual(MOST);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.includes("servers")).toBe(servers === null);
    expect(asked.includes("password")).toBe(oauth === null);
    expect(asked.includes("key")).toBe(provider !== "later");
  });
});

describe("the questions", () => {
  it("are put in both languages, with what to say to a wrong answer", () => {
    const host = MAIL_HOSTS.find(({ id }) => id === "other");
    const all = new Set(MAIL_HOSTS.flatMap(({ id }) => interview(id, "stripe").asked));
    for (const { ask, wrong } of Object.values(WORDS)) {
      for (const question of all) {
        expect(ask(question, host, "stripe")).not.toBe("");
        expect(wrong[question]).not.toBe("");
      }
    }
  });

  it("hide what is typed where it is secret", () => {
    expect([...SECRET_QUESTIONS].sort()).toEqual(["clientSecret", "key", "password"]);
  });

  it("propose the shop's own address as the approver", () => {
    expect(proposalFor("staff", { email: "info@shop.example.jp" })).toBe("info@shop.example.jp");
    expect(proposalFor("shopName", { email: "info@shop.example.jp" })).toBeNull();
  });
});

describe("the settings that follow", () => {
  it("begin as a trial, with the first approver as the manager", () => {
    const settings = settingsOf("lolipop", "stripe");
    expect(settings).toEqual({
      INBOX_URL: "imaps://info%40shop.example.jp:secret@imap.lolipop.jp/INBOX",
      OUTBOX_URL: "smtps://info%40shop.example.jp:secret@smtp.lolipop.jp",
      SHOP_NAME: "みほん商店",
      SHOP_EMAIL: "info@shop.example.jp",
      STAFF_EMAILS: "a@shop.example.jp, b@shop.example.jp",
      MANAGER_EMAILS: "a@shop.example.jp",
      STRIPE_API_KEY: "sk_test_1",
      DRY_RUN: "1",
    });
  });

  it("are for real money only where that is said", () => {
    const settings = settingsOf("gmail", "smartpay", { live: true, managers: "m@shop.example.jp" });
    expect(settings).toMatchObject({
      SMARTPAY_SECRET_KEY: "sk_test_1",
      MANAGER_EMAILS: "m@shop.example.jp",
      AUTHSERV_IDS: "mx.google.com",
    });
    expect(settings).not.toHaveProperty("DRY_RUN");
  });

  it("hold no password where the sign-in is by OAuth", () => {
    expect(settingsOf("microsoft365", "later")).toMatchObject({
      INBOX_URL: "imaps://info%40shop.example.jp@outlook.office365.com/INBOX",
      OUTBOX_URL: "smtp://info%40shop.example.jp@smtp.office365.com",
      MAIL_OAUTH: "microsoft",
      OAUTH_CLIENT_ID: "id",
      OAUTH_TENANT: "shop.example.jp",
    });
    expect(settingsOf("google-oauth", "later")).toMatchObject({
      MAIL_OAUTH: "google",
      OAUTH_CLIENT_SECRET: "hidden",
    });
    expect(settingsOf("google-oauth", "later")).not.toHaveProperty("OAUTH_TENANT");
  });

  it("name the outgoing server that took the login, and a login that is no address", () => {
    const { answers } = interview("sakura", "epsilon");
    const [mail] = sectionsOf(answers, { user: "shop" }, "smtp://mail.example.jp");
    expect(mail?.settings).toEqual([
      { name: "INBOX_URL", value: "imaps://shop:secret@mail.example.jp/INBOX" },
      { name: "OUTBOX_URL", value: "smtp://shop:secret@mail.example.jp" },
    ]);
  });
});

// What `henkin init` says, in the language of whoever sets it up.

import type { Locale } from "../domain/outgoing-mail.ts";
import type { MailHost } from "./mail-hosts.ts";
import type { Provider, Question } from "./questions.ts";

interface Words {
  readonly begin: string;
  readonly ask: (question: Question, host: MailHost | undefined, provider?: Provider) => string;
  readonly wrong: Readonly<Record<Question, string>>;
  readonly providers: Readonly<Record<Provider, string>>;
  readonly checking: Readonly<Record<"mail" | "key", string>>;
  readonly works: Readonly<Record<"mail" | "key", string>>;
  readonly mends: Readonly<Record<"login" | "tls" | "connection", string>>;
  /** In place of an error's own words, where no server has answered. */
  readonly unreachable: Readonly<Record<"unknown" | "silent", (host: string) => string>>;
  readonly what: Readonly<Record<"inbox" | "outbox", string>>;
  readonly onFailure: string;
  readonly again: Readonly<Partial<Record<Question, string>>>;
  readonly tryAgain: string;
  readonly keep: string;
  readonly replace: string;
  readonly written: (kept: string | null) => string;
  readonly next: (facts: NextFacts) => readonly string[];
}

export interface NextFacts {
  readonly usesOauth: boolean;
  readonly provider: Provider;
  readonly live: boolean;
  /** A day some weeks ago. */
  readonly since: string;
}

const JA: Words = {
  begin: "henkin の設定（いつでも Ctrl+C で中止できます。最後まで何も保存しません）",
  ask: (question, host, provider) =>
    ({
      host: "お店のメールはどこにありますか",
      servers: `メールサーバー名（例: ${host?.sample}。送信サーバーが別なら空白で区切って続ける）`,
      email: "お店のメールアドレス（お問い合わせが届き、henkin が送信に使うアドレス）",
      password:
        host?.servers?.inbox.includes("gmail") === true
          ? "アプリ パスワード（16文字）"
          : "メールのパスワード",
      clientId: "OAuth のクライアント ID（README の「Gmail and Microsoft 365」の手順で作成）",
      clientSecret: "OAuth のクライアント シークレット",
      shopName: "お店の名前（お客様とスタッフへのメールに載ります）",
      staff: "返金を承認する人のメールアドレス（複数はカンマで区切る）",
      provider: "決済サービス",
      key: {
        stripe: "Stripe の制限付きキーまたはシークレットキー（rk_… / sk_…。テスト用でも可）",
        smartpay: "Smartpay のシークレットキー（sk_…）",
        epsilon: "イプシロンの契約コード",
        later: "",
      }[provider ?? "later"],
    })[question],
  wrong: {
    host: "一覧から選んでください。",
    servers: "サーバー名ではありません。",
    email: "メールアドレスではありません。",
    password: "パスワードを入力してください。",
    clientId: "クライアント ID を入力してください。",
    clientSecret: "クライアント シークレットを入力してください。",
    shopName: "お店の名前を入力してください（制御文字と3種類の引用符の併用は使えません）。",
    staff: "メールアドレスをカンマで区切って入力してください。",
    provider: "一覧から選んでください。",
    key: "キーの形が違います（公開キー pk_… は使えません）。",
  },
  providers: {
    stripe: "Stripe",
    smartpay: "Smartpay",
    epsilon: "GMO イプシロン",
    later: "あとで設定する・ファイルから取り込む",
  },
  checking: { mail: "メールサーバーにログインしています", key: "決済サービスを確認しています" },
  works: { mail: "受信・送信サーバーにログインできました", key: "決済サービスを利用できます" },
  mends: {
    login: "メールアドレスとパスワードをお確かめください。",
    tls: "サーバー名は、証明書に記載された名前でなければなりません。",
    connection: "サーバー名と、このコンピューターのネットワークをお確かめください。",
  },
  unreachable: {
    unknown: (host) => `サーバー ${host} が見つかりません。`,
    silent: (host) => `サーバー ${host} に接続できません。`,
  },
  what: { inbox: "受信", outbox: "送信" },
  onFailure: "どうしますか",
  again: {
    servers: "サーバー名から入力し直す",
    email: "メールアドレスから入力し直す",
    password: "パスワードを入力し直す",
    provider: "決済サービスを選び直す",
    key: "もう一度入力する",
  },
  tryAgain: "同じ内容でもう一度試す",
  keep: "このまま進む（あとで henkin doctor で確認）",
  replace: ".env がすでにあります。置き換えますか（今のものは名前を変えて残します）",
  written: (kept) =>
    `.env を保存しました（所有者だけが読めます）。${kept === null ? "" : `前のものは ${kept} です。`}`,
  next: ({ usesOauth, provider, live, since }) => [
    ...(usesOauth
      ? ["henkin authorize         ブラウザでサインインして許可する（最初に一度）"]
      : []),
    ...(provider === "later"
      ? [
          "henkin import FILE.csv --apply   決済を取り込む（または .env に決済サービスのキーを書く）",
        ]
      : []),
    "henkin doctor --probe    すべて動くか確かめる",
    // A file has no history of payments.
    ...(provider === "later"
      ? []
      : [`henkin rehearse --since ${since}   過去のメールで試す（何も送らず、何も返金しない）`]),
    live
      ? "henkin run               始める"
      : "henkin run               試しに始める（DRY_RUN=1: 返金もお客様へのメールもしない）",
  ],
};

const EN: Words = {
  begin: "Settings of henkin (Ctrl+C ends it at any time; nothing is saved before the end)",
  ask: (question, host, provider) =>
    ({
      host: "Where is the shop's mail?",
      servers: `Name of the mail server (such as ${host?.sample}; a blank and the sending server's name, if it is another)`,
      email: "The shop's address (which gets the requests, and from which henkin writes)",
      password:
        host?.servers?.inbox.includes("gmail") === true
          ? "App password (16 letters)"
          : "Password of the mailbox",
      clientId: 'Client ID for OAuth (README, "Gmail and Microsoft 365", says how to get one)',
      clientSecret: "Client secret for OAuth",
      shopName: "Name of the shop, as customers and staff read it in every mail",
      staff: "Who approves refunds (addresses, apart by commas)",
      provider: "Payment provider",
      key: {
        stripe: "Stripe's restricted or secret key (rk_… or sk_…; a test key will do)",
        smartpay: "Smartpay's secret key (sk_…)",
        epsilon: "GMO Epsilon's contract code (契約コード)",
        later: "",
      }[provider ?? "later"],
    })[question],
  wrong: {
    host: "Choose one of the list.",
    servers: "This names no server.",
    email: "This is not a mail address.",
    password: "Give the password.",
    clientId: "Give the client ID.",
    clientSecret: "Give the client secret.",
    shopName: "Give a name (without control characters, and not with all three quotation marks).",
    staff: "Give mail addresses, apart by commas.",
    provider: "Choose one of the list.",
    key: "This does not look like such a key (publishable keys, pk_…, do not serve).",
  },
  providers: {
    stripe: "Stripe",
    smartpay: "Smartpay",
    epsilon: "GMO Epsilon",
    later: "Later, or payments from files",
  },
  checking: { mail: "Logging in to the mail servers", key: "Asking the payment provider" },
  works: { mail: "Both mail servers accept the login", key: "The payment provider answers" },
  mends: {
    login: "Check address and password.",
    tls: "The server's name must be the one in its certificate.",
    connection: "Check the server's name, and the network of this computer.",
  },
  unreachable: {
    unknown: (host) => `There is no server ${host}.`,
    silent: (host) => `The server ${host} cannot be reached.`,
  },
  what: { inbox: "receiving", outbox: "sending" },
  onFailure: "What now?",
  again: {
    servers: "Give the server's name anew",
    email: "Give the address anew",
    password: "Give the password anew",
    provider: "Choose another provider",
    key: "Give it anew",
  },
  tryAgain: "Try the same again",
  keep: "Keep it as it is (henkin doctor checks it later)",
  replace: "There is a .env already. Replace it? (It is kept under another name.)",
  written: (kept) =>
    `.env is written, for its owner only.${kept === null ? "" : ` The older one is ${kept}.`}`,
  next: ({ usesOauth, provider, live, since }) => [
    ...(usesOauth ? ["henkin authorize         sign in with the browser, once"] : []),
    ...(provider === "later"
      ? ["henkin import FILE.csv --apply   the payments (or put a provider's key into .env)"]
      : []),
    "henkin doctor --probe    does all of it work?",
    ...(provider === "later"
      ? []
      : [`henkin rehearse --since ${since}   how would it have done? Sends and pays nothing`]),
    live
      ? "henkin run               begin"
      : "henkin run               begin a trial (DRY_RUN=1: pays nothing, mails no customer)",
  ],
};

export const WORDS: Readonly<Record<Locale, Words>> = { ja: JA, en: EN };
export type { Words };

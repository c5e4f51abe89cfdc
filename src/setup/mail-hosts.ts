// Where shops of Japan have their mail, and what each of these hosts wants. Servers with TLS from the
// first byte listen at 993 and 465, submission with STARTTLS at 587.

export interface MailHost {
  readonly id: string;
  readonly ja: string;
  readonly en: string;
  /** Null: the contract decides on the name, which is asked for. */
  readonly servers: MailServers | null;
  /** A name as the host's own letters give it; null where none has to be given. */
  readonly sample: string | null;
  /** Signed in to without a password. */
  readonly oauth: "google" | "microsoft" | null;
  /** What it writes first in Authentication-Results, where that is one name for all its servers. */
  readonly authservId: string | null;
  /** What a refused login mostly lacks. */
  readonly loginNote: { readonly ja: string; readonly en: string } | null;
}

export interface MailServers {
  /** imaps://HOST, imap://HOST */
  readonly inbox: string;
  /** smtps://HOST, smtp://HOST: the first that answers is taken. */
  readonly outboxes: readonly string[];
}

// https://developers.google.com/workspace/gmail/imap/imap-smtp
const GOOGLE = {
  servers: { inbox: "imaps://imap.gmail.com", outboxes: ["smtps://smtp.gmail.com"] },
  sample: null,
  oauth: null,
  authservId: "mx.google.com",
} as const;

// https://support.google.com/accounts/answer/185833
const APP_PASSWORD_JA =
  "2段階認証を有効にし、アプリ パスワード（myaccount.google.com/apppasswords）を入力してください。";
const APP_PASSWORD_EN =
  "Turn on 2-step verification and give an app password (myaccount.google.com/apppasswords).";

/** Its servers are named by the contract: asked for, or written into the letter that came with it. */
const BY_CONTRACT = { servers: null, oauth: null, authservId: null } as const;

export const MAIL_HOSTS: readonly MailHost[] = [
  {
    ...GOOGLE,
    id: "gmail",
    ja: "Gmail（アプリ パスワード）",
    en: "Gmail (app password)",
    loginNote: { ja: APP_PASSWORD_JA, en: APP_PASSWORD_EN },
  },
  {
    ...GOOGLE,
    id: "google-workspace",
    ja: "Google Workspace（アプリ パスワード）",
    en: "Google Workspace (app password)",
    loginNote: {
      ja: `${APP_PASSWORD_JA}管理者による IMAP の許可も必要です。`,
      en: `${APP_PASSWORD_EN} The administrator must allow IMAP, too.`,
    },
  },
  {
    ...GOOGLE,
    id: "google-oauth",
    ja: "Gmail・Google Workspace（OAuth）",
    en: "Gmail, Google Workspace (OAuth)",
    oauth: "google",
    loginNote: null,
  },
  {
    // https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission
    // No login by password any more. Its Authentication-Results name no server at all.
    id: "microsoft365",
    ja: "Microsoft 365（OAuth）",
    en: "Microsoft 365 (OAuth)",
    servers: { inbox: "imaps://outlook.office365.com", outboxes: ["smtp://smtp.office365.com"] },
    sample: null,
    oauth: "microsoft",
    authservId: null,
    loginNote: null,
  },
  {
    // https://help.sakura.ad.jp/mail/2114/ — the certificate is the initial domain's.
    ...BY_CONTRACT,
    id: "sakura",
    ja: "さくらのレンタルサーバ・さくらのメールボックス",
    en: "Sakura Internet",
    sample: "example.sakura.ne.jp",
    loginNote: {
      ja: "サーバー名は独自ドメインではなく初期ドメイン（…sakura.ne.jp）です。",
      en: "The server is the initial domain (…sakura.ne.jp), not your own.",
    },
  },
  {
    // https://www.xserver.ne.jp/manual/man_mail_setting.php
    ...BY_CONTRACT,
    id: "xserver",
    ja: "エックスサーバー",
    en: "Xserver",
    sample: "sv1234.xserver.jp",
    loginNote: {
      ja: "サーバー名は、サーバーパネルの「サーバー情報」のホスト名です。",
      en: "The server is the host name under サーバー情報 of the server panel.",
    },
  },
  {
    // As its users set it up: https://gist.github.com/sutonea/398df1499d5903b2ca36ea3598384bb5
    ...BY_CONTRACT,
    id: "conoha",
    ja: "ConoHa",
    en: "ConoHa",
    sample: "mail12.conoha.ne.jp",
    loginNote: {
      ja: "サーバー名は、コントロールパネルのメール設定に表示されます。",
      en: "The server's name stands in the mail settings of the control panel.",
    },
  },
  {
    // Its user page (メール設定) shows these to every user; https://lolipop.jp/manual/user/mailsetting/
    id: "lolipop",
    ja: "ロリポップ！",
    en: "Lolipop",
    servers: {
      inbox: "imaps://imap.lolipop.jp",
      outboxes: ["smtps://smtp.lolipop.jp", "smtp://smtp.lolipop.jp"],
    },
    sample: null,
    oauth: null,
    authservId: null,
    loginNote: null,
  },
  {
    // As its control panel names them; mail.DOMAIN would not fit the certificate, of which
    // https://help.onamae.com/answer/9537 warns.
    ...BY_CONTRACT,
    id: "onamae",
    ja: "お名前メール",
    en: "Onamae.com Mail",
    sample: "mail12.onamae.ne.jp",
    loginNote: {
      ja: "サーバー名は独自ドメインではなく mail….onamae.ne.jp です。",
      en: "The server is mail….onamae.ne.jp, not your own domain.",
    },
  },
  {
    // https://support.yahoo-net.jp/PccMail/s/article/H000007321 — no STARTTLS since 2021. Its
    // Authentication-Results name another machine each time, and tell nothing of DMARC.
    id: "yahoo-japan",
    ja: "Yahoo!メール（Yahoo! JAPAN）",
    en: "Yahoo! JAPAN Mail",
    servers: {
      inbox: "imaps://imap.mail.yahoo.co.jp",
      outboxes: ["smtps://smtp.mail.yahoo.co.jp"],
    },
    sample: null,
    oauth: null,
    authservId: null,
    loginNote: {
      ja: "Yahoo!メールの設定「IMAP/POP/SMTPアクセス」で、公式サービス以外からのアクセスを有効にしてください。",
      en: "In the settings of Yahoo! Mail (IMAP/POP/SMTPアクセス), allow access from other services.",
    },
  },
  {
    ...BY_CONTRACT,
    id: "other",
    ja: "その他",
    en: "Another",
    sample: "mail.example.jp",
    loginNote: null,
  },
];

export function findMailHost(id: string): MailHost | undefined {
  return MAIL_HOSTS.find((host) => host.id === id);
}

const NAMED = /^(?:(imaps?|smtps?):\/\/)?([\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?\/?$/i;

/**
 * "mail.example.jp", or the two names apart by a blank where mail is sent through another server. A
 * name may bear its scheme and port (imap://127.0.0.1:1143). Null where it names no server.
 */
export function readServers(text: string): MailServers | null {
  const [incoming = "", outgoing = incomingsPartner(incoming), ...rest] = text
    .trim()
    .split(/[\s,]+/);
  const schemes = [incoming, outgoing].map((name) => NAMED.exec(name)?.[1]?.toLowerCase() ?? "");
  const isNamed = NAMED.test(incoming) && NAMED.test(outgoing) && rest.length === 0;
  if (!isNamed || schemes[0]?.startsWith("smtp") || schemes[1]?.startsWith("imap")) return null;
  const outboxes =
    schemes[1] === "" ? ["smtps", "smtp"].map((scheme) => `${scheme}://${outgoing}`) : [outgoing];
  return { inbox: schemes[0] === "" ? `imaps://${incoming}` : incoming, outboxes };
}

/** imap.example.jp has smtp.example.jp beside it; any other name serves both ways. */
function incomingsPartner(incoming: string): string {
  const host = NAMED.exec(incoming)?.[2] ?? "";
  return host.replace(/^imap\./i, "smtp.");
}

/** @param password null: the sign-in is by OAuth */
export function withLogin(server: string, user: string, password: string | null): string {
  const secret = password === null ? "" : `:${encodeURIComponent(password)}`;
  return server.replace("://", `://${encodeURIComponent(user)}${secret}@`).replace(/\/$/, "");
}

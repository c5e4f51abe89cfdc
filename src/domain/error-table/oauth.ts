// What goes wrong where a mailbox is opened by OAuth in the place of a password. No token and no word
// of a server but its error's code stands in any of them.

import type { StaffEntry } from "./entry.ts";

const AUTHORIZE =
  "Run `henkin authorize` and give consent as the user of INBOX_URL or OUTBOX_URL; henkin then goes on by itself.";

export const OAUTH_ERRORS = {
  oauth_not_authorized: {
    message: "Nobody has consented yet that henkin uses the mailbox (MAIL_OAUTH).",
    mend: AUTHORIZE,
    ja: "メールボックスの利用がまだ許可されていません（OAuth）。",
  },
  oauth_grant_ended: {
    message: "The consent to use the mailbox has ended ({why}).",
    mend: AUTHORIZE,
    ja: "メールボックスの利用の許可が失効しました（{why}）。",
  },
  oauth_client_refused: {
    message: "The OAuth server refuses henkin's own registration ({why}).",
    mend: "Check OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET (it may have expired) and OAUTH_TENANT against the app's registration, then restart the worker.",
    ja: "認証サーバー（OAuth）が henkin の登録情報を受け付けません（{why}）。",
  },
  oauth_unreachable: {
    message: "The OAuth server cannot be asked for a token ({why}).",
    mend: "Check the network and MAIL_OAUTH if this lasts; henkin asks again by itself.",
    ja: "認証サーバー（OAuth）に接続できません（{why}）。",
  },
  oauth_aborted: {
    message: "Waiting for a token was cancelled.",
    mend: "Nothing is to be done: henkin was stopping, or had waited long enough.",
    ja: "認証の待機は取り消されました。",
  },
  imap_token_refused: {
    message: "The IMAP server refuses the token of OAuth.",
    mend: "Check that IMAP is switched on for this mailbox and that INBOX_URL names the user who consented; then run `henkin authorize`.",
    ja: "受信メールサーバー（IMAP）が OAuth のトークンを拒否しています。",
  },
  imap_no_oauth: {
    message: "The IMAP server offers no login by OAuth.",
    mend: "Check the host in INBOX_URL, or put the password into INBOX_URL.",
    ja: "受信メールサーバー（IMAP）は OAuth に対応していません。",
  },
  smtp_token_refused: {
    message: "The SMTP server refuses the token of OAuth ({why}).",
    mend: "Check that this mailbox may send by SMTP (Microsoft 365: Authenticated SMTP) and that OUTBOX_URL names the user who consented; then run `henkin authorize`.",
    ja: "送信メールサーバー（SMTP）が OAuth のトークンを拒否しています（{why}）。",
  },
  oauth_denied: {
    message: "The consent was not given ({why}).",
    mend: "Run `henkin authorize` again, and allow what it asks for; an administrator may have to allow it first.",
    ja: "利用が許可されませんでした（{why}）。",
  },
  oauth_wrong_account: {
    message: "The consent is of another account than the settings name.",
    mend: "Run `henkin authorize` again and choose the right account (a private window helps), or correct the user in the settings.",
    ja: "設定とは別のアカウントで許可されました。",
  },
  oauth_wrong_state: {
    message: "This answer does not belong to this question (state).",
    mend: "Run `henkin authorize` again and use the address that it prints then, in one go.",
    ja: "この応答は今回の認証のものではありません。",
  },
  oauth_no_refresh_token: {
    message: "The OAuth server gave no lasting consent (no refresh token).",
    mend: "Add offline access to the app's registration, and run `henkin authorize` again.",
    ja: "継続的な利用の許可（リフレッシュトークン）が得られませんでした。",
  },
  oauth_no_answer: {
    message: "No answer came from the browser.",
    mend: "Run `henkin authorize` again; without a browser on this machine use --port with an SSH tunnel, or --paste.",
    ja: "ブラウザーからの応答がありませんでした。",
  },
  oauth_port_taken: {
    message: "Another program listens on port {number} of this machine.",
    mend: "Give --port another number, or leave it out.",
    ja: "ポート {number} は使用中です。",
  },
} as const satisfies Record<string, StaffEntry>;

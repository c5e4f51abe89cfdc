// What goes wrong with mail: the inbox, the folders of decisions, sending, and messages themselves.
// A server's own words stand in none of them: they may hold names and addresses.

import type { StaffEntry } from "./entry.ts";

export const MAIL_ERRORS = {
  imap_auth_failed: {
    message: "The IMAP server refuses the login.",
    mend: "Check user and password in INBOX_URL; many servers want an app password in place of the account's own.",
    ja: "受信メールサーバー（IMAP）がログインを拒否しています。",
  },
  imap_connection: {
    message: "The IMAP connection failed ({why}).",
    mend: "Check host and port in INBOX_URL, the network and the server if this lasts; henkin connects again by itself.",
    ja: "受信メールサーバー（IMAP）との接続が切れました（{why}）。",
  },
  imap_tls: {
    message: "There is no trusted TLS with the IMAP server ({why}).",
    mend: "Check that the host in INBOX_URL is the name in the server's certificate, and that the certificate has not expired.",
    ja: "受信メールサーバー（IMAP）と安全な接続（TLS）を結べません（{why}）。",
  },
  imap_mailbox_missing: {
    message: "The IMAP mailbox does not exist.",
    mend: "Check the folder's name in INBOX_URL, APPROVAL_FOLDER or SENT_MAILBOX: as the server has it, with its separator.",
    ja: "受信メールサーバー（IMAP）に指定のフォルダがありません。",
  },
  imap_folder_fills_itself: {
    message:
      "Mail comes into the folder of APPROVAL_FOLDER by itself, so that nothing in it is a decision.",
    mend: "Choose another folder for APPROVAL_FOLDER, one that only people move mail into, such as 返金承認: not one for sent, archived, important or all mail.",
    ja: "APPROVAL_FOLDER のフォルダには自動でメールが入るため、承認とみなせません。",
  },
  mailbox_lost: {
    message: "Another worker reads this mailbox now.",
    mend: "Nothing is to be done: it goes on there.",
    ja: "このメールボックスは別の henkin が読んでいます。",
  },
  imap_too_many_connections: {
    message: "The IMAP server allows this user no further connection now.",
    mend: "Ask the host for more, or close mail programs that use the same mailbox; henkin needs one connection, for short times two, and tries again by itself.",
    ja: "受信メールサーバー（IMAP）の同時接続数が上限に達しています。",
  },
  imap_refused: {
    message: "The IMAP server refuses a command.",
    mend: "Check that this user may read and search the folder; henkin tries again by itself.",
    ja: "受信メールサーバー（IMAP）が操作を拒否しました。",
  },
  imap_protocol: {
    message:
      "The IMAP server names no UIDVALIDITY, without which no message can be told from another.",
    mend: "Use another mailbox or server: this one does not follow the IMAP standard.",
    ja: "受信メールサーバー（IMAP）が UIDVALIDITY を返さないため、メールを区別できません。",
  },
  imap_timeout: {
    message: "The IMAP server is too slow.",
    mend: "Check the network and the size of the folder if this lasts, and try a lower POLL_SECONDS: something on the way may cut silent connections. henkin tries again by itself.",
    ja: "受信メールサーバー（IMAP）の応答がありません。",
  },
  imap_aborted: {
    message: "The IMAP call was cancelled.",
    mend: "Nothing is to be done: henkin was stopping, or had waited long enough.",
    ja: "受信メールサーバー（IMAP）への呼び出しは取り消されました。",
  },
  imap_closed: {
    message: "The mailbox was closed.",
    mend: "Nothing is to be done: henkin was stopping.",
    ja: "メールボックスは閉じられました。",
  },
  inbox_unexpected: {
    message: "The inbox failed in a way that henkin does not know: {why}.",
    mend: "Report this with the log if it comes back; henkin tries again by itself.",
    ja: "受信トレイで予期しない問題が起きました（{why}）。",
  },
  smtp_auth_failed: {
    message: "The SMTP server refuses the login ({why}).",
    mend: "Check user and password in OUTBOX_URL; many servers want an app password in place of the account's own.",
    ja: "送信メールサーバー（SMTP）がログインを拒否しています（{why}）。",
  },
  smtp_connection: {
    message: "The SMTP connection failed ({why}).",
    mend: "Check host and port in OUTBOX_URL, the network and the server if this lasts; henkin sends again by itself.",
    ja: "送信メールサーバー（SMTP）との接続に失敗しました（{why}）。",
  },
  smtp_tls: {
    message: "There is no trusted TLS with the SMTP server ({why}).",
    mend: "Check that the host in OUTBOX_URL is the name in the server's certificate, and that the certificate has not expired.",
    ja: "送信メールサーバー（SMTP）と安全な接続（TLS）を結べません（{why}）。",
  },
  smtp_deferred: {
    message: "The SMTP server takes the mail later, not now ({why}).",
    mend: "Nothing is to be done: henkin sends it again by itself.",
    ja: "送信メールサーバー（SMTP）が一時的に受け付けません（{why}）。",
  },
  smtp_sender_refused: {
    message: "The SMTP server does not let this user send from SHOP_EMAIL ({why}).",
    mend: "Check that SHOP_EMAIL is the address of the user in OUTBOX_URL, or allow this sender at the host; all mails wait until then.",
    ja: "送信メールサーバー（SMTP）が差出人アドレス（SHOP_EMAIL）からの送信を許可していません（{why}）。",
  },
  smtp_refused: {
    message: "The SMTP server refuses the mail for good ({why}).",
    mend: "Check the recipient's address, and whether the server lets SHOP_EMAIL send; then write to the recipient by hand.",
    ja: "送信メールサーバー（SMTP）がこのメールを受け付けません（{why}）。",
  },
  smtp_bad_address: {
    message: "The recipient's address cannot be written in SMTP.",
    mend: "Write to the recipient by hand, by phone or another address.",
    ja: "宛先のアドレスにはメールを送れません。",
  },
  smtp_too_large: {
    message: "The mail is larger than the SMTP server takes.",
    mend: "Raise the server's limit, or write to the recipient by hand.",
    ja: "メールが大きすぎるため、送信メールサーバーが受け付けません。",
  },
  smtp_lost_after_data: {
    message: "The mail left, and no answer came.",
    mend: "Nothing is to be done: henkin looks for it, and repeats it only under the same Message-ID.",
    ja: "メールの送信後、サーバーの応答がありませんでした。",
  },
  smtp_outcome_unknown: {
    message: "A mail left twice without an answer of the SMTP server.",
    mend: "Ask the recipient, or look into the sent mails, whether it has arrived; it is not sent again.",
    ja: "メールを 2 回送信しましたが、送信メールサーバーの応答がありませんでした。",
  },
  smtp_timeout: {
    message: "The SMTP server is too slow.",
    mend: "Check the network and the server if this lasts; henkin sends again by itself.",
    ja: "送信メールサーバー（SMTP）の応答がありません。",
  },
  smtp_aborted: {
    message: "The SMTP call was cancelled.",
    mend: "Nothing is to be done: henkin was stopping, or had waited long enough.",
    ja: "送信メールサーバー（SMTP）への呼び出しは取り消されました。",
  },
  smtp_closed: {
    message: "The mail transport was closed.",
    mend: "Nothing is to be done: henkin was stopping.",
    ja: "メールの送信は終了しています。",
  },
  maildir_denied: {
    message: "The Maildir cannot be used ({why}): henkin may not read or write there.",
    mend: "Give the system user of henkin the right to read and write the folder, and check that it is a folder.",
    ja: "Maildir を使えません（{why}）。読み書きの権限がありません。",
  },
  maildir_failed: {
    message: "The Maildir cannot be used ({why}).",
    mend: "Check the folder of INBOX_URL or OUTBOX_URL and its disk; henkin tries again by itself.",
    ja: "Maildir を使えません（{why}）。",
  },
  maildir_not_synced: {
    message: "The mail was written, but not yet safely to the disk.",
    mend: "Check the disk of OUTBOX_URL; henkin writes the same mail again by itself.",
    ja: "メールを書き込みましたが、ディスクへの保存を確認できません。",
  },
  maildir_aborted: {
    message: "The call to the Maildir was cancelled.",
    mend: "Nothing is to be done: henkin was stopping, or had waited long enough.",
    ja: "Maildir への呼び出しは取り消されました。",
  },
  dkim_dns: {
    message: "The key of a signature could not be looked up in DNS.",
    mend: "Check DNS_SERVERS and the network if this lasts; henkin asks again by itself.",
    ja: "署名の確認に必要な鍵を DNS で調べられません。",
  },
  unreadable_message: {
    message: "The message cannot be read: it has no header, or cannot be decoded.",
    mend: "Read it in the mailbox and deal with it by hand; `henkin quarantine` lists it.",
    ja: "このメールを読み取れません（ヘッダーがないか、復号できません）。",
  },
  too_large: {
    message: "The message is larger than 25 MB.",
    mend: "Read it in the mailbox and deal with it by hand.",
    ja: "このメールは 25 MB を超えています。",
  },
  header_too_large: {
    message: "The message's header is larger than 1 MB.",
    mend: "Look at it in the mailbox: no mail program writes such a header, so that it is hardly a customer's.",
    ja: "このメールのヘッダーは 1 MB を超えています。",
  },
  too_many_parts: {
    message: "The message has too many parts.",
    mend: "Look at it in the mailbox: no mail program writes so many, so that it is hardly a customer's.",
    ja: "このメールは構成部分が多すぎます。",
  },
  mail_too_slow: {
    message: "The message took too long to read.",
    mend: "Read it in the mailbox and deal with it by hand; `henkin quarantine retry ID` tries once more.",
    ja: "このメールの読み取りに時間がかかりすぎました。",
  },
  mail_too_demanding: {
    message: "The message needs too much memory to be read.",
    mend: "Run `henkin quarantine retry ID` once; if it comes back, read it in the mailbox, deal with it by hand, and run `henkin quarantine drop ID`.",
    ja: "このメールの読み取りにはメモリーが足りません。",
  },
  reader_unavailable: {
    message:
      "Mails cannot be read at the moment: the thread that reads them does not start ({why}).",
    mend: "See whether memory is left, and whether the program's files were changed while it ran: then start henkin again. No mail is lost meanwhile.",
    ja: "現在メールを読み取れません。読み取り用スレッドを開始できませんでした（{why}）。",
  },
  bad_header: {
    message: "A mail cannot be sent with the header {header}.",
    mend: "Check SHOP_NAME, SHOP_EMAIL and the templates in TEMPLATES_DIR for a line break or an address that is none.",
    ja: "メールのヘッダー {header} が正しくないため、送信できません。",
  },
} as const satisfies Record<string, StaffEntry>;

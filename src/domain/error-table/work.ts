// What goes wrong on this machine, and inside henkin's own work.

import type { StaffEntry } from "./entry.ts";

export const WORK_ERRORS = {
  database_busy: {
    message: "The database {path} is busy.",
    mend: "Nothing is to be done: henkin tries again by itself. A command can be typed again in a moment.",
    ja: "データベース {path} は使用中です。",
  },
  database_away: {
    message: "The database {path} does not answer ({why}).",
    mend: "Check that PostgreSQL runs and can be reached from here. A worker goes on by itself once it can.",
    ja: "データベース {path} が応答しません（{why}）。",
  },
  database_locked: {
    message: "Another henkin worker is running on {path}.",
    mend: "Stop it first, or wait until it has ended. Only `henkin run` on PostgreSQL works beside other workers; `run --once`, `rekey`, `migrate` and a database in a file need it alone.",
    ja: "別の henkin が {path} を使っています。",
  },
  worker_named: {
    message: "Another worker named {name} is at work on this database.",
    mend: "Give each worker a WORKER_ID of its own, or stop the other one. The name of one that was cut off is free after about half a minute.",
    ja: "{name} という名前のワーカーがすでに動いています。",
  },
  database_newer: {
    message: 'The database has schema step {step} "{title}", which this henkin does not know.',
    mend: "Use the version of henkin that wrote it, or a newer one.",
    ja: "データベースの版（{step}「{title}」）が、この henkin より新しいものです。",
  },
  database_unavailable: {
    message: "The database {path} cannot be opened ({why}).",
    mend: "Check free space, permissions and the disk, and that DATABASE_URL names the right file.",
    ja: "データベース {path} を開けません（{why}）。",
  },
  database_unusable: {
    message: "The database {path} cannot be used ({why}).",
    mend: "Check free space, permissions and the disk, then start henkin again: nothing that was committed is lost.",
    ja: "データベース {path} を使えません（{why}）。",
  },
  data_key_unwritable: {
    message: "The key {path} cannot be made ({why}).",
    mend: "Check free space, permissions and the disk, then start henkin again.",
    ja: "鍵ファイル {path} を作れません（{why}）。",
  },
  data_key_missing: {
    message: "The mails in the database are sealed, and the DATA_KEY that opens them is not here.",
    mend: "Put DATA_KEY back into the settings, or henkin.key back beside the database; every backup needs it.",
    ja: "保存されたメールは暗号化されていますが、鍵（DATA_KEY）がありません。",
  },
  sealed_otherwise: {
    message:
      "A stored mail cannot be opened: it was changed in the database, or belongs to another row.",
    mend: "Find out who changed the database, then read the mail in the mailbox itself.",
    ja: "保存されたメールを復号できません（データベース上で書き換えられた可能性があります）。",
  },
  fatal: {
    message: "The result of a job could not be recorded: {why}.",
    mend: "Check the disk and the log, then start henkin again: it takes the job up where it was.",
    ja: "処理の結果を記録できませんでした（{why}）。",
  },
  unexpected: {
    message: "A job failed in a way that henkin does not know.",
    mend: "Report this with the log, which tells where; then look at `henkin ticket N`.",
    ja: "予期しない問題が起きました。ログを確認してください。",
  },
  lease_lost: {
    message: "The job {job} was taken over.",
    mend: "Nothing is to be done: the other run of it goes on.",
    ja: "処理 {job} は別の実行に引き継がれました。",
  },
  ticket_changed: {
    message: "Ticket R-{number} was changed meanwhile.",
    mend: "Nothing is to be done: henkin looks at it anew. A command can be typed again.",
    ja: "受付 R-{number} は、その間に変更されました。",
  },
  proposal_altered: {
    message: "What was approved for R-{number} was changed in the database. Nothing is paid.",
    mend: "Find out who changed the database; run `henkin audit verify`, and refund this one by hand if it is due.",
    ja: "R-{number} の承認内容がデータベース上で書き換えられています。支払いは行いません。",
  },
  provider_not_configured: {
    message:
      "The payment provider {provider} is not configured any more; its key is missing in the settings.",
    mend: "Put the provider's key back into the settings and start henkin again, or refund the ticket by hand.",
    ja: "決済サービス {provider} の設定がありません（キーがなくなっています）。",
  },
  provider_unasked: {
    message: "A payment provider cannot be asked, and nothing is concluded without it: {why}.",
    mend: "Nothing is to be done for this ticket: it waits until that provider answers. `henkin doctor` shows what is wrong there.",
    ja: "決済サービスに確認できないため、判断を保留しています: {why}",
  },
} as const satisfies Record<string, StaffEntry>;

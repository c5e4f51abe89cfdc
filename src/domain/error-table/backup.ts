// What may be in the way of a backup, a restore or an update.

import type { ErrorEntry, StaffEntry } from "./entry.ts";

export const BACKUP_ERRORS = {
  backup_exists: {
    message: "{path} exists already.",
    mend: "Give another name, or a folder that gets a new file each time; --force replaces the file.",
  },
  backup_onto_itself: {
    message: "{path} belongs to the database itself.",
    mend: "Give another name, best on another disk.",
  },
  backup_running: {
    message: "Another backup of {path} is running.",
    mend: "Nothing is to be done if that one ends well; else type the command again.",
  },
  backup_unwritable: {
    message: "The backup {path} cannot be written ({why}).",
    mend: "Check that the folder is there, its permissions and the free space; nothing was changed.",
  },
  backup_broken: {
    message: "{path} is no whole backup ({why}).",
    mend: "Use another backup; where a new one was being made, run `henkin audit verify` and check the disk.",
  },
  bad_keep: {
    message: '"{text}" is no number of backups to keep.',
    mend: "Give a whole number from 1, with a folder: `henkin backup FOLDER --keep 14`.",
  },
  restore_other_key: {
    message: "{what} is not the key that this backup was written with.",
    mend: "Put the right key there. Where the present database is not needed any more, move it and its key away first.",
  },
  restore_without_key: {
    message: "The key of this backup is neither in it nor here.",
    mend: "Put the key into DATA_KEY, or henkin.key beside the database; without it refunds could be paid twice.",
  },
  restore_failed: {
    message: "The backup could not be put in the place of {path} ({why}).",
    mend: "Check free space, permissions and the disk; the database that was there is unchanged.",
  },
  postgres_has_own: {
    message:
      "{path} is a PostgreSQL server's, which is backed up and restored by means of its own.",
    mend: "Use pg_dump and pg_restore, or your host's snapshots. Before the worker starts on what was restored: `henkin stop`, compare `henkin tickets` with the payment provider, `henkin resume`.",
  },
  database_moved: {
    message: "{path} was moved to {place}: two desks for the same money may not be at work.",
    mend: "Put that one into DATABASE_URL. To go back to the file, before any worker has run on the server: `henkin migrate sqlite-to-postgres --give-up`.",
  },
  move_differs: {
    message: "What was moved to {place} is not what the file holds:\n{problems}",
    mend: "Make the database on the server anew and move again: the file is unchanged. If it differs again, report it to henkin's makers.",
  },
  move_not_empty: {
    message: "{place} holds another desk's data.",
    mend: "Make an empty database for this one: createdb -O USER NAME.",
  },
  move_stopped: {
    message: "The move was stopped.",
    mend: "Type the same command again, which goes on where it stopped; --give-up goes back to the file.",
  },
  database_waits: {
    message:
      "The database {path} is one of an older version; a worker of that version still runs, or a mere look may not change it.",
    mend: "Stop all workers of that version, on a server wait 15 seconds, and start one of this version: it brings the database up to date.",
    ja: "データベース {path} は古い版のものです。その版の henkin がまだ動いているか、閲覧だけのコマンドでは更新できません。",
  },
  update_copy_failed: {
    message:
      "The database was not brought up to date, because no copy of it could be kept in {path} ({why}).",
    mend: "Check free space, permissions and the disk, then start henkin again; the database is unchanged.",
    ja: "更新前の控え {path} を作れないため、データベースを更新しませんでした（{why}）。",
  },
} as const satisfies Readonly<Record<string, ErrorEntry | StaffEntry>>;

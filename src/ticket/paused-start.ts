// A worker that may not be the only one with this data starts without paying, until a person says
// that it is.

import { sentence } from "../domain/wording.ts";
import type { Log } from "../ports.ts";
import type { WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";
import { findPause, PAUSE_SWITCH, tellManagers } from "./guard-rails.ts";
import { rememberRestore } from "./restored.ts";
import { HENKIN, note } from "./transition.ts";

const WORDS: Readonly<Record<string, { readonly ja: string; readonly en: string }>> = {
  restored: {
    ja: "バックアップから復元されたデータベースです",
    en: "a backup was restored",
  },
  file_missing: {
    ja: "データベースの横にある .installation ファイルがありません(データベースだけが複製された可能性)",
    en: "the .installation file beside the database is missing, as where the database alone was copied",
  },
  file_unreadable: {
    ja: "データベースの横にある .installation ファイルが読めません",
    en: "the .installation file beside the database cannot be read",
  },
  other_installation: {
    ja: "データベースの横にある .installation ファイルは別のデータベースのものです",
    en: "the .installation file beside the database belongs to another database",
  },
  other_place: {
    ja: "データベースのファイルが別の場所から複製されています",
    en: "the files of the database were copied here from elsewhere",
  },
  older_database: {
    ja: "データベースが以前の状態に戻されています(バックアップからの復元)",
    en: "the database is an older copy than the one last used here, as after restoring a backup",
  },
};

/** Why the worker started without paying, in words. */
export function pauseWords(reason: string, locale: "ja" | "en"): string {
  return WORDS[reason]?.[locale] ?? reason;
}

/** At every start; `sign` speaks for a copy, null where nothing does. */
export async function beginPaused(
  tx: WriteTx,
  desk: Desk,
  log: Log,
  sign: string | null,
): Promise<void> {
  // Files that were copied or put back may be of an earlier day; `restore` has kept its own moment.
  if (sign !== null && sign !== "restored") await rememberRestore(tx, desk.clock.now());
  const before = await findPause(tx);
  const reason = before ?? sign;
  if (reason === null) return;
  log.warn({ reason }, sentence("paused_start", "en", pauseWords(reason, "en")));
  if (before !== null) return;
  await tx.switches.set(PAUSE_SWITCH, reason);
  await note(tx, desk, null, "paused_start", HENKIN, { reason });
  const occasion = `paused_start/${reason}/${desk.clock.now()}`;
  const words = pauseWords(reason, desk.shop.locale);
  await tellManagers(tx, desk, occasion, "paused_start", [words]);
}

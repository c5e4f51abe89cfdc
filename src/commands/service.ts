// Prints the unit with which systemd runs this installation.

import { userInfo } from "node:os";
import { dirname, resolve } from "node:path";
import { loadOptionalConfig } from "../config.ts";
import { UsageError } from "../domain/errors.ts";
import type { Environment } from "../environment.ts";
import { systemdUnit } from "../setup/systemd-unit.ts";
import { MAIN } from "../version.ts";
import { EXIT, type Run, readArgs } from "./command.ts";

const MAILDIR = "maildir:";

export const service: Run = async (args, { env, directory, print }) => {
  const { values } = readArgs(args, { user: { type: "string" } }, { least: 0, most: 0 });
  if (values.user !== undefined && !/^[a-z_][\w.-]*$/i.test(values.user)) {
    throw new UsageError("bad_user", { text: values.user });
  }
  const unit = systemdUnit({
    node: process.execPath,
    main: MAIN,
    directory,
    user: values.user ?? ownName(),
    writable: writableFolders(env, directory),
  });
  print(unit.trimEnd());
  return EXIT.done;
};

/** A worker needs nothing that root may. */
function ownName(): string {
  const { username, uid } = userInfo();
  return uid === 0 ? "henkin" : username;
}

function writableFolders(env: Environment, directory: string): string[] {
  const { DATABASE_URL, SANDBOX_PAYMENTS, INBOX_URL, OUTBOX_URL } = loadOptionalConfig(
    ["DATABASE_URL", "SANDBOX_PAYMENTS", "INBOX_URL", "OUTBOX_URL"],
    env,
    directory,
  );
  const maildirs = [INBOX_URL, OUTBOX_URL].flatMap((url) =>
    url?.startsWith(MAILDIR) ? [url.slice(MAILDIR.length)] : [],
  );
  const folders = [
    dirname(DATABASE_URL ?? ""),
    // Beside the payments lies what became of them.
    ...(SANDBOX_PAYMENTS === undefined ? [] : [dirname(SANDBOX_PAYMENTS)]),
    ...maildirs,
  ];
  return [...new Set(folders.map((folder) => resolve(directory, folder)))];
}

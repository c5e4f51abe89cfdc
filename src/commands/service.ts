// Prints what keeps this installation running: systemd's unit, its template for several workers, or what a
// Kubernetes cluster needs for them.

import { userInfo } from "node:os";
import { dirname, resolve } from "node:path";
import { type Config, loadOptionalConfig } from "../config.ts";
import { ConfigError, UsageError } from "../domain/errors.ts";
import { kubernetesManifests } from "../setup/kubernetes.ts";
import { systemdTemplate, systemdUnit } from "../setup/systemd-unit.ts";
import { isPostgresUrl } from "../store/location.ts";
import { MAIN, version } from "../version.ts";
import { EXIT, type Run, readArgs } from "./command.ts";

const MAILDIR = "maildir:";
const REPLICAS = "2";

const OPTIONS = {
  user: { type: "string" },
  several: { type: "boolean" },
  kubernetes: { type: "boolean" },
  replicas: { type: "string" },
  image: { type: "string" },
} as const;

type Values = ReturnType<typeof readArgs<typeof OPTIONS>>["values"];

export const service: Run = async (args, { env, directory, print }) => {
  const { values } = readArgs(args, OPTIONS, { least: 0, most: 0 });
  refuseMixed(values);
  if (values.kubernetes) {
    print(kubernetesManifests(readFleet(values)).trimEnd());
    return EXIT.done;
  }
  if (values.user !== undefined && !/^[a-z_][\w.-]*$/i.test(values.user)) {
    throw new UsageError("bad_user", { text: values.user });
  }
  const settings = loadOptionalConfig(NEEDED, env, directory);
  const installation = {
    node: process.execPath,
    main: MAIN,
    directory,
    user: values.user ?? ownName(),
    writable: writableFolders(settings, directory),
  };
  if (values.several && !isOnServer(settings)) {
    throw new ConfigError([
      "DATABASE_URL: names a file, which one worker has for itself; several need a PostgreSQL database",
    ]);
  }
  const { HEALTH_PORT: healthPort = null } = settings;
  const unit = values.several
    ? systemdTemplate({ ...installation, healthPort })
    : systemdUnit(installation);
  print(unit.trimEnd());
  return EXIT.done;
};

function refuseMixed({ kubernetes, user, several, replicas, image }: Values): void {
  const strange = kubernetes
    ? [["user", user] as const, ["several", several] as const]
    : [["replicas", replicas] as const, ["image", image] as const];
  const given = strange.find(([, value]) => value !== undefined)?.[0];
  if (given === undefined) return;
  const why = `--${given} ${kubernetes ? "says nothing to" : "belongs to"} --kubernetes`;
  throw new UsageError("bad_option", { why });
}

function readFleet({ replicas = REPLICAS, image = `henkin:${version()}` }: Values) {
  if (!/^[1-9]\d{0,2}$/.test(replicas)) {
    throw new UsageError("bad_option", { why: "--replicas wants a number from 1 to 999" });
  }
  // github.com/distribution/reference: host, port, path, tag, digest.
  if (!/^[a-z0-9][\w.:/@-]*$/i.test(image)) {
    throw new UsageError("bad_option", { why: "--image wants the name of an image" });
  }
  return { replicas: Number(replicas), image };
}

/** A worker needs nothing that root may. */
function ownName(): string {
  const { username, uid } = userInfo();
  return uid === 0 ? "henkin" : username;
}

const NEEDED = [
  "DATABASE_URL",
  "SANDBOX_PAYMENTS",
  "INBOX_URL",
  "OUTBOX_URL",
  "HEALTH_PORT",
] as const;

type Settings = Partial<Config<(typeof NEEDED)[number]>>;

function isOnServer({ DATABASE_URL }: Settings): boolean {
  return DATABASE_URL !== undefined && isPostgresUrl(DATABASE_URL);
}

function writableFolders(settings: Settings, directory: string): string[] {
  const { DATABASE_URL, SANDBOX_PAYMENTS, INBOX_URL, OUTBOX_URL } = settings;
  const maildirs = [INBOX_URL, OUTBOX_URL].flatMap((url) =>
    url?.startsWith(MAILDIR) ? [url.slice(MAILDIR.length)] : [],
  );
  const folders = [
    // A server's URL is no folder, and has a password in it.
    ...(isOnServer(settings) ? [] : [dirname(DATABASE_URL ?? "")]),
    // Beside the payments lies what became of them.
    ...(SANDBOX_PAYMENTS === undefined ? [] : [dirname(SANDBOX_PAYMENTS)]),
    ...maildirs,
  ];
  return [...new Set(folders.map((folder) => resolve(directory, folder)))];
}

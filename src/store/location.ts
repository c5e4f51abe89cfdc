// Where the database is: a file, or a server that many workers share.

import { existsSync } from "node:fs";
import { resolve } from "node:path";

export function isPostgresUrl(location: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(location);
}

/** What the setting names: a file, seen from the directory, or the URL of a server. */
export function locationOf(setting: string, directory: string): string {
  return isPostgresUrl(setting) ? setting : resolve(directory, setting);
}

/** Of which files lie beside it. */
export function isFile(location: string): boolean {
  return location !== ":memory:" && !isPostgresUrl(location);
}

/** Of a server only its first connection tells; it counts as there. */
export function databaseExists(location: string): boolean {
  return isPostgresUrl(location) || existsSync(location);
}

/** For people: without user and password. */
export function placeOf(location: string): string {
  if (!isPostgresUrl(location)) return location;
  const { host, pathname } = new URL(location);
  return `postgres://${host}${pathname}`;
}

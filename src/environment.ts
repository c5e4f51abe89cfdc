// Where the settings come from: the only reader of process.env. What they must be is config.ts's matter.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { ConfigError } from "./domain/errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export function processEnvironment(): Environment {
  return process.env;
}

/** Whether the settings of a shop are in .env, be they whole or not. */
export function hasEnvShop(env: Environment): boolean {
  return [env["SHOP_NAME"], env["INBOX_URL"], env["INBOX_URL_FILE"]].some((value) => value?.trim());
}

/** The process environment over the `.env` of the working directory. */
export function readEnvironment(directory: string): Environment {
  let file: Environment = {};
  try {
    file = parseEnv(readFileSync(resolve(directory, ".env"), "utf8")) as Environment;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!isMissing) throw new ConfigError([`.env cannot be read: ${(error as Error).message}`]);
  }
  return { ...file, ...process.env };
}

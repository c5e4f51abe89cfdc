// The settings of a shop as a file of JSON has them: checked by the rules of .env before any of it is kept.

import { loadConfig, type SettingName } from "../config.ts";
import { ConfigError } from "../domain/errors.ts";
import { ENV_SHOP, SHOP_ID, SHOP_ID_PROBLEM } from "../domain/shop-id.ts";
import type { Environment } from "../environment.ts";
import { PROCESS_SETTINGS, SHOP_SETTINGS, shopEnvironment } from "../shop-environment.ts";
import type { ShopSettingTexts } from "../shop-seal.ts";
import { nearest } from "./nearest.ts";

export interface GivenShop {
  readonly id: string;
  readonly settings: ShopSettingTexts;
}

export interface Checking {
  readonly env: Environment;
  readonly directory: string;
  /** False: its payments come from files. */
  readonly needsProvider: boolean;
}

/** `shops`: id → what should be an object of settings. Throws ConfigError with every problem of all. */
export function checkShops(
  shops: readonly { readonly id: unknown; readonly given: unknown }[],
  checking: Checking,
): GivenShop[] {
  const problems: string[] = [];
  const checked = shops.map(({ id, given }, at): GivenShop => {
    const name = typeof id === "string" ? id : `shop ${at + 1} of the list`;
    const { settings, problems: found } = checkShop(name, id, given, checking);
    if (shops.findIndex((other) => other.id === id) < at) found.push("is in the list twice");
    problems.push(...found.map((problem) => `${name}: ${problem}`));
    return { id: name, settings };
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return checked;
}

function checkShop(name: string, id: unknown, given: unknown, checking: Checking) {
  if (typeof id !== "string") return { settings: {}, problems: ["its id is missing"] };
  if (!SHOP_ID.test(id)) return { settings: {}, problems: [`the id ${SHOP_ID_PROBLEM}`] };
  if (id === ENV_SHOP) return { settings: {}, problems: ["is the id of the shop of .env"] };
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return { settings: {}, problems: ["its settings are not a JSON object"] };
  }
  const settings: Record<string, string> = {};
  const problems: string[] = [];
  for (const [setting, value] of Object.entries(given)) {
    const problem = nameProblem(setting) ?? valueProblem(value);
    if (problem !== null) problems.push(`${setting}: ${problem}`);
    else if (value !== null) settings[setting] = textOf(value);
  }
  // What is wrong with a name is not told once more as a setting that is missing.
  const told = new Set(problems.map((problem) => problem.split(":")[0]));
  const ofValues = valueProblems(name, settings, checking);
  return { settings, problems: [...problems, ...ofValues.filter((one) => !isTold(one, told))] };
}

const isTold = (problem: string, told: ReadonlySet<string | undefined>) =>
  told.has(problem.split(":")[0]);

function nameProblem(setting: string): string | null {
  if (SHOP_SETTINGS.includes(setting as SettingName)) return null;
  const plain = setting.replace(/_FILE$/, "");
  if (PROCESS_SETTINGS.some((name) => name === plain)) {
    return "is of the whole process; it stands in .env alone";
  }
  if (SHOP_SETTINGS.includes(plain as SettingName)) {
    return `a shop's secrets are kept sealed; give the value itself as ${plain}`;
  }
  const near = nearest(
    setting,
    SHOP_SETTINGS.map((name) => name.toLowerCase()),
  );
  return `is no setting${near === null ? "" : `. Did you mean ${near.toUpperCase()}?`}`;
}

function valueProblem(value: unknown): string | null {
  const isPlain = ["string", "number", "boolean"].includes(typeof value) || value === null;
  return isPlain ? null : "must be a text, as in .env";
}

/** As .env has them: a flag is 1 or 0. */
function textOf(value: unknown): string {
  return typeof value === "boolean" ? (value ? "1" : "0") : String(value);
}

function valueProblems(id: string, settings: ShopSettingTexts, checking: Checking): string[] {
  const { env, directory, needsProvider } = checking;
  try {
    loadConfig(SHOP_SETTINGS, shopEnvironment(env, id, settings), directory, { needsProvider });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems];
    throw error;
  }
}

// --shop ID, which every command takes, before or after its name.

import { UsageError } from "../domain/errors.ts";

const OPTION = "--shop";

export interface Asked {
  /** Undefined where nobody asked. */
  readonly shop: string | undefined;
  readonly args: readonly string[];
}

export function takeShopOption(given: readonly string[]): Asked {
  const end = given.indexOf("--");
  // What follows is no option, whatever it looks like.
  const options = end < 0 ? given : given.slice(0, end);
  const args: string[] = [];
  let shop: string | undefined;
  for (let at = 0; at < options.length; at += 1) {
    const arg = options[at] ?? "";
    if (arg !== OPTION && !arg.startsWith(`${OPTION}=`)) {
      args.push(arg);
      continue;
    }
    const isApart = arg === OPTION;
    shop = isApart ? options[at + 1] : arg.slice(OPTION.length + 1);
    if (isApart) at += 1;
    if (shop === undefined || shop === "") {
      throw new UsageError("bad_option", { why: "--shop wants a shop's ID" });
    }
  }
  return { shop, args: [...args, ...given.slice(options.length)] };
}
